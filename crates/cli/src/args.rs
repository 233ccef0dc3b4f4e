//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use seepage_detect::ResemblanceMin;
use seepage_engine::{ExpansionMax, FieldPath, Partition, SkipReason};

use crate::args_index::{
    AddArguments, DiffArguments, MergeArguments, RemoveArguments, VerifyArguments,
};
use crate::args_work::{MemoryArguments, WorkArguments};
use crate::partition::parse_partition;
use crate::values::{parse_reason, parse_resemblance, parse_size};

/// Finds the output of AI coding tools in training data.
#[derive(Debug, Parser)]
#[command(
    arg_required_else_help = true,
    disable_version_flag = true,
    args_conflicts_with_subcommands = true,
    override_usage = "seepage <COMMAND>",
    after_help = "\
Examples:
  seepage index build ~/.claude/projects ~/.codex/sessions -o outputs.seepage
  seepage index info outputs.seepage
  seepage scan corpus/ --index outputs.seepage -o report/

Exit codes:
  0  everything was read, and nothing was found
  1  something was found
  2  an error, wrong use, or not everything could be read

Environment:
  SEEPAGE_BACKEND  use these instructions of the processor: `scalar`, `avx2`, `avx512` or `neon` [default: the best it has]
  SEEPAGE_THREADS  as `--threads`"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Print the version
    #[arg(short = 'V', long)]
    pub(crate) version: bool,
    /// With `--version`: print the instructions in use and the formats read, too
    #[arg(short, long, requires = "version")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build an index of what AI tools wrote, or look into one
    #[command(subcommand, arg_required_else_help = true)]
    Index(IndexCommand),
    /// Count what is common in human text, so that it accuses nobody
    #[command(subcommand, arg_required_else_help = true)]
    Background(BackgroundCommand),
    /// Scan a corpus for what AI tools wrote
    Scan(Box<ScanArguments>),
    /// Join the reports of all parts of a scan
    MergeReports(MergeReportsArguments),
}

