//! Large binary payloads: native memory that is filled once by the sender and handed to the receiver as it is.

use std::sync::{Mutex, MutexGuard, PoisonError};

mod spare {
    //! Memory that was used before and is kept for the next payload of its size, because fresh pages cost more
    //! than the copy into them.

    use super::{Mutex, MutexGuard, PoisonError};

    /// How much memory may lie idle between two payloads: isolates free theirs in bursts, when they collect garbage.
    const LIMIT: usize = 32 << 20;
    /// Smaller payloads are not worth keeping: the allocator has them at hand.
    pub(super) const LEAST: usize = 16 << 10;

    struct Spare {
        bytes: usize,
        kept: Vec<Vec<u8>>,
    }

    /// Out of loom's sight, as all memory is: no step of the protocol depends on it.
    static SPARE: Mutex<Spare> = Mutex::new(Spare { bytes: 0, kept: Vec::new() });

    fn lock() -> MutexGuard<'static, Spare> {
        SPARE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece that holds `length` bytes and wastes at most as much again.
    pub(super) fn take(length: usize) -> Option<Vec<u8>> {
        let mut spare = lock();
        let index =
            spare.kept.iter().rposition(|piece| piece.capacity() >= length && piece.capacity() / 2 <= length)?;
        let piece = spare.kept.swap_remove(index);
        spare.bytes -= piece.capacity();
        Some(piece)
    }

    pub(super) fn forget() {
        let kept = {
            let mut spare = lock();
            spare.bytes = 0;
            std::mem::take(&mut spare.kept)
        };
        drop(kept);
    }

    pub(super) fn keep(mut piece: Vec<u8>) {
        piece.clear();
        let mut spare = lock();
        if spare.bytes + piece.capacity() <= LIMIT {
            spare.bytes += piece.capacity();
            spare.kept.push(piece);
        }
    }
}

/// Gives the memory back that is kept for the next payloads, because none is in sight.
pub(crate) fn trim() {
    spare::forget();
}

/// A payload of its own memory. Dropping it gives the memory back for the next payload.
#[derive(Debug, Default)]
pub struct Buffer(Vec<u8>);

impl Buffer {
    /// Copies `bytes`. None: there is no memory for them.
    #[must_use]
    pub fn copied_from(bytes: &[u8]) -> Option<Self> {
        let mut memory = match Self::used_before(bytes.len()) {
            Some(memory) => memory,
            None => {
                let mut memory = Vec::new();
                memory.try_reserve_exact(bytes.len()).ok()?;
                memory
            }
        };
        memory.extend_from_slice(bytes);
        Some(Self(memory))
    }

    fn used_before(length: usize) -> Option<Vec<u8>> {
        if length >= spare::LEAST { spare::take(length) } else { None }
    }

    /// The content.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The content, for the one holder to write.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() >= spare::LEAST {
            spare::keep(std::mem::take(&mut self.0));
        }
    }
}
