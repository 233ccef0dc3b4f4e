//! `provenance.parquet`: where each passage came from, one row for each of its authors.
//!
//! It is read lazily, one row group at a time: most passages are never found, and most scans find nothing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;

use crate::passage::PassageEntry;
use crate::segment::columns;
use crate::segment::sections::{Checksum, Flaw, Written};

/// Rows in a row group: a finding costs the decoding of one, in about a millisecond.
pub(crate) const GROUP_ROWS_MAX: usize = 4096;
/// Bytes of names before a row group is full, however few its rows.
const GROUP_LEN_MAX: usize = 16 << 20;
/// Bytes of names in one row. Paths and ids are short; this bounds what a row group takes in memory.
pub(crate) const ROW_LEN_MAX: u64 = 1 << 20;
/// Decoded row groups that are kept, at some megabytes each.
const GROUPS_CACHED_MAX: usize = 16;
/// Stands in the file instead of a program's version, so that the same rows give the same bytes.
pub(crate) const CREATED_BY: &str = "seepage index 2";

/// What is written passes through a hash.
#[derive(Debug)]
struct HashingWriter<W> {
    out: W,
    hasher: blake3::Hasher,
    len: u64,
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.out.write(bytes)?;
        self.hasher.update(&bytes[..len]);
        self.len += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes rows in row groups of bounded size.
pub(crate) struct ProvenanceWriter<W: Write + Send> {
    file: ArrowWriter<HashingWriter<W>>,
    rows: Vec<PassageEntry>,
    rows_len: usize,
}

impl<W: Write + Send> ProvenanceWriter<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(io_error)?))
            .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
            .build();
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let out = HashingWriter { out, hasher: blake3::Hasher::new(), len: 0 };
        let file = ArrowWriter::try_new_with_options(out, columns::schema(), options);
        Ok(Self { file: file.map_err(io_error)?, rows: vec![], rows_len: 0 })
    }

    /// Adds a row whose names take at most [`ROW_LEN_MAX`] bytes.
    pub(crate) fn push(&mut self, row: PassageEntry) -> io::Result<()> {
        self.rows_len += row.author.provenance.names_len();
        self.rows.push(row);
        if self.rows.len() == GROUP_ROWS_MAX || self.rows_len >= GROUP_LEN_MAX {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> io::Result<()> {
        let batch = columns::to_batch(&mut self.rows).map_err(io::Error::other)?;
        self.write_group(&batch)?;
        self.rows.clear();
        self.rows_len = 0;
        Ok(())
    }

    fn write_group(&mut self, group: &RecordBatch) -> io::Result<()> {
        self.file.write(group).map_err(io_error)?;
        self.file.flush().map_err(io_error)
    }

    /// Adds the rows of another table, group by group, with the families that `family_of` gives for their passages.
    pub(crate) fn copy(
        &mut self,
        table: &ProvenanceTable,
        mut family_of: impl FnMut(u32) -> io::Result<u32>,
    ) -> io::Result<()> {
        for group in 0..table.group_starts.len() - 1 {
            let batch = table.group(group).map_err(|flaw| flaw_error(&flaw))?;
            let passages = columns::passages_of(&batch).map_err(io::Error::other)?;
            let families = passages.values().iter().map(|passage| family_of(*passage));
            let families = families.collect::<Result<_, _>>()?;
            let batch = columns::with_families(&batch, families).map_err(io::Error::other)?;
            self.write_group(&batch)?;
        }
        Ok(())
    }

    /// Writes the rest, and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<(W, Written)> {
        if !self.rows.is_empty() {
            self.end_group()?;
        }
        let hashed = self.file.into_inner().map_err(io_error)?;
        let written = Written { len: hashed.len, checksum: *hashed.hasher.finalize().as_bytes() };
        Ok((hashed.out, written))
    }
}

fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        error => io::Error::other(error),
    }
}

/// What is wrong with a table that was written a moment ago.
pub(crate) fn flaw_error(flaw: &Flaw) -> io::Error {
    io::Error::other(format!("section `{}` {}", flaw.section, flaw.fact))
}

/// The opened table.
#[derive(Debug)]
pub(crate) struct ProvenanceTable {
    metadata: ArrowReaderMetadata,
    /// The first row of each row group, and the count of all rows.
    group_starts: Vec<u32>,
    source: Mutex<TableFile>,
}

