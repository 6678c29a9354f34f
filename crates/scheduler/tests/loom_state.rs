//! The task's state under every interleaving: whoever ends a task, it settles once and is delivered once.

#![cfg(loom)]

mod common;

use std::sync::Arc;

use common::{
    by, deaf_caller, delivered, function,
    looms::{TICK, check, join},
    order, order_with_grace, order_within, submit, worker, worker_with,
};
use loom::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use tasklets_scheduler::{Cancelled, Cause, Command, Outcome, Payload, Pool, Taken, Worker};

/// Runs what it finds until there is nothing, or until it is told to stop. Gives how many it ran.
fn run_all(worker: &mut Worker) -> usize {
    let mut ran = 0;
    while let Taken::Task(_, lease) = worker.take(0) {
        worker.finish(lease, Outcome::Value, 0, Payload::default());
        ran += 1;
    }
    ran
}

/// Runs what it finds until it is told to stop.
fn run_until_stopped(worker: &mut Worker) {
    loop {
        match worker.take(0) {
            Taken::Task(_, lease) => worker.finish(lease, Outcome::Value, 0, Payload::default()),
            Taken::Nothing => thread::yield_now(),
            Taken::Stop(_) => return,
        }
    }
}

#[test]
fn a_running_task_that_is_cancelled_takes_its_worker_down() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut stuck = worker(&pool, &caller);
        submit(&mut caller, &pool, order(0, &function()));
        let id = stuck.id();
        let thread = thread::spawn(move || matches!(stuck.take(0), Taken::Task(..)));
        let cancelled = caller.cancel(&pool, 0, 0, &[]);
        let started = join(thread);
        let told = matches!(caller.command(), Some(Command::Terminate { worker, .. }) if worker == id);
        match cancelled {
            Cancelled::Waiting => assert!(!started && !told, "what was waiting never runs"),
            Cancelled::Running => assert!(started && told, "the host ends the worker that runs it"),
            Cancelled::Ended => panic!("nobody ended it"),
        }
        assert_eq!(delivered(&mut caller), [], "a caller knows what it has cancelled");
    });
}

#[test]
fn finish_cancel_and_timeout_settle_once() {
    check(2, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, order_within(0, 5, &function()));
        let running = thread::spawn(move || run_all(&mut one));
        let keeper = Arc::clone(&pool);
        let timekeeper = thread::spawn(move || keeper.end_overdue(TICK));
        let cancelled = caller.cancel(&pool, 0, 0, &[]) != Cancelled::Ended;
        join(running);
        join(timekeeper);
        assert_eq!(delivered(&mut caller).len() + usize::from(cancelled), 1);
    });
}

#[test]
fn a_task_starts_is_cancelled_or_comes_too_late() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        let function = function();
        submit(&mut caller, &pool, by(5, order(0, &function)));
        let running = thread::spawn(move || run_all(&mut one));
        let keeper = Arc::clone(&pool);
        let timekeeper = thread::spawn(move || keeper.end_overdue(TICK));
        let cancelled = caller.cancel(&pool, 0, 0, &[]) != Cancelled::Ended;
        let ran = join(running);
        assert_eq!(join(timekeeper), u64::MAX, "nothing is left to wait for");
        let outcomes = delivered(&mut caller);
        assert_eq!(outcomes.len() + usize::from(cancelled), 1);
        assert!(outcomes != [(0, Outcome::Expired)] || ran == 0, "what comes too late never runs");
        drop((caller, pool));
        assert_eq!(Arc::strong_count(&function), 1, "no record is left");
    });
}

#[test]
fn a_worker_that_finished_in_time_is_not_given_up_for_it() {
    check(2, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, order_within(0, 5, &function()));
        submit(&mut caller, &pool, order(1, &function()));
        let running = thread::spawn(move || run_all(&mut one));
        pool.end_overdue(TICK);
        let ran = join(running);
        let condemned = caller.command().is_some();
        // The second task is innocent: a worker that started it ends it, and is not ended under it.
        assert_eq!(ran == 2, !condemned);
    });
}

