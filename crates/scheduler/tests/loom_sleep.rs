//! Sleeping and waking under every interleaving: no task waits while a worker sleeps.
//!
//! The tasks of each model wait for one another, so that they end only where each gets a worker of its own. A wake-up
//! that is lost is a deadlock, which loom reports.

#![cfg(loom)]

mod common;

use std::sync::Arc;

use common::{
    deaf_caller, function,
    looms::{self, DOZE, Gate, NATIVE, SEARCH, TICK, check, employ, join, serve, spawn_one},
    order, order_with_grace, submit, worker,
};
use loom::thread;
use tasklets_scheduler::{Order, Outcome, Park, Payload, Pool, Taken};

/// One worker for each of `ways` of waiting serves while a caller pushes as many tasks.
fn every_task_gets_a_worker(preemptions: usize, ways: &'static [Park]) {
    looms::every_task_gets_a_worker(preemptions, ways, Pool::new, |caller, pool, slot| {
        submit(caller, pool, order(slot, &function()));
    });
}

#[test]
fn one_that_dozes_is_woken() {
    every_task_gets_a_worker(4, &[DOZE]);
}

#[test]
fn one_that_parks_is_woken() {
    every_task_gets_a_worker(4, &[NATIVE]);
}

#[test]
fn one_that_searches_is_enough() {
    every_task_gets_a_worker(4, &[SEARCH]);
}

#[test]
fn two_that_doze_are_woken() {
    every_task_gets_a_worker(2, &[DOZE, DOZE]);
}

#[test]
fn two_that_park_are_woken() {
    every_task_gets_a_worker(2, &[NATIVE, NATIVE]);
}

#[test]
fn two_that_search_find_both() {
    every_task_gets_a_worker(2, &[SEARCH, SEARCH]);
}

#[test]
fn one_that_searches_calls_one_that_dozes() {
    every_task_gets_a_worker(2, &[SEARCH, DOZE]);
}

#[test]
fn one_that_searches_calls_one_that_parks() {
    every_task_gets_a_worker(2, &[SEARCH, NATIVE]);
}

#[test]
fn one_that_has_searched_in_vain_is_not_counted_on() {
    check(3, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let gate = Gate::new(1);
        let (mut other, events) = employ(&pool, &caller);
        let (ran, ends) = (Arc::clone(&gate), Arc::clone(&events));
        let heir = thread::spawn(move || {
            serve(&mut other, &events, DOZE, |_| {
                ran.come();
                false
            });
        });
        let mut searcher = worker(&pool, &caller);
        let searches = thread::spawn(move || {
            // It looks and sees, or does something else until the task has run.
            let found = matches!(searcher.take(0), Taken::Task(..))
                || (searcher.search(SEARCH.spin) && matches!(searcher.take(0), Taken::Task(..)));
            if !found {
                gate.wait();
            }
        });
        submit(&mut caller, &pool, order(0, &function()));
        join(searches);
        ends.end();
        join(heir);
    });
}

#[test]
fn two_callers_get_a_worker_each() {
    looms::two_callers_get_a_worker_each(|slot| order(slot, &function()), |slot| order(slot, &function()));
}

#[test]
fn one_that_gets_mail_does_not_keep_another_task_waiting() {
    check(2, || {
        const SHARED: u32 = 0;
        const MAIL: u32 = 1;
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let (mut worker, events) = employ(&pool, &caller);
        let (mut other, other_events) = employ(&pool, &caller);
        let (id, function) = (worker.id(), function());
        // What is addressed waits for what is not.
        let gate = Gate::new(1);
        let run = move |slot| {
            if slot == SHARED {
                gate.come();
            } else {
                gate.wait();
            }
            slot == SHARED
        };
        let runs = run.clone();
        let addressed = thread::spawn(move || serve(&mut worker, &events, DOZE, runs));
        let ends = Arc::clone(&other_events);
        let shared = thread::spawn(move || serve(&mut other, &other_events, DOZE, run));
        submit(&mut caller, &pool, order(SHARED, &function));
        caller.submit(&pool, order(MAIL, &function), Some(id), Payload::default()).expect("the worker is there");
        join(addressed);
        ends.end();
        join(shared);
    });
}

