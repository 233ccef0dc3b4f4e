//! A job's counters as a text file that Prometheus' node exporter collects.
//!
//! The format is the Prometheus text exposition format, version 0.0.4.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::job::snapshot::{Job, Snapshot};
use crate::screen::print::note;

const EVERY: Duration = Duration::from_secs(10);

/// The file of one job.
#[derive(Debug)]
pub(crate) struct Metrics {
    path: PathBuf,
    job: Job,
    /// The file could not be written, and the person was told. The job goes on.
    has_failed: AtomicBool,
}

impl Metrics {
    pub(crate) fn new(path: &Path, job: Job) -> Self {
        Self { path: path.to_owned(), job, has_failed: AtomicBool::new(false) }
    }

    /// Writes the file at once, every few seconds while `is_working_after` says that the job goes on, and once at its end.
    pub(crate) fn keep_up(
        &self,
        snapshot: &impl Fn() -> Snapshot,
        is_working_after: impl Fn(Duration) -> bool,
    ) {
        self.write(&snapshot(), true);
        while is_working_after(EVERY) {
            self.write(&snapshot(), true);
        }
        self.write(&snapshot(), false);
    }

    fn write(&self, snapshot: &Snapshot, is_running: bool) {
        let text = text(self.job, snapshot, is_running, SystemTime::now());
        if let Err(error) = replace(&self.path, &text)
            && !self.has_failed.swap(true, Ordering::Relaxed)
        {
            note(&format!("warning: metrics `{}` cannot be written: {error}", self.path.display()));
        }
    }
}

/// Replaces the file as a whole, so that a reader sees the old one or the new one. The reader may be another user. A device
/// or a pipe is not replaced.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other("what is there is no regular file"));
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, text)?;
    fs::rename(&partial, path)
}

fn text(job: Job, snapshot: &Snapshot, is_running: bool, now: SystemTime) -> String {
    let now = now.duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0.0, |since| since.as_secs_f64());
    let mut text = String::new();
    let mut add = |name: &str, kind: &str, help: &str, value: f64| {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "# HELP seepage_{name} {help}\n# TYPE seepage_{name} {kind}\nseepage_{name}{{job=\"{}\"}} {value}\n",
            job.name()
        );
    };
    for (name, help, value) in [
        ("read_bytes_total", "Bytes on disk read.", snapshot.bytes_done),
        ("files_done_total", "Files read or given up.", snapshot.files_done),
        ("files_failed_total", "Files that could not be read to their end.", snapshot.files_failed),
        ("records_read_total", "Records scanned.", snapshot.records_done),
        (
            "records_skipped_total",
            "Records not scanned, for a named reason.",
            snapshot.records_skipped,
        ),
        ("records_flagged_total", "Records that hold model output.", snapshot.records_flagged),
        ("findings_total", "Flagged findings.", snapshot.findings),
        ("text_bytes_total", "Bytes of text scanned, decoded.", snapshot.text_bytes_done),
    ] {
        add(name, "counter", help, value as f64);
    }
    for (name, help, value) in [
        ("input_bytes", "Bytes on disk to read.", snapshot.bytes_total as f64),
        ("input_files", "Files to read.", snapshot.files_total as f64),
        ("elapsed_seconds", "Since the job began.", snapshot.elapsed.as_secs_f64()),
        ("running", "1 while the job runs.", f64::from(u8::from(is_running))),
        ("updated_timestamp_seconds", "When this was written.", now),
    ] {
        add(name, "gauge", help, value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: Snapshot = Snapshot {
        bytes_total: 1 << 50,
        bytes_done: 3,
        files_total: 5,
        files_done: 4,
        files_failed: 1,
        records_done: 10,
        records_skipped: 2,
        records_flagged: 7,
        findings: 9,
        text_bytes_done: 1234,
        elapsed: Duration::from_millis(1500),
    };

    #[test]
    fn every_sample_has_its_help_its_type_and_its_job() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_001);
        let text = text(Job::Scan, &SNAPSHOT, true, now);
        let lines: Vec<&str> = text.lines().collect();
        for sample in lines.chunks(3) {
            let [help, kind, value] = sample else {
                panic!("{sample:?}");
            };
            let name = value.split('{').next().unwrap();
            assert!(help.starts_with(&format!("# HELP {name} ")), "{help}");
            let expected = if name.ends_with("_total") { "counter" } else { "gauge" };
            assert_eq!(*kind, format!("# TYPE {name} {expected}"));
        }
        for expected in [
            "seepage_input_bytes{job=\"scan\"} 1125899906842624",
            "seepage_files_failed_total{job=\"scan\"} 1",
            "seepage_findings_total{job=\"scan\"} 9",
            "seepage_elapsed_seconds{job=\"scan\"} 1.5",
            "seepage_running{job=\"scan\"} 1",
            "seepage_updated_timestamp_seconds{job=\"scan\"} 1764000001",
        ] {
            assert!(lines.contains(&expected), "{expected} in\n{text}");
        }
    }

    #[test]
    fn only_a_regular_file_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        assert!(replace(directory.path(), "text").is_err());
        #[cfg(unix)]
        {
            let link = directory.path().join("null");
            std::os::unix::fs::symlink("/dev/null", &link).unwrap();
            let error = replace(&link, "text").unwrap_err().to_string();
            assert_eq!(error, "what is there is no regular file");
            assert!(link.is_symlink());
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn the_file_ends_with_a_job_that_does_not_run_and_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("seepage.prom");
        let rounds = std::cell::Cell::new(2);
        Metrics::new(&path, Job::Build).keep_up(&|| SNAPSHOT, |_| {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains("seepage_running{job=\"build\"} 1\n"), "{text}");
            rounds.set(rounds.get() - 1);
            rounds.get() > 0
        });
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("seepage_running{job=\"build\"} 0\n"), "{text}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
