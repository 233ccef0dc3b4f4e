//! Asking a scan to end before it is through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A flag that anyone may raise, a signal too, and that the workers of a scan look at between records.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// What a signal sets: to its own number, or to any other but 0.
    pub fn flag(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.0)
    }

    /// What the flag was set to; `None` where nobody asked.
    pub fn asked(&self) -> Option<usize> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal),
        }
    }
}
