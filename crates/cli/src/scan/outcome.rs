//! What a scan came to, in words for people: what was read, what was found, what could not be read, the verdict.

use std::path::Path;

use seepage_detect::{Finding, Tier};
use seepage_engine::{FindingRow, ScanSummary, SkipReason, Verdict};
use seepage_index::Provenance;
use seepage_report::{Untrusted, minute_utc};

use crate::scan::cards::{CARDS_MAX, Card};
use crate::scan::changes::kept;
use crate::scan::tally::{MODEL_UNKNOWN, Origins};
use crate::screen::quantity::{self, counted};
use crate::screen::rows::{Rows, excerpt, top};
use crate::screen::style::Style;

const EXCERPT_LINES: usize = 3;
/// Fits a terminal of 100 columns.
const EXCERPT_WIDTH: usize = 90;
/// Failed shards that are named; all of them stand in `summary.json`.
const FAILED_MAX: usize = 10;

/// A scan that came to its end.
pub(crate) struct Outcome<'a> {
    pub(crate) scanned: &'a ScanSummary,
    pub(crate) origins: &'a Origins,
    /// The worst of what was found.
    pub(crate) cards: &'a [Card],
    /// Passages that were found, those without a card among them.
    pub(crate) passages: usize,
    pub(crate) report: Option<&'a Path>,
    pub(crate) exit_code: u8,
}

impl Outcome<'_> {
    /// The summary for stdout.
    pub(crate) fn words(&self, style: Style) -> String {
        let mut rows = Rows::new(style);
        rows.row("read", &read(self.scanned));
        rows.row("found", &found(self.scanned));
        let Origins { tools, models, sessions } = self.origins;
        for (name, counts) in [("by tool", tools), ("by model", models), ("by session", sessions)] {
            if !counts.is_empty() {
                rows.row(name, &top(counts));
            }
        }
        if !self.cards.is_empty() {
            rows.line("");
            rows.line(&style.bold(&heading(self.passages)));
            for card in self.cards {
                rows.line("");
                write_card(&mut rows, card, style);
            }
            rows.line("");
        }
        write_unflagged(&mut rows, self.scanned);
        write_unread(&mut rows, self.scanned);
        rows.row("verdict", &verdict(self.scanned));
        rows.row("exit code", &self.exit_code.to_string());
        match self.report {
            Some(path) => rows.row("report", &Untrusted(&path.display().to_string()).to_string()),
            None => rows.row("report", "not asked for; `-o DIR` keeps all findings"),
        }
        rows.finish()
    }
}

/// The summary for stderr, beside JSON lines.
pub(crate) fn one_line(scanned: &ScanSummary) -> String {
    format!("{}; {}; {}", verdict(scanned), found(scanned), read(scanned))
}

/// `3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)`; of parts that were joined, which took no time of their
/// own, without the last.
fn read(scanned: &ScanSummary) -> String {
    let speed = quantity::bytes_per_second(scanned.text_bytes, scanned.seconds);
    let took = speed.map(|speed| format!(" in {} ({speed})", quantity::seconds(scanned.seconds)));
    let mut parts = vec![
        counted(scanned.shards_read, "shard", "shards"),
        counted(scanned.records_read, "record", "records"),
        format!("{} of text{}", quantity::bytes(scanned.text_bytes), took.unwrap_or_default()),
    ];
    if scanned.records_repaired > 0 {
        let repaired = quantity::count(scanned.records_repaired);
        parts.push(format!("{repaired} with bytes that are not UTF-8"));
    }
    if scanned.shards_skipped > 0 {
        let shards = counted(scanned.shards_skipped, "shard", "shards");
        parts.push(format!("{shards} without a record to scan"));
    }
    parts.join(" · ")
}

/// `12 flagged records · 14 findings: 10 exact, 4 near · 3 weak ones not counted`
fn found(scanned: &ScanSummary) -> String {
    let mut parts = vec![counted(scanned.records_flagged, "flagged record", "flagged records")];
    let tiers: Vec<String> = scanned
        .findings
        .iter()
        .filter(|&(tier, &number)| tier.is_flagged() && number > 0)
        .map(|(tier, &number)| format!("{} {}", quantity::count(number), tier.name()))
        .collect();
    if !tiers.is_empty() {
        parts.push(format!(
            "{}: {}",
            counted(scanned.findings_flagged(), "finding", "findings"),
            tiers.join(", ")
        ));
    }
    let weak = scanned.findings.get(&Tier::Weak).copied().unwrap_or(0);
    if weak > 0 {
        parts.push(format!("{} not counted", counted(weak, "weak one", "weak ones")));
    }
    for (number, what) in
        [(scanned.findings_predating, "predating"), (scanned.findings_demoted, "demoted")]
    {
        if number > 0 {
            parts.push(format!("{} {what}", quantity::count(number)));
        }
    }
    parts.join(" · ")
}

