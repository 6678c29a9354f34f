//! A worker: an isolate that runs tasks.

mod lease;
mod shared;

use std::{fmt, time::Duration};

use crate::{
    body::Payload,
    buffer::trim,
    caller::CallerShared,
    load::Thread,
    pool::Pool,
    queue::Local,
    state::Outcome,
    sync::{Arc, Ordering, Parker, Spin, lock},
    task::{Record, Task},
};

pub use lease::Cause;
pub(crate) use lease::Part;
pub(crate) use shared::WorkerShared;

/// A worker's number: unique in the process, from 1.
pub type WorkerId = u32;

/// Stands where no deadline is.
pub(crate) const NEVER: u64 = u64::MAX;

/// The number under which a worker holds a task that it runs.
pub type Leased = u32;

/// What a worker shall do next.
#[derive(Debug)]
pub enum Taken {
    /// Run this task.
    Task(Record, Leased),
    /// There is none.
    Nothing,
    /// Take no more: the pool has given the worker up, or has no more use for it.
    Stop(Fate),
}

/// Why a worker is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its host ends it.
    Condemned,
    /// It was asked to leave.
    Retired,
}

/// What a worker has found.
struct Found {
    task: Record,
    /// To this worker alone: no other may have it.
    addressed: bool,
}

/// How a worker waits for a task without its event loop.
#[derive(Clone, Copy, Debug)]
pub struct Park {
    /// How long it looks again and again.
    pub spin: Duration,
    /// How long it sleeps then, before it goes back to its event loop.
    pub sleep: Duration,
}

/// A worker's own part: only its isolate touches it.
pub struct Worker {
    shared: Arc<WorkerShared>,
    pool: Arc<Pool>,
    local: Local<Record>,
    parker: Parker,
    /// Whose task it has finished last.
    caller: Option<Arc<CallerShared>>,
    /// How many tasks it runs.
    leased: usize,
    /// How many of them wait for tasks of their own.
    waiting: usize,
    /// Has gone to sleep in its event loop and not been told that this has turned.
    asleep: bool,
    /// Has been counted on to see what waits, although it is not counted among those that search.
    owes: bool,
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(formatter)
    }
}

impl Worker {
    pub(crate) fn new(
        pool: Arc<Pool>,
        id: WorkerId,
        host: Arc<CallerShared>,
        waker: Box<dyn Fn() -> bool + Send + Sync>,
    ) -> Self {
        let local = Local::new();
        let parker = Parker::new();
        let unparker = parker.unparker().clone();
        let shared = Arc::new(WorkerShared::new(id, host, local.remote(), unparker, waker));
        // Many tasks may wait for the first worker, and nobody else may have been called for them.
        Self { shared, pool, local, parker, caller: None, leased: 0, waiting: 0, asleep: false, owes: true }
    }

    pub(crate) fn shared(&self) -> &Arc<WorkerShared> {
        &self.shared
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.shared.id
    }

    /// Called on the worker's own thread, whose demand for processor time is to be measured from now on.
    pub fn measure(&self) {
        if let Some(thread) = Thread::current() {
            let _ = self.shared.thread.set(thread);
        }
    }

    /// The next task, claimed. `now` is the moment, by [`Pool::now`].
    pub fn take(&mut self, now: u64) -> Taken {
        self.awake();
        loop {
            if self.shared.is_condemned() {
                self.give_back();
                self.discharge();
                return Taken::Stop(Fate::Condemned);
            }
            if self.shared.is_doubtful() || (!self.is_alone() && self.pool.drains(now, &self.shared)) {
                return self.hold_off();
            }
            let found = self.find(now);
            self.discharge();
            let Some(found) = found else {
                if self.is_unneeded() && self.pool.part_with(&self.shared) {
                    return Taken::Stop(Fate::Retired);
                }
                return Taken::Nothing;
            };
            if let Some(taken) = self.start(found, now) {
                return taken;
            }
        }
    }

