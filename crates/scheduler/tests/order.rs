//! Which task comes next: by priority, which waiting raises, or by response ratio.

#![cfg(not(loom))]

mod common;

use std::time::{Duration, Instant};

use common::{deaf_caller, function, order, submit, worker};
use tasklets_scheduler::{Caller, Control, Order, Outcome, Payload, Pool, Taken, Worker};

fn with(slot: u32, set: impl FnOnce(&mut Control)) -> Order {
    let mut control = Control::default();
    set(&mut control);
    Order { control: Some(Box::new(control)), ..order(slot, &function()) }
}

/// Runs all that waits, in the order in which it comes, and gives the slots.
fn run(worker: &mut Worker) -> Vec<u32> {
    let mut slots = Vec::new();
    while let Taken::Task(task, lease) = worker.take(Pool::now()) {
        slots.push(task.order().slot);
        worker.finish(lease, Outcome::Value, Pool::now(), Payload::default());
    }
    slots
}

fn pass(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn one_worker() -> (std::sync::Arc<Pool>, Caller, Worker) {
    let pool = Pool::new(1);
    let caller = deaf_caller();
    let one = worker(&pool, &caller);
    (pool, caller, one)
}

#[test]
fn the_highest_priority_comes_first_and_equals_in_their_order() {
    let (pool, mut caller, mut one) = one_worker();
    for (slot, priority) in [(0, 0.0), (1, -60.0), (2, 60.0), (3, 0.0), (4, 60.0), (5, 1000.0), (6, -60.0), (7, 0.0)] {
        submit(&mut caller, &pool, with(slot, |control| control.priority = priority));
    }
    assert_eq!(pool.backlog(), 8);
    assert_eq!(run(&mut one), [5, 2, 4, 0, 3, 7, 1, 6]);
    assert_eq!(pool.backlog(), 0);
}

#[test]
fn what_a_worker_has_fetched_waits_for_a_higher_priority_too() {
    let (pool, mut caller, mut one) = one_worker();
    for slot in 0..50 {
        submit(&mut caller, &pool, order(slot, &function()));
    }
    let Taken::Task(_, lease) = one.take(0) else { panic!("there is one") };
    submit(&mut caller, &pool, with(50, |control| control.priority = 60.0));
    one.finish(lease, Outcome::Value, 0, Payload::default());
    let expected: Vec<_> = std::iter::once(50).chain(1..50).collect();
    assert_eq!(run(&mut one), expected);
}

#[test]
fn waiting_makes_up_for_priority() {
    let (pool, mut caller, mut one) = one_worker();
    // Both are worth less than the time that passes.
    submit(&mut caller, &pool, with(0, |control| control.priority = -0.001));
    submit(&mut caller, &pool, order(1, &function()));
    pass(Duration::from_millis(3));
    submit(&mut caller, &pool, with(2, |control| control.priority = 0.001));
    submit(&mut caller, &pool, order(3, &function()));
    submit(&mut caller, &pool, with(4, |control| control.priority = 10.0));
    assert_eq!(run(&mut one), [4, 1, 0, 2, 3]);
}

#[test]
fn any_number_is_a_priority() {
    const ANY: [f64; 12] =
        [f64::NEG_INFINITY, f64::MIN, -1e300, -1e10, -9.3e9, -1.0, 0.0, 1.0, 9.3e9, 1e10, f64::MAX, f64::INFINITY];
    for priority in ANY {
        for other in ANY {
            let (pool, mut caller, mut one) = one_worker();
            submit(&mut caller, &pool, with(0, |control| control.priority = priority));
            submit(&mut caller, &pool, with(1, |control| control.priority = other));
            assert_eq!(run(&mut one).len(), 2, "{priority} and {other}");
            assert_eq!(pool.backlog(), 0);
        }
    }
}

#[test]
fn priorities_that_are_nearly_the_same_share_a_line_of_their_kind() {
    let (pool, mut caller, mut one) = one_worker();
    pool.go_by_ratios();
    // Tasks that take so long that waiting counts for little.
    submit(&mut caller, &pool, order(0, &function()));
    let Taken::Task(_, lease) = one.take(Pool::now()) else {
        panic!("a task waits");
    };
    one.finish(lease, Outcome::Value, u64::MAX / 2, Payload::default());
    for (slot, priority) in [(0, 5.0), (1, 5.01), (2, 5.03), (3, -0.0), (4, 0.0), (5, 0.02)] {
        submit(&mut caller, &pool, with(slot, |control| control.priority = priority));
    }
    assert_eq!(run(&mut one), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_has_been_cancelled_is_swept_out_and_the_rest_keeps_its_place() {
    for ratios in [false, true] {
        let (pool, mut caller, mut one) = one_worker();
        if ratios {
            pool.go_by_ratios();
        }
        submit(&mut caller, &pool, with(0, |control| control.priority = -0.001));
        submit(&mut caller, &pool, with(1, |control| control.priority = 60.0));
        pass(Duration::from_millis(3));
        submit(&mut caller, &pool, order(2, &function()));
        submit(&mut caller, &pool, order(3, &function()));
        for slot in [1, 3] {
            assert!(caller.withdraw(&pool, slot));
        }
        assert_eq!(pool.backlog(), 4);
        pool.sweep();
        assert_eq!(pool.backlog(), 2);
        assert_eq!(run(&mut one), [0, 2]);
    }
}

#[test]
fn a_worker_that_dies_gives_back_what_it_had_found() {
    let pool = Pool::new(2);
    let mut caller = deaf_caller();
    let (dead, mut heir) = (worker(&pool, &caller), worker(&pool, &caller));
    for slot in 0..10 {
        submit(&mut caller, &pool, with(slot, |control| control.priority = f64::from(slot)));
    }
    pool.bury(dead.id(), &[]);
    assert_eq!(run(&mut heir), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn a_pool_that_is_killed_settles_them() {
    let (pool, mut caller, _one) = one_worker();
    for slot in 0..10 {
        submit(&mut caller, &pool, with(slot, |control| control.priority = 1.0));
    }
    pool.kill();
    assert_eq!(common::delivered(&mut caller).len(), 10);
    assert_eq!(pool.backlog(), 0);
}

const SHORT: u32 = 1;
const LONG: u32 = 2;

/// A pool that knows how long its two kinds take.
fn measured() -> (std::sync::Arc<Pool>, Caller, Worker) {
    let (pool, mut caller, mut one) = one_worker();
    pool.go_by_ratios();
    for (kind, duration) in [(SHORT, 100_000), (LONG, 10_000_000)] {
        submit(&mut caller, &pool, with(kind, |control| control.kind = kind));
        let Taken::Task(task, lease) = one.take(0) else { panic!("there is one") };
        assert_eq!(task.order().slot, kind);
        one.finish(lease, Outcome::Value, duration, Payload::default());
    }
    (pool, caller, one)
}

fn next(worker: &mut Worker, now: u64) -> u32 {
    let Taken::Task(task, lease) = worker.take(now) else { panic!("there is one") };
    worker.finish(lease, Outcome::Value, now, Payload::default());
    task.order().slot
}

#[test]
fn a_short_task_comes_before_a_long_one() {
    let (pool, mut caller, mut one) = measured();
    submit(&mut caller, &pool, with(10, |control| control.kind = LONG));
    submit(&mut caller, &pool, with(11, |control| control.kind = SHORT));
    let later = Pool::now() + 1_000_000_000;
    assert_eq!([next(&mut one, later), next(&mut one, later)], [11, 10]);
}

#[test]
fn a_long_task_that_has_waited_comes_before_a_short_one() {
    let (pool, mut caller, mut one) = measured();
    submit(&mut caller, &pool, with(10, |control| control.kind = LONG));
    pass(Duration::from_millis(5));
    // At this moment the short one has not waited at all.
    let now = Pool::now();
    submit(&mut caller, &pool, with(11, |control| control.kind = SHORT));
    assert_eq!([next(&mut one, now), next(&mut one, now)], [10, 11]);
}

#[test]
fn tasks_of_one_kind_come_in_their_order_and_a_priority_weighs_their_ratio() {
    let (pool, mut caller, mut one) = measured();
    for slot in 10..20 {
        let priority = if slot == 15 { 60.0 } else { 0.0 };
        submit(&mut caller, &pool, with(slot, |control| (control.kind, control.priority) = (SHORT, priority)));
    }
    let later = Pool::now() + 1_000_000_000;
    let slots: Vec<_> = (10..20).map(|_| next(&mut one, later)).collect();
    assert_eq!(slots, [15, 10, 11, 12, 13, 14, 16, 17, 18, 19]);
}
