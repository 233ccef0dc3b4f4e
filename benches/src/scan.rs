//! Whole scans against decoding alone: the same file, the same run, one thread.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use seepage_engine::{
    FindingRow, FindingSink, Pace, Progress, ScanPlan, ScanSummary, ScanWork, Stop, scan_shards,
};
use seepage_index::Index;

use crate::codecs;
use crate::containers::decode_arrow;

/// How decoders hand out their bytes.
const STEP_LEN: usize = 256 << 10;

/// Counts findings.
struct FindingCount(u64);

impl FindingSink for FindingCount {
    fn found(&mut self, _: &FindingRow) -> io::Result<()> {
        self.0 += 1;
        Ok(())
    }
}

/// Scans `path`, and asserts what it must find.
pub(crate) fn scan(
    index: &Index,
    path: &Path,
    pace: Pace,
    threads: usize,
    expected: Expected,
) -> ScanSummary {
    let plan = ScanPlan { inputs: vec![path.to_path_buf()], pace, threads, ..ScanPlan::default() };
    let mut found = FindingCount(0);
    let work = ScanWork {
        progress: &Progress::default(),
        stop: &Stop::default(),
        checkpoint: None,
        partition: None,
    };
    let summary = scan_shards(&plan, index, work, None)
        .and_then(|results| results.report(index, &mut [&mut found]))
        .unwrap_or_else(|error| panic!("`{}` could not be scanned: {error}", path.display()));
    assert_eq!(
        (summary.records_read, found.0),
        (expected.records, expected.findings),
        "records and findings of `{}`",
        path.display()
    );
    summary
}

/// What a scan must give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) records: u64,
    pub(crate) findings: u64,
}

/// Decodes `path` by its name and throws the bytes away; returns how many there were.
pub(crate) fn decode(path: &Path) -> io::Result<u64> {
    let open = || File::open(path).map(|file| BufReader::with_capacity(STEP_LEN, file));
    match path.extension().and_then(|name| name.to_str()) {
        Some("zst") => drain(zstd::Decoder::with_buffer(open()?)?),
        Some("gz") => drain(flate2::bufread::MultiGzDecoder::new(open()?)),
        Some("arrow") => decode_arrow(path),
        Some("parquet") => decode_parquet(path),
        name => match codecs::decoder(name.unwrap_or_default(), open()?) {
            Some(decoder) => drain(decoder),
            None => Err(io::Error::other("no name of a haystack")),
        },
    }
}

/// Decodes all files of a directory on `threads` threads, each its share of them; returns how many bytes there were.
pub(crate) fn decode_all(directory: &Path, threads: usize) -> io::Result<u64> {
    let entries = fs::read_dir(directory)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let decode_share = |first| {
        let share = paths.iter().skip(first).step_by(threads);
        share.map(|path| decode(path)).sum::<io::Result<u64>>()
    };
    thread::scope(|scope| {
        let shares: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || decode_share(first))).collect();
        shares.into_iter().map(|share| share.join().expect("decoding does not panic")).sum()
    })
}

fn drain(mut reader: impl Read) -> io::Result<u64> {
    let mut step = vec![0; STEP_LEN];
    let mut len = 0;
    loop {
        match reader.read(&mut step)? {
            0 => return Ok(len),
            read => len += read as u64,
        }
    }
}

/// The text column as string views, which is the cheapest way to it.
fn decode_parquet(path: &Path) -> io::Result<u64> {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Utf8View, false),
        Field::new("text", DataType::Utf8View, false),
    ]);
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(File::open(path)?, options)
        .map_err(io::Error::other)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["id", "text"]);
    let reader = builder.with_projection(mask).build().map_err(io::Error::other)?;
    let mut len = 0;
    for batch in reader {
        let batch = batch.map_err(io::Error::other)?;
        let texts = batch.column(1).as_any().downcast_ref::<arrow::array::StringViewArray>();
        let texts = texts.ok_or_else(|| io::Error::other("the text is no string view"))?;
        len += texts.lengths().map(u64::from).sum::<u64>();
    }
    Ok(len)
}
