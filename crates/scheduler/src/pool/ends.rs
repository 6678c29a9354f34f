//! The ends of workers and of their pool: who leaves, is given up, has died or is killed, and who settles or saves the
//! tasks that are left.

use super::{Pool, roster::Starting};
use crate::{
    body::Payload,
    caller::Caller,
    state::Outcome,
    sync::{Arc, Ordering, fence, lock},
    task::{Record, Task},
    worker::{Cause, Part, WorkerId, WorkerShared},
};

impl Pool {
    /// The thread of worker `id` has ended: settles what it ran, saves what it held. `body` tells how it ended. True: it
    /// was to go on, neither given up nor asked to leave.
    pub fn bury(&self, id: WorkerId, body: &[u8]) -> bool {
        let (hired, served) = self.change_roster(|roster| {
            let hired = roster.starting.extract_if(.., |hired| hired.id == id).next();
            let index = roster.serving.iter().position(|worker| worker.id() == id);
            (hired, index.map(|index| roster.serving.swap_remove(index)))
        });
        let unexpected = hired.is_some() || served.as_ref().is_some_and(|worker| worker.stays());
        self.return_to_sender(hired.into_iter().flat_map(|hired| hired.addressed), body);
        if let Some(worker) = served {
            self.reap(&worker, body);
        }
        self.lighten();
        // It may have been chosen for a task, or have been the last one.
        self.pass_on();
        unexpected
    }

    /// The thread of worker `id`, which has been asked to leave and has not, is to be ended if it runs no task. True: it
    /// runs none, and will start none.
    pub fn end_idle(&self, id: WorkerId) -> bool {
        self.worker(id).is_none_or(|worker| worker.close_if_idle())
    }

    /// Its caller has settled a task that worker `id` runs.
    pub(crate) fn abandon(&self, id: WorkerId, task: &Record, now: u64, cause: Cause) {
        let Some(worker) = self.worker(id) else {
            return;
        };
        self.abandon_at(&worker, task, now, cause);
    }

    pub(super) fn abandon_at(&self, worker: &Arc<WorkerShared>, task: &Record, now: u64, cause: Cause) {
        if let Some(due) = worker.abandon(task, now, cause, self.id) {
            self.keep_look(worker.id(), due);
        }
        // It takes nothing any more, unless it has finished meanwhile, or has been given up.
        self.idle.exclude(worker);
        self.change_roster(|_| ());
        self.pass_on();
    }

    /// Gives worker `id` up whatever it runs, which will not come to an end.
    pub fn write_off(&self, id: WorkerId) {
        if let Some(worker) = self.worker(id) {
            self.give_up(&worker);
        }
    }

    /// Asks the workers that `host` started to leave when they find nothing to do. Gives those that had not begun to
    /// serve: they never will, and the host is to end them.
    #[must_use]
    pub fn dismiss(&self, host: &Caller) -> Vec<WorkerId> {
        let id = host.id();
        let hired: Vec<_> =
            self.change_roster(|roster| roster.starting.extract_if(.., |hired| hired.host.id() == id).collect());
        let mut unserved = Vec::new();
        for Starting { id, addressed, .. } in hired {
            unserved.push(id);
            self.return_to_sender(addressed, &[]);
        }
        let hosted = self
            .serving(|workers| workers.iter().filter(|worker| worker.host().id() == id).cloned().collect::<Vec<_>>());
        self.retire(hosted.into_iter());
        // Tasks may have counted on one that was about to begin.
        self.pass_on();
        unserved
    }

    pub(super) fn retire(&self, leaving: impl Iterator<Item = Arc<WorkerShared>>) {
        let leaving: Vec<_> = leaving.inspect(|worker| worker.retire()).collect();
        self.change_roster(|_| ());
        for worker in leaving {
            self.idle.wake(&worker);
        }
    }

    /// By force: settles every task and gives every worker up.
    pub fn kill(&self) {
        self.close();
        self.dead.store(true, Ordering::Relaxed);
        // Pairs with the fence in `Idle::wake_one`: either whoever pushes sees that the pool is dead, or what was pushed
        // is seen here.
        fence(Ordering::SeqCst);
        self.fail_waiting(Outcome::PoolDied, &[]);
        let (mail, workers) = self.change_roster(|roster| {
            let mail: Vec<_> =
                roster.starting.iter_mut().map(|starting| std::mem::take(&mut starting.addressed)).collect();
            (mail, roster.serving.clone())
        });
        self.return_to_sender(mail.into_iter().flatten(), &[]);
        for worker in workers {
            self.give_up(&worker);
            let (running, addressed) = worker.close();
            let now = Self::now();
            for (task, _) in running {
                Task::end_running(&task, Outcome::PoolDied, now, Payload::default());
            }
            self.return_to_sender(addressed, &[]);
            self.idle.wake(&worker);
        }
        self.forget_all_timers();
        self.fail_held();
        // What a worker was fetching the first time has arrived in its part of the queue, unless it sees that it has
        // been closed and gives it back.
        self.fail_waiting(Outcome::PoolDied, &[]);
    }

    /// Settles a task that has not started, unless it has.
    pub(crate) fn end_waiting(&self, task: &Record, outcome: Outcome, body: &[u8]) {
        if Task::end_queued(task, outcome, body.into()) {
            self.leave(task);
        }
    }

