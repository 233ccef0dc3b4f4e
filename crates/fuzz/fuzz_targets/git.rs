//! Git repositories.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_repository;

fuzz_target!(|edits: &[u8]| read_repository(edits));
