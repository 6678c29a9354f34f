//! Exclusive tasks: who takes one, who makes room for it, and who is woken.

#![cfg(not(loom))]

mod common;

use std::{sync::atomic::Ordering, time::Duration};

use common::{called, deaf_caller, function, order, submit, worker};
use tasklets_scheduler::{Caller, Control, Leased, Order, Outcome, Park, Payload, Pool, Taken, Worker};

const NO_TIME: Park = Park { spin: Duration::ZERO, sleep: Duration::ZERO };
const SECOND: u64 = 1_000_000_000;

fn with(slot: u32, set: impl FnOnce(&mut Control)) -> Order {
    let mut control = Control::default();
    set(&mut control);
    Order { control: Some(Box::new(control)), ..order(slot, &function()) }
}

fn plain(caller: &mut Caller, pool: &Pool, slot: u32) {
    submit(caller, pool, order(slot, &function()));
}

fn exclusive(caller: &mut Caller, pool: &Pool, slot: u32) {
    submit(caller, pool, with(slot, |control| control.exclusive = true));
}

fn taken(worker: &mut Worker, now: u64) -> Option<(u32, Leased)> {
    match worker.take(now) {
        Taken::Task(task, lease) => Some((task.order().slot, lease)),
        Taken::Nothing => None,
        Taken::Stop(fate) => panic!("it goes on: {fate:?}"),
    }
}

fn end(worker: &mut Worker, lease: Leased) {
    worker.finish(lease, Outcome::Value, 0, Payload::default());
}

#[test]
fn is_taken_by_a_worker_that_runs_nothing_and_makes_others_make_room() {
    let pool = Pool::new(2);
    let mut caller = deaf_caller();
    let (mut one, mut two) = (worker(&pool, &caller), worker(&pool, &caller));
    plain(&mut caller, &pool, 0);
    plain(&mut caller, &pool, 1);
    let (_, first) = taken(&mut one, 0).expect("a task waits");
    let (_, second) = taken(&mut two, 0).expect("another");
    exclusive(&mut caller, &pool, 2);
    plain(&mut caller, &pool, 3);
    assert_eq!(pool.backlog(), 2);
    // The first makes room, and the other goes on.
    assert_eq!(taken(&mut one, 0), None);
    let (slot, third) = taken(&mut two, 0).expect("it need not make room");
    assert_eq!(slot, 3);
    end(&mut two, second);
    end(&mut two, third);
    end(&mut one, first);
    assert_eq!(taken(&mut one, 0).expect("it is alone").0, 2);
    assert_eq!(pool.backlog(), 0);
}

#[test]
fn keeps_its_place_among_those_that_stand_in_line_and_those_with_priorities() {
    let pool = Pool::new(1);
    let mut caller = deaf_caller();
    let mut one = worker(&pool, &caller);
    plain(&mut caller, &pool, 0);
    exclusive(&mut caller, &pool, 1);
    plain(&mut caller, &pool, 2);
    submit(&mut caller, &pool, with(3, |control| (control.exclusive, control.priority) = (true, 60.0)));
    submit(&mut caller, &pool, with(4, |control| control.priority = 60.0));
    submit(&mut caller, &pool, with(5, |control| (control.exclusive, control.priority) = (true, -60.0)));
    let mut slots = Vec::new();
    while let Some((slot, lease)) = taken(&mut one, 0) {
        slots.push(slot);
        end(&mut one, lease);
    }
    assert_eq!(slots, [3, 4, 0, 1, 2, 5]);
}

