//! Numbers about an index.

use std::collections::BTreeMap;

use seepage_logs::{StringAccount, ToolCalls};

use crate::passage::Passage;

/// What a build could not read or did not know, for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// How often.
    pub count: u64,
    /// The first log that it was met in, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// What it is that could not be read, or was not known.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum UnreadUnit {
    /// Files.
    Files,
    /// Lines of logs.
    Lines,
    /// Records of a type that was not known.
    Records,
}

/// What could not be read or was not known, by reason.
pub type UnreadReasons = BTreeMap<UnreadUnit, BTreeMap<String, Unread>>;

/// What a build read; kept in the manifest and shown by `index info`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildFacts {
    /// Log files read.
    pub logs_read: u64,
    /// Files that were not logs of a known tool.
    pub files_unknown: u64,
    /// Files that could not be opened.
    pub files_failed: u64,
    /// Sessions with at least one passage or text.
    pub sessions: u64,
    /// Bytes of logs, decompressed.
    pub bytes_read: u64,
    /// Lines of logs.
    pub lines_read: u64,
    /// Lines that could not be parsed.
    pub lines_broken: u64,
    /// Bytes that the models wrote.
    pub bytes_authored: u64,
    /// Bytes subtracted as quotes.
    pub bytes_subtracted: u64,
    /// Texts that were quotes from end to end.
    pub texts_subtracted: u64,
    /// Blocks, calls and texts met again and taken once.
    pub duplicates: u64,
    /// Bytes cut because they tell nothing about who wrote them: licences, imports, generated and minified text.
    pub bytes_plain: u64,
    /// Texts left out because they are too short or too plain to be recognised.
    pub texts_short: u64,
    /// Families of near-identical passages; one that resembles no earlier one starts a family.
    pub families: u64,
    /// Earliest `authored_at`, in milliseconds since 1970-01-01 UTC.
    pub authored_from: Option<i64>,
    /// Latest `authored_at`, likewise.
    pub authored_to: Option<i64>,
    /// Passages by tool.
    pub tools: BTreeMap<String, u64>,
    /// Passages by model.
    pub models: BTreeMap<String, u64>,
    /// What became of all strings in the models' messages; format 1 did not keep it.
    #[serde(default)]
    pub strings: StringAccount,
    /// Calls of tools that the build did not know, by the name of the tool; their texts are indexed.
    #[serde(default)]
    pub tools_unknown: BTreeMap<String, ToolCalls>,
    /// Different anchors of the texts, each text by itself, that the built-in background does not suppress; format 1 did not
    /// keep it.
    #[serde(default)]
    pub anchors: u64,
    /// Those of them that other backgrounds suppressed.
    #[serde(default)]
    pub anchors_suppressed: u64,
    /// What could not be read or was not known, by reason; format 1 did not keep it.
    #[serde(default)]
    pub unread: UnreadReasons,
}

impl BuildFacts {
    /// Adds what another build read.
    pub fn add(&mut self, other: &Self) {
        // Written out whole, so that no new number is forgotten.
        let Self {
            logs_read,
            files_unknown,
            files_failed,
            sessions,
            bytes_read,
            lines_read,
            lines_broken,
            bytes_authored,
            bytes_subtracted,
            texts_subtracted,
            duplicates,
            bytes_plain,
            texts_short,
            families,
            authored_from,
            authored_to,
            tools,
            models,
            strings,
            tools_unknown,
            anchors,
            anchors_suppressed,
            unread,
        } = other;
        self.logs_read += logs_read;
        self.files_unknown += files_unknown;
        self.files_failed += files_failed;
        self.sessions += sessions;
        self.bytes_read += bytes_read;
        self.lines_read += lines_read;
        self.lines_broken += lines_broken;
        self.bytes_authored += bytes_authored;
        self.bytes_subtracted += bytes_subtracted;
        self.texts_subtracted += texts_subtracted;
        self.duplicates += duplicates;
        self.bytes_plain += bytes_plain;
        self.texts_short += texts_short;
        self.families += families;
        self.anchors += anchors;
        self.anchors_suppressed += anchors_suppressed;
        self.strings.add(strings);
        for (name, calls) in tools_unknown {
            let sum = self.tools_unknown.entry(name.clone()).or_default();
            sum.calls += calls.calls;
            sum.bytes += calls.bytes;
        }
        for (unit, reasons) in unread {
            for (reason, other) in reasons {
                self.add_unread(*unit, reason, other.count, other.first.as_deref());
            }
        }
        self.add_moment(*authored_from);
        self.add_moment(*authored_to);
        for (sums, counts) in [(&mut self.tools, tools), (&mut self.models, models)] {
            for (name, count) in counts {
                *sums.entry(name.clone()).or_default() += count;
            }
        }
    }

