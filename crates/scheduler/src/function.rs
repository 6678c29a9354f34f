//! A function that tasks call: what a worker needs to build it, shipped once and shared by all its tasks.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::buffer::Buffer;

/// So many bytes are worth less than making a new record.
const LIGHT: usize = 4096;

/// A captured function, encoded. Workers build it once and remember it by [`Function::id`].
#[derive(Debug)]
pub struct Function {
    id: u32,
    bytes: Box<[u8]>,
    buffers: Vec<Buffer>,
}

impl Function {
    /// Gives the function an id that no other function of the process has had.
    #[must_use]
    pub fn new(bytes: &[u8], buffers: Vec<Buffer>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), bytes: bytes.into(), buffers }
    }

    /// Its number in this process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it is small enough to be kept by a record that is not in use.
    pub(crate) fn is_light(&self) -> bool {
        self.bytes.len() <= LIGHT && self.buffers.is_empty()
    }

    /// The encoded plan.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The large binary parts of the plan. Each worker gets a copy.
    #[must_use]
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }
}
