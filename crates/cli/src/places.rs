//! What is to be scanned, as people name it: paths, patterns, lists of paths, standard input.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use seepage_engine::{expand_through_links, is_pattern};
use tempfile::TempDir;

use crate::screen::failure::Failure;

/// The files and directories that a scan reads.
pub(crate) struct Places {
    pub(crate) inputs: Vec<PathBuf>,
    /// Holds what came on standard input; gone when this is dropped.
    spool: Option<TempDir>,
}

impl Places {
    /// Expands patterns and lists, and reads standard input to its end for `-`.
    pub(crate) fn of(paths: Vec<PathBuf>) -> Result<Self, Failure> {
        let mut places = Self { inputs: vec![], spool: None };
        for path in paths {
            match list_named_by(&path) {
                Some(list) => {
                    for path in read_list(&list)? {
                        places.add(path)?;
                    }
                }
                None => places.add(path)?,
            }
        }
        Ok(places)
    }

    /// The file that holds what came on standard input.
    pub(crate) fn stdin(&self) -> Option<PathBuf> {
        let spool = self.spool.as_ref()?;
        Some(spool.path().join(SPOOL))
    }

    fn add(&mut self, path: PathBuf) -> Result<(), Failure> {
        if path == Path::new("-") {
            if self.spool.is_none() {
                let spool = read_stdin().map_err(|error| {
                    Failure::new(format!("standard input could not be kept for reading: {error}"))
                        .with_hint("set TMPDIR to a directory with room for all of it")
                })?;
                self.inputs.push(spool.path().join(SPOOL));
                self.spool = Some(spool);
            }
        } else if is_pattern(&path) {
            let pattern = path.to_string_lossy();
            let found = expand_through_links(&pattern).map_err(|error| {
                Failure::new(format!("`{pattern}` cannot be expanded: {error}"))
            })?;
            if found.is_empty() {
                return Err(Failure::new(format!("`{pattern}` names nothing"))
                    .with_hint("`*` stays within a directory; write `**/` for all below"));
            }
            self.inputs.extend(found);
        } else {
            self.inputs.push(path);
        }
        Ok(())
    }
}

const SPOOL: &str = "stdin";

/// `@FILE`, unless a file of that very name is there.
fn list_named_by(path: &Path) -> Option<PathBuf> {
    let name = path.to_str()?.strip_prefix('@')?;
    path.symlink_metadata().is_err().then(|| name.into())
}

/// The lines that are neither blank nor comments.
fn read_list(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let paths = lines_of_list(list)?.into_iter();
    let paths = paths.filter(|line| !line.starts_with('#'));
    Ok(paths.map(PathBuf::from).collect())
}

/// The lines of a list of paths that are not blank.
pub(crate) fn lines_of_list(list: &Path) -> Result<Vec<String>, Failure> {
    let text = fs::read_to_string(list).map_err(|error| {
        Failure::new(format!("list `{}` cannot be read: {error}", list.display()))
            .with_hint("write one path a line, in UTF-8")
    })?;
    let lines = text.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

/// Copies standard input into a file: a shard is opened several times, and a pipe gives its bytes once. Only the owner may
/// read the copy.
fn read_stdin() -> io::Result<TempDir> {
    let spool = tempfile::Builder::new().prefix("seepage-").tempdir()?;
    let mut file = File::create_new(spool.path().join(SPOOL))?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    Ok(spool)
}
