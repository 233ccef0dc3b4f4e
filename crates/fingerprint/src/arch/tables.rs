//! The tables that more than one instruction set looks bytes up in.

use crate::kgrams::MAP;
use crate::normalise::{ByteClass, CLASSES, special};

/// `L` is affine: that of a byte is that of its low half, with that of its high half on top.
pub(super) const MAP_LOW: [u8; 16] = {
    let mut table = [0; 16];
    let mut half = 0;
    while half < 16 {
        table[half] = MAP[half];
        half += 1;
    }
    table
};
pub(super) const MAP_HIGH: [u8; 16] = {
    let mut table = [0; 16];
    let mut half = 0;
    while half < 16 {
        table[half] = MAP[half << 4] ^ MAP[0];
        half += 1;
    }
    table
};

/// For each mask of 8 bits which bytes it keeps, in front.
pub(super) static KEPT_BYTES: [u64; 256] = {
    let mut table = [0; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut byte, mut count) = (0, 0);
        while byte < 8 {
            if mask >> byte & 1 == 1 {
                table[mask] |= byte << (8 * count);
                count += 1;
            }
            byte += 1;
        }
        mask += 1;
    }
    table
};

/// The bits of [`FLAGS`].
pub(super) mod flag {
    pub(in crate::arch) const WORD: u8 = 1 << 7;
    pub(in crate::arch) const PUNCTUATION: u8 = 1 << 6;
    /// The bit that makes a capital letter small.
    pub(in crate::arch) const CAPITAL: u8 = 1 << 5;
    pub(in crate::arch) const LINE_END: u8 = 1 << 4;
    pub(in crate::arch) const LESS: u8 = 1 << 3;
    pub(in crate::arch) const AND: u8 = 1 << 2;
    /// The mark of the skeleton for what has it; other words have [`crate::Streams::MARK_WORD`], which is less.
    pub(in crate::arch) const NUMBER: u8 = crate::normalise::Streams::MARK_NUMBER;
    pub(in crate::arch) const BACKSLASH: u8 = 1 << 0;
}

/// What each ASCII byte is.
pub(super) static FLAGS: Aligned<128> = {
    let mut flags = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let letter = byte as u8;
        flags[byte] = match CLASSES[byte] {
            ByteClass::Dropped => 0,
            ByteClass::Punctuation => flag::PUNCTUATION,
            ByteClass::Special => match letter {
                b'&' => flag::PUNCTUATION | flag::AND,
                b'<' => flag::PUNCTUATION | flag::LESS,
                b'\\' => flag::BACKSLASH,
                _ => 0,
            },
            ByteClass::Word => match letter {
                b'0'..=b'9' => flag::WORD | flag::NUMBER,
                b'A'..=b'Z' => flag::WORD | flag::CAPITAL,
                b'n' | b'r' | b't' => flag::WORD | flag::LINE_END,
                _ => flag::WORD,
            },
        };
        byte += 1;
    }
    Aligned(flags)
};

/// By its low six bits, whether a byte may be the second or the third of an entity, [`flag::AND`], of a tag,
/// [`flag::LESS`], or of a `\u`, [`flag::BACKSLASH`]. Bytes that share the bits share the flags, which makes a few more suspect.
pub(super) static SECONDS: Aligned<64> =
    special_flags([special::AND_SECOND, special::LESS_SECOND, special::BACKSLASH_SECOND]);
pub(super) static THIRDS: Aligned<64> =
    special_flags([special::AND_THIRD, special::LESS_THIRD, special::BACKSLASH_THIRD]);

const fn special_flags(sets: [&[u8]; 3]) -> Aligned<64> {
    let of_sets = [flag::AND, flag::LESS, flag::BACKSLASH];
    let mut flags = [0; 64];
    let mut set = 0;
    while set < sets.len() {
        let mut at = 0;
        while at < sets[set].len() {
            flags[sets[set][at] as usize & 63] |= of_sets[set];
            at += 1;
        }
        set += 1;
    }
    Aligned(flags)
}

/// Bytes that fill vectors.
#[repr(align(64))]
pub(super) struct Aligned<const LEN: usize>(pub(super) [u8; LEN]);
