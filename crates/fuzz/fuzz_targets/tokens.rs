//! Tokenised shards, with the files beside them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_tokens;

fuzz_target!(|edits: &[u8]| read_tokens(edits));
