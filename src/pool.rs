//! A pool as JavaScript holds it, and the process-wide table that lets isolates find the same one.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError, Weak},
};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use tasklets_scheduler::{Outcome, Pool, Scale};

use crate::{caller::NativeCaller, time::milliseconds};

static POOLS: LazyLock<Mutex<HashMap<u32, Weak<Pool>>>> = LazyLock::new(Mutex::default);
static DEFAULT: Mutex<Option<Arc<Pool>>> = Mutex::new(None);

pub(crate) fn find(id: u32) -> Option<Arc<Pool>> {
    POOLS.lock().unwrap_or_else(PoisonError::into_inner).get(&id)?.upgrade()
}

fn enter(pool: &Arc<Pool>) {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    pools.retain(|_, known| known.strong_count() > 0);
    pools.insert(pool.id(), Arc::downgrade(pool));
}

/// A queue and the workers that serve it.
#[napi(js_name = "Pool")]
pub struct NativePool {
    pub(crate) pool: Arc<Pool>,
}

#[napi]
impl NativePool {
    /// A pool of its own, which wants `size` workers.
    #[napi(constructor)]
    pub fn new(size: u32) -> Self {
        let pool = Pool::new(size as usize);
        enter(&pool);
        Self { pool }
    }

    /// From now on the task with the highest response ratio comes next.
    #[napi]
    pub fn go_by_ratios(&self) {
        self.pool.go_by_ratios();
    }

    /// The pool that belongs to everyone in the process; made with `size` by whoever asks first.
    #[napi(factory)]
    pub fn shared(size: u32) -> Self {
        let mut default = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = default.get_or_insert_with(|| {
            let pool = Pool::new(size as usize);
            enter(&pool);
            pool
        });
        Self { pool: Arc::clone(pool) }
    }

    /// How many records of tasks there are in the process: those under way, and those that callers keep for more.
    #[napi]
    pub fn records() -> u32 {
        u32::try_from(tasklets_scheduler::records()).unwrap_or(u32::MAX)
    }

    /// The pool with this number.
    #[napi(factory)]
    pub fn of(id: u32) -> Result<Self> {
        find(id).map(|pool| Self { pool }).ok_or_else(|| Error::from_reason("there is no such pool any more"))
    }

    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.pool.id()
    }

    /// How many workers it wants.
    #[napi(getter)]
    pub fn size(&self) -> u32 {
        u32::try_from(self.pool.size()).unwrap_or(u32::MAX)
    }

    /// How many workers it has or is starting.
    #[napi(getter)]
    pub fn staff(&self) -> u32 {
        u32::try_from(self.pool.staff()).unwrap_or(u32::MAX)
    }

    /// How many workers sleep.
    #[napi(getter)]
    pub fn sleeping(&self) -> u32 {
        u32::try_from(self.pool.sleeping()).unwrap_or(u32::MAX)
    }

    /// How many tasks wait.
    #[napi(getter)]
    pub fn backlog(&self) -> u32 {
        u32::try_from(self.pool.backlog()).unwrap_or(u32::MAX)
    }

    #[napi]
    pub fn resize(&self, size: u32) {
        self.pool.resize(size as usize);
    }

    /// Makes it elastic, or changes its bounds. `idle`: milliseconds after which a worker that is not needed leaves.
    #[napi]
    pub fn scale(&self, min: u32, max: u32, cores: u32, idle: f64) {
        let idle = milliseconds(idle);
        self.pool.scale(Scale { min: min as usize, max: max as usize, cores: cores as usize, idle });
    }

    /// Whether it grows and shrinks by itself.
    #[napi(getter)]
    pub fn is_elastic(&self) -> bool {
        self.pool.least().is_some()
    }

    /// How many workers an elastic pool keeps.
    #[napi(getter)]
    pub fn least(&self) -> u32 {
        self.pool.least().and_then(|least| u32::try_from(least).ok()).unwrap_or(0)
    }

    /// Sets how many bytes its workers may hold together, 0 for any number; `strict`: one that goes on holding more than its
    /// share is replaced.
    #[napi]
    pub fn limit_memory(&self, limit: f64, strict: bool) {
        self.pool.limit_memory((limit > 0.0).then_some(limit as u64), strict);
    }

    /// How many bytes its workers hold, as they have reported.
    #[napi(getter)]
    pub fn held(&self) -> f64 {
        self.pool.held() as f64
    }

    /// How many they may hold; 0: any number.
    #[napi(getter)]
    pub fn memory_limit(&self) -> f64 {
        self.pool.memory_limit().unwrap_or(0) as f64
    }

    /// Looks whether an elastic pool has too few workers or too many; `process`: milliseconds of processor time that the
    /// process has had. Gives how many milliseconds to wait until the next look; -1: until somebody asks for workers.
    #[napi]
    pub fn look(&self, process: f64) -> f64 {
        let next = self.pool.look(Pool::now(), milliseconds(process));
        next.map_or(-1.0, |pause| pause.as_secs_f64() * 1000.0)
    }

    /// The number of a worker that the caller's isolate shall start; 0: there are enough.
    #[napi]
    pub fn hire(&self, caller: &NativeCaller, to_address: bool) -> u32 {
        caller.with(|caller| self.pool.hire(caller, to_address)).flatten().unwrap_or(0)
    }

    /// The thread of this worker has ended. `report` is an encoded value that tells how. True: nobody had told it to.
    #[napi]
    pub fn bury(&self, worker: u32, report: &[u8]) -> bool {
        self.pool.bury(worker, report)
    }

    /// Whether the thread of this worker may be ended without harm to any task, and is to be: it starts none any more.
    #[napi]
    pub fn end_idle(&self, worker: u32) -> bool {
        self.pool.end_idle(worker)
    }

    /// Asks the workers that the caller's isolate started to leave when they find nothing to do. Gives those that have
    /// not begun to serve and never will: their threads are to be ended.
    #[napi]
    pub fn dismiss(&self, caller: &NativeCaller) -> Vec<u32> {
        caller.with(|caller| self.pool.dismiss(caller)).unwrap_or_default()
    }

    /// Takes no more tasks.
    #[napi]
    pub fn close(&self) {
        self.pool.close();
    }

    /// Settles every task and gives every worker up.
    #[napi]
    pub fn kill(&self) {
        self.pool.kill();
    }

    /// Takes out of its queues what has been cancelled there.
    #[napi]
    pub fn sweep(&self) {
        self.pool.sweep();
    }

    /// Settles what waits, because no worker can be started; `report` is an encoded value that tells why.
    #[napi]
    pub fn fail_waiting(&self, report: &[u8]) {
        self.pool.fail_waiting(Outcome::WorkerExited, report);
    }

    /// Asks the isolates that start workers to see whether the pool wants more.
    #[napi]
    pub fn ask_for_workers(&self) {
        self.pool.ask_for_workers();
    }
}
