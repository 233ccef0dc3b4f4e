//! Human text to a background: which fingerprints are common, counted by package.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use seepage_fingerprint::{AnalyzeScratch, Analyzer, SourceAnchor};
use seepage_index::{Background, BackgroundBuilder, BackgroundError, Index};
use seepage_shards::{Block, FieldPath, FoundShard, Ignored, ReadOptions, Record, Row, ShardError};

use crate::jobs::progress::Progress;
use crate::jobs::threads::{self, ThreadsError};
use crate::scan::summary::FailedShard;

/// What makes texts one package: what they share counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageBy {
    /// The first directory below the root that the file was found under.
    TopDirectory,
    /// The nearest directory with a `.git` in it; the top directory where there is none.
    Repository,
    /// A field of the record; the text fields have to be named too.
    Field(FieldPath),
}

/// What to count.
#[derive(Clone, Debug)]
pub struct BackgroundPlan {
    /// Files of human text, and directories to walk.
    pub inputs: Vec<PathBuf>,
    /// How files are read.
    pub read: ReadOptions,
    /// What a package is.
    pub package_by: PackageBy,
    /// Fingerprints of fewer packages are left out.
    pub packages_min: u8,
    /// Where what does not fit into memory is kept for a while.
    pub directory: PathBuf,
    /// 0: one a core.
    pub threads: usize,
}

/// What was counted, and what could not be read.
#[derive(Debug)]
pub struct BackgroundReport {
    /// The counts.
    pub background: Background,
    /// Files read to their end.
    pub shards_read: u64,
    /// Records counted.
    pub records_read: u64,
    /// Records that could not be read, whatever the reason.
    pub records_skipped: u64,
    /// Bytes of text counted.
    pub text_bytes: u64,
    /// Files that could not be read to their end.
    pub shards_failed: Vec<FailedShard>,
}

/// A background could not be counted.
#[derive(Debug)]
#[non_exhaustive]
pub enum CountError {
    /// The package is a field, and the text fields were not named.
    FieldsUnnamed,
    /// No text in any of the inputs.
    NoText,
    /// What does not fit into memory could not be kept in a directory.
    Spill {
        /// Which.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The thread pool could not be started.
    Threads(ThreadsError),
}

/// The built-in background, and those of the files.
pub(crate) fn open_all(files: &[PathBuf]) -> Result<Vec<Arc<Background>>, BackgroundError> {
    let mut backgrounds = vec![Background::built_in()];
    for file in files {
        backgrounds.push(Arc::new(Background::read(file)?));
    }
    Ok(backgrounds)
}

/// How many of an index's anchors the backgrounds in `files` suppress, as a share from 0 to 1: with a background that holds
/// the index's own texts every corpus would be clean.
///
/// Of more than 4,096 passages as many are looked at, evenly spread.
///
/// # Errors
/// A file that is no background, or one that was made with other parameters than the index.
pub fn suppressed_share(index: &Index, files: &[PathBuf]) -> Result<f64, BackgroundError> {
    const PASSAGES_MAX: usize = 4096;
    let analyzer = index.analyzer();
    let mut backgrounds = vec![];
    for file in files {
        let background = Background::read(file)?;
        if !background.fits(analyzer) {
            return Err(BackgroundError::Parameters);
        }
        backgrounds.push(background);
    }
    let step = index.passages().count().div_ceil(PASSAGES_MAX).max(1);
    let (mut scratch, mut anchors) = (AnalyzeScratch::default(), vec![]);
    let (mut held, mut suppressed) = (0_u64, 0_u64);
    for passage in index.passages().step_by(step) {
        let authored = index.text(passage);
        anchors.clear();
        for span in &authored.spans {
            let part = &authored.text[span.start as usize..span.end as usize];
            analyzer.analyze(part, &mut scratch, &mut anchors);
        }
        for anchor in anchors.iter().filter(|anchor| index.holds(anchor.fingerprint)) {
            let is_common = |background: &Background| background.is_common(anchor.fingerprint);
            held += 1;
            suppressed += u64::from(backgrounds.iter().any(is_common));
        }
    }
    Ok(if held == 0 { 0.0 } else { suppressed as f64 / held as f64 })
}

/// Counts the fingerprints of all records of `plan` by package.
pub fn count_background(
    plan: &BackgroundPlan,
    progress: &Progress,
) -> Result<BackgroundReport, CountError> {
    let mut read = plan.read.clone();
    if let PackageBy::Field(field) = &plan.package_by {
        if read.text_fields.is_empty() {
            return Err(CountError::FieldsUnnamed);
        }
        read.text_fields.push(field.clone());
    }
    let pool = threads::pool(plan.threads).map_err(CountError::Threads)?;
    let shards = seepage_shards::find_shards(&plan.inputs, Ignored::Found);
    progress.add_files_total(shards.len() as u64);
    progress.add_bytes_total(shards.iter().flatten().map(|shard| shard.len).sum());
    let analyzer = Analyzer::default();
    let count = BackgroundCount {
        plan,
        read,
        progress,
        analyzer,
        sum: Mutex::new(BackgroundTotal {
            builder: BackgroundBuilder::new(&analyzer, &plan.directory),
            tally: Tally::default(),
            error: None,
        }),
    };
    let failed: Vec<_> =
        pool.install(|| shards.par_iter().map(|found| count.shard(found)).collect());

    let BackgroundTotal { builder, tally, error } =
        count.sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let spill = |source| CountError::Spill { directory: plan.directory.clone(), source };
    error.map_or(Ok(()), |error| Err(spill(error)))?;
    let shards_failed: Vec<FailedShard> = failed.into_iter().flatten().collect();
    if tally.text_bytes == 0 {
        return Err(CountError::NoText);
    }
    Ok(BackgroundReport {
        background: builder.finish(plan.packages_min).map_err(spill)?,
        shards_read: (shards.len() - shards_failed.len()) as u64,
        records_read: tally.records_read,
        records_skipped: tally.records_skipped,
        text_bytes: tally.text_bytes,
        shards_failed,
    })
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    records_read: u64,
    records_skipped: u64,
    text_bytes: u64,
}

struct BackgroundTotal {
    builder: BackgroundBuilder,
    tally: Tally,
    /// The disk refused; nothing is counted from then on.
    error: Option<io::Error>,
}

/// What the threads share.
struct BackgroundCount<'p> {
    plan: &'p BackgroundPlan,
    read: ReadOptions,
    progress: &'p Progress,
    analyzer: Analyzer,
    sum: Mutex<BackgroundTotal>,
}

