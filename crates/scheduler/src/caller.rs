//! A caller: an isolate that submits tasks and is told how they ended.

use std::{borrow::Borrow, collections::VecDeque, fmt, sync::PoisonError};

use crate::{
    body::{Payload, copy_of},
    function::Function,
    metrics::Sampler,
    pool::{Cancelled, Pool, PoolError},
    queue::{Batch, Mail},
    state::{Outcome, Phase},
    sync::{Arc, AtomicBool, AtomicU32, Ordering, lock},
    task::{Order, Record, Task},
    worker::{Cause, WorkerId},
};

/// Something that the isolate has to do for a pool, because only JavaScript can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// End this worker's thread, which has been given up.
    Terminate {
        /// The pool's number.
        pool: u32,
        /// The worker's number.
        worker: WorkerId,
    },
    /// The pool's workers hold more memory than before: tell whoever wants to know.
    Memory {
        /// The pool's number.
        pool: u32,
    },
    /// See whether the pool wants more workers.
    Staff {
        /// The pool's number.
        pool: u32,
    },
}

/// A caller's number in this process, from 1. It goes out with each task in 16 bits. So beyond those a number that nobody
/// has any more is given again. Out of loom's sight: no step of the protocol depends on it.
struct Number(u32);

struct Numbers {
    last: u32,
    free: VecDeque<u32>,
}

static NUMBERS: std::sync::Mutex<Numbers> = std::sync::Mutex::new(Numbers { last: 0, free: VecDeque::new() });

impl Number {
    fn new() -> Self {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.last >= u16::MAX.into()
            && let Some(number) = numbers.free.pop_front()
        {
            return Self(number);
        }
        numbers.last += 1;
        Self(numbers.last)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).free.push_back(self.0);
    }
}

/// What other threads may touch.
pub(crate) struct CallerShared {
    number: Number,
    completions: Batch<Record>,
    /// Tasks that have reported how far they have come.
    reports: Mail<Record>,
    commands: Mail<Command>,
    /// Whether the isolate has been woken and has not looked yet.
    notified: AtomicBool,
    closed: AtomicBool,
    /// The pool that it has been asked to see to and has not yet; 0: none.
    asked: AtomicU32,
    /// Wakes the isolate; false where it is gone.
    waker: Box<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for CallerShared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Caller({})", self.number.0)
    }
}

impl CallerShared {
    pub(crate) fn id(&self) -> u32 {
        self.number.0
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn deliver(&self, task: Record) {
        self.completions.push(task);
        self.notify();
        // After the swap in `notify`: either it came before the one in `Caller::close`, which then sees the task, or the
        // closing is seen here. A record that stayed in the queue would keep the queue that keeps it.
        if self.is_closed() {
            self.drop_completions();
        }
    }

    fn drop_completions(&self) {
        drop(self.completions.take(VecDeque::new()));
        while self.reports.pop().is_some() {}
    }

    /// A task has reported something.
    pub(crate) fn tell(&self, task: Record) {
        self.reports.push(task);
        self.notify();
        // As in `deliver`.
        if self.is_closed() {
            self.drop_completions();
        }
    }

    /// Asks the isolate to see whether `pool` wants more workers. Asking again before it has looked says nothing new.
    pub(crate) fn ask_for_worker(&self, pool: u32) {
        if self.asked.swap(pool, Ordering::AcqRel) != pool {
            self.command(Command::Staff { pool });
        }
    }

    /// Tells the isolate that the pool's memory has become scarce.
    pub(crate) fn tell_memory(&self, pool: u32) {
        self.command(Command::Memory { pool });
    }

    pub(crate) fn command(&self, command: Command) {
        self.commands.push(command);
        // Even an isolate that looks for outcomes by itself is woken: it reads commands when it is told of them.
        (self.waker)();
    }

    fn notify(&self) {
        // SeqCst: pairs with the swap in `Caller::look`. Either this push is seen by the look that follows that
        // swap, or this swap sees `false` and wakes.
        if !self.notified.swap(true, Ordering::SeqCst) {
            (self.waker)();
        }
    }
}

/// A settled task, for its caller.
#[derive(Debug)]
pub struct Completion(Record);

impl Completion {
    /// The record.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.0
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.state.outcome().unwrap_or(Outcome::Undelivered)
    }
}