    /// Settles every task that waits, because nobody will serve it. `body` tells why.
    pub fn fail_waiting(&self, outcome: Outcome, body: &[u8]) {
        while let Some(task) = self.ordered.pop_any().or_else(|| self.queue.pop()) {
            self.end_waiting(&task, outcome, body);
        }
        let workers = self.serving(<[_]>::to_vec);
        for worker in workers {
            while let Some(task) = worker.remote().pop() {
                self.end_waiting(&task, outcome, body);
            }
        }
    }

    /// Takes out of the queues what has been settled there, for which no worker is to come any more. What still waits goes
    /// back, in its order.
    pub fn sweep(&self) {
        self.ordered.sweep();
        // What a worker has fetched is older than what stands in the queue. No more than there is now, since others push.
        let mut waiting = Vec::new();
        for worker in self.serving(<[_]>::to_vec) {
            let fetched = worker.remote();
            waiting.extend(std::iter::from_fn(|| fetched.pop()).take(fetched.len()));
        }
        waiting.extend(std::iter::from_fn(|| self.queue.pop()).take(self.queue.len()));
        for task in waiting.into_iter().filter(|task| task.is_queued()) {
            self.queue.push(task);
            // It was out of sight of whoever looked for a task.
            self.summon(false);
        }
        if self.is_dead() {
            self.fail_waiting(Outcome::PoolDied, &[]);
        }
    }

    /// The caller's isolate is going, and with it the workers that it hosts.
    pub fn forget(&self, caller: &Caller) {
        let gone = caller.shared();
        let (started, hosted): (Vec<_>, Vec<_>) = self.change_roster(|roster| {
            let started = roster.starting.extract_if(.., |starting| starting.host.id() == gone.id()).collect();
            (started, roster.serving.extract_if(.., |worker| worker.host().id() == gone.id()).collect())
        });
        self.return_to_sender(started.into_iter().flat_map(|starting| starting.addressed), &[]);
        for worker in &hosted {
            worker.acquit();
            self.reap(worker, &[]);
        }
        self.forget_deadlines_of(gone);
        lock(&self.held).retain(|_, task| task.caller.id() != gone.id());
        lock(&self.callers).retain(|known| known.upgrade().is_some_and(|known| known.id() != gone.id()));
        self.watch_anew();
        self.lighten();
        self.pass_on();
    }

    /// The worker leaves by itself, if it is to. False: it is still needed.
    pub(crate) fn part_with(&self, worker: &Arc<WorkerShared>) -> bool {
        // Under the lock, so that no more leave than are too many.
        let left = self.change_roster(|roster| {
            let surplus = roster.staff() > self.size();
            let leaves = (surplus || worker.is_retiring()) && worker.close_if_idle();
            if leaves {
                roster.serving.retain(|serving| !Arc::ptr_eq(serving, worker));
            }
            leaves
        });
        if left {
            self.remember(worker);
            self.lighten();
            self.pass_on();
        }
        left
    }

    /// Gives a worker up; another one may be started in its place.
    fn give_up(&self, worker: &Arc<WorkerShared>) {
        worker.condemn(self.id);
        self.change_roster(|_| ());
    }

    /// The same because of a task that it runs and that has been settled.
    pub(super) fn give_up_for(&self, worker: &Arc<WorkerShared>, task: &Record) {
        worker.condemn_for(task, self.id);
        self.change_roster(|_| ());
        // One that had others beside this task may have been chosen for another.
        self.pass_on();
    }

    /// A task that a worker fetched and will not start.
    pub(crate) fn return_task(&self, task: Record) {
        // It is older than what has come since: it stands in line, unless it never did, or needs a worker to itself by now.
        let exclusive = if task.is_ordered() {
            self.enqueue(task)
        } else {
            self.queue.push(task);
            false
        };
        self.summon(exclusive);
        if self.is_dead() {
            self.fail_waiting(Outcome::PoolDied, &[]);
        }
    }

    /// Settles tasks whose worker has ended before it could start them. `body` tells how, where that is known.
    pub(crate) fn return_to_sender(&self, tasks: impl IntoIterator<Item = Record>, body: &[u8]) {
        let outcome = if self.is_dead() { Outcome::PoolDied } else { Outcome::Undelivered };
        let body = if outcome == Outcome::PoolDied { &[] } else { body };
        for task in tasks {
            self.end_waiting(&task, outcome, body);
        }
    }

    /// Settles what a worker that has ended ran, and saves what it had fetched. It is not in the roster any more; who
    /// calls this passes on afterwards.
    fn reap(&self, worker: &Arc<WorkerShared>, body: &[u8]) {
        // First of all: from here on the worker, where its thread is not gone yet, neither starts a task, nor falls
        // asleep, nor goes on searching.
        let (running, addressed) = worker.close();
        self.remember(worker);
        self.idle.retract(worker);
        self.idle.end_search(worker);
        while let Some(task) = worker.remote().pop() {
            self.return_task(task);
        }
        let now = Self::now();
        for (task, part) in running {
            if part != Part::Guilty && task.requeue(part == Part::Suspect) {
                self.return_task(task);
                continue;
            }
            // One whose worker has ended twice for reasons that nobody knows is not called innocent any more.
            let innocent = part == Part::Innocent || (part == Part::Suspect && task.attempts() < 2);
            let outcome = if innocent { Outcome::TakenDown } else { Outcome::WorkerExited };
            Task::end_running(&task, outcome, now, body.into());
        }
        self.return_to_sender(addressed, body);
    }
}
