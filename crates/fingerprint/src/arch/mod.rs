//! What the processor can do, and the kernels for it: the only place with unsafe code.
//!
//! `scalar` is always there and says what the others must give, byte for byte. Each other file is one instruction set:
//! a token that only detection can make, and the few operations that [`blocks`], [`granules`] and [`slabs`] are written in.
//! Those hold the algorithms, once for all instruction sets; `kernels` is the way into them.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod blocks;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod granules;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod kernels;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod prefetch;
pub(crate) mod scalar;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod slabs;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod tables;

use std::fmt;
use std::sync::OnceLock;

use crate::filter::WORD_LEN;
use crate::kgrams::{Fingerprint, SelectScratch, Slab, Windows};
use crate::normalise::{Normaliser, Plain};

pub use prefetch::prefetch;

/// An instruction set that this processor has.
///
/// All give the same bytes. There is no way to make one but to ask what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(Instructions);

/// Each but the first holds the proof that the processor has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon),
}

/// The names of all backends, whatever the processor.
const NAMES: [&str; 4] = ["scalar", "avx2", "avx512", "neon"];

static CURRENT: OnceLock<Backend> = OnceLock::new();

impl Backend {
    /// Plain Rust, on every processor.
    pub const SCALAR: Self = Self(Instructions::Scalar);

    /// What this processor has, the slowest (scalar) first and the best last.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let vectors = [
            avx2::Avx2::detect().map(Instructions::Avx2),
            avx512::Avx512::detect().map(Instructions::Avx512),
        ];
        #[cfg(target_arch = "aarch64")]
        let vectors = [neon::Neon::detect().map(Instructions::Neon)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let vectors: [Option<Instructions>; 0] = [];
        std::iter::once(Self::SCALAR).chain(vectors.into_iter().flatten().map(Self))
    }

    /// The fastest that this processor has.
    pub fn best() -> Self {
        Self::available().last().unwrap_or(Self::SCALAR)
    }

    /// The backend of that [`name`](Self::name), if this processor has it.
    pub fn named(name: &str) -> Result<Self, BackendError> {
        let found = Self::available().find(|backend| backend.name() == name);
        found.ok_or_else(|| {
            let name = name.to_owned();
            if NAMES.contains(&name.as_str()) {
                BackendError::Absent { name }
            } else {
                BackendError::Unknown { name }
            }
        })
    }

    /// `scalar`, `avx2`, `avx512` or `neon`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Instructions::Scalar => NAMES[0],
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(_) => NAMES[1],
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(_) => NAMES[2],
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(_) => NAMES[3],
        }
    }

    /// Makes `backend` the [`current`](Self::current) one of this process: once, and before the first use.
    pub fn choose(backend: Self) -> Result<(), BackendError> {
        let current = *CURRENT.get_or_init(|| backend);
        if current == backend { Ok(()) } else { Err(BackendError::InUse { current, backend }) }
    }

    /// The one that was chosen; if none was, the best, from now on.
    pub fn current() -> Self {
        *CURRENT.get_or_init(Self::best)
    }

    /// Appends the offsets of the smallest k-grams in `windows`, the first where there are several, each once.
    pub(crate) fn select_in_windows(
        self,
        windows: &Windows,
        scratch: &mut SelectScratch,
        positions: &mut Vec<u32>,
    ) {
        match self.0 {
            Instructions::Scalar => scalar::select_in_windows(windows, scratch, positions),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(proof) => proof.select_in_windows(windows, scratch, positions),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(proof) => proof.select_in_windows(windows, scratch, positions),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(proof) => proof.select_in_windows(windows, scratch, positions),
        }
    }

    /// Asks for the words of a [`filter`](crate::filter) for all `fingerprints`, to be there when [`passing`](Self::passing)
    /// reads them a little later.
    ///
    /// # Panics
    /// If there are 2^32 words or more.
    pub fn prefetch_words(self, words: &[u8], fingerprints: &[Fingerprint]) {
        match self.0 {
            _ if !has_words(words) => {}
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(proof) => proof.prefetch_words(words, fingerprints),
            _ => scalar::prefetch_words(words, fingerprints),
        }
    }

    /// Appends the places, counted from `first`, of those `fingerprints` that may be in the [`filter`](crate::filter) of
    /// these words.
    ///
    /// # Panics
    /// If there are 2^32 words or more.
    pub fn passing(
        self,
        words: &[u8],
        fingerprints: &[Fingerprint],
        first: u32,
        passed: &mut Vec<u32>,
    ) {
        match self.0 {
            _ if !has_words(words) => {}
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(proof) => proof.passing(words, fingerprints, first, passed),
            // Four lanes, each with a gather of its own, gain nothing on the scalar twin.
            _ => scalar::passing(words, fingerprints, first, passed),
        }
    }

    /// Appends the fingerprints of the k-grams of `LEN` bytes at `positions`, which is one of the lengths in use.
    pub(crate) fn fingerprints<const LEN: usize>(
        self,
        seed: u64,
        kept: &[u8],
        positions: &[u32],
        found: &mut Vec<Fingerprint>,
    ) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(proof) => proof.fingerprints::<LEN>(seed, kept, positions, found),
            _ => scalar::fingerprints::<LEN>(seed, kept, positions, found),
        }
    }

    /// Appends the offsets that are selected in a slab.
    pub(crate) fn select(self, slab: &Slab, scratch: &mut SelectScratch, positions: &mut Vec<u32>) {
        match self.0 {
            Instructions::Scalar => scalar::select(slab, scratch, positions),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(proof) => proof.select(slab, scratch, positions),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(proof) => proof.select(slab, scratch, positions),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(proof) => proof.select(slab, scratch, positions),
        }
    }
}

