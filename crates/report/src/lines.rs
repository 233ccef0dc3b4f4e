//! Findings as JSON lines, one object a finding: the columns of `findings.parquet` by name, without `packages`, and
//! `excerpt`. A line leaves before the scan is at its end, when the number of packages is not known yet.

use std::collections::BTreeMap;
use std::io::{self, Write};

use seepage_engine::{FindingRow, FindingSink};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::json::to_json_line;
use crate::row::{COLUMNS, FindingValue, PACKAGES, SPAN_ENDS, span_ends};
use crate::time::rfc3339_utc;

/// A sink that writes each flagged or predating finding as it comes, in one call; weak ones are left out.
///
/// A reader that went away gives an error of kind [`io::ErrorKind::BrokenPipe`].
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    index_digest: String,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`; the digest is that of the index that is scanned with.
    pub fn new(out: W, index_digest: &str) -> Self {
        Self { out, index_digest: index_digest.to_owned() }
    }
}

impl<W: Write + Send> FindingSink for JsonLines<W> {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        if !row.found.finding.tier.is_flagged() {
            return Ok(());
        }
        let line = FindingLine { row, index_digest: &self.index_digest };
        self.out.write_all(&to_json_line(&line)?)
    }
}

/// A finding as an object.
pub(crate) struct FindingLine<'a> {
    pub(crate) row: &'a FindingRow,
    pub(crate) index_digest: &'a str,
}

impl Serialize for FindingLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        let mut line = serializer.serialize_map(None)?;
        for column in COLUMNS.iter().filter(|column| column.name != PACKAGES) {
            let name = column.name;
            match column.value {
                FindingValue::Text(of) => line.serialize_entry(name, &of(row)),
                FindingValue::Bool(of) => line.serialize_entry(name, &of(row)),
                FindingValue::U32(of) => line.serialize_entry(name, &of(row)),
                FindingValue::U64(of) => line.serialize_entry(name, &of(row)),
                FindingValue::F32(of) => line.serialize_entry(name, &of(row)),
                FindingValue::Time(of) => {
                    line.serialize_entry(name, &of(row).and_then(rfc3339_utc))
                }
                FindingValue::Spans(of) => {
                    let ends = |span| SPAN_ENDS.into_iter().zip(span_ends(span));
                    let spans = of(row).iter().map(|span| JsonObject(ends(span)));
                    line.serialize_entry(name, &spans.collect::<Vec<_>>())
                }
                FindingValue::Kept(of) => {
                    let kept = of(row).iter().map(|kept| (&kept.field, &kept.value));
                    line.serialize_entry(name, &kept.collect::<BTreeMap<_, _>>())
                }
                FindingValue::Renames(of) => {
                    let pairs = of(row).map(|changes| changes.renames.iter());
                    let object = pairs.map(|pairs| JsonObject(pairs.map(|(from, to)| (from, to))));
                    line.serialize_entry(name, &object)
                }
                FindingValue::IndexDigest => line.serialize_entry(name, self.index_digest),
            }?;
        }
        line.serialize_entry("excerpt", &row.found.excerpt)?;
        line.end()
    }
}

/// Pairs as an object, in their order.
struct JsonObject<I>(I);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)> + Clone> Serialize for JsonObject<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}
