//! The moments that a pool keeps: the deadlines of tasks that wait, and the timeouts of those that run.

use super::Pool;
use crate::{
    caller::CallerShared,
    control::Control,
    state::Outcome,
    sync::{Arc, lock},
    task::Task,
    wheel::Wheel,
    worker::{Cause, NEVER, WorkerId},
};

/// What is to be done at a moment.
enum Timer {
    /// This task has not started in time, unless it has.
    Deadline(Arc<Task>),
    /// A lease of this worker may be due. The worker knows this moment; another is out of date.
    Look(WorkerId, u64),
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
    planned: u64,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { wheel: Wheel::new(), planned: NEVER }
    }
}

impl Pool {
    /// Sees to it that a task which is about to be queued does not start after its deadline.
    pub(crate) fn keep_deadline(&self, task: &Arc<Task>) {
        if let Some(control) = task.control().filter(|control| control.has_deadline()) {
            self.keep(control.deadline, |clock| {
                control.set_timer(clock.wheel.add(control.deadline, Timer::Deadline(Arc::clone(task))));
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

    /// Has the worker looked at when `moment` has passed.
    pub(crate) fn keep_look(&self, worker: WorkerId, moment: u64) {
        self.keep(moment, |clock| {
            clock.wheel.add(moment, Timer::Look(worker, moment));
        });
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
            clock.wheel.advance(now, |timer| {
                timer.leave();
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
                Timer::Look(worker, moment) => self.look_at(worker, moment, now),
            }
        }
        lock(&self.clock).planned
    }

    /// Sees to what is due at this worker, if `moment` is the one at which it is to be looked at.
    fn look_at(&self, worker: WorkerId, moment: u64, now: u64) {
        let Some(worker) = self.worker(worker) else {
            return;
        };
        let Some(due) = worker.due(moment, now) else {
            return;
        };
        if due.next != NEVER {
            self.keep_look(worker.id(), due.next);
        }
        for (task, abandoned) in due.tasks {
            if abandoned {
                self.give_up_for(&worker, &task);
            } else if worker.settle(&task, Outcome::TimedOut) {
                Task::conclude(&task, now, &[], Vec::new());
                self.abandon_at(&worker, &task, now, Cause::TimedOut);
            }
        }
    }
}
