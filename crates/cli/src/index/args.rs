//! The flags of `seepage index`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use seepage_engine::known_tools;

use crate::classes::ClassArguments;
use crate::job::args::{MemoryArguments, WorkArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    #[command(about = format!("Read logs of {} and index what the models wrote", tool_names()))]
    Build(BuildArguments),
    /// Read what is new in the logs, and add it to an index
    Add(AddArguments),
    /// Take passages out of an index for good
    Remove(RemoveArguments),
    /// Make one segment of all, without what was removed
    Merge(MergeArguments),
    /// Make a new index of one that an earlier version wrote
    Upgrade(UpgradeArguments),
    /// Check every byte of an index
    Verify(VerifyArguments),
    /// Say which passages only one of two indexes holds
    Diff(DiffArguments),
    /// Show what an index holds
    Info(InfoArguments),
    /// Print every passage with its provenance, one JSON object a line
    Export(ExportArguments),
}

/// The tools whose logs can be read: `Claude Code and Codex`.
fn tool_names() -> String {
    let names: Vec<&str> = known_tools().map(|(name, _)| name).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Logs are recognised by content (.jsonl, .json, .gz, .zst); what the session had read before, or the person
typed, is subtracted. Broken lines are reported and skipped.

Examples:
  seepage index build ~/.claude/projects ~/.codex/sessions -o outputs.seepage
  seepage index build team-logs/ -o code.seepage --without prose,reasoning,plan,prompt,message

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
    #[command(flatten)]
    pub(crate) classes: ClassArguments,
    /// Of earlier versions: prose is indexed now unless it is left out
    #[arg(long, hide = true)]
    pub(crate) prose: bool,
    /// Do not take these fingerprints of human text for anybody's, beside the built-in ones (repeatable)
    #[arg(long = "background", value_name = "FILE")]
    pub(crate) backgrounds: Vec<PathBuf>,
    /// Write the index although the backgrounds suppress more than half of what the models wrote
    #[arg(long, requires = "backgrounds")]
    pub(crate) accept_suppressed: bool,
    #[command(flatten)]
    pub(crate) memory: MemoryArguments,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}

/// The flags of commands that write a segment of an index that is there.
#[derive(Debug, Args)]
pub(crate) struct ChangeArguments {
    /// A file of human text that the index was built with (repeatable); it has to be named again
    #[arg(long = "background", value_name = "FILE")]
    pub(crate) backgrounds: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) memory: MemoryArguments,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
For every night: name the same directories again. Files that the index was made from are known by their content and not
read again; a session with a new or a longer file is read whole. What the logs tell otherwise now is replaced, what was
taken out by `index remove` stays out. The classes that the index was built with are taken.

Examples:
  seepage index add ~/.claude/projects ~/.codex/sessions -o outputs.seepage

Exit codes:
  0  the index holds all of the logs, whether anything was new or not
  2  an error, or some log file could not be read (the others were added)")]
pub(crate) struct AddArguments {
    /// Log files, and directories to walk: new ones among old ones
    #[arg(required = true, value_name = "LOGS")]
    pub(crate) logs: Vec<PathBuf>,
    /// The index, which gets a segment more
    #[arg(short, long, alias = "index", value_name = "INDEX")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The passages are found no more from now on. Their texts stay on the disk until `seepage index merge INDEX`: run it where
somebody has a right to deletion. What was removed is remembered, so that `index add` brings none of it back; a log is known
by its path, so where it may be moved or compressed, remove its session. Reports,
checkpoints and exports that were made before are not touched.

Examples:
  seepage index remove outputs.seepage --session 31d7aa90-08c4-4f0e-b1a2-77e5c4d0b222
  seepage index remove outputs.seepage --before 2026-01-01 --dry-run
  seepage index remove outputs.seepage --file-list leavers.txt && seepage index merge outputs.seepage

Exit codes:
  0  removed, or with --dry-run counted; also where it had been removed before, and where nothing is so old
  2  an error, or no passage is of such a session or log (nothing is changed)")]
pub(crate) struct RemoveArguments {
    /// The index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// What this session wrote (repeatable)
    #[arg(long = "session", value_name = "ID", required_unless_present_any = ["before", "file_list"])]
    pub(crate) sessions: Vec<String>,
    /// What was written before this time: RFC 3339, or a day (its midnight, UTC). A passage without a time is before nothing
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub(crate) before: Option<i64>,
    /// What came from the log files that this file names, one a line, as `log_path` of `index export` spells them
    #[arg(long, value_name = "FILE")]
    pub(crate) file_list: Option<PathBuf>,
    /// Say how many passages would go, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each `index add` leaves a segment, and a scan looks into all of them. Merged, they are the passages that one build
over all of their logs has, in the same files (`MANIFEST.json` differs: segment number, facts of logs that grew); the
texts of removed passages are gone then. Room for a second index is needed meanwhile. Scans that have the index open
go on with what they opened.

Examples:
  seepage index merge outputs.seepage

Exit codes:
  0  the index has one segment
  2  an error; the index is as it was")]
pub(crate) struct MergeArguments {
    /// The index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Logs are gone after weeks, and an index outlives them: its texts are kept, so that fingerprints can
be made of them by the rules of today. What the old format did not keep is said at the end. The old
index stays as it is.

Examples:
  seepage index upgrade old.seepage -o outputs.seepage

Exit codes:
  0  the new index is written
  2  an error, or the old index is one of today already (nothing is written)")]
pub(crate) struct UpgradeArguments {
    /// The index that an earlier version wrote
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// Where the new index goes
    #[arg(short, long, value_name = "NEW")]
    pub(crate) output: PathBuf,
    /// A file of human text, made anew by `seepage background build` of this version (repeatable)
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
  seepage index verify outputs.seepage
  seepage index verify outputs.seepage --json

Exit codes:
  0  every file is what was written
  2  a file is missing or damaged, or there is no index")]
pub(crate) struct VerifyArguments {
    /// The index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Two indexes hold the same if they hold the same texts, in whatever segments.

Examples:
  seepage index diff monday.seepage tuesday.seepage

Exit codes:
  0  both hold the same passages
  1  they do not
  2  an error")]
pub(crate) struct DiffArguments {
    /// An index
    #[arg(value_name = "INDEX")]
    pub(crate) left: PathBuf,
    /// Another one
    #[arg(value_name = "OTHER")]
    pub(crate) right: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    pub(crate) json: bool,
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
  seepage index export outputs.seepage | jq -r 'select(.class == \"edit\") | .file_path' | sort | uniq -c")]
pub(crate) struct ExportArguments {
    /// The index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
}

/// Milliseconds since 1970-01-01 UTC.
fn parse_moment(text: &str) -> Result<i64, String> {
    let moment = seepage_engine::first_millisecond(text);
    moment.ok_or_else(|| "not a time; write e.g. `2026-01-31` or `2026-01-31T12:00:00Z`".to_owned())
}