#[test]
fn what_a_doubtful_worker_leaves_gets_another() {
    check(2, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let function = function();
        let (mut doubtful, events) = employ(&pool, &caller);
        submit(&mut caller, &pool, order_with_grace(0, 1, Some(TICK), &function));
        assert!(matches!(doubtful.take(0), Taken::Task(..)));
        let (mut other, other_events) = employ(&pool, &caller);
        let gate = Gate::new(1);
        let ran = Arc::clone(&gate);
        let run = move |_| {
            ran.come();
            false
        };
        let runs = run.clone();
        let (ends, other_ends) = (Arc::clone(&events), Arc::clone(&other_events));
        // It has not finished the first task, and is called for others: either may run the second.
        let threads = [
            thread::spawn(move || serve(&mut doubtful, &events, DOZE, runs)),
            thread::spawn(move || serve(&mut other, &other_events, DOZE, run)),
        ];
        submit(&mut caller, &pool, order(1, &function));
        pool.end_overdue(TICK);
        gate.wait();
        ends.end();
        other_ends.end();
        threads.into_iter().for_each(|thread| assert!(!join(thread), "nobody stops it"));
    });
}

#[test]
fn one_that_has_finished_what_was_abandoned_is_woken_again() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let function = function();
        let (mut worker, events) = employ(&pool, &caller);
        submit(&mut caller, &pool, order_with_grace(0, 1, Some(TICK), &function));
        let Taken::Task(_, lease) = worker.take(0) else { panic!("it waits") };
        assert_eq!(worker.watch(lease), Some(false), "it has not been abandoned");
        let thread = thread::spawn(move || {
            // Its isolate runs the task in its event loop, which turns when it is to hear.
            while worker.cause(lease).is_none() {
                if !worker.park(DOZE) {
                    assert!(events.wait(), "it has not ended");
                    worker.awake();
                }
            }
            worker.finish(lease, Outcome::Value, 0, Payload::default());
            serve(&mut worker, &events, DOZE, |_| false)
        });
        pool.end_overdue(TICK);
        submit(&mut caller, &pool, order(1, &function));
        assert!(!join(thread), "nobody stops it");
    });
}

const ALONE: u32 = 10;

/// An exclusive task.
fn exclusive(slot: u32) -> Order {
    let mut order = order(slot, &function());
    order.control.get_or_insert_default().exclusive = true;
    order
}

#[test]
fn an_exclusive_task_gets_a_worker_that_runs_nothing() {
    check(2, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let (mut busy, events) = employ(&pool, &caller);
        submit(&mut caller, &pool, order(0, &function()));
        // It has not finished this one, and could take others.
        assert!(matches!(busy.take(0), Taken::Task(..)));
        let gate = Gate::new(2);
        let other = spawn_one(&pool, &caller, DOZE, &gate);
        let ends = Arc::clone(&events);
        let come = Arc::clone(&gate);
        let thread = thread::spawn(move || {
            serve(&mut busy, &events, DOZE, |slot| {
                assert!(slot != ALONE, "it is not alone");
                come.come();
                true
            })
        });
        submit(&mut caller, &pool, exclusive(ALONE));
        submit(&mut caller, &pool, order(1, &function()));
        join(other);
        ends.end();
        assert!(!join(thread), "nobody stops it");
    });
}

#[test]
fn a_worker_that_has_made_room_for_nothing_goes_on() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let (mut busy, events) = employ(&pool, &caller);
        submit(&mut caller, &pool, order(0, &function()));
        assert!(matches!(busy.take(0), Taken::Task(..)));
        let gate = Gate::new(1);
        let come = Arc::clone(&gate);
        let thread = thread::spawn(move || {
            serve(&mut busy, &events, DOZE, |slot| {
                assert!(slot != ALONE, "it is not alone");
                come.come();
                false
            })
        });
        submit(&mut caller, &pool, exclusive(ALONE));
        submit(&mut caller, &pool, order(1, &function()));
        assert!(caller.withdraw(&pool, ALONE), "nobody can have taken it");
        gate.wait();
        assert!(!join(thread), "nobody stops it");
    });
}

#[test]
fn a_worker_makes_room_and_takes_what_it_has_made_room_for() {
    check(2, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let (mut busy, events) = employ(&pool, &caller);
        submit(&mut caller, &pool, order(0, &function()));
        let Taken::Task(_, lease) = busy.take(0) else { panic!("it waits") };
        let gate = Gate::new(2);
        let come = Arc::clone(&gate);
        let thread = thread::spawn(move || {
            // It looks once before it has finished, and takes what may run beside.
            if let Taken::Task(task, beside) = busy.take(0) {
                assert!(task.order().slot != ALONE, "it is not alone");
                come.come();
                busy.finish(beside, Outcome::Value, 0, Payload::default());
            }
            busy.finish(lease, Outcome::Value, 0, Payload::default());
            if come.is_open() {
                return false;
            }
            serve(&mut busy, &events, DOZE, |_| {
                come.come();
                !come.is_open()
            })
        });
        submit(&mut caller, &pool, exclusive(ALONE));
        submit(&mut caller, &pool, order(1, &function()));
        gate.wait();
        assert!(!join(thread), "nobody stops it");
    });
}
