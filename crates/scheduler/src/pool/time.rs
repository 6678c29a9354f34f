//! The moments that a pool keeps: the deadlines of tasks that wait, and the timeouts of those that run.

use std::collections::HashMap;

use super::Pool;
use crate::{
    body::Payload,
    caller::CallerShared,
    control::Control,
    state::Outcome,
    sync::{Arc, lock},
    task::{Record, Task},
    wheel::{Place, Wheel},
    worker::{Cause, NEVER, WorkerId},
};

/// What is to be done at a moment.
enum Timer {
    /// This task has not started in time, unless it has.
    Deadline(Record),
    /// A lease of this worker may be due.
    Look(WorkerId),
}

impl Timer {
    /// It leaves the wheel, where another may take its place.
    fn leave(&self) {
        if let Self::Deadline(task) = self {
            task.control().map(Control::take_timer);
        }
    }
}

/// The wheel, and when the timekeeper looks at it next.
pub(super) struct Clock {
    wheel: Wheel<Timer>,
    /// Where each worker's look stands, and for which moment.
    looks: HashMap<WorkerId, (Place, u64)>,
    planned: u64,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { wheel: Wheel::new(), looks: HashMap::new(), planned: NEVER }
    }

    /// Sees to it that the worker is looked at by this moment, once.
    fn look_by(&mut self, worker: WorkerId, moment: u64) {
        if let Some((place, planned)) = self.looks.get(&worker).copied() {
            if planned <= moment {
                return;
            }
            self.wheel.remove(place);
        }
        let place = self.wheel.add(moment, Timer::Look(worker));
        self.looks.insert(worker, (place, moment));
    }
}

impl Pool {
    /// Sees to it that a task which is about to be queued does not start after its deadline.
    pub(crate) fn keep_deadline(&self, task: &Record) {
        if let Some(control) = task.control().filter(|control| control.has_deadline()) {
            self.keep(control.deadline, |clock| {
                control.set_timer(clock.wheel.add(control.deadline, Timer::Deadline(Record::clone(task))));
            });
        }
    }

    /// The task has started, or has ended without.
    pub(crate) fn forget_deadline(&self, task: &Task) {
        if let Some(control) = task.control().filter(|control| control.has_deadline()) {
            let mut clock = lock(&self.clock);
            let timer = control.take_timer().and_then(|place| clock.wheel.remove(place));
            drop(clock);
            drop(timer);
        }
    }

    /// Forgets the deadlines of all tasks of a caller that has gone.
    pub(super) fn forget_deadlines_of(&self, caller: &CallerShared) {
        self.forget_timers(
            |timer| matches!(timer, Timer::Deadline(task) if std::ptr::eq(Arc::as_ptr(&task.caller), caller)),
        );
    }

    /// The pool is dead: nothing waits or runs any more.
    pub(super) fn forget_all_timers(&self) {
        self.forget_timers(|_| true);
        lock(&self.clock).looks.clear();
    }

    fn forget_timers(&self, which: impl Fn(&Timer) -> bool) {
        lock(&self.clock).wheel.remove_all(|timer| {
            let forgotten = which(timer);
            if forgotten {
                timer.leave();
            }
            forgotten
        });
    }

    /// Has the worker looked at when `moment` has passed, or before.
    pub(crate) fn keep_look(&self, worker: WorkerId, moment: u64) {
        self.keep(moment, |clock| clock.look_by(worker, moment));
    }

    fn keep(&self, moment: u64, add: impl FnOnce(&mut Clock)) {
        let mut clock = lock(&self.clock);
        add(&mut clock);
        // Most moments are later than one that is expected already.
        if moment < clock.planned {
            clock.planned = moment;
            drop(clock);
            #[cfg(not(loom))]
            crate::timekeeper::expect(&self.me, moment);
        }
    }

    /// Ends the tasks that have waited or run too long at the moment `now`, and gives up the workers that have gone on with
    /// an abandoned one for too long. Gives the moment at which to look again. The timekeeper calls it.
    pub fn end_overdue(&self, now: u64) -> u64 {
        let mut due = Vec::new();
        {
            let mut clock = lock(&self.clock);
            let Clock { wheel, looks, .. } = &mut *clock;
            wheel.advance(now, |timer| {
                timer.leave();
                if let Timer::Look(worker) = &timer {
                    looks.remove(worker);
                }
                due.push(timer);
            });
            // What is kept from here on is told to the timekeeper unless it is later than this.
            clock.planned = clock.wheel.next();
        }
        for timer in due {
            match timer {
                // It may have started meanwhile, and wait to be run once more.
                Timer::Deadline(task) if task.attempts() > 0 => (),
                Timer::Deadline(task) => self.end_waiting(&task, Outcome::Expired, &[]),
                Timer::Look(worker) => self.look_at(worker, now),
            }
        }
        lock(&self.clock).planned
    }

    /// Sees to what is due at this worker.
    fn look_at(&self, worker: WorkerId, now: u64) {
        let Some(worker) = self.worker(worker) else {
            return;
        };
        let due = worker.due(now);
        if due.next != NEVER {
            self.keep_look(worker.id(), due.next);
        }
        for (task, abandoned) in due.tasks {
            if abandoned {
                self.give_up_for(&worker, &task);
            } else if worker.settle(&task, Outcome::TimedOut) {
                Task::conclude(&task, now, Payload::default());
                self.abandon_at(&worker, &task, now, Cause::TimedOut);
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use crate::{Caller, Function, Order, Outcome, Payload, Pool, Taken, sync::lock};

    #[test]
    fn long_and_short_timeouts_leave_one_entry_for_a_worker() {
        const SECOND: u64 = 1_000_000_000;
        let pool = Pool::new(1);
        let mut caller = Caller::new(|| true);
        let function = Arc::new(Function::new(Payload::default()));
        let id = pool.hire(&caller, false).expect("the pool wants a worker");
        let mut worker = pool.attach(id, || true).expect("it was hired");
        let start = Pool::now();
        let mut begin = |slot: u32, timeout, now| {
            let function = Arc::clone(&function);
            let order = Order { slot, id: 0.0, flags: 0, timeout, function, label: 0, again: false, control: None };
            caller.submit(&pool, order, None, Payload::default()).expect("the pool is open");
            let Taken::Task(_, lease) = worker.take(now) else {
                panic!("a task waits");
            };
            if slot > 0 {
                worker.finish(lease, Outcome::Value, now, Payload::default());
            }
        };
        begin(0, 3600 * SECOND, start);
        for slot in 1..100 {
            let now = start + u64::from(slot) * SECOND;
            begin(slot, SECOND / 10, now);
            pool.end_overdue(now + SECOND / 2);
            let mut entries = 0;
            lock(&pool.clock).wheel.remove_all(|_| {
                entries += 1;
                false
            });
            assert_eq!(entries, 1);
        }
        assert_eq!(caller.completion().map(|ended| ended.outcome()), Some(Outcome::Value));
        pool.end_overdue(start + 3601 * SECOND);
        let last = std::iter::from_fn(|| caller.completion()).last();
        assert_eq!(last.map(|ended| ended.outcome()), Some(Outcome::TimedOut), "the long one is not forgotten");
    }
}
