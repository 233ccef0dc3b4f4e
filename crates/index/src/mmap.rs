//! The one place that maps files into memory.

use std::fs::File;
use std::io;
use std::ops::Range;

/// Bytes of a file that are looked at before their memory is let go.
pub(crate) const STEP_LEN: usize = 16 << 20;

/// A file's bytes, mapped for reading.
#[derive(Debug)]
pub(crate) struct Mapping(memmap2::Mmap);

impl Mapping {
    /// Maps `file`, which must be `len` bytes long and stay as it is.
    #[expect(unsafe_code, reason = "an index is larger than memory; mapping it has no safe form")]
    pub(crate) fn new(file: &File, len: usize) -> io::Result<Self> {
        // SAFETY: the mapping is sound as long as the file under it does not change. Seepage never changes one: files of an
        // index are written once under another name, and an index is replaced by renaming directories, which leaves
        // a mapped file as it is. Other programs can: this cannot be ruled out, only asked for (FORMAT.md does). If one
        // writes into the file, bytes change that were checked before; all access behind `open` is total, so answers
        // become wrong and nothing is read out of bounds. If one truncates the file, touching a page behind its new end
        // raises SIGBUS and ends the program. Pages behind the present end are not mapped: `len` was compared with the
        // file's length just before.
        let map = unsafe { memmap2::MmapOptions::new().len(len).map(file)? };
        Ok(Self(map))
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that are read from end to end once, and here and there later.
pub(crate) trait Memory: AsRef<[u8]> {
    /// Lets go of the memory that `range` takes, as far as it can be had again.
    fn release(&self, range: Range<usize>);
}

impl Memory for Mapping {
    #[expect(
        unsafe_code,
        reason = "the advice is unsafe in general, because it can throw away what was written"
    )]
    fn release(&self, range: Range<usize>) {
        debug_assert!(range.end <= self.0.len());
        #[cfg(target_os = "linux")]
        if let Some(len) = range.end.checked_sub(range.start).filter(|&len| len > 0) {
            // SAFETY: the mapping is of a file and never written to, so that a page that is let go is read from the file
            // when it is touched again: with the same bytes, as long as the file does not change (see `new`).
            let advised = unsafe {
                let advice = memmap2::UncheckedAdvice::DontNeed;
                self.0.unchecked_advise_range(advice, range.start, len)
            };
            // Refused, the pages stay until the system wants them.
            let _ = advised;
        }
    }
}

/// For tests of the format, which keep a whole file in memory.
#[cfg(test)]
impl Memory for Vec<u8> {
    fn release(&self, _: Range<usize>) {}
}

/// Bytes in memory of their own, on huge pages where the system gives them: what is read at random places all the time
/// must not wait for page tables.
#[derive(Debug)]
pub(crate) struct Resident {
    map: memmap2::Mmap,
    len: usize,
}

impl Resident {
    /// A copy of `part` of a file, whose own pages are let go.
    pub(crate) fn copy(file: &impl Memory, part: Range<usize>) -> io::Result<Self> {
        let len = part.len();
        // A mapping of nothing is refused by some systems.
        let mut map = memmap2::MmapMut::map_anon(len.max(1))?;
        // Refused where there are none; then the pages are small.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        for (to, start) in map[..len].chunks_mut(STEP_LEN).zip(part.step_by(STEP_LEN)) {
            let step = start..start + to.len();
            to.copy_from_slice(&file.as_ref()[step.clone()]);
            file.release(step);
        }
        let map = map.make_read_only()?;
        Ok(Self { map, len })
    }
}

impl AsRef<[u8]> for Resident {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.map[..self.len]
    }
}
