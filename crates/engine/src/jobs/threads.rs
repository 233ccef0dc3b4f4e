//! The threads of a job.

use std::fmt;

/// The operating system gave no threads.
#[derive(Debug)]
pub struct ThreadsError(rayon::ThreadPoolBuildError);

impl fmt::Display for ThreadsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "threads could not be started: {}", self.0)
    }
}

impl std::error::Error for ThreadsError {}

/// A pool of `count` threads; 0 is one a core.
pub(crate) fn pool(count: usize) -> Result<rayon::ThreadPool, ThreadsError> {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().map_err(ThreadsError)
}