#[test]
fn an_abandoned_task_that_ends_in_time_leaves_its_worker() {
    check(2, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, order_with_grace(0, 0, Some(TICK), &function()));
        submit(&mut caller, &pool, order(1, &function()));
        let running = thread::spawn(move || run_all(&mut one));
        let cancelled = caller.cancel(&pool, 0, 0, &[]);
        pool.end_overdue(TICK - 1);
        assert_eq!(caller.command(), None, "the grace is not over");
        pool.end_overdue(TICK);
        let ran = join(running);
        let condemned = caller.command().is_some();
        let waited = usize::from(cancelled == Cancelled::Waiting);
        // It was given up for the first task alone: where it had let go of it, it ran the second as well.
        assert_eq!(ran + waited == 2, !condemned);
        let ended = usize::from(cancelled == Cancelled::Ended) + usize::from(!condemned);
        assert_eq!(delivered(&mut caller).len(), ended, "what an abandoned task gives is dropped");
    });
}

#[test]
fn a_task_that_watches_learns_that_it_is_abandoned() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let called = Arc::new(AtomicBool::new(false));
        let waker = Arc::clone(&called);
        let mut one = worker_with(&pool, &caller, move || {
            waker.store(true, Ordering::Release);
            true
        });
        submit(&mut caller, &pool, order_with_grace(0, 0, None, &function()));
        let Taken::Task(_, lease) = one.take(0) else {
            panic!("there is one");
        };
        let thread = thread::spawn(move || {
            let told = one.watch(lease) == Some(true);
            // As a busy loop does: the number first.
            let seen = one.abandoned() > 0;
            assert!(!seen || one.cause(lease) == Some(Cause::Cancelled([7].into())));
            told
        });
        assert_eq!(caller.cancel(&pool, 0, 0, &[7]), Cancelled::Running);
        assert!(join(thread) != called.load(Ordering::Acquire), "it is told, once: when it asks, or by a call");
    });
}

#[test]
fn an_innocent_task_runs_again_or_is_cancelled() {
    check(3, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let mut victim = worker(&pool, &caller);
        let mut heir = worker(&pool, &caller);
        victim.share();
        for slot in 0..2 {
            submit(&mut caller, &pool, order(slot, &function()));
            assert!(matches!(victim.take(0), Taken::Task(..)));
        }
        victim.blame(0);
        let id = victim.id();
        let bury = Arc::clone(&pool);
        let reaper = thread::spawn(move || bury.bury(id, &[]));
        let cancelled = caller.cancel(&pool, 1, 0, &[]);
        assert_ne!(cancelled, Cancelled::Ended, "it waits, or it runs");
        join(reaper);
        assert_eq!(run_all(&mut heir), 0);
        assert_eq!(delivered(&mut caller), [(0, Outcome::WorkerExited)]);
    });
}

#[test]
fn a_timeout_does_not_reach_the_second_run_of_a_task() {
    check(3, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let mut victim = worker(&pool, &caller);
        let mut other = worker(&pool, &caller);
        victim.share();
        submit(&mut caller, &pool, order_with_grace(0, 5, Some(TICK), &function()));
        submit(&mut caller, &pool, order(1, &function()));
        assert!(matches!(victim.take(0), Taken::Task(..)));
        let Taken::Task(_, guilty) = victim.take(0) else {
            panic!("there are two");
        };
        victim.blame(guilty);
        let keeper = Arc::clone(&pool);
        let timekeeper = thread::spawn(move || keeper.end_overdue(TICK));
        let (id, bury) = (victim.id(), Arc::clone(&pool));
        let reaper = thread::spawn(move || bury.bury(id, &[]));
        let again = matches!(other.take(10 * TICK), Taken::Task(..));
        join(timekeeper);
        join(reaper);
        let timed_out = delivered(&mut caller).contains(&(0, Outcome::TimedOut));
        assert!(!again || !timed_out, "it may run as long as the first time");
    });
}

