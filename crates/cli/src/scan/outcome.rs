//! What a scan came to, in words for people: what was read, what was found, what could not be read, the verdict.

use std::collections::BTreeMap;
use std::path::Path;

use seepage_detect::{Finding, Tier};
use seepage_engine::{FindingRow, MODEL_UNKNOWN, ScanSummary, SkipReason, Verdict};
use seepage_index::{Provenance, UnreadUnit};
use seepage_report::{IndexSummary, Untrusted, minute_utc};

use crate::scan::cards::{CARDS_MAX, Card, Cards};
use crate::scan::changes::kept;
use crate::screen::listing::{Listing, excerpt, top};
use crate::screen::quantity::{self, counted};
use crate::screen::style::Style;

const EXCERPT_LINES: usize = 3;
/// Fits a terminal of 100 columns.
const EXCERPT_WIDTH: usize = 90;
/// Failed shards that are named; all of them stand in `summary.json`.
const FAILED_MAX: usize = 10;

/// A scan that came to its end.
pub(crate) struct Outcome<'a> {
    pub(crate) scanned: &'a ScanSummary,
    /// What it looked for.
    pub(crate) index: &'a IndexSummary,
    pub(crate) cards: Cards,
    pub(crate) report: Option<&'a Path>,
    pub(crate) exit_code: u8,
}

impl Outcome<'_> {
    /// The summary for stdout.
    pub(crate) fn words(self, style: Style) -> String {
        let mut rows = Listing::new(style);
        rows.row("read", &read(self.scanned));
        rows.row("found", &found(self.scanned));
        let ScanSummary { tools, models, sessions, classes, .. } = self.scanned;
        for (name, counts) in [
            ("by tool", tools),
            ("by model", models),
            ("by class", classes),
            ("by session", sessions),
        ] {
            if !counts.is_empty() {
                rows.row(name, &top(counts));
            }
        }
        let (cards, passages) = self.cards.finish();
        if !cards.is_empty() {
            rows.line("");
            rows.line(&style.bold(&heading(passages)));
            for card in &cards {
                rows.line("");
                write_card(&mut rows, card, style);
            }
            rows.line("");
        }
        write_unflagged(&mut rows, self.scanned);
        write_unread(&mut rows, self.scanned);
        if let Some(unread) = logs_unread(self.index) {
            rows.row("logs", &unread);
        }
        rows.row("verdict", &verdict(self.scanned, self.index));
        rows.row("exit code", &self.exit_code.to_string());
        match self.report {
            Some(path) => rows.row("report", &Untrusted(&path.display().to_string()).to_string()),
            None => rows.row("report", "not asked for; `-o DIR` keeps all findings"),
        }
        rows.finish()
    }
}

