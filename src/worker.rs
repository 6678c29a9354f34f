//! A worker as its isolate holds it: takes tasks into its inbox, finishes them from its outbox.

use std::{cell::RefCell, rc::Rc, time::Duration};

use napi::{Env, bindgen_prelude::*};
use napi_derive::napi;
use tasklets_scheduler::{
    Body, Buffer, Cause, Fate, Leased, Outcome, Park, Payload, Pool, Record, Taken, Task, Worker, copy_of,
};

use crate::{
    bytes::{Exchange, carry, copy_in, copy_out, no_memory},
    frame::{HEADER, put_words, u32_at, words_of},
    pool::find,
    waker::Waker,
};

/// What taking gave, beside a task.
const NOTHING: i32 = 0;
const CONDEMNED: i32 = -1;
const RETIRED: i32 = -2;
const FORGET: i32 = -3;
const NO_MEMORY: i32 = -4;

/// Nanoseconds after which an isolate that goes from task to task should turn its event loop.
const SLICE: u64 = 5_000_000;
/// In a lease's attempts: it should now.
const LATE: u32 = 1 << 31;

/// In a lease's attempts: nothing should start beside it.
const ALONE: u32 = 1 << 30;

/// In the outbox's first word: nothing has been finished.
const NO_LEASE: u32 = u32::MAX;

struct Inner {
    worker: Worker,
    outbox: Exchange,
    inbox: Exchange,
    /// A task that did not fit into the inbox.
    held_back: Option<(Record, Leased)>,
    /// The large parts of the results that a task has asked for.
    results: Vec<Buffer>,
    /// When the event loop turned last.
    turned: u64,
}

/// A worker isolate's access to its pool.
#[napi(js_name = "Worker")]
pub struct NativeWorker {
    /// Shared with the functions that [`NativeWorker::calls`] gave.
    inner: Rc<RefCell<Inner>>,
    waker: Waker,
}

