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

/// Has the allocator keep memory that is freed, for the next columns, rather than give it back to the system at once: the
/// system clears each page before it is written to anew, which is a fifth of the time of reading an answer
/// (`benches/README.md`). For programs that read one answer after the other; it holds for the whole process, and is the
/// business of whoever writes `main`. Does nothing where the allocator is not that of glibc.
///
/// ```
/// dhis2_frame::keep_freed_memory();
/// ```
#[allow(unsafe_code)]
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: these settings may be changed at any time by any thread; what they mean for memory that is there already is
    // the allocator's own affair. Should it refuse, all is as without it.
    unsafe {
        // Columns are taken from the heap, not from a mapping of their own that goes with them…
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 30);
        // … and the heap's end is not given back.
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}
