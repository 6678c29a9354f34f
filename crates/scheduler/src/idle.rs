//! The idle workers of a pool: who sleeps, and who is woken when a task arrives. The proof sketch that no wake-up is
//! lost stands in the crate's README, 'Sleeping and waking'.

use crate::{
    sync::{Arc, AtomicUsize, Mutex, Ordering, fence, lock},
    worker::WorkerShared,
};

/// The workers that have announced that they are about to sleep, the last one last, and how many look for a task.
pub(crate) struct Idle {
    /// How many workers look for a task without having announced sleep: whoever pushes one need not wake anybody.
    searching: AtomicUsize,
    /// How many there are. Read by callers without the lock, written with it.
    count: AtomicUsize,
    /// How many there have been at least since [`Idle::count_anew`], after each that was woken: so many are not needed.
    /// Written with the lock held.
    least: AtomicUsize,
    sleepers: Mutex<Vec<Arc<WorkerShared>>>,
}

impl Idle {
    pub(crate) fn new() -> Self {
        Self {
            searching: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            least: AtomicUsize::new(0),
            sleepers: Mutex::new(Vec::new()),
        }
    }

    /// Counts from now on how many sleepers are not needed.
    pub(crate) fn count_anew(&self) {
        let sleepers = lock(&self.sleepers);
        self.least.store(sleepers.len(), Ordering::Relaxed);
        drop(sleepers);
    }

    /// The workers that have slept ever since, as far as they can be told from others: those that fell asleep first.
    pub(crate) fn unneeded(&self) -> Vec<Arc<WorkerShared>> {
        let sleepers = lock(&self.sleepers);
        let least = self.least.load(Ordering::Relaxed).min(sleepers.len());
        sleepers[..least].to_vec()
    }

    /// All that sleep.
    pub(crate) fn sleepers(&self) -> Vec<Arc<WorkerShared>> {
        lock(&self.sleepers).clone()
    }

