//! `summary.json`: what was read, what could not be read, what was found, and with what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use seepage_detect::{ResemblanceMin, Tier};
use seepage_engine::{FieldPath, ScanPlan, ScanSummary, Verdict};
use seepage_fingerprint::{Pace, Scheme, Stream};
use seepage_index::{Background, BackgroundError, Class, Index, UnreadUnit};
use serde::{Deserialize, Serialize};

use crate::error::ReportError;
use crate::time::rfc3339_utc;

pub(crate) const SUMMARY: &str = "summary.json";

/// Raised when a name or a meaning in `summary.json` or in a column of `findings.parquet` changes.
pub const SCHEMA_VERSION: u32 = 1;

/// The content of `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    schema_version: u32,
    seepage_version: &'static str,
    run: RunRecord,
    verdict: &'static str,
    exit_code: u8,
    /// Everything that was given was read. Only then is there a `_SUCCESS`.
    complete: bool,
    /// The scan has not come to its end; see [`running_summary`].
    running: bool,
    shards: Shards,
    records: Records,
    text_bytes: u64,
    /// Of values that hold no text, such as images.
    bytes_not_text: u64,
    bytes_on_disk: u64,
    findings: BTreeMap<&'static str, u64>,
    /// Of flagged findings.
    findings_by_tool: BTreeMap<String, u64>,
    findings_by_model: BTreeMap<String, u64>,
    findings_by_session: BTreeMap<String, u64>,
    findings_by_class: BTreeMap<String, u64>,
    /// In records that are older than the passage; they flag nothing.
    findings_predating: u64,
    /// In records that say that they are older, where the scan was not told to go by that; they flag.
    findings_older: u64,
    /// Of passages that are widespread; they flag nothing.
    findings_demoted: u64,
    records_judged: u64,
    bytes_judged: u64,
    seconds: f64,
    text_bytes_per_second: f64,
    text_fields: BTreeMap<String, u64>,
    /// They hold text and were not scanned, because others were named.
    fields_left: BTreeMap<String, u64>,
    /// Named by an option, and in no record.
    fields_missing: Vec<String>,
    /// Directories named `.git`.
    git_left_out: u64,
    formats: BTreeMap<String, u64>,
    index: IndexSummary,
    parameters: ScanParameters,
}

#[derive(Clone, Debug, Serialize)]
struct RunRecord {
    command: Vec<String>,
    started: Option<String>,
    ended: Option<String>,
    machine: String,
}

#[derive(Clone, Debug, Serialize)]
struct Shards {
    read: u64,
    skipped: u64,
    /// Not begun, because the scan was stopped.
    unread: u64,
    failed: Vec<Failed>,
}

#[derive(Clone, Debug, Serialize)]
struct Failed {
    shard: String,
    why: String,
}

#[derive(Clone, Debug, Serialize)]
struct Records {
    read: u64,
    in_part: BTreeMap<&'static str, u64>,
    textless: u64,
    repaired: u64,
    flagged: u64,
    undated: u64,
    skipped: BTreeMap<&'static str, u64>,
    skipped_first: Vec<Skipped>,
}

#[derive(Clone, Debug, Serialize)]
struct Skipped {
    shard: String,
    row: u64,
    reason: &'static str,
}

/// What a report says beside the findings and the sums.
#[derive(Clone, Debug)]
pub struct RunDescription {
    /// The index that was scanned with.
    pub index: IndexSummary,
    /// What was asked for.
    pub parameters: ScanParameters,
    /// The command line, a word each.
    pub command: Vec<String>,
    /// When the program was started.
    pub started: SystemTime,
    /// Which machine it runs on, in words.
    pub machine: String,
    /// The program ends with success if everything was read, whatever was found.
    pub exit_zero: bool,
}

/// What was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScanParameters {
    inputs: Vec<String>,
    text_fields: Vec<String>,
    time_field: Option<String>,
    package_field: Option<String>,
    keep_fields: Vec<String>,
    respect_gitignore: bool,
    demote_widespread: Option<u32>,
    skips_accepted: Vec<String>,
    record_len_max: usize,
    expansion_ratio_max: u64,
    backgrounds: Vec<BackgroundUsed>,
    /// BLAKE3, in hex, of the tokenizer that tokenised shards were read with.
    tokenizer: Option<String>,
    /// Fewer anchors were looked up.
    fast: bool,
    /// What models wrote, as classes, that was looked for; null where that was not limited.
    #[serde(default)]
    pub classes: Option<BTreeSet<Class>>,
    /// At least so much of two whole texts in common makes them `alike`; null where that was not asked for.
    resemblance: Option<f32>,
    threads: usize,
}

/// Fingerprints of human text that a scan took for nobody's.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct BackgroundUsed {
    /// `built in`, or the file.
    file: String,
    /// BLAKE3, in hex.
    digest: String,
}

