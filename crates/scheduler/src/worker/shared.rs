//! What other threads may touch of a worker.

use std::{collections::HashSet, fmt, sync::OnceLock};

use super::{
    WorkerId,
    lease::{Abandoning, Cause, Due, Leases, Stranded},
};
use crate::{
    caller::{CallerShared, Command},
    elastic::Demand,
    load::Thread,
    metrics::Measures,
    queue::{Mail, Remote},
    state::Outcome,
    sync::{Arc, AtomicBool, AtomicU32, AtomicU64, Mutex, Ordering, Unparker, lock},
    task::Record,
};

/// Nanoseconds that a worker may be busy with one task before others take over what it has fetched beside it.
const PATIENCE: u64 = 500_000;

/// The functions that a worker has built.
#[derive(Default)]
pub(super) struct Built {
    pub(super) alive: HashSet<u32>,
    /// Those that nobody can call any more, for the isolate to drop.
    pub(super) forgotten: Vec<u32>,
}

/// What other threads may touch.
pub(crate) struct WorkerShared {
    pub(super) id: WorkerId,
    /// The caller whose isolate started this one, and ends it.
    host: Arc<CallerShared>,
    remote: Remote<Record>,
    /// Tasks addressed to this worker alone.
    pub(super) mailbox: Mail<Record>,
    pub(super) running: Mutex<Leases>,
    /// When it started a task last.
    pub(super) started: AtomicU64,
    /// How many of its tasks have been abandoned, ever: what a task that watches its signal looks at.
    pub(super) abandoned: AtomicU32,
    /// Holds an abandoned task, for which it may be given up at any moment, and takes no others. Written with the lock on
    /// `running` held.
    doubtful: AtomicBool,
    /// Takes nothing until it runs nothing, to make room for an exclusive task. Written with the lock of the ordered queue
    /// held.
    draining: AtomicBool,
    /// Runs tasks while it sleeps. Written before it stands among the sleepers.
    busy: AtomicBool,
    /// Given up: it takes no more tasks and its host ends it.
    condemned: AtomicBool,
    /// Asked to leave once it finds nothing to do.
    retiring: AtomicBool,
    /// Asleep in its event loop, not in the native park. Read and written with the idle lock held.
    dozing: AtomicBool,
    /// Counted among those that look for a task.
    searching: AtomicBool,
    pub(super) built: Mutex<Built>,
    /// Whether there are forgotten functions.
    pub(super) forgetful: AtomicBool,
    /// How many bytes its isolate holds, as it has reported.
    pub(super) held: AtomicU64,
    /// Its thread, once that has said so: see [`super::Worker::measure`].
    pub(super) thread: OnceLock<Thread>,
    unparker: Unparker,
    /// Wakes the isolate's event loop; false where it is gone.
    waker: Box<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for WorkerShared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Worker({})", self.id)
    }
}

impl WorkerShared {
    pub(super) fn new(
        id: WorkerId,
        host: Arc<CallerShared>,
        remote: Remote<Record>,
        unparker: Unparker,
        waker: Box<dyn Fn() -> bool + Send + Sync>,
    ) -> Self {
        Self {
            id,
            host,
            remote,
            mailbox: Mail::new(),
            running: Mutex::new(Leases::new()),
            started: AtomicU64::new(0),
            abandoned: AtomicU32::new(0),
            doubtful: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            condemned: AtomicBool::new(false),
            retiring: AtomicBool::new(false),
            dozing: AtomicBool::new(false),
            searching: AtomicBool::new(false),
            built: Mutex::default(),
            forgetful: AtomicBool::new(false),
            held: AtomicU64::new(0),
            thread: OnceLock::new(),
            unparker,
            waker,
        }
    }

    pub(crate) fn id(&self) -> WorkerId {
        self.id
    }

    pub(crate) fn held(&self) -> u64 {
        // Relaxed: a figure that is read late is corrected by the next report.
        self.held.load(Ordering::Relaxed)
    }

