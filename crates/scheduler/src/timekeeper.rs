//! The timekeeper: one thread of the process that ends tasks which have waited past their deadline or run longer than
//! their timeout.
//!
//! Each pool keeps its moments in a wheel; the timekeeper sleeps until the earliest of all, has each pool look, and
//! sleeps again. It starts with the first moment and costs nothing while none is pending.

use std::{
    sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use crate::{pool::Pool, worker::NEVER};

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

/// Sees to it that the timekeeper looks at `pool` when `moment` has passed.
pub(crate) fn expect(pool: &Weak<Pool>, moment: u64) {
    let timekeeper = TIMEKEEPER.get_or_init(|| {
        let built = Timekeeper { plan: Mutex::new(Plan { pools: Vec::new(), next: NEVER }), changed: Condvar::new() };
        // Without the thread no timeout would fire; a process that cannot start one thread is beyond that, and its
        // tasks still run.
        let _ = std::thread::Builder::new().name("tasklets-time".into()).spawn(run);
        built
    });
    let mut plan = timekeeper.plan();
    if !plan.pools.iter().any(|known| known.ptr_eq(pool)) {
        plan.pools.push(Weak::clone(pool));
    }
    if moment < plan.next {
        plan.next = moment;
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
            // Forget the plan before looking, so that a moment that is set meanwhile is not overwritten.
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
