//! A pool: a queue and the workers that serve it.

mod ends;
mod measures;
mod memory;
mod roster;
mod scaling;
mod time;

use std::{
    collections::HashMap,
    fmt,
    sync::{OnceLock, Weak},
    time::Instant,
};

use thiserror::Error;

use time::Clock;

pub use measures::WorkerMeasures;
use roster::Roster;

use crate::{
    caller::{Caller, CallerShared},
    elastic::Elastic,
    idle::Idle,
    load::processors,
    metrics::Measures,
    ordered::Ordered,
    queue::{Local, Shared},
    state::Outcome,
    sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering, RwLock, fence, lock},
    task::{Record, Task},
    worker::{NEVER, WorkerId, WorkerShared},
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
    /// It was running, and has been abandoned there.
    Running,
}

/// A queue and the workers that serve it.
pub struct Pool {
    id: u32,
    queue: Shared<Record>,
    ordered: Ordered,
    /// Tasks that come after others, until their callers say that those have succeeded; by where their records lie.
    held: Mutex<HashMap<usize, Record>>,
    idle: Idle,
    roster: RwLock<Roster>,
    /// How many workers are starting or serving and are to stay, to be read without the roster's lock.
    staff: AtomicUsize,
    /// How many there shall be.
    size: AtomicUsize,
    /// Where there are fewer, whoever finds all of them busy says so: the size, or, in an elastic pool that nobody watches,
    /// the most that it may have.
    room: AtomicUsize,
    /// What it knows of its workers' memory.
    memory: Mutex<memory::Memory>,
    /// Whether they hold so much that none is added, to be read without the lock.
    full: AtomicBool,
    /// What an elastic pool knows of itself.
    elastic: Mutex<Option<Elastic>>,
    closed: AtomicBool,
    /// Killed: whatever is in a queue, or comes into one, is settled by whoever sees this.
    dead: AtomicBool,
    /// What the workers that have ended had measured.
    past: Mutex<Measures>,
    /// Who has used the pool, to be asked for workers when a host has gone.
    callers: Mutex<Vec<Weak<CallerShared>>>,
    clock: Mutex<Clock>,
    /// For the timekeeper, which must not keep it.
    #[cfg(not(loom))]
    me: Weak<Self>,
}

