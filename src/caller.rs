//! A caller as JavaScript holds it: the calls by which it gives tasks to the scheduler, and is given what has come of them.

mod inbox;
mod outbox;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use napi::{Env, bindgen_prelude::*};
use napi_derive::napi;
use tasklets_scheduler::{
    Buffer, Caller, Cancelled, Command, Function as TaskFunction, Label, Outcome, Payload, Pool, PoolError, label_of,
};

use self::{inbox::Inbox, outbox::Placed};
use crate::{
    bytes::{Exchange, carry, copy_in, copy_out},
    pool::NativePool,
    waker::Waker,
};

/// What submitting gave.
const QUEUED: u32 = 0;
const WANTS_WORKERS: u32 = 1;
const CLOSED: u32 = 2;
const NO_SUCH_WORKER: u32 = 3;
const NO_MEMORY: u32 = 4;

/// What draining gave where there are commands to obey first: no frame is so short.
const COMMANDS: i32 = -1;

struct Inner {
    caller: Caller,
    outbox: Exchange,
    inbox: Inbox,
    /// The functions that this caller has given to the engine, by the number that its orders use.
    functions: Vec<Option<(Arc<TaskFunction>, Label)>>,
    /// How many tasks it has submitted.
    submitted: u64,
}

/// An isolate's access to one pool.
#[napi(js_name = "Caller")]
pub struct NativeCaller {
    /// Shared with the functions that [`NativeCaller::calls`] gave. Empty once the caller is closed.
    inner: Rc<RefCell<Option<Inner>>>,
    pool: Arc<Pool>,
    waker: Waker,
    held: Cell<bool>,
}

#[napi]
impl NativeCaller {
    /// `wake` is called on the isolate's thread when there is something to drain; it must not throw. `hosts` tells
    /// whether the isolate starts workers when it is asked to.
    #[napi(constructor)]
    pub fn new(
        pool: &NativePool,
        outbox: Uint8Array,
        inbox: Uint8Array,
        wake: Function<'_, (), ()>,
        hosts: bool,
    ) -> Result<Self> {
        let waker = Waker::new(&wake)?;
        let signal = waker.clone();
        let caller = Caller::new(move || signal.wake());
        if hosts {
            pool.pool.introduce(&caller);
        }
        let inner = Inner {
            caller,
            outbox: Exchange::new(outbox),
            inbox: Inbox::new(inbox),
            functions: Vec::new(),
            submitted: 0,
        };
        Ok(Self {
            inner: Rc::new(RefCell::new(Some(inner))),
            pool: Arc::clone(&pool.pool),
            waker,
            held: Cell::new(false),
        })
    }

