//! Workers that die, leave and are wanted, under every interleaving: no task waits for one that does not come.

#![cfg(loom)]

mod common;

use std::sync::Arc;

use common::{
    deaf_caller, function,
    looms::{self, DOZE, Gate, SEARCH, TICK, check, employ, join, serve, spawn_one},
    order, order_within, submit,
};
use loom::thread;
use tasklets_scheduler::{Command, Fate, Payload, Pool, Taken};

#[test]
fn one_that_dies_when_it_was_chosen_is_stood_in_for() {
    looms::one_that_dies_when_it_was_chosen_is_stood_in_for(|slot| order(slot, &function()));
}

#[test]
fn one_that_was_given_up_asleep_is_stood_in_for() {
    check(3, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let (mut busy, _) = employ(&pool, &caller);
        let id = busy.id();
        let function = function();
        submit(&mut caller, &pool, order_within(0, 1, &function));
        assert!(matches!(busy.take(0), Taken::Task(..)));
        // Its task waits for others, so that it sleeps as one that could run them.
        assert!(!busy.park(DOZE));
        let gate = Gate::new(1);
        let heir = spawn_one(&pool, &caller, DOZE, &gate);
        let shared = Arc::clone(&pool);
        let host = thread::spawn(move || {
            shared.end_overdue(TICK);
            shared.bury(id, &[]);
        });
        submit(&mut caller, &pool, order(1, &function));
        join(heir);
        join(host);
        drop(busy);
    });
}

#[test]
fn one_whose_thread_outlives_it_is_not_counted_on() {
    check(3, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let (mut zombie, _) = employ(&pool, &caller);
        let id = zombie.id();
        // Its isolate ends while it is in a native call.
        let thread = thread::spawn(move || zombie.park(SEARCH));
        pool.bury(id, &[]);
        let gate = Gate::new(1);
        let heir = spawn_one(&pool, &caller, DOZE, &gate);
        submit(&mut caller, &pool, order(0, &function()));
        join(heir);
        join(thread);
    });
}

#[test]
fn a_task_that_finds_all_busy_has_a_worker_started() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        pool.introduce(&caller);
        let (mut one, _) = employ(&pool, &caller);
        pool.resize(2);
        let thread = thread::spawn(move || {
            one.park(SEARCH);
            matches!(one.take(0), Taken::Task(..))
        });
        let function = function();
        let mut asked = false;
        for slot in 0..2 {
            asked |= caller.submit(&pool, order(slot, &function), None, Payload::default()).expect("the pool is open");
        }
        let busy = join(thread);
        asked |= matches!(caller.command(), Some(Command::Staff { .. }));
        // It may sleep and be called for both; where it runs one of them, somebody else is needed for the other.
        assert!(asked || !busy);
    });
}

#[test]
fn a_task_that_comes_when_the_last_worker_leaves_has_one_started() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        pool.introduce(&caller);
        let (mut one, _) = employ(&pool, &caller);
        assert!(pool.dismiss(&caller).is_empty());
        let thread = thread::spawn(move || match one.take(0) {
            Taken::Task(..) => true,
            Taken::Stop(Fate::Retired) => false,
            other => panic!("{other:?}"),
        });
        let asked = caller.submit(&pool, order(0, &function()), None, Payload::default()).expect("the pool is open");
        let taken = join(thread);
        let told = matches!(caller.command(), Some(Command::Staff { .. }));
        assert!(taken || asked || told);
        assert_eq!(pool.staff(), 0);
    });
}

#[test]
fn a_task_that_comes_when_the_last_worker_dies_has_one_started() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        pool.introduce(&caller);
        let (one, _) = employ(&pool, &caller);
        let shared = Arc::clone(&pool);
        let death = thread::spawn(move || shared.bury(one.id(), &[]));
        let asked = caller.submit(&pool, order(0, &function()), None, Payload::default()).expect("the pool is open");
        join(death);
        let told = matches!(caller.command(), Some(Command::Staff { .. }));
        assert!(asked || told);
        assert_eq!(pool.staff(), 0);
    });
}

#[test]
fn a_task_that_comes_when_the_pool_is_to_have_more_has_one_started() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        pool.introduce(&caller);
        let (mut busy, _) = employ(&pool, &caller);
        let function = function();
        submit(&mut caller, &pool, order(0, &function));
        assert!(matches!(busy.take(0), Taken::Task(..)));
        let shared = Arc::clone(&pool);
        let more = thread::spawn(move || shared.resize(2));
        let asked = caller.submit(&pool, order(1, &function), None, Payload::default()).expect("the pool is open");
        join(more);
        let told = matches!(caller.command(), Some(Command::Staff { .. }));
        assert!(asked || told);
        drop(busy);
    });
}

#[test]
fn as_many_leave_as_are_too_many() {
    check(3, || {
        let pool = Pool::new(2);
        let caller = deaf_caller();
        let gone = Gate::new(1);
        let workers = [(); 2].map(|()| {
            let (mut worker, events) = employ(&pool, &caller);
            let (ends, gone) = (Arc::clone(&events), Arc::clone(&gone));
            let thread = thread::spawn(move || {
                let left = serve(&mut worker, &events, DOZE, |_| panic!("there is no task"));
                if left {
                    gone.come();
                }
                left
            });
            (thread, ends)
        });
        pool.resize(1);
        gone.wait();
        let left = workers.map(|(thread, events)| {
            events.end();
            join(thread)
        });
        assert_eq!(left.into_iter().filter(|left| *left).count(), 1);
        assert_eq!(pool.staff(), 1);
    });
}
