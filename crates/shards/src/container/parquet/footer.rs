//! Reads the footer of a Parquet file, and checks what the decoder takes on trust.

use std::io;
use std::path::Path;

use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};

use crate::ShardError;
use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::place::source::ShardSource;

use super::thrift::{Thrift, kind};

/// The length of the footer and the magic, behind it.
const TAIL_LEN: u64 = 8;

/// A longer footer is refused: it is decoded as a whole, into several times its length.
const FOOTER_LEN_MAX: u64 = 256 << 20;

/// The decoder recurses into the schema; a hostile one would be deep enough to end the program.
const SCHEMA_DEPTH_MAX: usize = 100;

/// `file_len` is the length of `source`, which begins with the magic.
pub(super) fn read_footer(
    path: &Path,
    source: &ShardSource,
    file_len: u64,
) -> Result<ParquetMetaData, ShardError> {
    let truncated = || ShardError::Truncated {
        path: path.to_owned(),
        what: "Parquet file (no footer)",
        source: None,
    };
    let damaged = |fact| DecodeFailure::Fact(fact).at(path, "its footer");
    let io_error = |source| ShardError::io(path, source);

    // The magic stands at both ends.
    let footer_end =
        file_len.checked_sub(TAIL_LEN).filter(|&end| end >= 4).ok_or_else(truncated)?;
    let tail = source.read_at(footer_end..file_len).map_err(io_error)?;
    let [l0, l1, l2, l3, magic @ ..] = &*tail else {
        return Err(truncated());
    };
    match magic {
        b"PAR1" => {}
        b"PARE" => {
            return Err(ShardError::Unsupported {
                path: path.to_owned(),
                what: "encrypted Parquet",
            });
        }
        _ => return Err(truncated()),
    }
    let footer_len = u64::from(u32::from_le_bytes([*l0, *l1, *l2, *l3]));
    if footer_len > footer_end - 4 || footer_len > FOOTER_LEN_MAX {
        return Err(damaged("is longer than the file, or than 256 MiB"));
    }
    let footer = source.read_at(footer_end - footer_len..footer_end).map_err(io_error)?;

    if !schema_depth(&footer).is_ok_and(|depth| depth > 0) {
        return Err(damaged("has no readable schema, or one of more than 100 levels"));
    }
    let metadata = catch_decoder_panic(|| ParquetMetaDataReader::decode_metadata(&footer))
        .map_err(|failure| failure.at(path, "its footer"))?;
    check(&metadata, file_len).map_err(damaged)?;
    Ok(metadata)
}

/// Whether there are columns that lie in other files. Such a file has none of its own.
pub(super) fn has_rows_elsewhere(metadata: &ParquetMetaData) -> bool {
    let mut columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    columns.any(|column| column.file_path().is_some())
}

/// Counts must add up, and column chunks lie inside the file.
fn check(metadata: &ParquetMetaData, file_len: u64) -> Result<(), &'static str> {
    let mut rows: i64 = 0;
    for group in metadata.row_groups() {
        if group.num_rows() < 0 {
            return Err("has a row group of less than 0 rows");
        }
        rows = rows.checked_add(group.num_rows()).ok_or("has row groups of too many rows")?;
        for column in group.columns().iter().filter(|column| column.file_path().is_none()) {
            // As the decoder does: some writers give 0 for "no dictionary".
            let start =
                column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = start.checked_add(column.compressed_size());
            let is_inside =
                end.is_some_and(|end| start >= 0 && end >= start && end.unsigned_abs() <= file_len);
            if !is_inside || column.uncompressed_size() < 0 || column.num_values() < 0 {
                return Err("has a column chunk outside the file");
            }
        }
    }
    if rows != metadata.file_metadata().num_rows() {
        return Err("has row groups that hold other rows than the file");
    }
    Ok(())
}

/// Steps over a footer, and gives the depth of the schema in it; 0 if there is none, and an error if it is too deep.
///
/// The footer is a struct whose field 2 is the schema: a list of elements in depth-first order, of which field 5 counts
/// the children.
fn schema_depth(footer: &[u8]) -> io::Result<usize> {
    const SCHEMA: i64 = 2;
    let mut thrift = Thrift::new(footer, FOOTER_LEN_MAX);
    let (mut id, mut depth) = (0, 0);
    loop {
        match thrift.field(&mut id)? {
            kind::STOP => return Ok(depth),
            kind::LIST if id == SCHEMA => depth = depth.max(depth_of_list(&mut thrift)?),
            kind => thrift.skip(kind)?,
        }
    }
}

fn depth_of_list(thrift: &mut Thrift<&[u8]>) -> io::Result<usize> {
    const CHILDREN: i64 = 5;
    let (len, kind) = thrift.list()?;
    if kind != kind::STRUCT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Elements still to come at each open level.
    let mut levels: Vec<u64> = vec![];
    let mut depth_max = 0;
    for _ in 0..len {
        let (mut id, mut children) = (0, 0);
        loop {
            match thrift.field(&mut id)? {
                kind::STOP => break,
                kind::I32 if id == CHILDREN => children = thrift.number()? >> 1,
                kind => thrift.skip(kind)?,
            }
        }
        while levels.last() == Some(&0) {
            levels.pop();
        }
        if let Some(open) = levels.last_mut() {
            *open -= 1;
        }
        levels.push(children);
        depth_max = depth_max.max(levels.len());
        if depth_max > SCHEMA_DEPTH_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(depth_max)
}
