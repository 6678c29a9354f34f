//! What the tests of the scheduler have in common: orders, workers and callers as short as they can be.

#![allow(dead_code, reason = "each test uses a part of it")]

#[cfg(loom)]
pub(crate) mod looms;
#[cfg(not(loom))]
pub(crate) mod world;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tasklets_scheduler::{Caller, Control, Function, Order, Outcome, Payload, Pool, Worker};

/// A function that stands for any.
pub(crate) fn function() -> Arc<Function> {
    Arc::new(Function::new(Payload::default()))
}

/// An order without a timeout.
pub(crate) fn order(slot: u32, function: &Arc<Function>) -> Order {
    order_within(slot, 0, function)
}

/// An order that may run for so many nanoseconds, and whose worker is given up as soon as it is abandoned.
pub(crate) fn order_within(slot: u32, timeout: u64, function: &Arc<Function>) -> Order {
    order_with_grace(slot, timeout, Some(0), function)
}

/// The same with a grace, or with what is usual.
pub(crate) fn order_with_grace(slot: u32, timeout: u64, grace: Option<u64>, function: &Arc<Function>) -> Order {
    let control = grace.map(|_| {
        let mut control = Box::<Control>::default();
        control.grace = grace;
        control
    });
    let function = Arc::clone(function);
    Order { slot, id: f64::from(slot), flags: 0, timeout, function, label: 0, again: true, control }
}

/// The same for one that is to start by this moment, too.
pub(crate) fn by(deadline: u64, mut order: Order) -> Order {
    order.control.get_or_insert_default().deadline = deadline;
    order
}

/// Submits a task to any worker.
pub(crate) fn submit(caller: &mut Caller, pool: &Pool, order: Order) {
    caller.submit(pool, order, None, Payload::default()).expect("the pool is open");
}

/// A worker that `host` starts and `waker` wakes.
pub(crate) fn worker_with(pool: &Arc<Pool>, host: &Caller, waker: impl Fn() -> bool + Send + Sync + 'static) -> Worker {
    let id = pool.hire(host, false).expect("the pool wants a worker");
    pool.attach(id, waker).expect("it was hired")
}

/// A worker that counts how often it is called.
pub(crate) fn called(pool: &Arc<Pool>, host: &Caller) -> (Worker, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let worker = worker_with(pool, host, move || {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    });
    (worker, calls)
}

/// A worker whose event loop nobody needs to wake.
pub(crate) fn worker(pool: &Arc<Pool>, host: &Caller) -> Worker {
    worker_with(pool, host, || true)
}

/// A caller that is not told of anything.
pub(crate) fn deaf_caller() -> Caller {
    Caller::new(|| true)
}

/// Reads all that was delivered: the slots and the outcomes.
pub(crate) fn delivered(caller: &mut Caller) -> Vec<(u32, Outcome)> {
    let mut all = Vec::new();
    while let Some(completion) = caller.completion() {
        all.push((completion.task().order().slot, completion.outcome()));
        caller.release(completion);
    }
    all
}
