//! Arrow IPC, as a file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_shard;

fuzz_target!(|bytes: &[u8]| read_shard(".arrow", b"ARROW1\0\0", bytes));
