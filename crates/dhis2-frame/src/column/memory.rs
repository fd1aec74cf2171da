//! The memory of a column that will be large.

/// Less than this is not worth a call to the system, and may not hold a large page.
#[cfg(target_os = "linux")]
const WORTH_IT: usize = 4 << 20;

/// Tells the system that this memory, not yet written to, will be filled from its beginning: with pages of 2 MiB it does so
/// without an interruption for each 4 KiB, which took a third of the time of reading a large answer
/// (`benches/README.md`).
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
pub(super) fn will_be_filled<T>(start: *const T, capacity: usize) {
    let bytes = capacity.saturating_mul(size_of::<T>());
    if bytes < WORTH_IT {
        return;
    }
    let page = 4096;
    let unaligned = start.addr() % page;
    let (start, bytes) = (start.cast::<u8>().wrapping_sub(unaligned), bytes + unaligned);
    // SAFETY: this advice changes neither what the memory holds nor who may use it, wherever it lies and whatever it is: at
    // worst the system refuses, and then all is as without it.
    unsafe {
        libc::madvise(start.cast_mut().cast(), bytes, libc::MADV_HUGEPAGE);
    }
}

/// Elsewhere nothing is known to help.
#[cfg(not(target_os = "linux"))]
pub(super) fn will_be_filled<T>(_start: *const T, _capacity: usize) {}