    /// What its thread asks of the processors, as far as that is known.
    pub(crate) fn demand(&self) -> Option<Demand> {
        let thread = self.thread.get()?;
        Some(Demand { asked: thread.demand()?, ready: thread.is_ready() })
    }

    pub(crate) fn host(&self) -> &Arc<CallerShared> {
        &self.host
    }

    /// Whether it has been busy with something else for so long that what it fetched should not wait for it.
    pub(crate) fn keeps_waiting(&self, now: u64) -> bool {
        // Relaxed: a moment that is read late makes a task wait a little longer.
        !self.remote.is_empty() && now.saturating_sub(self.started.load(Ordering::Relaxed)) > PATIENCE
    }

    pub(crate) fn remote(&self) -> &Remote<Record> {
        &self.remote
    }

    pub(crate) fn is_condemned(&self) -> bool {
        self.condemned.load(Ordering::Acquire)
    }

    pub(crate) fn set_dozing(&self, dozing: bool) {
        self.dozing.store(dozing, Ordering::Relaxed);
    }

    pub(crate) fn is_dozing(&self) -> bool {
        self.dozing.load(Ordering::Relaxed)
    }

    /// Sets the flag, gives what it was.
    pub(crate) fn set_searching(&self, searching: bool) -> bool {
        // AcqRel: a worker that begins after the reaper has ended its search sees that it has been given up.
        self.searching.swap(searching, Ordering::AcqRel)
    }

    pub(crate) fn is_searching(&self) -> bool {
        // Relaxed: only the worker itself sets it, or somebody who has chosen it and holds the idle lock.
        self.searching.load(Ordering::Relaxed)
    }

    /// Wakes the worker where it sleeps. Called with the idle lock held. False: its isolate is gone.
    pub(crate) fn rouse(&self) -> bool {
        if self.dozing.swap(false, Ordering::Relaxed) {
            return (self.waker)();
        }
        self.unparker.unpark();
        true
    }

    /// Gives the worker up and has its host end it. Once is enough.
    pub(crate) fn condemn(&self, pool: u32) {
        if !self.condemned.swap(true, Ordering::AcqRel) {
            self.host.command(Command::Terminate { pool, worker: self.id });
        }
    }

    /// Whether it goes on serving: neither given up nor asked to leave.
    pub(crate) fn stays(&self) -> bool {
        !self.is_condemned() && !self.retiring.load(Ordering::Acquire)
    }

    /// Gives the worker up because of a task that it runs and that has been settled. Where it has finished that task
    /// meanwhile, it may run another, which is none of this task's business.
    pub(crate) fn condemn_for(&self, task: &Record, pool: u32) {
        // With the lock held, because `Worker::start` looks whether the worker is condemned with it held.
        let mut running = lock(&self.running);
        if running.holds(task) {
            running.blame_settled();
            self.condemn(pool);
        }
        drop(running);
    }

    /// Settles a task that runs here. False: somebody else has, or it runs here no longer. Where this worker has ended
    /// meanwhile, the task may run once more elsewhere, and that run is none of this worker's business.
    pub(crate) fn settle(&self, task: &Record, outcome: Outcome) -> bool {
        // With the lock held, under which the reaper takes the leases.
        let running = lock(&self.running);
        running.holds(task) && task.settle_running(outcome)
    }

