//! The haystack as lines in the codecs of which few corpora are made: lz4, bzip2, xz.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use bzip2::bufread::MultiBzDecoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use lzma_rust2::{XzOptions, XzReader, XzWriter};

use crate::containers::{PackedHaystack, TIMES};

/// Writes all of them into `directory`. Where decoding takes seconds, once is enough.
pub(crate) fn write(directory: &Path, lines: &[u8]) -> io::Result<Vec<PackedHaystack>> {
    let container = |name, file: &str, times| PackedHaystack {
        name,
        path: directory.join(file),
        times,
        len: lines.len() as u64 * times,
    };
    let lz4 = container("JSONL.lz4", "haystack.jsonl.lz4", TIMES);
    write_lz4(&lz4.path, lines)?;
    let bzip2 = container("JSONL.bz2", "haystack.jsonl.bz2", 1);
    let mut writer = bzip2::write::BzEncoder::new(vec![], bzip2::Compression::new(9));
    writer.write_all(lines)?;
    fs::write(&bzip2.path, writer.finish()?)?;
    let xz = container("JSONL.xz", "haystack.jsonl.xz", 1);
    let mut writer = XzWriter::new(vec![], XzOptions::with_preset(1))?;
    writer.write_all(lines)?;
    fs::write(&xz.path, writer.finish()?)?;
    Ok(vec![lz4, bzip2, xz])
}

/// As `lz4` writes it: blocks of 4 MB that know nothing of each other.
fn write_lz4(path: &PathBuf, lines: &[u8]) -> io::Result<()> {
    let info = FrameInfo::new().block_size(BlockSize::Max4MB).block_mode(BlockMode::Independent);
    let mut writer = FrameEncoder::with_frame_info(info, File::create(path)?);
    for _ in 0..TIMES {
        writer.write_all(lines)?;
    }
    writer.finish().map_err(io::Error::other)?.flush()
}

/// A decoder by the name of the codec, if it is one of these.
pub(crate) fn decoder(codec: &str, file: BufReader<File>) -> Option<Box<dyn Read>> {
    Some(match codec {
        "lz4" => Box::new(FrameDecoder::new(file)),
        "bz2" => Box::new(MultiBzDecoder::new(file)),
        "xz" => Box::new(XzReader::new(file, true)),
        _ => return None,
    })
}
