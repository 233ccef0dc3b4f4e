//! `seepage index info`.

use std::cmp::Reverse;

use seepage_index::{BuildFacts, UnreadUnit};
use seepage_report::{IndexSummary, Untrusted, minute_utc};

use crate::index::args::InfoArguments;
use crate::index::open::open;
use crate::screen::failure::Failure;
use crate::screen::listing::{Listing, top};
use crate::screen::print::{print, print_json};
use crate::screen::quantity;
use crate::screen::style::Style;

/// From this number of segments on, a scan is noticeably slower.
const SEGMENTS_MANY: u64 = 5;

pub(crate) fn run(arguments: &InfoArguments) -> Result<u8, Failure> {
    let index = open(&arguments.index)?;
    let summary = IndexSummary::of(&index, &arguments.index);
    if arguments.json {
        print_json(&json(&summary, index.facts())?)?;
    } else {
        print(&table(&summary, index.facts(), Style::of_stdout()))?;
    }
    Ok(0)
}

/// The index as an object, with what its build read under `facts`.
fn json(summary: &IndexSummary, facts: &BuildFacts) -> Result<serde_json::Value, Failure> {
    let mut object = serde_json::to_value(summary)?;
    object["bytes_per_fingerprint"] = bytes_per_fingerprint(summary).into();
    object["facts"] = serde_json::to_value(facts)?;
    Ok(object)
}

fn bytes_per_fingerprint(summary: &IndexSummary) -> Option<f64> {
    (summary.fingerprints > 0).then(|| summary.bytes as f64 / summary.fingerprints as f64)
}

/// The table for people.
pub(crate) fn table(summary: &IndexSummary, facts: &BuildFacts, style: Style) -> String {
    let mut rows = Listing::new(style);
    rows.row("index", &Untrusted(&summary.path).to_string());
    rows.row("digest", &Untrusted(&summary.digest).to_string());
    read(&mut rows, facts);
    rows.row("passages", &quantity::count(summary.passages));
    segments(&mut rows, summary);
    rows.row(
        "families",
        &format!("{} of near-identical passages", quantity::count(facts.families)),
    );
    authored(&mut rows, facts);
    strings(&mut rows, facts);
    let dates = [facts.authored_from, facts.authored_to].map(|moment| moment.and_then(minute_utc));
    if let [Some(from), Some(to)] = dates {
        rows.row("written", &format!("{from} to {to}"));
    }
    if let Some(classes) = summary.classes_in_words() {
        rows.row("classes", &format!("{classes}; what models wrote as others was left out"));
    }
    if !facts.tools.is_empty() {
        rows.row("tools", &top(&facts.tools));
    }
    if !facts.models.is_empty() {
        rows.row("models", &top(&facts.models));
    }
    rows.row("fingerprints", &quantity::count(summary.fingerprints));
    rows.row("postings", &quantity::count(summary.postings));
    let each =
        bytes_per_fingerprint(summary).map(|bytes| format!(", {bytes:.1} bytes a fingerprint"));
    rows.row(
        "size",
        &format!("{} on disk{}", quantity::bytes(summary.bytes), each.unwrap_or_default()),
    );
    for scheme in &summary.schemes {
        rows.row(
            scheme.stream,
            &format!(
                "k-grams of {} kept bytes, windows of {}: a scan sees any shared run of {} kept bytes ({} with --fast)",
                scheme.kgram_len,
                scheme.window_len,
                scheme.guarantee_len,
                scheme.guarantee_len_fast
            ),
        );
    }
    unread(&mut rows, facts);
    rows.finish()
}

/// Reasons of a kind that are spelled out.
const REASONS_SHOWN_MAX: usize = 10;

/// What could not be read or was not known, by reason: the last word, because the rest rests on it.
fn unread(rows: &mut Listing, facts: &BuildFacts) {
    for (unit, reasons) in &facts.unread {
        let (name, one, many) = match unit {
            UnreadUnit::Files => ("files unread", "file", "files"),
            UnreadUnit::Lines => ("lines unread", "line", "lines"),
            UnreadUnit::Records => ("unknown", "record", "records"),
        };
        let mut reasons: Vec<_> = reasons.iter().collect();
        reasons.sort_by_key(|(_, unread)| Reverse(unread.count));
        let mut said: Vec<String> = reasons
            .iter()
            .map(|(reason, unread)| {
                let example = match &unread.first {
                    Some(first) if unread.count > 1 => format!(", first `{}`", Untrusted(first)),
                    Some(first) => format!(", `{}`", Untrusted(first)),
                    None => String::new(),
                };
                let counted = quantity::counted(unread.count, one, many);
                format!("{counted}: {}{example}", Untrusted(reason))
            })
            .collect();
        if said.len() > REASONS_SHOWN_MAX {
            let left = &reasons[REASONS_SHOWN_MAX..];
            let count = left.iter().map(|(_, unread)| unread.count).sum();
            said.truncate(REASONS_SHOWN_MAX);
            said.push(format!(
                "{} for {}; `--json` has all",
                quantity::counted(count, one, many),
                quantity::counted(left.len() as u64, "other reason", "other reasons")
            ));
        }
        rows.list(name, said.into_iter());
    }
}

