//! A block of bytes that several isolates look at.

use std::alloc::{Layout, alloc_zeroed, dealloc};
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

    /// Whether no byte was asked for.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

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
        }
    }

    #[test]
    fn what_no_machine_has_is_refused() {
        assert!(Memory::new(usize::MAX).is_err());
    }
}
