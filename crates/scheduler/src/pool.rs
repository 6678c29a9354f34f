//! A pool: a queue and the workers that serve it.

use std::{
    fmt,
    sync::{OnceLock, RwLock, Weak},
    time::Instant,
};

use thiserror::Error;

use crate::{
    buffer::Buffer,
    caller::{Caller, CallerShared, Command},
    idle::Idle,
    queue::{Local, Shared},
    state::Outcome,
    sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering, fence, lock},
    task::Task,
    worker::{NEVER, Worker, WorkerId, WorkerShared},
};

/// Why a pool refuses something.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PoolError {
    /// It takes no more tasks.
    #[error("the pool is closed")]
    Closed,
    /// There is no such worker, or it takes no more tasks.
    #[error("the worker is gone")]
    NoSuchWorker,
}

/// What cancelling found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The task had ended, or there is none.
    Ended,
    /// It was waiting and will not run.
    Waiting,
    /// It was running; its worker has been given up.
    Running,
}

/// The workers of a pool.
struct Roster {
    /// Threads that are being started, and the callers that start them.
    starting: Vec<(WorkerId, Arc<CallerShared>)>,
    /// Those that run tasks.
    serving: Vec<Arc<WorkerShared>>,
}

/// A queue and the workers that serve it.
pub struct Pool {
    id: u32,
    queue: Shared<Arc<Task>>,
    idle: Idle,
    roster: RwLock<Roster>,
    /// How many workers are starting or serving, to be read without the roster's lock.
    staff: AtomicUsize,
    /// How many there shall be.
    size: AtomicUsize,
    closed: AtomicBool,
    /// Who has used the pool, to be asked for workers when a host has gone.
    callers: Mutex<Vec<Weak<CallerShared>>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pool({})", self.id)
    }
}