/// A caller's own part: only its isolate touches it.
#[derive(Debug)]
pub struct Caller {
    shared: Arc<CallerShared>,
    /// The tasks that have not been taken back, by slot.
    tasks: Vec<Option<Record>>,
    /// Those that have settled and been taken from where others push them.
    settled: VecDeque<Record>,
    /// Records to use again.
    spare: Vec<Record>,
    /// How many tasks have not been taken back.
    outstanding: usize,
    sampler: Sampler,
}

/// How many records are kept for the next tasks.
const SPARE: usize = 4096;

impl Caller {
    /// A caller that `waker` wakes; it says false where the isolate is gone.
    pub fn new(waker: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::new(CallerShared {
                number: Number::new(),
                completions: Batch::new(),
                reports: Mail::new(),
                commands: Mail::new(),
                notified: AtomicBool::new(false),
                closed: AtomicBool::new(false),
                asked: AtomicU32::new(0),
                waker: Box::new(waker),
            }),
            tasks: Vec::new(),
            settled: VecDeque::new(),
            spare: Vec::new(),
            outstanding: 0,
            sampler: Sampler::default(),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<CallerShared> {
        &self.shared
    }

    /// Its number in this process, from 1.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.shared.id()
    }

    /// Puts a task into the pool's queue; `to` addresses it to one worker. True: the pool wants more workers.
    ///
    /// # Errors
    ///
    /// Where the pool takes no more tasks, or the worker is gone; nothing has been queued then.
    pub fn submit(
        &mut self,
        pool: &Pool,
        mut order: Order<impl Borrow<Arc<Function>>>,
        to: Option<WorkerId>,
        payload: Payload<'_>,
    ) -> Result<bool, PoolError> {
        // What it was addressed for is gone with its worker.
        order.again &= to.is_none();
        let slot = order.slot as usize;
        let sample = self.sampler.sample(self.outstanding, Pool::now);
        let mut order = Some((order, payload));
        let mut recycled = None;
        while let Some(mut record) = self.spare.pop() {
            // Somebody may still hold it (a queue that a cancelled task stands in): then it is not ours alone.
            if let Some(task) = Record::get_mut(&mut record)
                && let Some((order, payload)) = order.take()
            {
                task.renew(order, sample, payload);
                recycled = Some(record);
                break;
            }
        }
        let task = match (recycled, order) {
            (Some(task), _) => task,
            (None, Some((order, payload))) => Record::new(Task::new(order, sample, Arc::clone(&self.shared), payload)),
            (None, None) => return Err(PoolError::Closed),
        };
        task.state.enqueue();
        if self.tasks.len() <= slot {
            self.tasks.resize(slot + 1, None);
        }
        self.tasks[slot] = Some(Record::clone(&task));
        let pushed = pool.push(task, to);
        if pushed.is_ok() {
            self.outstanding += 1;
        } else if let Some(task) = self.tasks[slot].take() {
            if !task.cancel_queued(Outcome::Cancelled) {
                // Its deadline has passed meanwhile, and the caller is told so.
                self.tasks[slot] = Some(task);
                self.outstanding += 1;
                return Ok(false);
            }
            pool.leave(&task);
        }
        pushed
    }

    /// Queues the task in `slot`, which was held: what it comes after has succeeded, with these results. True: the pool
    /// wants more workers.
    pub fn release_held(&mut self, pool: &Pool, slot: u32, payload: Payload<'_>) -> bool {
        let Some(Some(task)) = self.tasks.get(slot as usize) else {
            return false;
        };
        if let Some(control) = task.control() {
            *lock(&control.results) = Some(payload.into());
        }
        pool.let_go(Record::clone(task))
    }

    /// Cancels the task in `slot`. Where it was waiting or running it is settled now, and will not be delivered. One that
    /// runs is told the reason, which the scheduler does not read.
    pub fn cancel(&mut self, pool: &Pool, slot: u32, now: u64, reason: &[u8]) -> Cancelled {
        loop {
            if self.withdraw(pool, slot) {
                return Cancelled::Waiting;
            }
            let Some(Some(task)) = self.tasks.get(slot as usize) else {
                return Cancelled::Ended;
            };
            if task.settle_running(Outcome::Cancelled) {
                self.outstanding = self.outstanding.saturating_sub(1);
                // Where there is no memory for the reason, it is told none.
                let reason = copy_of(reason).unwrap_or_default();
                pool.abandon(task.worker(), task, now, Cause::Cancelled(reason.into()));
                self.tasks[slot as usize] = None;
                return Cancelled::Running;
            }
            // One whose worker was taken down may wait again between the two.
            if task.state.phase() == Phase::Settled {
                return Cancelled::Ended;
            }
        }
    }

