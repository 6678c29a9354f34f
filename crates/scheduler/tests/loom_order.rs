//! What waits elsewhere than in line, under every interleaving: tasks with a priority, tasks that are chosen by their
//! response ratios, and tasks that are held. None of them waits while a worker sleeps, and each settles once.

#![cfg(loom)]

mod common;

use std::sync::Arc;

use common::{
    by, deaf_caller, delivered, function,
    looms::{self, DOZE, Gate, NATIVE, SEARCH, TICK, check, employ, join, serve, spawn_one},
    order, order_with_grace, submit, worker,
};
use loom::thread;
use tasklets_scheduler::{Caller, Cancelled, Function, Order, Outcome, Park, Payload, Pool, Taken, Worker};

const HIGH: f64 = 60.0;

/// An order with a priority.
fn first(slot: u32, function: &Arc<Function>) -> Order {
    let mut order = order_with_grace(slot, 0, Some(0), function);
    order.control.get_or_insert_default().priority = HIGH;
    order
}

/// One that waits until it is released.
fn held(mut order: Order) -> Order {
    order.control.get_or_insert_default().held = true;
    order
}

fn release(caller: &mut Caller, pool: &Pool, slot: u32) -> bool {
    caller.release_held(pool, slot, Payload::from(&[1][..]))
}

/// A pool that goes by response ratios.
fn by_ratios(size: usize) -> Arc<Pool> {
    let pool = Pool::new(size);
    pool.go_by_ratios();
    pool
}

/// Runs what it finds until there is nothing. Gives the slots.
fn run_all(worker: &mut Worker) -> Vec<u32> {
    let mut ran = Vec::new();
    while let Taken::Task(task, lease) = worker.take(0) {
        worker.finish(lease, Outcome::Value, 0, Payload::default());
        ran.push(task.order().slot);
    }
    ran
}

/// Each worker gets one of the tasks with a priority.
fn with_priorities(preemptions: usize, ways: &'static [Park]) {
    looms::every_task_gets_a_worker(preemptions, ways, Pool::new, |caller, pool, slot| {
        submit(caller, pool, first(slot, &function()));
    });
}

/// Each worker gets one of the tasks, of which the first has a priority: the next stands in line, or comes after it in
/// the ordered queue.
fn with_one_priority(ways: &'static [Park]) {
    looms::every_task_gets_a_worker(2, ways, Pool::new, |caller, pool, slot| {
        let order = if slot == 0 { first } else { order };
        submit(caller, pool, order(slot, &function()));
    });
}

/// Each worker gets one of the tasks, all of which go through the ordered queue.
fn with_ratios(preemptions: usize, ways: &'static [Park]) {
    looms::every_task_gets_a_worker(preemptions, ways, by_ratios, |caller, pool, slot| {
        submit(caller, pool, order(slot, &function()));
    });
}

/// Each worker gets one of the tasks, which are held at first.
fn with_held(preemptions: usize, ways: &'static [Park]) {
    looms::every_task_gets_a_worker(preemptions, ways, Pool::new, |caller, pool, slot| {
        submit(caller, pool, held(order(slot, &function())));
        release(caller, pool, slot);
    });
}

#[test]
fn one_that_dozes_is_woken_for_a_priority() {
    with_priorities(4, &[DOZE]);
}

#[test]
fn one_that_parks_is_woken_for_a_priority() {
    with_priorities(4, &[NATIVE]);
}

#[test]
fn one_that_searches_finds_a_priority() {
    with_priorities(4, &[SEARCH]);
}

#[test]
fn two_that_doze_are_woken_for_priorities() {
    with_priorities(2, &[DOZE, DOZE]);
}

#[test]
fn one_that_searches_calls_another_for_a_priority() {
    with_priorities(2, &[SEARCH, NATIVE]);
}

#[test]
fn two_that_doze_are_woken_for_a_priority_and_what_comes_after_it() {
    with_one_priority(&[DOZE, DOZE]);
}

#[test]
fn one_that_searches_calls_another_for_what_comes_after_a_priority() {
    with_one_priority(&[SEARCH, DOZE]);
}

#[test]
fn one_that_dozes_is_woken_in_a_pool_that_goes_by_ratios() {
    with_ratios(4, &[DOZE]);
}

#[test]
fn one_that_parks_is_woken_in_a_pool_that_goes_by_ratios() {
    with_ratios(4, &[NATIVE]);
}

#[test]
fn one_that_searches_calls_another_in_a_pool_that_goes_by_ratios() {
    with_ratios(2, &[SEARCH, DOZE]);
}

#[test]
fn one_that_dozes_is_woken_for_what_is_released() {
    with_held(4, &[DOZE]);
}

#[test]
fn one_that_parks_is_woken_for_what_is_released() {
    with_held(4, &[NATIVE]);
}

#[test]
fn one_that_searches_calls_another_for_what_is_released() {
    with_held(2, &[SEARCH, DOZE]);
}

#[test]
fn two_callers_get_a_worker_each_for_their_priorities() {
    looms::two_callers_get_a_worker_each(|slot| first(slot, &function()), |slot| order(slot, &function()));
}

