//! What a thread contributes to a session: the leaf, and the seat from which it is called.
//!
//! A rayon job may run on any thread of the pool, but a leaf belongs to its thread. So a thread that joins puts a
//! pointer to its leaf into a thread-local *seat* for as long as it is inside rayon, and jobs find it there.

use std::cell::Cell;
use std::ops::Range;
use std::ptr::NonNull;

/// What came of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; go on.
    Done,
    /// Done, but the rest must not go through this session (the kernel turned out to be asynchronous).
    Leave,
    /// Failed at this index; the session ends.
    Failed(u64),
    /// The same, because this thread is being ended: whoever ends it may wait for it before the others are told.
    Gone(u64),
}

/// Makes the leaf that a thread runs end soon, from any other thread.
pub type Interrupt = Box<dyn Fn() + Send>;

/// Runs parts of the range on the thread that it belongs to.
pub trait Leaf {
    /// Runs the units `range` of the stage numbered `stage`. Never called again after it has answered `Failed`.
    fn run(&self, stage: usize, range: Range<usize>) -> Outcome;

    /// Whether the thread goes on. Asked on that thread, now and then while a round lasts long.
    fn goes_on(&self) -> bool {
        true
    }

    /// What interrupts `run` on this thread, where there is such a thing. It is called only while the thread is seated.
    fn interrupt(&self) -> Option<Interrupt> {
        None
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Seat {
    leaf: NonNull<dyn Leaf>,
    pub(crate) ticket: usize,
}

thread_local! {
    static SEAT: Cell<Option<Seat>> = const { Cell::new(None) };
}

/// Clears the seat however its owner leaves, by a panic too.
struct Occupied;

impl Drop for Occupied {
    fn drop(&mut self) {
        SEAT.set(None);
    }
}

/// Whether this thread is inside a session already.
pub(crate) fn is_seated() -> bool {
    SEAT.get().is_some()
}

/// Calls `body` while this thread's jobs can reach `leaf`.
pub(crate) fn seated(leaf: &dyn Leaf, ticket: usize, body: impl FnOnce()) {
    // SAFETY: only the lifetime is erased, and the pointer does not outlive the borrow: it leaves the thread-local when
    // `Occupied` is dropped, before this function returns or unwinds, and no other thread can read it.
    let leaf = unsafe { std::mem::transmute::<NonNull<dyn Leaf + '_>, NonNull<dyn Leaf>>(NonNull::from(leaf)) };
    SEAT.set(Some(Seat { leaf, ticket }));
    let _occupied = Occupied;
    body();
}

/// The seat of this thread; `None` on a thread that did not join.
pub(crate) fn seat() -> Option<Seat> {
    SEAT.get()
}

impl Seat {
    pub(crate) fn run(&self, stage: usize, range: Range<usize>) -> Outcome {
        // SAFETY: a `Seat` is only handed out by `seat()` on its own thread while `seated` is on the stack below, which
        // holds the borrow that the pointer was made from.
        let leaf = unsafe { self.leaf.as_ref() };
        leaf.run(stage, range)
    }

    pub(crate) fn goes_on(&self) -> bool {
        // SAFETY: as in `run`.
        let leaf = unsafe { self.leaf.as_ref() };
        leaf.goes_on()
    }
}
