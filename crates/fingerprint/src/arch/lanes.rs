//! Selecting anchors in whole-slice passes, for every instruction set that has byte lanes.
//!
//! Each pass reads a buffer at `i` and at `i + step` and writes it at `i`, in vectors of any alignment. The buffers of a
//! slab fit the first-level cache. What a pass makes of the bytes behind the end of the content is never looked at.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into one with the instruction set cannot use it"
)]

use crate::select::{SelectScratch, Slab, VOID};

/// Offsets in one mask.
const MASK_LEN: usize = 64;

/// A vector of byte lanes of one instruction set.
pub(super) trait Lanes: Copy {
    /// Lanes; divides [`MASK_LEN`].
    const LEN: usize;

    /// Reads `LEN` bytes.
    ///
    /// # Safety
    /// They may be read, and the processor has the instruction set; the latter so with all methods.
    unsafe fn read(from: *const u8) -> Self;

    /// Writes `LEN` bytes.
    ///
    /// # Safety
    /// They may be written.
    unsafe fn write(self, to: *mut u8);

    /// The affine map `L` of each lane, plus the other's lane.
    unsafe fn map_and_add(self, other: Self) -> Self;

    /// The smaller, unsigned.
    unsafe fn min(self, other: Self) -> Self;

    /// The larger, unsigned.
    unsafe fn max(self, other: Self) -> Self;

    /// [`VOID`] in the lanes where both are equal, and otherwise what was there.
    unsafe fn void_if_equal(self, other: Self) -> Self;

    /// One bit a lane, where both are equal and not [`VOID`].
    unsafe fn equal_and_not_void(self, other: Self) -> u64;

    /// Writes `base` plus the number of each bit in `mask` to `to`, ascending.
    ///
    /// # Safety
    /// `MASK_LEN` numbers may be written at `to`; those behind the bits' get any value.
    unsafe fn write_offsets(mask: u64, base: u32, to: *mut u32);
}

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
    let SelectScratch { hashes, minima, .. } = scratch;
    let window_len = slab.window_len;
    // Both hold values for the windows that begin `window_len - 1` before the first offset of the slab.
    let starts = slab.len + window_len - 1;
    let values = starts + window_len - 1;
    let room = values + 2 * MASK_LEN + 16;
    if hashes.len() < room {
        hashes.resize(room, VOID);
        minima.resize(room, VOID);
    }
    // SAFETY: the caller's promise.
    unsafe { hash::<L>(slab, values, hashes) };
    if window_len == 1 {
        // SAFETY: as above.
        return unsafe { write_selected::<L>(slab, hashes, hashes, positions) };
    }
    let mut len = values - 1;
    // SAFETY: as above.
    unsafe { pass::<L, Smaller>(hashes, minima, len, 1) };
    let mut step = 2;
    while step < window_len {
        len -= step;
        // SAFETY: as above.
        unsafe { pass_in_place::<L, Smaller>(minima, len, step) };
        step *= 2;
    }
    step = 1;
    while step < window_len {
        len -= step;
        // SAFETY: as above.
        unsafe { pass_in_place::<L, Larger>(minima, len, step) };
        step *= 2;
    }
    debug_assert_eq!(len, slab.len);
    // SAFETY: as above.
    unsafe { write_selected::<L>(slab, &hashes[window_len - 1..], minima, positions) };
}

/// Writes the hashes of the k-grams to the start of `hashes`, with [`VOID`] where a window hangs over.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn hash<L: Lanes>(slab: &Slab, values: usize, hashes: &mut [u8]) {
    let void_behind = values - slab.void_behind;
    let own = &mut hashes[slab.void_before..];
    own[..slab.text.len()].copy_from_slice(slab.text);
    let mut len = slab.text.len();
    for step in [1, 2, 4, 8] {
        len -= step;
        // SAFETY: the caller's promise.
        unsafe { pass_in_place::<L, Mapped>(own, len, step) };
    }
    // SAFETY: as above.
    unsafe { pass_in_place::<L, Void>(own, len - 1, 1) };
    hashes[..slab.void_before].fill(VOID);
    hashes[void_behind..values].fill(VOID);
}

/// What a pass makes of the lanes at `i` and at `i + step`.
trait Fold {
    /// # Safety
    /// The processor has the instruction set of `L`.
    unsafe fn fold<L: Lanes>(here: L, there: L) -> L;
}

struct Smaller;
struct Larger;
struct Mapped;
struct Void;

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

impl Fold for Mapped {
    #[inline(always)]
    unsafe fn fold<L: Lanes>(here: L, there: L) -> L {
        // SAFETY: the caller's promise.
        unsafe { here.map_and_add(there) }
    }
}

impl Fold for Void {
    #[inline(always)]
    unsafe fn fold<L: Lanes>(here: L, there: L) -> L {
        // SAFETY: the caller's promise.
        unsafe { here.void_if_equal(there) }
    }
}

/// Writes the folds of `from[i]` and `from[i + step]` to `to[i]`, for the first `len` and a few more.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn pass<L: Lanes, F: Fold>(from: &[u8], to: &mut [u8], len: usize, step: usize) {
    let end = len.next_multiple_of(L::LEN);
    assert!(end + step <= from.len() && end <= to.len());
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    for at in (0..end).step_by(L::LEN) {
        // SAFETY: the caller's promise, and `at + L::LEN <= end`.
        unsafe { F::fold(L::read(from.add(at)), L::read(from.add(at + step))).write(to.add(at)) }
    }
}

/// [`pass`] with one buffer: what is read has not been written yet.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn pass_in_place<L: Lanes, F: Fold>(values: &mut [u8], len: usize, step: usize) {
    let end = len.next_multiple_of(L::LEN);
    assert!(end + step <= values.len());
    let values = values.as_mut_ptr();
    for at in (0..end).step_by(L::LEN) {
        // SAFETY: the caller's promise, and `at + L::LEN <= end`.
        unsafe {
            F::fold(L::read(values.add(at)), L::read(values.add(at + step))).write(values.add(at));
        }
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
    // SAFETY: so many were written, within the reserved room.
    unsafe { positions.set_len(count) };
}
