//! The end of a scan, whether one machine did all of it or its parts were joined: the report, the words, the exit code.

use std::io::{self, Stdout};
use std::path::Path;

use seepage_engine::{FindingSink, ScanResults};
use seepage_index::Index;
use seepage_report::{IndexSummary, JsonLines, ReportDir, RunDescription, SUCCESS, ScanParameters};

use crate::scan::args::OutputFormat;
use crate::scan::outcome::{self, Outcome};
use crate::scan::tally::FindingTally;
use crate::screen::failure::Failure;
use crate::screen::print::{note, print};
use crate::screen::style::Style;
use crate::stored::Stored;

/// Where the findings of a scan go, and how its end is told.
pub(crate) struct ScanOutput<'a> {
    pub(crate) index: &'a Index,
    pub(crate) index_path: &'a Path,
    pub(crate) format: OutputFormat,
    pub(crate) exit_zero: bool,
    /// Where the report goes.
    pub(crate) place: Option<&'a Stored>,
    pub(crate) report: Option<ReportDir>,
}

impl ScanOutput<'_> {
    /// What prints findings as they come, if they are to be printed so.
    pub(crate) fn lines(&self) -> Option<JsonLines<Stdout>> {
        match self.format {
            OutputFormat::Json => Some(JsonLines::new(io::stdout(), self.index.digest())),
            OutputFormat::Human => None,
        }
    }

    /// Writes the report, says what was found, and gives the exit code.
    pub(crate) fn report(
        self,
        results: &ScanResults,
        parameters: ScanParameters,
    ) -> Result<u8, Failure> {
        let index = IndexSummary::of(self.index, self.index_path);
        let description = RunDescription { index, parameters, exit_zero: self.exit_zero };
        let mut report = self.report.map(|report| report.writer(description));
        let mut tally = FindingTally::default();
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
            OutputFormat::Json => note(&outcome::one_line(&scanned)),
            OutputFormat::Human => {
                let report = self.place.map(Stored::shown);
                let outcome = Outcome { scanned: &scanned, tally, report, exit_code };
                print(&outcome.words(Style::of_stdout()))?;
            }
        }
        Ok(exit_code)
    }
}
