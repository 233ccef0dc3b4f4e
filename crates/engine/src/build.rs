//! Log files to an index.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use seepage_index::{
    Analyzer, Background, BackgroundError, BuildFacts, Provenance, Pushed, SegmentWriter,
    WriteError,
};
use seepage_logs::{Authored, BrokenLine, LogError, LogHead, LogOptions, LogTally, Tool};

use crate::Progress;
use crate::families::Families;
use crate::passages::{content, passage};
use crate::threads::{self, ThreadsError};

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildPlan {
    /// Log files, and directories to walk.
    pub inputs: Vec<PathBuf>,
    /// Where the index goes.
    pub output: PathBuf,
    /// Index the models' prose too.
    pub prose: bool,
    /// Files of fingerprints that are common in human text, beside the built-in one.
    pub backgrounds: Vec<PathBuf>,
    /// 0: one a core.
    pub threads: usize,
}

/// What a build read, and what it could not read.
#[derive(Clone, Debug, Default)]
pub struct BuildReport {
    /// The numbers, as kept in the index.
    pub facts: BuildFacts,
    /// Lines that could not be parsed, in order of session and line.
    pub lines_broken: Vec<BrokenLine>,
    /// Files that could not be read, and why, in words.
    pub files_failed: Vec<(PathBuf, String)>,
    /// Records of types that this build does not know, by type.
    pub records_unknown: BTreeMap<String, u64>,
}

/// An index could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A path that was named does not exist or could not be entered.
    Input {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No log of a known tool among the inputs.
    NoLogs {
        /// Files looked at.
        files: u64,
    },
    /// A background could not be read or used.
    Background(BackgroundError),
    /// The index could not be written.
    Write(WriteError),
    /// The thread pool could not be started.
    Threads(ThreadsError),
}

/// Reads the logs and writes the index. The same logs give the same bytes, whatever the number of threads.
pub fn build_index(plan: &BuildPlan, progress: &Progress) -> Result<BuildReport, BuildError> {
    let pool = threads::pool(plan.threads).map_err(BuildError::Threads)?;
    pool.install(|| build(plan, progress))
}

fn build(plan: &BuildPlan, progress: &Progress) -> Result<BuildReport, BuildError> {
    let backgrounds =
        crate::background::open_all(&plan.backgrounds).map_err(BuildError::Background)?;
    let mut report = BuildReport::default();
    let files = find_files(&plan.inputs, &mut report.files_failed)?;
    let sessions = group_sessions(&files, &mut report)?;
    progress.add_files_total(report.facts.logs_read);
    let sizes = |paths: &[PathBuf]| {
        paths
            .iter()
            .filter_map(|path| path.metadata().ok())
            .map(|meta| meta.len())
            .sum()
    };
    progress.add_bytes_total(sessions.values().map(|paths| sizes(paths)).sum());

    let options = LogOptions { prose: plan.prose };
    let read: Vec<_> = sessions
        .par_iter()
        .map(|(_, paths)| {
            let (mut authored, mut tally) = (vec![], LogTally::default());
            let result = seepage_logs::read_session(paths, options, &mut authored, &mut tally);
            for path in paths {
                tracing::debug!(log = %path.display(), "log read");
            }
            progress.add_files_done(paths.len() as u64);
            progress.add_bytes_done(sizes(paths));
            (authored, tally, result)
        })
        .collect();

    let mut authored: Vec<Authored> = vec![];
    for (texts, tally, result) in read {
        report.facts.sessions += u64::from(!texts.is_empty());
        authored.extend(texts);
        add_tally(&mut report, tally);
        if let Err(error) = result {
            let LogError::Io { path, .. } = &error else {
                continue;
            };
            report
                .files_failed
                .push((path.clone(), crate::words_of(&error)));
        }
    }
    report.facts.files_failed = report.files_failed.len() as u64;
    write(plan, &backgrounds, authored, &mut report.facts)?;
    Ok(report)
}

/// Every regular file below the inputs, sorted and without repeats.
fn find_files(
    inputs: &[PathBuf],
    failed: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = vec![];
    for input in inputs {
        input.metadata().map_err(|source| BuildError::Input {
            path: input.clone(),
            source,
        })?;
        for entry in ignore::WalkBuilder::new(input)
            .standard_filters(false)
            .build()
        {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    files.push(entry.into_path());
                }
                // A named symbolic link to a file is followed, one met on the way is not: its target is met too.
                Ok(entry) if entry.depth() == 0 && entry.path().is_file() => {
                    files.push(entry.into_path());
                }
                Ok(_) => {}
                Err(error) => failed.push((input.clone(), error.to_string())),
            }
        }
    }
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