/// An index, in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct IndexSummary {
    /// Where it was opened.
    pub path: String,
    /// BLAKE3, in hex.
    pub digest: String,
    /// Passages in it that can be found.
    pub passages: u64,
    /// What models wrote them as.
    pub classes: BTreeSet<Class>,
    /// Sessions whose logs were read for it.
    pub sessions: u64,
    /// When the first of its passages was written, where the logs say so, as RFC 3339.
    pub authored_from: Option<String>,
    /// When the last one was.
    pub authored_to: Option<String>,
    /// Of the logs it was made of, what could not be read or was not known: files, lines and records, each with how many.
    pub unread: BTreeMap<UnreadUnit, u64>,
    /// Passages that were removed, whose texts are there until a merge.
    pub passages_removed: u64,
    /// Segments; a scan looks into each.
    pub segments: u64,
    /// Different fingerprints in it.
    pub fingerprints: u64,
    /// (fingerprint, passage) pairs in it.
    pub postings: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// A scan looks closer at any shared run of so many kept bytes of words.
    pub guarantee_len: u32,
    /// How texts are analysed.
    pub schemes: Vec<SchemeSummary>,
}

/// One scheme of an index.
#[derive(Clone, Debug, Serialize)]
pub struct SchemeSummary {
    /// `words` or `skeleton`.
    pub stream: &'static str,
    /// Version of the rules of normalisation.
    pub rules_version: u32,
    /// Kept bytes in a k-gram.
    pub kgram_len: u32,
    /// Neighbouring k-grams in a window.
    pub window_len: u32,
    /// A scan looks closer at any shared run of so many kept bytes; and with `--fast`.
    pub guarantee_len: u32,
    /// See `guarantee_len`.
    pub guarantee_len_fast: u32,
}

impl IndexSummary {
    /// The classes of what is looked for, in words; `None` where none is left out.
    pub fn classes_in_words(&self) -> Option<String> {
        let is_all = self.classes.len() == Class::ALL.len();
        let names: Vec<&str> = self.classes.iter().map(|class| class.name()).collect();
        (!is_all).then(|| names.join(", "))
    }

    /// Of an index opened at `path`.
    pub fn of(index: &Index, path: &Path) -> Self {
        let (sizes, facts) = (index.sizes(), index.facts());
        let analyzer = index.analyzer();
        let [thorough, fast] = [Pace::Thorough, Pace::Fast]
            .map(|pace| analyzer.scan_grids(pace).map(|grid| grid.guarantee_len()));
        let scheme = |at: usize, scheme: &Scheme| SchemeSummary {
            stream: match scheme.stream() {
                Stream::Words => "words",
                Stream::Skeleton => "skeleton",
            },
            rules_version: Stream::RULES_VERSION,
            kgram_len: scheme.kgram_len(),
            window_len: scheme.window_len(),
            guarantee_len: thorough[at],
            guarantee_len_fast: fast[at],
        };
        let schemes = analyzer.schemes();
        Self {
            path: path.display().to_string(),
            digest: index.digest().to_owned(),
            passages: sizes.findable(),
            classes: index.classes().clone(),
            sessions: facts.sessions,
            authored_from: facts.authored_from.and_then(rfc3339_utc),
            authored_to: facts.authored_to.and_then(rfc3339_utc),
            unread: facts
                .unread
                .iter()
                .map(|(unit, reasons)| (*unit, reasons.values().map(|unread| unread.count).sum()))
                .collect(),
            passages_removed: sizes.removed,
            segments: index.segments().len() as u64,
            fingerprints: sizes.fingerprints,
            postings: sizes.postings,
            bytes: sizes.bytes,
            guarantee_len: thorough[0],
            schemes: (0..).zip(&schemes).map(|(at, one)| scheme(at, one)).collect(),
        }
    }
}

/// What stands in the place of `summary.json` until the scan has come to its end. It is not known whether the scan still
/// runs or was killed.
pub(crate) fn running_summary() -> serde_json::Value {
    serde_json::json!({
        "schema_version": SCHEMA_VERSION,
        "seepage_version": env!("CARGO_PKG_VERSION"),
        "verdict": Verdict::Incomplete.name(),
        "exit_code": Verdict::Incomplete.exit_code(),
        "complete": false,
        "running": true,
    })
}

/// Whether `path` is the summary of a report of ours.
pub(crate) fn is_summary(path: &Path) -> bool {
    let content = fs::read(path).ok();
    let content = content.and_then(|json| serde_json::from_slice(&json).ok());
    content.is_some_and(|content: serde_json::Value| {
        content.get("seepage_version").is_some() && content.get("verdict").is_some()
    })
}

impl ScanParameters {
    /// Those of the scan whose report lies in the directory `report`.
    ///
    /// # Errors
    /// There is no summary, or it is that of a scan that has not come to its end.
    pub fn read(report: &Path) -> Result<Self, ReportError> {
        #[derive(Deserialize)]
        struct SummaryFile {
            #[serde(default)]
            running: bool,
            parameters: Option<ScanParameters>,
        }
        let path = report.join(SUMMARY);
        let read = fs::read(&path).map_err(ReportError::io(&path))?;
        let read = serde_json::from_slice::<SummaryFile>(&read);
        match read.map_err(|error| ReportError::io(&path)(error.into()))? {
            SummaryFile { running: false, parameters: Some(parameters) } => Ok(parameters),
            _ => Err(ReportError::Running { path: report.to_owned() }),
        }
    }

