//! The record of a task.

use std::borrow::Borrow;

use crate::{
    body::{Body, Payload},
    caller::CallerShared,
    control::Control,
    function::Function,
    metrics::{Label, Sample},
    state::{Outcome, Phase, TaskState},
    sync::{Arc, AtomicBool, AtomicU32, AtomicU64, Mutex, Ordering, lock, owned},
};

/// What a caller orders: a function to call and how. `F` is how it is held: [`Caller::submit`](crate::Caller::submit) takes
/// one that is borrowed, too, and counts no reference where the record that is used again has called the same function.
#[derive(Debug)]
pub struct Order<F = Arc<Function>> {
    /// The caller's name for the task, given back with its completion.
    pub slot: u32,
    /// The number that users see.
    pub id: f64,
    /// Passed on to the worker, unread.
    pub flags: u32,
    /// How long it may run, in nanoseconds; 0: for ever.
    pub timeout: u64,
    /// What to call.
    pub function: F,
    /// What the task is called, as far as what is measured of it is concerned.
    pub label: Label,
    /// Whether it may run once more where its worker was taken down by another task.
    pub again: bool,
    /// What only some tasks have.
    pub control: Option<Box<Control>>,
}

impl Order {
    pub(crate) fn grace(&self) -> Option<u64> {
        self.control.as_ref()?.grace
    }
}

/// A task as it is passed around. Not the standard library's: nothing refers to a record weakly, and without that count
/// its caller sees by a mere look that it holds the record alone.
pub type Record = triomphe::Arc<Task>;

/// A function and its arguments, running once.
///
/// A record is made or recycled by its caller, shared while it is queued or running, and taken back once settled.
#[derive(Debug)]
pub struct Task {
    pub(crate) state: TaskState,
    order: Order,
    pub(crate) caller: Arc<CallerShared>,
    body: Mutex<Body>,
    worker: AtomicU32,
    sample: Sample,
    /// Nanoseconds: when it was claimed, until it is settled; then how long it ran.
    time: AtomicU64,
    /// How often a worker has claimed it.
    attempts: AtomicU32,
    /// Whether what it ended with is too large to keep room for.
    heavy: AtomicBool,
    /// Whether it is the one, for all that is known, that took a worker down.
    suspect: AtomicBool,
    _counted: Counted,
}

/// How many records there are in the process. A statistic, by which nothing is ordered: every access is relaxed.
static RECORDS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// How many records there are in the process: of tasks that have not settled, and of those that callers keep for more.
#[must_use]
pub fn records() -> usize {
    RECORDS.load(std::sync::atomic::Ordering::Relaxed)
}

