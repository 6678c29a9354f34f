//! What the models of workers under loom have in common: the isolate's loop, its event loop, and gates for tasks that
//! have to run at the same time.

use std::{sync::Arc, time::Duration};

use loom::{
    model::Builder,
    sync::{Condvar, Mutex},
    thread::{self, JoinHandle},
};
use tasklets_scheduler::{Caller, Order, Outcome, Park, Payload, Pool, Taken, Worker};

const NO_TIME: Duration = Duration::ZERO;
const SOME_TIME: Duration = Duration::from_millis(1);

/// Nanoseconds of a tick of the wheel: what is due by then is due.
pub(crate) const TICK: u64 = 1 << 20;

/// Straight to the event loop.
pub(crate) const DOZE: Park = Park { spin: NO_TIME, sleep: NO_TIME };
/// In the native park, which has no bound under loom.
pub(crate) const NATIVE: Park = Park { spin: NO_TIME, sleep: SOME_TIME };
/// Looks once, then dozes.
pub(crate) const SEARCH: Park = Park { spin: SOME_TIME, sleep: NO_TIME };

/// Checks every interleaving with at most this many preemptions.
pub(crate) fn check(preemptions: usize, test: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check(test);
}

/// Opens when as many as it was made for have come.
pub(crate) struct Gate(Mutex<usize>, Condvar);

impl Gate {
    pub(crate) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(count), Condvar::new()))
    }

    /// One has come, and does not wait.
    pub(crate) fn come(&self) {
        let mut missing = self.0.lock().expect("no panic");
        *missing = missing.saturating_sub(1);
        self.1.notify_all();
    }

    /// Whether nobody is missing.
    pub(crate) fn is_open(&self) -> bool {
        *self.0.lock().expect("no panic") == 0
    }

    /// Waits for those that are missing.
    pub(crate) fn wait(&self) {
        let mut missing = self.0.lock().expect("no panic");
        while *missing > 0 {
            missing = self.1.wait(missing).expect("no panic");
        }
    }
}

#[derive(Default)]
struct Events {
    called: bool,
    over: bool,
}

/// A worker's event loop.
#[derive(Default)]
pub(crate) struct EventLoop(Mutex<Events>, Condvar);

impl EventLoop {
    fn call(&self) {
        self.0.lock().expect("no panic").called = true;
        self.1.notify_one();
    }

    /// It ends as soon as it has nothing to do.
    pub(crate) fn end(&self) {
        self.0.lock().expect("no panic").over = true;
        self.1.notify_one();
    }

    /// Waits until it is called. False: it has ended.
    pub(crate) fn wait(&self) -> bool {
        let mut events = self.0.lock().expect("no panic");
        loop {
            if std::mem::take(&mut events.called) {
                return true;
            }
            if events.over {
                return false;
            }
            events = self.1.wait(events).expect("no panic");
        }
    }
}

/// A worker with an event loop.
pub(crate) fn employ(pool: &Arc<Pool>, host: &Caller) -> (Worker, Arc<EventLoop>) {
    let events = Arc::new(EventLoop::default());
    let waker = Arc::clone(&events);
    let worker = super::worker_with(pool, host, move || {
        waker.call();
        true
    });
    (worker, events)
}

/// What a worker's isolate does, until `run`, which gets the slot of each task, says false, or its event loop ends
/// (false), or it is told to stop (true).
pub(crate) fn serve(worker: &mut Worker, events: &EventLoop, limits: Park, mut run: impl FnMut(u32) -> bool) -> bool {
    loop {
        match worker.take(0) {
            Taken::Task(task, lease) => {
                let goes_on = run(task.order().slot);
                worker.finish(lease, Outcome::Value, 0, Payload::default());
                if !goes_on {
                    return false;
                }
            }
            Taken::Nothing => {
                if !worker.park(limits) {
                    if !events.wait() {
                        return false;
                    }
                    worker.awake();
                }
            }
            Taken::Stop(_) => return true,
        }
    }
}

/// A thread that serves one task, which waits at the gate.
pub(crate) fn spawn_one(pool: &Arc<Pool>, host: &Caller, limits: Park, gate: &Arc<Gate>) -> JoinHandle<()> {
    let (mut worker, events) = employ(pool, host);
    let gate = Arc::clone(gate);
    thread::spawn(move || {
        let stopped = serve(&mut worker, &events, limits, |_| {
            gate.come();
            gate.wait();
            false
        });
        assert!(!stopped, "nobody stops it");
    })
}

/// One worker for each of `ways` of waiting serves while a caller pushes as many tasks, which wait for one another: a
/// wake-up that is lost is a deadlock, which loom reports.
pub(crate) fn every_task_gets_a_worker(
    preemptions: usize,
    ways: &'static [Park],
    pool: fn(usize) -> Arc<Pool>,
    push: fn(&mut Caller, &Pool, u32),
) {
    check(preemptions, move || {
        let pool = pool(ways.len());
        let mut caller = super::deaf_caller();
        let gate = Gate::new(ways.len());
        let threads: Vec<_> = ways.iter().map(|limits| spawn_one(&pool, &caller, *limits, &gate)).collect();
        for slot in 0..ways.len() {
            push(&mut caller, &pool, slot as u32);
        }
        threads.into_iter().for_each(join);
        assert_eq!(super::delivered(&mut caller).len(), ways.len(), "each is delivered once");
    });
}

/// Two callers push a task each, which wait for one another.
pub(crate) fn two_callers_get_a_worker_each(one: fn(u32) -> Order, two: fn(u32) -> Order) {
    check(2, move || {
        let pool = Pool::new(2);
        let (mut caller, mut other) = (super::deaf_caller(), super::deaf_caller());
        let gate = Gate::new(2);
        let threads = [SEARCH, DOZE].map(|limits| spawn_one(&pool, &caller, limits, &gate));
        let shared = Arc::clone(&pool);
        let pusher = thread::spawn(move || {
            super::submit(&mut other, &shared, one(0));
            other
        });
        super::submit(&mut caller, &pool, two(1));
        threads.into_iter().for_each(join);
        join(pusher);
    });
}

/// One of two workers falls asleep and dies while a task is pushed.
pub(crate) fn one_that_dies_when_it_was_chosen_is_stood_in_for(order: fn(u32) -> Order) {
    check(3, move || {
        let pool = Pool::new(2);
        let mut caller = super::deaf_caller();
        let gate = Gate::new(1);
        let heir = spawn_one(&pool, &caller, DOZE, &gate);
        let (mut dying, _) = employ(&pool, &caller);
        let id = dying.id();
        let shared = Arc::clone(&pool);
        let death = thread::spawn(move || {
            // It falls asleep, and never looks again.
            dying.park(DOZE);
            shared.bury(id, &[]);
        });
        super::submit(&mut caller, &pool, order(0));
        join(heir);
        join(death);
    });
}

/// Waits for the end of a thread.
pub(crate) fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("no panic")
}
