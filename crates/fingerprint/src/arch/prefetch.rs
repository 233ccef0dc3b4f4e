//! Asking for memory before it is read.

/// Asks for the cache line of `bytes[offset]`, to be there when it is read a little later.
///
/// Does nothing beyond the end of `bytes`, and on processors of which no such instruction is known here.
#[inline]
pub fn prefetch(bytes: &[u8], offset: usize) {
    if let Some(byte) = bytes.get(offset) {
        let line = std::ptr::from_ref(byte);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 processor has the instruction; it reads nothing, and `byte` may be read.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(line.cast());
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: every 64-bit ARM processor has the instruction, of which there is no stable intrinsic; it reads nothing.
        unsafe {
            std::arch::asm!(
                "prfm pldl2keep, [{line}]",
                line = in(reg) line,
                options(nostack, preserves_flags, readonly)
            );
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = line;
    }
}
