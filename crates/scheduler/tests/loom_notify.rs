//! The caller's notified flag under every interleaving: an isolate that sleeps is woken for what it has not seen.

#![cfg(loom)]

mod common;

use std::sync::Arc;

use common::{
    delivered, function,
    looms::{self, join},
    order, submit, worker,
};
use loom::{sync::Notify, thread};
use tasklets_scheduler::{Caller, Outcome, Pool, Taken};

/// Runs `tasks` tasks on one worker while the caller does `wait`, which has to see all of them.
fn check(tasks: u32, wait: impl Fn(&mut Caller, &Notify, usize) + Sync + Send + 'static) {
    looms::check(3, move || {
        let pool = Pool::new(1);
        let woken = Arc::new(Notify::new());
        let signal = Arc::clone(&woken);
        let mut caller = Caller::new(move || {
            signal.notify();
            true
        });
        let mut one = worker(&pool, &caller);
        let function = function();
        for slot in 0..tasks {
            submit(&mut caller, &pool, order(slot, &function));
        }
        let thread = thread::spawn(move || {
            while let Taken::Task(_, lease) = one.take(0) {
                one.finish(lease, Outcome::Value, 0, &[], Vec::new);
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
