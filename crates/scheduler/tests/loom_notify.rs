//! The caller's notified flag under every interleaving: an isolate that sleeps is woken for what it has not seen.

#![cfg(loom)]

mod common;

use std::sync::Arc;

use common::{
    delivered, function,
    looms::{self, join},
    order, order_with_grace, submit, worker,
};
use loom::{sync::Notify, thread};
use tasklets_scheduler::{Caller, Outcome, Payload, Pool, Taken, Worker};

/// A caller that sleeps on `Notify`, and the one worker of its pool.
fn sleeper() -> (Arc<Pool>, Arc<Notify>, Caller, Worker) {
    let pool = Pool::new(1);
    let woken = Arc::new(Notify::new());
    let signal = Arc::clone(&woken);
    let caller = Caller::new(move || {
        signal.notify();
        true
    });
    let one = worker(&pool, &caller);
    (pool, woken, caller, one)
}

/// Runs `tasks` tasks on one worker while the caller does `wait`, which has to see all of them.
fn check(tasks: u32, wait: impl Fn(&mut Caller, &Notify, usize) + Sync + Send + 'static) {
    looms::check(3, move || {
        let (pool, woken, mut caller, mut one) = sleeper();
        let function = function();
        for slot in 0..tasks {
            submit(&mut caller, &pool, order(slot, &function));
        }
        let thread = thread::spawn(move || {
            while let Taken::Task(_, lease) = one.take(0) {
                one.finish(lease, Outcome::Value, 0, Payload::default());
            }
        });
        wait(&mut caller, &woken, tasks as usize);
        join(thread);
    });
}

#[test]
fn a_caller_that_sleeps_is_woken() {
    check(2, |caller, woken, tasks| {
        let mut seen = 0;
        while seen < tasks {
            woken.wait();
            loop {
                seen += delivered(caller).len();
                caller.look();
                if !caller.has_completions() {
                    break;
                }
            }
        }
    });
}

#[test]
fn a_caller_that_has_attended_is_woken_again() {
    check(2, |caller, woken, tasks| {
        let mut seen = 0;
        caller.attend();
        seen += delivered(caller).len();
        loop {
            caller.look();
            if !caller.has_completions() {
                if seen == tasks {
                    break;
                }
                woken.wait();
            }
            seen += delivered(caller).len();
        }
    });
}

#[test]
fn a_caller_reads_the_last_report_before_the_end() {
    looms::check(3, || {
        let (pool, woken, mut caller, mut one) = sleeper();
        submit(&mut caller, &pool, order_with_grace(0, 0, Some(0), &function()));
        let thread = thread::spawn(move || {
            let Taken::Task(_, lease) = one.take(0) else {
                panic!("there is one");
            };
            one.report(lease, Payload::from(&[1][..]));
            one.report(lease, Payload::from(&[2][..]));
            one.finish(lease, Outcome::Value, 0, Payload::default());
        });
        let mut read = Vec::new();
        let mut over = false;
        while !over {
            woken.wait();
            loop {
                while let Some(task) = caller.report() {
                    read.extend(task.take_report().map(|body| body.bytes[0]));
                }
                while let Some(completion) = caller.completion() {
                    read.extend(completion.task().take_report().map(|body| body.bytes[0]));
                    caller.release(completion);
                    over = true;
                }
                caller.look();
                if !caller.has_completions() {
                    caller.remind();
                    break;
                }
            }
        }
        join(thread);
        assert!(read == [2] || read == [1, 2], "none twice, none out of order, and the last one is read: {read:?}");
    });
}
