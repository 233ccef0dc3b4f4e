//! Which anchors of a text a scan looks up.
//!
//! An index holds all anchors of its passages, so a scan need not select by the same rule: it is enough that it gives,
//! of each run that a text shares with a passage, a k-gram that the passage selects too. The smallest of any
//! `window_len` neighbouring k-grams is an anchor, whatever stands around them. So a scan takes windows from a grid, one
//! every `step` k-grams of the text, and of each the first of the smallest.
//!
//! Windows of `w` at steps of `w` give one k-gram in `w`, and one of each run of `k + 2w - 2` kept bytes. Sliding windows
//! of `2w` promise one byte less for as many anchors, and cost passes of minima and of maxima over all bytes.

use crate::arch::{Backend, scalar};
use crate::kgrams::{GRANULE_LEN, HASHED_LEN, MARGIN, SelectScratch, Windows};
use crate::scheme::Scheme;

/// A scheme, and how far apart the windows are in which a scan looks for its anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    // Invariant: step is a power of two, GRANULE_LEN at least and the scheme's window_len at most.
    scheme: Scheme,
    step: u32,
}

impl Grid {
    /// Windows of `scheme` every `step` k-grams; both are made as large as a granule, and a step as small as a window.
    ///
    /// # Panics
    /// If `step` is no power of two.
    #[must_use]
    pub fn new(scheme: &Scheme, step: u32) -> Self {
        assert!(step.is_power_of_two(), "windows divide each other, and {step} divides none");
        let scheme = scheme.of_window_at_least(GRANULE_LEN as u32);
        Self { scheme, step: step.clamp(GRANULE_LEN as u32, scheme.window_len()) }
    }

    /// The stream, the k-grams and the windows.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Kept bytes that a text and a passage must share for the grid to give an anchor of both, wherever they stand, unless
    /// they repeat one byte throughout.
    pub fn guarantee_len(&self) -> u32 {
        // A window that begins in the first `step` k-grams lies in the run.
        self.scheme.guarantee_len() + self.step - 1
    }
}

/// K-grams in which windows are looked at at once: their offsets fit the lower three bytes of a number.
const SLAB_LEN: usize = 1 << 20;

/// Appends to `positions` the offsets of the smallest k-grams of `kept` in the windows that begin at 0 and at each step,
/// ascending and each once, and returns where the first window begins that was not looked at.
///
/// Unless `is_end` says that the text ends with `kept`, windows near the end are left: the bytes from there on are to be
/// given again, with what follows. At the end of the text windows that hang over it are looked at too.
///
/// # Panics
/// If `kept` is 4 GiB or longer.
pub fn select_on_grid(
    backend: Backend,
    grid: &Grid,
    kept: &[u8],
    is_end: bool,
    scratch: &mut SelectScratch,
    positions: &mut Vec<u32>,
) -> usize {
    assert!(
        u32::try_from(kept.len()).is_ok(),
        "a stream of {} bytes; offsets are 32 bits wide",
        kept.len()
    );
    let from = positions.len();
    let behind = grid.scheme.kgram_len() as usize - 1;
    if !is_end {
        let kgrams = kept.len().saturating_sub(behind.max(MARGIN));
        let next = grid.select(backend, kept, kgrams, scratch, positions);
        grid.once_each(positions, from);
        return next;
    }
    let kgrams = kept.len().saturating_sub(behind);
    let mut tail = std::mem::take(&mut scratch.tail);
    tail.clear();
    tail.extend_from_slice(kept);
    tail.resize(kept.len() + MARGIN, 0);
    let next = grid.select(backend, &tail, kgrams, scratch, positions);
    scratch.tail = tail;
    if next < kgrams {
        // A k-gram is longer than HASHED_LEN, so that the hash behind the last one lies in the text as well.
        let rest = &kept[next..kgrams + HASHED_LEN];
        let step = grid.step as usize;
        scalar::select_hanging(rest, next as u32, step, scratch, positions);
    }
    grid.once_each(positions, from);
    kept.len()
}

impl Grid {
    /// Appends what the windows give that hold none but the first `kgrams` of `text`, and returns where the next begins.
    fn select(
        &self,
        backend: Backend,
        text: &[u8],
        kgrams: usize,
        scratch: &mut SelectScratch,
        positions: &mut Vec<u32>,
    ) -> usize {
        let (window_len, step) = (self.scheme.window_len() as usize, self.step as usize);
        let count = (kgrams + step).saturating_sub(window_len) / step;
        let of_slab = SLAB_LEN / step;
        for first in (0..count).step_by(of_slab) {
            let windows = Windows {
                text: &text[first * step..],
                offset: (first * step) as u32,
                count: of_slab.min(count - first),
                window_len,
                step,
            };
            backend.select_in_windows(&windows, scratch, positions);
        }
        count * step
    }

    /// Leaves one of those from `from` on that are the same: windows that overlap may share their smallest.
    fn once_each(&self, positions: &mut Vec<u32>, from: usize) {
        if self.step == self.scheme.window_len() {
            return;
        }
        let mut kept = from;
        let mut last = None;
        for at in from..positions.len() {
            let position = positions[at];
            positions[kept] = position;
            kept += usize::from(last != Some(position));
            last = Some(position);
        }
        positions.truncate(kept);
    }
}