impl BackgroundCount<'_> {
    fn shard(&self, found: &Result<FoundShard, ShardError>) -> Option<FailedShard> {
        let failure = match found {
            Ok(found) => self.blocks(found).err().map(|error| (found.name.clone(), error)),
            Err(error) => {
                self.progress.add_files_done(1);
                let why = crate::words_of(error);
                return Some(FailedShard { shard: error.path().display().to_string(), why });
            }
        };
        self.progress.add_files_done(1);
        failure.map(|(shard, error)| FailedShard { shard, why: crate::words_of(&error) })
    }

    fn blocks(&self, found: &FoundShard) -> Result<(), ShardError> {
        let package = match self.plan.package_by {
            PackageBy::Repository => {
                repository(&found.path).map(|path| number(&path.to_string_lossy()))
            }
            PackageBy::TopDirectory | PackageBy::Field(_) => None,
        };
        let package = package.unwrap_or_else(|| number(&self.top_directory(found)));
        let mut scratch = AnalyzeScratch::default();
        let mut shard = seepage_shards::open_shard(&found.path, &self.read)?;
        while let Some(block) = shard.next_block()? {
            self.block(package, &block, &found.path, &mut scratch)?;
        }
        self.progress.add_bytes_done(found.len);
        Ok(())
    }

    fn block(
        &self,
        package: u32,
        block: &Block,
        path: &Path,
        scratch: &mut AnalyzeScratch,
    ) -> Result<(), ShardError> {
        let mut tally = Tally::default();
        let mut counted: Vec<(u32, Vec<SourceAnchor>)> = vec![];
        let mut unreadable = None;
        let result = block.read_rows(&mut |row| match row {
            Row::Record(record) => {
                let package = self.package(&record).unwrap_or(package);
                let mut anchors = vec![];
                let read = record.for_each_window(block.record_len_max(), &mut |field, text| {
                    if !self.is_package(field) {
                        self.analyzer.analyze(text, scratch, &mut anchors);
                        tally.text_bytes += text.len() as u64;
                    }
                    // The anchors of a record without end are not held either.
                    if record.spilled.is_some() {
                        counted.push((package, std::mem::take(&mut anchors)));
                        self.add(&mut counted);
                    }
                    ControlFlow::Continue(())
                });
                tally.records_read += 1;
                counted.push((package, anchors));
                unreadable = unreadable.take().or(read.err());
            }
            Row::Skipped { .. } => tally.records_skipped += 1,
        });
        self.progress.add_records_done(tally.records_read);
        self.progress.add_text_bytes_done(tally.text_bytes);
        self.add(&mut counted);
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.tally.records_read += tally.records_read;
        sum.tally.records_skipped += tally.records_skipped;
        sum.tally.text_bytes += tally.text_bytes;
        match unreadable {
            Some(source) => Err(ShardError::Spill { path: path.to_owned(), source }),
            None => result,
        }
    }

    /// Adds the anchors of records, each with the package that the record is of.
    fn add(&self, counted: &mut Vec<(u32, Vec<SourceAnchor>)>) {
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        for (package, anchors) in counted.drain(..) {
            if sum.error.is_none() {
                sum.error = sum.builder.add(package, &anchors).err();
            }
        }
    }

    fn is_package(&self, field: &str) -> bool {
        matches!(&self.plan.package_by, PackageBy::Field(package) if package.as_str() == field)
    }

    /// The package that the record names.
    fn package(&self, record: &Record<'_>) -> Option<u32> {
        let named = record.texts.iter().find(|text| self.is_package(&text.field))?;
        Some(number(&String::from_utf8_lossy(&named.text)))
    }

    fn top_directory(&self, found: &FoundShard) -> String {
        let below = self.plan.inputs.iter().find_map(|root| found.path.strip_prefix(root).ok());
        let first = below.and_then(|below| below.components().next());
        first.map_or_else(
            || found.name.clone(),
            |first| first.as_os_str().to_string_lossy().into_owned(),
        )
    }
}

fn repository(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|directory| directory.join(".git").exists())
}

/// Names a package by a number. Two of a thousand packages meet in one number once in 8,000 runs, and then count once.
fn number(package: &str) -> u32 {
    xxhash_rust::xxh3::xxh3_64(package.as_bytes()) as u32
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldsUnnamed => {
                f.write_str("packages are to be told apart by a field, but no text field is named")
            }
            Self::NoText => f.write_str("there is no text in the inputs"),
            Self::Spill { directory, .. } => write!(
                f,
                "what does not fit into memory could not be kept in `{}`",
                directory.display()
            ),
            Self::Threads(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CountError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spill { source, .. } => Some(source),
            Self::FieldsUnnamed | Self::NoText | Self::Threads(_) => None,
        }
    }
}
