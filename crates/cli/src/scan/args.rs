//! The flags of `seepage scan` and `seepage merge-reports`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seepage_detect::ResemblanceMin;
use seepage_engine::{ExpansionMax, FieldPath, Format, Partition, SkipReason, formats};

use crate::classes::ClassArguments;
use crate::job::args::WorkArguments;
use crate::scan::partition::parse_partition;
use crate::screen::quantity::parse_bytes;

/// Below the flags. Formats are listed as the table of the readers has them.
fn after_help() -> String {
    let formats: Vec<&str> = formats().filter_map(Format::about).collect();
    format!(
        "Shards are recognised by content: {};\nplain or in gzip, zstd, bzip2, xz or lz4.\n\n{EXAMPLES}",
        formats.join(", ")
    )
}

const EXAMPLES: &str = "\
Examples:
  seepage scan corpus/ --index outputs.seepage -o report/
  seepage scan corpus/ --logs ~/.claude/projects ~/.codex/sessions
  seepage scan chats.jsonl.zst --index outputs.seepage --text-field 'messages[].content'
  seepage scan corpus/ --explain-fields
  seepage scan corpus/ --index outputs.seepage --dry-run
  seepage scan 'corpus/**/*.parquet' @more-shards.txt --index outputs.seepage
  zcat corpus.gz | seepage scan - --index outputs.seepage
  seepage scan corpus/ --index outputs.seepage --keep url,metadata.license -o report/
  seepage scan corpus/ --index outputs.seepage --without prose,reasoning
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
at once. With --checkpoint, also SIGKILL loses nothing but the shards that were being read.";

#[derive(Debug, Args)]
#[command(after_help = after_help())]
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
    /// Say for each shard which fields would be scanned and which not, and stop. It can be put behind any scan: no index is
    /// opened, and nothing is written
    #[arg(long)]
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
    /// Write findings.parquet, shards.parquet, summary.json and _SUCCESS into this directory. The three best findings of a record say
    /// how much of the passage is identical and edited, and which names were changed; widespread passages come last
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Keep the results of finished shards in this directory. The same command with the same directory goes on where it
    /// was stopped or killed, and scans only what is missing or has changed
    #[arg(long, value_name = "DIR")]
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
    /// Scan records longer than this in windows that overlap, of at most 8 MiB: so much of a record is held in memory, e.g.
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
    /// Scan although the backgrounds suppress more than half of what the index holds, so that little is looked for
    #[arg(long, requires = "backgrounds")]
    pub(crate) accept_suppressed: bool,
    #[command(flatten)]
    pub(crate) classes: ClassArguments,
    /// Flag records, too, that resemble a whole passage at least so much, e.g. `0.7` (0.5 to 1): the share of all word
    /// 5-grams of both that both have [default: off]
    #[arg(long, value_name = "SHARE", value_parser = parse_resemblance)]
    pub(crate) resemblance: Option<ResemblanceMin>,
    /// Look up a quarter of the anchors only: quicker, and shorter or renamed copies may be missed (`index info` has the
    /// lengths that are certain)
    #[arg(long)]
    pub(crate) fast: bool,
    /// What goes to stdout: a summary for people, or each finding as a line of JSON
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub(crate) format: OutputFormat,
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
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub(crate) format: OutputFormat,
    /// Exit with 0 if everything was read, whatever was found
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// A summary with the worst findings
    Human,
    /// One JSON object a finding
    Json,
}

fn parse_reason(text: &str) -> Result<SkipReason, String> {
    SkipReason::of_name(text).ok_or_else(|| {
        let names = SkipReason::ALL.map(SkipReason::name).join(", ");
        format!("not a reason; the reasons are {names}")
    })
}

fn parse_resemblance(text: &str) -> Result<ResemblanceMin, String> {
    // What is no number at all is no share either.
    let share = text.parse().unwrap_or(f32::NAN);
    ResemblanceMin::new(share).map_err(|error| error.to_string())
}

/// The length of a record.
fn parse_size(text: &str) -> Result<usize, String> {
    // Offsets in a record are 32 bits wide.
    match parse_bytes(text)? {
        0 => Err("a record of 0 bytes holds no text".to_owned()),
        size if u32::try_from(size).is_err() => {
            Err("a record can have at most 4 GiB less one byte".to_owned())
        }
        size => Ok(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_of_1024_or_none() {
        for (text, expected) in
            [("1", 1), ("500K", 500 << 10), ("64M", 64 << 20), ("1GiB", 1 << 30), ("2 mb", 2 << 20)]
        {
            assert_eq!(parse_size(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in [
            "",
            "0",
            "M",
            "-1",
            "1.5M",
            "1T",
            "4G",
            "99999999999999999999",
            "18446744073709551615G",
            "é",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_reason_can_be_accepted_by_its_name() {
        for reason in SkipReason::ALL {
            assert_eq!(parse_reason(reason.name()), Ok(reason));
        }
        assert_eq!(
            parse_reason("all"),
            Err("not a reason; the reasons are not-json, no-text-field, too-long, binary, unsupported-container".to_owned())
        );
    }
}
