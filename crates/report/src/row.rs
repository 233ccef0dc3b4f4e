//! The one table of the columns of a finding, from which each format is made.

use seepage_detect::{Changes, Span};
use seepage_engine::{FindingRow, Kept};

fn changes(row: &FindingRow) -> Option<&Changes> {
    row.found.finding.changes.as_ref()
}

/// A column of the report: its name, whether a value may be missing, and how to get the value from a row.
pub(crate) struct FindingColumn {
    pub(crate) name: &'static str,
    pub(crate) is_optional: bool,
    pub(crate) value: FindingValue,
}

/// How to get the value of a column from a row, by its type. Each format says what it makes of a type.
pub(crate) enum FindingValue {
    Text(fn(&FindingRow) -> Option<&str>),
    Bool(fn(&FindingRow) -> Option<bool>),
    U32(fn(&FindingRow) -> Option<u32>),
    U64(fn(&FindingRow) -> Option<u64>),
    F32(fn(&FindingRow) -> Option<f32>),
    /// Milliseconds since 1970-01-01 UTC.
    Time(fn(&FindingRow) -> Option<i64>),
    Spans(fn(&FindingRow) -> &[Span]),
    Kept(fn(&FindingRow) -> &[Kept]),
    Renames(fn(&FindingRow) -> Option<&Changes>),
    /// The same in all rows.
    IndexDigest,
}

/// The names of the ends of a span, in the order of [`span_ends`].
pub(crate) const SPAN_ENDS: [&str; 4] =
    ["record_start", "record_end", "passage_start", "passage_end"];

pub(crate) fn span_ends(span: &Span) -> [u32; 4] {
    [span.record.start, span.record.end, span.passage.start, span.passage.end]
}

const fn required(name: &'static str, value: FindingValue) -> FindingColumn {
    FindingColumn { name, is_optional: false, value }
}

const fn optional(name: &'static str, value: FindingValue) -> FindingColumn {
    FindingColumn { name, is_optional: true, value }
}

/// The column that is not known while the scan is going on, so that JSON lines leave it out.
pub(crate) const PACKAGES: &str = "packages";

/// The columns of `findings.parquet` and the names of JSON lines, in order.
pub(crate) static COLUMNS: [FindingColumn; 31] = {
    use FindingValue::{Bool, F32, IndexDigest, Kept, Renames, Spans, Text, Time, U32, U64};
    [
        required("shard", Text(|row| Some(&row.found.shard))),
        required("row", U64(|row| Some(row.found.row))),
        optional("record_id", Text(|row| row.found.record_id.as_deref())),
        required("kept", Kept(|row| &row.found.kept)),
        required("field", Text(|row| Some(&row.found.field))),
        required("tier", Text(|row| Some(row.found.finding.tier.name()))),
        required("rule", Text(|row| Some(&row.found.finding.rule))),
        required("score", F32(|row| Some(row.found.finding.score))),
        required("matched_bytes", U64(|row| Some(row.found.finding.matched_bytes))),
        required("spans", Spans(|row| &row.found.finding.spans)),
        optional("identical", F32(|row| changes(row).map(|changes| changes.identical))),
        optional("edited", F32(|row| changes(row).map(|changes| changes.edited))),
        optional("renames", Renames(changes)),
        optional("record_date", Text(|row| row.found.record_date.as_deref())),
        required("predates", Bool(|row| Some(row.found.predates))),
        required(PACKAGES, U32(|row| Some(row.packages.unwrap_or(0)))),
        required("passage_id", U32(|row| Some(row.found.finding.passage.0))),
        required("family_id", U32(|row| Some(row.family.0))),
        required("tool", Text(|row| Some(&row.provenance.tool))),
        optional("model", Text(|row| row.provenance.model.as_deref())),
        required("session_id", Text(|row| Some(&row.provenance.session_id))),
        optional("message_id", Text(|row| row.provenance.message_id.as_deref())),
        optional("call_id", Text(|row| row.provenance.call_id.as_deref())),
        optional("authored_at", Time(|row| row.provenance.authored_at)),
        optional("cwd", Text(|row| row.provenance.cwd.as_deref())),
        optional("file_path", Text(|row| row.provenance.file_path.as_deref())),
        required("class", Text(|row| Some(row.provenance.class.name()))),
        optional("applied", Bool(|row| row.provenance.applied)),
        required("log_path", Text(|row| Some(&row.provenance.log_path))),
        required("log_line", U64(|row| Some(row.provenance.log_line))),
        required("index_digest", IndexDigest),
    ]
};