fn heading(passages: usize) -> String {
    if passages > CARDS_MAX {
        let passages = quantity::count(passages as u64);
        format!("The worst {CARDS_MAX} of {passages} passages in flagged records, as shard:row")
    } else {
        "The passages in flagged records, as shard:row".to_owned()
    }
}

fn write_card(rows: &mut Rows, card: &Card, style: Style) {
    let (found, from) = (&card.row.found, &card.row.provenance);
    let finding = &found.finding;
    let field = match found.field.as_str() {
        "" => String::new(),
        field => format!(" `{}`", Untrusted(field)),
    };
    let shown = format!("{}{field}", place(&found.shard, found.row));
    rows.line(&format!(
        "{}  {}, {}, {} matched{}{}",
        style.bold(&shown),
        finding.tier.name(),
        score(finding),
        quantity::bytes(finding.matched_bytes),
        match card.others {
            0 => String::new(),
            others => format!(", and {}", counted(others, "more passage", "more passages")),
        },
        if card.row.is_widespread() {
            format!(", {}", widespread(card.row.packages.unwrap_or(0)))
        } else {
            String::new()
        }
    ));
    write_other_places(rows, card);
    rows.line(&format!("    rule  {}", Untrusted(&finding.rule)));
    if let Some(changes) = &finding.changes {
        rows.line(&format!("    kept  {}", kept(changes)));
    }
    if let Some(date) = &found.record_date {
        rows.line(&format!("    date  {}, says the record", Untrusted(date)));
    }
    rows.line(&format!("    from  {}", origin(from)));
    rows.line(&format!("    log   {}:{}", Untrusted(&from.log_path), from.log_line));
    for line in excerpt(&found.excerpt, EXCERPT_LINES, EXCERPT_WIDTH) {
        rows.line(&style.dim(&format!("    | {line}")));
    }
}

/// The first records with the same passage, and how many more there are.
fn write_other_places(rows: &mut Rows, card: &Card) {
    let mut lines: Vec<String> =
        card.other_places().map(|(shard, row)| place(shard, *row)).collect();
    let more = card.records - 1 - lines.len() as u64;
    if more > 0 {
        lines.push(format!("and {}", counted(more, "more record", "more records")));
    }
    for (at, line) in lines.iter().enumerate() {
        let name = if at == 0 { "also" } else { "" };
        rows.line(&format!("    {name:4}  {line}"));
    }
}

/// `corpus/a.jsonl:7`
fn place(shard: &str, row: u64) -> String {
    format!("{}:{row}", Untrusted(shard))
}

/// `88 % of the passage`
fn score(finding: &Finding) -> String {
    let share = quantity::share(finding.score);
    match finding.tier {
        Tier::Alike => format!("{share} in common with the passage"),
        _ => format!("{share} of the passage"),
    }
}

/// `claude-code · claude-opus-4 · session 8f2c · 2025-10-01 12:03 UTC · written to src/a.rs`
fn origin(from: &Provenance) -> String {
    let mut parts = vec![
        Untrusted(&from.tool).to_string(),
        Untrusted(from.model.as_deref().unwrap_or(MODEL_UNKNOWN)).to_string(),
        format!("session {}", Untrusted(&from.session_id)),
    ];
    parts.extend(from.authored_at.and_then(minute_utc));
    if let Some(path) = &from.file_path {
        parts.push(format!("{} {}", Untrusted(&from.kind), Untrusted(path)));
    } else {
        parts.push(Untrusted(&from.kind).to_string());
    }
    parts.join(" · ")
}

/// `widespread: 14 packages`
fn widespread(packages: u32) -> String {
    let more = if packages >= FindingRow::PACKAGES_MAX { " or more" } else { "" };
    format!("widespread: {} packages{more}", quantity::count(packages.into()))
}