/// Rows that only an index has that was changed.
fn segments(rows: &mut Listing, summary: &IndexSummary) {
    if summary.passages_removed > 0 {
        let removed = quantity::count(summary.passages_removed);
        rows.row("removed", &format!("{removed}, on the disk until `seepage index merge`"));
    }
    if summary.segments > 1 {
        let hint = if summary.segments >= SEGMENTS_MANY {
            "; `seepage index merge` makes scans faster"
        } else {
            ""
        };
        let segments = quantity::count(summary.segments);
        rows.row("segments", &format!("{segments}{hint}"));
    }
}

fn read(rows: &mut Listing, facts: &BuildFacts) {
    rows.row(
        "logs",
        &format!(
            "{}, {}, {}",
            quantity::counted(facts.logs_read, "file", "files"),
            quantity::counted(facts.lines_read, "line", "lines"),
            quantity::bytes(facts.bytes_read)
        ),
    );
    // Format 1 did not keep the reasons.
    let mut unread = vec![];
    if facts.unread.is_empty() {
        for (number, one, many) in [
            (facts.files_failed, "file could not be read", "files could not be read"),
            (facts.lines_broken, "broken line was skipped", "broken lines were skipped"),
            (facts.files_unknown, "file was not a log", "files were not logs"),
        ] {
            if number > 0 {
                unread.push(quantity::counted(number, one, many));
            }
        }
    }
    if !unread.is_empty() {
        rows.more(&unread.join(" · "));
    }
    rows.row("sessions", &quantity::count(facts.sessions));
}

/// What became of all that the models wrote, and the tools that were not known.
fn strings(rows: &mut Listing, facts: &BuildFacts) {
    let strings = &facts.strings;
    if strings.bytes > 0 {
        let all = quantity::bytes(strings.bytes + strings.bytes_repeated);
        let kept = quantity::bytes(strings.bytes_kept);
        rows.row(
            "messages",
            &format!("{all} of strings beside white space; {kept} indexed, and not:"),
        );
        for (why, bytes) in &strings.left_out {
            rows.more(&format!("{} {}", quantity::bytes(*bytes), why.words()));
        }
    }
    if !facts.tools_unknown.is_empty() {
        let calls = facts.tools_unknown.iter().map(|(name, tool)| (name, &tool.calls));
        let bytes = facts.tools_unknown.values().map(|tool| tool.bytes).sum();
        rows.row(
            "unknown tools",
            &format!("{}; {} of their texts taken", top(calls), quantity::bytes(bytes)),
        );
    }
}

fn authored(rows: &mut Listing, facts: &BuildFacts) {
    rows.row("authored", &format!("{} by the models", quantity::bytes(facts.bytes_authored)));
    rows.row(
        "subtracted",
        &format!(
            "{} of it as quotes ({}); {} whole",
            quantity::bytes(facts.bytes_subtracted),
            quantity::percent(facts.bytes_subtracted, facts.bytes_authored),
            quantity::counted(facts.texts_subtracted, "text", "texts")
        ),
    );
    rows.row(
        "duplicates",
        &format!("{} met again and taken once", quantity::count(facts.duplicates)),
    );
    if facts.bytes_plain > 0 {
        rows.row(
            "plain",
            &format!(
                "{} of licences, imports, generated text left out",
                quantity::bytes(facts.bytes_plain)
            ),
        );
    }
    rows.row(
        "too short",
        &format!("{} left out", quantity::counted(facts.texts_short, "text", "texts")),
    );
}

#[cfg(test)]
mod tests {
    use seepage_report::SchemeSummary;

    use super::*;