#[napi]
impl NativeWorker {
    /// Begins to serve as worker `id` of pool `pool`. `wake` is called on the isolate's thread; it must not throw.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        pool: u32,
        id: u32,
        outbox: Uint8Array,
        inbox: Uint8Array,
        wake: Function<'_, (), ()>,
    ) -> Result<Self> {
        let pool = find(pool).ok_or_else(|| Error::from_reason("the pool is gone"))?;
        let waker = Waker::new(&wake)?;
        waker.hold(env, true)?;
        let signal = waker.clone();
        let worker = pool.attach(id, move || signal.wake()).map_err(|error| Error::from_reason(error.to_string()))?;
        worker.measure();
        let inner = Inner {
            worker,
            outbox: Exchange::new(outbox),
            inbox: Exchange::new(inbox),
            held_back: None,
            results: Vec::new(),
            turned: Pool::now(),
        };
        Ok(Self { inner: Rc::new(RefCell::new(inner)), waker })
    }

    /// Replaces the outbox by a larger one.
    #[napi]
    pub fn set_outbox(&self, outbox: Uint8Array) {
        self.inner(|inner| inner.outbox = Exchange::new(outbox));
    }

    /// Replaces the inbox by a larger one.
    #[napi]
    pub fn set_inbox(&self, inbox: Uint8Array) {
        self.inner(|inner| inner.inbox = Exchange::new(inbox));
    }

    /// Keeps the isolate's event loop alive, or no longer.
    #[napi]
    pub fn hold(&self, env: Env, held: bool) -> Result<()> {
        self.waker.hold(env, held)
    }

    /// The calls that are made for every task, as functions of their own: see `NativeCaller::calls`.
    ///
    /// - `step` finishes the task that the outbox tells of, if any, and takes the next: gives the length of its frame in
    ///   the inbox, 0 when there is none, -1 or -2 when the worker shall stop, -3 when it has functions to forget, -4
    ///   when there is no memory for what the outbox tells of, or, below those, how large an inbox the next one needs;
    /// - `finish` does the first half alone: false when there is no memory for it;
    /// - `search` looks for a task again and again, for `spin` microseconds: true when there is one; where there is none, the
    ///   isolate may tidy up before it parks;
    /// - `abandoned` counts the tasks that have been abandoned here, for those that watch their signals in a busy loop.
    #[napi]
    pub fn calls<'env>(&self, env: &'env Env, spin: u32) -> Result<WorkerCalls<'env>> {
        let inner = Rc::clone(&self.inner);
        let step = env
            .create_function_from_closure("step", move |_| Ok(with_inner(&inner, Inner::step).unwrap_or(CONDEMNED)))?;
        let inner = Rc::clone(&self.inner);
        let finish = env.create_function_from_closure("finish", move |_| {
            Ok(with_inner(&inner, |inner| inner.finish(Pool::now(), Vec::new())).unwrap_or(true))
        })?;
        let inner = Rc::clone(&self.inner);
        let spin = Duration::from_micros(spin.into());
        let search = env.create_function_from_closure("search", move |_| {
            Ok(with_inner(&inner, |inner| inner.worker.search(spin)).unwrap_or(false))
        })?;
        let inner = Rc::clone(&self.inner);
        let abandoned = env.create_function_from_closure("abandoned", move |_| {
            Ok(with_inner(&inner, |inner| inner.worker.abandoned()).unwrap_or(0))
        })?;
        Ok(WorkerCalls { step, finish, search, abandoned })
    }

    /// Finishes the task that the outbox tells of, with the large parts of its result.
    #[napi(catch_unwind)]
    pub fn finish_with(&self, buffers: Vec<Uint8ArraySlice<'_>>) -> Result<()> {
        let buffers = copy_in(&buffers).ok_or_else(no_memory)?;
        match self.inner(|inner| inner.finish(Pool::now(), buffers)) {
            Some(false) => Err(no_memory()),
            _ => Ok(()),
        }
    }

    /// The large parts of a task's arguments, in memory that `allocate` makes. They can be asked for once.
    #[napi(catch_unwind)]
    pub fn received(&self, lease: u32, allocate: Function<'_, f64, Uint8Array>) -> Result<Vec<Uint8Array>> {
        let task = self.inner(|inner| inner.worker.leased(lease)).flatten();
        // Once somebody has settled the task its body may hold something else.
        let buffers = task.and_then(|task| {
            let keeps = self.may_run_again(&task);
            task.with_body(|body| match () {
                () if !task.is_running() => None,
                () if keeps => Some(body.copied_buffers().ok_or_else(no_memory)),
                () => Some(Ok(std::mem::take(&mut body.buffers))),
            })
        });
        copy_out(&buffers.ok_or_else(|| Error::from_reason("the task has been settled"))??, allocate)
    }

    /// A task asks for its signal: 0: it is to be told when it is abandoned; 1: it is already; 2: it has ended.
    #[napi]
    pub fn watch(&self, lease: u32, id: f64, flags: u32) -> u32 {
        let watched = self.inner(|inner| inner.holds(lease, id, flags).then(|| inner.worker.watch(lease)).flatten());
        match watched.flatten() {
            Some(false) => 0,
            Some(true) => 1,
            None => 2,
        }
    }

    /// Why a task has been abandoned: the reason of its caller, as it is encoded; true: it has run longer than its
    /// timeout; null: it has not been abandoned, or has ended.
    #[napi(catch_unwind)]
    pub fn cause(&self, lease: u32, id: f64, flags: u32) -> Option<Either<Uint8Array, bool>> {
        let cause = self.inner(|inner| inner.holds(lease, id, flags).then(|| inner.worker.cause(lease)).flatten());
        cause.flatten().map(|cause| match cause {
            Cause::Cancelled(reason) => Either::A(reason.into_vec().into()),
            Cause::TimedOut => Either::B(true),
        })
    }

    /// A task reports how far it has come; nothing happens where it has ended. False: there is no
    /// memory for a copy of that.
    #[napi(catch_unwind)]
    pub fn report(
        &self,
        lease: u32,
        id: f64,
        flags: u32,
        bytes: Uint8ArraySlice<'_>,
        buffers: Vec<Uint8ArraySlice<'_>>,
    ) -> bool {
        let Some(payload) = carry(&bytes, &buffers) else { return false };
        self.inner(|inner| {
            if inner.holds(lease, id, flags) {
                inner.worker.report(lease, payload);
            }
        });
        true
    }

    /// Whether a task still runs under this lease.
    #[napi(js_name = "holds")]
    pub fn still_holds(&self, lease: u32, id: f64, flags: u32) -> bool {
        self.inner(|inner| inner.holds(lease, id, flags)).unwrap_or(false)
    }

    /// So many of the tasks that run here wait for tasks of their own.
    #[napi]
    pub fn waits(&self, waiting: u32) {
        self.inner(|inner| inner.worker.waits(waiting as usize));
    }

    /// Tasks that run here side by side must not suffer for each other.
    #[napi]
    pub fn share(&self) {
        self.inner(|inner| inner.worker.share());
    }

    /// The worker is about to end through the fault of this task.
    #[napi]
    pub fn blame(&self, lease: u32, id: f64, flags: u32) {
        self.inner(|inner| {
            if inner.holds(lease, id, flags) {
                inner.worker.blame(lease);
            }
        });
    }

    /// The worker goes on after all.
    #[napi]
    pub fn pardon(&self) {
        self.inner(|inner| inner.worker.pardon());
    }

    /// Whether somebody has settled a task that this worker still runs.
    #[napi]
    pub fn is_settled(&self, lease: u32) -> bool {
        self.inner(|inner| inner.worker.leased(lease)).flatten().is_none_or(|task| !task.is_running())
    }

    /// What the tasks that a task comes after have resulted in, encoded. It can be asked for once, before their large parts.
    #[napi(catch_unwind)]
    pub fn results(&self, lease: u32) -> Result<Uint8Array> {
        let task = self.inner(|inner| inner.worker.leased(lease)).flatten();
        let results = task.map(|task| task.results(self.may_run_again(&task)).ok_or_else(no_memory)).transpose()?;
        let Body { bytes, buffers } = results.unwrap_or_default();
        self.inner(|inner| inner.results = buffers);
        Ok(bytes.into_vec().into())
    }

    /// The large parts of the results that were asked for last, in memory that `allocate` makes.
    #[napi(catch_unwind)]
    pub fn result_buffers(&self, allocate: Function<'_, f64, Uint8Array>) -> Result<Vec<Uint8Array>> {
        let buffers = self.inner(|inner| std::mem::take(&mut inner.results)).unwrap_or_default();
        copy_out(&buffers, allocate)
    }

    /// The numbers of the functions that nobody can call any more.
    #[napi]
    pub fn forgotten(&self) -> Vec<u32> {
        self.inner(|inner| inner.worker.forgotten()).unwrap_or_default()
    }

    /// The plan of the function that a task calls, for the isolate to build it.
    #[napi(catch_unwind)]
    pub fn plan(&self, lease: u32) -> Result<Uint8Array> {
        let task = self.inner(|inner| inner.worker.leased(lease).inspect(|task| inner.worker.builds(task))).flatten();
        let task = task.ok_or_else(|| Error::from_reason("there is no such task here"))?;
        Ok(copy_of(task.order().function.bytes()).ok_or_else(no_memory)?.into())
    }

    /// The large parts of that plan, in memory that `allocate` makes.
    #[napi(catch_unwind)]
    pub fn plan_buffers(&self, lease: u32, allocate: Function<'_, f64, Uint8Array>) -> Result<Vec<Uint8Array>> {
        let task = self.inner(|inner| inner.worker.leased(lease)).flatten();
        task.map_or(Ok(Vec::new()), |task| copy_out(task.order().function.buffers(), allocate))
    }

    /// Waits for a task without the event loop, for up to `sleep` microseconds. False: there is none, and the worker is
    /// to return to its event loop, where it is woken.
    #[napi]
    pub fn park(&self, sleep: u32) -> bool {
        self.inner(|inner| inner.park(Park { spin: Duration::ZERO, sleep: Duration::from_micros(sleep.into()) }))
            .unwrap_or(false)
    }

    /// The event loop has turned, or the worker can take no task any more: it is not idle.
    #[napi]
    pub fn awake(&self) {
        self.inner(|inner| {
            let now = Pool::now();
            if !inner.worker.is_asleep() {
                inner.worker.turned(now.saturating_sub(inner.turned));
            }
            inner.turned = now;
            inner.worker.awake();
        });
    }

    /// Reports how many bytes the isolate holds. True: that is too much.
    #[napi]
    pub fn weighs(&self, held: f64) -> bool {
        self.inner(|inner| inner.worker.weighs(held as u64)).unwrap_or(false)
    }

    /// Leaves although tasks wait. False: it is to go on.
    #[napi]
    pub fn resign(&self) -> bool {
        self.inner(|inner| inner.worker.resign()).unwrap_or(false)
    }

    /// The worker was woken and takes no task.
    #[napi]
    pub fn pass_on(&self) {
        self.inner(|inner| inner.worker.pass_on());
    }

    /// Whether a task that runs here has to be left as it was ordered, should another one take this worker down.
    fn may_run_again(&self, task: &Task) -> bool {
        task.order().again && self.inner(|inner| inner.worker.is_shared()).unwrap_or(false)
    }

    fn inner<R>(&self, act: impl FnOnce(&mut Inner) -> R) -> Option<R> {
        with_inner(&self.inner, act)
    }
}

