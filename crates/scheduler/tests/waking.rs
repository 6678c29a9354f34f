//! Who is woken: for a task, because the pool has become smaller, or because it has memory again.

#![cfg(not(loom))]

mod common;

use std::{sync::atomic::Ordering, time::Duration};

use common::{called, deaf_caller, function, order, submit, worker};
use tasklets_scheduler::{Command, Fate, Park, Payload, Pool, Taken, processors};

const NO_TIME: Park = Park { spin: Duration::ZERO, sleep: Duration::ZERO };

#[test]
fn a_worker_that_runs_nothing_is_woken_before_one_that_sleeps_beside_its_task() {
    let pool = Pool::new(3);
    let mut caller = deaf_caller();
    let [mut one, mut two, mut three] = [(); 3].map(|()| called(&pool, &caller));
    for (slot, busy) in [(0, &mut two), (1, &mut three)] {
        submit(&mut caller, &pool, order(slot, &function()));
        assert!(matches!(busy.0.take(0), Taken::Task(..)));
    }
    for (worker, _) in [&mut one, &mut two, &mut three] {
        assert!(matches!(worker.take(0), Taken::Nothing));
        assert!(!worker.park(NO_TIME));
    }
    let calls = || [&one, &two, &three].map(|(_, calls)| calls.load(Ordering::Relaxed));
    submit(&mut caller, &pool, order(2, &function()));
    assert_eq!(calls(), [1, 0, 0]);
    // Where there is no such worker, the one that fell asleep last.
    submit(&mut caller, &pool, order(3, &function()));
    assert_eq!(calls(), [1, 0, 1]);
    submit(&mut caller, &pool, order(4, &function()));
    assert_eq!(calls(), [1, 1, 1]);
}

#[test]
fn nobody_counts_on_a_worker_that_has_searched_in_vain() {
    let pool = Pool::new(3);
    let mut caller = deaf_caller();
    let [(mut one, calls), (mut two, _)] = [(); 2].map(|()| called(&pool, &caller));
    assert!(matches!(one.take(0), Taken::Nothing) && matches!(two.take(0), Taken::Nothing));
    assert!(!one.park(NO_TIME));
    assert!(!two.search(Duration::from_nanos(1)));
    // It does something else before it parks.
    submit(&mut caller, &pool, order(0, &function()));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(caller.submit(&pool, order(1, &function()), None, Payload::default()), Ok(true), "another is to come");
}

#[test]
fn nobody_searches_who_would_take_a_processor_from_others() {
    const FOR_EVER: Duration = Duration::MAX;
    let processors = processors();
    let pool = Pool::new(processors);
    let caller = deaf_caller();
    let mut workers: Vec<_> = (0..processors).map(|_| worker(&pool, &caller)).collect();
    // None of them sleeps, and a caller needs a processor, too.
    assert!(!workers[0].search(FOR_EVER));
}

#[test]
fn a_smaller_size_wakes_one_that_can_leave() {
    let pool = Pool::new(3);
    let mut caller = deaf_caller();
    let (mut busy, _) = called(&pool, &caller);
    let [mut one, mut two] = [(); 2].map(|()| called(&pool, &caller));
    submit(&mut caller, &pool, order(0, &function()));
    assert!(matches!(busy.take(0), Taken::Task(..)));
    for worker in [&mut busy, &mut one.0, &mut two.0] {
        assert!(matches!(worker.take(0), Taken::Nothing));
        assert!(!worker.park(NO_TIME));
    }
    pool.resize(2);
    let told = [&mut one, &mut two].map(|(worker, calls)| {
        let called = calls.load(Ordering::Relaxed) > 0;
        assert_eq!(called, matches!(worker.take(0), Taken::Stop(Fate::Retired)));
        called
    });
    assert_eq!(told.into_iter().filter(|told| *told).count(), 1);
}

#[test]
fn a_limit_of_memory_that_is_lifted_makes_room() {
    let pool = Pool::new(2);
    let mut caller = deaf_caller();
    pool.introduce(&caller);
    pool.limit_memory(Some(100), false);
    let mut one = worker(&pool, &caller);
    assert!(one.weighs(200));
    submit(&mut caller, &pool, order(0, &function()));
    assert!(matches!(one.take(0), Taken::Task(..)));
    let pushed = caller.submit(&pool, order(1, &function()), None, Payload::default());
    assert_eq!(pushed, Ok(false), "the pool is full");
    while caller.command().is_some() {}
    pool.limit_memory(None, false);
    assert!(matches!(caller.command(), Some(Command::Staff { .. })));
}
