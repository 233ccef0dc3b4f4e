//! How far a job is: a bar on a terminal, a line every few seconds elsewhere, on stderr.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seepage_engine::Progress;

use crate::job::args::{ProgressMode, WorkArguments};
use crate::job::metrics::Metrics;
use crate::job::snapshot::{Job, Snapshot};

const BAR_EVERY: Duration = Duration::from_millis(100);
/// A job shorter than this prints no line where stderr is no terminal.
const LINE_FIRST: Duration = Duration::from_secs(1);
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Does the job, and shows how far it is meanwhile.
pub(crate) fn watch<T>(work: &WorkArguments, job: Job, doing: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    let started = Instant::now();
    let snapshot = || Snapshot::of(&progress, started.elapsed());
    let metrics = work.metrics.as_deref().map(|path| Metrics::new(path, job));
    thread::scope(|scope| {
        let is_shown = work.progress != ProgressMode::Never;
        let showing = is_shown
            .then(|| spawn(scope, "progress", |stop| show(work.progress, job, &snapshot, stop)));
        let measuring = metrics.as_ref().map(|metrics| {
            spawn(scope, "metrics", |stop| {
                metrics.keep_up(&snapshot, |wait| is_working_after(stop, wait));
            })
        });
        let result = doing(&progress);
        drop((showing, measuring));
        result
    })
}

/// Starts a thread that runs `watcher` until the sender that is returned is dropped. If no thread can be started, the job
/// runs unwatched.
fn spawn<'s>(
    scope: &'s Scope<'s, '_>,
    name: &str,
    watcher: impl FnOnce(&Receiver<()>) + Send + 's,
) -> Sender<()> {
    let (working, stop) = channel();
    let _ =
        thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, move || watcher(&stop));
    working
}

/// Shows progress on stderr until the work is done.
fn show(mode: ProgressMode, job: Job, snapshot: &impl Fn() -> Snapshot, stop: &Receiver<()>) {
    let line = |snapshot: Snapshot, _| format!("seepage: {}", snapshot.line(job));
    match mode {
        ProgressMode::Never => {}
        ProgressMode::Json => {
            write_lines(snapshot, stop, true, |snapshot, done| snapshot.json(job, done));
        }
        _ if std::io::stderr().is_terminal() => draw_bar(job, snapshot, stop),
        ProgressMode::Auto => write_lines(snapshot, stop, false, line),
        ProgressMode::Always => write_lines(snapshot, stop, true, line),
    }
}

/// Waits, and returns `false` when the work is done or has panicked.
fn is_working_after(stop: &Receiver<()>, wait: Duration) -> bool {
    stop.recv_timeout(wait) == Err(RecvTimeoutError::Timeout)
}

fn draw_bar(job: Job, snapshot: &impl Fn() -> Snapshot, stop: &Receiver<()>) {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {wide_msg}") {
        bar.set_style(style.progress_chars("━╸ "));
    }
    while is_working_after(stop, BAR_EVERY) {
        let snapshot = snapshot();
        bar.set_length(snapshot.bytes_total);
        bar.set_position(snapshot.bytes_done);
        bar.set_message(snapshot.line(job));
    }
    bar.finish_and_clear();
}

/// Writes a line after a second, then every few seconds, and with `last` one at the end.
fn write_lines(
    snapshot: &impl Fn() -> Snapshot,
    stop: &Receiver<()>,
    last: bool,
    line: impl Fn(Snapshot, bool) -> String,
) {
    let mut wait = LINE_FIRST;
    let write = |done| {
        // A closed stderr is no reason to stop the work.
        let _ = writeln!(std::io::stderr(), "{}", line(snapshot(), done));
    };
    while is_working_after(stop, wait) {
        write(false);
        wait = LINE_EVERY;
    }
    if last {
        write(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::args::{LogFormat, LogLevel};

    #[test]
    fn the_watcher_ends_with_the_work_and_gives_its_result() {
        let started = Instant::now();
        for mode in [ProgressMode::Auto, ProgressMode::Never] {
            let work = WorkArguments {
                threads: None,
                progress: mode,
                metrics: None,
                log: None,
                log_format: LogFormat::Text,
                log_level: LogLevel::Info,
            };
            assert_eq!(watch(&work, Job::Scan, |_| 7), 7);
        }
        assert!(started.elapsed() < LINE_FIRST, "a short job does not wait for its watcher");
    }
}
