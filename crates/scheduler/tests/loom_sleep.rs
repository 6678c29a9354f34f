//! Sleeping and waking under every interleaving: no task waits while a worker sleeps.
//!
//! The tasks of each model wait for one another, so that they end only where each gets a worker of its own. A wake-up
//! that is lost is a deadlock, which loom reports.

#![cfg(loom)]

mod common;

use std::{sync::Arc, time::Duration};

use common::{deaf_caller, function, order, submit, worker_with};
use loom::{
    model::Builder,
    sync::{Condvar, Mutex},
    thread,
};
use tasklets_scheduler::{Caller, Outcome, Park, Pool, Taken, Worker};

const NO_TIME: Duration = Duration::ZERO;
const SOME_TIME: Duration = Duration::from_millis(1);

/// Straight to the event loop.
const DOZE: Park = Park { spin: NO_TIME, sleep: NO_TIME };
/// In the native park, which has no bound under loom.
const NATIVE: Park = Park { spin: NO_TIME, sleep: SOME_TIME };
/// Looks once before it dozes.
const SEARCH: Park = Park { spin: SOME_TIME, sleep: NO_TIME };

fn check(preemptions: usize, test: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check(test);
}

/// Opens when as many as it was made for stand before it.
struct Gate(Mutex<usize>, Condvar);

impl Gate {
    fn new(count: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(count), Condvar::new()))
    }

    fn pass(&self) {
        let mut left = self.0.lock().expect("no panic");
        *left -= 1;
        self.1.notify_all();
        while *left > 0 {
            left = self.1.wait(left).expect("no panic");
        }
    }
}

/// A worker's event loop: wakes up when it has been called.
struct EventLoop(Mutex<bool>, Condvar);

impl EventLoop {
    fn call(&self) -> bool {
        *self.0.lock().expect("no panic") = true;
        self.1.notify_one();
        true
    }

    fn wait(&self) {
        let mut called = self.0.lock().expect("no panic");
        while !*called {
            called = self.1.wait(called).expect("no panic");
        }
        *called = false;
    }
}

fn employ(pool: &Arc<Pool>, host: &Caller) -> (Worker, Arc<EventLoop>) {
    let events = Arc::new(EventLoop(Mutex::new(false), Condvar::new()));
    let waker = Arc::clone(&events);
    (worker_with(pool, host, move || waker.call()), events)
}

/// What a worker's isolate does, until it has run one task, which passes the gate.
fn serve_one(worker: &mut Worker, events: &EventLoop, limits: Park, gate: &Gate) {
    loop {
        match worker.take(0) {
            Taken::Task(_, lease) => {
                gate.pass();
                worker.finish(lease, Outcome::Value, 0, &[], Vec::new);
                return;
            }
            Taken::Nothing => {
                if !worker.park(limits) {
                    events.wait();
                    worker.awake();
                }
            }
            Taken::Stop(fate) => panic!("nobody stops it: {fate:?}"),
        }
    }
}

/// `workers` serve while a caller pushes as many tasks.
fn every_task_gets_a_worker(preemptions: usize, workers: usize, limits: Park) {
    check(preemptions, move || {
        let pool = Pool::new(workers);
        let mut caller = deaf_caller();
        let gate = Gate::new(workers);
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                let (mut worker, events) = employ(&pool, &caller);
                let gate = Arc::clone(&gate);
                thread::spawn(move || serve_one(&mut worker, &events, limits, &gate))
            })
            .collect();
        let function = function();
        for slot in 0..workers {
            submit(&mut caller, &pool, order(slot as u32, &function));
        }
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn one_that_dozes_is_woken() {
    every_task_gets_a_worker(4, 1, DOZE);
}

#[test]
fn one_that_parks_is_woken() {
    every_task_gets_a_worker(4, 1, NATIVE);
}

#[test]
fn one_that_searches_is_enough() {
    every_task_gets_a_worker(4, 1, SEARCH);
}

#[test]
fn two_that_doze_are_woken() {
    every_task_gets_a_worker(2, 2, DOZE);
}

#[test]
fn two_that_park_are_woken() {
    every_task_gets_a_worker(2, 2, NATIVE);
}

#[test]
fn two_that_search_find_both() {
    every_task_gets_a_worker(2, 2, SEARCH);
}
