//! The flags of every job that takes long: how it works, and how it is watched.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::job::memory::{default_memory, parse_memory};

#[derive(Clone, Debug, Args)]
pub(crate) struct WorkArguments {
    /// Threads [default: one a core]
    #[arg(long, env = "SEEPAGE_THREADS", hide_env_values = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Show progress on stderr: a bar on a terminal, a line every few seconds elsewhere
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
    /// Keep this file up to date with the job's counters, for Prometheus (a text file, replaced whole every 10 seconds)
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// Append what happens to this file, a line each; `-` is stderr
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// How the lines of `--log` look
    #[arg(long, value_enum, default_value_t = LogFormat::Text, requires = "log")]
    pub(crate) log_format: LogFormat,
    /// How much goes into `--log`: `info` has the job and its failures, `debug` every shard and log file
    #[arg(long, value_enum, default_value_t = LogLevel::Info, requires = "log")]
    pub(crate) log_level: LogLevel,
}

impl WorkArguments {
    /// The number of threads; 0 stands for one a core.
    pub(crate) fn threads(&self) -> usize {
        self.threads.map_or(0, usize::from)
    }
}

/// The flag of every job whose memory would grow with what it reads.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct MemoryArguments {
    /// Work in so much memory, e.g. `2G` (64M at least); what is more waits on the disk, beside the output [default: a
    /// quarter of what this machine has, or of what its control group allows]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    memory: Option<usize>,
}

impl MemoryArguments {
    pub(crate) fn bytes(self) -> usize {
        self.memory.unwrap_or_else(default_memory)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// Unless the job is short and nobody watches
    Auto,
    /// At least one line
    Always,
    /// Nothing
    Never,
    /// An object a line, for programs; the last one says that the job is done
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// What failed
    Warn,
    /// The job, and what failed
    Info,
    /// Every shard and log file, too
    Debug,
}
