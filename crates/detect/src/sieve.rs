//! Looks for an index's fingerprints in long stretches of bytes: the first of all stages, and the one that sees nearly
//! all bytes of a corpus.
//!
//! Texts are fed one behind the other into one continuous stream, for what a short text costs to start and to end would
//! cost more than the text. A k-gram across the border of two texts stands in no passage but by chance. What comes out
//! is where to look closer, never a finding: a range of bytes around each fingerprint that the index holds.
//!
//! Nothing is parsed, and nothing is allocated once the buffers have grown. What binds it is, of each byte, the two
//! kernels, and of each anchor the hash of its k-gram and one access to the filter.

use std::ops::Range;

use seepage_fingerprint::{
    Analyzer, Backend, Fingerprint, Grid, Normaliser, Pace, SelectScratch, fingerprints, respell,
    select_on_grid,
};
use seepage_index::Index;

use crate::ranges::merge;

/// Bytes of text between two marks: how exactly a hit can be traced back to its text.
const PIECE_LEN: usize = 4 << 10;
/// Kept bytes of a stream that are worth a selection; few enough to stay in the first-level cache.
const RUN_LEN: usize = 8 << 10;
/// Anchors that are hashed before the memory for them is asked for: few, as the processor waits for some lines of memory
/// only and hashes meanwhile.
const HASHED_LEN: usize = 32;

/// Finds where in a long text fingerprints of an index stand. Each thread has its own.
///
/// A [`Detector`](crate::Detector) makes it, feeds it texts and ends the stream; then it can be asked.
#[derive(Debug)]
pub struct Sieve {
    backend: Backend,
    tracks: [Track; 2],
    buffers: SieveBuffers,
    marks: Vec<SieveMark>,
    /// The text that is fed, where it had to be respelt.
    respelt: Vec<u8>,
    /// Bytes fed since the last end.
    fed: u64,
    /// Where in the bytes fed before the last end a closer look is worth it: ascending and disjoint.
    pub(crate) suspects: Vec<Range<u64>>,
    /// Of `suspects`: those before lie behind what was asked about last.
    next: usize,
}

/// How far the streams had come when a number of bytes was fed.
#[derive(Clone, Copy, Debug)]
struct SieveMark {
    fed: u64,
    kept: [u64; 2],
}

/// What both streams use in turn.
#[derive(Debug, Default)]
struct SieveBuffers {
    select: SelectScratch,
    positions: Vec<u32>,
    passed: Vec<u32>,
}

/// One stream on its way to the filter.
#[derive(Debug)]
struct Track {
    grid: Grid,
    kept: Vec<u8>,
    /// Kept bytes that went before those in `kept`.
    gone: u64,
    /// Anchors that are hashed, and looked up when the next ones have been selected: memory takes that long.
    waiting: Vec<Fingerprint>,
    /// Their offsets in the stream.
    waiting_at: Vec<u64>,
    /// Passed the filter, and looked up for good once more have passed: so does this memory.
    passed: Vec<(u64, Fingerprint)>,
    hits: Vec<(u64, Fingerprint)>,
}

impl Sieve {
    /// A sieve for an index of this analyzer.
    pub(crate) fn new(analyzer: &Analyzer, pace: Pace) -> Self {
        Self {
            backend: Backend::current(),
            tracks: analyzer.scan_grids(pace).map(Track::new),
            buffers: SieveBuffers::default(),
            marks: vec![],
            respelt: vec![],
            fed: 0,
            suspects: vec![],
            next: 0,
        }
    }

    /// Takes the next text: a record, or many of them in their lines.
    pub(crate) fn feed(&mut self, index: &Index, text: &[u8]) {
        let mut respelt = std::mem::take(&mut self.respelt);
        let text = respell(text, &mut respelt);
        let mut normaliser = Normaliser::default();
        let mut offset = 0;
        while offset < text.len() {
            self.mark(offset);
            let until = text.len().min(offset + PIECE_LEN);
            let [words, skeleton] = &mut self.tracks;
            let (words, skeleton) = (&mut words.kept, &mut skeleton.kept);
            offset = normaliser.advance(self.backend, text, offset, until, words, skeleton);
            for track in &mut self.tracks {
                if track.kept.len() >= RUN_LEN {
                    track.run(self.backend, index, false, &mut self.buffers);
                }
            }
        }
        self.fed += text.len() as u64;
        self.respelt = respelt;
    }

