//! Vectors of byte lanes, as the selections are written in them: what an instruction set has to give, and the selection
//! hashes, which all selections begin with.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into one with the instruction set cannot use it"
)]

use crate::kgrams::GRANULE_LEN;
use crate::kgrams::VOID;

/// Offsets in one mask.
pub(super) const MASK_LEN: usize = 64;

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

    /// The lanes from `N` on, and behind them the first `N` of the next vector. `N` is 16 at most.
    unsafe fn shift<const N: i32>(self, next: Self) -> Self;

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

    /// Granules in four vectors.
    const KEYS: usize = 4 * Self::LEN / GRANULE_LEN;

    /// Of each 16 lanes of four vectors the smallest, and which is the first that has it: [`Self::KEYS`] numbers, each with
    /// the lane's value in the highest byte, and `base` plus the lane's number among all in the others.
    ///
    /// # Safety
    /// So many numbers may be written.
    unsafe fn write_keys(four: [Self; 4], base: u32, to: *mut u32);

    /// Of the [`Self::KEYS`] numbers at `keys`, writes to `to` the lower three bytes of those under `wanted` that have no
    /// [`VOID`] in the highest, each with `base` added, and returns how many.
    ///
    /// # Safety
    /// So many numbers may be read, and written; those behind the ones that count get any value.
    #[inline(always)]
    unsafe fn write_places(keys: *const u32, wanted: u32, base: u32, to: *mut u32) -> usize {
        let (mut rest, mut count) = (wanted, 0);
        while rest != 0 {
            // SAFETY: the caller lets read and gives room for a number for each bit of `wanted`.
            unsafe {
                let key = *keys.add(rest.trailing_zeros() as usize);
                *to.add(count) = base + (key & 0x00ff_ffff);
                count += usize::from(key < u32::from(VOID) << 24);
            }
            rest &= rest - 1;
        }
        count
    }

    /// Writes `base` plus the number of each bit in `mask` to `to`, ascending.
    ///
    /// # Safety
    /// `MASK_LEN` numbers may be written at `to`; those behind the bits' get any value.
    #[inline(always)]
    unsafe fn write_offsets(mask: u64, base: u32, to: *mut u32) {
        let mut rest = mask;
        let mut written = 0;
        // Eight at a time, wanted or not: how many there are can't be predicted. A loop that ends with the mask takes
        // twice as long.
        loop {
            for next in written..written + 8 {
                // SAFETY: the caller gives room for 64 offsets.
                unsafe { *to.add(next) = base.wrapping_add(rest.trailing_zeros()) };
                rest &= rest.wrapping_sub(1);
            }
            written += 8;
            if written >= mask.count_ones() as usize {
                break;
            }
        }
    }
}

/// The hashes on their way, each in the vector that its last bytes are read for.
pub(super) struct Hashes<L> {
    text: *const u8,
    at: usize,
    of_2: L,
    of_4: L,
    of_8: L,
    of_16: L,
}

impl<L: Lanes> Hashes<L> {
    /// How many vectors the last step of a hash is behind the first.
    pub(super) const LAG: usize = 4;

    /// Gives the hashes of the 16 bytes from each of `text` on.
    ///
    /// # Safety
    /// The processor has the instruction set of `L`, so with all methods; `LAG` vectors and a byte may be read.
    #[inline(always)]
    pub(super) unsafe fn of(text: *const u8) -> Self {
        // SAFETY: the caller's promise.
        let first = unsafe { L::read(text) };
        let mut hashes = Self { text, at: 0, of_2: first, of_4: first, of_8: first, of_16: first };
        for _ in 0..Self::LAG {
            // SAFETY: as before. What comes of the first is of no text.
            unsafe { hashes.next() };
        }
        hashes
    }

    /// The next `L::LEN` hashes, void where the one behind is the same.
    ///
    /// # Safety
    /// Text may be read `LAG + 1` vectors and a byte from where these hashes begin.
    #[inline(always)]
    pub(super) unsafe fn next(&mut self) -> L {
        // SAFETY: the caller's promise.
        unsafe {
            let here = L::read(self.text.add(self.at));
            let next_2 = here.map_and_add(L::read(self.text.add(self.at + 1)));
            let next_4 = self.of_2.map_and_add(self.of_2.shift::<2>(next_2));
            let next_8 = self.of_4.map_and_add(self.of_4.shift::<4>(next_4));
            let next_16 = self.of_8.map_and_add(self.of_8.shift::<8>(next_8));
            let void = self.of_16.void_if_equal(self.of_16.shift::<1>(next_16));
            (self.of_2, self.of_4, self.of_8, self.of_16) = (next_2, next_4, next_8, next_16);
            self.at += L::LEN;
            void
        }
    }
}