/// What was found and accuses nobody, and why.
fn write_unflagged(rows: &mut Rows, scanned: &ScanSummary) {
    if scanned.findings_predating > 0 {
        let findings = counted(scanned.findings_predating, "finding", "findings");
        rows.row(
            "predates",
            &format!("{findings} not flagged: the record is older than the passage"),
        );
    }
    if let Some(demote_at) = scanned.demote_at {
        let findings = counted(scanned.findings_demoted, "finding", "findings");
        rows.row(
            "demoted",
            &format!(
                "{findings} not flagged: the passage is in {} packages or more",
                quantity::count(demote_at.into())
            ),
        );
    }
    if scanned.records_undated > 0 {
        let records = counted(scanned.records_undated, "record", "records");
        rows.row(
            "undated",
            &format!("{records} without a time that can be read; flagged like any other"),
        );
    }
}

fn write_unread(rows: &mut Rows, scanned: &ScanSummary) {
    let failed = &scanned.shards_failed;
    if !failed.is_empty() {
        rows.row(
            "failed",
            &format!("{} could not be read", counted(failed.len() as u64, "shard", "shards")),
        );
        for shard in failed.iter().take(FAILED_MAX) {
            // Most errors name the shard themselves.
            let named = shard.why.contains(&shard.shard);
            let name = if named { String::new() } else { format!("{}: ", Untrusted(&shard.shard)) };
            rows.more(&format!("{name}{}", Untrusted(&shard.why)));
        }
        if failed.len() > FAILED_MAX {
            rows.more(&format!("and {} more", quantity::count((failed.len() - FAILED_MAX) as u64)));
        }
    }
    for (reason, &number) in &scanned.records_skipped {
        rows.row("skipped", &skipped(scanned, *reason, number));
        if !scanned.skips_accepted.contains(reason) {
            rows.more(&cure(*reason));
        }
    }
}

/// `4 records: too-long (first: a.jsonl:7)`
fn skipped(scanned: &ScanSummary, reason: SkipReason, number: u64) -> String {
    let first = scanned.skipped_first.iter().find(|row| row.reason == reason);
    let accepted = if scanned.skips_accepted.contains(&reason) { ", accepted" } else { "" };
    format!(
        "{}: {}{accepted}{}",
        counted(number, "record", "records"),
        reason.name(),
        first
            .map(|row| format!(" (first: {}:{})", Untrusted(&row.shard), row.row))
            .unwrap_or_default()
    )
}

/// What a person can do about records that were skipped.
fn cure(reason: SkipReason) -> String {
    let accept = format!("`--accept-skipped {}`", reason.name());
    match reason {
        SkipReason::NoTextField => {
            format!("hint: name the field with `--text-field FIELD`, or accept them: {accept}")
        }
        SkipReason::TooLong => format!("hint: raise `--max-record`, or accept them: {accept}"),
        SkipReason::NotJson => format!("hint: mend the lines, or accept them: {accept}"),
        SkipReason::Binary => {
            format!("hint: leave such files out of the paths, or accept them: {accept}")
        }
        SkipReason::Unsupported => {
            format!("hint: unpack or convert them before the scan, or accept them: {accept}")
        }
    }
}

fn verdict(scanned: &ScanSummary) -> String {
    let name = scanned.verdict().name();
    let complete = scanned.is_complete();
    match scanned.verdict() {
        Verdict::Clean => format!("{name}: nothing found, and everything was read"),
        Verdict::Contaminated if complete => format!("{name}: everything was read"),
        Verdict::Contaminated => {
            format!("{name}, and not everything was read: {}", unread(scanned))
        }
        Verdict::Incomplete => {
            format!("{name}: nothing found, but not everything was read: {}", unread(scanned))
        }
    }
}

fn unread(scanned: &ScanSummary) -> String {
    let refused = scanned
        .records_skipped
        .iter()
        .filter(|(reason, _)| !scanned.skips_accepted.contains(reason));
    let records: u64 = refused.map(|(_, number)| number).sum();
    let mut parts = vec![];
    if !scanned.shards_failed.is_empty() {
        parts.push(format!(
            "{} failed",
            counted(scanned.shards_failed.len() as u64, "shard", "shards")
        ));
    }
    if records > 0 {
        parts.push(format!("{} skipped", counted(records, "record", "records")));
    }
    if parts.is_empty() {
        return "there was nothing to read".to_owned();
    }
    parts.join(", ")
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
