//! A block of bytes that several isolates look at.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ops::Range;
use std::ptr::NonNull;
use thiserror::Error;

/// The block was too large for the machine.
#[derive(Debug, Error)]
#[error("cannot allocate {0} bytes for the items or results")]
pub struct OutOfMemory(pub usize);

/// Zeroed bytes at a fixed address, freed with the last owner of the `Arc` that it is kept in. Rust never reads or
/// writes them: isolates do, each its own range, so this hands out the address and nothing more.
pub struct Memory {
    start: NonNull<u8>,
    layout: Layout,
    length: usize,
}

// SAFETY: the address may be known to every thread; what is done with it is up to those who dereference it.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// Enough for every element. For more, `alloc_zeroed` would write the zeros that fresh pages have anyway.
const ALIGN: usize = 8;

impl Memory {
    /// Allocates `length` bytes; the operating system provides the pages when they are first touched.
    pub fn new(length: usize) -> Result<Self, OutOfMemory> {
        let layout = Layout::from_size_align(length.max(1), ALIGN).map_err(|_| OutOfMemory(length))?;
        // SAFETY: the layout's size is at least 1.
        let start = unsafe { alloc_zeroed(layout) };
        let start = NonNull::new(start).ok_or(OutOfMemory(length))?;
        Ok(Self { start, layout, length })
    }

    /// The address of the first byte.
    pub fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// How many bytes were asked for.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Says that these bytes are about to be written, all of them and by this thread: the pages are then provided at
    /// once, which takes two thirds of the time that it takes to provide them one by one as they are touched.
    pub fn prepare(&self, bytes: Range<usize>) {
        let end = bytes.end.min(self.length);
        if bytes.start.saturating_add(WORTHWHILE) <= end {
            populate(self.as_ptr(), bytes.start..end);
        }
    }

    /// Whether no byte was asked for.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Fewer bytes than this are not worth a call of the system.
const WORTHWHILE: usize = 4 * PAGE;
/// The smallest page of the systems that `populate` is for. Where pages are larger, the call is refused.
const PAGE: usize = 4096;

#[cfg(target_os = "linux")]
fn populate(start: *mut u8, bytes: Range<usize>) {
    let first = (start.addr() + bytes.start).next_multiple_of(PAGE) - start.addr();
    let length = (bytes.end - first) & !(PAGE - 1);
    // SAFETY: `first` is less than a page beyond a byte of the block that has several pages behind it.
    let first = unsafe { start.add(first) };
    // SAFETY: these pages lie within the block, and keep what they hold. A kernel that does not know the advice (older
    // than 5.14) refuses it, and provides the pages as ever.
    unsafe { libc::madvise(first.cast(), length, libc::MADV_POPULATE_WRITE) };
}

#[cfg(not(target_os = "linux"))]
fn populate(_start: *mut u8, _bytes: Range<usize>) {}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout, and dropped once.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_sizes_are_zeroed_and_writable() {
        for length in [0, 1, 4096, 3 << 20] {
            let memory = Memory::new(length).expect("there is so much memory");
            assert_eq!(memory.len(), length);
            assert_eq!(memory.as_ptr().addr() % ALIGN, 0);
            // SAFETY: the block has `length` zeroed bytes, and nobody else has it.
            let bytes = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), length) };
            assert!(bytes.iter().all(|byte| *byte == 0));
            bytes.fill(1);
            memory.prepare(0..length);
            memory.prepare(length / 2..length + 10);
            assert!(bytes.iter().all(|byte| *byte == 1));
        }
    }

    #[test]
    fn what_no_machine_has_is_refused() {
        assert!(Memory::new(usize::MAX).is_err());
    }
}
