//! Frames of zstd.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_shard;

fuzz_target!(|bytes: &[u8]| read_shard(".jsonl.zst", b"\x28\xb5\x2f\xfd", bytes));
