//! The kernels of each backend against their scalar twins.

use seepage_fingerprint::{
    Analyzer, Backend, Fingerprint, Normaliser, Pace, SelectScratch, fingerprints, select_on_grid,
};

use crate::clock::medians;
use crate::haystack::Haystack;
use crate::record::{BenchRecord, gigabytes};

/// Bytes of raw lines between two selections, as a scan has it.
const PIECE_LEN: usize = 8 << 10;

/// Raw lines that are gone through again and again: few enough to stay in the second-level cache, where a scan finds what was
/// just decoded. Gone through once, they would come from memory, which then is what is measured.
const HOT_LEN: usize = 1 << 20;

/// How often a run goes through them.
const HOT_TIMES: usize = 16;

/// How far the kernels go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    Normalise,
    Select,
    Fingerprint,
}

/// Both streams of `text`, piece by piece; returns what must be the same on every backend.
pub(crate) fn run(backend: Backend, text: &[u8], depth: Depth, buffers: &mut KernelBuffers) -> u64 {
    let grids = Analyzer::default().scan_grids(Pace::Thorough);
    let mut normaliser = Normaliser::default();
    let (mut offset, mut sum) = (0, 0_u64);
    while offset < text.len() {
        let [words, skeleton] = &mut buffers.kept;
        words.clear();
        skeleton.clear();
        let until = text.len().min(offset + PIECE_LEN);
        offset = normaliser.advance(backend, text, offset, until, words, skeleton);
        sum += (words.len() + 3 * skeleton.len()) as u64;
        if depth == Depth::Normalise {
            continue;
        }
        for (grid, kept) in grids.iter().zip(&buffers.kept) {
            let (select, positions) = (&mut buffers.select, &mut buffers.positions);
            let found = &mut buffers.found;
            positions.clear();
            select_on_grid(backend, grid, kept, false, select, positions);
            sum += positions.iter().map(|&at| u64::from(at)).sum::<u64>();
            if depth == Depth::Fingerprint {
                found.clear();
                fingerprints(backend, grid.scheme(), kept, positions, found);
                sum = found.iter().fold(sum, |sum, hash| sum.wrapping_add(hash.0));
            }
        }
    }
    sum
}

/// What one run uses over and over.
#[derive(Default)]
pub(crate) struct KernelBuffers {
    kept: [Vec<u8>; 2],
    select: SelectScratch,
    positions: Vec<u32>,
    found: Vec<Fingerprint>,
}

pub(crate) fn measure(haystack: &Haystack, record: &mut BenchRecord) {
    let text = &haystack.json_lines[..haystack.json_lines.len().min(HOT_LEN)];
    let run_hot = |backend, depth, buffers: &mut KernelBuffers, expected| {
        for _ in 0..HOT_TIMES {
            assert_eq!(run(backend, text, depth, buffers), expected);
        }
    };
    let len = (text.len() * HOT_TIMES) as u64;
    for depth in [Depth::Normalise, Depth::Select, Depth::Fingerprint] {
        let expected = run(Backend::SCALAR, text, depth, &mut KernelBuffers::default());
        for backend in Backend::available().filter(|&backend| backend != Backend::SCALAR) {
            let (mut of_twin, mut of_backend) =
                (KernelBuffers::default(), KernelBuffers::default());
            let mut twin = || run_hot(Backend::SCALAR, depth, &mut of_twin, expected);
            let mut fast = || run_hot(backend, depth, &mut of_backend, expected);
            let [twin, fast] = medians([&mut twin, &mut fast]).map(|took| took.processor);
            let what = match depth {
                Depth::Normalise => "normalise",
                Depth::Select => "normalise and select",
                Depth::Fingerprint => "normalise, select and hash",
            };
            record.add(
                format!("{what}, both streams, {}", backend.name()),
                format!("{:.2} GB/s", gigabytes(len, fast)),
                &format!("scalar, {:.2} GB/s", gigabytes(len, twin)),
                twin / fast,
            );
        }
    }
}