/// Counts the record that it is in.
#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Self {
        RECORDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        RECORDS.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Task {
    pub(crate) fn new(
        order: Order<impl Borrow<Arc<Function>>>,
        sample: Sample,
        caller: Arc<CallerShared>,
        payload: Payload<'_>,
    ) -> Self {
        Self {
            state: TaskState::new(),
            order: Order {
                slot: order.slot,
                id: order.id,
                flags: order.flags,
                timeout: order.timeout,
                function: Arc::clone(order.function.borrow()),
                label: order.label,
                again: order.again,
                control: order.control,
            },
            caller,
            body: Mutex::new(payload.into()),
            worker: AtomicU32::new(0),
            sample,
            time: AtomicU64::new(0),
            attempts: AtomicU32::new(0),
            heavy: AtomicBool::new(false),
            suspect: AtomicBool::new(false),
            _counted: Counted::new(),
        }
    }

    /// Makes a settled record a fresh one.
    pub(crate) fn renew(&mut self, order: Order<impl Borrow<Arc<Function>>>, sample: Sample, payload: Payload<'_>) {
        self.state.recycle();
        let Order { slot, id, flags, timeout, function, label, again, control } = order;
        let own = &mut self.order;
        (own.slot, own.id, own.flags, own.timeout) = (slot, id, flags, timeout);
        (own.label, own.again, own.control) = (label, again, control);
        if !Arc::ptr_eq(&own.function, function.borrow()) {
            own.function = Arc::clone(function.borrow());
        }
        owned(&mut self.body).replace(payload);
        // Relaxed: the exclusive reference is the synchronisation.
        self.sample = sample;
        self.worker.store(0, Ordering::Relaxed);
        self.time.store(0, Ordering::Relaxed);
        self.attempts.store(0, Ordering::Relaxed);
        self.heavy.store(false, Ordering::Relaxed);
        self.suspect.store(false, Ordering::Relaxed);
    }

    /// What was ordered.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    pub(crate) fn control(&self) -> Option<&Control> {
        self.order.control.as_deref()
    }

    /// Whether its deadline has passed: it is not to start any more.
    pub(crate) fn is_late(&self, now: u64) -> bool {
        // One that runs once more had started in time.
        self.control().is_some_and(|control| control.deadline <= now && self.attempts() == 0)
    }

    /// The number of the worker that ran it last; 0: none did.
    #[must_use]
    pub fn worker(&self) -> u32 {
        // Relaxed here and below: written before, read after a transition of the state. A claim that came too late wrote,
        // too.
        if self.state.has_run() { self.worker.load(Ordering::Relaxed) } else { 0 }
    }

    /// How many workers have claimed it, counting from 1 while it runs.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// What is measured of its waiting, and when it was claimed; none where it has been settled.
    pub(crate) fn times(&self) -> Option<(Sample, u64)> {
        // Acquire, and before the phase: where this is how long it ran, the phase is seen to be settled.
        let time = self.time.load(Ordering::Acquire);
        (self.state.phase() == Phase::Running).then_some((self.sample, time))
    }

    /// How long it ran, in nanoseconds, once it has settled.
    #[must_use]
    pub fn ran_for(&self) -> u64 {
        if self.state.has_run() { self.time.load(Ordering::Relaxed) } else { 0 }
    }

    /// Whether nobody has settled the task that runs. Where that is so with the body locked, the body still holds the
    /// arguments.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state.phase() == Phase::Running
    }

    /// Whether it has neither started nor ended.
    pub(crate) fn is_queued(&self) -> bool {
        self.state.phase() == Phase::Queued
    }

    /// Lets `read` see the body.
    pub fn with_body<R>(&self, read: impl FnOnce(&mut Body) -> R) -> R {
        read(&mut lock(&self.body))
    }

    /// By a worker that has popped the record, which nobody else pops.
    pub(crate) fn claim(&self, worker: u32, now: u64) -> bool {
        // Before the transition, which publishes them: whoever settles the running task has to know its worker.
        self.worker.store(worker, Ordering::Relaxed);
        self.time.store(now, Ordering::Relaxed);
        // No read-modify-write: nobody else claims it now.
        let attempts = self.attempts();
        self.attempts.store(attempts + 1, Ordering::Relaxed);
        let claimed = self.state.claim();
        if !claimed {
            self.attempts.store(attempts, Ordering::Relaxed);
        }
        claimed
    }

    /// Whether the record may be kept for another task: it holds nothing large.
    pub(crate) fn is_light(&self) -> bool {
        let results = self.control().is_some_and(|control| lock(&control.results).is_some());
        !self.heavy.load(Ordering::Relaxed) && !results && self.order.function.is_light()
    }

    /// By the reaper, for a task whose worker another one has taken down: it waits again, once. False: it has been settled,
    /// must not run again, or has had its second chance.
    pub(crate) fn requeue(&self, suspect: bool) -> bool {
        if !self.order.again || self.attempts() > 1 {
            return false;
        }
        // Relaxed: the transition publishes it.
        self.suspect.store(suspect, Ordering::Relaxed);
        self.state.requeue()
    }

    /// Whether it runs alone in its worker: it was ordered so, or may have taken another worker down.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        // Relaxed: written before it is queued once more.
        self.suspect.load(Ordering::Relaxed) || self.control().is_some_and(|control| control.exclusive)
    }

    /// Whether it does not simply stand in line.
    pub(crate) fn is_ordered(&self) -> bool {
        self.is_exclusive() || self.control().is_some_and(|control| control.priority != 0.0)
    }

    /// Settles a running task and delivers the outcome. False: somebody else did.
    pub(crate) fn end_running(this: &Record, outcome: Outcome, now: u64, payload: Payload<'_>) -> bool {
        let settled = this.end(outcome, now, payload);
        if settled {
            this.caller.deliver(Record::clone(this));
        }
        settled
    }

    /// Settles a running task and leaves the delivery to whoever calls this. False: somebody else was first.
    pub(crate) fn end(&self, outcome: Outcome, now: u64, payload: Payload<'_>) -> bool {
        let settled = self.state.settle_running(outcome);
        if settled {
            self.put_end(now, payload);
        }
        settled
    }

    /// Delivers the outcome of a running task, by whoever has settled it.
    pub(crate) fn conclude(this: &Record, now: u64, payload: Payload<'_>) {
        this.put_end(now, payload);
        this.caller.deliver(Record::clone(this));
    }

    fn put_end(&self, now: u64, payload: Payload<'_>) {
        let started = self.time.load(Ordering::Relaxed);
        // Release: pairs with the load in `times`.
        self.time.store(now.saturating_sub(started), Ordering::Release);
        self.put_outcome(payload);
    }

    /// By its worker: how far the task has come. What it has reported before and nobody has read is replaced.
    pub(crate) fn report(this: &Record, payload: Payload<'_>) {
        let Some(control) = &this.order.control else {
            return;
        };
        if !this.is_running() {
            return;
        }
        let before = lock(&control.report).replace(payload.into());
        if before.is_none() {
            this.caller.tell(Record::clone(this));
        }
    }

    /// What the tasks that it comes after have resulted in: once, unless they are to be kept because it may have to be run
    /// again. None: there is no memory for a copy.
    #[must_use]
    pub fn results(&self, keeps: bool) -> Option<Body> {
        let Some(control) = self.control() else { return Some(Body::default()) };
        let mut results = lock(&control.results);
        match &*results {
            Some(kept) if keeps => kept.copied(),
            _ => Some(results.take().unwrap_or_default()),
        }
    }

    /// What it has reported last, once.
    #[must_use]
    pub fn take_report(&self) -> Option<Body> {
        lock(&self.order.control.as_ref()?.report).take()
    }

    /// Puts back what was taken, unless there is something newer.
    pub fn put_report_back(&self, body: Body) {
        if let Some(control) = &self.order.control {
            lock(&control.report).get_or_insert(body);
        }
    }

    fn put_outcome(&self, payload: Payload<'_>) {
        let mut body = lock(&self.body);
        body.replace(payload);
        // Relaxed: the queue that delivers the record publishes it.
        self.heavy.store(body.is_heavy(), Ordering::Relaxed);
    }

    /// Settles a waiting task and delivers the outcome. False: a worker has claimed it, or it has ended.
    pub(crate) fn end_queued(this: &Record, outcome: Outcome, payload: Payload<'_>) -> bool {
        let ended = this.state.settle_queued(outcome);
        if ended {
            this.put_outcome(payload);
            this.caller.deliver(Record::clone(this));
        }
        ended
    }

    /// Settles a waiting task, whose caller knows already.
    pub(crate) fn cancel_queued(&self, outcome: Outcome) -> bool {
        let settled = self.state.settle_queued(outcome);
        if settled {
            lock(&self.body).empty();
        }
        settled
    }

    /// Settles a running task, whose caller knows already, or is told by [`Task::conclude`]. The body stays: its worker may
    /// be reading it.
    pub(crate) fn settle_running(&self, outcome: Outcome) -> bool {
        self.state.settle_running(outcome)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{caller::Caller, metrics::Sampler};

    #[test]
    fn a_claim_that_comes_too_late_leaves_no_trace() {
        let caller = Caller::new(|| true);
        let function = Arc::new(Function::new(Payload::default()));
        let order = Order { slot: 0, id: 1.0, flags: 0, timeout: 0, function, label: 0, again: false, control: None };
        let sample = Sampler::default().sample(0, || 0);
        let task = Record::new(Task::new(order, sample, Arc::clone(caller.shared()), Payload::default()));
        task.state.enqueue();
        assert!(Task::end_queued(&task, Outcome::Expired, Payload::default()));
        assert!(!task.claim(7, 99));
        assert_eq!((task.worker(), task.attempts(), task.ran_for()), (0, 0, 0));
        assert!(task.times().is_none());
    }
}