    /// Its number in this process.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.with(|caller| caller.id()).unwrap_or(0)
    }

    /// Replaces the outbox by a larger one.
    #[napi]
    pub fn set_outbox(&self, outbox: Uint8Array) {
        self.inner(|inner| inner.outbox = Exchange::new(outbox));
    }

    /// Replaces the inbox by a larger one.
    #[napi]
    pub fn set_inbox(&self, inbox: Uint8Array) {
        self.inner(|inner| inner.inbox.use_memory(inbox));
    }

    /// Keeps the event loop alive while tasks are outstanding.
    #[napi]
    pub fn hold(&self, env: Env, held: bool) -> Result<()> {
        if self.held.replace(held) == held {
            return Ok(());
        }
        self.waker.hold(env, held)
    }

    /// Registers the function whose plan is the first `length` bytes of the outbox: for one task (`kept` is 0), for some
    /// that are submitted together, so that workers may remember it (1), or kept by them for more (2). `name` is what its
    /// tasks are called. Gives its number; null: there is no memory for a copy of it.
    #[napi(catch_unwind)]
    pub fn add_function(
        &self,
        length: u32,
        buffers: Vec<Uint8ArraySlice<'_>>,
        kept: u32,
        name: String,
    ) -> Result<Option<u32>> {
        self.inner(|inner| {
            let plan = inner.outbox.read().get(..length as usize).ok_or_else(short)?;
            let Some(plan) = carry(plan, &buffers) else { return Ok(None) };
            let function = Arc::new(match kept {
                0 => TaskFunction::new(plan),
                1 => TaskFunction::remembered(plan),
                _ => TaskFunction::kept(plan, &self.pool),
            });
            inner.keep((function, label_of(&name))).map(Some)
        })
        .unwrap_or_else(|| Err(gone()))
    }

    /// The same function under another number, whose tasks are called by another name.
    #[napi(catch_unwind)]
    pub fn rename_function(&self, number: u32, name: String) -> Result<u32> {
        self.inner(|inner| {
            let (function, _) = inner.functions.get(number as usize).and_then(Option::as_ref).ok_or_else(short)?;
            let function = Arc::clone(function);
            inner.keep((function, label_of(&name)))
        })
        .unwrap_or_else(|| Err(gone()))
    }

    /// How many tasks it has submitted, and how many of them have ended in each way, in the order of the outcomes.
    #[napi]
    pub fn counts(&self) -> Vec<f64> {
        let (submitted, ended) = self.inner(|inner| (inner.submitted, inner.inbox.ended)).unwrap_or_default();
        std::iter::once(submitted).chain(ended.0).map(|count| count as f64).collect()
    }

    /// Forgets a function; tasks that were submitted with it still run.
    #[napi]
    pub fn drop_function(&self, number: u32) {
        self.inner(|inner| {
            if let Some(entry) = inner.functions.get_mut(number as usize) {
                *entry = None;
            }
        });
    }

    /// The calls that are made for every task. They are functions of their own, without arguments, since unwrapping
    /// `this` and converting arguments each cost more than all that they do.
    ///
    /// - `submit` queues the order at the start of the outbox, and gives its status;
    /// - `drain` brings completions to the inbox: gives their bytes, 0 when there are none, -1 when there are commands
    ///   to obey first, or, below that, how large an inbox the next one needs;
    /// - `attend` says that the isolate drains by itself for a while, and need not be woken;
    /// - `rest` says that it does so no longer. False: there is something to drain first;
    /// - `served` tells whether the isolate has started all workers that there are;
    /// - `leastBusy` gives the worker of this isolate with the least to do. 0: there is none.
    #[napi]
    pub fn calls<'env>(&self, env: &'env Env) -> Result<CallerCalls<'env>> {
        let (inner, pool) = (Rc::clone(&self.inner), Arc::clone(&self.pool));
        let submit = env.create_function_from_closure("submit", move |_| {
            with_inner(&inner, |inner| inner.submit(&pool, Vec::new())).unwrap_or_else(|| Err(gone()))
        })?;
        let inner = Rc::clone(&self.inner);
        let drain =
            env.create_function_from_closure("drain", move |_| Ok(with_inner(&inner, Inner::drain).unwrap_or(0)))?;
        let inner = Rc::clone(&self.inner);
        let attend = env.create_function_from_closure("attend", move |_| {
            with_inner(&inner, |inner| inner.caller.attend());
            Ok(())
        })?;
        let inner = Rc::clone(&self.inner);
        let rest = env.create_function_from_closure("rest", move |_| {
            let rests = with_inner(&inner, |inner| {
                inner.caller.look();
                let rests = !inner.caller.has_completions();
                if rests {
                    inner.caller.remind();
                }
                rests
            });
            Ok(rests.unwrap_or(true))
        })?;
        let (inner, pool) = (Rc::clone(&self.inner), Arc::clone(&self.pool));
        let served = env.create_function_from_closure("served", move |_| {
            Ok(with_inner(&inner, |inner| pool.is_served_by(&inner.caller)).unwrap_or(false))
        })?;
        let (inner, pool) = (Rc::clone(&self.inner), Arc::clone(&self.pool));
        let least_busy = env.create_function_from_closure("leastBusy", move |_| {
            Ok(with_inner(&inner, |inner| pool.least_busy(&inner.caller)).flatten().unwrap_or(0))
        })?;
        Ok(CallerCalls { submit, drain, attend, rest, served, least_busy })
    }

    /// Queues one order with its large parts.
    #[napi(catch_unwind)]
    pub fn submit_with(&self, buffers: Vec<Uint8ArraySlice<'_>>) -> Result<u32> {
        let Some(buffers) = copy_in(&buffers) else { return Ok(NO_MEMORY) };
        self.inner(|inner| inner.submit(&self.pool, buffers)).unwrap_or_else(|| Err(gone()))
    }

    /// Cancels a task; one that runs is told the reason, as it is encoded. False: it has ended.
    #[napi(catch_unwind)]
    pub fn cancel(&self, slot: u32, reason: Uint8ArraySlice<'_>) -> bool {
        let cancelled = self.inner(|inner| {
            let cancelled = inner.caller.cancel(&self.pool, slot, Pool::now(), &reason) != Cancelled::Ended;
            inner.count_cancelled(cancelled)
        });
        cancelled.unwrap_or(false)
    }

    /// Queues a task that was held, with the results, encoded at the start of the outbox, of those that it comes after.
    /// True: the pool wants more workers; null: there is no memory for a copy of them.
    #[napi(catch_unwind)]
    pub fn release(&self, slot: u32, length: u32, buffers: Vec<Uint8ArraySlice<'_>>) -> Result<Option<bool>> {
        self.inner(|inner| {
            let results = inner.outbox.read().get(..length as usize).ok_or_else(short)?;
            Ok(carry(results, &buffers).map(|results| inner.caller.release_held(&self.pool, slot, results)))
        })
        .unwrap_or(Ok(Some(false)))
    }

    /// Cancels a task that no worker has claimed. False: it has started, or ended.
    #[napi]
    pub fn withdraw(&self, slot: u32) -> bool {
        let withdrawn = self.inner(|inner| {
            let withdrawn = inner.caller.withdraw(&self.pool, slot);
            inner.count_cancelled(withdrawn)
        });
        withdrawn.unwrap_or(false)
    }

    /// The large parts of the completions that were drained last, in memory that `allocate` makes.
    #[napi(catch_unwind)]
    pub fn received(&self, allocate: Function<'_, f64, Uint8Array>) -> Result<Vec<Uint8Array>> {
        let received = self.inner(|inner| inner.inbox.take_received()).unwrap_or_default();
        copy_out(&received, allocate)
    }

    /// Lets go of what did not fit into the inbox, for which there is no memory; null: of nothing.
    #[napi]
    pub fn discard(&self) -> Option<Discarded> {
        let discarded = self.inner(|inner| inner.inbox.discard(&mut inner.caller)).flatten();
        discarded.map(|(slot, outcome)| Discarded {
            slot,
            outcome: outcome.map_or(Either::B(Null), |outcome| Either::A(outcome as u32)),
        })
    }

    /// What the isolate has to do: 0: nothing; a number: end the thread of that worker; -1: see whether the pool
    /// wants workers; -2: tell that its memory has become scarce.
    #[napi]
    pub fn command(&self) -> i32 {
        match self.inner(|inner| inner.caller.command()).flatten() {
            None => 0,
            Some(Command::Terminate { worker, .. }) => i32::try_from(worker).unwrap_or(0),
            Some(Command::Staff { .. }) => -1,
            Some(Command::Memory { .. }) => -2,
        }
    }

    /// The isolate uses the pool no more.
    #[napi]
    pub fn close(&self) {
        let inner = self.inner.try_borrow_mut().ok().and_then(|mut inner| inner.take());
        if let Some(mut inner) = inner {
            inner.caller.close(&self.pool, Pool::now());
            self.pool.forget(&inner.caller);
        }
    }

    fn inner<R>(&self, act: impl FnOnce(&mut Inner) -> R) -> Option<R> {
        with_inner(&self.inner, act)
    }

    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Caller) -> R) -> Option<R> {
        self.inner(|inner| act(&mut inner.caller))
    }
}