    /// How much of what the models wrote the named backgrounds suppressed, from 0 to 1.
    pub fn suppressed_share(&self) -> f64 {
        self.anchors_suppressed as f64 / self.anchors.max(1) as f64
    }

    /// Counts what was not read for a reason, in words.
    pub fn add_unread(&mut self, unit: UnreadUnit, reason: &str, count: u64, log: Option<&str>) {
        /// A hostile log may have reasons without end. The first ones in order of the alphabet are told apart, so that it
        /// does not matter which came first.
        const REASONS_MAX: usize = 256;
        const OTHERS: &str = "(other reasons)";
        let reasons = self.unread.entry(unit).or_default();
        let mut note = |reason: &str, count, log: Option<&str>| {
            let sum = reasons.entry(reason.to_owned()).or_default();
            sum.count += count;
            let logs = sum.first.as_deref().into_iter().chain(log);
            sum.first = logs.min().map(str::to_owned);
            if reasons.len() > REASONS_MAX { reasons.pop_last() } else { None }
        };
        let mut last = note(reason, count, log);
        while let Some((_, others)) = last {
            last = note(OTHERS, others.count, others.first.as_deref());
        }
    }

    /// Widens the time in which passages were written.
    fn add_moment(&mut self, moment: Option<i64>) {
        let Some(moment) = moment else { return };
        let (from, to) = (&mut self.authored_from, &mut self.authored_to);
        *from = Some(from.map_or(moment, |from| from.min(moment)));
        *to = Some(to.map_or(moment, |to| to.max(moment)));
    }

    /// Counts a passage, but for its model: once, under the tool of its first author.
    pub fn add_passage(&mut self, passage: &Passage) {
        for author in &passage.authors {
            self.add_moment(author.provenance.authored_at);
        }
        if let Some(first) = passage.authors.first() {
            *self.tools.entry(first.provenance.tool.clone()).or_default() += 1;
        }
    }
}

impl Sizes {
    /// Passages that can be found.
    pub fn findable(&self) -> u64 {
        self.passages - self.removed - self.of_other_classes
    }
}

/// How much an index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Passages, those that were removed among them: ids are smaller than this.
    pub passages: u64,
    /// Passages that were removed, and are still there until a merge.
    pub removed: u64,
    /// Passages that are not found in a view of some classes, because they were written as others.
    pub of_other_classes: u64,
    /// Different fingerprints of each segment, added up.
    pub fingerprints: u64,
    /// (fingerprint, passage) pairs.
    pub postings: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_without_end_are_counted_in_any_order() {
        let note = |numbers: &mut dyn Iterator<Item = u32>| {
            let mut facts = BuildFacts::default();
            for number in numbers {
                let reason = format!("reason {:04}", number % 400);
                facts.add_unread(UnreadUnit::Lines, &reason, 1, Some(&format!("{number}.jsonl")));
            }
            facts.unread
        };
        let unread = note(&mut (0..1200));
        assert_eq!(unread, note(&mut (0..1200).rev()));
        let lines = &unread[&UnreadUnit::Lines];
        assert_eq!(1200, lines.values().map(|unread| unread.count).sum::<u64>());
        assert!(lines.len() <= 257, "{}", lines.len());
        assert_eq!(lines["reason 0003"], Unread { count: 3, first: Some("3.jsonl".to_owned()) });
    }
}