/// The calls that are made for every task; see [`NativeWorker::calls`].
#[napi(object, object_from_js = false)]
pub struct WorkerCalls<'env> {
    pub step: Function<'env, (), i32>,
    pub finish: Function<'env, (), bool>,
    pub search: Function<'env, (), bool>,
    pub abandoned: Function<'env, (), u32>,
}

fn with_inner<R>(inner: &RefCell<Inner>, act: impl FnOnce(&mut Inner) -> R) -> Option<R> {
    inner.try_borrow_mut().ok().as_deref_mut().map(act)
}

impl Inner {
    /// Whether this task still runs under this lease, and not another one by now. A caller's number is in the flags.
    fn holds(&self, lease: u32, id: f64, flags: u32) -> bool {
        let task = self.worker.leased(lease);
        task.is_some_and(|task| task.order().id.to_bits() == id.to_bits() && task.order().flags == flags)
    }

    /// Finishes what the outbox tells of, if anything. False: there is no memory for it, and nothing has been done.
    fn finish(&mut self, now: u64, buffers: Vec<Buffer>) -> bool {
        let outbox = self.outbox.read();
        let (Some(lease), Some(outcome), Some(length)) = (u32_at(outbox, 0), u32_at(outbox, 4), u32_at(outbox, 8))
        else {
            return true;
        };
        if lease == NO_LEASE {
            return true;
        }
        let outcome = if outcome == Outcome::Value as u32 { Outcome::Value } else { Outcome::Error };
        let payload = outbox.get(HEADER..HEADER + length as usize).unwrap_or_default();
        let Some(payload) = Payload::of(payload, buffers) else { return false };
        self.worker.finish(lease, outcome, now, payload);
        true
    }