#[test]
fn a_worker_that_dies_loses_nothing() {
    check(2, || {
        let pool = Pool::new(2);
        let mut caller = deaf_caller();
        let mut zombie = worker(&pool, &caller);
        let mut heir = worker(&pool, &caller);
        for slot in 0..2 {
            submit(&mut caller, &pool, order(slot, &function()));
        }
        let id = zombie.id();
        let thread = thread::spawn(move || run_all(&mut zombie));
        pool.bury(id, &[]);
        join(thread);
        run_all(&mut heir);
        let mut slots: Vec<_> = delivered(&mut caller).into_iter().map(|(slot, _)| slot).collect();
        slots.sort_unstable();
        assert_eq!(slots, [0, 1]);
    });
}

#[test]
fn what_is_addressed_to_a_worker_that_dies_settles() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut zombie = worker(&pool, &caller);
        let id = zombie.id();
        let bury = Arc::clone(&pool);
        let reaper = thread::spawn(move || bury.bury(id, &[]));
        let thread = thread::spawn(move || run_all(&mut zombie));
        let posted = caller.submit(&pool, order(0, &function()), Some(id), Payload::default()).is_ok();
        join(reaper);
        join(thread);
        assert_eq!(delivered(&mut caller).len(), usize::from(posted));
    });
}

#[test]
fn a_worker_that_leaves_runs_what_is_addressed_to_it() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        let id = one.id();
        pool.resize(0);
        let thread = thread::spawn(move || run_until_stopped(&mut one));
        let posted = caller.submit(&pool, order(0, &function()), Some(id), Payload::default()).is_ok();
        join(thread);
        let expected: &[_] = if posted { &[(0, Outcome::Value)] } else { &[] };
        assert_eq!(delivered(&mut caller), expected);
        assert_eq!(pool.staff(), 0);
    });
}

#[test]
fn killing_settles_what_is_pushed_and_fetched_meanwhile() {
    check(2, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, order(0, &function()));
        let killed = Arc::clone(&pool);
        let killer = thread::spawn(move || killed.kill());
        let thread = thread::spawn(move || run_all(&mut one));
        let pushed = caller.submit(&pool, order(1, &function()), None, Payload::default()).is_ok();
        join(killer);
        join(thread);
        assert_eq!(delivered(&mut caller).len(), 1 + usize::from(pushed));
        assert_eq!(pool.backlog(), 0);
    });
}

#[test]
fn nothing_stays_behind_with_a_caller_that_closes() {
    check(3, || {
        let function = function();
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        submit(&mut caller, &pool, order(0, &function));
        let thread = thread::spawn(move || {
            run_all(&mut one);
        });
        caller.close(&pool, 0);
        drop(caller);
        join(thread);
        drop(pool);
        assert_eq!(Arc::strong_count(&function), 1, "a record that nobody reads has been freed");
    });
}

#[test]
fn a_task_whose_caller_goes_is_abandoned() {
    check(3, || {
        let pool = Pool::new(1);
        let (mut host, mut gone) = (deaf_caller(), deaf_caller());
        let mut one = worker(&pool, &host);
        let id = one.id();
        submit(&mut gone, &pool, order(0, &function()));
        let thread = thread::spawn(move || matches!(one.take(0), Taken::Task(..)));
        gone.close(&pool, 0);
        let started = join(thread);
        let told = matches!(host.command(), Some(Command::Terminate { worker, .. }) if worker == id);
        assert_eq!(started, told, "nothing goes on for nobody");
    });
}

#[test]
fn nothing_starts_beside_an_abandoned_task() {
    check(3, || {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        let function = function();
        submit(&mut caller, &pool, order_with_grace(0, 0, Some(TICK), &function));
        assert!(matches!(one.take(0), Taken::Task(..)));
        submit(&mut caller, &pool, order(1, &function));
        let abandoned = Arc::new(AtomicBool::new(false));
        let known = Arc::clone(&abandoned);
        let thread = thread::spawn(move || {
            let before = known.load(Ordering::SeqCst);
            let started = matches!(one.take(0), Taken::Task(..));
            assert!(!before || !started, "it would end with the worker");
            started
        });
        assert_eq!(caller.cancel(&pool, 0, 0, &[]), Cancelled::Running);
        abandoned.store(true, Ordering::SeqCst);
        let started = join(thread);
        assert_eq!(pool.backlog(), usize::from(!started), "what it had found waits for another");
    });
}
