//! The report: a directory that looks finished only when it is.
//!
//! Every file is written under a temporary name, synced and renamed; `_SUCCESS` comes last. What an earlier scan left
//! is taken away first, so that a rerun that dies does not wear the success of the run before it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use seepage_engine::{
    FindingRow, FindingSink, PART_FILE, PART_FILE_PARTIAL, RecordFinding, ScanSummary, ShardRow,
};

use crate::error::ReportError;
use crate::json::to_json_pretty;
use crate::shards::ShardTable;
use crate::summary::{IndexSummary, RunDescription, SUMMARY, Summary, is_summary, running_summary};
use crate::table::{FindingTable, ROW_LEN_MAX};

/// The file that a report has only when everything was read, and that is written last.
pub const SUCCESS: &str = "_SUCCESS";
const SUMMARY_PARTIAL: &str = "summary.json.partial";
const FINDINGS: &str = "findings.parquet";
const FINDINGS_PARTIAL: &str = "findings.parquet.partial";
const SHARDS: &str = "shards.parquet";
const SHARDS_PARTIAL: &str = "shards.parquet.partial";
/// The findings of the scan before, while a scan is running or where one did not come to its end.
const FINDINGS_BEFORE: &str = "findings.parquet.before";

/// A report that was begun: the directory exists, is ours, and holds nothing of an earlier scan.
#[derive(Debug)]
pub struct ReportDir {
    path: PathBuf,
    /// Held open and locked while the report is written, so that two scans cannot mix theirs.
    handle: Option<File>,
}

impl ReportDir {
    /// Makes the directory where it does not exist, and takes away what an earlier scan left there: `_SUCCESS` first. An
    /// earlier summary is replaced by one that says that a scan is running, and earlier findings have another name until the
    /// new ones are whole. Other files in it are left alone.
    pub fn begin(path: &Path) -> Result<Self, ReportError> {
        if path.exists() && !path.is_dir() {
            return Err(ReportError::NotADirectory { path: path.to_owned() });
        }
        fs::create_dir_all(path).map_err(ReportError::io(path))?;
        let report = Self { path: path.to_owned(), handle: lock(path)? };
        report.withdraw_success()?;
        for name in [PART_FILE, PART_FILE_PARTIAL, FINDINGS_PARTIAL, SHARDS, SHARDS_PARTIAL] {
            report.remove(name)?;
        }
        report.put_findings_aside()?;
        Ok(report)
    }

    /// The findings of an earlier scan are worth keeping until there are new ones, and must not be taken for these.
    fn put_findings_aside(&self) -> Result<(), ReportError> {
        let (findings, before) = (self.path.join(FINDINGS), self.path.join(FINDINGS_BEFORE));
        if findings.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            fs::rename(&findings, &before).map_err(ReportError::io(&findings))
        } else {
            // A link that somebody put there.
            self.remove(FINDINGS)
        }
    }

    /// Where an earlier report of ours lies at `path`, takes its `_SUCCESS` away and marks its summary as that of a running
    /// scan. For the very beginning of a run, before it is known whether the run can write there: what fails early must not
    /// wear the success of the run before it. Any other directory is left alone.
    pub fn withdraw(path: &Path) -> Result<(), ReportError> {
        if is_summary(&path.join(SUMMARY)) {
            let report = Self { path: path.to_owned(), handle: lock(path)? };
            report.withdraw_success()?;
        }
        Ok(())
    }

    /// Takes `_SUCCESS` away first, and then replaces a summary that is there.
    fn withdraw_success(&self) -> Result<(), ReportError> {
        self.remove(SUCCESS)?;
        self.sync()?;
        self.remove(SUMMARY_PARTIAL)?;
        match self.path.join(SUMMARY).symlink_metadata() {
            Ok(_) => self.write_summary(&running_summary()),
            Err(_) => Ok(()),
        }
    }

    /// A sink that writes the report.
    pub fn writer(self, description: RunDescription) -> ReportWriter {
        ReportWriter { dir: self, description, table: None, shards: None }
    }

    fn remove(&self, name: &str) -> Result<(), ReportError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ReportError::io(path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Syncs `file`, which was written under the name `partial`, and gives it the name `name`.
    fn put(&self, file: &File, partial: &str, name: &str) -> Result<(), ReportError> {
        let (partial, name) = (self.path.join(partial), self.path.join(name));
        file.sync_all().map_err(ReportError::io(&partial))?;
        fs::rename(&partial, &name).map_err(ReportError::io(&name))?;
        self.sync()
    }

    /// Makes the names in the directory durable, where the system can.
    fn sync(&self) -> Result<(), ReportError> {
        match &self.handle {
            Some(handle) => handle.sync_all().map_err(ReportError::io(&self.path)),
            None => Ok(()),
        }
    }

    fn write_summary(&self, summary: &impl Serialize) -> Result<(), ReportError> {
        let path = self.path.join(SUMMARY_PARTIAL);
        let written = to_json_pretty(summary).and_then(|json| {
            let mut file = File::create_new(&path)?;
            file.write_all(&json)?;
            Ok(file)
        });
        self.put(&written.map_err(ReportError::io(&path))?, SUMMARY_PARTIAL, SUMMARY)
    }

    /// An empty file, or where classes were left out one that names those that were looked for.
    fn write_success(&self, index: &IndexSummary) -> Result<(), ReportError> {
        let path = self.path.join(SUCCESS);
        let words = index.classes_in_words();
        let words = words.map(|classes| format!("looked for what models wrote as: {classes}\n"));
        File::create_new(&path)
            .and_then(|mut file| {
                file.write_all(words.unwrap_or_default().as_bytes())?;
                file.sync_all()
            })
            .map_err(ReportError::io(path))?;
        self.sync()
    }
}

