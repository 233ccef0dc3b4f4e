//! `seepage scan`.

use std::io;
use std::path::{Path, PathBuf};

use seepage_engine::{
    BuildPlan, ExpansionMax, FindingSink, Pace, Progress, ReadOptions, ScanError, ScanPlan,
    ScanSummary, scan_shards,
};
use seepage_index::Index;
use seepage_report::{
    IndexSummary, JsonLines, Parameters, ReportDir, ReportWriter, SUCCESS, Summary,
};
use tempfile::TempDir;

use crate::args::{Format, ScanArguments};
use crate::args_work::WorkArguments;
use crate::failure::Failure;
use crate::memory::default_memory;
use crate::outcome::{self, Outcome};
use crate::places::Places;
use crate::progress::{Job, watch};
use crate::stored::{Stored, refuse_unreadable};
use crate::style::Style;
use crate::tally::{Tally, Tee};
use crate::{EXIT_ERROR, dry_run, explain, index_build, index_info, note, print, quantity};

/// Where the passages to look for come from.
enum Source {
    Index(PathBuf),
    Logs(Vec<PathBuf>),
}

pub(crate) fn run(mut arguments: ScanArguments) -> Result<u8, Failure> {
    let places = Places::of(std::mem::take(&mut arguments.paths))?;
    let output = arguments.output.as_deref();
    let source = source(&arguments)?;
    check_paths(&places.inputs, source.as_ref(), output)?;
    // Before anything that can fail or take long: an old `_SUCCESS` must not outlive the start of a new run.
    let place = output
        .filter(|_| !arguments.dry_run)
        .map(|output| Stored::begin(output, SUCCESS))
        .transpose()?;
    let report = place
        .as_ref()
        .map(|place| ReportDir::begin(place.path()))
        .transpose()?;
    #[cfg_attr(
        not(feature = "tokenized"),
        expect(unused_mut, reason = "nothing is added to it")
    )]
    let mut plan = plan(&arguments, &places);
    #[cfg(feature = "tokenized")]
    {
        plan.read.detokenizer = detokenizer(arguments.tokenizer.as_deref())?;
    }
    let scan = Scan {
        plan,
        dry_run: arguments.dry_run,
        format: arguments.format,
        exit_zero: arguments.exit_zero,
        work: arguments.work,
        place,
    };
    match source {
        None if scan.dry_run => dry_run::run(&scan.plan, None, scan.format, &scan.work),
        None => explain::run(&scan.plan, scan.format),
        Some(Source::Index(path)) => scan.run(&*index_info::open(&path)?, &path, report),
        Some(Source::Logs(logs)) => {
            let (directory, path) = build_for_one_scan(&logs, &scan.work)?;
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

/// `None` where none is needed: to say what would be read.
fn source(arguments: &ScanArguments) -> Result<Option<Source>, Failure> {
    if arguments.explain_fields {
        return Ok(None);
    }
    match (&arguments.index, arguments.logs.as_slice()) {
        (Some(index), []) => Ok(Some(Source::Index(index.clone()))),
        (None, []) if arguments.dry_run => Ok(None),
        (None, []) => Err(Failure::new("nothing to look for was given").with_hint(
            "name an index with `--index INDEX`, or after the paths to scan the logs with `--logs ~/.claude/projects`",
        )),
        (None, logs) => Ok(Some(Source::Logs(logs.to_vec()))),
        (Some(_), _) => Err(Failure::new("`--index` and `--logs` were both given; a scan takes one of them")
            .with_hint("build one index of all logs with `seepage index build LOGS... -o INDEX`, and scan with that")),
    }
}

#[cfg(feature = "tokenized")]
fn detokenizer(
    path: Option<&Path>,
) -> Result<Option<std::sync::Arc<seepage_engine::Detokenizer>>, Failure> {
    let open = |path| {
        seepage_engine::Detokenizer::open(path).map_err(|error| {
            Failure::new(error.to_string()).with_hint(
                "name the `tokenizer.json` that the shards were made with; one that folds or drops characters cannot be undone",
            )
        })
    };
    path.map(open)
        .transpose()
        .map(|opened| opened.map(Into::into))
}

/// Refuses what is not there, and a scan of what this scan writes or looks for.
fn check_paths(
    paths: &[PathBuf],
    source: Option<&Source>,
    output: Option<&Path>,
) -> Result<(), Failure> {
    for path in paths {
        if seepage_engine::is_remote(path) {
            refuse_unreadable(path)?;
            continue;
        }
        if let Err(error) = path.metadata() {
            let what = format!("`{}` cannot be scanned: {error}", path.display());
            return Err(Failure::new(what).with_hint("name shards, or directories that hold them"));
        }
    }
    let index = match source {
        Some(Source::Index(path)) => Some(path.as_path()),
        Some(Source::Logs(_)) | None => None,
    };
    for (what, path) in [("report", output), ("index", index)] {
        let (Some(path), Some(place)) = (path, path.and_then(real_place)) else {
            continue;
        };
        if seepage_engine::is_remote(path) {
            continue;
        }
        let around = |root: &&PathBuf| {
            root.canonicalize()
                .is_ok_and(|root| place.starts_with(root))
        };
        if let Some(root) = paths.iter().find(around) {
            let words = format!(
                "{what} `{}` lies in `{}`, which is to be scanned",
                path.display(),
                root.display()
            );
            return Err(Failure::new(words)
                .with_hint(format!("put the {what} beside the corpus, not into it")));
        }
    }
    Ok(())
}

/// Where `path` is, or will be once it is made: its nearest ancestor that exists, with the rest below.
fn real_place(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.ancestors().find_map(|ancestor| {
        let rest = path.strip_prefix(ancestor).ok()?;
        Some(ancestor.canonicalize().ok()?.join(rest))
    })
}

/// Only the owner may read it: it holds the text of private logs.
fn build_for_one_scan(
    logs: &[PathBuf],
    work: &WorkArguments,
) -> Result<(TempDir, PathBuf), Failure> {
    let directory = tempfile::Builder::new()
        .prefix("seepage-")
        .tempdir()
        .map_err(|error| {
            Failure::new(format!(
                "no temporary directory could be made for the index: {error}"
            ))
            .with_hint("set TMPDIR to a directory with room")
        })?;
    let path = directory.path().join("logs.seepage");
    let plan = BuildPlan {
        inputs: logs.to_vec(),
        output: path.clone(),
        prose: false,
        backgrounds: vec![],
        memory: default_memory(),
        threads: work.threads(),
    };
    let report = index_build::build(&plan, work)?;
    let facts = &report.facts;
    note(&format!(
        "indexed {} of {} ({} of logs)",
        quantity::counted(facts.tools.values().sum(), "passage", "passages"),
        quantity::counted(facts.sessions, "session", "sessions"),
        quantity::bytes(facts.bytes_read)
    ));
    Ok((directory, path))
}

struct Scan {
    plan: ScanPlan,
    dry_run: bool,
    format: Format,
    exit_zero: bool,
    work: WorkArguments,
    /// Where the report goes.
    place: Option<Stored>,
}

impl Scan {
    fn run(
        &self,
        index: &Index,
        index_path: &Path,
        report: Option<ReportDir>,
    ) -> Result<u8, Failure> {
        if self.dry_run {
            return dry_run::run(&self.plan, Some(index), self.format, &self.work);
        }
        let mut report = report
            .map(|report| report.write_findings(index))
            .transpose()?;
        let mut tally = Tally::new(index, self.plan.demote_at.is_some());
        let scanned = match self.scan(index, report.as_mut(), &mut tally) {
            // The reader of the JSON lines has seen enough. What it has not seen may matter, so this is no success.
            Err(ScanError::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(EXIT_ERROR);
            }
            scanned => scanned?,
        };
        let exit_code = exit_code(&scanned, self.exit_zero);
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
        match self.format {
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
        report: Option<&mut ReportWriter<'_>>,
        tally: &mut Tally<'_>,
    ) -> Result<ScanSummary, ScanError> {
        let mut lines = JsonLines::new(io::stdout(), index);
        let mut sinks: Vec<&mut dyn FindingSink> = vec![];
        // The report first: a finding that was shown is also kept.
        if let Some(report) = report {
            sinks.push(report);
        }
        match self.format {
            Format::Json => sinks.push(&mut lines),
            Format::Human => sinks.push(tally),
        }
        let progress = Progress::default();
        watch(&self.work, Job::Scan, &progress, || {
            scan_shards(&self.plan, index, &progress, &mut Tee(sinks))
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
    use clap::Parser;
    use seepage_engine::FailedShard;

    use super::*;
    use crate::args::{Arguments, Command};

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

    #[test]
    fn a_path_that_is_not_there_yet_has_a_real_place() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        assert_eq!(
            real_place(&directory.path().join("a/b")),
            Some(real.join("a/b"))
        );
        assert_eq!(real_place(directory.path()), Some(real));
    }

    #[test]
    fn a_scan_takes_an_index_or_logs_and_not_both() {
        let source = |arguments: &str| {
            let words = format!("seepage scan corpus {arguments}");
            let parsed = Arguments::try_parse_from(words.split_whitespace()).unwrap();
            match parsed.command {
                Some(Command::Scan(arguments)) => source(&arguments),
                _ => panic!("a scan"),
            }
        };
        assert!(matches!(source("--index i"), Ok(Some(Source::Index(_)))));
        assert!(matches!(source("--logs l"), Ok(Some(Source::Logs(_)))));
        for none in ["--explain-fields", "--dry-run"] {
            assert!(matches!(source(none), Ok(None)), "{none}");
        }
        for wrong in ["", "--index i --logs l"] {
            let failure = source(wrong).err().unwrap().to_string();
            assert!(failure.contains("\nhint: "), "{failure}");
        }
    }
}