impl Pool {
    /// A pool that wants `size` workers and has none yet.
    #[must_use]
    pub fn new(size: usize) -> Arc<Self> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        Arc::new(Self {
            id: NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            queue: Shared::new(),
            idle: Idle::new(),
            roster: RwLock::new(Roster { starting: Vec::new(), serving: Vec::new() }),
            staff: AtomicUsize::new(0),
            size: AtomicUsize::new(size),
            closed: AtomicBool::new(false),
            callers: Mutex::new(Vec::new()),
        })
    }

    /// The moment, in nanoseconds since the first call in this process.
    #[must_use]
    pub fn now() -> u64 {
        static EPOCH: OnceLock<Instant> = OnceLock::new();
        u64::try_from(EPOCH.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(NEVER)
    }

    /// Its number in this process, from 1.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How many workers it wants.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size.load(Ordering::Relaxed)
    }

    /// How many workers it has, those that are starting included.
    #[must_use]
    pub fn staff(&self) -> usize {
        self.staff.load(Ordering::Relaxed)
    }

    /// How many of them sleep.
    #[must_use]
    pub fn sleeping(&self) -> usize {
        self.idle.count()
    }

    /// How many tasks wait in the pool's own queue and in its workers' parts of it; a snapshot.
    #[must_use]
    pub fn backlog(&self) -> usize {
        let fetched: usize = self.serving(|workers| workers.iter().map(|worker| worker.remote().len()).sum());
        self.queue.len() + fetched
    }

    /// Makes `caller`, whose isolate can start threads, known to the pool, to be asked for workers.
    pub fn introduce(&self, caller: &Caller) {
        lock(&self.callers).push(Arc::downgrade(caller.shared()));
    }

    /// Changes how many workers it wants. Those that are too many leave when they have nothing to do.
    pub fn resize(&self, size: usize) {
        self.size.store(size, Ordering::Relaxed);
        let surplus = self.staff().saturating_sub(size);
        self.retire(surplus);
    }

    /// A worker's number for a thread that `host` is about to start; none where there are enough.
    #[must_use]
    pub fn hire(&self, host: &Caller) -> Option<WorkerId> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        self.change_roster(|roster| {
            if roster.starting.len() + roster.serving.len() >= self.size() {
                return None;
            }
            let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            roster.starting.push((id, Arc::clone(host.shared())));
            Some(id)
        })
    }

    /// The thread that was started as worker `id` begins to serve.
    ///
    /// # Errors
    ///
    /// Where nobody was hired under that number, or it was given up meanwhile.
    pub fn attach(
        self: &Arc<Self>,
        id: WorkerId,
        waker: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Worker, PoolError> {
        self.change_roster(|roster| {
            let index = roster.starting.iter().position(|(hired, _)| *hired == id).ok_or(PoolError::NoSuchWorker)?;
            let (_, host) = roster.starting.swap_remove(index);
            let worker = Worker::new(Arc::clone(self), id, host, Box::new(waker));
            roster.serving.push(Arc::clone(worker.shared()));
            Ok(worker)
        })
    }

    /// The thread of worker `id` has ended: settles what it ran, saves what it held. `body` tells how it ended.
    pub fn bury(&self, id: WorkerId, body: &[u8]) {
        let served = self.change_roster(|roster| {
            roster.starting.retain(|(hired, _)| *hired != id);
            let index = roster.serving.iter().position(|worker| worker.id() == id)?;
            Some(roster.serving.swap_remove(index))
        });
        if let Some(worker) = served {
            self.reap(&worker, Outcome::WorkerExited, body);
        }
    }

    /// Gives worker `id` up: it takes no more tasks and its host ends it.
    pub fn condemn(&self, id: WorkerId) {
        if let Some(worker) = self.worker(id) {
            worker.condemn(self.id);
        }
    }

    /// Asks `count` workers to leave when they find nothing to do.
    pub fn retire(&self, count: usize) {
        let leaving: Vec<_> = self.serving(|workers| workers.iter().take(count).map(Arc::clone).collect());
        for worker in leaving {
            worker.retire();
            self.idle.wake(&worker);
        }
    }

    /// Takes no more tasks from now on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// By force: settles every task and gives every worker up.
    pub fn kill(&self) {
        self.close();
        self.fail_waiting(Outcome::PoolDied, &[]);
        let workers = self.serving(<[_]>::to_vec);
        for worker in workers {
            worker.condemn(self.id);
            let (running, addressed) = worker.close();
            let now = Self::now();
            for task in running {
                Task::end_running(&task, Outcome::PoolDied, now, &[], Vec::new);
            }
            for task in addressed {
                Task::end_queued(&task, Outcome::PoolDied, &[]);
            }
            self.idle.wake(&worker);
        }
        self.fail_waiting(Outcome::PoolDied, &[]);
    }

    /// Settles every task that waits, because nobody will serve it. `body` tells why.
    pub fn fail_waiting(&self, outcome: Outcome, body: &[u8]) {
        while let Some(task) = self.queue.pop() {
            Task::end_queued(&task, outcome, body);
        }
        let workers = self.serving(<[_]>::to_vec);
        for worker in workers {
            while let Some(task) = worker.remote().pop() {
                Task::end_queued(&task, outcome, body);
            }
        }
    }

    /// The caller's isolate is going, and with it the workers that it hosts.
    pub fn forget(&self, caller: &Caller) {
        let gone = caller.shared();
        let hosted: Vec<_> = self.change_roster(|roster| {
            roster.starting.retain(|(_, host)| host.id() != gone.id());
            roster.serving.extract_if(.., |worker| worker.host().id() == gone.id()).collect()
        });
        for worker in &hosted {
            self.reap(worker, Outcome::WorkerExited, &[]);
        }
        lock(&self.callers).retain(|known| known.upgrade().is_some_and(|known| known.id() != gone.id()));
        self.ask_for_workers();
    }

    /// The worker with the least to do, for a task that has to be addressed.
    #[must_use]
    pub fn least_busy(&self, host: &Caller) -> Option<WorkerId> {
        self.serving(|workers| {
            workers
                .iter()
                .filter(|worker| !worker.is_condemned() && worker.host().id() == host.id())
                .min_by_key(|worker| worker.load())
                .map(|worker| worker.id())
        })
    }

    /// A worker that was woken takes no task after all: somebody else has to come if there is one.
    pub fn pass_on(&self) {
        if self.has_waiting() {
            self.idle.wake_one();
        }
    }

    pub(crate) fn idle(&self) -> &Idle {
        &self.idle
    }

    pub(crate) fn queue(&self) -> &Shared<Arc<Task>> {
        &self.queue
    }

    /// Queues a task and wakes a worker. True: the pool wants more workers.
    pub(crate) fn push(&self, task: Arc<Task>, to: Option<WorkerId>) -> Result<bool, PoolError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(PoolError::Closed);
        }
        if let Some(id) = to {
            let worker = self.worker(id).ok_or(PoolError::NoSuchWorker)?;
            if !worker.post(task) {
                return Err(PoolError::NoSuchWorker);
            }
            self.idle.wake(&worker);
            return Ok(false);
        }
        self.queue.push(task);
        let woken = self.idle.wake_one();
        Ok(!woken && self.staff() < self.size())
    }

    /// A task that a worker fetched and will not start.
    pub(crate) fn return_task(&self, task: Arc<Task>) {
        self.queue.push(task);
        self.idle.wake_one();
    }

    /// Whether a worker without anything of its own would find something.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.queue.is_empty() || self.serving(|workers| workers.iter().any(|worker| !worker.remote().is_empty()))
    }

    pub(crate) fn steal_for(&self, thief: &Arc<WorkerShared>, into: &Local<Arc<Task>>) -> Option<Arc<Task>> {
        self.serving(|workers| {
            workers.iter().find_map(
                |worker| {
                    if Arc::ptr_eq(worker, thief) { None } else { worker.remote().pop_into(into) }
                },
            )
        })
    }

    /// The worker leaves by itself.
    pub(crate) fn part_with(&self, worker: &Arc<WorkerShared>) {
        self.change_roster(|roster| roster.serving.retain(|serving| !Arc::ptr_eq(serving, worker)));
        let (running, addressed) = worker.close();
        debug_assert!(running.is_empty(), "a worker that leaves runs nothing");
        for task in addressed {
            Task::end_queued(&task, Outcome::Undelivered, &[]);
        }
        // Pairs with the fence in `Idle::wake_one`, which stands between the push of a task and the look at the
        // staff: either that look misses this worker, or the task is seen here.
        fence(Ordering::SeqCst);
        if self.has_waiting() {
            self.ask_for_workers();
        }
    }

    /// Ends the tasks that have run too long. Gives the next deadline.
    pub(crate) fn end_overdue(&self, now: u64) -> u64 {
        let workers = self.serving(<[_]>::to_vec);
        let mut next = NEVER;
        for worker in workers {
            if worker.deadline() > now {
                next = next.min(worker.deadline());
                continue;
            }
            let mut late = Vec::new();
            worker.for_each_running(|task, deadline| {
                if deadline <= now {
                    late.push(Arc::clone(task));
                } else {
                    next = next.min(deadline);
                }
            });
            for task in late {
                if Task::end_running(&task, Outcome::TimedOut, now, &[], Vec::<Buffer>::new) {
                    worker.condemn(self.id);
                }
            }
        }
        next
    }

    fn reap(&self, worker: &Arc<WorkerShared>, outcome: Outcome, body: &[u8]) {
        self.idle.retract(worker);
        if self.idle.end_search(worker) {
            self.pass_on();
        }
        let (running, addressed) = worker.close();
        while let Some(task) = worker.remote().pop() {
            self.return_task(task);
        }
        let now = Self::now();
        for task in running {
            Task::end_running(&task, outcome, now, body, Vec::new);
        }
        for task in addressed {
            Task::end_queued(&task, Outcome::Undelivered, &[]);
        }
    }

    /// Asks those who can start threads to see whether the pool wants more.
    pub fn ask_for_workers(&self) {
        let callers: Vec<_> = lock(&self.callers).iter().filter_map(Weak::upgrade).collect();
        for caller in callers {
            caller.command(Command::Staff { pool: self.id });
        }
    }

    fn worker(&self, id: WorkerId) -> Option<Arc<WorkerShared>> {
        self.serving(|workers| workers.iter().find(|worker| worker.id() == id).map(Arc::clone))
    }

    fn serving<R>(&self, read: impl FnOnce(&[Arc<WorkerShared>]) -> R) -> R {
        read(&self.roster.read().unwrap_or_else(std::sync::PoisonError::into_inner).serving)
    }

    fn change_roster<R>(&self, change: impl FnOnce(&mut Roster) -> R) -> R {
        let mut roster = self.roster.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let result = change(&mut roster);
        self.staff.store(roster.starting.len() + roster.serving.len(), Ordering::Relaxed);
        result
    }
}
