//! `seepage scan`.

use std::io;
use std::path::Path;

use seepage_engine::{
    Checkpoint, ExpansionMax, FindingSink, Pace, Progress, ReadOptions, ScanError, ScanPlan,
    ScanSummary, ScanWork, Stop, scan_shards,
};
use seepage_index::Index;
use seepage_report::{
    IndexSummary, JsonLines, Parameters, ReportDir, ReportWriter, SUCCESS, Summary,
};

use crate::args::{Format, ScanArguments};
use crate::failure::Failure;
use crate::outcome::{self, Outcome};
use crate::places::Places;
use crate::progress::{Job, watch};
use crate::sources::{Source, build_for_one_scan, check_paths, source};
use crate::stored::Stored;
use crate::style::Style;
use crate::tally::{Tally, Tee};
use crate::{EXIT_ERROR, dry_run, explain, index_info, note, print, resume, signals};

pub(crate) fn run(mut arguments: ScanArguments) -> Result<u8, Failure> {
    let places = Places::of(std::mem::take(&mut arguments.paths))?;
    let source = source(&arguments)?;
    let written = [
        ("report", arguments.output.as_deref()),
        ("checkpoint", arguments.checkpoint.as_deref()),
    ];
    check_paths(&places.inputs, source.as_ref(), written)?;
    // Before anything that can fail or take long: an old `_SUCCESS` must not outlive the start of a new run.
    let output = arguments.output.as_deref();
    let place = output
        .filter(|_| !arguments.dry_run)
        .map(|output| Stored::begin(output, SUCCESS))
        .transpose()?;
    let report = place
        .as_ref()
        .map(|place| ReportDir::begin(place.path()))
        .transpose()?;
    #[cfg_attr(not(feature = "tokenized"), expect(unused_mut, reason = "it is whole"))]
    let mut plan = plan(&arguments, &places);
    #[cfg(feature = "tokenized")]
    {
        plan.read.detokenizer = crate::sources::detokenizer(arguments.tokenizer.as_deref())?;
    }
    let scan = Scan {
        plan,
        arguments,
        place,
    };
    match source {
        None if scan.arguments.dry_run => scan.look_ahead(None),
        None => explain::run(&scan.plan, scan.arguments.format),
        Some(Source::Index(path)) => scan.run(&*index_info::open(&path)?, &path, report),
        Some(Source::Logs(logs)) => {
            let (directory, path) = build_for_one_scan(&logs, &scan.arguments.work)?;
            let code = scan.run(&*index_info::open(&path)?, &path, report);
            if let Err(error) = directory.close() {
                note(&format!(
                    "warning: the temporary index `{}` could not be removed: {error}",
                    path.display()
                ));
            }
            code
        }
    }
}

/// What is to be scanned, and how.
fn plan(arguments: &ScanArguments, places: &Places) -> ScanPlan {
    ScanPlan {
        inputs: places.inputs.clone(),
        stdin: places.stdin(),
        respect_gitignore: arguments.respect_gitignore,
        read: ReadOptions {
            text_fields: arguments.text_fields.clone(),
            time_field: arguments.time_field.clone(),
            package_field: arguments.package_field.clone(),
            keep_fields: arguments.keep_fields.clone(),
            record_len_max: arguments.record_len_max,
            expansion_max: ExpansionMax::of_ratio(arguments.ratio_max),
            ..ReadOptions::default()
        },
        skips_accepted: arguments.skips_accepted.clone(),
        backgrounds: arguments.backgrounds.clone(),
        resemblance: arguments.resemblance,
        pace: if arguments.fast {
            Pace::Fast
        } else {
            Pace::Thorough
        },
        demote_at: arguments.demote_at,
        threads: arguments.work.threads(),
    }
}

struct Scan {
    plan: ScanPlan,
    arguments: ScanArguments,
    /// Where the report goes.
    place: Option<Stored>,
}

impl Scan {
    fn look_ahead(&self, index: Option<&Index>) -> Result<u8, Failure> {
        let ScanArguments { format, work, .. } = &self.arguments;
        dry_run::run(&self.plan, index, *format, work)
    }

    fn run(
        &self,
        index: &Index,
        index_path: &Path,
        report: Option<ReportDir>,
    ) -> Result<u8, Failure> {
        if self.arguments.dry_run {
            return self.look_ahead(Some(index));
        }
        let checkpoint = match &self.arguments.checkpoint {
            Some(dir) => Some(resume::open(dir, &self.plan, index)?),
            None => None,
        };
        let mut report = report
            .map(|report| report.write_findings(index))
            .transpose()?;
        let mut tally = Tally::new(index, self.plan.demote_at.is_some());
        let stop = Stop::default();
        signals::raise(&stop)?;
        let scanned = match self.scan(index, (checkpoint, &stop), report.as_mut(), &mut tally) {
            Err(ScanError::Stopped {
                shards_done,
                shards,
            }) => {
                let done = (shards_done, shards);
                return Err(resume::stopped(
                    &stop,
                    done,
                    self.arguments.checkpoint.is_some(),
                ));
            }
            // The reader of the JSON lines has seen enough. What it has not seen may matter, so this is no success.
            Err(ScanError::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(EXIT_ERROR);
            }
            scanned => scanned?,
        };
        if self.arguments.checkpoint.is_some() {
            note(&resume::replayed(&scanned));
        }
        let exit_code = exit_code(&scanned, self.arguments.exit_zero);
        let report_path = self.place.as_ref().map(Stored::shown);
        if let Some(report) = report {
            let parameters = Parameters::of(&self.plan, &scanned);
            let index = IndexSummary::of(index, index_path);
            let summary = Summary::new(&scanned, exit_code, index, parameters);
            report.finish(&summary, &scanned.packages)?;
            if let Some(place) = &self.place {
                place.deliver(SUCCESS)?;
            }
        }
        match self.arguments.format {
            Format::Json => note(&outcome::one_line(&scanned)),
            Format::Human => {
                let (origins, worst) = tally.finish(&scanned);
                let report = report_path;
                let outcome = Outcome {
                    scanned: &scanned,
                    origins: &origins,
                    worst: &worst,
                    report,
                    exit_code,
                };
                print(&outcome.words(Style::of_stdout()))?;
            }
        }
        Ok(exit_code)
    }

    fn scan(
        &self,
        index: &Index,
        (checkpoint, stop): (Option<Checkpoint>, &Stop),
        report: Option<&mut ReportWriter<'_>>,
        tally: &mut Tally<'_>,
    ) -> Result<ScanSummary, ScanError> {
        let mut lines = JsonLines::new(io::stdout(), index);
        let mut sinks: Vec<&mut dyn FindingSink> = vec![];
        // The report first: a finding that was shown is also kept.
        if let Some(report) = report {
            sinks.push(report);
        }
        match self.arguments.format {
            Format::Json => sinks.push(&mut lines),
            Format::Human => sinks.push(tally),
        }
        let progress = Progress::default();
        let work = ScanWork {
            progress: &progress,
            stop,
            checkpoint,
            partition: None,
        };
        watch(&self.arguments.work, Job::Scan, &progress, || {
            scan_shards(&self.plan, index, work, &mut Tee(sinks))
        })
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
                vec![FailedShard {
                    shard: "a".into(),
                    why: "cut".into(),
                }]
            } else {
                vec![]
            },
            ..ScanSummary::default()
        };
        assert_eq!(exit_code(&scanned, false), expected);
        assert_eq!(
            exit_code(&scanned, true),
            expected_exit_zero,
            "with --exit-zero"
        );
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
