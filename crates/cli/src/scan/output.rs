//! The end of a scan, whether one machine did all of it or its parts were joined: the report, the words, the exit code.

use std::io::{self, Stdout};
use std::path::Path;
use std::time::SystemTime;

use seepage_engine::{FindingSink, ScanResults};
use seepage_index::Index;
use seepage_report::{IndexSummary, JsonLines, ReportDir, RunDescription, SUCCESS, ScanParameters};

use crate::scan::args::OutputFormat;
use crate::scan::cards::Cards;
use crate::scan::outcome::{self, Outcome};
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
    pub(crate) started: SystemTime,
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
        let description = RunDescription {
            index: index.clone(),
            parameters,
            command: std::env::args().collect(),
            started: self.started,
            machine: machine(),
            exit_zero: self.exit_zero,
        };
        let mut report = self.report.map(|report| report.writer(description));
        let mut cards = Cards::default();
        let mut sinks: Vec<&mut dyn FindingSink> = vec![&mut cards];
        if let Some(report) = &mut report {
            sinks.push(report);
        }
        let scanned = results.report(self.index, &mut sinks)?;
        if let Some(place) = self.place {
            place.deliver(SUCCESS)?;
        }
        let exit_code = scanned.exit_code(self.exit_zero);
        match self.format {
            OutputFormat::Json => note(&outcome::one_line(&scanned, &index)),
            OutputFormat::Human => {
                let report = self.place.map(Stored::shown);
                let outcome =
                    Outcome { scanned: &scanned, index: &index, cards, report, exit_code };
                print(&outcome.words(Style::of_stdout()))?;
            }
        }
        Ok(exit_code)
    }
}

/// The name of this machine, its system and its processor.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok());
    let name = name.map_or_else(|| "unknown".to_owned(), |name| name.trim().to_owned());
    format!("{name} ({} {})", std::env::consts::OS, std::env::consts::ARCH)
}
