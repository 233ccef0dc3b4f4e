//! Every checksum of an index, file by file: which of them is damaged, and which are sound.

use std::path::Path;

use crate::error::OpenError;
use crate::manifest::{
    CONTENTS_FILE, EVIDENCE_FILE, FINGERPRINTS_FILE, FileEntry, MANIFEST_FILE, Manifest,
    RemovedEntry, SegmentEntry,
};
use crate::segment::files::Files;
use crate::segment::fingerprints::header;
use crate::segment::sections::{FileFormat, Flaw};
use crate::segment::{contents, evidence, removed};

/// A file of an index that was looked at.
#[derive(Debug)]
pub struct CheckedFile {
    /// Below the index.
    pub name: String,
    /// In bytes, by the manifest.
    pub len: u64,
    /// What is wrong with it.
    pub error: Option<OpenError>,
}

/// Reads every byte of the index at `path` and compares all checksums. Whether the numbers in the files lead somewhere is
/// for [`crate::Index::open`] to say.
///
/// # Errors
/// No index, or a manifest that is not what was written: nothing else can be checked then.
pub fn verify(path: &Path) -> Result<Vec<CheckedFile>, OpenError> {
    let (manifest, bytes) = Manifest::read(path)?;
    let mut checked =
        vec![CheckedFile { name: MANIFEST_FILE.to_owned(), len: bytes.len() as u64, error: None }];
    let files = Files { path };
    for segment in &manifest.segments {
        for (name, entry) in segment.files() {
            let file = in_segment(segment, &name);
            checked.push(CheckedFile {
                error: check(files, &file, &name, entry).err(),
                len: entry.len,
                name: file,
            });
        }
    }
    Ok(checked)
}

fn in_segment(segment: &SegmentEntry, name: &str) -> String {
    format!("{}/{name}", segment.directory())
}

fn check(files: Files<'_>, file: &str, name: &str, entry: &FileEntry) -> Result<(), OpenError> {
    let (map, checksum) = files.map(file, entry)?;
    if let Some(format) = format_of(name) {
        let checked = format.check(&map, &checksum);
        return checked.map(|_| ()).map_err(files.damaged(file));
    }
    if blake3::hash(map.as_ref()) == checksum {
        Ok(())
    } else {
        let flaw = Flaw::new("file", "fails its checksum");
        Err(files.damaged(file)(flaw))
    }
}

/// `None`: a file without a header of ours.
fn format_of(name: &str) -> Option<&'static FileFormat> {
    match name {
        FINGERPRINTS_FILE => Some(&header::FORMAT),
        EVIDENCE_FILE => Some(&evidence::FORMAT),
        CONTENTS_FILE => Some(&contents::FORMAT),
        _ => RemovedEntry::is_name(name).then_some(&removed::FORMAT),
    }
}
