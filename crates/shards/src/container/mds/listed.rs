//! What the `index.json` of a MosaicML data set lists must be there, or some of the data was not scanned.
//!
//! Source: `streaming`, `base/format/index.py`; merged indexes name shards in directories below their own.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::ShardError;

/// A longer file is no index: there is a thousand bytes for each 64 MiB of data.
const INDEX_LEN_MAX: u64 = 1 << 30;

#[derive(Deserialize)]
struct MdsIndex {
    shards: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    raw_data: ListedFile,
    #[serde(default)]
    zip_data: Option<ListedFile>,
}

#[derive(Deserialize)]
struct ListedFile {
    basename: PathBuf,
    bytes: u64,
}

pub(crate) const INDEX_NAME: &str = "index.json";

/// The faults of the data set that `index` lists; none if it is no index of one.
pub(crate) fn faults(index: &Path) -> Vec<ShardError> {
    // What cannot be read is told when it is scanned: it is a shard, too.
    let Ok(file) = File::open(index) else {
        return vec![];
    };
    let reader = BufReader::new(file.take(INDEX_LEN_MAX));
    let Ok(MdsIndex { shards }) = serde_json::from_reader(reader) else {
        return vec![];
    };
    let directory = index.parent().unwrap_or(Path::new(""));
    shards.into_iter().flat_map(|listed| listed.faults(directory)).collect()
}

impl Listed {
    /// A shard may lie there packed, unpacked, or both.
    fn faults(self, directory: &Path) -> Vec<ShardError> {
        let files: Vec<ListedFile> = self.zip_data.into_iter().chain([self.raw_data]).collect();
        let mut faults = vec![];
        let mut is_there = false;
        for file in &files {
            let path = directory.join(&file.basename);
            // A name that leads elsewhere is none of this data set.
            let is_below =
                file.basename.components().all(|part| matches!(part, Component::Normal(_)));
            match fs::metadata(&path) {
                Ok(metadata) if is_below => {
                    is_there = true;
                    if metadata.len() != file.bytes {
                        let what = format!(
                            "it is {} bytes long, and {} by its `{INDEX_NAME}`",
                            metadata.len(),
                            file.bytes
                        );
                        faults.push(ShardError::Damaged { path, what, source: None });
                    }
                }
                _ => {}
            }
        }
        if !is_there {
            faults.extend(
                files
                    .first()
                    .map(|file| ShardError::Missing { path: directory.join(&file.basename) }),
            );
        }
        faults
    }
}