/// The summary for stderr, beside JSON lines.
pub(crate) fn one_line(scanned: &ScanSummary, index: &IndexSummary) -> String {
    format!("{}; {}; {}", verdict(scanned, index), found(scanned), read(scanned))
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
    if scanned.records_textless > 0 {
        let textless = counted(scanned.records_textless, "record", "records");
        parts.push(format!("{textless} without text"));
    }
    if scanned.bytes_not_text > 0 {
        let bytes = quantity::bytes(scanned.bytes_not_text);
        parts.push(format!("{bytes} of images, sound or numbers"));
    }
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

fn write_card(rows: &mut Listing, card: &Card, style: Style) {
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
fn write_other_places(rows: &mut Listing, card: &Card) {
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
        parts.push(format!("{} {}", from.class.name(), Untrusted(path)));
    } else {
        parts.push(from.class.name().to_string());
    }
    parts.join(" · ")
}

/// `widespread: 14 packages`
fn widespread(packages: u32) -> String {
    let more = if packages >= FindingRow::PACKAGES_MAX { " or more" } else { "" };
    format!("widespread: {} packages{more}", quantity::count(packages.into()))
}

/// What was found and accuses nobody, or would not, and why.
fn write_unflagged(rows: &mut Listing, scanned: &ScanSummary) {
    if scanned.findings_predating > 0 {
        let findings = counted(scanned.findings_predating, "finding", "findings");
        rows.row(
            "predates",
            &format!("{findings} not flagged: the record is older than the passage"),
        );
    }
    if scanned.findings_older > 0 {
        let findings = counted(scanned.findings_older, "finding", "findings");
        rows.row(
            "older",
            &format!("{findings} in records that say they are older than the passage"),
        );
        rows.more("hint: `--time-field FIELD` with the field of that date, e.g. `created`, flags them no more");
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

/// What could not be read of the logs that the index was made of: nothing of it is found.
fn logs_unread(index: &IndexSummary) -> Option<String> {
    let count = |unit| index.unread.get(&unit).copied().unwrap_or_default();
    let counts =
        [(count(UnreadUnit::Files), "file", "files"), (count(UnreadUnit::Lines), "line", "lines")];
    let counts = counts.into_iter().filter(|(number, ..)| *number > 0);
    let unread: Vec<String> =
        counts.map(|(number, one, many)| counted(number, one, many)).collect();
    (!unread.is_empty()).then(|| {
        let path = Untrusted(&index.path);
        format!(
            "{} could not be read when the index was made: `seepage index info {path}` says why",
            unread.join(" and ")
        )
    })
}

fn write_unread(rows: &mut Listing, scanned: &ScanSummary) {
    if scanned.git_left_out > 0 {
        let what = counted(scanned.git_left_out, "`.git` directory", "`.git` directories");
        rows.row(
            "left out",
            &format!("{what}: files are scanned as they are, and not their history"),
        );
        rows.more("hint: with the feature `git`, name such a directory to scan its history");
    }
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
    if !scanned.is_part {
        for field in &scanned.fields_missing {
            rows.row("not there", &format!("no record has the field of `{}`", Untrusted(field)));
            rows.more("hint: mend its spelling, or leave it out");
        }
    }
    for (name, reasons) in
        [("in part", &scanned.records_in_part), ("skipped", &scanned.records_skipped)]
    {
        for (reason, &number) in reasons {
            rows.row(name, &skipped(scanned, *reason, number));
            if !scanned.skips_accepted.contains(reason) {
                rows.more(&cure(*reason));
            }
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

/// What was looked for where that is not all that models wrote.
fn classes_only(index: &IndexSummary) -> String {
    let classes = index.classes_in_words();
    classes.map_or_else(String::new, |classes| format!(", of these classes only: {classes}"))
}

/// What was looked for: `514 passages of 26 sessions, 2025-10 to 2026-07`.
fn looked_for(index: &IndexSummary) -> String {
    let month = |moment: &Option<String>| Some(moment.as_ref()?.get(..7)?.to_owned());
    let months = match (month(&index.authored_from), month(&index.authored_to)) {
        (Some(from), Some(to)) if from == to => format!(", {from}"),
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let passages = counted(index.passages, "passage", "passages");
    let sessions = counted(index.sessions, "session", "sessions");
    format!("{passages} of {sessions}{months}{}", classes_only(index))
}

fn verdict(scanned: &ScanSummary, index: &IndexSummary) -> String {
    let name = scanned.verdict().name();
    let looked_for = looked_for(index);
    let complete = scanned.is_complete();
    match scanned.verdict() {
        Verdict::Clean => {
            let only = fields_only(scanned);
            format!("{name} of {looked_for}{only}: nothing found, and everything was read")
        }
        Verdict::Contaminated if complete => {
            let (classes, fields) = (classes_only(index), fields_only(scanned));
            format!("{name}: everything was read{classes}{fields}")
        }
        Verdict::Contaminated => {
            let (unread, classes) = (unread(scanned), classes_only(index));
            let fields = fields_only(scanned);
            format!("{name}, and not everything was read: {unread}{classes}{fields}")
        }
        Verdict::Incomplete => {
            let (unread, only) = (unread(scanned), fields_only(scanned));
            format!(
                "{name}: nothing found of {looked_for}{only}, but not everything was read: {unread}"
            )
        }
    }
}

/// Fields named on the screen; `summary.json` has all.
const FIELDS_SHOWN_MAX: usize = 5;

/// The fields that were scanned and those that were not, where a person chose some and others hold text.
fn fields_only(scanned: &ScanSummary) -> String {
    if scanned.fields_left.is_empty() {
        return String::new();
    }
    let names = |fields: &BTreeMap<String, u64>| {
        let shown = fields.keys().take(FIELDS_SHOWN_MAX).map(|field| Untrusted(field).to_string());
        let more = fields.len().saturating_sub(FIELDS_SHOWN_MAX);
        let more = (more > 0).then(|| format!("{more} more"));
        shown.chain(more).collect::<Vec<_>>().join(", ")
    };
    let (scanned_fields, left) = (names(&scanned.text_fields), names(&scanned.fields_left));
    format!(", in these fields only: {scanned_fields} (text in others was not scanned: {left})")
}

fn unread(scanned: &ScanSummary) -> String {
    let refused = |reasons: &BTreeMap<SkipReason, u64>| -> u64 {
        let refused = reasons.iter().filter(|(reason, _)| !scanned.skips_accepted.contains(reason));
        refused.map(|(_, number)| number).sum()
    };
    let records = refused(&scanned.records_skipped);
    let records_in_part = refused(&scanned.records_in_part);
    let mut parts = vec![];
    if scanned.is_stopped {
        let shards = counted(scanned.shards_unread, "shard", "shards");
        parts.push(format!("the scan was stopped, {shards} not begun"));
    }
    if !scanned.shards_failed.is_empty() {
        parts.push(format!(
            "{} failed",
            counted(scanned.shards_failed.len() as u64, "shard", "shards")
        ));
    }
    if records > 0 {
        parts.push(format!("{} skipped", counted(records, "record", "records")));
    }
    if records_in_part > 0 {
        let records = counted(records_in_part, "record", "records");
        parts.push(format!("{records} read in part"));
    }
    if !scanned.is_part && !scanned.fields_missing.is_empty() {
        let fields = scanned.fields_missing.len() as u64;
        parts.push(format!("{} in no record", counted(fields, "named field", "named fields")));
    }
    if parts.is_empty() && scanned.shards_read > 0 {
        return "nothing was read, for no shard holds any text".to_owned();
    }
    if parts.is_empty() {
        return "there was nothing to read".to_owned();
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seepage_detect::Changes;
    use seepage_engine::{FailedShard, FindingSink, RecordFinding, SkippedRow};
    use seepage_index::PassageId;

    use super::*;
    use crate::scan::samples;

    fn scanned() -> ScanSummary {
        ScanSummary {
            shards_read: 3,
            records_read: 1234,
            text_bytes: 12_345_678,
            seconds: 0.8,
            ..ScanSummary::default()
        }
    }

    /// The words about a scan with an index of some passages.
    fn words(scanned: &ScanSummary, cards: Cards) -> String {
        let (report, exit_code) = (Some(Path::new("report/")), scanned.verdict().exit_code());
        let outcome = Outcome { scanned, index: &index(), cards, report, exit_code };
        outcome.words(Style::plain())
    }

    fn index() -> IndexSummary {
        IndexSummary {
            classes: seepage_index::Class::ALL.into(),
            path: "a.seepage".to_owned(),
            digest: "abc".to_owned(),
            passages: 514,
            sessions: 26,
            authored_from: Some("2025-10-01T12:03:00.000Z".to_owned()),
            authored_to: Some("2026-07-09T12:03:00.000Z".to_owned()),
            unread: [].into(),
            passages_removed: 0,
            segments: 1,
            fingerprints: 1,
            postings: 1,
            bytes: 1,
            guarantee_len: 94,
            schemes: vec![],
        }
    }

    #[track_caller]
    fn check(scanned: &ScanSummary, cards: Cards, expected: &str) {
        assert_eq!(words(scanned, cards), expected);
    }

    /// Of findings that were found in this order.
    fn cards(rows: &[FindingRow]) -> Cards {
        let mut cards = Cards::default();
        for row in rows {
            cards.found(row).unwrap();
        }
        cards
    }

    #[test]
    fn a_clean_scan_says_what_was_read() {
        check(
            &scanned(),
            Cards::default(),
            "\
read          3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)
found         0 flagged records
verdict       clean of 514 passages of 26 sessions, 2025-10 to 2026-07: nothing found, and everything was read
exit code     0
report        report/
",
        );
    }

    #[test]
    fn a_contaminated_scan_shows_the_worst_with_its_origin_and_an_excerpt() {
        let found = samples::finding(7, Tier::Exact, 1234);
        let mut rows = [0, 1, 2].map(|_| samples::row(found.clone()));
        for (passage, row) in (1..).zip(&mut rows[1..]) {
            (row.found.finding.passage, row.found.finding.matched_bytes) = (PassageId(passage), 9);
        }
        let scanned = ScanSummary {
            records_flagged: 1,
            findings: [(Tier::Exact, 2), (Tier::Near, 1), (Tier::Weak, 4)].into(),
            tools: [("codex".to_owned(), 3)].into(),
            models: [("gpt-5-codex".to_owned(), 3)].into(),
            sessions: [("session-1".to_owned(), 3)].into(),
            classes: [("edit".to_owned(), 3)].into(),
            ..scanned()
        };
        check(
            &scanned,
            cards(&rows),
            "\
read          3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)
found         1 flagged record · 3 findings: 2 exact, 1 near · 4 weak ones not counted
by tool       codex 3
by model      gpt-5-codex 3
by class      edit 3
by session    session-1 3

The passages in flagged records, as shard:row

corpus/a.jsonl:7 `text`  exact, 87 % of the passage, 1.2 kB matched, and 2 more passages
    rule  a run of 40 words
    from  codex · gpt-5-codex · session session-1 · 2025-10-01 12:03 UTC · edit src/main.rs
    log   logs/rollout.jsonl:12
    | fn main() {
    |     println!();
    | }

verdict       contaminated: everything was read
exit code     1
report        report/
",
        );
    }

    #[test]
    fn an_edited_passage_is_shown_with_what_was_kept_and_renamed_and_the_date_of_its_record() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let mut found = samples::finding(7, Tier::Blind, 1234);
        found.record_date = Some("2024-05-01\u{1b}".to_owned());
        found.finding.changes = Some(Changes {
            identical: 0.62,
            edited: 0.21,
            renames: vec![
                pair("count", "total"),
                pair("x", "\u{1b}[2J"),
                pair("a", "b"),
                pair("c", "d"),
            ],
        });
        let words = words(&scanned(), cards(&[samples::row(found)]));
        for expected in [
            "    kept  62 % identical, 21 % edited, renamed: count → total, x → \\u{1b}[2J, a → b, and 1 more\n",
            "    date  2024-05-01\\u{1b}, says the record\n",
        ] {
            assert!(words.contains(expected), "{expected}\n{words}");
        }
    }

    #[test]
    fn what_accuses_nobody_is_counted_with_its_reason_and_a_widespread_passage_is_named() {
        let scanned = ScanSummary {
            records_flagged: 1,
            findings: [(Tier::Exact, 1)].into(),
            findings_predating: 1,
            findings_demoted: 2000,
            records_undated: 3,
            demote_at: Some(50),
            ..scanned()
        };
        let row = samples::row(samples::finding(7, Tier::Exact, 1234));
        let cards = cards(&[FindingRow { packages: Some(14), ..row }]);
        let words = words(&scanned, cards);
        for expected in [
            "found         1 flagged record · 1 finding: 1 exact · 1 predating · 2,000 demoted\n",
            "1.2 kB matched, widespread: 14 packages\n",
            "predates      1 finding not flagged: the record is older than the passage\n",
            "demoted       2,000 findings not flagged: the passage is in 50 packages or more\n",
            "undated       3 records without a time that can be read; flagged like any other\n",
        ] {
            assert!(words.contains(expected), "{expected}\n{words}");
        }
        assert_eq!(widespread(1000), "widespread: 1,000 packages or more");
    }

    #[test]
    fn what_was_not_read_is_named_with_its_cure_and_is_never_clean() {
        let shard: Arc<str> = "corpus/b.jsonl".into();
        let scanned = ScanSummary {
            shards_failed: vec![FailedShard {
                shard: "c\u{1b}.gz".into(),
                why: "the stream ends early".into(),
            }],
            records_skipped: [(SkipReason::TooLong, 2), (SkipReason::Binary, 1)].into(),
            skipped_first: vec![
                SkippedRow { shard: Arc::clone(&shard), row: 5, reason: SkipReason::TooLong },
                SkippedRow { shard, row: 9, reason: SkipReason::TooLong },
            ],
            skips_accepted: vec![SkipReason::Binary],
            ..scanned()
        };
        check(
        &scanned,
        Cards::default(),
        "\
read          3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)
found         0 flagged records
failed        1 shard could not be read
              c\\u{1b}.gz: the stream ends early
skipped       2 records: too-long (first: corpus/b.jsonl:5)
              hint: raise `--max-record`, or accept them: `--accept-skipped too-long`
skipped       1 record: binary, accepted
verdict       incomplete: nothing found of 514 passages of 26 sessions, 2025-10 to 2026-07, but not everything was read: 1 shard failed, 2 records skipped
exit code     2
report        report/
",
    );
    }

    #[test]
    fn many_failed_shards_are_counted_not_listed() {
        let failed = |number: u32| FailedShard { shard: format!("{number}.gz"), why: "cut".into() };
        let scanned = ScanSummary { shards_failed: (0..1012).map(failed).collect(), ..scanned() };
        let mut rows = Listing::new(Style::plain());
        write_unread(&mut rows, &scanned);
        let text = rows.finish();
        assert_eq!(text.lines().count(), 12);
        assert!(text.ends_with("9.gz: cut\n              and 1,002 more\n"), "{text}");
    }

    #[test]
    fn a_scan_of_nothing_is_incomplete() {
        assert_eq!(
            verdict(&ScanSummary::default(), &index()),
            "incomplete: nothing found of 514 passages of 26 sessions, 2025-10 to 2026-07, but not everything was read: there was nothing to read"
        );
    }

    #[test]
    fn what_took_no_time_of_its_own_says_none() {
        let joined = ScanSummary { seconds: 0.0, ..scanned() };
        assert_eq!(read(&joined), "3 shards · 1,234 records · 12.3 MB of text");
    }

    #[test]
    fn one_line_holds_the_verdict_and_the_numbers() {
        assert_eq!(
            one_line(&scanned(), &index()),
            "clean of 514 passages of 26 sessions, 2025-10 to 2026-07: nothing found, and everything was read; 0 flagged records; \
         3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)"
        );
    }

    #[test]
    fn text_of_records_and_logs_gives_no_orders_to_the_terminal() {
        let mut found = samples::finding(0, Tier::Near, 1);
        let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\n";
        found.shard = evil.into();
        found.field = evil.to_owned();
        found.finding.rule = evil.into();
        found.excerpt = evil.repeat(3);
        let mut from = Provenance::clone(&samples::provenance());
        for text in [&mut from.tool, &mut from.session_id, &mut from.log_path] {
            evil.clone_into(text);
        }
        (from.model, from.file_path) = (Some(evil.to_owned()), Some(evil.to_owned()));
        let row = FindingRow { provenance: from, packages: Some(3), ..samples::row(found) };
        let mut card = Card::new(row.clone(), 0);
        for number in 1..7 {
            let found = RecordFinding { row: number, ..row.found.clone() };
            card.add(Card::new(FindingRow { found, ..row.clone() }, 0));
        }
        let mut rows = Listing::new(Style::plain());
        write_card(&mut rows, &card, Style::plain());
        let text = rows.finish();
        assert_eq!(text.lines().count(), 11, "{text}");
        assert!(text.chars().all(|c| c == '\n' || !seepage_report::is_obeyed(c)), "{text:?}");
    }
}