    /// Cancels the task in `slot` if no worker has claimed it.
    pub fn withdraw(&mut self, pool: &Pool, slot: u32) -> bool {
        let entry = self.tasks.get_mut(slot as usize);
        let withdrawn = entry.and_then(|entry| entry.take_if(|task| task.cancel_queued(Outcome::Cancelled)));
        let Some(task) = withdrawn else {
            return false;
        };
        self.outstanding = self.outstanding.saturating_sub(1);
        pool.leave(&task);
        true
    }

    /// The isolate is going to look by itself for a while: nobody need wake it until it calls [`Caller::look`].
    pub fn attend(&mut self) {
        // A swap, so that what another thread released by its own is not lost to the look that follows.
        self.shared.notified.swap(true, Ordering::AcqRel);
    }

    /// Announces that the isolate is about to look once more, and to sleep where it sees nothing.
    pub fn look(&mut self) {
        // SeqCst: pairs with `CallerShared::notify`.
        self.shared.notified.swap(false, Ordering::SeqCst);
    }

    /// Whether a task has settled that has not been read.
    #[must_use]
    pub fn has_completions(&self) -> bool {
        !self.settled.is_empty() || !self.shared.completions.is_empty()
    }

    /// How many tasks have reported something that has not been read.
    #[must_use]
    pub fn reports(&self) -> usize {
        self.shared.reports.len()
    }

    /// Has the isolate woken once more if something has been reported. Those who report without pause would otherwise keep
    /// it from ever going back to its event loop.
    pub fn remind(&mut self) {
        if !self.shared.reports.is_empty() {
            self.shared.notify();
        }
    }

    /// The next task that has reported something, which may have been read already.
    #[must_use]
    pub fn report(&mut self) -> Option<Record> {
        self.shared.reports.pop()
    }

    /// The next settled task.
    #[must_use]
    pub fn completion(&mut self) -> Option<Completion> {
        if self.settled.is_empty() {
            self.settled = self.shared.completions.take(std::mem::take(&mut self.settled));
        }
        self.settled.pop_front().map(Completion)
    }

    /// Takes the record back once its outcome has been read.
    pub fn release(&mut self, completion: Completion) {
        self.outstanding = self.outstanding.saturating_sub(1);
        let task = completion.0;
        if let Some(entry) = self.tasks.get_mut(task.order().slot as usize) {
            *entry = None;
        }
        if self.spare.len() < SPARE && task.is_light() {
            self.spare.push(task);
        }
    }

    /// The next thing that the isolate has to do.
    #[must_use]
    pub fn command(&mut self) -> Option<Command> {
        let command = self.shared.commands.pop();
        if let Some(Command::Staff { .. }) = command {
            // A swap: it reads from those that found that it had been asked already, so that the look that follows sees
            // what they had written.
            self.shared.asked.swap(0, Ordering::AcqRel);
        }
        command
    }

    /// Whether there is something to do for a pool.
    #[must_use]
    pub fn has_commands(&self) -> bool {
        !self.shared.commands.is_empty()
    }

    /// The isolate is going: its tasks that wait are dropped, and those that run, for nobody now, are abandoned.
    pub fn close(&mut self, pool: &Pool, now: u64) {
        for slot in 0..u32::try_from(self.tasks.len()).unwrap_or(u32::MAX) {
            self.cancel(pool, slot, now, &[]);
        }
        self.leave();
    }

    /// Nobody reads any more what is delivered.
    fn leave(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        for task in self.tasks.drain(..).flatten() {
            task.cancel_queued(Outcome::Cancelled);
        }
        // Pairs with the swap in `CallerShared::notify`, and nobody wakes the isolate any more.
        self.shared.notified.swap(true, Ordering::AcqRel);
        self.shared.drop_completions();
        self.settled.clear();
        self.spare.clear();
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Caller;

    #[test]
    fn numbers_fit_into_16_bits_however_many_callers_there_have_been() {
        let one = Caller::new(|| true);
        for _ in 0..70_000 {
            let other = Caller::new(|| true);
            assert!((1..=u32::from(u16::MAX)).contains(&other.id()));
            assert_ne!(other.id(), one.id());
        }
    }
}