/// Opens the directory and locks it. `None` where a directory cannot be opened like a file (Windows); a file system
/// without locks goes unlocked.
fn lock(path: &Path) -> Result<Option<File>, ReportError> {
    if cfg!(windows) {
        return Ok(None);
    }
    let handle = File::open(path).map_err(ReportError::io(path))?;
    match handle.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ReportError::Busy { path: path.to_owned() }),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(handle)),
    }
}

/// A report that takes findings. Dropped before it is finished, it leaves nothing that looks finished.
pub struct ReportWriter {
    dir: ReportDir,
    description: RunDescription,
    table: Option<FindingTable<File>>,
    shards: Option<ShardTable<File>>,
}

impl ReportWriter {
    /// Made for the first row, or at the end.
    fn table(&mut self) -> Result<&mut FindingTable<File>, ReportError> {
        if self.table.is_none() {
            let path = self.dir.path.join(FINDINGS_PARTIAL);
            // `create_new` follows no link that somebody may have put there since.
            let file = File::create_new(&path).map_err(ReportError::io(&path))?;
            let table = FindingTable::new(file, &self.description.index.digest);
            self.table = Some(table.map_err(|source| ReportError::Table { path, source })?);
        }
        Ok(self.table.as_mut().expect("it was made just now"))
    }

    /// Made for the first shard, or at the end.
    fn shards(&mut self) -> Result<&mut ShardTable<File>, ReportError> {
        if self.shards.is_none() {
            let path = self.dir.path.join(SHARDS_PARTIAL);
            let file = File::create_new(&path).map_err(ReportError::io(&path))?;
            let table = ShardTable::new(file, &self.description.index.digest);
            self.shards = Some(table.map_err(|source| ReportError::Table { path, source })?);
        }
        Ok(self.shards.as_mut().expect("it was made just now"))
    }

    fn push(&mut self, row: &FindingRow) -> Result<(), ReportError> {
        let len = row.size();
        if len > ROW_LEN_MAX {
            return Err(ReportError::RowLen {
                shard: row.found.shard.to_string(),
                row: row.found.row,
                len,
                len_max: ROW_LEN_MAX,
            });
        }
        // No column holds the excerpt.
        let found = RecordFinding { excerpt: String::new(), ..row.found.clone() };
        let path = self.dir.path.join(FINDINGS);
        let pushed = self.table()?.push(FindingRow { found, ..row.clone() });
        pushed.map_err(|source| ReportError::Table { path, source })
    }

    fn write(&mut self, scanned: &ScanSummary) -> Result<(), ReportError> {
        self.table()?;
        let path = self.dir.path.join(FINDINGS_PARTIAL);
        let table = self.table.take().expect("it was made just now");
        let file = table.finish().map_err(|source| ReportError::Table { path, source })?;
        self.dir.put(&file, FINDINGS_PARTIAL, FINDINGS)?;
        self.dir.remove(FINDINGS_BEFORE)?;
        self.shards()?;
        let path = self.dir.path.join(SHARDS_PARTIAL);
        let shards = self.shards.take().expect("it was made just now");
        let file = shards.finish().map_err(|source| ReportError::Table { path, source })?;
        self.dir.put(&file, SHARDS_PARTIAL, SHARDS)?;
        let summary = Summary::new(scanned, &self.description);
        self.dir.write_summary(&summary)?;
        if scanned.is_complete() { self.dir.write_success(&self.description.index) } else { Ok(()) }
    }
}

/// Takes the flagged findings and those that predate; weak ones are counted in the summary and not written.
impl FindingSink for ReportWriter {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        if row.found.finding.tier.is_flagged() { Ok(self.push(row)?) } else { Ok(()) }
    }

    fn shard(&mut self, shard: ShardRow) -> io::Result<()> {
        let path = self.dir.path.join(SHARDS);
        let pushed = self.shards()?.push(shard);
        Ok(pushed.map_err(|source| ReportError::Table { path, source })?)
    }

    /// Writes the rest of the findings, the summary, and, if everything was read, `_SUCCESS`.
    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()> {
        Ok(self.write(summary)?)
    }
}