/// Whether a filter has any word; it never has 2^32.
fn has_words(words: &[u8]) -> bool {
    let count = words.len() / WORD_LEN;
    assert!(u32::try_from(count).is_ok(), "a filter of {} bytes", words.len());
    count > 0
}

impl Normaliser {
    /// Appends what the streams keep of `text`, from `offset` to the first border at or behind `until`, and returns that
    /// border: the length of `text` if `until` is as large.
    ///
    /// A border is where no escape, entity, tag or run of backslashes is cut; each is whole in one piece, however far
    /// it reaches. The first `offset` is 0 and each further one the border that was returned, and `text` is always the
    /// same: then the pieces together are what [`normalise`](crate::normalise) gives, wherever they are cut.
    ///
    /// Allocates where the vectors have no room for `until - offset` further bytes and 64 more.
    ///
    /// # Panics
    /// If `offset` lies behind the end of `text`.
    pub fn advance(
        &mut self,
        backend: Backend,
        text: &[u8],
        offset: usize,
        until: usize,
        words: &mut Vec<u8>,
        skeleton: &mut Vec<u8>,
    ) -> usize {
        assert!(offset <= text.len(), "offset {offset} in a text of {} bytes", text.len());
        let until = until.min(text.len());
        let (state, kept) = (self, &mut Plain { words, skeleton });
        match backend.0 {
            Instructions::Scalar => scalar::advance(state, text, offset, until, kept),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(proof) => proof.advance(state, text, offset, until, kept),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(proof) => proof.advance(state, text, offset, until, kept),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(proof) => proof.advance(state, text, offset, until, kept),
        }
    }
}

/// Why a backend could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackendError {
    /// There is no such backend on any processor.
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// This processor, or this build, does not have it.
    Absent {
        /// What was asked for.
        name: String,
    },
    /// Another one is in use already.
    InUse {
        /// The one in use.
        current: Backend,
        /// What was asked for.
        backend: Backend,
    },
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Backend::available().map(Backend::name).collect();
        let names = names.join(", ");
        match self {
            Self::Unknown { name } => write!(f, "there is no backend `{name}`; here is {names}"),
            Self::Absent { name } => {
                write!(f, "this processor has no backend `{name}`; here is {names}")
            }
            Self::InUse { current, backend } => write!(
                f,
                "backend `{}` is in use already; choose `{}` before anything is scanned",
                current.name(),
                backend.name()
            ),
        }
    }
}

impl std::error::Error for BackendError {}
