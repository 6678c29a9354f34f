//! Sessions as JavaScript sees them: the owner's handle, the workers' way in, and the memory that both look at.

use crate::interrupt;
use crate::memory;
use crate::pool::NativePool;
use crate::time::milliseconds;
use napi::bindgen_prelude::{Env, Function, JsValue, Unknown};
use napi::{Error, Result, Status, sys};
use napi_derive::napi;
use std::collections::HashMap;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use tasklets_parallel as parallel;
use tasklets_parallel::{Backlog, End, Joined, Memory, Outcome};
use tasklets_scheduler::Pool;

/// What owner and workers share of a session.
struct Shared {
    session: Arc<parallel::Session>,
    pool: Arc<Pool>,
    memories: Vec<Arc<Memory>>,
    /// The block that the leaves write, and how many bytes of it a unit has.
    output: Option<(Arc<Memory>, usize)>,
    /// For each ticket, whether somebody joined with it whose answer the owner has not had yet.
    out: Box<[AtomicBool]>,
}

/// Every session whose owner is alive, by its id: a worker knows it by nothing else.
static SESSIONS: LazyLock<RwLock<HashMap<u32, Arc<Shared>>>> = LazyLock::new(RwLock::default);
static NEXT: AtomicU32 = AtomicU32::new(1);

fn find(id: u32) -> Option<Arc<Shared>> {
    SESSIONS.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
}

/// What a worker is told when it comes out of a session.
#[napi]
pub enum SessionStatus {
    Done,
    /// A leaf of this very worker failed first.
    Failed,
    /// A leaf of another worker failed.
    FailedElsewhere,
    Aborted,
    Left,
    Yielded,
    Later,
}

/// What waits in the pool whose workers a session borrows.
struct PoolBacklog(Arc<Pool>);

impl Backlog for PoolBacklog {
    fn waiting(&self) -> usize {
        self.0.backlog()
    }
}

/// See the fields of the same names in `tasklets_parallel::Options`; times are in milliseconds.
#[napi(object)]
pub struct SessionOptions {
    pub stages: Vec<u32>,
    pub workers: u32,
    pub slice: f64,
    pub results_after: Option<f64>,
    /// 0: the units are the leaves.
    pub target: f64,
    pub coarse: f64,
    /// Whether the units of the first stage are all there; otherwise they are provided.
    pub ready: bool,
    /// How many bytes of shared memory the session holds, block by block.
    pub memories: Vec<f64>,
    /// Which of these the first stage writes, if any.
    pub output: Option<u32>,
    /// How many bytes of it a unit has.
    pub output_stride: f64,
}

/// The owner's handle. The session ends with it: when the owner's isolate dies, its leaves stop.
#[napi]
pub struct Session {
    id: u32,
    shared: Arc<Shared>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
    }
}

