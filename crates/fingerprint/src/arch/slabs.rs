//! Selecting anchors in whole-slice passes, for every instruction set that has byte lanes.
//!
//! A step makes `values[i]` of `values[i]` and `values[i + step]`, in place. Short steps go into one pass: the values
//! further on come from the vectors that follow, which are still in registers. The buffers of a slab fit the first-level
//! cache. What a pass makes of the bytes behind the end of the content is never looked at.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into one with the instruction set cannot use it"
)]

use super::lanes::{Hashes, Lanes, MASK_LEN};
use crate::kgrams::{SelectScratch, Slab, VOID};

/// What passes may read and write behind the end of the content: some vectors, and a step.
const MARGIN: usize = 8 * MASK_LEN;

/// Appends the offsets that are selected in a slab.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
pub(super) unsafe fn select<L: Lanes>(
    slab: &Slab,
    scratch: &mut SelectScratch,
    positions: &mut Vec<u32>,
) {
    // Values for all windows that hold a k-gram of the slab: those that begin `window_len - 1` before its first, and on.
    let values = slab.len + 2 * (slab.window_len - 1);
    let hashes = aligned(&mut scratch.hashes, values + MARGIN);
    let opened = aligned(&mut scratch.opened, values + MARGIN);
    // SAFETY: the caller's promise.
    unsafe {
        hash::<L>(slab, values, hashes);
        smallest_of_windows::<L>(hashes, opened, values, slab.window_len);
        largest_of_windows::<L>(opened, values - (slab.window_len - 1), slab.window_len);
        write_selected::<L>(slab, &hashes[slab.window_len - 1..], opened, positions);
    }
}

/// The first `len` bytes of `buffer` that begin where a vector of any width is aligned.
fn aligned(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len + MASK_LEN {
        buffer.resize(len + MASK_LEN, VOID);
    }
    // May be too large by the documentation, but never is.
    let start = buffer.as_ptr().align_offset(MASK_LEN).min(MASK_LEN);
    &mut buffer[start..start + len]
}

/// Writes the hashes of the k-grams to the start of `hashes`, with [`VOID`] where a window hangs over.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn hash<L: Lanes>(slab: &Slab, values: usize, hashes: &mut [u8]) {
    let own = &mut hashes[slab.void_before..];
    own[..slab.text.len()].copy_from_slice(slab.text);
    let len = values - slab.void_before - slab.void_behind;
    // SAFETY: the caller's promise.
    unsafe { hash_text::<L>(own, len) };
    hashes[..slab.void_before].fill(VOID);
    hashes[values - slab.void_behind..values].fill(VOID);
}

/// Replaces the first `len` bytes of a text by the hashes of the 16 from there, and a few more by anything.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn hash_text<L: Lanes>(values: &mut [u8], len: usize) {
    let end = len.next_multiple_of(L::LEN);
    assert!(end + Hashes::<L>::LAG * L::LEN < values.len());
    let values = values.as_mut_ptr();
    // SAFETY: the caller's promise, and `at + L::LEN <= end`. What is written over has been read already.
    unsafe {
        let mut hashes = Hashes::<L>::of(values);
        for at in (0..end).step_by(L::LEN) {
            hashes.next().write(values.add(at));
        }
    }
}

/// Writes to the start of `minima` the minima of `hashes[i..i + window_len]`, where of the first `len` there are so many.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn smallest_of_windows<L: Lanes>(
    hashes: &[u8],
    minima: &mut [u8],
    len: usize,
    window_len: usize,
) {
    if window_len < 32 {
        minima[..len].copy_from_slice(&hashes[..len]);
        // SAFETY: the caller's promise.
        unsafe { fold_from::<L, Smaller>(minima, len, 1, window_len) };
    } else {
        let end = fold_32_end::<L>(len - 31);
        assert!(end < hashes.len() && end <= minima.len());
        // SAFETY: the caller's promise, and the buffers are long enough.
        unsafe { fold_32::<L, Smaller>(hashes.as_ptr(), minima.as_mut_ptr(), end) };
        // SAFETY: the caller's promise.
        unsafe { fold_from::<L, Smaller>(minima, len - 31, 32, window_len) };
    }
}

/// Replaces `values[i]` by the maximum of `values[i..i + window_len]`, where of the first `len` there are so many.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn largest_of_windows<L: Lanes>(values: &mut [u8], len: usize, window_len: usize) {
    if window_len < 32 {
        // SAFETY: the caller's promise.
        unsafe { fold_from::<L, Larger>(values, len, 1, window_len) };
    } else {
        let end = fold_32_end::<L>(len - 31);
        assert!(end < values.len());
        let values_start = values.as_mut_ptr();
        // SAFETY: the caller's promise, and the buffer is long enough.
        unsafe { fold_32::<L, Larger>(values_start, values_start, end) };
        // SAFETY: the caller's promise.
        unsafe { fold_from::<L, Larger>(values, len - 31, 32, window_len) };
    }
}