    /// The task under `lease` has ended. Where somebody settled it before, what it gave is dropped.
    pub fn finish(&mut self, lease: Leased, outcome: Outcome, now: u64, payload: Payload<'_>) {
        let mut running = lock(&self.shared.running);
        let Some(task) = running.remove(lease) else {
            return;
        };
        self.leased -= 1;
        self.shared.recover(&running);
        if let Some((sample, started)) = task.times() {
            running.measures.ended(task.order().label, sample, started, now);
        }
        drop(running);
        if !task.end(outcome, now, payload) {
            return;
        }
        if self.pool.ordered().measures() {
            self.pool.ordered().ran(&task, task.ran_for());
        }
        // Given away, not shared: its caller may have it in its hands at once, and is to find that it holds it alone.
        let caller = self.caller.take().filter(|caller| Arc::ptr_eq(caller, &task.caller));
        let caller = caller.unwrap_or_else(|| Arc::clone(&task.caller));
        caller.deliver(task);
        self.caller = Some(caller);
    }

    /// So many of the tasks that it runs wait for tasks of their own: an exclusive one may run beside those.
    pub fn waits(&mut self, waiting: usize) {
        self.waiting = waiting;
    }

    /// Its event loop turns, or is going to, after it has been held for so many nanoseconds.
    pub fn turned(&self, held: u64) {
        lock(&self.shared.running).measures.turned(held);
    }

