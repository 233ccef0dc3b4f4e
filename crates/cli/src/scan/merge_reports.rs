//! `seepage merge-reports`.

use std::path::Path;
use std::time::SystemTime;

use seepage_engine::{JournalError, PartReport, open_parts};
use seepage_report::{ReportDir, ReportError, SUCCESS, ScanParameters};

use crate::index::open::open;
use crate::scan::args::MergeReportsArguments;
use crate::scan::output::ScanOutput;
use crate::screen::failure::Failure;
use crate::stored::Stored;

pub(crate) fn run(arguments: &MergeReportsArguments) -> Result<u8, Failure> {
    let started = SystemTime::now();
    check_output(arguments)?;
    let place = Stored::begin(&arguments.output, SUCCESS)?;
    let report = ReportDir::begin(place.path())?;
    let index = open(&arguments.index)?;
    let fetched = arguments.parts.iter().map(|part| Stored::fetch(part));
    let fetched = fetched.collect::<Result<Vec<_>, _>>()?;
    let reports: Vec<_> = fetched.iter().map(part_report).collect();
    let results = open_parts(&reports, &index).map_err(explain)?;
    // All parts were asked for the same.
    let parameters = reports.iter().map(|part| ScanParameters::read(part.directory));
    let mut parameters = parameters.collect::<Result<Vec<_>, _>>().map_err(unfinished)?;
    let classes = parameters.first().and_then(|parameters| parameters.classes.as_ref());
    let view = classes.map(|classes| index.of_classes(classes)).transpose()?;
    let index = view.as_ref().unwrap_or(&*index);
    let output = ScanOutput {
        index,
        index_path: &arguments.index,
        format: arguments.format,
        exit_zero: arguments.exit_zero,
        started,
        place: Some(&place),
        report: Some(report),
    };
    if let Some(mut lines) = output.lines() {
        results.stream(index, &mut lines)?;
    }
    output.report(&results, parameters.swap_remove(0))
}

fn part_report(stored: &Stored) -> PartReport<'_> {
    PartReport { directory: stored.path(), name: stored.shown() }
}

/// A part is read while the report is written.
fn check_output(arguments: &MergeReportsArguments) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    let output = real(&arguments.output);
    let is_output = |part: &Path| match &output {
        Some(output) => real(part).as_ref() == Some(output),
        // In a store there is no other name for it.
        None => part == arguments.output,
    };
    if arguments.parts.iter().any(|part| is_output(part)) {
        return Err(Failure::new(format!(
            "`{}` is one of the parts, and cannot be the report of all of them",
            arguments.output.display()
        ))
        .with_hint("name another directory with `-o`"));
    }
    Ok(())
}

fn unfinished(error: ReportError) -> Failure {
    let hint = match &error {
        ReportError::Running { .. } => Some("wait for that scan, or scan the part again"),
        _ => None,
    };
    Failure::from(error).with_hint_if(hint)
}

fn explain(error: JournalError) -> Failure {
    let hint = match &error {
        JournalError::Missing { .. } | JournalError::Unfinished { .. } => {
            Some("scan it with `--partition i/n` and the other options of the first part")
        }
        JournalError::OtherIndex { .. } => {
            Some("name with `--index` the very index that the parts were scanned with")
        }
        _ => None,
    };
    Failure::from(error).with_hint_if(hint)
}
