//! A caller as JavaScript holds it: submits tasks from its outbox, brings completions to its inbox.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use napi::{Env, bindgen_prelude::*};
use napi_derive::napi;
use tasklets_scheduler::{
    Body, Buffer, Caller, Cancelled, Command, Completion, Control, Function as TaskFunction, Label, Order, Outcome,
    Pool, PoolError, Task, label_of,
};

use crate::{
    bytes::{Exchange, copy_in, copy_out},
    frame::{
        ADDRESSED, CONTROL, EXCLUSIVE, HAS_CONTROL, HEADER, HELD, NO_RETRY, REPORT, aligned, f64_at, put_words, u32_at,
        words_of,
    },
    pool::NativePool,
    time::NANOS_PER_MS,
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

/// Room for the ways in which a task may end.
const OUTCOMES: usize = 16;

struct Inner {
    caller: Caller,
    outbox: Exchange,
    inbox: Exchange,
    /// The functions that this caller has given to the engine, by the number that its orders use.
    functions: Vec<Option<(Arc<TaskFunction>, Label)>>,
    counts: Counts,
    /// What did not fit into the inbox.
    held_back: Option<Arrival>,
    /// Whether nothing was left when the caller drained last.
    drained: bool,
    /// How many reports are read until then.
    reports: usize,
    /// The large parts of the completions in the inbox, in their order.
    received: Vec<Buffer>,
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
            inbox: Exchange::new(inbox),
            functions: Vec::new(),
            counts: Counts::default(),
            held_back: None,
            drained: true,
            reports: 0,
            received: Vec::new(),
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
        self.inner(|inner| inner.inbox = Exchange::new(inbox));
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
    /// tasks are called. Gives its number.
    #[napi(catch_unwind)]
    pub fn add_function(&self, length: u32, buffers: Vec<Uint8ArraySlice<'_>>, kept: u32, name: String) -> Result<u32> {
        self.inner(|inner| {
            let plan = inner.outbox.read().get(..length as usize).ok_or_else(short)?;
            let buffers = copy_in(&buffers)?;
            let function = Arc::new(match kept {
                0 => TaskFunction::new(plan, buffers),
                1 => TaskFunction::remembered(plan, buffers),
                _ => TaskFunction::kept(plan, buffers, &self.pool),
            });
            inner.keep((function, label_of(&name)))
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
        let counts = self.inner(|inner| inner.counts).unwrap_or_default();
        std::iter::once(counts.submitted).chain(counts.ended).map(|count| count as f64).collect()
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
        let Ok(buffers) = copy_in(&buffers) else { return Ok(NO_MEMORY) };
        self.inner(|inner| inner.submit(&self.pool, buffers)).unwrap_or_else(|| Err(gone()))
    }

    /// Cancels a task; one that runs is told the reason, as it is encoded. False: it has ended.
    #[napi(catch_unwind)]
    pub fn cancel(&self, slot: u32, reason: Uint8ArraySlice<'_>) -> bool {
        let cancelled = self.inner(|inner| {
            let cancelled = inner.caller.cancel(&self.pool, slot, Pool::now(), &reason) != Cancelled::Ended;
            inner.counts.cancel(cancelled)
        });
        cancelled.unwrap_or(false)
    }

    /// Queues a task that was held, with the results, encoded at the start of the outbox, of those that it comes after.
    /// True: the pool wants more workers.
    #[napi(catch_unwind)]
    pub fn release(&self, slot: u32, length: u32, buffers: Vec<Uint8ArraySlice<'_>>) -> Result<bool> {
        let buffers = copy_in(&buffers)?;
        self.inner(|inner| {
            let results = inner.outbox.read().get(..length as usize).ok_or_else(short)?;
            Ok(inner.caller.release_held(&self.pool, slot, results, buffers))
        })
        .unwrap_or(Ok(false))
    }

    /// Cancels a task that no worker has claimed. False: it has started, or ended.
    #[napi]
    pub fn withdraw(&self, slot: u32) -> bool {
        self.inner(|inner| inner.counts.cancel(inner.caller.withdraw(&self.pool, slot))).unwrap_or(false)
    }

    /// The large parts of the completions that were drained last, in memory that `allocate` makes.
    #[napi(catch_unwind)]
    pub fn received(&self, allocate: Function<'_, f64, Uint8Array>) -> Result<Vec<Uint8Array>> {
        let received = self.inner(|inner| std::mem::take(&mut inner.received)).unwrap_or_default();
        copy_out(&received, allocate)
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

/// How many tasks a caller has submitted, and how they ended.
#[derive(Clone, Copy, Default)]
struct Counts {
    submitted: u64,
    ended: [u64; OUTCOMES],
}

impl Counts {
    /// Its caller has settled a task, if it has.
    fn cancel(&mut self, cancelled: bool) -> bool {
        if cancelled {
            self.end(Outcome::Cancelled);
        }
        cancelled
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(count) = self.ended.get_mut(outcome as usize) {
            *count += 1;
        }
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
        let outbox = self.outbox.read();
        let header = outbox.get(..HEADER).ok_or_else(short)?;
        let number = u32_at(header, 4).ok_or_else(short)?;
        let (function, label) = self.functions.get(number as usize).and_then(Option::as_ref).ok_or_else(short)?;
        let length = u32_at(header, 8).ok_or_else(short)? as usize;
        let flags = u32_at(header, 12).ok_or_else(short)?;
        let (control, start) = if flags & HAS_CONTROL == 0 {
            (None, HEADER)
        } else {
            let control = control_at(&outbox[HEADER..]).ok_or_else(short)?;
            (Some(Box::new(control)), HEADER + CONTROL)
        };
        let payload = outbox.get(start..start + length).ok_or_else(short)?;
        let to = match flags & ADDRESSED {
            0 => None,
            _ => Some(u32_at(outbox, start + length).ok_or_else(short)?),
        };
        let order = Order {
            slot: u32_at(header, 0).ok_or_else(short)?,
            id: f64_at(header, 16).ok_or_else(short)?,
            flags: flags & !ADDRESSED,
            timeout: nanos(f64_at(header, 24).ok_or_else(short)?),
            function: Arc::clone(function),
            label: *label,
            again: control.as_ref().is_none_or(|control| !control.no_retry),
            control,
        };
        Ok(match self.caller.submit(pool, order, to, payload, buffers) {
            Ok(wants_workers) => {
                self.counts.submitted += 1;
                if wants_workers { WANTS_WORKERS } else { QUEUED }
            }
            Err(PoolError::Closed) => CLOSED,
            Err(PoolError::NoSuchWorker) => NO_SUCH_WORKER,
        })
    }

    /// Brings completions to the inbox, and what tasks have reported, each of them at most once before nothing is left.
    fn drain(&mut self) -> i32 {
        if self.caller.has_commands() {
            return COMMANDS;
        }
        if std::mem::take(&mut self.drained) {
            self.reports = self.caller.reports();
        }
        let mut at = 0;
        while let Some(next) = self.next_arrival() {
            match self.bring(&next, &mut at) {
                Ok(()) => {
                    if let Arrival::Completion(completion) = next {
                        self.counts.end(completion.outcome());
                        self.caller.release(completion);
                    }
                }
                Err(needed) => {
                    self.held_back = Some(next);
                    if at == 0 {
                        return -needed;
                    }
                    break;
                }
            }
        }
        self.drained = at == 0;
        i32::try_from(at).unwrap_or(i32::MAX)
    }

    fn next_arrival(&mut self) -> Option<Arrival> {
        if self.held_back.is_some() {
            return self.held_back.take();
        }
        if self.reports > 0 {
            self.reports -= 1;
            if let Some(task) = self.caller.report() {
                return Some(Arrival::Report(task));
            }
        }
        self.caller.completion().map(Arrival::Completion)
    }

    /// Writes it to the inbox, from `at` on, which then is where the next may start, or gives how large an inbox it needs.
    fn bring(&mut self, arrival: &Arrival, at: &mut usize) -> std::result::Result<(), i32> {
        // What a task has reported last comes before its end, and is in the inbox even where its end has no more room.
        *at = self.bring_report(arrival.task(), *at)?;
        if let Arrival::Completion(completion) = arrival {
            let task = completion.task();
            let [low, high] = words_of(task.ran_for() as f64 / NANOS_PER_MS);
            let words = [completion.outcome() as u32, task.worker(), task.attempts(), low, high];
            *at = task.with_body(|body| self.put(task.order().slot, words, body, *at))?;
        }
        Ok(())
    }

    fn bring_report(&mut self, task: &Task, at: usize) -> std::result::Result<usize, i32> {
        let Some(mut body) = task.take_report() else {
            return Ok(at);
        };
        let [low, high] = words_of(task.order().id);
        let words = [REPORT, task.worker(), task.attempts(), low, high];
        self.put(task.order().slot, words, &mut body, at).inspect_err(|_| task.put_report_back(body))
    }

    fn put(&mut self, slot: u32, words: [u32; 5], body: &mut Body, at: usize) -> std::result::Result<usize, i32> {
        let end = at + HEADER + body.bytes.len();
        let needed = i32::try_from(end).unwrap_or(i32::MAX);
        let place = self.inbox.write().get_mut(at..end).ok_or(needed)?;
        let length = u32::try_from(body.bytes.len()).unwrap_or(u32::MAX);
        let buffers = u32::try_from(body.buffers.len()).unwrap_or(u32::MAX);
        let [outcome, worker, attempts, low, high] = words;
        put_words(place, [slot, outcome, length, buffers, worker, attempts, low, high]);
        place[HEADER..].copy_from_slice(&body.bytes);
        self.received.append(&mut body.buffers);
        Ok(aligned(end))
    }
}

/// What comes to the inbox.
enum Arrival {
    /// A task has settled.
    Completion(Completion),
    /// A task has reported something.
    Report(Arc<Task>),
}

impl Arrival {
    fn task(&self) -> &Task {
        match self {
            Self::Completion(completion) => completion.task(),
            Self::Report(task) => task,
        }
    }
}

/// What a control block says.
fn control_at(block: &[u8]) -> Option<Control> {
    let deadline = f64_at(block, 8)?;
    let grace = f64_at(block, 16)?;
    let mut control = Control::default();
    control.priority = f64_at(block, 0)?;
    control.kind = u32_at(block, 32)?;
    control.held = u32_at(block, 24)? & HELD != 0;
    if deadline > 0.0 {
        control.deadline = Pool::now().saturating_add(nanos(deadline));
    }
    control.grace = (grace >= 0.0).then(|| nanos(grace));
    control.exclusive = u32_at(block, 24)? & EXCLUSIVE != 0;
    control.no_retry = u32_at(block, 24)? & NO_RETRY != 0;
    Some(control)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a timeout is checked by the facade to be a positive number; whatever else arrives saturates"
)]
fn nanos(milliseconds: f64) -> u64 {
    (milliseconds * NANOS_PER_MS) as u64
}

fn short() -> Error {
    Error::from_reason("the outbox holds no whole order")
}

fn gone() -> Error {
    Error::from_reason("the caller has been closed")
}