#[test]
fn goes_by_response_ratio_where_the_others_do() {
    let pool = Pool::new(1);
    pool.go_by_ratios();
    let mut caller = deaf_caller();
    let mut one = worker(&pool, &caller);
    for (slot, kind, time) in [(0, 1, 100_000), (1, 2, 10_000_000)] {
        submit(&mut caller, &pool, with(slot, |control| control.kind = kind));
        let (_, lease) = taken(&mut one, 0).expect("it waits");
        one.finish(lease, Outcome::Value, time, Payload::default());
    }
    submit(&mut caller, &pool, with(2, |control| control.kind = 2));
    submit(&mut caller, &pool, with(3, |control| (control.kind, control.exclusive) = (1, true)));
    submit(&mut caller, &pool, with(4, |control| (control.kind, control.exclusive) = (2, true)));
    let later = Pool::now() + SECOND;
    let (slot, lease) = taken(&mut one, later).expect("they wait");
    assert_eq!(slot, 3, "it is short");
    end(&mut one, lease);
    let (slot, lease) = taken(&mut one, later).expect("they wait");
    assert_eq!(slot, 2, "it has waited longer");
    assert_eq!(taken(&mut one, later), None);
    end(&mut one, lease);
    assert_eq!(taken(&mut one, later).expect("it is alone").0, 4);
}

#[test]
fn lets_nobody_spin_who_cannot_take_it() {
    let pool = Pool::new(2);
    let mut caller = deaf_caller();
    let ((mut one, ones), (mut two, twos)) = (called(&pool, &caller), called(&pool, &caller));
    for slot in 0..2 {
        plain(&mut caller, &pool, slot);
    }
    let _first = taken(&mut one, 0).expect("a task waits");
    let _second = taken(&mut two, 0).expect("another");
    assert!(!one.park(NO_TIME) && !two.park(NO_TIME));
    exclusive(&mut caller, &pool, 2);
    // Neither could take it, and neither is called.
    assert_eq!((ones.load(Ordering::Relaxed), twos.load(Ordering::Relaxed)), (0, 0));
    // Their loops turn for another reason.
    for worker in [&mut one, &mut two] {
        assert_eq!(taken(worker, 0), None);
        assert!(!worker.park(NO_TIME), "it looks again without end");
    }
    // What any worker can take goes to the one that does not make room.
    plain(&mut caller, &pool, 3);
    assert_eq!((ones.load(Ordering::Relaxed), twos.load(Ordering::Relaxed)), (0, 1));
    assert_eq!(taken(&mut two, 0).expect("it was called for that").0, 3);
}

#[test]
fn wakes_a_worker_that_runs_nothing() {
    let pool = Pool::new(2);
    let mut caller = deaf_caller();
    let ((mut one, ones), (mut two, twos)) = (called(&pool, &caller), called(&pool, &caller));
    plain(&mut caller, &pool, 0);
    let _running = taken(&mut two, 0).expect("a task waits");
    assert_eq!(taken(&mut one, 0), None);
    assert!(!one.park(NO_TIME) && !two.park(NO_TIME));
    // The other fell asleep last, and would be woken for any other task.
    exclusive(&mut caller, &pool, 1);
    assert_eq!((ones.load(Ordering::Relaxed), twos.load(Ordering::Relaxed)), (1, 0));
    assert_eq!(taken(&mut one, 0).expect("it was called for it").0, 1);
}

#[test]
fn lets_go_of_the_worker_that_makes_room_when_it_is_cancelled() {
    let pool = Pool::new(1);
    let mut caller = deaf_caller();
    let (mut one, calls) = called(&pool, &caller);
    plain(&mut caller, &pool, 0);
    let _running = taken(&mut one, 0).expect("a task waits");
    exclusive(&mut caller, &pool, 1);
    exclusive(&mut caller, &pool, 2);
    plain(&mut caller, &pool, 3);
    assert_eq!(taken(&mut one, 0), None);
    assert!(!one.park(NO_TIME));
    assert!(caller.withdraw(&pool, 1));
    assert_eq!((calls.load(Ordering::Relaxed), taken(&mut one, 0)), (0, None), "there is another");
    assert!(!one.park(NO_TIME));
    assert!(caller.withdraw(&pool, 2));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(taken(&mut one, 0).expect("it may go on").0, 3);
}

