//! A block of bytes that several isolates look at.

use std::ptr::NonNull;
use thiserror::Error;

/// The block was too large for the machine.
#[derive(Debug, Error)]
#[error("cannot allocate {0} bytes for the items or results")]
pub struct OutOfMemory(pub usize);

/// Zeroed bytes at a fixed address, freed with the last owner of the `Arc` that it is kept in. Rust never reads or
/// writes them: isolates do, each its own range, so this hands out the address and nothing more.
pub struct Memory {
    block: Block,
    length: usize,
}

// SAFETY: the address may be known to every thread; what is done with it is up to those who dereference it.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Allocates `length` bytes; the operating system provides the pages when they are first touched.
    pub fn new(length: usize) -> Result<Self, OutOfMemory> {
        let block = Block::new(length).ok_or(OutOfMemory(length))?;
        Ok(Self { block, length })
    }

    /// The address of the first byte.
    pub fn as_ptr(&self) -> *mut u8 {
        self.block.start().as_ptr()
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

/// Where a block comes from.
enum Block {
    Heap(heap::Block),
    /// In pages of 2 MiB. Of a large copy, four fifths go into the faults of pages of 4 KiB.
    #[cfg(target_os = "linux")]
    Pages(pages::Block),
}

impl Block {
    fn new(length: usize) -> Option<Self> {
        #[cfg(target_os = "linux")]
        if length >= 2 * pages::HUGE {
            return pages::Block::new(length).map(Self::Pages);
        }
        heap::Block::new(length).map(Self::Heap)
    }

    fn start(&self) -> NonNull<u8> {
        match self {
            Self::Heap(block) => block.start,
            #[cfg(target_os = "linux")]
            Self::Pages(block) => block.start,
        }
    }
}

mod heap {
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::ptr::NonNull;

    pub(super) struct Block {
        pub(super) start: NonNull<u8>,
        layout: Layout,
    }

    /// Enough for every element. For more, `alloc_zeroed` would write the zeros that fresh pages have anyway.
    const ALIGN: usize = 8;

    impl Block {
        pub(super) fn new(length: usize) -> Option<Self> {
            let layout = Layout::from_size_align(length.max(1), ALIGN).ok()?;
            // SAFETY: the layout's size is at least 1.
            let start = unsafe { alloc_zeroed(layout) };
            NonNull::new(start).map(|start| Self { start, layout })
        }
    }

    impl Drop for Block {
        fn drop(&mut self) {
            // SAFETY: allocated in `new` with this layout, and dropped once.
            unsafe { dealloc(self.start.as_ptr(), self.layout) };
        }
    }
}

#[cfg(target_os = "linux")]
mod pages {
    use std::ffi::c_void;
    use std::ptr::{self, NonNull};

    pub(super) const HUGE: usize = 2 << 20;

    pub(super) struct Block {
        pub(super) start: NonNull<u8>,
        mapped: *mut c_void,
        size: usize,
    }

    impl Block {
        pub(super) fn new(length: usize) -> Option<Self> {
            // One huge page more, so that the block can begin with one; what is not touched costs nothing.
            let size = length.checked_next_multiple_of(HUGE)?.checked_add(HUGE)?;
            let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            // SAFETY: a new mapping wherever the kernel likes disturbs nobody.
            let mapped = unsafe { libc::mmap(ptr::null_mut(), size, access, kind, -1, 0) };
            if mapped == libc::MAP_FAILED {
                return None;
            }
            let offset = mapped.addr().wrapping_neg() % HUGE;
            // SAFETY: the offset is less than HUGE, and the mapping is longer than that.
            let start = unsafe { mapped.cast::<u8>().add(offset) };
            // SAFETY: from there on the mapping has at least this many bytes. A kernel that does not want to give huge
            // pages says so, and gives small ones.
            unsafe { libc::madvise(start.cast(), size - HUGE, libc::MADV_HUGEPAGE) };
            NonNull::new(start).map(|start| Self { start, mapped, size })
        }
    }

    impl Drop for Block {
        fn drop(&mut self) {
            // SAFETY: mapped in `new` with this size, and dropped once.
            unsafe { libc::munmap(self.mapped, self.size) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_sizes_are_zeroed_and_writable() {
        for length in [0, 1, 4096, 3 << 20, (4 << 20) + 1, 17 << 20] {
            let memory = Memory::new(length).expect("there is so much memory");
            assert_eq!(memory.len(), length);
            assert_eq!(memory.as_ptr().addr() % 8, 0);
            if length == 0 {
                continue;
            }
            // SAFETY: the block has `length` zeroed bytes, and nobody else has it.
            let bytes = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), length) };
            assert!(bytes.iter().step_by(1000).all(|byte| *byte == 0));
            bytes[length - 1] = 1;
        }
    }

    #[test]
    fn what_no_machine_has_is_refused() {
        assert!(Memory::new(usize::MAX).is_err());
    }
}
