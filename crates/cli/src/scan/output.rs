//! The end of a scan, whether one machine did all of it or its parts were joined: the report, the words, the exit code.

use std::io;
use std::path::Path;

use seepage_engine::{FindingSink, ScanSummary};
use seepage_index::Index;
use seepage_report::{IndexSummary, JsonLines, Parameters, ReportWriter, SUCCESS, Summary};

use crate::scan::args::Format;
use crate::scan::outcome::{self, Outcome};
use crate::scan::tally::{Tally, Tee};
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::print::{note, print};
use crate::screen::style::Style;
use crate::stored::Stored;

/// What is told of a scan, and where.
pub(crate) struct Telling<'a> {
    pub(crate) index: &'a Index,
    pub(crate) index_path: &'a Path,
    pub(crate) format: Format,
    pub(crate) exit_zero: bool,
    /// Where the report goes.
    pub(crate) place: Option<&'a Stored>,
}

impl Telling<'_> {
    /// Does what gives findings to a sink, which hands them on to the report and to stdout.
    pub(crate) fn listen<T>(
        &self,
        report: Option<&mut ReportWriter<'_>>,
        tally: &mut Tally<'_>,
        work: impl FnOnce(&mut dyn FindingSink) -> T,
    ) -> T {
        let mut lines = JsonLines::new(io::stdout(), self.index);
        let mut sinks: Vec<&mut dyn FindingSink> = vec![];
        // The report first: a finding that was shown is also kept.
        if let Some(report) = report {
            sinks.push(report);
        }
        match self.format {
            Format::Json => sinks.push(&mut lines),
            Format::Human => sinks.push(tally),
        }
        work(&mut Tee(sinks))
    }

    /// Finishes the report, says what was found, and gives the exit code.
    pub(crate) fn conclude(
        &self,
        scanned: &ScanSummary,
        report: Option<ReportWriter<'_>>,
        tally: Tally<'_>,
        parameters: Parameters,
    ) -> Result<u8, Failure> {
        let exit_code = exit_code(scanned, self.exit_zero);
        if let Some(report) = report {
            let index = IndexSummary::of(self.index, self.index_path);
            let summary = Summary::new(scanned, exit_code, index, parameters);
            report.finish(&summary, &scanned.packages)?;
            if let Some(place) = self.place {
                place.deliver(SUCCESS)?;
            }
        }
        match self.format {
            Format::Json => note(&outcome::one_line(scanned)),
            Format::Human => {
                let (origins, cards) = tally.finish(scanned);
                let (cards, passages) = cards.finish(scanned);
                let outcome = Outcome {
                    scanned,
                    origins: &origins,
                    cards: &cards,
                    passages,
                    report: self.place.map(Stored::shown),
                    exit_code,
                };
                print(&outcome.words(Style::of_stdout()))?;
            }
        }
        Ok(exit_code)
    }
}

/// With `--exit-zero` a job is a success when everything was read, whatever was found; what was not read never passes.
fn exit_code(scanned: &ScanSummary, exit_zero: bool) -> u8 {
    match (exit_zero, scanned.is_complete()) {
        (false, _) => scanned.verdict().exit_code(),
        (true, true) => 0,
        (true, false) => EXIT_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use seepage_engine::FailedShard;

    use super::*;

    #[track_caller]
    fn check(
        shards_read: u64,
        failed: bool,
        records_flagged: u64,
        expected: u8,
        expected_exit_zero: u8,
    ) {
        let scanned = ScanSummary {
            shards_read,
            records_flagged,
            shards_failed: if failed {
                vec![FailedShard { shard: "a".into(), why: "cut".into() }]
            } else {
                vec![]
            },
            ..ScanSummary::default()
        };
        assert_eq!(exit_code(&scanned, false), expected);
        assert_eq!(exit_code(&scanned, true), expected_exit_zero, "with --exit-zero");
    }

    #[test]
    fn the_exit_code_tells_clean_found_and_unread_apart_and_what_was_not_read_never_passes() {
        check(1, false, 0, 0, 0);
        check(1, false, 5, 1, 0);
        check(1, true, 0, 2, 2);
        check(1, true, 5, 1, 2);
        check(0, false, 0, 2, 2);
    }
}
