//! What a scan is given to read and to look for, checked before anything is done.

use std::path::{Path, PathBuf};

use seepage_engine::BuildPlan;
use seepage_index::Class;
use tempfile::TempDir;

use crate::index::build;
use crate::job::args::WorkArguments;
use crate::job::memory::default_memory;
use crate::scan::args::ScanArguments;
use crate::screen::failure::Failure;
use crate::screen::print::note;
use crate::screen::quantity;
use crate::stored::refuse_unreadable;

/// Where the passages to look for come from.
pub(crate) enum IndexSource {
    Index(PathBuf),
    Logs(Vec<PathBuf>),
}

/// Where the passages come from; `None` where the scan only says what would be read.
pub(crate) fn source(arguments: &ScanArguments) -> Result<Option<IndexSource>, Failure> {
    if arguments.explain_fields {
        return Ok(None);
    }
    match (&arguments.index, arguments.logs.as_slice()) {
        (Some(index), []) => Ok(Some(IndexSource::Index(index.clone()))),
        (None, []) if arguments.dry_run => Ok(None),
        (None, []) => Err(Failure::new("nothing to look for was given").with_hint(
            "name an index with `--index INDEX`, or after the paths to scan the logs with `--logs ~/.claude/projects`",
        )),
        (None, logs) => Ok(Some(IndexSource::Logs(logs.to_vec()))),
        (Some(_), _) => Err(Failure::new("`--index` and `--logs` were both given; a scan takes one of them")
            .with_hint("build one index of all logs with `seepage index build LOGS... -o INDEX`, and scan with that")),
    }
}

#[cfg(feature = "tokenized")]
pub(crate) fn detokenizer(
    path: Option<&Path>,
) -> Result<Option<std::sync::Arc<seepage_engine::Detokenizer>>, Failure> {
    let open = |path| {
        seepage_engine::Detokenizer::open(path).map_err(|error| {
            Failure::new(error.to_string()).with_hint(
                "name the `tokenizer.json` that the shards were made with; one that folds or drops characters cannot be undone",
            )
        })
    };
    path.map(open).transpose().map(|opened| opened.map(Into::into))
}

/// Refuses a path that is not there, and a corpus that holds what this scan writes or its index. `written` has the name of
/// each output, and its path.
pub(crate) fn check_paths(
    paths: &[PathBuf],
    source: Option<&IndexSource>,
    written: [(&str, Option<&Path>); 2],
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
        Some(IndexSource::Index(path)) => Some(path.as_path()),
        Some(IndexSource::Logs(_)) | None => None,
    };
    for (what, path) in written.into_iter().chain([("index", index)]) {
        let (Some(path), Some(place)) = (path, path.and_then(real_place)) else {
            continue;
        };
        if seepage_engine::is_remote(path) {
            continue;
        }
        let around =
            |root: &&PathBuf| root.canonicalize().is_ok_and(|root| place.starts_with(root));
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

/// Builds an index in a temporary directory. Only the owner may read it, because it holds the text of private logs.
pub(crate) fn build_for_one_scan(
    logs: &[PathBuf],
    work: &WorkArguments,
) -> Result<(TempDir, PathBuf), Failure> {
    let directory = tempfile::Builder::new().prefix("seepage-").tempdir().map_err(|error| {
        Failure::new(format!("no temporary directory could be made for the index: {error}"))
            .with_hint("set TMPDIR to a directory with room")
    })?;
    let path = directory.path().join("logs.seepage");
    let plan = BuildPlan {
        inputs: logs.to_vec(),
        output: path.clone(),
        classes: Class::ALL.into(),
        backgrounds: vec![],
        accept_suppressed: false,
        memory: default_memory(),
        threads: work.threads(),
    };
    let report = build::build(&plan, work)?;
    let facts = &report.facts;
    note(&format!(
        "indexed {} of {} ({} of logs)",
        quantity::counted(facts.tools.values().sum(), "passage", "passages"),
        quantity::counted(facts.sessions, "session", "sessions"),
        quantity::bytes(facts.bytes_read)
    ));
    Ok((directory, path))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Command, CommandLine};

    #[test]
    fn a_path_that_is_not_there_yet_has_a_real_place() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        assert_eq!(real_place(&directory.path().join("a/b")), Some(real.join("a/b")));
        assert_eq!(real_place(directory.path()), Some(real));
    }

    #[test]
    fn a_scan_takes_an_index_or_logs_and_not_both() {
        let source = |arguments: &str| {
            let words = format!("seepage scan corpus {arguments}");
            let parsed = CommandLine::try_parse_from(words.split_whitespace()).unwrap();
            match parsed.command {
                Some(Command::Scan(arguments)) => source(&arguments),
                _ => panic!("a scan"),
            }
        };
        assert!(matches!(source("--index i"), Ok(Some(IndexSource::Index(_)))));
        assert!(matches!(source("--logs l"), Ok(Some(IndexSource::Logs(_)))));
        for none in ["--explain-fields", "--dry-run"] {
            assert!(matches!(source(none), Ok(None)), "{none}");
        }
        for wrong in ["", "--index i --logs l"] {
            let failure = source(wrong).err().unwrap().to_string();
            assert!(failure.contains("\nhint: "), "{failure}");
        }
    }
}