    /// With the lock held, after a sleeper has been taken out because it is needed.
    fn lower(&self, left: usize) {
        self.count.store(left, Ordering::Relaxed);
        if left < self.least.load(Ordering::Relaxed) {
            self.least.store(left, Ordering::Relaxed);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The worker is looking for a task, native and without pause.
    pub(crate) fn begin_search(&self, worker: &WorkerShared) {
        // One that is chosen before it has ended its search is counted already, and looks once more after that.
        if worker.is_searching() {
            return;
        }
        // Counted before it is marked, so that the reaper, who may find it marked at any moment, takes away what is there.
        self.searching.fetch_add(1, Ordering::SeqCst);
        worker.set_searching(true);
    }

    /// Whether somebody is looking already: one is enough.
    pub(crate) fn is_searched(&self) -> bool {
        self.searching.load(Ordering::Relaxed) > 0
    }

    /// The worker has found something, or gives up, or is gone. True: nobody else is looking, so that it has to see to
    /// it that what is left is found.
    pub(crate) fn end_search(&self, worker: &WorkerShared) -> bool {
        if !worker.set_searching(false) {
            return false;
        }
        let last = self.searching.fetch_sub(1, Ordering::SeqCst) == 1;
        // Pairs with the fence in `wake_one`: either the caller sees that nobody looks any more, or the look at the
        // queue that follows sees its task.
        fence(Ordering::SeqCst);
        last
    }

    /// Step 1 of falling asleep. The worker looks at the queues once more after this, before it sleeps.
    pub(crate) fn announce(&self, worker: &Arc<WorkerShared>) {
        let mut sleepers = lock(&self.sleepers);
        // Under the lock, so that the reaper, which gives it up first and takes the lock then, finds it here or never; in
        // the same way whoever makes it doubtful.
        if is_unfit(worker) {
            return;
        }
        sleepers.push(Arc::clone(worker));
        self.count.store(sleepers.len(), Ordering::Relaxed);
        drop(sleepers);
        // Pairs with the fence in `wake_one`: either the worker's second look at the queue sees the task, or the
        // caller sees the worker here.
        fence(Ordering::SeqCst);
    }

    /// The worker does not sleep after all. False: somebody has chosen it and is waking it.
    pub(crate) fn retract(&self, worker: &Arc<WorkerShared>) -> bool {
        self.take_out(&mut lock(&self.sleepers), worker)
    }

    /// With the lock held, for a worker that is not needed. False: it does not stand among the sleepers.
    fn take_out(&self, sleepers: &mut Vec<Arc<WorkerShared>>, worker: &Arc<WorkerShared>) -> bool {
        let found = sleepers.iter().position(|sleeper| Arc::ptr_eq(sleeper, worker));
        if let Some(index) = found {
            sleepers.remove(index);
            worker.set_dozing(false);
            self.count.store(sleepers.len(), Ordering::Relaxed);
        }
        found.is_some()
    }

    /// Nobody is to count on the worker if it has been given up or is doubtful. It may have finished what made it doubtful
    /// before this is called, and have fallen asleep as one that takes tasks: then it stays.
    pub(crate) fn exclude(&self, worker: &Arc<WorkerShared>) {
        let mut sleepers = lock(&self.sleepers);
        if is_unfit(worker) {
            self.take_out(&mut sleepers, worker);
        }
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

    /// Sees to it that a task which has just been pushed is found: by a worker that is looking already, or by the one
    /// that fell asleep last, whose caches are warmest, of those that run nothing. Costs a fence and two loads where nobody
    /// sleeps. False: all are busy.
    pub(crate) fn wake_one(&self) -> bool {
        self.wake_first(|sleepers| {
            let last = sleepers.len().checked_sub(1)?;
            // One that runs something may be computing by now, and not come before that ends.
            let found = if sleepers[last].is_busy() { last_alone(sleepers) } else { None };
            Some(found.unwrap_or(last))
        })
    }

    /// The same for an exclusive task, which only a worker can take that runs nothing.
    pub(crate) fn wake_alone(&self) -> bool {
        self.wake_first(last_alone)
    }

    fn wake_first(&self, find: impl Fn(&[Arc<WorkerShared>]) -> Option<usize>) -> bool {
        // Pairs with the fences in `announce` and `end_search`.
        fence(Ordering::SeqCst);
        // Whoever searches runs nothing.
        if self.searching.load(Ordering::Relaxed) > 0 {
            return true;
        }
        while self.count.load(Ordering::Relaxed) > 0 {
            let mut sleepers = lock(&self.sleepers);
            let Some(index) = find(&sleepers) else {
                return false;
            };
            let worker = sleepers.remove(index);
            self.lower(sleepers.len());
            if self.choose(&worker) {
                return true;
            }
        }
        false
    }

    /// With the lock held, for a sleeper that has been taken out: it is told. False: it does not come.
    fn choose(&self, worker: &Arc<WorkerShared>) -> bool {
        // One that has been given up runs nothing any more.
        if worker.is_condemned() {
            return false;
        }
        // A worker in the native park is as good as looking already. One in its event loop may be kept there.
        if !worker.is_dozing() {
            self.begin_search(worker);
        }
        // False where its isolate is going: somebody else has to come.
        worker.rouse()
    }

    /// Whether a worker sleeps that runs nothing.
    pub(crate) fn has_alone(&self) -> bool {
        lock(&self.sleepers).iter().any(|sleeper| !sleeper.is_busy())
    }

    /// Wakes this worker if it sleeps. False: it does not.
    pub(crate) fn wake(&self, worker: &Arc<WorkerShared>) -> bool {
        let mut sleepers = lock(&self.sleepers);
        let found = sleepers.iter().position(|sleeper| Arc::ptr_eq(sleeper, worker));
        if let Some(index) = found {
            sleepers.remove(index);
            self.lower(sleepers.len());
            worker.rouse();
        }
        found.is_some()
    }
}

/// Where the one stands that fell asleep last of those that run nothing.
fn last_alone(sleepers: &[Arc<WorkerShared>]) -> Option<usize> {
    sleepers.iter().rposition(|sleeper| !sleeper.is_busy())
}

/// Whether a worker may not stand among the sleepers.
fn is_unfit(worker: &WorkerShared) -> bool {
    worker.is_condemned() || worker.is_doubtful()
}