    /// Whether it sleeps in its event loop.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        self.asleep
    }

    /// The task under `lease`.
    #[must_use]
    pub fn leased(&self, lease: Leased) -> Option<Record> {
        lock(&self.shared.running).get(lease).cloned()
    }

    /// Tasks that run here side by side must not suffer for each other: where one takes the worker down, the others are run
    /// once more.
    pub fn share(&mut self) {
        lock(&self.shared.running).shared = true;
    }

    /// Whether they must not.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        lock(&self.shared.running).shared
    }

    /// The worker is about to end through the fault of the task under `lease`.
    pub fn blame(&mut self, lease: Leased) {
        lock(&self.shared.running).blame(lease);
    }

    /// The worker goes on after all, whoever was to blame.
    pub fn pardon(&mut self) {
        lock(&self.shared.running).pardon();
    }

    /// The task under `lease` reports how far it has come.
    pub fn report(&self, lease: Leased, payload: Payload<'_>) {
        if let Some(task) = self.leased(lease) {
            Task::report(&task, payload);
        }
    }

    /// The task under `lease` asks for its signal: from now on the isolate is called when a task is abandoned. True: this
    /// one is already. None: there is none.
    pub fn watch(&mut self, lease: Leased) -> Option<bool> {
        lock(&self.shared.running).watch(lease)
    }

    /// How many tasks have been abandoned here, ever. Where the number has changed, somebody should ask for the cause.
    #[must_use]
    pub fn abandoned(&self) -> u32 {
        // Acquire: pairs with the increment in `WorkerShared::abandon`.
        self.shared.abandoned.load(Ordering::Acquire)
    }

    /// Why the task under `lease` has been abandoned; none: it has not, or is over.
    #[must_use]
    pub fn cause(&self, lease: Leased) -> Option<Cause> {
        lock(&self.shared.running).cause(lease)
    }

    /// The isolate builds the function that `task` calls, and keeps it.
    pub fn builds(&self, task: &Task) {
        let function = &task.order().function;
        if function.is_kept() {
            lock(&self.shared.built).alive.insert(function.id());
        }
    }

    /// Reports how many bytes the isolate holds. True: that is too much, for it or because the pool is full.
    pub fn weighs(&self, held: u64) -> bool {
        self.shared.held.store(held, Ordering::Relaxed);
        self.pool.weigh(&self.shared)
    }

    /// Leaves although tasks wait, because of what it holds. False: it goes on.
    pub fn resign(&mut self) -> bool {
        self.awake();
        // What it has fetched is not to wait for its end, nor to go with it.
        self.give_back();
        let left = self.pool.release(&self.shared);
        self.discharge();
        left
    }

    /// Whether there is something in [`Worker::forgotten`].
    #[must_use]
    pub fn is_to_forget(&self) -> bool {
        self.shared.forgetful.load(Ordering::Relaxed)
    }

    /// The functions that the isolate has built and that nobody can call any more.
    #[must_use]
    pub fn forgotten(&self) -> Vec<u32> {
        self.shared.forgetful.store(false, Ordering::Relaxed);
        std::mem::take(&mut lock(&self.shared.built).forgotten)
    }

    /// Waits for a task to arrive: looks again for a while, then sleeps, both bounded. True: look again. False: the
    /// worker is idle and has to return to its event loop, where its waker reaches it.
    pub fn park(&mut self, limits: Park) -> bool {
        if self.holds_off() && !self.shared.is_condemned() {
            // Nobody is to count on it until it has let go of what it runs, which its own isolate does, or is recalled.
            self.discharge();
            self.asleep = true;
            return false;
        }
        self.asleep = !self.look_around(limits.spin) && self.fall_asleep(limits.sleep);
        if self.shared.is_condemned() {
            // Its isolate may be ending and never take again; if it was counted on, somebody else has to come.
            self.discharge();
        }
        if self.asleep && self.pool.is_asleep() {
            trim();
        }
        !self.asleep
    }

    /// The first half of [`Worker::park`], for an isolate that has something to do before the second: looks again and again
    /// for a while. True: there is something. False: nobody need count on it any more, until it parks.
    pub fn search(&mut self, spin: Duration) -> bool {
        let found = self.look_around(spin);
        if !found {
            self.discharge();
        }
        found
    }

    /// Looks again and again for a while, unless another worker does, or it would take a processor from somebody who works.
    /// True: there is something. Either way it counts as searching until it takes a task or parks.
    fn look_around(&self, spin: Duration) -> bool {
        // Who counts on it may have an exclusive task.
        if spin.is_zero() || !self.is_alone() || self.pool.idle().is_searched() || self.pool.takes_all_processors() {
            return false;
        }
        self.pool.idle().begin_search(&self.shared);
        let mut spin = Spin::of(spin);
        while spin.goes_on() {
            if self.sees_work() {
                return true;
            }
        }
        false
    }

    /// True: it sleeps in its event loop from now on. False: it has been chosen, or has seen something itself.
    fn fall_asleep(&mut self, sleep: Duration) -> bool {
        // From here on it is either among the sleepers, or chosen, or counted on by whoever saw it search: it has to see
        // to what it leaves when it takes the next task.
        self.owes = true;
        self.shared.set_busy(!self.is_alone());
        self.pool.idle().announce(&self.shared);
        self.pool.idle().end_search(&self.shared);
        if !self.sees_work() && !sleep.is_zero() {
            self.parker.park_timeout(sleep);
        }
        if self.sees_work() {
            self.pool.idle().retract(&self.shared);
            return false;
        }
        self.pool.idle().doze(&self.shared)
    }

    /// The event loop has woken up, for whatever reason: the worker is not idle any more, until it parks again.
    pub fn awake(&mut self) {
        if self.asleep {
            self.asleep = false;
            self.pool.idle().retract(&self.shared);
        }
    }

    /// The worker is awake and takes no task now: somebody else has to come if there is one.
    pub fn pass_on(&mut self) {
        self.awake();
        self.discharge();
    }

    /// It stops searching. Where it has been counted on, or is the last one that searched, it makes sure that what it
    /// leaves is found.
    fn discharge(&mut self) {
        let last = self.pool.idle().end_search(&self.shared);
        if std::mem::take(&mut self.owes) || last {
            self.pool.pass_on();
        }
    }

    /// Whether it is to leave, as far as it can tell without a lock.
    fn is_unneeded(&self) -> bool {
        self.leased == 0 && (self.shared.is_retiring() || self.pool.has_surplus())
    }

    fn sees_work(&self) -> bool {
        if self.shared.is_condemned() {
            return true;
        }
        // One that holds off leaves what there is to others.
        !self.holds_off()
            && (!self.shared.mailbox.is_empty() || self.is_unneeded() || self.pool.has_waiting(self.is_alone()))
    }

    /// Whether it runs nothing beside tasks that wait for tasks of their own.
    fn is_alone(&self) -> bool {
        self.leased <= self.waiting
    }

    /// Whether it takes nothing until it has let go of something.
    fn holds_off(&self) -> bool {
        self.shared.is_doubtful() || (!self.is_alone() && self.shared.is_draining())
    }

    fn find(&mut self, now: u64) -> Option<Found> {
        // What it has made room for comes before its mail, which might never end.
        let drained = self.shared.is_draining().then(|| self.pool.pop_ordered(now, &self.shared, true)).flatten();
        if let Some(task) = drained {
            return Some(Found { task, addressed: false });
        }
        if let Some(task) = self.shared.mailbox.pop() {
            return Some(Found { task, addressed: true });
        }
        if let Some(task) = self.pool.pop_ordered(now, &self.shared, self.is_alone()) {
            return Some(Found { task, addressed: false });
        }
        if let Some(task) = self.local.pop() {
            return Some(Found { task, addressed: false });
        }
        // What a busy worker has fetched is older than what still stands in the queue.
        let overdue = self.pool.steal_overdue(now, &self.shared);
        if let Some(task) = overdue {
            return Some(Found { task, addressed: false });
        }
        let fetched = self.pool.queue().pop_into(&self.local);
        let task = fetched.or_else(|| self.pool.steal_for(&self.shared, &self.local))?;
        // While they were being moved, the others were out of sight of whoever looked for a task.
        self.owes |= !self.local.is_empty();
        Some(Found { task, addressed: false })
    }

    /// Claims the task. None: it had been cancelled, or it comes too late.
    fn start(&mut self, found: Found, now: u64) -> Option<Taken> {
        let Found { task, addressed } = found;
        if task.is_late(now) {
            self.pool.end_waiting(&task, Outcome::Expired, &[]);
            return None;
        }
        let mut running = lock(&self.shared.running);
        if running.closed || self.shared.is_condemned() {
            // Given up meanwhile: what this worker found goes back, as does all that it holds.
            drop(running);
            if addressed {
                self.pool.return_to_sender([task], &[]);
            } else {
                self.pool.return_task(task);
            }
            self.give_back();
            return Some(Taken::Stop(Fate::Condemned));
        }
        if self.shared.is_doubtful() {
            // Since this moment.
            if addressed {
                self.shared.mailbox.push(task);
                drop(running);
            } else {
                drop(running);
                self.pool.return_task(task);
            }
            return Some(self.hold_off());
        }
        if task.caller.is_closed() || !task.claim(self.shared.id, now) {
            return None;
        }
        self.shared.started.store(now, Ordering::Relaxed);
        let timeout = task.order().timeout;
        let limit = if timeout == 0 { NEVER } else { now.saturating_add(timeout) };
        self.leased += 1;
        let lease = running.add(Record::clone(&task), limit);
        let expects = running.expect(limit);
        drop(running);
        if expects {
            self.pool.keep_look(self.shared.id, limit);
        }
        if task.control().is_some() {
            self.pool.forget_deadline(&task);
        }
        Some(Taken::Task(task, lease))
    }

    /// It takes nothing: what it started would end with an abandoned task, or be beside an exclusive one.
    fn hold_off(&mut self) -> Taken {
        self.give_back();
        self.discharge();
        Taken::Nothing
    }

    /// What this worker has fetched and not started goes back to the pool.
    fn give_back(&self) {
        while let Some(task) = self.local.pop() {
            self.pool.return_task(task);
        }
    }
}