impl Command {
    /// How the job is done, of a command that takes long.
    pub(crate) fn work(&self) -> Option<&WorkArguments> {
        match self {
            Self::Scan(arguments) => Some(&arguments.work),
            Self::Background(BackgroundCommand::Build(arguments)) => Some(&arguments.work),
            Self::Index(IndexCommand::Build(arguments)) => Some(&arguments.work),
            Self::Index(IndexCommand::Add(arguments)) => Some(&arguments.change.work),
            Self::Index(IndexCommand::Merge(arguments)) => Some(&arguments.change.work),
            Self::Index(_) | Self::MergeReports(_) => None,
        }
    }
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Read logs of Claude Code and Codex and index what the models wrote
    Build(BuildArguments),
    /// Read what is new in the logs, and add it to an index
    Add(AddArguments),
    /// Take passages out of an index for good
    Remove(RemoveArguments),
    /// Make one segment of all, without what was removed
    Merge(MergeArguments),
    /// Check every byte of an index
    Verify(VerifyArguments),
    /// Say which passages only one of two indexes holds
    Diff(DiffArguments),
    /// Show what an index holds
    Info(InfoArguments),
    /// Print every passage with its provenance, one JSON object a line
    Export(ExportArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Logs are recognised by content (.jsonl, .json, .gz, .zst); what the session had read before, or the person
typed, is subtracted. Broken lines are reported and skipped.

Examples:
  seepage index build ~/.claude/projects ~/.codex/sessions -o outputs.seepage
  seepage index build team-logs/ -o outputs.seepage --prose

Exit codes:
  0  the index was written, and every log file could be read
  2  an error, or some log file could not be read (the index of the others is written)")]
pub(crate) struct BuildArguments {
    /// Log files, and directories to walk
    #[arg(required = true, value_name = "LOGS")]
    pub(crate) logs: Vec<PathBuf>,
    /// Where the index goes; an index that is there is replaced
    #[arg(short, long, value_name = "INDEX")]
    pub(crate) output: PathBuf,
    /// Index the models' prose too, not only code
    #[arg(long)]
    pub(crate) prose: bool,
    /// Do not take these fingerprints of human text for anybody's, beside the built-in ones (repeatable)
    #[arg(long = "background", value_name = "FILE")]
    pub(crate) backgrounds: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) memory: MemoryArguments,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seepage index info outputs.seepage
  seepage index info outputs.seepage --json | jq .passages")]
pub(crate) struct InfoArguments {
    /// The index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The text is printed as it was written; `spans` are the byte ranges of it that the model authored.

Examples:
  seepage index export outputs.seepage | jq -r 'select(.kind == \"edit\") | .file_path' | sort | uniq -c")]
pub(crate) struct ExportArguments {
    /// The index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Shards are recognised by content: JSON lines, Parquet, Arrow, tar (WebDataset), MosaicML MDS, and source files (one
record a file); plain or in gzip, zstd, bzip2, xz or lz4.

Examples:
  seepage scan corpus/ --index outputs.seepage -o report/
  seepage scan corpus/ --logs ~/.claude/projects ~/.codex/sessions
  seepage scan chats.jsonl.zst --index outputs.seepage --text-field 'messages[].content'
  seepage scan corpus/ --explain-fields
  seepage scan corpus/ --index outputs.seepage --dry-run
  seepage scan 'corpus/**/*.parquet' @more-shards.txt --index outputs.seepage
  zcat corpus.gz | seepage scan - --index outputs.seepage
  seepage scan corpus/ --index outputs.seepage --keep url,metadata.license -o report/
  seepage scan corpus/ --index outputs.seepage --resemblance 0.7
  seepage scan corpus/ --index outputs.seepage --format json > findings.jsonl
  seepage scan corpus/ --index outputs.seepage -o report/ --checkpoint scan.checkpoint/
  seepage scan corpus/ --index outputs.seepage -o report/ --checkpoint scan.checkpoint/ --incremental
  seepage scan corpus/ --index outputs.seepage --time-field created_at
  seepage scan stack/ --index outputs.seepage --package-field max_stars_repo_name --demote-widespread 50

Times are RFC 3339, `YYYY-MM-DD` (the whole day), `YYYY-MM-DD HH:MM:SS` (UTC), numbers (from 631152000 to 10^11
seconds since 1970, from there to 10^14 milliseconds), and Parquet timestamps. Before 1990 is no time: 0 and
1970-01-01 mean `unknown`.

Exit codes:
  0  everything was read, and nothing was found
  1  something was found, whether everything was read or not
  2  an error, wrong use, or nothing found and not everything read
With --exit-zero: 0 if everything was read, whatever was found; else 2.

SIGTERM, SIGUSR1 and SIGINT (Ctrl-C) end a scan after the record in hand, with exit code 2; a second SIGINT ends it
at once. With --checkpoint, also SIGKILL loses nothing but the shards that were being read.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag, and says by its name what it does"
)]
pub(crate) struct ScanArguments {
    /// Shards, directories to walk, patterns like `corpus/**/*.parquet`, `@FILE` with one of these a line, `-` for
    /// standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The index to scan with
    #[arg(long, value_name = "INDEX")]
    pub(crate) index: Option<PathBuf>,
    /// Say for each shard which fields would be scanned, and stop: no index is needed
    #[arg(long, conflicts_with_all = ["index", "logs", "output"])]
    pub(crate) explain_fields: bool,
    /// Say what would be read, open every shard, scan for two seconds to estimate how long all would take, and stop.
    /// Nothing is written, and without an index there is no estimate
    #[arg(long, conflicts_with = "explain_fields")]
    pub(crate) dry_run: bool,
    /// Leave out what `.gitignore` names: builds and downloads of source trees [default: everything is scanned]
    #[arg(long)]
    pub(crate) respect_gitignore: bool,
    /// Build an index of these logs for this scan only
    #[arg(long, value_name = "LOGS", num_args = 1..)]
    pub(crate) logs: Vec<PathBuf>,
    /// Write findings.parquet, summary.json and _SUCCESS into this directory. The three best findings of a record say
    /// how much of the passage is identical and edited, and which names were changed; widespread passages come last
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Keep the results of finished shards in this directory. The same command with the same directory goes on where it
    /// was stopped or killed, and scans only what is missing or has changed
    #[arg(long, value_name = "DIR", conflicts_with = "explain_fields")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Look in shards that the checkpoint knows from before `index add` for the segments that were added since, and
    /// scan with the whole index only where these, or those before, have something to say. Finds exactly what a scan of
    /// everything finds. Every byte is still read
    #[arg(long, requires = "checkpoint")]
    pub(crate) incremental: bool,
    /// Scan this field of each record, e.g. `text` or `messages[].content` (repeatable) [default: found by itself]
    #[arg(long = "text-field", value_name = "FIELD", value_parser = FieldPath::parse)]
    pub(crate) text_fields: Vec<FieldPath>,
    /// The field that says when a record was written, e.g. `created_at`: what is older than a passage cannot come from it,
    /// and is reported as predating, not flagged
    #[arg(long, value_name = "FIELD", value_parser = FieldPath::parse)]
    pub(crate) time_field: Option<FieldPath>,
    /// The field that says which package a record is of, e.g. `repo_name`, for the count of packages that a passage is in
    /// [default: the top directory of a source file, else the shard]
    #[arg(long, value_name = "FIELD", value_parser = FieldPath::parse)]
    pub(crate) package_field: Option<FieldPath>,
    /// Carry these fields of a record into its findings, e.g. `url,license` or `metadata.url` (repeatable); each value is
    /// cut at 1 KiB
    #[arg(long = "keep", value_name = "FIELD", value_delimiter = ',', value_parser = FieldPath::parse)]
    pub(crate) keep_fields: Vec<FieldPath>,
    /// Turn tokenised shards (Megatron's `.bin` with its `.idx`, datatrove's `.ds`) into text by this `tokenizer.json`; one
    /// that does not give text back as it was is refused
    #[cfg(feature = "tokenized")]
    #[arg(long, value_name = "FILE")]
    pub(crate) tokenizer: Option<PathBuf>,
    /// Flag nothing for passages that are in so many packages or more (2 to 1000)
    #[arg(long = "demote-widespread", value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(crate) demote_at: Option<u32>,
    /// Scan records longer than this in stretches that overlap, of at most 8 MiB: so much of a record is held in memory, e.g.
    /// `500K`, `64M`, `2G` (units of 1024)
    #[arg(long = "max-record", value_name = "SIZE", default_value = "64M", value_parser = parse_size)]
    pub(crate) record_len_max: usize,
    /// A shard that decompresses to more than so many times its size has failed, if that is more than 1 GB: it is a bomb,
    /// or one text over and over
    #[arg(long = "max-ratio", value_name = "N", default_value_t = ExpansionMax::default().ratio, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) ratio_max: u64,
    /// Scan one of several parts of the corpus, evenly by bytes: `i/n` (from 1), `auto` in a task of a Slurm array,
    /// `auto/n` there or in a pod of a Kubernetes indexed job. `seepage merge-reports` joins the parts
    #[arg(long, value_name = "PART", requires = "output", value_parser = parse_partition)]
    pub(crate) partition: Option<Partition>,
    /// Let records skipped for this reason count as read: not-json, no-text-field, too-long, binary,
    /// unsupported-container (repeatable)
    #[arg(long = "accept-skipped", value_name = "REASON", value_delimiter = ',', value_parser = parse_reason)]
    pub(crate) skips_accepted: Vec<SkipReason>,
    /// Do not take these fingerprints of human text for anybody's, beside the built-in ones (repeatable)
    #[arg(long = "background", value_name = "FILE")]
    pub(crate) backgrounds: Vec<PathBuf>,
    /// Flag records, too, that resemble a whole passage at least so much, e.g. `0.7` (0.5 to 1): the share of all word
    /// 5-grams of both that both have [default: off]
    #[arg(long, value_name = "SHARE", value_parser = parse_resemblance)]
    pub(crate) resemblance: Option<ResemblanceMin>,
    /// Look up a quarter of the anchors only: quicker, and shorter or renamed copies may be missed (`index info` has the
    /// lengths that are certain)
    #[arg(long)]
    pub(crate) fast: bool,
    /// What goes to stdout: a summary for people, or each finding as a line of JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Exit with 0 if everything was read, whatever was found (an incomplete scan stays 2)
    #[arg(long)]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The parts must be all of one scan: the same corpus, index and options. Findings and counts are those of one scan on one
machine. In the report of a part alone, rows of a shard that was cut into pieces count from what the part has of it.

Examples:
  seepage scan corpus/ --index outputs.seepage --partition 1/2 -o parts/1
  seepage scan corpus/ --index outputs.seepage --partition 2/2 -o parts/2
  seepage merge-reports parts/* --index outputs.seepage -o report/

Exit codes: those of `seepage scan`; 2 also where a part is missing, doubled, unfinished or of another scan.")]
pub(crate) struct MergeReportsArguments {
    /// The reports of all parts, in any order
    #[arg(required = true, value_name = "PART")]
    pub(crate) parts: Vec<PathBuf>,
    /// The index that the parts were scanned with
    #[arg(long, value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// Write the report of all parts into this directory
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// What goes to stdout: a summary for people, or each finding as a line of JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Exit with 0 if everything was read, whatever was found
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A summary with the worst findings
    Human,
    /// One JSON object a finding
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
