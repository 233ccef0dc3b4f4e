//! K-grams: their identity, the hash that selects among them, and the stretches in which a kernel selects.

/// The hash of one k-gram. Equal text gives equal fingerprints; the converse is not promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Fingerprint(pub u64);

/// The linear part of `L`, one row a byte, the row of bit 7 lowest: the layout of `GF2P8AFFINEQB`.
pub(crate) const MAP_MATRIX: u64 = 0x2b32_95e1_6c3c_aae6;
pub(crate) const MAP_CONSTANT: u8 = 0x5b;

const fn map(byte: u8) -> u8 {
    let mut mapped = 0;
    let mut bit = 0;
    while bit < 8 {
        let row = (MAP_MATRIX >> (8 * (7 - bit))) as u8;
        mapped |= (((row & byte).count_ones() & 1) as u8) << bit;
        bit += 1;
    }
    mapped ^ MAP_CONSTANT
}

/// `L` of every byte.
pub(crate) const MAP: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = map(byte as u8);
        byte += 1;
    }
    table
};

/// Marks a k-gram that is never selected: one that begins with a repeated byte, or lies outside of the text.
pub(crate) const VOID: u8 = u8::MAX;

/// The number of bytes that a selection hash depends on.
pub(crate) const HASHED_LEN: usize = 16;

/// Some neighbouring k-grams of a text, and all that decides which of them are selected.
pub(crate) struct Slab<'t> {
    /// The bytes of the k-grams in all windows that hold one of the slab's, and the 16 of the selection hash behind.
    pub(crate) text: &'t [u8],
    /// K-grams of windows that hang over the start of the text.
    pub(crate) void_before: usize,
    /// K-grams of windows that hang over the end of the text.
    pub(crate) void_behind: usize,
    pub(crate) window_len: usize,
    /// The first k-gram.
    pub(crate) offset: u32,
    /// How many there are, 1 at least.
    pub(crate) len: usize,
}

/// K-grams of which vectors give the smallest at once. Windows are some of these.
pub(crate) const GRANULE_LEN: usize = 16;

/// The number of bytes behind the k-grams of the last window that vectors may read.
pub(crate) const MARGIN: usize = 576;

/// Neighbouring windows of a grid.
pub(crate) struct Windows<'t> {
    /// From the first k-gram of the first window to `MARGIN` bytes behind the last of the last, and perhaps further.
    pub(crate) text: &'t [u8],
    /// Of the text, in the stream.
    pub(crate) offset: u32,
    pub(crate) count: usize,
    pub(crate) window_len: usize,
    pub(crate) step: usize,
}

impl Windows<'_> {
    /// K-grams in all of them.
    pub(crate) fn kgrams(&self) -> usize {
        self.count.checked_sub(1).map_or(0, |steps| steps * self.step + self.window_len)
    }
}

/// The buffers of a selection, kept from one text to the next.
#[derive(Clone, Debug, Default)]
pub struct SelectScratch {
    pub(crate) hashes: Vec<u8>,
    pub(crate) opened: Vec<u8>,
    /// Of a grid.
    pub(crate) keys: Vec<u32>,
    /// The end of a text and a margin.
    pub(crate) tail: Vec<u8>,
    pub(crate) positions: Vec<u32>,
    pub(crate) fingerprints: Vec<Fingerprint>,
}