#[test]
fn what_was_cancelled_does_not_hide_what_waits_behind_it() {
    check(3, || {
        const CANCELLED: u32 = 0;
        const WAITS: u32 = 1;
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let (mut one, events) = employ(&pool, &caller);
        let function = function();
        let own = Arc::clone(&pool);
        let thread = thread::spawn(move || {
            let mut ran = Vec::new();
            serve(&mut one, &events, DOZE, |slot| {
                ran.push(slot);
                slot != WAITS
            });
            drop(own);
            ran
        });
        // With a grace, so that a worker which runs what is cancelled is not given up for it.
        let mut order = order_with_grace(CANCELLED, 0, Some(TICK), &function);
        order.control.get_or_insert_default().priority = HIGH;
        submit(&mut caller, &pool, order);
        submit(&mut caller, &pool, common::order(WAITS, &function));
        let cancelled = caller.cancel(&pool, CANCELLED, 0, &[]);
        let ran = join(thread);
        assert_eq!(ran.contains(&CANCELLED), cancelled != Cancelled::Waiting, "what was waiting never runs");
        let settled = delivered(&mut caller).len() + usize::from(cancelled != Cancelled::Ended);
        assert_eq!((settled, pool.backlog()), (2, 0));
        drop((caller, pool));
        assert_eq!(Arc::strong_count(&function), 1, "no record is left");
    });
}

#[test]
fn one_that_dies_when_it_was_chosen_for_a_priority_is_stood_in_for() {
    looms::one_that_dies_when_it_was_chosen_is_stood_in_for(|slot| first(slot, &function()));
}

#[test]
fn what_one_that_dies_had_found_is_found_by_another() {
    check(2, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let gate = Gate::new(1);
        let heir = spawn_one(&pool, &caller, DOZE, &gate);
        let mut zombie = worker(&pool, &caller);
        let id = zombie.id();
        let thread = thread::spawn(move || matches!(zombie.take(0), Taken::Task(..)));
        submit(&mut caller, &pool, first(0, &function()));
        pool.bury(id, &[]);
        if join(thread) {
            // It ran there, and its worker has ended under it: the other one would wait for ever.
            submit(&mut caller, &pool, order(1, &function()));
        }
        join(heir);
    });
}

#[test]
fn killing_settles_a_priority_that_is_pushed_and_fetched_meanwhile() {
    check(2, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, first(0, &function()));
        let killed = Arc::clone(&pool);
        let killer = thread::spawn(move || killed.kill());
        let thread = thread::spawn(move || run_all(&mut one));
        let pushed = caller.submit(&pool, first(1, &function()), None, Payload::default()).is_ok();
        join(killer);
        join(thread);
        assert_eq!(delivered(&mut caller).len(), 1 + usize::from(pushed));
        assert_eq!(pool.backlog(), 0);
    });
}

#[test]
fn killing_settles_what_is_held_and_released_meanwhile() {
    check(3, || {
        let function = function();
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let killed = Arc::clone(&pool);
        let killer = thread::spawn(move || killed.kill());
        let pushed = caller.submit(&pool, held(order(0, &function)), None, Payload::default()).is_ok();
        release(&mut caller, &pool, 0);
        join(killer);
        assert_eq!(delivered(&mut caller).len(), usize::from(pushed));
        assert_eq!(pool.backlog(), 0);
        drop((caller, pool));
        assert_eq!(Arc::strong_count(&function), 1, "no record is left");
    });
}

/// A held task whose deadline comes while its caller does `what`, and a worker that looks. The caller says how many of its
/// tasks it has settled itself.
fn a_deadline_comes(what: fn(&mut Caller, &Pool) -> usize) {
    check(3, move || {
        let function = function();
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        let keeper = Arc::clone(&pool);
        let timekeeper = thread::spawn(move || keeper.end_overdue(TICK));
        submit(&mut caller, &pool, held(by(5, order(0, &function))));
        let own = what(&mut caller, &pool);
        join(timekeeper);
        // Where it came before the task did, it comes now.
        assert_eq!(pool.end_overdue(2 * TICK), u64::MAX, "nothing is left to wait for");
        let ran = run_all(&mut one);
        let outcomes = delivered(&mut caller);
        assert_eq!(outcomes.len() + own, 1, "it settles once");
        assert!(outcomes != [(0, Outcome::Expired)] || ran.is_empty(), "what comes too late never runs");
        drop((caller, one));
        drop(pool);
        assert_eq!(Arc::strong_count(&function), 1, "no record is left");
    });
}

#[test]
fn a_held_task_comes_too_late() {
    a_deadline_comes(|_, _| 0);
}

#[test]
fn a_held_task_is_released_or_comes_too_late() {
    a_deadline_comes(|caller, pool| {
        release(caller, pool, 0);
        0
    });
}

#[test]
fn a_held_task_is_cancelled_or_comes_too_late() {
    a_deadline_comes(|caller, pool| usize::from(caller.withdraw(pool, 0)));
}

#[test]
fn what_was_released_starts_or_is_cancelled() {
    check(3, || {
        let function = function();
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, held(order(0, &function)));
        let thread = thread::spawn(move || (run_all(&mut one), one));
        release(&mut caller, &pool, 0);
        let withdrawn = caller.withdraw(&pool, 0);
        let (mut ran, mut one) = join(thread);
        // It may have looked too early.
        ran.extend(run_all(&mut one));
        assert_eq!(
            ran.len() + usize::from(withdrawn),
            1,
            "what was waiting never runs, and what was not cancelled does"
        );
        assert_eq!(delivered(&mut caller).len(), ran.len());
        drop((caller, one));
        drop(pool);
        assert_eq!(Arc::strong_count(&function), 1, "no record is left");
    });
}