/// From folds of `folded_len` neighbours, of which there are `len`, those of `window_len`, in place.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn fold_from<L: Lanes, F: Fold>(
    values: &mut [u8],
    len: usize,
    folded_len: usize,
    window_len: usize,
) {
    let (mut len, mut step) = (len, folded_len);
    while step < window_len {
        len -= step;
        // SAFETY: the caller's promise.
        unsafe { pass::<L, F>(values, len, step) };
        step *= 2;
    }
}

/// How many vectors the last one of `fold_32` is behind the first.
const FOLD_LAG: usize = 4;

/// How far [`fold_32`] has to go for its first `len` results.
fn fold_32_end<L: Lanes>(len: usize) -> usize {
    (len.div_ceil(L::LEN) + FOLD_LAG) * L::LEN
}

/// Writes the folds of `from[i..i + 32]` to `to[i]`, for `i` up to `FOLD_LAG` vectors before `end`.
///
/// The first step reads memory, the others shift registers. Tried on an Intel Xeon with AVX-512, on the words of JSON lines:
/// the second step from memory as well loses 5 % with AVX-512; the first from registers wins nothing.
///
/// # Safety
/// The processor has the instruction set of `L`; `end + 1` bytes may be read at `from` and `end` written at `to`, which
/// may be the same.
#[inline(always)]
unsafe fn fold_32<L: Lanes, F: Fold>(from: *const u8, to: *mut u8, end: usize) {
    // SAFETY: the caller's promise, and `at + L::LEN <= end`. The first writes go where has been read already.
    unsafe {
        let mut of_2 = L::read(from);
        let (mut of_4, mut of_8, mut of_16) = (of_2, of_2, of_2);
        for at in (0..end).step_by(L::LEN) {
            let next_2 = F::fold(L::read(from.add(at)), L::read(from.add(at + 1)));
            let next_4 = F::fold(of_2, of_2.shift::<2>(next_2));
            let next_8 = F::fold(of_4, of_4.shift::<4>(next_4));
            let next_16 = F::fold(of_8, of_8.shift::<8>(next_8));
            let folded = F::fold(of_16, of_16.shift::<16>(next_16));
            folded.write(to.add(at.saturating_sub(FOLD_LAG * L::LEN)));
            (of_2, of_4, of_8, of_16) = (next_2, next_4, next_8, next_16);
        }
    }
}

/// Replaces the first `len` of `values[i]` by the fold of `values[i]` and `values[i + step]`, and a few more by
/// anything.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn pass<L: Lanes, F: Fold>(values: &mut [u8], len: usize, step: usize) {
    let end = len.next_multiple_of(L::LEN);
    assert!(end + step <= values.len());
    let values = values.as_mut_ptr();
    for at in (0..end).step_by(L::LEN) {
        // SAFETY: the caller's promise, and `at + L::LEN <= end`. What is read has not been written yet.
        unsafe {
            F::fold(L::read(values.add(at)), L::read(values.add(at + step))).write(values.add(at));
        }
    }
}

/// What a pass makes of the lanes at `i` and at `i + step`.
trait Fold {
    /// # Safety
    /// The processor has the instruction set of `L`.
    unsafe fn fold<L: Lanes>(here: L, there: L) -> L;
}

struct Smaller;
struct Larger;

impl Fold for Smaller {
    #[inline(always)]
    unsafe fn fold<L: Lanes>(here: L, there: L) -> L {
        // SAFETY: the caller's promise.
        unsafe { here.min(there) }
    }
}

impl Fold for Larger {
    #[inline(always)]
    unsafe fn fold<L: Lanes>(here: L, there: L) -> L {
        // SAFETY: the caller's promise.
        unsafe { here.max(there) }
    }
}

/// Appends the offsets where the opened hash is the hash itself.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn write_selected<L: Lanes>(
    slab: &Slab,
    hashes: &[u8],
    opened: &[u8],
    positions: &mut Vec<u32>,
) {
    let end = slab.len.next_multiple_of(MASK_LEN);
    assert!(end <= hashes.len() && end <= opened.len());
    positions.reserve(slab.len + MASK_LEN);
    let to = positions.as_mut_ptr();
    let mut count = positions.len();
    for at in (0..end).step_by(MASK_LEN) {
        let mut mask = 0;
        for lane in (0..MASK_LEN).step_by(L::LEN) {
            // SAFETY: the caller's promise, and `at + MASK_LEN <= end`.
            let equal = unsafe {
                let hash = L::read(hashes.as_ptr().add(at + lane));
                hash.equal_and_not_void(L::read(opened.as_ptr().add(at + lane)))
            };
            mask |= equal << lane;
        }
        if slab.len - at < MASK_LEN {
            mask &= (1 << (slab.len - at)) - 1;
        }
        // SAFETY: as above. At most one offset was written for each that lies before `at`, so that there is room.
        unsafe { L::write_offsets(mask, slab.offset + at as u32, to.add(count)) };
        count += mask.count_ones() as usize;
    }
    // SAFETY: all up to the new length were written, within the reserved room.
    unsafe { positions.set_len(count) };
}