    fn park(&mut self, limits: Park) -> bool {
        let now = Pool::now();
        let goes_on = self.worker.park(limits);
        if !goes_on {
            // The park itself holds a loop that has nothing to do.
            self.worker.turned(now.saturating_sub(self.turned));
        }
        goes_on
    }

    fn step(&mut self) -> i32 {
        let now = Pool::now();
        if !self.finish(now, Vec::new()) {
            return NO_MEMORY;
        }
        if self.worker.is_to_forget() {
            return FORGET;
        }
        loop {
            let (task, lease) = match self.held_back.take() {
                Some(held_back) => held_back,
                None => match self.worker.take(now) {
                    Taken::Task(task, lease) => (task, lease),
                    Taken::Nothing => return NOTHING,
                    Taken::Stop(Fate::Condemned) => return CONDEMNED,
                    Taken::Stop(Fate::Retired) => return RETIRED,
                },
            };
            match self.write(&task, lease, now) {
                Written::Whole(size) => return size,
                Written::TooLarge(size) => {
                    self.held_back = Some((task, lease));
                    return -size;
                }
                Written::Settled => self.worker.finish(lease, Outcome::Value, now, Payload::default()),
            }
        }
    }

    /// Puts a task that has been taken into the inbox.
    fn write(&mut self, task: &Task, lease: Leased, now: u64) -> Written {
        task.with_body(|body| {
            // Its caller, or the clock, may have been quicker. The body holds the arguments as long as it runs.
            if !task.is_running() {
                return Written::Settled;
            }
            let end = HEADER + body.bytes.len();
            let size = i32::try_from(end).unwrap_or(i32::MAX);
            let Some(place) = self.inbox.write().get_mut(..end) else {
                return Written::TooLarge(size);
            };
            let order = task.order();
            let [low, high] = words_of(order.id);
            let length = u32::try_from(body.bytes.len()).unwrap_or(u32::MAX);
            let buffers = u32::try_from(body.buffers.len()).unwrap_or(u32::MAX);
            let function = order.function.id();
            let late = if now.saturating_sub(self.turned) > SLICE { LATE } else { 0 };
            let alone = if task.is_exclusive() { ALONE } else { 0 };
            put_words(
                place,
                [lease, function, length, order.flags, low, high, task.attempts() | late | alone, buffers],
            );
            place[HEADER..].copy_from_slice(&body.bytes);
            Written::Whole(size)
        })
    }
}

/// What putting a task into the inbox gave.
enum Written {
    /// It is there, so many bytes of it.
    Whole(i32),
    /// The inbox has to be so large.
    TooLarge(i32),
    /// It has been settled before it could start.
    Settled,
}