    /// Of a scan with as many threads.
    ///
    /// # Errors
    /// A background that can no more be read.
    pub fn of(plan: &ScanPlan, threads: usize) -> Result<Self, BackgroundError> {
        let built_in = Background::built_in().digest();
        let mut backgrounds =
            vec![BackgroundUsed { file: "built in".to_owned(), digest: built_in }];
        for file in &plan.backgrounds {
            let digest = Background::read(file)?.digest();
            backgrounds.push(BackgroundUsed { file: file.display().to_string(), digest });
        }
        let name = |field: &Option<FieldPath>| field.as_ref().map(FieldPath::to_string);
        let names = |fields: &[FieldPath]| fields.iter().map(FieldPath::to_string).collect();
        Ok(Self {
            inputs: plan.inputs.iter().map(|path| path.display().to_string()).collect(),
            text_fields: names(&plan.read.text_fields),
            time_field: name(&plan.read.time_field),
            package_field: name(&plan.read.package_field),
            keep_fields: names(&plan.read.keep_fields),
            respect_gitignore: plan.respect_gitignore,
            demote_widespread: plan.demote_at,
            skips_accepted: plan
                .skips_accepted
                .iter()
                .map(|reason| reason.name().to_owned())
                .collect(),
            record_len_max: plan.read.record_len_max,
            expansion_ratio_max: plan.read.expansion_max.ratio,
            backgrounds,
            tokenizer: plan.read.tokenizer_digest().map(str::to_owned),
            classes: plan.classes.clone(),
            resemblance: plan.resemblance.map(ResemblanceMin::get),
            fast: plan.pace == Pace::Fast,
            threads,
        })
    }
}

impl Summary {
    /// Of a scan that came to its end.
    pub fn new(scan: &ScanSummary, description: &RunDescription) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            seepage_version: env!("CARGO_PKG_VERSION"),
            run: RunRecord {
                command: description.command.clone(),
                started: moment(description.started),
                ended: moment(SystemTime::now()),
                machine: description.machine.clone(),
            },
            verdict: scan.verdict().name(),
            exit_code: scan.exit_code(description.exit_zero),
            complete: scan.is_complete(),
            running: false,
            shards: Shards::of(scan),
            records: Records::of(scan),
            text_bytes: scan.text_bytes,
            bytes_not_text: scan.bytes_not_text,
            bytes_on_disk: scan.bytes_on_disk,
            findings: Tier::ALL
                .iter()
                .map(|tier| (tier.name(), scan.findings.get(tier).copied().unwrap_or(0)))
                .collect(),
            findings_by_tool: scan.tools.clone(),
            findings_by_model: scan.models.clone(),
            findings_by_session: scan.sessions.clone(),
            findings_by_class: scan.classes.clone(),
            findings_predating: scan.findings_predating,
            findings_older: scan.findings_older,
            findings_demoted: scan.findings_demoted,
            records_judged: scan.records_judged,
            bytes_judged: scan.bytes_judged,
            seconds: scan.seconds,
            text_bytes_per_second: if scan.seconds > 0.0 {
                scan.text_bytes as f64 / scan.seconds
            } else {
                0.0
            },
            text_fields: scan.text_fields.clone(),
            fields_left: scan.fields_left.clone(),
            fields_missing: scan.fields_missing.clone(),
            git_left_out: scan.git_left_out,
            formats: scan.formats.clone(),
            index: description.index.clone(),
            parameters: description.parameters.clone(),
        }
    }
}

/// A time of this machine's clock.
fn moment(time: SystemTime) -> Option<String> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    rfc3339_utc(i64::try_from(since.as_millis()).ok()?)
}

impl Shards {
    fn of(scan: &ScanSummary) -> Self {
        let failed = |shard: &seepage_engine::FailedShard| Failed {
            shard: shard.shard.clone(),
            why: shard.why.clone(),
        };
        Self {
            read: scan.shards_read,
            skipped: scan.shards_skipped,
            unread: scan.shards_unread,
            failed: scan.shards_failed.iter().map(failed).collect(),
        }
    }
}

impl Records {
    fn of(scan: &ScanSummary) -> Self {
        let skipped = |row: &seepage_engine::SkippedRow| Skipped {
            shard: row.shard.to_string(),
            row: row.row,
            reason: row.reason.name(),
        };
        Self {
            read: scan.records_read,
            in_part: scan
                .records_in_part
                .iter()
                .map(|(reason, &count)| (reason.name(), count))
                .collect(),
            textless: scan.records_textless,
            repaired: scan.records_repaired,
            flagged: scan.records_flagged,
            undated: scan.records_undated,
            skipped: scan
                .records_skipped
                .iter()
                .map(|(reason, &count)| (reason.name(), count))
                .collect(),
            skipped_first: scan.skipped_first.iter().map(skipped).collect(),
        }
    }
}
