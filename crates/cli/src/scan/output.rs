//! The end of a scan, whether one machine did all of it or its parts were joined: the report, the words, the exit code.

use std::io::{self, Stdout};
use std::path::Path;

use seepage_engine::{FindingSink, ScanResults};
use seepage_index::Index;
use seepage_report::{About, IndexSummary, JsonLines, Parameters, ReportDir, SUCCESS};

use crate::scan::args::Format;
use crate::scan::outcome::{self, Outcome};
use crate::scan::tally::Tally;
use crate::screen::failure::Failure;
use crate::screen::print::{note, print};
use crate::screen::style::Style;
use crate::stored::Stored;

/// Where the findings of a scan go, and how its end is told.
pub(crate) struct ScanOutput<'a> {
    pub(crate) index: &'a Index,
    pub(crate) index_path: &'a Path,
    pub(crate) format: Format,
    pub(crate) exit_zero: bool,
    /// Where the report goes.
    pub(crate) place: Option<&'a Stored>,
}

impl ScanOutput<'_> {
    /// What prints findings as they come, if they are to be printed so.
    pub(crate) fn lines(&self) -> Option<JsonLines<Stdout>> {
        match self.format {
            Format::Json => Some(JsonLines::new(io::stdout(), self.index.digest())),
            Format::Human => None,
        }
    }

    /// Writes the report, says what was found, and gives the exit code.
    pub(crate) fn report(
        &self,
        results: &ScanResults,
        report: Option<ReportDir>,
        parameters: Parameters,
    ) -> Result<u8, Failure> {
        let index = IndexSummary::of(self.index, self.index_path);
        let about = About { index, parameters, exit_zero: self.exit_zero };
        let mut report = report.map(|report| report.writer(about));
        let mut tally = Tally::default();
        let mut sinks: Vec<&mut dyn FindingSink> = vec![&mut tally];
        if let Some(report) = &mut report {
            sinks.push(report);
        }
        let scanned = results.report(self.index, &mut sinks)?;
        if let Some(place) = self.place {
            place.deliver(SUCCESS)?;
        }
        let exit_code = scanned.exit_code(self.exit_zero);
        match self.format {
            Format::Json => note(&outcome::one_line(&scanned)),
            Format::Human => {
                let Tally { origins, cards } = tally;
                let (cards, passages) = cards.finish();
                let outcome = Outcome {
                    scanned: &scanned,
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
