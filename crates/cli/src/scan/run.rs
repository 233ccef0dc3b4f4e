//! `seepage scan`.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use seepage_engine::{
    ExpansionMax, FindingSink, Pace, ReadOptions, SUPPRESSED_MAX, ScanError, ScanPlan, ScanWork,
    Stop, scan_shards, suppressed_share,
};
use seepage_index::Index;
use seepage_report::{ReportDir, SUCCESS, ScanParameters};

use crate::index::build::SUPPRESSED_CURE;
use crate::index::open::open;
use crate::job::progress::watch;
use crate::job::signals;
use crate::job::snapshot::Job;
use crate::places::Places;
use crate::scan::args::ScanArguments;
use crate::scan::checkpoint;
use crate::scan::dry_run;
use crate::scan::explain_fields;
use crate::scan::output::ScanOutput;
use crate::scan::source::{IndexSource, build_for_one_scan, check_paths, source};
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::print::note;
use crate::stored::Stored;

pub(crate) fn run(mut arguments: ScanArguments) -> Result<u8, Failure> {
    let started = SystemTime::now();
    // Before anything that can fail or take long: an old `_SUCCESS` must not outlive the start of a new run.
    let is_dry = arguments.dry_run || arguments.explain_fields;
    let output = arguments.output.as_deref().filter(|_| !is_dry);
    let place = output.map(|output| Stored::begin(output, SUCCESS)).transpose()?;
    place.as_ref().map_or(Ok(()), |place| ReportDir::withdraw(place.path()))?;
    let places = Places::of(std::mem::take(&mut arguments.paths))?;
    let source = source(&arguments)?;
    let written =
        [("report", arguments.output.as_deref()), ("checkpoint", arguments.checkpoint.as_deref())];
    check_paths(&places.inputs, source.as_ref(), written)?;
    let report = place.as_ref().map(|place| ReportDir::begin(place.path())).transpose()?;
    #[cfg_attr(not(feature = "tokenized"), expect(unused_mut, reason = "it is whole"))]
    let mut plan = plan(&arguments, &places);
    #[cfg(feature = "tokenized")]
    {
        plan.read.detokenizer = crate::scan::source::detokenizer(arguments.tokenizer.as_deref())?;
    }
    let scan = |index: &Index, index_path: &Path| {
        let view = plan.classes.as_ref().map(|classes| index.of_classes(classes)).transpose()?;
        let index = view.as_ref().unwrap_or(index);
        refuse_empty(index, index_path)?;
        check_backgrounds(index, &arguments)?;
        let output = ScanOutput {
            index,
            index_path,
            format: arguments.format,
            exit_zero: arguments.exit_zero,
            started,
            place: place.as_ref(),
            report,
        };
        scan(&plan, &arguments, output)
    };
    match source {
        None if arguments.dry_run => dry_run::run(&plan, None, &arguments),
        None => explain_fields::run(&plan, arguments.format),
        Some(IndexSource::Index(path)) => scan(&*open(&path)?, &path),
        Some(IndexSource::Logs(logs)) => {
            let (directory, path) = build_for_one_scan(&logs, &arguments.work)?;
            let code = scan(&*open(&path)?, &path);
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

/// With an index of nothing every corpus would be clean.
fn refuse_empty(index: &Index, path: &Path) -> Result<(), Failure> {
    if !index.is_of_nothing() {
        return Ok(());
    }
    let what = format!("index `{}` holds no passage that can be found", path.display());
    Err(Failure::new(what).with_hint(
        "build it from logs of sessions in which a model wrote something; `seepage index info` says what was read of them",
    ))
}

/// Says how much of the index the named backgrounds suppress.
fn check_backgrounds(index: &Index, arguments: &ScanArguments) -> Result<(), Failure> {
    if arguments.backgrounds.is_empty() {
        return Ok(());
    }
    let share = suppressed_share(index, &arguments.backgrounds).map_err(ScanError::Background)?;
    let what = format!("the backgrounds suppress {:.1} % of what the index holds", 100.0 * share);
    if share <= SUPPRESSED_MAX || arguments.accept_suppressed {
        note(&what);
        return Ok(());
    }
    Err(Failure::new(format!("{what}, which is more than half")).with_hint(SUPPRESSED_CURE))
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
        classes: arguments.classes.chosen(),
        resemblance: arguments.resemblance,
        pace: if arguments.fast { Pace::Fast } else { Pace::Thorough },
        demote_at: arguments.demote_at,
        threads: arguments.work.threads(),
    }
}

fn scan(plan: &ScanPlan, arguments: &ScanArguments, output: ScanOutput<'_>) -> Result<u8, Failure> {
    let index = output.index;
    if arguments.dry_run {
        return dry_run::run(plan, Some(index), arguments);
    }
    let checkpoint = checkpoint::open(arguments, plan, index)?;
    let stop = Stop::default();
    signals::raise(&stop)?;
    // A part is a file in its report.
    let part = arguments.partition.zip(output.place);
    let partition = part.map(|(partition, place)| (partition, place.path().to_owned()));
    let mut lines = output.lines();
    let listener = lines.as_mut().map(|lines| lines as &mut dyn FindingSink);
    let scanned = watch(&arguments.work, Job::Scan, |progress| {
        scan_shards(
            plan,
            index,
            ScanWork { progress, stop: &stop, checkpoint, partition },
            listener,
        )
    });
    let results = match scanned {
        // The reader of the JSON lines has seen enough. What it has not seen may matter, so this is no success.
        Err(ScanError::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(EXIT_ERROR);
        }
        scanned => scanned?,
    };
    if arguments.checkpoint.is_some() {
        note(&checkpoint::replayed(&results));
    }
    let exit_code = output.report(&results, ScanParameters::of(plan, results.threads())?)?;
    if results.is_stopped() {
        let done = results.shards_done();
        return Err(checkpoint::stopped(&stop, done, arguments.checkpoint.is_some()));
    }
    Ok(exit_code)
}