    fn example() -> (IndexSummary, BuildFacts) {
        let summary = IndexSummary {
            classes: seepage_index::Class::ALL.into(),
            path: "a.seepage".to_owned(),
            digest: "abc".to_owned(),
            passages: 1234,
            sessions: 30,
            authored_from: None,
            authored_to: None,
            unread: [].into(),
            passages_removed: 9,
            segments: 20,
            fingerprints: 100_000,
            postings: 120_000,
            bytes: 2_750_000,
            guarantee_len: 94,
            schemes: vec![SchemeSummary {
                stream: "words",
                rules_version: 1,
                kgram_len: 32,
                window_len: 32,
                guarantee_len: 94,
                guarantee_len_fast: 158,
            }],
        };
        let facts = BuildFacts {
            logs_read: 31,
            files_failed: 1,
            sessions: 30,
            bytes_read: 12_345_678,
            lines_read: 9876,
            lines_broken: 2,
            bytes_authored: 1_000_000,
            bytes_subtracted: 280_000,
            texts_subtracted: 1,
            duplicates: 7,
            bytes_plain: 2_500,
            texts_short: 45,
            families: 1200,
            authored_from: Some(0),
            authored_to: Some(1_759_320_180_000),
            tools: [("codex".to_owned(), 1234)].into(),
            models: [("\u{1b}[2J".to_owned(), 1234)].into(),
            ..BuildFacts::default()
        };
        (summary, facts)
    }

    #[test]
    fn the_table_says_what_the_index_holds() {
        let (summary, facts) = example();
        let expected = "\
index         a.seepage
digest        abc
logs          31 files, 9,876 lines, 12.3 MB
              1 file could not be read · 2 broken lines were skipped
sessions      30
passages      1,234
removed       9, on the disk until `seepage index merge`
segments      20; `seepage index merge` makes scans faster
families      1,200 of near-identical passages
authored      1.0 MB by the models
subtracted    280 kB of it as quotes (28 %); 1 text whole
duplicates    7 met again and taken once
plain         2.5 kB of licences, imports, generated text left out
too short     45 texts left out
written       1970-01-01 00:00 UTC to 2025-10-01 12:03 UTC
tools         codex 1,234
models        \\u{1b}[2J 1,234
fingerprints  100,000
postings      120,000
size          2.8 MB on disk, 27.5 bytes a fingerprint
words         k-grams of 32 kept bytes, windows of 32: a scan sees any shared run of 94 kept bytes (158 with --fast)
";
        assert_eq!(table(&summary, &facts, Style::plain()), expected);
    }

    #[test]
    fn the_table_ends_with_what_could_not_be_read() {
        let (summary, mut facts) = example();
        for number in 0..12 {
            facts.add_unread(UnreadUnit::Lines, &format!("reason {number:02}"), 1, None);
        }
        facts.add_unread(UnreadUnit::Lines, "not a JSON record", 4, Some("b.jsonl"));
        facts.add_unread(UnreadUnit::Lines, "not a JSON record", 1, Some("a\u{1b}.jsonl"));
        facts.add_unread(UnreadUnit::Files, "not a log of a known tool", 1, Some("notes.txt"));
        facts.add_unread(UnreadUnit::Records, "type `queue`", 1234, None);
        let table = table(&summary, &facts, Style::plain());
        let end: Vec<&str> =
            table.lines().skip_while(|line| !line.starts_with("files unread")).collect();
        assert_eq!(end[0], "files unread  1 file: not a log of a known tool, `notes.txt`");
        assert_eq!(end[1], "lines unread  5 lines: not a JSON record, first `a\\u{1b}.jsonl`");
        assert_eq!(end[2], "              1 line: reason 00");
        assert_eq!(end[11], "              3 lines for 3 other reasons; `--json` has all");
        assert_eq!(end[12..], ["unknown       1,234 records: type `queue`"]);
    }

    #[test]
    fn the_json_has_every_number_of_the_table() {
        let (summary, facts) = example();
        let object = json(&summary, &facts).unwrap();
        let line = String::from_utf8(seepage_report::to_json_line(&object).unwrap()).unwrap();
        assert!(line.ends_with("}\n") && !line.contains('\u{1b}'), "{line}");
        assert_eq!(object, serde_json::from_str::<serde_json::Value>(&line).unwrap());
        for (pointer, expected) in [
            ("/path", serde_json::json!("a.seepage")),
            ("/passages", 1234.into()),
            ("/passages_removed", 9.into()),
            ("/segments", 20.into()),
            ("/bytes_per_fingerprint", 27.5.into()),
            ("/schemes/0/guarantee_len", 94.into()),
            ("/schemes/0/guarantee_len_fast", 158.into()),
            ("/facts/bytes_subtracted", 280_000.into()),
            ("/facts/families", 1200.into()),
            ("/facts/tools/codex", 1234.into()),
            ("/facts/models/\u{1b}[2J", 1234.into()),
        ] {
            assert_eq!(object.pointer(pointer), Some(&expected), "{pointer}");
        }
    }
}
