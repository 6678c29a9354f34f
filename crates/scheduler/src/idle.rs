//! The idle workers of a pool: who sleeps, and who is woken when a task arrives. The proof sketch that no wake-up is
//! lost stands in the crate's README, 'Sleeping and waking'.

use crate::{
    sync::{Arc, AtomicUsize, Mutex, Ordering, fence, lock},
    worker::WorkerShared,
};

/// The workers that have announced that they are about to sleep, the last one last.
pub(crate) struct Idle {
    /// How many there are. Read by callers without the lock, written with it.
    count: AtomicUsize,
    sleepers: Mutex<Vec<Arc<WorkerShared>>>,
}

impl Idle {
    pub(crate) fn new() -> Self {
        Self { count: AtomicUsize::new(0), sleepers: Mutex::new(Vec::new()) }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Step 1 of falling asleep. The worker looks at the queues once more after this, before it sleeps.
    pub(crate) fn announce(&self, worker: &Arc<WorkerShared>) {
        let mut sleepers = lock(&self.sleepers);
        sleepers.push(Arc::clone(worker));
        self.count.store(sleepers.len(), Ordering::Relaxed);
        drop(sleepers);
        // Pairs with the fence in `wake_one`: either the worker's second look at the queue sees the task, or the
        // caller sees the worker here.
        fence(Ordering::SeqCst);
    }

    /// The worker does not sleep after all. False: somebody has chosen it and is waking it.
    pub(crate) fn retract(&self, worker: &Arc<WorkerShared>) -> bool {
        let mut sleepers = lock(&self.sleepers);
        let found = sleepers.iter().position(|sleeper| Arc::ptr_eq(sleeper, worker));
        if let Some(index) = found {
            sleepers.remove(index);
            self.count.store(sleepers.len(), Ordering::Relaxed);
        }
        found.is_some()
    }

    /// The worker stops waiting in the native park and goes on sleeping in its event loop. False: it has been
    /// chosen meanwhile and must not sleep.
    pub(crate) fn doze(&self, worker: &Arc<WorkerShared>) -> bool {
        let sleepers = lock(&self.sleepers);
        let still_here = sleepers.iter().any(|sleeper| Arc::ptr_eq(sleeper, worker));
        if still_here {
            // Under the lock, so that whoever chooses the worker knows which way to wake it.
            worker.set_dozing(true);
        }
        still_here
    }

    /// Wakes the worker that fell asleep last, whose caches are warmest. Called after a push; costs a fence and a
    /// load where nobody sleeps.
    pub(crate) fn wake_one(&self) -> bool {
        // Pairs with the fence in `announce`.
        fence(Ordering::SeqCst);
        while self.count.load(Ordering::Relaxed) > 0 {
            let mut sleepers = lock(&self.sleepers);
            let Some(worker) = sleepers.pop() else {
                return false;
            };
            self.count.store(sleepers.len(), Ordering::Relaxed);
            let dozing = worker.set_dozing(false);
            drop(sleepers);
            if worker.rouse(dozing) {
                return true;
            }
            // Its isolate is going: somebody else has to come.
        }
        false
    }

    /// Wakes this worker if it sleeps.
    pub(crate) fn wake(&self, worker: &Arc<WorkerShared>) {
        fence(Ordering::SeqCst);
        let mut sleepers = lock(&self.sleepers);
        if let Some(index) = sleepers.iter().position(|sleeper| Arc::ptr_eq(sleeper, worker)) {
            sleepers.remove(index);
            self.count.store(sleepers.len(), Ordering::Relaxed);
            let dozing = worker.set_dozing(false);
            drop(sleepers);
            worker.rouse(dozing);
        }
    }
}
