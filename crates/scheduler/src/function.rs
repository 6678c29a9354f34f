//! A function that tasks call: what a worker needs to build it, shipped once and shared by all its tasks.

use std::sync::{
    Weak,
    atomic::{AtomicU32, Ordering},
};

use crate::{buffer::Buffer, pool::Pool, sync::Arc};

/// So many bytes are worth less than making a new record.
const LIGHT: usize = 4096;

/// A captured function, encoded. Workers build it once and remember it by [`Function::id`].
#[derive(Debug)]
pub struct Function {
    id: u32,
    bytes: Box<[u8]>,
    buffers: Vec<Buffer>,
    /// The pool whose workers keep it once they have built it; none where it is called once.
    keepers: Option<Weak<Pool>>,
}

impl Function {
    /// A function that is called once, with an id that no other function of the process has had.
    #[must_use]
    pub fn new(bytes: &[u8], buffers: Vec<Buffer>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), bytes: bytes.into(), buffers, keepers: None }
    }

    /// A function that the workers of `pool` keep, until the last task that calls it and its caller have let go.
    #[must_use]
    pub fn kept(bytes: &[u8], buffers: Vec<Buffer>, pool: &Arc<Pool>) -> Self {
        let mut function = Self::new(bytes, buffers);
        function.keepers = Some(Arc::downgrade(pool));
        function
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.keepers.is_some()
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

impl Drop for Function {
    fn drop(&mut self) {
        if let Some(pool) = self.keepers.as_ref().and_then(Weak::upgrade) {
            pool.forget_function(self.id);
        }
    }
}
