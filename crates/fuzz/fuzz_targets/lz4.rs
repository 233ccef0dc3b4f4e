//! Frames of lz4.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_shard;

fuzz_target!(|bytes: &[u8]| read_shard(".jsonl.lz4", b"\x04\x22\x4d\x18", bytes));
