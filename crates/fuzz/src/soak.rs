//! Changes the fixtures by chance and reads them, for so many seconds each: `soak SECONDS [NAME]`.
//!
//! A panic ends it, with the bytes that did it in a file; so does nothing else, so watch that the count grows.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use seepage_fuzz::read_shard;

/// Long seeds are slow.
const SEED_LEN_MAX: u64 = 64 << 10;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
    let wanted = arguments.next().unwrap_or_default();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shards");
    let mut seeds = vec![];
    gather(&fixtures, &mut seeds);
    seeds.sort();
    let contents: Vec<Vec<u8>> = seeds.iter().flat_map(std::fs::read).collect();
    for (path, seed) in seeds.iter().zip(&contents) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !path.to_string_lossy().contains(&wanted) {
            continue;
        }
        let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(60));
        let mut random = Random(name.bytes().fold(1, |state: u64, byte| {
            state.wrapping_mul(31) ^ u64::from(byte)
        }));
        let mut runs = 0_u64;
        while Instant::now() < until {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(4) {
                change(&mut bytes, &contents, &mut random);
            }
            let read = catch_unwind(AssertUnwindSafe(|| {
                read_shard(&format!("-{name}"), b"", &bytes)
            }));
            if read.is_err() {
                let kept = std::env::temp_dir().join(format!("soak-{runs}-{name}"));
                println!("{name}: panic in run {runs}, see {}", kept.display());
                let _ = std::fs::write(kept, &bytes);
                return ExitCode::FAILURE;
            }
            runs += 1;
        }
        println!("{}: {runs} runs", path.display());
    }
    ExitCode::SUCCESS
}

fn gather(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else if entry
            .metadata()
            .is_ok_and(|metadata| metadata.len() <= SEED_LEN_MAX)
        {
            files.push(path);
        }
    }
}

/// One change as files suffer them, or as somebody makes who means harm.
fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    const NUMBERS: [u64; 8] = [
        0,
        1,
        0x7f,
        0xff,
        0x7fff_ffff,
        0xffff_ffff,
        i64::MAX as u64,
        u64::MAX,
    ];
    if bytes.is_empty() {
        bytes.push(0);
    }
    let at = random.below(bytes.len());
    match random.below(7) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.next() as u8,
        2 => bytes.truncate(at),
        3 => {
            let number = NUMBERS[random.below(NUMBERS.len())].to_le_bytes();
            let len = [1, 2, 4, 8][random.below(4)].min(bytes.len() - at);
            bytes[at..at + len].copy_from_slice(&number[..len]);
        }
        4 => {
            let end = at + random.below(64).min(bytes.len() - at);
            bytes.drain(at..end);
        }
        5 => {
            let end = at + random.below(256).min(bytes.len() - at);
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            let other = &others[random.below(others.len())];
            let from = random.below(other.len().max(1));
            let end = from + random.below(256).min(other.len() - from);
            bytes.splice(at..at, other[from..end].iter().copied());
        }
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}
