//! Memory that an isolate and the addon pass bytes through: its outbox and its inbox, and large payloads.

use napi::{Env, bindgen_prelude::*};
use tasklets_scheduler::Buffer;

/// A byte array that JavaScript gave to the addon once and for all: it is never detached, resized or given to
/// anybody else, and it is touched by the addon only during calls on its isolate's thread.
pub(crate) struct Exchange(Uint8Array);

impl Exchange {
    pub(crate) fn new(memory: Uint8Array) -> Self {
        Self(memory)
    }

    pub(crate) fn read(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn write(&mut self) -> &mut [u8] {
        // SAFETY: no JavaScript runs during a native call on its own thread, and no other thread has this memory.
        unsafe { self.0.as_mut() }
    }
}

/// Copies the windows of some typed arrays out of the isolate.
pub(crate) fn copy_in(windows: &[Uint8ArraySlice<'_>]) -> Vec<Buffer> {
    windows.iter().map(|window| Buffer::copied_from(window)).collect()
}

/// Hands native memory to the isolate without a copy, where the runtime allows that.
pub(crate) fn hand_out<'env>(env: &'env Env, buffers: Vec<Buffer>) -> Result<Vec<ArrayBuffer<'env>>> {
    buffers
        .into_iter()
        .map(|mut buffer| {
            let content = buffer.as_mut_slice();
            if content.is_empty() {
                return ArrayBuffer::from_data(env, Vec::new());
            }
            let (start, length) = (content.as_mut_ptr(), content.len());
            // SAFETY: the memory is valid for `length` bytes and belongs to `buffer`, which moves into the finalizer
            // and so lives until the array buffer is gone. Moving the owner does not move what it owns.
            unsafe { ArrayBuffer::from_external(env, start, length, buffer, |_, buffer| drop(buffer)) }
        })
        .collect()
}
