//! `seepage background build`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use seepage_engine::{
    BackgroundPlan, BackgroundReport, CountError, FieldPath, PackageBy, ReadOptions,
    count_background,
};
use seepage_report::Untrusted;

use crate::job::args::WorkArguments;
use crate::job::progress::watch;
use crate::job::snapshot::Job;
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::print::{note, print};
use crate::screen::quantity;

#[derive(Debug, Subcommand)]
pub(crate) enum BackgroundCommand {
    /// Count the fingerprints of human text by package
    Build(BackgroundArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Use text that no model can have written: of before 2022, or of before your people had the tools. What one
package repeats counts once. Pass the file to `index build --background` or to `scan --background`; a
background of licences and widely copied public code is built in and always used.

Examples:
  seepage background build human-code/ -o human.background
  seepage background build stack/ -o human.background --text-field content --package-field max_stars_repo_name

Exit codes:
  0  written, and every file could be read
  2  an error, or some file could not be read (the background of the others is written)")]
pub(crate) struct BackgroundArguments {
    /// Files of human text in any shard format, and directories to walk
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Where the background goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// What makes texts one package
    #[arg(long, value_enum, default_value_t = PackageKind::TopDirectory)]
    pub(crate) package_by: PackageKind,
    /// This field names the record's package; needs `--text-field`
    #[arg(long, value_name = "FIELD", value_parser = FieldPath::parse, conflicts_with = "package_by")]
    pub(crate) package_field: Option<FieldPath>,
    /// Leave out fingerprints of fewer packages
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) packages_min: u8,
    /// Count this field of each record (repeatable) [default: found by itself]
    #[arg(long = "text-field", value_name = "FIELD", value_parser = FieldPath::parse)]
    pub(crate) text_fields: Vec<FieldPath>,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PackageKind {
    /// The first directory below each PATH
    TopDirectory,
    /// The nearest directory with a `.git` in it
    Repository,
}

/// Files that could not be read are spelled out up to here, and counted from here on.
const WARNINGS_MAX: usize = 10;

pub(crate) fn run(arguments: &BackgroundArguments) -> Result<u8, Failure> {
    // Said before all of the text is counted.
    if arguments.output.metadata().is_ok_and(|there| !there.is_file()) {
        let path = arguments.output.display();
        return Err(Failure::new(format!("`{path}` is no regular file, and is not replaced"))
            .with_hint("name a file that is new, or a background to replace"));
    }
    let plan = BackgroundPlan {
        inputs: arguments.paths.clone(),
        read: ReadOptions { text_fields: arguments.text_fields.clone(), ..ReadOptions::default() },
        package_by: package_by(arguments),
        packages_min: arguments.packages_min,
        directory: beside(&arguments.output),
        threads: arguments.work.threads(),
    };
    let report = watch(&arguments.work, Job::Build, |progress| count_background(&plan, progress))
        .map_err(explain)?;
    report.background.write(&arguments.output).map_err(|error| {
        let path = arguments.output.display();
        Failure::new(format!("background `{path}` could not be written: {error}"))
    })?;
    print(&words(&report, arguments))?;
    warn(&report);
    Ok(if report.shards_failed.is_empty() { 0 } else { EXIT_ERROR })
}

/// The directory that the output goes to. Temporary files go there too: it has the room that `--output` was given.
fn beside(output: &Path) -> PathBuf {
    let parent = output.parent().filter(|path| !path.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

fn package_by(arguments: &BackgroundArguments) -> PackageBy {
    match (&arguments.package_field, arguments.package_by) {
        (Some(field), _) => PackageBy::Field(field.clone()),
        (None, PackageKind::TopDirectory) => PackageBy::TopDirectory,
        (None, PackageKind::Repository) => PackageBy::Repository,
    }
}

fn explain(error: CountError) -> Failure {
    let hint = match &error {
        CountError::FieldsUnnamed => Some("name the text field too, e.g. `--text-field content`"),
        CountError::NoText => Some("name files of human text, or directories that hold them"),
        _ => None,
    };
    Failure::from(error).with_hint_if(hint)
}

fn words(report: &BackgroundReport, arguments: &BackgroundArguments) -> String {
    format!(
        "{} fingerprints in {} packages or more, of {} packages, {} records, {} of text -> {}\n",
        quantity::count(report.background.fingerprints() as u64),
        arguments.packages_min,
        quantity::count(u64::from(report.background.packages())),
        quantity::count(report.records_read),
        quantity::bytes(report.text_bytes),
        arguments.output.display()
    )
}

fn warn(report: &BackgroundReport) {
    for failed in report.shards_failed.iter().take(WARNINGS_MAX) {
        note(&format!(
            "warning: `{}` was not counted: {}",
            Untrusted(&failed.shard),
            Untrusted(&failed.why)
        ));
    }
    let more = report.shards_failed.len().saturating_sub(WARNINGS_MAX);
    if more > 0 {
        note(&format!("warning: {more} more files were not counted"));
    }
    if report.records_skipped > 0 {
        let skipped = quantity::counted(report.records_skipped, "record", "records");
        note(&format!("warning: {skipped} without readable text"));
    }
}
