//! How far a job is: a bar on a terminal, a line every few seconds elsewhere, on stderr.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seepage_engine::Progress;

use crate::args::ProgressMode;
use crate::quantity;

const BAR_EVERY: Duration = Duration::from_millis(100);
/// Short jobs say nothing where no person watches.
const LINE_FIRST: Duration = Duration::from_secs(1);
const LINE_EVERY: Duration = Duration::from_secs(5);

/// What a job counts besides bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Files.
    Build,
    /// Records.
    Scan,
}

/// Does `work`, and shows how far it is meanwhile.
pub(crate) fn watch<T>(
    mode: ProgressMode,
    job: Job,
    progress: &Progress,
    work: impl FnOnce() -> T,
) -> T {
    let bar = std::io::stderr().is_terminal();
    let shown = mode != ProgressMode::Never;
    thread::scope(|scope| {
        let (working, stop) = channel::<()>();
        if shown {
            // Without a thread for it, the job runs unwatched.
            let _ = thread::Builder::new()
                .name("progress".to_owned())
                .spawn_scoped(scope, move || {
                    if bar {
                        draw_bar(job, progress, &stop);
                    } else {
                        write_lines(job, progress, &stop, mode == ProgressMode::Always);
                    }
                });
        }
        let result = work();
        drop(working);
        result
    })
}

/// Waits; `false` when the work is done, or has panicked.
fn is_working_after(stop: &Receiver<()>, wait: Duration) -> bool {
    stop.recv_timeout(wait) == Err(RecvTimeoutError::Timeout)
}

fn draw_bar(job: Job, progress: &Progress, stop: &Receiver<()>) {
    let started = Instant::now();
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {wide_msg}") {
        bar.set_style(style.progress_chars("━╸ "));
    }
    while is_working_after(stop, BAR_EVERY) {
        let state = State::of(progress, started.elapsed());
        bar.set_length(state.bytes_total);
        bar.set_position(state.bytes_done);
        bar.set_message(state.line(job));
    }
    bar.finish_and_clear();
}

fn write_lines(job: Job, progress: &Progress, stop: &Receiver<()>, always: bool) {
    let started = Instant::now();
    let mut wait = LINE_FIRST;
    let line = || {
        // Nobody reads it any more: no reason to stop the work.
        let _ = writeln!(
            std::io::stderr(),
            "seepage: {}",
            State::of(progress, started.elapsed()).line(job)
        );
    };
    while is_working_after(stop, wait) {
        line();
        wait = LINE_EVERY;
    }
    if always {
        line();
    }
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug)]
struct State {
    bytes_total: u64,
    bytes_done: u64,
    files_total: u64,
    files_done: u64,
    records_done: u64,
    records_flagged: u64,
    elapsed: Duration,
}

impl State {
    fn of(progress: &Progress, elapsed: Duration) -> Self {
        Self {
            bytes_total: progress.bytes_total(),
            bytes_done: progress.bytes_done(),
            files_total: progress.files_total(),
            files_done: progress.files_done(),
            records_done: progress.records_done(),
            records_flagged: progress.records_flagged(),
            elapsed,
        }
    }

    /// `41 % · 3.1 of 7.6 GB · 1.2 M records · 212 flagged · 410 MB/s · 11 s left`
    fn line(&self, job: Job) -> String {
        if self.bytes_total == 0 {
            return "listing files".to_owned();
        }
        // A file that grows meanwhile must not show more than all of it.
        let done = self.bytes_done.min(self.bytes_total);
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
                parts.push(format!(
                    "{} records",
                    quantity::count_short(self.records_done)
                ));
                parts.push(format!("{} flagged", quantity::count(self.records_flagged)));
            }
        }
        let elapsed = self.elapsed.as_secs_f64();
        parts.extend(quantity::bytes_per_second(done, elapsed));
        if done > 0 && done < self.bytes_total {
            let left = elapsed * (self.bytes_total - done) as f64 / done as f64;
            parts.push(format!("{} left", quantity::seconds(left.ceil())));
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(job: Job, bytes_done: u64, bytes_total: u64, expected: &str) {
        let state = State {
            bytes_total,
            bytes_done,
            files_total: 31,
            files_done: 12,
            records_done: 1_234_567,
            records_flagged: 1212,
            elapsed: Duration::from_secs(8),
        };
        assert_eq!(state.line(job), expected);
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
        check(
            Job::Scan,
            0,
            1000,
            "0 % · 0.0 of 1.0 kB · 1.2 M records · 1,212 flagged · 0 B/s",
        );
        check(
            Job::Build,
            2000,
            1000,
            "100 % · 1.0 of 1.0 kB · 12 of 31 files · 125 B/s",
        );
    }

    #[test]
    fn the_watcher_ends_with_the_work_and_gives_its_result() {
        let progress = Progress::default();
        let started = Instant::now();
        assert_eq!(watch(ProgressMode::Auto, Job::Scan, &progress, || 7), 7);
        assert_eq!(watch(ProgressMode::Never, Job::Scan, &progress, || 8), 8);
        assert!(
            started.elapsed() < LINE_FIRST,
            "a short job does not wait for its watcher"
        );
    }
}
