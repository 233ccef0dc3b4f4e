//! Tokenised shards, each with the files beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use seepage_shards::{Detokenizer, ReadOptions};

use crate::sets::{Member, edit, write};

/// Tokens and what lies beside them, of both kinds.
const NAMES: [&str; 5] = [
    "megatron.bin",
    "megatron.idx",
    "shard_00000_unshuffled.ds",
    "shard_00000_unshuffled.ds.index",
    "shard_00000_unshuffled.ds.metadata",
];

/// Reads the shards of the fixtures after these edits.
pub fn read_tokens(edits: &[u8]) {
    static GOOD: OnceLock<(Vec<Member>, Arc<Detokenizer>)> = OnceLock::new();
    let (good, detokenizer) = GOOD.get_or_init(|| {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tokens");
        let members = NAMES.map(|name| Member {
            path: PathBuf::from(name),
            content: fs::read(fixtures.join(name)).expect("the fixtures are there"),
        });
        let detokenizer = Detokenizer::open(&fixtures.join("tokenizer.json"));
        let detokenizer = detokenizer.expect("the fixture is a tokenizer");
        (members.to_vec(), Arc::new(detokenizer))
    });
    let mut members = good.clone();
    edit(&mut members, edits);
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    write(&members, directory.path());
    for record_len_max in [1 << 20, 100] {
        let options = ReadOptions {
            detokenizer: Some(Arc::clone(detokenizer)),
            record_len_max,
            block_len: 1 << 10,
            ..ReadOptions::default()
        };
        for name in NAMES {
            crate::tell_of_panic(|| {
                drop(crate::read_whole(&directory.path().join(name), &options))
            });
        }
    }
}