/// Behind a lock as one: readers of the same file share its position.
#[derive(Debug)]
struct TableFile {
    file: File,
    /// Groups and their numbers, the last used in front.
    groups: VecDeque<(usize, RecordBatch)>,
}

/// All that can be wrong behind the checksum, in the words of the crate that reads the file.
const TABLE: &str = "table";

impl ProvenanceTable {
    /// Checks the file's checksum, schema and row groups. An error of the operating system is `Err`, a flaw `Ok(Err)`.
    pub(crate) fn open(
        mut file: File,
        file_len: u64,
        expected: &Checksum,
        rows: u32,
        schema: &Schema,
    ) -> io::Result<Result<Self, Flaw>> {
        let mut hasher = blake3::Hasher::new();
        io::copy(&mut file, &mut hasher)?;
        if hasher.finalize() != *expected {
            return Ok(Err(Flaw::new(TABLE, "fails its checksum")));
        }
        file.seek(SeekFrom::Start(0))?;
        let metadata = match guarded(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))
        {
            Ok(metadata) => metadata,
            Err(flaw) => return Ok(Err(flaw)),
        };
        if metadata.schema().fields() != schema.fields() {
            return Ok(Err(Flaw::new(TABLE, "does not have the columns it should")));
        }
        let Some(group_starts) = group_starts(metadata.metadata(), file_len, rows) else {
            let fact = "has row groups that do not hold one row for each author";
            return Ok(Err(Flaw::new(TABLE, fact)));
        };
        Ok(Ok(Self {
            metadata,
            group_starts,
            source: Mutex::new(TableFile { file, groups: VecDeque::new() }),
        }))
    }

    /// A row that exists, and that is one of the passage's.
    pub(crate) fn get(&self, row: u32, passage: u32) -> Result<PassageEntry, Flaw> {
        let group = self.group_starts.partition_point(|&start| start <= row).saturating_sub(1);
        let row = row - self.group_starts[group];
        let batch = self.group(group)?;
        columns::from_batch(&batch, row as usize)
            .filter(|entry| entry.passage.0 == passage)
            .ok_or_else(|| Flaw::new(TABLE, "has a row that is not its passage's"))
    }

    fn group(&self, group: usize) -> Result<RecordBatch, Flaw> {
        // A thread that panicked with the lock left the cache whole: it is changed in single steps.
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = source.groups.iter().position(|(number, _)| *number == group);
        let entry = match cached.and_then(|at| source.groups.remove(at)) {
            Some(entry) => entry,
            None => (group, self.read_group(&source.file, group)?),
        };
        let batch = entry.1.clone();
        source.groups.push_front(entry);
        source.groups.truncate(GROUPS_CACHED_MAX);
        Ok(batch)
    }

    fn read_group(&self, file: &File, group: usize) -> Result<RecordBatch, Flaw> {
        let file = file
            .try_clone()
            .map_err(|error| Flaw::new(TABLE, format!("could not be read ({error})")))?;
        guarded(|| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_batch_size(GROUP_ROWS_MAX)
                .build()?
                .next()
                .transpose()
                .map(|batch| batch.unwrap_or_else(|| RecordBatch::new_empty(columns::schema())))
                .map_err(ParquetError::from)
        })
    }
}

/// Runs the reader of Parquet, which checks much but not everything: a forged file must not end the program.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Flaw> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Flaw::new(TABLE, format!("could not be decoded ({error})"))),
        Err(_) => Err(Flaw::new(TABLE, "could not be decoded")),
    }
}

/// The first row of each row group, and behind them the count of all; `None` if the row groups are not of the sizes
/// that the writer gives them, or do not lie in the file.
fn group_starts(metadata: &ParquetMetaData, file_len: u64, rows: u32) -> Option<Vec<u32>> {
    let mut starts = vec![0_u32];
    for group in metadata.row_groups() {
        let in_group = usize::try_from(group.num_rows()).ok()?;
        if !(1..=GROUP_ROWS_MAX).contains(&in_group) {
            return None;
        }
        for column in group.columns() {
            let first =
                column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = first.checked_add(column.compressed_size())?;
            let fits = 0 <= first && first <= end && u64::try_from(end).ok()? <= file_len;
            fits.then_some(())?;
        }
        starts.push(starts.last()?.checked_add(in_group as u32)?);
    }
    (*starts.last()? == rows).then_some(starts)
}
