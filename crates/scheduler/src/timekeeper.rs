//! The timekeeper: one thread of the process that ends tasks which have run longer than their timeout.
//!
//! There is no timer per task. Each worker shows the earliest deadline among the few tasks that it runs; the
//! timekeeper sleeps until the earliest of all, looks at every worker, and sleeps again. It starts with the first
//! timeout and costs nothing while none is pending.

use std::{
    sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use crate::{pool::Pool, sync::Arc, worker::NEVER};

struct Timekeeper {
    plan: Mutex<Plan>,
    changed: Condvar,
}

struct Plan {
    pools: Vec<Weak<Pool>>,
    /// When the thread will look again.
    next: u64,
}

impl Timekeeper {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static TIMEKEEPER: OnceLock<Timekeeper> = OnceLock::new();

/// Sees to it that the timekeeper looks at `pool` when `deadline` has passed.
pub(crate) fn expect(pool: &Arc<Pool>, deadline: u64) {
    let timekeeper = TIMEKEEPER.get_or_init(|| {
        let built = Timekeeper { plan: Mutex::new(Plan { pools: Vec::new(), next: NEVER }), changed: Condvar::new() };
        // Without the thread no timeout would fire; a process that cannot start one thread is beyond that, and its
        // tasks still run.
        let _ = std::thread::Builder::new().name("tasklets-time".into()).spawn(run);
        built
    });
    let mut plan = timekeeper.plan();
    if !plan.pools.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(pool))) {
        plan.pools.push(Arc::downgrade(pool));
    }
    if deadline < plan.next {
        plan.next = deadline;
        timekeeper.changed.notify_one();
    }
}

fn run() {
    let timekeeper = TIMEKEEPER.wait();
    let mut plan = timekeeper.plan();
    loop {
        let now = Pool::now();
        if plan.next == NEVER {
            plan = timekeeper.changed.wait(plan).unwrap_or_else(PoisonError::into_inner);
        } else if plan.next > now {
            let pause = Duration::from_nanos(plan.next - now);
            plan = timekeeper.changed.wait_timeout(plan, pause).unwrap_or_else(PoisonError::into_inner).0;
        } else {
            // Forget the plan before looking, so that a deadline that is set meanwhile is not overwritten.
            plan.next = NEVER;
            plan.pools.retain(|pool| pool.strong_count() > 0);
            let pools: Vec<_> = plan.pools.iter().filter_map(Weak::upgrade).collect();
            drop(plan);
            let earliest = pools.iter().map(|pool| pool.end_overdue(now)).min().unwrap_or(NEVER);
            drop(pools);
            plan = timekeeper.plan();
            plan.next = plan.next.min(earliest);
        }
    }
}