/// These workers need not make room any more: what they have not taken meanwhile, they are to look at.
fn recall(workers: &[Arc<WorkerShared>]) {
    workers.iter().for_each(|worker| worker.recall());
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
        Arc::new_cyclic(|_me| Self {
            id: NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            queue: Shared::new(),
            ordered: Ordered::new(),
            held: Mutex::new(HashMap::new()),
            idle: Idle::new(),
            roster: RwLock::default(),
            staff: AtomicUsize::new(0),
            size: AtomicUsize::new(size),
            room: AtomicUsize::new(size),
            memory: Mutex::default(),
            full: AtomicBool::new(false),
            elastic: Mutex::new(None),
            closed: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            past: Mutex::new(Measures::default()),
            callers: Mutex::new(Vec::new()),
            clock: Mutex::new(Clock::new()),
            #[cfg(not(loom))]
            me: Weak::clone(_me),
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

    /// How many workers it has, those that are starting included, those that are to go not.
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
        self.queue.len() + self.ordered.len() + fetched
    }

    /// Makes `caller`, whose isolate can start threads, known to the pool, to be asked for workers.
    pub fn introduce(&self, caller: &Caller) {
        lock(&self.callers).push(Arc::downgrade(caller.shared()));
    }

    /// Changes how many workers it wants, for good. Those that are too many leave when they have nothing to do.
    pub fn resize(&self, size: usize) {
        *lock(&self.elastic) = None;
        self.set_size(size, size);
    }

    /// Those that are too many for the new size are told so, and others come where tasks wait for them.
    fn set_size(&self, size: usize, room: usize) {
        self.size.store(size, Ordering::Relaxed);
        self.room.store(room, Ordering::Relaxed);
        let mut surplus = self.staff().saturating_sub(size);
        for worker in self.serving(<[_]>::to_vec) {
            // Those that do not sleep see for themselves when they find nothing to do.
            // One that runs something does not leave yet.
            if surplus > 0 && self.idle.wake(&worker) && !worker.is_busy() {
                surplus -= 1;
            }
        }
        // It may want more, and tasks may wait for them.
        self.pass_on();
    }

    /// Whether it has more workers than it wants.
    pub(crate) fn has_surplus(&self) -> bool {
        self.staff() > self.size()
    }

    /// Takes no more tasks from now on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Somebody who was counted on is busy or gone, or there is room for one more: another has to come if a task waits.
    pub(crate) fn pass_on(&self) {
        // Pairs with the fence in `Idle::wake_one`, which stands between the push of a task and the look at who searches,
        // sleeps, serves or may come: either that look sees what has changed, or the task is seen here.
        fence(Ordering::SeqCst);
        if self.has_waiting(false) {
            self.summon(false);
        }
        if self.ordered.has_exclusive() {
            self.summon(true);
        }
    }

    /// Has somebody come for a task that waits: a worker that sleeps, or, where all are busy and the pool wants more of
    /// them, a new one.
    pub(crate) fn summon(&self, exclusive: bool) {
        if !self.wake_for(exclusive) && self.has_room() {
            self.ask_for_workers();
        }
    }

    /// Wakes a worker that can take a task which has just been queued. False: there is none.
    fn wake_for(&self, exclusive: bool) -> bool {
        if exclusive { self.idle.wake_alone() } else { self.idle.wake_one() }
    }

    /// Whether more workers might come for tasks that wait.
    fn has_room(&self) -> bool {
        let staff = self.staff();
        staff < self.room.load(Ordering::Relaxed) && !self.is_full(staff)
    }

    /// Whether all its workers sleep.
    pub(crate) fn is_asleep(&self) -> bool {
        self.idle.count() >= self.staff()
    }

    /// Whether its workers that do not sleep and a caller beside them are more than there are processors.
    pub(crate) fn takes_all_processors(&self) -> bool {
        self.staff().saturating_sub(self.idle.count()) >= processors()
    }

    /// Nobody can call this function any more.
    pub(crate) fn forget_function(&self, id: u32) {
        self.serving(|workers| workers.iter().for_each(|worker| worker.forget(id)));
    }

    pub(crate) fn idle(&self) -> &Idle {
        &self.idle
    }

    /// Puts a task where those wait that no worker is named for. True: it is exclusive.
    fn enqueue(&self, task: Record) -> bool {
        if !self.ordered.takes(&task) {
            self.queue.push(task);
            return false;
        }
        let exclusive = task.is_exclusive().then(|| Record::clone(&task));
        self.ordered.push(task, Self::now());
        if let Some(task) = &exclusive {
            // Its deadline may have come before it was here.
            if !task.is_queued() {
                self.leave(task);
            }
        }
        exclusive.is_some()
    }

    /// Keeps a task until its caller releases it.
    fn hold(&self, task: Record) {
        let record = Record::clone(&task);
        lock(&self.held).insert(Record::as_ptr(&task) as usize, task);
        if !record.is_queued() {
            // Its deadline has come before it was here.
            self.leave(&record);
        }
        // Pairs with the fence in `kill`: either that finds the task here, or this sees that the pool is dead.
        fence(Ordering::SeqCst);
        if self.is_dead() {
            self.fail_held();
        }
    }

    /// Queues a task that has been held. True: the pool wants more workers.
    pub(crate) fn let_go(&self, task: Record) -> bool {
        // Whoever has settled it meanwhile has taken it out.
        if lock(&self.held).remove(&(Record::as_ptr(&task) as usize)).is_none() {
            return false;
        }
        let exclusive = self.enqueue(task);
        let woken = self.wake_for(exclusive);
        if self.is_dead() {
            self.fail_waiting(Outcome::PoolDied, &[]);
        }
        !woken && self.has_room()
    }

    /// A task waits no longer, for whatever reason: neither its deadline nor what it came after matters any more.
    pub(crate) fn leave(&self, task: &Task) {
        self.forget_deadline(task);
        if task.control().is_some_and(|control| control.held) {
            lock(&self.held).remove(&(std::ptr::from_ref(task) as usize));
        }
        if task.is_exclusive() {
            recall(&self.ordered.forget(task));
        }
    }

    /// The pool is dead: settles what is held.
    fn fail_held(&self) {
        let held = std::mem::take(&mut *lock(&self.held));
        for task in held.into_values() {
            self.end_waiting(&task, Outcome::PoolDied, &[]);
        }
    }

    /// The task that comes before those that stand in line, if there is one, for a worker that runs others or none.
    pub(crate) fn pop_ordered(&self, now: u64, worker: &Arc<WorkerShared>, alone: bool) -> Option<Record> {
        if self.ordered.is_empty() {
            return None;
        }
        if !alone || !self.ordered.has_exclusive() {
            return self.ordered.pop(now, self.has_line());
        }
        let (task, released) = self.ordered.pop_alone(now, self.has_line(), worker);
        recall(&released);
        task
    }

    /// Whether a worker that runs something is to take nothing, to make room for an exclusive task that comes next.
    pub(crate) fn drains(&self, now: u64, worker: &Arc<WorkerShared>) -> bool {
        if !self.ordered.has_exclusive() {
            return false;
        }
        let (drains, released) = self.ordered.drain(now, self.has_line(), worker);
        recall(&released);
        drains
    }

    /// From now on the task with the highest response ratio comes next.
    pub fn go_by_ratios(&self) {
        self.ordered.go_by_ratios();
    }

    pub(crate) fn ordered(&self) -> &Ordered {
        &self.ordered
    }

    pub(crate) fn queue(&self) -> &Shared<Record> {
        &self.queue
    }

    /// Queues a task and wakes a worker. True: the pool wants more workers.
    pub(crate) fn push(&self, task: Record, to: Option<WorkerId>) -> Result<bool, PoolError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(PoolError::Closed);
        }
        if task.control().is_some() {
            // Before it can start, which takes it back.
            self.keep_deadline(&task);
        }
        if let Some(id) = to {
            return self.address(task, id).map(|()| false);
        }
        if task.control().is_some_and(|control| control.held) {
            self.hold(task);
            return Ok(false);
        }
        let exclusive = self.enqueue(task);
        let woken = self.wake_for(exclusive);
        if self.is_dead() {
            self.fail_waiting(Outcome::PoolDied, &[]);
        }
        Ok(!woken && self.has_room())
    }

    /// Queues a task for one worker alone.
    fn address(&self, task: Record, to: WorkerId) -> Result<(), PoolError> {
        let worker = self.change_roster(|roster| {
            let starting = roster.starting.iter_mut().find(|starting| starting.id == to && !self.is_dead());
            if let Some(starting) = starting {
                starting.addressed.push(Record::clone(&task));
                return Ok(None);
            }
            let worker = roster.serving.iter().find(|worker| worker.id() == to);
            worker.map(|worker| Some(Arc::clone(worker))).ok_or(PoolError::NoSuchWorker)
        })?;
        if let Some(worker) = worker {
            if !worker.post(task) {
                return Err(PoolError::NoSuchWorker);
            }
            self.idle.wake(&worker);
        }
        Ok(())
    }

    /// Whether a worker without anything of its own would find something, one that runs others or none.
    pub(crate) fn has_waiting(&self, alone: bool) -> bool {
        self.ordered.is_open() || (alone && self.ordered.has_exclusive()) || self.has_line()
    }

    /// Whether a task stands in line, here or in the part that a worker has fetched.
    fn has_line(&self) -> bool {
        !self.queue.is_empty() || self.serving(|workers| workers.iter().any(|worker| !worker.remote().is_empty()))
    }

    /// A task that another worker has fetched and keeps waiting.
    pub(crate) fn steal_overdue(&self, now: u64, thief: &Arc<WorkerShared>) -> Option<Record> {
        self.serving(|workers| {
            workers
                .iter()
                .filter(|worker| !Arc::ptr_eq(worker, thief) && worker.keeps_waiting(now))
                .find_map(|worker| worker.remote().pop())
        })
    }

    pub(crate) fn steal_for(&self, thief: &Arc<WorkerShared>, into: &Local<Record>) -> Option<Record> {
        self.serving(|workers| {
            workers.iter().find_map(
                |worker| {
                    if Arc::ptr_eq(worker, thief) { None } else { worker.remote().pop_into(into) }
                },
            )
        })
    }

    /// Asks those who can start threads to see whether the pool wants more.
    pub fn ask_for_workers(&self) {
        for caller in self.known_callers() {
            caller.ask_for_worker(self.id);
        }
    }

    fn known_callers(&self) -> Vec<Arc<CallerShared>> {
        lock(&self.callers).iter().filter_map(Weak::upgrade).collect()
    }
}