    /// A task that this worker runs has been settled by somebody else. The task is told, and the worker may go on with
    /// it for a while; without a grace the worker is given up at once. Gives the moment at which it has to be looked at, unless
    /// it is before that.
    pub(crate) fn abandon(&self, task: &Record, now: u64, cause: Cause, pool: u32) -> Option<u64> {
        let mut running = lock(&self.running);
        match running.abandon(task, now, cause) {
            Abandoning::Over => None,
            Abandoning::AtOnce => {
                // With the lock held, as in `condemn_for`.
                running.blame_settled();
                self.condemn(pool);
                None
            }
            Abandoning::Until { due, watched } => {
                // Relaxed: whoever starts a task has the lock, and whoever announces sleep the idle lock, which
                // is taken after this to retract the worker.
                self.doubtful.store(true, Ordering::Relaxed);
                let expects = running.expect(due);
                // Release: whoever sees the number finds the cause. The lock orders this and `Worker::watch`: the task
                // is called here, or sees there that it is abandoned.
                self.abandoned.fetch_add(1, Ordering::Release);
                drop(running);
                if watched {
                    (self.waker)();
                }
                expects.then_some(due)
            }
        }
    }

    /// Whether it holds an abandoned task, for which it may be given up at any moment.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Relaxed)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn set_draining(&self, draining: bool) {
        // Relaxed: the worker sets it itself, and whoever clears it calls the waker afterwards.
        self.draining.store(draining, Ordering::Relaxed);
    }

    /// Has its isolate look for tasks.
    pub(crate) fn recall(&self) {
        (self.waker)();
    }

    /// Whether it sleeps although it runs something, and could not start an exclusive task. With the idle lock held.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// It has let go of a task, and may be doubtful no more. With the lock held.
    pub(super) fn recover(&self, running: &Leases) {
        if self.is_doubtful() && !running.holds_abandoned() {
            self.doubtful.store(false, Ordering::Relaxed);
        }
    }

    pub(crate) fn retire(&self) {
        self.retiring.store(true, Ordering::Release);
    }

    /// A function can be called no more: should this worker have built it, its isolate is to drop it.
    pub(crate) fn forget(&self, function: u32) {
        let mut built = lock(&self.built);
        if built.alive.remove(&function) {
            built.forgotten.push(function);
            // Relaxed: the lock publishes the list; a worker that reads the flag late drops the function later.
            self.forgetful.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_retiring(&self) -> bool {
        self.retiring.load(Ordering::Acquire)
    }

    /// The end, by the worker itself. False: there is something for it to do.
    pub(crate) fn close_if_idle(&self) -> bool {
        let mut running = lock(&self.running);
        // With the lock held, as in `post`.
        let idle = self.mailbox.is_empty() && running.is_empty();
        if idle {
            running.closed = true;
            self.condemned.store(true, Ordering::Release);
        }
        idle
    }

    /// Addresses a task to this worker. False: it takes none any more.
    pub(crate) fn post(&self, task: Record) -> bool {
        let running = lock(&self.running);
        let open = !running.closed && !self.is_condemned();
        if open {
            self.mailbox.push(task);
        }
        open
    }

    /// What it has measured, with how many tasks it runs and since when it has run the last.
    pub(crate) fn measures(&self) -> (Measures, usize, u64) {
        let running = lock(&self.running);
        (running.measures.clone(), running.len(), self.started.load(Ordering::Relaxed))
    }

    /// Gives away what it has measured.
    pub(crate) fn take_measures(&self) -> Measures {
        std::mem::take(&mut lock(&self.running).measures)
    }

    /// How much it has to do.
    pub(crate) fn load(&self) -> usize {
        self.mailbox.len() + self.remote.len() + lock(&self.running).len()
    }

    /// What is due by `now`.
    pub(crate) fn due(&self, now: u64) -> Due {
        lock(&self.running).due(now)
    }

    /// It ends with its host: none of its tasks is to blame.
    pub(crate) fn acquit(&self) {
        lock(&self.running).acquit();
    }

    /// The end, by the reaper: nothing starts here from now on. Gives what was running and what was addressed to it.
    pub(crate) fn close(&self) -> (Stranded, Vec<Record>) {
        self.condemned.store(true, Ordering::Release);
        let mut running = lock(&self.running);
        running.closed = true;
        let stranded = running.drain();
        let mut addressed = Vec::new();
        while let Some(task) = self.mailbox.pop() {
            addressed.push(task);
        }
        (stranded, addressed)
    }
}
