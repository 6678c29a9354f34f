//! What it costs to choose by response ratio: `cargo bench -p tasklets-scheduler`.

#![cfg(not(loom))]

use std::{sync::Arc, time::Instant};

use tasklets_scheduler::{Caller, Control, Function, Order, Outcome, Payload, Pool, Taken};

const KINDS: u32 = 1_000;
const TASKS: u32 = 100_000;

fn main() {
    let pool = Pool::new(1);
    pool.go_by_ratios();
    let mut caller = Caller::new(|| true);
    let id = pool.hire(&caller, false).expect("the pool wants a worker");
    let mut worker = pool.attach(id, || true).expect("it was hired");
    let function = Arc::new(Function::new(Payload::default()));
    for slot in 0..TASKS {
        let mut control = Box::<Control>::default();
        control.kind = slot % KINDS + 1;
        let function = Arc::clone(&function);
        let order = Order {
            slot,
            id: f64::from(slot),
            flags: 0,
            timeout: 0,
            function,
            label: 0,
            again: true,
            control: Some(control),
        };
        caller.submit(&pool, order, None, Payload::default()).expect("the pool is open");
    }
    let mut now = Pool::now();
    let begin = Instant::now();
    // The other half waits to the end, so that every kind always has a task that waits.
    for _ in 0..TASKS / 2 {
        let Taken::Task(task, lease) = worker.take(now) else { panic!("there is one") };
        now += 1_000 + u64::from(task.order().control.as_ref().map_or(0, |control| control.kind)) * 100;
        worker.finish(lease, Outcome::Value, now, Payload::default());
    }
    let each = begin.elapsed().as_nanos() / u128::from(TASKS / 2);
    println!("{TASKS} tasks of {KINDS} kinds: {each} ns to take one and to finish it");
}