#[napi]
impl Session {
    #[napi(constructor)]
    pub fn new(pool: &NativePool, options: SessionOptions) -> Result<Self> {
        let workers = options.workers as usize;
        let stages: Vec<usize> = options.stages.iter().map(|units| *units as usize).collect();
        let memories = options.memories.iter().map(|bytes| Memory::new(*bytes as usize).map(Arc::new));
        let memories: Vec<_> = memories
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| Error::new(Status::GenericFailure, error.to_string()))?;
        let output = options.output.and_then(|index| memories.get(index as usize)).map(Arc::clone);
        let session = parallel::Session::new(
            &stages,
            parallel::Options {
                workers,
                slice: milliseconds(options.slice),
                results_after: options.results_after.map(milliseconds),
                target: (options.target > 0.0).then(|| milliseconds(options.target)),
                coarse: milliseconds(options.coarse),
                ready: options.ready,
            },
            Box::new(PoolBacklog(Arc::clone(&pool.pool))),
        );
        let shared = Arc::new(Shared {
            session: Arc::new(session),
            pool: Arc::clone(&pool.pool),
            memories,
            output: output.map(|memory| (memory, options.output_stride as usize)),
            out: (0..workers).map(|_| AtomicBool::new(false)).collect(),
        });
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        SESSIONS.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&shared));
        Ok(Self { id, shared })
    }

    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// A view of a block of the session's memory, which keeps the block alive.
    #[napi]
    pub fn memory<'env>(&self, env: &'env Env, index: u32) -> Result<Unknown<'env>> {
        memory_of(env, &self.shared, index)
    }

    /// This isolate is about to write these bytes of a block.
    #[napi]
    pub fn prepare(&self, index: u32, start: f64, end: f64) {
        if let Some(memory) = self.shared.memories.get(index as usize) {
            memory.prepare(start as usize..end as usize);
        }
    }

    /// The first `units` units of the first stage are there.
    #[napi]
    pub fn provide(&self, units: u32) {
        self.shared.session.provide(units as usize);
    }

    /// To be called before a ticket is submitted.
    #[napi]
    pub fn issue(&self) {
        self.shared.session.issue();
    }

    /// To be called when a ticket's answer has arrived.
    #[napi]
    pub fn returned(&self, ticket: u32) {
        if let Some(out) = self.shared.out.get(ticket as usize) {
            out.store(false, Ordering::Release);
        }
    }

    /// The tickets whose holders joined and whose answers have not arrived.
    #[napi(getter)]
    pub fn out(&self) -> Vec<u32> {
        let out = self.shared.out.iter().enumerate();
        out.filter(|(_, out)| out.load(Ordering::Acquire)).map(|(ticket, _)| ticket as u32).collect()
    }

    /// The tickets whose holders are inside a leaf.
    #[napi(getter)]
    pub fn busy(&self) -> Vec<u32> {
        self.shared.session.busy().into_iter().map(|ticket| ticket as u32).collect()
    }

    /// Whether a round is about to end, so that a ticket would find no seat.
    #[napi(getter)]
    pub fn closing(&self) -> bool {
        self.shared.session.is_closing()
    }

    /// Units that are done.
    #[napi(getter)]
    pub fn completed(&self) -> f64 {
        self.shared.session.completed() as f64
    }

    /// What is left to do: starts and ends, by turns.
    #[napi(getter)]
    pub fn pending(&self) -> Vec<u32> {
        let (_, ranges) = self.shared.session.pending();
        ranges.iter().flat_map(|range| [range.start as u32, range.end as u32]).collect()
    }

    /// Starts no more leaves.
    #[napi]
    pub fn abort(&self) {
        self.shared.session.abort();
    }

    /// Lets go of the session; workers that come now find nothing. Views of its memory stay valid.
    #[napi]
    pub fn close(&self) {
        self.shared.session.abort();
        SESSIONS.write().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Whether a session of this id is still held by its owner.
#[napi]
pub fn has_session(id: u32) -> bool {
    find(id).is_some()
}

/// A worker's view of a block of a session's memory; `null` where the session is over.
#[napi]
pub fn session_memory<'env>(env: &'env Env, id: u32, index: u32) -> Result<Option<Unknown<'env>>> {
    find(id).map(|shared| memory_of(env, &shared, index)).transpose()
}

fn memory_of<'env>(env: &'env Env, shared: &Shared, index: u32) -> Result<Unknown<'env>> {
    let block = shared.memories.get(index as usize);
    memory::view(env, block.ok_or_else(|| Error::new(Status::InvalidArg, "no such block of memory"))?)
}