/// What a caller has let go of; see [`NativeCaller::discard`].
#[napi(object, object_from_js = false)]
pub struct Discarded {
    /// The slot of its task.
    pub slot: u32,
    /// How the task ended; null: it has only reported something.
    pub outcome: Either<u32, Null>,
}

/// The calls that are made for every task; see [`NativeCaller::calls`].
#[napi(object, object_from_js = false)]
pub struct CallerCalls<'env> {
    pub submit: Function<'env, (), u32>,
    pub drain: Function<'env, (), i32>,
    pub attend: Function<'env, (), ()>,
    pub rest: Function<'env, (), bool>,
    pub served: Function<'env, (), bool>,
    pub least_busy: Function<'env, (), u32>,
}

fn with_inner<R>(inner: &RefCell<Option<Inner>>, act: impl FnOnce(&mut Inner) -> R) -> Option<R> {
    inner.try_borrow_mut().ok()?.as_mut().map(act)
}

impl Drop for NativeCaller {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    /// Gives a function a number.
    fn keep(&mut self, entry: (Arc<TaskFunction>, Label)) -> Result<u32> {
        let number = match self.functions.iter().position(Option::is_none) {
            Some(free) => {
                self.functions[free] = Some(entry);
                free
            }
            None => {
                self.functions.push(Some(entry));
                self.functions.len() - 1
            }
        };
        u32::try_from(number).map_err(|_| Error::from_reason("too many functions"))
    }

    /// Queues the order at the start of the outbox. Gives its status.
    fn submit(&mut self, pool: &Pool, buffers: Vec<Buffer>) -> Result<u32> {
        let Placed { order, to, payload } = outbox::read(self.outbox.read(), &self.functions).ok_or_else(short)?;
        let Some(payload) = Payload::of(payload, buffers) else { return Ok(NO_MEMORY) };
        Ok(match self.caller.submit(pool, order, to, payload) {
            Ok(wants_workers) => {
                self.submitted += 1;
                if wants_workers { WANTS_WORKERS } else { QUEUED }
            }
            Err(PoolError::Closed) => CLOSED,
            Err(PoolError::NoSuchWorker) => NO_SUCH_WORKER,
        })
    }

    /// Brings completions to the inbox, and what tasks have reported.
    fn drain(&mut self) -> i32 {
        if self.caller.has_commands() {
            return COMMANDS;
        }
        self.inbox.drain(&mut self.caller)
    }

    /// The caller has settled a task itself, if it has.
    fn count_cancelled(&mut self, cancelled: bool) -> bool {
        if cancelled {
            self.inbox.ended.count(Outcome::Cancelled);
        }
        cancelled
    }
}

fn short() -> Error {
    Error::from_reason("the outbox holds no whole order")
}

fn gone() -> Error {
    Error::from_reason("the caller has been closed")
}
