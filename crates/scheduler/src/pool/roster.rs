//! The workers that a pool has: those that are starting and those that serve, how they join, and which of them is asked.

use super::{Pool, PoolError};
use crate::{
    caller::{Caller, CallerShared},
    sync::{Arc, Ordering, read, write},
    task::Record,
    worker::{Worker, WorkerId, WorkerShared},
};

/// A thread that is being started.
pub(super) struct Starting {
    pub(super) id: WorkerId,
    /// The caller that starts it.
    pub(super) host: Arc<CallerShared>,
    /// Tasks that are addressed to it already.
    pub(super) addressed: Vec<Record>,
}

/// The workers of a pool.
#[derive(Default)]
pub(super) struct Roster {
    pub(super) starting: Vec<Starting>,
    /// Those that run tasks.
    pub(super) serving: Vec<Arc<WorkerShared>>,
}

impl Roster {
    /// How many workers there are or will be, without those that are to go.
    pub(super) fn staff(&self) -> usize {
        self.starting.len() + self.serving.iter().filter(|worker| worker.stays()).count()
    }

    /// The same without those that may be given up at any moment for a task that is abandoned.
    pub(super) fn sure_staff(&self) -> usize {
        self.staff() - self.serving.iter().filter(|worker| worker.stays() && worker.is_doubtful()).count()
    }
}

impl Pool {
    /// A worker's number for a thread that `host` is about to start; none where there are enough. For a task that has to be
    /// addressed, a worker which may be given up for an abandoned task is not enough.
    #[must_use]
    pub fn hire(&self, host: &Caller, to_address: bool) -> Option<WorkerId> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        self.change_roster(|roster| {
            let staff = if to_address { roster.sure_staff() } else { roster.staff() };
            if staff >= self.size() || self.is_full(staff) || self.is_dead() {
                return None;
            }
            let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            roster.starting.push(Starting { id, host: Arc::clone(host.shared()), addressed: Vec::new() });
            Some(id)
        })
    }

    /// The thread that was started as worker `id` begins to serve.
    ///
    /// # Errors
    ///
    /// Where nobody was hired under that number, it was given up meanwhile, or the pool has been killed.
    pub fn attach(
        self: &Arc<Self>,
        id: WorkerId,
        waker: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Worker, PoolError> {
        self.change_roster(|roster| {
            // Under the lock, so that `kill`, which says so before it takes the lock, finds every worker.
            if self.is_dead() {
                return Err(PoolError::Closed);
            }
            let index = roster.starting.iter().position(|starting| starting.id == id).ok_or(PoolError::NoSuchWorker)?;
            let Starting { host, addressed, .. } = roster.starting.swap_remove(index);
            let worker = Worker::new(Arc::clone(self), id, host, Box::new(waker));
            for task in addressed {
                worker.shared().post(task);
            }
            roster.serving.push(Arc::clone(worker.shared()));
            Ok(worker)
        })
    }

    /// The worker of this host with the least to do, for a task that has to be addressed. One that may be given up for an
    /// abandoned task is none.
    #[must_use]
    pub fn least_busy(&self, host: &Caller) -> Option<WorkerId> {
        let host = host.id();
        let roster = read(&self.roster);
        let addressable = |worker: &&Arc<WorkerShared>| worker.stays() && !worker.is_doubtful();
        let serving = roster.serving.iter().filter(addressable).filter(|worker| worker.host().id() == host);
        let serving = serving.map(|worker| (worker.load(), worker.id()));
        let starting = roster.starting.iter().filter(|starting| starting.host.id() == host);
        // A worker that serves already is preferred to one that does not.
        let starting = starting.map(|starting| (starting.addressed.len() + 1, starting.id));
        serving.chain(starting).min().map(|(_, id)| id)
    }

    /// Whether all workers, as far as there are any, were started by `host`.
    #[must_use]
    pub fn is_served_by(&self, host: &Caller) -> bool {
        let roster = read(&self.roster);
        roster.starting.iter().all(|hired| hired.host.id() == host.id())
            && roster.serving.iter().all(|worker| worker.host().id() == host.id())
    }

    /// Whether a thread is being started.
    pub(super) fn is_starting(&self) -> bool {
        !read(&self.roster).starting.is_empty()
    }

    pub(super) fn worker(&self, id: WorkerId) -> Option<Arc<WorkerShared>> {
        self.serving(|workers| workers.iter().find(|worker| worker.id() == id).map(Arc::clone))
    }

    pub(super) fn serving<R>(&self, with: impl FnOnce(&[Arc<WorkerShared>]) -> R) -> R {
        with(&read(&self.roster).serving)
    }

    pub(super) fn change_roster<R>(&self, change: impl FnOnce(&mut Roster) -> R) -> R {
        let mut roster = write(&self.roster);
        let result = change(&mut roster);
        self.staff.store(roster.staff(), Ordering::Relaxed);
        result
    }
}
