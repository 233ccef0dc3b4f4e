//! Reads the footer of a Parquet file, and checks what the decoder takes on trust.

use std::path::Path;

use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::ShardError;
use crate::guard::{Failure, guard};
use crate::source::Source;

/// The length of the footer and the magic, behind it.
const TAIL_LEN: u64 = 8;

/// A longer footer is refused: it is decoded as a whole, into several times its length.
const FOOTER_LEN_MAX: u64 = 256 << 20;

/// The decoder recurses into the schema; a hostile one would be deep enough to end the program.
const SCHEMA_DEPTH_MAX: usize = 100;

/// `file_len` is the length of `source`, which begins with the magic.
pub(super) fn read_footer(
    path: &Path,
    source: &Source,
    file_len: u64,
) -> Result<ParquetMetaData, ShardError> {
    let truncated = || ShardError::Truncated {
        path: path.to_owned(),
        what: "Parquet file (no footer)",
        source: None,
    };
    let damaged = |fact| Failure::Fact(fact).at(path, "its footer");
    let io_error = |source| ShardError::io(path, source);

    // The magic stands at both ends.
    let footer_end = file_len
        .checked_sub(TAIL_LEN)
        .filter(|&end| end >= 4)
        .ok_or_else(truncated)?;
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
    let footer = source
        .read_at(footer_end - footer_len..footer_end)
        .map_err(io_error)?;

    if schema_depth(&footer).is_none_or(|depth| depth > SCHEMA_DEPTH_MAX) {
        return Err(damaged(
            "has no readable schema, or one of more than 100 levels",
        ));
    }
    let metadata = guard(|| ParquetMetaDataReader::decode_metadata(&footer))
        .map_err(|failure| failure.at(path, "its footer"))?;
    check(&metadata, file_len).map_err(damaged)?;
    Ok(metadata)
}

/// Counts must add up, and column chunks lie inside the file.
fn check(metadata: &ParquetMetaData, file_len: u64) -> Result<(), &'static str> {
    let mut rows: i64 = 0;
    for group in metadata.row_groups() {
        if group.num_rows() < 0 {
            return Err("has a row group of less than 0 rows");
        }
        rows = rows
            .checked_add(group.num_rows())
            .ok_or("has row groups of too many rows")?;
        for column in group.columns() {
            // As the decoder does: some writers give 0 for "no dictionary".
            let start = column
                .dictionary_page_offset()
                .unwrap_or_else(|| column.data_page_offset());
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

/// The depth of the schema in a footer; `None` if there is none.
///
/// The footer is a struct in Thrift's compact protocol. Its field 2 is the schema: a list of elements in depth-first
/// order, of which field 5 counts the children.
fn schema_depth(footer: &[u8]) -> Option<usize> {
    const SCHEMA: i64 = 2;
    const CHILDREN: i64 = 5;
    let mut thrift = Thrift { rest: footer };
    let mut id = 0;
    loop {
        let kind = thrift.field(&mut id)?;
        if id != SCHEMA {
            thrift.skip(kind, Thrift::SKIP_DEPTH_MAX)?;
            continue;
        }
        let (len, _) = (kind == Thrift::LIST).then(|| thrift.list())??;
        // Elements still to come at each open level.
        let mut levels: Vec<u64> = vec![];
        let mut depth_max = 0;
        for _ in 0..len {
            let mut children = 0;
            let mut id = 0;
            loop {
                let kind = thrift.field(&mut id)?;
                match kind {
                    Thrift::STOP => break,
                    Thrift::I32 if id == CHILDREN => children = thrift.varint()? >> 1,
                    _ => thrift.skip(kind, Thrift::SKIP_DEPTH_MAX)?,
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
                break;
            }
        }
        return Some(depth_max);
    }
}

/// Just enough of Thrift's compact protocol to step over it.
struct Thrift<'a> {
    rest: &'a [u8],
}

impl Thrift<'_> {
    const STOP: u8 = 0;
    const I32: u8 = 5;
    const LIST: u8 = 9;
    /// The metadata of Parquet nests less deep.
    const SKIP_DEPTH_MAX: u8 = 16;

    fn byte(&mut self) -> Option<u8> {
        self.rest.split_off_first().copied()
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// The kind of the next field; its id replaces that of the one before.
    fn field(&mut self, id: &mut i64) -> Option<u8> {
        let byte = self.byte()?;
        let kind = byte & 0x0f;
        match i64::from(byte >> 4) {
            _ if kind == Self::STOP => {}
            0 => {
                let zigzag = self.varint()?;
                *id = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
            }
            delta => *id = id.checked_add(delta)?,
        }
        Some(kind)
    }

    /// The length of the next list and the kind of its elements.
    fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let len = match byte >> 4 {
            15 => self.varint()?,
            len => u64::from(len),
        };
        // An element has at least one byte.
        (len <= self.rest.len() as u64).then_some((len, byte & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Booleans of fields are in the kind.
            1 | 2 => {}
            3 => _ = self.byte()?,
            4..=6 => _ = self.varint()?,
            7 => _ = self.rest.split_off(..8)?,
            8 => {
                let len = usize::try_from(self.varint()?).ok()?;
                _ = self.rest.split_off(..len)?;
            }
            Self::LIST | 10 => {
                let (len, kind) = self.list()?;
                for _ in 0..len {
                    // Those of lists have a byte.
                    self.skip(if matches!(kind, 1 | 2) { 3 } else { kind }, depth)?;
                }
            }
            12 => {
                let mut id = 0;
                loop {
                    let kind = self.field(&mut id)?;
                    if kind == Self::STOP {
                        break;
                    }
                    self.skip(kind, depth)?;
                }
            }
            // Maps do not occur in the metadata of Parquet before its schema, nor does anything else.
            _ => return None,
        }
        Some(())
    }
}
