//! The state of a task: one atomic that says where the task stands and how it ended.

use std::fmt;

use crate::sync::{AtomicU32, Ordering};

/// Where a task stands. The transitions are those of the crate's README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Phase {
    /// The record belongs to its caller alone: new, or settled and taken back.
    Fresh = 0,
    /// In a queue; a worker may claim it, its caller may cancel it.
    Queued = 1,
    /// Claimed by one worker.
    Running = 2,
    /// Ended. Whoever made this transition delivers the outcome.
    Settled = 3,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// The function returned; the body holds its value.
    Value = 0,
    /// The function threw; the body holds what it threw.
    Error = 1,
    /// Cancelled by its caller, which knows the reason.
    Cancelled = 2,
    /// Ran longer than its timeout.
    TimedOut = 3,
    /// Its worker ended under it; the body holds what is known of the end.
    WorkerExited = 4,
    /// Its pool was killed.
    PoolDied = 5,
    /// It could not be given to the worker that it was addressed to, because that worker had ended.
    Undelivered = 6,
    /// It had not started by its deadline.
    Expired = 7,
    /// Its worker ended under it through another task's fault; the body holds what is known of the end.
    TakenDown = 9,
}

impl Outcome {
    const fn from_bits(bits: u32) -> Self {
        match bits {
            0 => Self::Value,
            1 => Self::Error,
            2 => Self::Cancelled,
            3 => Self::TimedOut,
            4 => Self::WorkerExited,
            5 => Self::PoolDied,
            7 => Self::Expired,
            9 => Self::TakenDown,
            _ => Self::Undelivered,
        }
    }
}

/// The packed atomic.
///
/// ```text
/// bit   7        7     6         2       0
///       | unused | ran | outcome | phase |      ran, outcome: valid in phase Settled only
/// ```
pub(crate) struct TaskState(AtomicU32);

const PHASE_MASK: u32 = 0b11;
const OUTCOME_SHIFT: u32 = 2;
const OUTCOME_MASK: u32 = 0b1111;
/// It ran when it was settled.
const RAN: u32 = 1 << 6;

const fn pack(phase: Phase, outcome: Outcome) -> u32 {
    phase as u32 | (outcome as u32) << OUTCOME_SHIFT
}

const FRESH: u32 = pack(Phase::Fresh, Outcome::Value);
const QUEUED: u32 = pack(Phase::Queued, Outcome::Value);
const RUNNING: u32 = pack(Phase::Running, Outcome::Value);

impl TaskState {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(FRESH))
    }

    pub(crate) fn phase(&self) -> Phase {
        // Acquire: pairs with the release half of the transition that is seen.
        match self.0.load(Ordering::Acquire) & PHASE_MASK {
            0 => Phase::Fresh,
            1 => Phase::Queued,
            2 => Phase::Running,
            _ => Phase::Settled,
        }
    }

    /// How the task ended, once it is settled.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        let bits = self.0.load(Ordering::Acquire);
        (bits & PHASE_MASK == Phase::Settled as u32).then(|| Outcome::from_bits(bits >> OUTCOME_SHIFT & OUTCOME_MASK))
    }

    /// Whether it runs, or ran when it was settled: what a claim wrote into the record is true.
    pub(crate) fn has_run(&self) -> bool {
        let bits = self.0.load(Ordering::Acquire);
        bits & RAN != 0 || bits & PHASE_MASK == Phase::Running as u32
    }

    /// Fresh → Queued, by the caller, which is the only one that knows the record.
    pub(crate) fn enqueue(&self) {
        debug_assert_eq!(self.phase(), Phase::Fresh, "only a fresh record is queued");
        // Relaxed: the queue that the record goes through next publishes it.
        self.0.store(QUEUED, Ordering::Relaxed);
    }

    /// Queued → Running, by a worker that popped the record. False: it was settled while it waited.
    pub(crate) fn claim(&self) -> bool {
        self.advance(QUEUED, RUNNING)
    }

    /// Queued → Settled: by the caller that cancels it or closes, the timekeeper or a worker after its deadline, whoever
    /// fails what waits, kills the pool, or ends the worker that it was addressed to.
    pub(crate) fn settle_queued(&self, outcome: Outcome) -> bool {
        self.advance(QUEUED, pack(Phase::Settled, outcome))
    }

    /// Running → Settled, by its worker, its caller, the timekeeper or the reaper: whoever is first.
    pub(crate) fn settle_running(&self, outcome: Outcome) -> bool {
        self.advance(RUNNING, pack(Phase::Settled, outcome) | RAN)
    }

    /// Running → Queued, by the reaper, who has taken the lease: the task is run once more.
    pub(crate) fn requeue(&self) -> bool {
        self.advance(RUNNING, QUEUED)
    }

    /// Settled → Fresh, by the caller, once it holds the record alone.
    pub(crate) fn recycle(&mut self) {
        debug_assert_eq!(self.phase(), Phase::Settled, "only a settled record is recycled");
        // The exclusive reference is the synchronisation; the store is atomic only because the field is.
        self.0.store(FRESH, Ordering::Relaxed);
    }

    fn advance(&self, from: u32, to: u32) -> bool {
        // AcqRel: what the previous holder wrote into the record is seen by the next, whichever way it goes.
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl fmt::Debug for TaskState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome() {
            Some(outcome) => write!(formatter, "Settled({outcome:?})"),
            None => write!(formatter, "{:?}", self.phase()),
        }
    }
}
