//! `seepage index build`.

use seepage_engine::{BuildError, BuildPlan, BuildReport, build_index, known_tools};
use seepage_index::{Class, Index};
use seepage_report::{IndexSummary, Untrusted};

use crate::index::args::BuildArguments;
use crate::index::info;
use crate::job::args::WorkArguments;
use crate::job::progress::watch;
use crate::job::snapshot::Job;
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::listing::top;
use crate::screen::print::{note, print};
use crate::screen::quantity;
use crate::screen::style::Style;
use crate::stored::Stored;

/// Warnings of one kind are spelled out up to here, and counted from here on.
const WARNINGS_MAX: usize = 10;

/// What to do where backgrounds suppress too much.
pub(crate) const SUPPRESSED_CURE: &str = "leave the texts of the index's own sessions out of the background, or say `--accept-suppressed`";

pub(crate) fn run(arguments: &BuildArguments) -> Result<u8, Failure> {
    if arguments.prose {
        let hint = "prose is indexed unless it is left out; for code alone: `--without prose,reasoning,plan,prompt,message`";
        return Err(Failure::new("there is no `--prose` any more").with_hint(hint));
    }
    let place = Stored::begin(&arguments.output, "MANIFEST.json")?;
    let report = build(
        &BuildPlan {
            inputs: arguments.logs.clone(),
            output: place.path().to_owned(),
            classes: arguments.classes.chosen().unwrap_or_else(|| Class::ALL.into()),
            backgrounds: arguments.backgrounds.clone(),
            accept_suppressed: arguments.accept_suppressed,
            memory: arguments.memory.bytes(),
            threads: arguments.work.threads(),
        },
        &arguments.work,
    )?;
    // Opened again, so that what is shown is what was written.
    let index = Index::open(place.path())?;
    place.deliver("MANIFEST.json")?;
    let summary = IndexSummary::of(&index, &arguments.output);
    print(&info::table(&summary, index.facts(), Style::of_stdout()))?;
    if !arguments.backgrounds.is_empty() {
        let share = 100.0 * index.facts().suppressed_share();
        note(&format!("the backgrounds suppress {share:.1} % of what the models wrote"));
    }
    if report.files_failed.is_empty() {
        return Ok(0);
    }
    note(&format!(
        "the index was written without {}, so this exits with {EXIT_ERROR}",
        failed_files(&report)
    ));
    Ok(EXIT_ERROR)
}

pub(crate) fn failed_files(report: &BuildReport) -> String {
    quantity::counted(
        report.files_failed.len() as u64,
        "log file that could not be read",
        "log files that could not be read",
    )
}

/// Builds an index and writes the warnings to stderr.
pub(crate) fn build(plan: &BuildPlan, work: &WorkArguments) -> Result<BuildReport, Failure> {
    let report =
        watch(work, Job::Build, |progress| build_index(plan, progress)).map_err(explain)?;
    warn(&report);
    Ok(report)
}

/// Writes to stderr what could not be read.
pub(crate) fn warn(report: &BuildReport) {
    for warning in warnings(report) {
        note(&warning);
    }
    for (path, why) in &report.files_failed {
        tracing::warn!(log = %path.display(), why, "log failed");
    }
}

pub(crate) fn explain(error: BuildError) -> Failure {
    let hint = match &error {
        BuildError::OtherBackgrounds { .. } => Some(
            "name with `--background` the files that the index was built with, and no others"
                .to_owned(),
        ),
        BuildError::NotALog { .. } | BuildError::NoLogs { .. } => Some(folders_of_logs()),
        BuildError::Suppressed { .. } => Some(SUPPRESSED_CURE.to_owned()),
        BuildError::Input { .. } => {
            Some("name log files, or directories that hold them".to_owned())
        }
        BuildError::NoRoom { needed, .. } => Some(format!(
            "about {} are needed beside the output until the index is there, half of it from then on; more `--memory` \
             makes it less",
            quantity::bytes(*needed)
        )),
        _ => None,
    };
    Failure::from(error).with_hint_if(hint)
}

/// `Claude Code keeps its logs in ~/.claude/projects, Codex in ~/.codex/sessions`
fn folders_of_logs() -> String {
    let folders = known_tools().enumerate().map(|(at, (tool, folder))| {
        format!("{tool}{} in {folder}", if at == 0 { " keeps its logs" } else { "" })
    });
    folders.collect::<Vec<_>>().join(", ")
}