    fn mark(&mut self, offset: usize) {
        self.marks.push(SieveMark {
            fed: self.fed + offset as u64,
            kept: self.tracks.each_ref().map(Track::len),
        });
    }

    /// Ends the stream. What was fed since the last end is suspect where fingerprints of the index stand that are not
    /// `common`.
    pub(crate) fn end(&mut self, index: &Index, common: &dyn Fn(Fingerprint) -> bool) {
        self.mark(0);
        self.suspects.clear();
        self.next = 0;
        for (place, track) in self.tracks.iter_mut().enumerate() {
            track.run(self.backend, index, true, &mut self.buffers);
            track.look_up(index, &mut self.buffers.passed);
            track.settle(index);
            let kgram_len = u64::from(track.grid.scheme().kgram_len());
            let found = track.hits.drain(..).filter(|&(_, hit)| !common(hit));
            let traced = found.map(|(at, _)| traced(&self.marks, place, at..at + kgram_len));
            self.suspects.extend(traced);
            track.clear();
        }
        self.marks.clear();
        self.fed = 0;
        merge(&mut self.suspects);
    }

    /// Whether there is anything to look at in what was ended last.
    pub fn is_empty(&self) -> bool {
        self.suspects.is_empty()
    }

    /// Whether there is something to look at in `stretch` of what was ended last, in bytes from its start. Stretches
    /// must ascend.
    pub fn is_suspect(&mut self, stretch: &Range<u64>) -> bool {
        while self.suspects.get(self.next).is_some_and(|suspect| suspect.end <= stretch.start) {
            self.next += 1;
        }
        let next = self.suspects.get(self.next);
        next.is_some_and(|suspect| suspect.start < stretch.end)
    }
}

/// The fed bytes that `kept` bytes of a stream come from, as far as the marks tell.
fn traced(marks: &[SieveMark], place: usize, kept: Range<u64>) -> Range<u64> {
    let first = marks.partition_point(|mark| mark.kept[place] <= kept.start);
    let end = marks.partition_point(|mark| mark.kept[place] < kept.end);
    // The last mark stands at the end of everything.
    marks[first.saturating_sub(1)].fed..marks[end.min(marks.len() - 1)].fed
}

impl Track {
    fn new(grid: Grid) -> Self {
        Self {
            grid,
            kept: vec![],
            gone: 0,
            waiting: vec![],
            waiting_at: vec![],
            passed: vec![],
            hits: vec![],
        }
    }

    /// Kept bytes so far.
    fn len(&self) -> u64 {
        self.gone + self.kept.len() as u64
    }

    fn clear(&mut self) {
        self.kept.clear();
        self.gone = 0;
    }

    /// Selects and hashes what is there, looks up what waits, and lets go of all that the next selection does not need.
    fn run(&mut self, backend: Backend, index: &Index, is_end: bool, buffers: &mut SieveBuffers) {
        let SieveBuffers { select, positions, passed } = buffers;
        positions.clear();
        let let_go = select_on_grid(backend, &self.grid, &self.kept, is_end, select, positions);
        self.look_up(index, passed);
        for some in positions.chunks(HASHED_LEN) {
            let from = self.waiting.len();
            let scheme = self.grid.scheme();
            fingerprints(backend, scheme, &self.kept, some, &mut self.waiting);
            index.prefetch(&self.waiting[from..]);
        }
        let at = |&position: &u32| self.gone + u64::from(position);
        self.waiting_at.extend(positions.iter().map(at));
        self.kept.copy_within(let_go.., 0);
        self.kept.truncate(self.kept.len() - let_go);
        self.gone += let_go as u64;
    }

    /// Looks up what waits in the filter, and what passed before in the table behind it.
    fn look_up(&mut self, index: &Index, passed: &mut Vec<u32>) {
        self.settle(index);
        passed.clear();
        index.sift(&self.waiting, passed);
        let anchor = |&at: &u32| (self.waiting_at[at as usize], self.waiting[at as usize]);
        self.passed.extend(passed.iter().map(anchor));
        self.waiting.clear();
        self.waiting_at.clear();
    }

    fn settle(&mut self, index: &Index) {
        let passed = self.passed.drain(..);
        self.hits.extend(passed.filter(|&(_, hit)| index.holds(hit)));
    }
}
