//! `MinHash` sketches: how much two sets resemble each other, from a few hundred bytes each.
//!
//! [`Sketch`] is one-permutation hashing (Li, Owen, Zhang, NIPS 2012) with optimal densification (Shrivastava, ICML
//! 2017): each element falls into one bin, a bin keeps its smallest value, an empty bin borrows from another. Its bands
//! feed locality-sensitive hashing (Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, chapter 3).

/// Bins of a [`Sketch`]. The standard error of a resemblance `J` is about `sqrt(J (1 - J) / BINS)`: 0.044 at most.
pub const BINS: usize = 128;

/// Bytes of a sketch.
pub const SKETCH_LEN: usize = 4 * BINS;

/// Bins in a band: two texts of resemblance 0.7 meet in one of the 32 bands with probability 1 - (1 - 0.7^4)^32 >
/// 0.9998, two of 0.3 with 0.23.
const BAND_ROWS: usize = 4;

/// Marks a bin that no element fell into; no element's value.
const EMPTY: u32 = u32::MAX;

/// A one-permutation `MinHash` sketch of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    // Invariant: no bin is EMPTY.
    bins: [u32; BINS],
}

impl Sketch {
    /// The sketch of a set of hashes; repeats do not matter. `None` for the empty set, which resembles nothing.
    pub fn of(elements: impl IntoIterator<Item = u64>) -> Option<Self> {
        let mut bins = [EMPTY; BINS];
        for element in elements {
            let mixed = mix(element);
            let bin = &mut bins[(mixed >> 57) as usize];
            *bin = (*bin).min((mixed as u32).min(EMPTY - 1));
        }
        densify(&bins).map(|bins| Self { bins })
    }

    /// The sketch as bytes, for a file.
    pub fn to_bytes(&self) -> [u8; SKETCH_LEN] {
        let mut bytes = [0; SKETCH_LEN];
        let (slots, _) = bytes.as_chunks_mut();
        for (slot, bin) in slots.iter_mut().zip(self.bins) {
            *slot = bin.to_le_bytes();
        }
        bytes
    }

    /// The sketch that [`Self::to_bytes`] gave; `None` for bytes that are none.
    pub fn from_bytes(bytes: &[u8; SKETCH_LEN]) -> Option<Self> {
        let mut bins = [EMPTY; BINS];
        let (slots, _) = bytes.as_chunks();
        for (bin, slot) in bins.iter_mut().zip(slots) {
            *bin = u32::from_le_bytes(*slot);
        }
        (!bins.contains(&EMPTY)).then_some(Self { bins })
    }

    /// An unbiased estimate of the Jaccard resemblance of the two sets, 0 to 1.
    pub fn resemblance(&self, other: &Self) -> f32 {
        let equal = self.bins.iter().zip(&other.bins).filter(|(a, b)| a == b).count();
        equal as f32 / BINS as f32
    }

    /// One hash a band of 4 bins, 32 in all. Texts that resemble each other have one in common.
    pub fn bands(&self) -> impl Iterator<Item = u64> {
        self.bins.chunks_exact(BAND_ROWS).enumerate().map(|(band, rows)| {
            rows.iter().fold(mix(band as u64), |hash, &row| mix(hash ^ u64::from(row)))
        })
    }
}

/// Fills each empty bin from a full one that depends on the bin and the try only, never on the set.
fn densify(sparse: &[u32; BINS]) -> Option<[u32; BINS]> {
    if sparse.iter().all(|&value| value == EMPTY) {
        return None;
    }
    let mut dense = *sparse;
    for (at, value) in dense.iter_mut().enumerate().filter(|(_, value)| **value == EMPTY) {
        // A probe is uniform over the bins, so that a full one is met after BINS tries on average at the very most.
        let probes =
            (1_u64..).map(|attempt| sparse[(mix((at as u64) << 32 | attempt) >> 57) as usize]);
        *value = probes.into_iter().find(|&other| other != EMPTY)?;
    }
    Some(dense)
}

/// Mixes all bits (the finaliser of `SplitMix64`: Steele, Lea, Flood, OOPSLA 2014).
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