/// What could not be read, one line each, the first few of each kind.
fn warnings(report: &BuildReport) -> Vec<String> {
    let files = report.files_failed.iter().map(|(path, why)| {
        let file = path.display().to_string();
        format!("warning: log `{}` could not be read: {}", Untrusted(&file), Untrusted(why))
    });
    let lines = report.lines_broken.iter().map(|line| {
        let file = line.path.display().to_string();
        format!(
            "warning: `{}` line {} was skipped: {}",
            Untrusted(&file),
            line.line,
            Untrusted(&line.why)
        )
    });
    let unknown = report.files_unknown.iter().map(|path| {
        let file = path.display().to_string();
        format!("warning: `{}` is not a log of a known tool", Untrusted(&file))
    });
    let failed = report.files_failed.len() as u64;
    let mut warnings = first_few(files, failed, "more log files could not be read");
    let not_logs = report.files_unknown.len() as u64;
    warnings.extend(first_few(unknown, not_logs, "more files are not logs"));
    let broken = report.facts.lines_broken;
    warnings.extend(first_few(lines, broken, "more lines were skipped"));
    if !report.records_unknown.is_empty() {
        // Logs grow new types with every release: worth knowing, seldom worth worrying.
        let types = &report.records_unknown;
        warnings.push(format!(
            "{} of {} passed over ({})",
            quantity::counted(types.values().sum(), "record", "records"),
            quantity::counted(types.len() as u64, "unknown type", "unknown types"),
            top(types)
        ));
    }
    warnings
}

/// The first few of `all`, and a line that says how many of `count` are left.
fn first_few(all: impl Iterator<Item = String>, count: u64, more: &str) -> Vec<String> {
    let mut few: Vec<String> = all.take(WARNINGS_MAX).collect();
    let left = count.saturating_sub(few.len() as u64);
    if left > 0 {
        few.push(format!("warning: {} {more}", quantity::count(left)));
    }
    few
}

#[cfg(test)]
mod tests {
    use seepage_engine::BrokenLine;

    use super::*;

    #[test]
    fn ten_warnings_of_a_kind_are_spelled_out_and_the_rest_counted() {
        let mut report = BuildReport::default();
        for number in 1..=1012 {
            report.files_failed.push((format!("{number}.jsonl").into(), "no\u{1b}".to_owned()));
        }
        let warnings = warnings(&report);
        assert_eq!(warnings.len(), 11);
        assert_eq!(warnings[0], "warning: log `1.jsonl` could not be read: no\\u{1b}");
        assert_eq!(warnings[10], "warning: 1,002 more log files could not be read");
    }

    #[test]
    fn broken_lines_that_are_not_listed_are_counted() {
        let mut report = BuildReport::default();
        report.facts.lines_broken = 5000;
        report.lines_broken.push(BrokenLine {
            path: "a.jsonl".into(),
            line: 7,
            why: "not JSON".to_owned(),
        });
        assert_eq!(
            warnings(&report),
            [
                "warning: `a.jsonl` line 7 was skipped: not JSON",
                "warning: 4,999 more lines were skipped"
            ]
        );
    }

    #[test]
    fn files_that_are_no_logs_are_named() {
        let mut report = BuildReport::default();
        report.files_unknown.extend((0..12).map(|number| format!("{number}.txt").into()));
        let warnings = warnings(&report);
        assert_eq!(warnings[0], "warning: `0.txt` is not a log of a known tool");
        assert_eq!(warnings[10], "warning: 2 more files are not logs");
    }

    #[test]
    fn records_of_unknown_types_are_counted_and_named() {
        let mut report = BuildReport::default();
        report.records_unknown.insert("queue-operation".to_owned(), 1234);
        assert_eq!(
            warnings(&report),
            ["1,234 records of 1 unknown type passed over (queue-operation 1,234)"]
        );
    }

    #[test]
    fn the_hint_says_where_each_tool_keeps_its_logs() {
        let folders =
            "Claude Code keeps its logs in ~/.claude/projects, Codex in ~/.codex/sessions";
        assert_eq!(folders_of_logs(), folders);
    }

    #[test]
    fn a_clean_build_warns_of_nothing() {
        assert!(warnings(&BuildReport::default()).is_empty());
    }
}
