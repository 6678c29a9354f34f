//! What only some tasks are ordered with. A task without any of it has no control block.

use crate::{
    body::Body,
    sync::{AtomicU32, AtomicU64, Mutex, Ordering},
    wheel::Place,
    worker::NEVER,
};

/// No timer is set.
const UNSET: u32 = u32::MAX;

/// When and where a task may run, beyond "next, anywhere".
#[derive(Debug)]
pub struct Control {
    /// Seconds by which it comes before those that have none.
    pub priority: f64,
    /// What kind of task it is, where the pool goes by how long those take; 0: any.
    pub kind: u32,
    /// The moment after which it does not start any more, by [`crate::Pool::now`].
    pub deadline: u64,
    /// Nanoseconds between the moment at which the running task is abandoned and the one at which its worker is given up
    /// for it; none: as long as suits most.
    pub grace: Option<u64>,
    /// Its caller says when it may be queued: it comes after other tasks.
    pub held: bool,
    /// It runs alone in its worker.
    pub exclusive: bool,
    /// What those have resulted in, encoded.
    pub(crate) results: Mutex<Option<Body>>,
    /// Whether it must not run again where another task has taken its worker down.
    pub no_retry: bool,
    /// What the task has reported last and its caller has not read.
    pub(crate) report: Mutex<Option<Body>>,
    /// The moment at which it came to the ordered queue first; 0: it has not.
    arrival: AtomicU64,
    /// Where the deadline stands in the pool's wheel. Read and written with the wheel locked.
    timer: AtomicU32,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            priority: 0.0,
            kind: 0,
            deadline: NEVER,
            grace: None,
            held: false,
            exclusive: false,
            no_retry: false,
            results: Mutex::new(None),
            report: Mutex::new(None),
            arrival: AtomicU64::new(0),
            timer: AtomicU32::new(UNSET),
        }
    }
}

impl Control {
    pub(crate) fn has_deadline(&self) -> bool {
        self.deadline != NEVER
    }

    /// The task comes to the ordered queue, or comes back to it: gives the moment at which it came first.
    pub(crate) fn arrive(&self, now: u64) -> u64 {
        // Relaxed: read and written by whoever has the task in its hands, between one queue and the next.
        let before = self.arrival.load(Ordering::Relaxed);
        if before == 0 {
            self.arrival.store(now, Ordering::Relaxed);
        }
        if before == 0 { now } else { before }
    }

    /// Notes where the deadline stands.
    pub(crate) fn set_timer(&self, place: Place) {
        // Relaxed here and below: the lock of the wheel is the synchronisation.
        self.timer.store(place, Ordering::Relaxed);
    }

    /// Where the deadline stands, which it does no longer.
    pub(crate) fn take_timer(&self) -> Option<Place> {
        let place = self.timer.swap(UNSET, Ordering::Relaxed);
        (place != UNSET).then_some(place)
    }
}
