//! The counters of a job at one moment, as a line for people and as an object for programs.

use std::time::Duration;

use seepage_engine::Progress;
use serde_json::json;

use crate::screen::quantity;

/// A kind of job; it decides what the line counts besides bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Files.
    Build,
    /// Records.
    Scan,
}

impl Job {
    /// The name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Scan => "scan",
        }
    }
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    pub(crate) bytes_total: u64,
    pub(crate) bytes_done: u64,
    pub(crate) files_total: u64,
    pub(crate) files_done: u64,
    pub(crate) files_failed: u64,
    pub(crate) records_done: u64,
    pub(crate) records_skipped: u64,
    pub(crate) records_flagged: u64,
    pub(crate) findings: u64,
    pub(crate) text_bytes_done: u64,
    pub(crate) elapsed: Duration,
}

impl Snapshot {
    pub(crate) fn of(progress: &Progress, elapsed: Duration) -> Self {
        Self {
            bytes_total: progress.bytes_total(),
            bytes_done: progress.bytes_done(),
            files_total: progress.files_total(),
            files_done: progress.files_done(),
            files_failed: progress.files_failed(),
            records_done: progress.records_done(),
            records_skipped: progress.records_skipped(),
            records_flagged: progress.records_flagged(),
            findings: progress.findings(),
            text_bytes_done: progress.text_bytes_done(),
            elapsed,
        }
    }

    /// `41 % · 3.1 of 7.6 GB · 1.2 M records · 212 flagged · 410 MB/s · 11 s left`
    pub(crate) fn line(&self, job: Job) -> String {
        if self.bytes_total == 0 {
            return "listing files".to_owned();
        }
        let done = self.done();
        let mut parts = vec![
            quantity::percent(done, self.bytes_total),
            quantity::bytes_of(done, self.bytes_total),
        ];
        match job {
            Job::Build => parts.push(format!(
                "{} of {} files",
                quantity::count(self.files_done),
                quantity::count(self.files_total)
            )),
            Job::Scan => {
                parts.push(format!("{} records", quantity::count_short(self.records_done)));
                parts.push(format!("{} flagged", quantity::count(self.records_flagged)));
            }
        }
        parts.extend(quantity::bytes_per_second(done, self.elapsed.as_secs_f64()));
        if let Some(left) = self.seconds_left() {
            parts.push(format!("{} left", quantity::seconds(left.ceil())));
        }
        if self.files_failed > 0 {
            parts.push(format!("{} failed", quantity::count(self.files_failed)));
        }
        parts.join(" · ")
    }

    /// One object; `done`: the job has come to its end.
    pub(crate) fn json(&self, job: Job, done: bool) -> String {
        let elapsed = self.elapsed.as_secs_f64();
        json!({
            "event": "progress",
            "job": job.name(),
            "done": done,
            "elapsed_seconds": elapsed,
            "bytes_total": self.bytes_total,
            "bytes_done": self.bytes_done,
            "bytes_per_second": (elapsed > 0.0).then(|| self.bytes_done as f64 / elapsed),
            "seconds_left": if done { Some(0.0) } else { self.seconds_left() },
            "files_total": self.files_total,
            "files_done": self.files_done,
            "files_failed": self.files_failed,
            "records_done": self.records_done,
            "records_skipped": self.records_skipped,
            "records_flagged": self.records_flagged,
            "findings": self.findings,
            "text_bytes_done": self.text_bytes_done,
        })
        .to_string()
    }

    /// A file that grows meanwhile must not show more than all of it.
    fn done(&self) -> u64 {
        self.bytes_done.min(self.bytes_total)
    }

    /// The time that what is left takes at the pace so far. `None` before the first byte and after the last.
    fn seconds_left(&self) -> Option<f64> {
        let done = self.done();
        let left = (self.bytes_total - done) as f64;
        (done > 0 && left > 0.0).then(|| self.elapsed.as_secs_f64() * left / done as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(bytes_done: u64, bytes_total: u64) -> Snapshot {
        Snapshot {
            bytes_total,
            bytes_done,
            files_total: 31,
            files_done: 12,
            files_failed: 0,
            records_done: 1_234_567,
            records_skipped: 3,
            records_flagged: 1212,
            findings: 1300,
            text_bytes_done: 9_000_000,
            elapsed: Duration::from_secs(8),
        }
    }

    #[track_caller]
    fn check(job: Job, bytes_done: u64, bytes_total: u64, expected: &str) {
        assert_eq!(snapshot(bytes_done, bytes_total).line(job), expected);
    }

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        check(
            Job::Scan,
            3_280_000_000,
            8_000_000_000,
            "41 % · 3.3 of 8.0 GB · 1.2 M records · 1,212 flagged · 410 MB/s · 12 s left",
        );
        check(
            Job::Build,
            5_000_000,
            10_000_000,
            "50 % · 5.0 of 10.0 MB · 12 of 31 files · 625 kB/s · 8.0 s left",
        );
    }

    #[test]
    fn nothing_is_promised_before_the_first_byte_and_after_the_last() {
        check(Job::Scan, 0, 0, "listing files");
        check(Job::Scan, 0, 1000, "0 % · 0.0 of 1.0 kB · 1.2 M records · 1,212 flagged · 0 B/s");
        check(Job::Build, 2000, 1000, "100 % · 1.0 of 1.0 kB · 12 of 31 files · 125 B/s");
    }

    #[test]
    fn files_that_failed_are_told_while_the_job_runs() {
        let failed = Snapshot { files_failed: 2, ..snapshot(1000, 1000) };
        assert!(failed.line(Job::Scan).ends_with(" · 2 failed"));
    }

    #[test]
    fn an_object_has_every_counter_and_how_long_it_will_take() {
        let object = |bytes_done, done| {
            let line = snapshot(bytes_done, 8000).json(Job::Scan, done);
            assert!(!line.contains('\n'), "{line}");
            serde_json::from_str::<serde_json::Value>(&line).unwrap()
        };
        let half = object(4000, false);
        for (key, expected) in [
            ("event", json!("progress")),
            ("job", json!("scan")),
            ("done", json!(false)),
            ("elapsed_seconds", json!(8.0)),
            ("bytes_total", json!(8000)),
            ("bytes_done", json!(4000)),
            ("bytes_per_second", json!(500.0)),
            ("seconds_left", json!(8.0)),
            ("files_total", json!(31)),
            ("files_done", json!(12)),
            ("files_failed", json!(0)),
            ("records_done", json!(1_234_567)),
            ("records_skipped", json!(3)),
            ("records_flagged", json!(1212)),
            ("findings", json!(1300)),
            ("text_bytes_done", json!(9_000_000)),
        ] {
            assert_eq!(half[key], expected, "{key}");
        }
        assert_eq!(object(0, false)["seconds_left"], json!(null));
        assert_eq!(object(8000, true)["seconds_left"], json!(0.0));
    }
}
