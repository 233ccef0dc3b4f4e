//! Logs of AI coding tools.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_log;

fuzz_target!(|bytes: &[u8]| read_log(bytes));