/// Helps with a session until its round ends. `leaf(stage, start, end)` runs units in this isolate and answers -1 when
/// they are done, -2 when they are but the rest must be done elsewhere, or the index at which it failed; a stage of -1
/// asks for nothing. `worker` is this isolate's number.
#[napi]
pub fn join_session(
    env: &Env,
    id: u32,
    ticket: u32,
    worker: u32,
    leaf: Function<'_, Unknown<'static>, Unknown<'static>>,
) -> Result<SessionStatus> {
    let Some(shared) = find(id) else {
        return Ok(SessionStatus::Aborted);
    };
    if let Some(out) = shared.out.get(ticket as usize) {
        out.store(true, Ordering::Release);
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let leaf = IsolateLeaf {
        env: env.raw(),
        function: leaf.raw(),
        output: shared.output.as_ref(),
        interrupted: Arc::clone(&interrupted),
    };
    let joined = shared.session.join(ticket as usize, &leaf);
    if interrupted.load(Ordering::Relaxed) {
        // Its JavaScript has been cut off wherever it was: it is of no more use.
        shared.pool.write_off(worker);
    }
    let joined = joined.map_err(|error| Error::new(Status::GenericFailure, error.to_string()))?;
    Ok(match joined {
        Joined::Ended(End::Done) => SessionStatus::Done,
        Joined::Ended(End::Failed { ticket: failed, .. }) if failed == ticket as usize => SessionStatus::Failed,
        Joined::Ended(End::Failed { .. }) => SessionStatus::FailedElsewhere,
        Joined::Ended(End::Aborted) => SessionStatus::Aborted,
        Joined::Ended(End::Left) => SessionStatus::Left,
        Joined::Yielded => SessionStatus::Yielded,
        Joined::Later => SessionStatus::Later,
    })
}

/// A leaf that is a function of the isolate whose thread it is run on.
struct IsolateLeaf<'a> {
    env: sys::napi_env,
    function: sys::napi_value,
    output: Option<&'a (Arc<Memory>, usize)>,
    /// Written by who interrupts, with the session's lock held that is taken before `join` returns.
    interrupted: Arc<AtomicBool>,
}

/// What JavaScript's leaf answers where it is not an index.
const DONE: f64 = -1.0;
const LEAVE: f64 = -2.0;

/// The stage that asks for nothing.
const NOTHING: f64 = -1.0;

impl parallel::Leaf for IsolateLeaf<'_> {
    fn run(&self, stage: usize, range: Range<usize>) -> Outcome {
        if let Some((memory, stride)) = self.output {
            memory.prepare(range.start * stride..range.end * stride);
        }
        match self.call_scoped([stage as f64, range.start as f64, range.end as f64]) {
            Some(DONE) => Outcome::Done,
            Some(LEAVE) => Outcome::Leave,
            Some(index) => Outcome::Failed(index as u64),
            // The isolate is being terminated, or threw where it must not. The exception stays pending, and is what
            // the native call that joined ends with.
            None => Outcome::Gone(range.start as u64),
        }
    }

    fn goes_on(&self) -> bool {
        self.call_scoped([NOTHING, 0.0, 0.0]).is_some()
    }

    fn interrupt(&self) -> Option<parallel::Interrupt> {
        let interrupted = Arc::clone(&self.interrupted);
        let terminate = interrupt::of_this_isolate()?;
        Some(Box::new(move || {
            interrupted.store(true, Ordering::Relaxed);
            terminate();
        }))
    }
}

impl IsolateLeaf<'_> {
    fn call_scoped(&self, arguments: [f64; 3]) -> Option<f64> {
        let mut scope = ptr::null_mut();
        // SAFETY: rayon runs this on the thread that joined, inside its native call, where `env` is valid.
        let status = unsafe { sys::napi_open_handle_scope(self.env, &mut scope) };
        (status == sys::Status::napi_ok).then_some(())?;
        let answer = self.call(arguments);
        // SAFETY: the scope was opened above and nothing of it is used any more.
        unsafe { sys::napi_close_handle_scope(self.env, scope) };
        answer
    }

    fn call(&self, arguments: [f64; 3]) -> Option<f64> {
        let mut values = [ptr::null_mut(); 3];
        for (value, argument) in values.iter_mut().zip(arguments) {
            // SAFETY: a handle scope is open.
            let status = unsafe { sys::napi_create_double(self.env, argument, value) };
            (status == sys::Status::napi_ok).then_some(())?;
        }
        let mut receiver = ptr::null_mut();
        // SAFETY: as above.
        let status = unsafe { sys::napi_get_undefined(self.env, &mut receiver) };
        (status == sys::Status::napi_ok).then_some(())?;
        let mut answer = ptr::null_mut();
        // SAFETY: `function` is an argument of the native call that joined, which has not returned.
        let status = unsafe {
            sys::napi_call_function(self.env, receiver, self.function, values.len(), values.as_ptr(), &mut answer)
        };
        (status == sys::Status::napi_ok).then_some(())?;
        let mut number = 0.0;
        // SAFETY: `answer` was set by the call that succeeded.
        let status = unsafe { sys::napi_get_value_double(self.env, answer, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }
}
