//! Signals that ask a scan to stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use seepage_engine::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::screen::failure::Failure;

/// From now on, SIGTERM, SIGINT and, where there is one, SIGUSR1 raise `stop`. A second SIGINT ends the program at once.
pub(crate) fn raise(stop: &Stop) -> Result<(), Failure> {
    register(stop).map_err(|error| Failure::new(format!("signals cannot be waited for: {error}")))
}

fn register(stop: &Stop) -> io::Result<()> {
    let interrupted = Arc::new(AtomicBool::new(false));
    // The first is in front of what raises its condition, so it acts on the next signal.
    flag::register_conditional_default(SIGINT, Arc::clone(&interrupted))?;
    flag::register(SIGINT, interrupted)?;
    for signal in signals() {
        flag::register_usize(signal, stop.flag(), signal as usize)?;
    }
    Ok(())
}

#[cfg(unix)]
fn signals() -> [i32; 3] {
    [SIGINT, SIGTERM, signal_hook::consts::SIGUSR1]
}

#[cfg(not(unix))]
fn signals() -> [i32; 2] {
    [SIGINT, SIGTERM]
}

/// The name of the signal that asked to stop.
pub(crate) fn name(signal: usize) -> String {
    let is = |other: i32| signal == other as usize;
    match signal {
        _ if is(SIGINT) => "SIGINT".to_owned(),
        _ if is(SIGTERM) => "SIGTERM".to_owned(),
        #[cfg(unix)]
        _ if is(signal_hook::consts::SIGUSR1) => "SIGUSR1".to_owned(),
        other => format!("signal {other}"),
    }
}