#[test]
fn has_another_worker_make_room_when_the_first_does_not_come_to_an_end_or_dies() {
    let pool = Pool::new(3);
    let mut caller = deaf_caller();
    let mut workers = [0; 3].map(|_| worker(&pool, &caller));
    for (slot, worker) in (0..).zip(&mut workers) {
        plain(&mut caller, &pool, slot);
        taken(worker, 0).expect("a task waits");
    }
    exclusive(&mut caller, &pool, 3);
    for slot in 4..10 {
        plain(&mut caller, &pool, slot);
    }
    let [one, two, three] = &mut workers;
    assert_eq!(taken(one, SECOND), None);
    assert!(taken(two, SECOND).is_some());
    assert_eq!(taken(two, 3 * SECOND), None);
    assert!(taken(three, 3 * SECOND).is_some());
    pool.bury(one.id(), &[]);
    assert!(taken(three, 3 * SECOND).is_some());
    pool.bury(two.id(), &[]);
    assert_eq!(taken(three, 3 * SECOND), None);
}

#[test]
fn runs_beside_tasks_that_wait_for_tasks_of_their_own() {
    let pool = Pool::new(1);
    let mut caller = deaf_caller();
    let mut one = worker(&pool, &caller);
    plain(&mut caller, &pool, 0);
    taken(&mut one, 0).expect("a task waits");
    exclusive(&mut caller, &pool, 1);
    assert_eq!(taken(&mut one, 0), None);
    one.waits(1);
    assert_eq!(taken(&mut one, 0).expect("it is alone with those that wait").0, 1);
}

#[test]
fn is_settled_with_its_pool() {
    let pool = Pool::new(1);
    let mut caller = deaf_caller();
    let mut one = worker(&pool, &caller);
    plain(&mut caller, &pool, 0);
    taken(&mut one, 0).expect("a task waits");
    exclusive(&mut caller, &pool, 1);
    assert_eq!(taken(&mut one, 0), None);
    pool.kill();
    let mut ends = common::delivered(&mut caller);
    ends.sort_by_key(|(slot, _)| *slot);
    assert_eq!(ends, [(0, Outcome::PoolDied), (1, Outcome::PoolDied)]);
    assert_eq!(pool.backlog(), 0);
}

#[test]
fn is_what_may_have_taken_its_worker_down() {
    let pool = Pool::new(3);
    let mut caller = deaf_caller();
    let mut dying = worker(&pool, &caller);
    dying.share();
    for slot in 0..2 {
        plain(&mut caller, &pool, slot);
        taken(&mut dying, 0).expect("a task waits");
    }
    let (mut one, mut two) = (worker(&pool, &caller), worker(&pool, &caller));
    plain(&mut caller, &pool, 2);
    let (_, innocent) = taken(&mut one, 0).expect("a task waits");
    pool.bury(dying.id(), &[]);
    plain(&mut caller, &pool, 3);
    assert_eq!(taken(&mut one, 0), None, "it makes room");
    let (suspect, lease) = taken(&mut two, 0).expect("it is alone");
    end(&mut one, innocent);
    let (other, _) = taken(&mut one, 0).expect("it is alone");
    assert_eq!([suspect, other], [0, 1]);
    end(&mut two, lease);
    assert_eq!(taken(&mut two, 0).expect("it came last").0, 3);
}

#[test]
fn leaves_the_queue_when_it_is_a_suspect_and_settles() {
    let pool = Pool::new(2);
    let mut caller = deaf_caller();
    let (mut one, calls) = called(&pool, &caller);
    let mut dying = worker(&pool, &caller);
    dying.share();
    plain(&mut caller, &pool, 0);
    taken(&mut one, 0).expect("a task waits");
    for slot in 1..3 {
        plain(&mut caller, &pool, slot);
        taken(&mut dying, 0).expect("a task waits");
    }
    pool.bury(dying.id(), &[]);
    assert_eq!(taken(&mut one, 0), None, "it makes room");
    assert!(!one.park(NO_TIME));
    assert!(caller.withdraw(&pool, 1));
    assert!(caller.withdraw(&pool, 2));
    assert_eq!((pool.backlog(), calls.load(Ordering::Relaxed)), (0, 1), "it need not make room any more");
}
