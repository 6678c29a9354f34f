//! The queues that tasks go through: one that all callers push to, one for each worker that others may steal from, and
//! those that many write to and one reads.
//!
//! All but the last kind are crossbeam's, or, under loom, which cannot see into crossbeam, that kind with more operations.

use std::collections::VecDeque;

use crate::sync::{AtomicUsize, Mutex, Ordering, lock};

/// What many threads push to and one takes all of at once, the first first: one lock, instead of two atomic operations for
/// each value.
pub(crate) struct Batch<T> {
    values: Mutex<VecDeque<T>>,
    /// How many there are: read without the lock, written with it.
    count: AtomicUsize,
}

/// Room for so many values is kept where there are none.
const KEPT: usize = 4096;

impl<T> Batch<T> {
    pub(crate) fn new() -> Self {
        Self { values: Mutex::new(VecDeque::new()), count: AtomicUsize::new(0) }
    }

    pub(crate) fn push(&self, value: T) {
        let mut values = lock(&self.values);
        values.push_back(value);
        self.count.store(values.len(), Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Exchanges what has been pushed for an empty queue, whose memory is used again.
    pub(crate) fn take(&self, mut empty: VecDeque<T>) -> VecDeque<T> {
        if self.is_empty() {
            return empty;
        }
        empty.shrink_to(KEPT);
        let mut values = lock(&self.values);
        self.count.store(0, Ordering::Release);
        std::mem::replace(&mut values, empty)
    }
}

#[cfg(not(loom))]
mod deque {
    use crossbeam::{
        deque::{Injector, Steal, Stealer, Worker},
        queue::SegQueue,
    };

    /// Where callers push.
    pub(crate) struct Shared<T>(Injector<T>);

    /// A worker's own part.
    pub(crate) struct Local<T>(Worker<T>);

    /// Another worker's view of it.
    pub(crate) struct Remote<T>(Stealer<T>);

    impl<T> Shared<T> {
        pub(crate) fn new() -> Self {
            Self(Injector::new())
        }

        pub(crate) fn push(&self, value: T) {
            self.0.push(value);
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        /// One value without moving any others.
        pub(crate) fn pop(&self) -> Option<T> {
            retry(|| self.0.steal())
        }

        /// Moves some values to `local` and gives the first of them.
        pub(crate) fn pop_into(&self, local: &Local<T>) -> Option<T> {
            retry(|| self.0.steal_batch_and_pop(&local.0))
        }
    }

    impl<T> Local<T> {
        pub(crate) fn new() -> Self {
            Self(Worker::new_fifo())
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.0.pop()
        }

        pub(crate) fn remote(&self) -> Remote<T> {
            Remote(self.0.stealer())
        }
    }

    impl<T> Remote<T> {
        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        /// One value without moving any others.
        pub(crate) fn pop(&self) -> Option<T> {
            retry(|| self.0.steal())
        }

        /// Moves some values to `local` and gives the first of them.
        pub(crate) fn pop_into(&self, local: &Local<T>) -> Option<T> {
            retry(|| self.0.steal_batch_and_pop(&local.0))
        }
    }

    /// What many threads push to and one pops from.
    pub(crate) struct Mail<T>(SegQueue<T>);

    impl<T> Mail<T> {
        pub(crate) fn new() -> Self {
            Self(SegQueue::new())
        }

        pub(crate) fn push(&self, value: T) {
            self.0.push(value);
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn pop(&self) -> Option<T> {
            // What is empty is seen by two loads; to find out by popping takes a fence.
            if self.0.is_empty() { None } else { self.0.pop() }
        }
    }

    fn retry<T>(mut steal: impl FnMut() -> Steal<T>) -> Option<T> {
        loop {
            match steal() {
                Steal::Success(value) => return Some(value),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }
}

#[cfg(loom)]
mod deque {
    use super::{Batch, Ordering, lock};
    use crate::sync::Arc;

    pub(crate) type Shared<T> = Batch<T>;
    pub(crate) type Mail<T> = Batch<T>;
    pub(crate) struct Local<T>(Arc<Batch<T>>);
    pub(crate) struct Remote<T>(Arc<Batch<T>>);

    /// What the queues of the other kinds can do beyond. Whether one is empty is seen without the lock, as in crossbeam's, so
    /// that the order in which threads see it is up to the fences of the protocol.
    impl<T> Batch<T> {
        pub(crate) fn len(&self) -> usize {
            self.count.load(Ordering::Acquire)
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.pop_some(1).0
        }

        /// Two at a time, and as in crossbeam's there is a moment when the second is in neither queue.
        pub(crate) fn pop_into(&self, local: &Local<T>) -> Option<T> {
            let (first, second) = self.pop_some(2);
            if let Some(second) = second {
                local.0.push(second);
            }
            first
        }

        fn pop_some(&self, most: usize) -> (Option<T>, Option<T>) {
            if self.is_empty() {
                return (None, None);
            }
            let mut values = lock(&self.values);
            let first = values.pop_front();
            let second = if most > 1 { values.pop_front() } else { None };
            self.count.store(values.len(), Ordering::Release);
            (first, second)
        }
    }

    impl<T> Local<T> {
        pub(crate) fn new() -> Self {
            Self(Arc::new(Batch::new()))
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.0.pop()
        }

        pub(crate) fn remote(&self) -> Remote<T> {
            Remote(Arc::clone(&self.0))
        }
    }

    impl<T> Remote<T> {
        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.0.pop()
        }

        pub(crate) fn pop_into(&self, local: &Local<T>) -> Option<T> {
            self.0.pop_into(local)
        }
    }
}

pub(crate) use deque::{Local, Mail, Remote, Shared};
