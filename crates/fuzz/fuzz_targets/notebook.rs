//! Jupyter notebooks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seepage_fuzz::read_shard;

fuzz_target!(|bytes: &[u8]| read_shard(".ipynb", b"{", bytes));
