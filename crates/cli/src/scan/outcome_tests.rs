use std::sync::Arc;

use seepage_detect::Changes;
use seepage_engine::{FailedShard, RecordFinding, SkippedRow};

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

#[track_caller]
fn check(scanned: &ScanSummary, origins: &Origins, cards: &[Card], expected: &str) {
    let exit_code = scanned.verdict().exit_code();
    let outcome = Outcome {
        scanned,
        origins,
        cards,
        passages: cards.len(),
        report: Some(Path::new("report/")),
        exit_code,
    };
    assert_eq!(outcome.words(Style::plain()), expected);
}

#[test]
fn a_clean_scan_says_what_was_read() {
    check(
        &scanned(),
        &Origins::default(),
        &[],
        "\
read          3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)
found         0 flagged records
verdict       clean: nothing found, and everything was read
exit code     0
report        report/
",
    );
}

#[test]
fn a_contaminated_scan_shows_the_worst_with_its_origin_and_an_excerpt() {
    let found = samples::finding(7, Tier::Exact, 1234);
    let cards = [Card::new(samples::row(found), 2)];
    let scanned = ScanSummary {
        records_flagged: 1,
        findings: [(Tier::Exact, 2), (Tier::Near, 1), (Tier::Weak, 4)].into(),
        ..scanned()
    };
    let origins = Origins { tools: [("codex".to_owned(), 3)].into(), ..Origins::default() };
    check(
        &scanned,
        &origins,
        &cards,
        "\
read          3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)
found         1 flagged record · 3 findings: 2 exact, 1 near · 4 weak ones not counted
by tool       codex 3

The passages in flagged records, as shard:row

corpus/a.jsonl:7 `text`  exact, 87 % of the passage, 1.2 kB matched, and 2 more passages
    rule  a run of 40 words
    from  codex · gpt-5-codex · session session-1 · 2025-10-01 12:03 UTC · patch src/main.rs
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
    let cards = [Card::new(samples::row(found), 0)];
    let outcome = Outcome {
        scanned: &scanned(),
        origins: &Origins::default(),
        cards: &cards,
        passages: 1,
        report: None,
        exit_code: 1,
    };
    let words = outcome.words(Style::plain());
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
    let cards = [Card::new(FindingRow { packages: Some(14), ..row }, 0)];
    let outcome = Outcome {
        scanned: &scanned,
        origins: &Origins::default(),
        cards: &cards,
        passages: 1,
        report: None,
        exit_code: 1,
    };
    let words = outcome.words(Style::plain());
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
        &Origins::default(),
        &[],
        "\
read          3 shards · 1,234 records · 12.3 MB of text in 0.8 s (15.4 MB/s)
found         0 flagged records
failed        1 shard could not be read
              c\\u{1b}.gz: the stream ends early
skipped       2 records: too-long (first: corpus/b.jsonl:5)
              hint: raise `--max-record`, or accept them: `--accept-skipped too-long`
skipped       1 record: binary, accepted
verdict       incomplete: nothing found, but not everything was read: 1 shard failed, 2 records skipped
exit code     2
report        report/
",
    );
}

#[test]
fn many_failed_shards_are_counted_not_listed() {
    let failed = |number: u32| FailedShard { shard: format!("{number}.gz"), why: "cut".into() };
    let scanned = ScanSummary { shards_failed: (0..1012).map(failed).collect(), ..scanned() };
    let mut rows = Rows::new(Style::plain());
    write_unread(&mut rows, &scanned);
    let text = rows.finish();
    assert_eq!(text.lines().count(), 12);
    assert!(text.ends_with("9.gz: cut\n              and 1,002 more\n"), "{text}");
}

#[test]
fn a_scan_of_nothing_is_incomplete() {
    assert_eq!(
        verdict(&ScanSummary::default()),
        "incomplete: nothing found, but not everything was read: there was nothing to read"
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
        one_line(&scanned()),
        "clean: nothing found, and everything was read; 0 flagged records; \
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
    for text in [&mut from.tool, &mut from.session_id, &mut from.kind, &mut from.log_path] {
        evil.clone_into(text);
    }
    (from.model, from.file_path) = (Some(evil.to_owned()), Some(evil.to_owned()));
    let row = FindingRow { provenance: Arc::new(from), packages: Some(3), ..samples::row(found) };
    let mut card = Card::new(row.clone(), 0);
    for number in 1..7 {
        let found = RecordFinding { row: number, ..row.found.clone() };
        card.add(Card::new(FindingRow { found, ..row.clone() }, 0));
    }
    let mut rows = Rows::new(Style::plain());
    write_card(&mut rows, &card, Style::plain());
    let text = rows.finish();
    assert_eq!(text.lines().count(), 11, "{text}");
    assert!(text.chars().all(|c| c == '\n' || !seepage_report::is_obeyed(c)), "{text:?}");
}
