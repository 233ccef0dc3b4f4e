//! Messages about a checkpoint, and about a scan that was asked to stop.

use std::ffi::OsStr;

use seepage_engine::{Checkpoint, JournalError, ScanPlan, ScanResults, Stop};
use seepage_index::Index;

use crate::job::signals;
use crate::scan::args::ScanArguments;
use crate::screen::failure::Failure;
use crate::screen::print::note;
use crate::screen::quantity::{self, counted};

/// Opens the checkpoint that was asked for, and says on stderr which of its results cannot be used. An incremental scan
/// also uses results from before the index grew.
pub(crate) fn open(
    arguments: &ScanArguments,
    plan: &ScanPlan,
    index: &Index,
) -> Result<Option<Checkpoint>, JournalError> {
    let Some(dir) = &arguments.checkpoint else { return Ok(None) };
    let mut checkpoint = Checkpoint::open(dir, arguments.partition, plan, index)?;
    if checkpoint.bytes_torn() > 0 {
        let bytes = quantity::bytes(checkpoint.bytes_torn());
        note(&format!(
            "the last line of the checkpoint was not written to its end, and was cut off ({bytes})"
        ));
    }
    if checkpoint.results_of_others() > 0 {
        let results = counted(checkpoint.results_of_others(), "result", "results");
        note(&format!(
            "the checkpoint has {results} of another index or other options, which cannot be used"
        ));
    }
    if arguments.incremental {
        checkpoint.use_earlier();
    } else if checkpoint.results_of_earlier() > 0 {
        let results = counted(checkpoint.results_of_earlier(), "result", "results");
        note(&format!(
            "the checkpoint has {results} of this index from before it grew; `--incremental` makes use of them"
        ));
    }
    Ok(Some(checkpoint))
}

/// `12 of 40 results from the checkpoint, 28 brought up to date by what was added to the index`
pub(crate) fn replayed(results: &ScanResults) -> String {
    let replayed = quantity::count(results.pieces_replayed());
    let all = counted(results.pieces(), "result", "results");
    let updated = match results.pieces_incremental() {
        0 => String::new(),
        updated => format!(
            ", {} brought up to date by what was added to the index",
            quantity::count(updated)
        ),
    };
    format!("{replayed} of {all} from the checkpoint{updated}")
}

/// Says which signal stopped the scan, how far it was, and how to go on.
pub(crate) fn stopped(stop: &Stop, (done, all): (u64, u64), keeps: bool) -> Failure {
    let signal = stop.asked().map_or_else(String::new, signals::name);
    let failure = Failure::new(format!(
        "stopped by {signal}: {} of {} begun; the report tells of these",
        quantity::count(done),
        counted(all, "shard", "shards"),
    ));
    if keeps {
        let command: Vec<String> = std::env::args_os().map(|argument| quoted(&argument)).collect();
        failure.with_hint(format!(
            "their results are in the checkpoint; go on with: {}",
            command.join(" ")
        ))
    } else {
        failure.with_hint("`--checkpoint DIR` keeps what is done, so that a scan can go on")
    }
}

/// The argument as a shell takes it.
fn quoted(argument: &OsStr) -> String {
    let argument = argument.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.into_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_quoted_where_a_shell_would_not_take_it_as_it_is() {
        for (argument, expected) in [
            ("--index=a.seepage", "--index=a.seepage"),
            ("messages[].content", "'messages[].content'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(argument.as_ref()), expected);
        }
    }
}