type Sessions = BTreeMap<(Tool, String), Vec<PathBuf>>;

/// The log files among `files`, by session. Files of other content are counted.
fn group_sessions(files: &[PathBuf], report: &mut BuildReport) -> Result<Sessions, BuildError> {
    let heads: Vec<_> = files
        .par_iter()
        .map(|path| seepage_logs::sniff_log(path))
        .collect();
    let mut sessions = Sessions::new();
    for (path, head) in files.iter().zip(heads) {
        match head {
            Ok(Some(LogHead { tool, session_id })) => {
                report.facts.logs_read += 1;
                sessions
                    .entry((tool, session_id))
                    .or_default()
                    .push(path.clone());
            }
            Ok(None) => report.facts.files_unknown += 1,
            Err(error) => report
                .files_failed
                .push((path.clone(), crate::words_of(&error))),
        }
    }
    if sessions.is_empty() {
        return Err(BuildError::NoLogs {
            files: files.len() as u64,
        });
    }
    Ok(sessions)
}

fn add_tally(report: &mut BuildReport, tally: LogTally) {
    let facts = &mut report.facts;
    facts.bytes_read += tally.bytes_read;
    facts.lines_read += tally.lines_read;
    facts.lines_broken += tally.lines_broken.len() as u64 + tally.lines_broken_unlisted;
    facts.bytes_authored += tally.bytes_authored;
    facts.bytes_subtracted += tally.bytes_subtracted;
    facts.texts_subtracted += tally.texts_subtracted;
    facts.duplicates += tally.duplicates;
    report.lines_broken.extend(tally.lines_broken);
    for (kind, count) in tally.records_unknown {
        *report.records_unknown.entry(kind).or_default() += count;
    }
}

/// Writes the texts in the order of their writing. A text met again is the first one's: whoever wrote it later copied.
fn write(
    plan: &BuildPlan,
    backgrounds: &[Arc<Background>],
    mut authored: Vec<Authored>,
    facts: &mut BuildFacts,
) -> Result<(), BuildError> {
    authored.sort_by(|a, b| {
        let when = |text: &Authored| text.authored_at.unwrap_or(i64::MAX);
        when(a)
            .cmp(&when(b))
            .then_with(|| a.log_path.cmp(&b.log_path))
            .then(a.log_line.cmp(&b.log_line))
    });
    let mut writer =
        SegmentWriter::create(&plan.output, Analyzer::default()).map_err(BuildError::Write)?;
    for background in backgrounds {
        let suppressed = writer.suppress(background.clone());
        suppressed.map_err(BuildError::Background)?;
    }
    let (mut seen, mut families) = (HashSet::new(), Families::default());
    for text in authored {
        if !seen.insert(content(&text)) {
            facts.duplicates += 1;
            continue;
        }
        let kept: usize = text.spans.iter().map(ExactSizeIterator::len).sum();
        let mut passage = passage(text);
        let told: u32 = passage.spans.iter().map(|span| span.end - span.start).sum();
        facts.bytes_plain += kept as u64 - u64::from(told);
        let member = families.place(&mut passage);
        match writer.push(&passage).map_err(BuildError::Write)? {
            Pushed::Indexed(id) => {
                facts.families += u64::from(passage.provenance.family == id);
                families.add(member);
                add_passage(facts, &passage.provenance);
            }
            Pushed::TooPlain => facts.texts_short += 1,
        }
    }
    writer.finish(facts).map_err(BuildError::Write)
}

fn add_passage(facts: &mut BuildFacts, provenance: &Provenance) {
    *facts.tools.entry(provenance.tool.clone()).or_default() += 1;
    let model = provenance
        .model
        .clone()
        .unwrap_or_else(|| "unknown".to_owned());
    *facts.models.entry(model).or_default() += 1;
    if let Some(when) = provenance.authored_at {
        facts.authored_from = Some(facts.authored_from.map_or(when, |from| from.min(when)));
        facts.authored_to = Some(facts.authored_to.map_or(when, |to| to.max(when)));
    }
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Input { path, .. } => {
                write!(f, "log path `{}` could not be read", path.display())
            }
            Self::NoLogs { files } => {
                write!(f, "none of the {files} files is a log of a known tool")
            }
            Self::Background(error) => error.fmt(f),
            Self::Write(_) => f.write_str("the index could not be written"),
            Self::Threads(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Input { source, .. } => Some(source),
            Self::Background(error) => error.source(),
            Self::Write(source) => Some(source),
            Self::NoLogs { .. } | Self::Threads(_) => None,
        }
    }
}
