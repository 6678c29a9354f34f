//! Memory that an isolate and the addon pass bytes through: its outbox and its inbox, and large payloads.

use napi::bindgen_prelude::*;
use tasklets_scheduler::{Buffer, Payload};

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

/// Copies the windows of some typed arrays out of the isolate. None: there is no memory for them.
pub(crate) fn copy_in(windows: &[Uint8ArraySlice<'_>]) -> Option<Vec<Buffer>> {
    windows.iter().map(|window| Buffer::copied_from(window)).collect()
}

/// Copies an encoded value, with those of its large parts, out of the isolate. None: there is no memory for it.
pub(crate) fn carry<'a>(bytes: &'a [u8], windows: &[Uint8ArraySlice<'_>]) -> Option<Payload<'a>> {
    Payload::of(bytes, copy_in(windows)?)
}

pub(crate) fn no_memory() -> Error {
    Error::from_reason("there is no memory for a copy of it")
}

/// Copies payloads into memory of the isolate's own, which `allocate` makes: it can be transferred and is collected like
/// any other, and the native memory, still warm, is free for the next payload.
pub(crate) fn copy_out(buffers: &[Buffer], allocate: Function<'_, f64, Uint8Array>) -> Result<Vec<Uint8Array>> {
    let copy = |buffer: &Buffer| {
        let content = buffer.as_slice();
        let mut memory = allocate.call(content.len() as f64)?;
        // SAFETY: the memory is new, so nobody else refers to it, and no JavaScript runs until it is filled.
        let place = unsafe { memory.as_mut() };
        if place.len() != content.len() {
            return Err(Error::from_reason("the isolate has not made as much memory as it was asked for"));
        }
        place.copy_from_slice(content);
        Ok(memory)
    };
    buffers.iter().map(copy).collect()
}
