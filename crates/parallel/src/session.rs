//! A session: one range of units, divided among whatever threads come to help.
//!
//! **Life.** Its owner creates it and asks the pool for help: it puts *tickets* into the pool's queue, ordinary tasks
//! that call [`Session::join`] wherever they come to run. The first to arrive opens a *round*: it builds a rayon pool
//! whose threads do not exist yet, puts the root job into it, and sits down on one of its seats. Whoever arrives later
//! takes another seat, for as long as the round is open; whoever is busy elsewhere is not waited for, since a seat that
//! nobody takes holds no work. The root divides the range by `rayon::join` until a piece is as small as the *grain*;
//! that piece is a *leaf*, and is run by the isolate of the thread that got it. When the root returns, rayon lets all
//! seats go, and every `join` returns.
//!
//! **Rounds.** A thread cannot leave rayon before its pool ends. So that a session never keeps others waiting for long,
//! a round stops starting leaves once its *slice* of time is over and something else waits for the workers. What was
//! not started is written down, the round ends as usual, and the tickets go to the back of the queue to open the next
//! round where this one stopped.
//!
//! **Input.** The owner may still be copying the items when the first worker arrives: it says how far it has come
//! ([`Session::provide`]), and the root deals out what is there, then what has come since, until all of it has.
//!
//! **Stages.** A session may have several ranges that are worked off one after the other (sorting: runs, then merges).
//! A stage begins when the one before it is complete.
//!
//! **Threads that are being ended.** Whoever ends one of the threads may wait for it before it tells the next one. A
//! thread that finds so (`Outcome::Gone`), in a leaf or when the [watch](crate::watch) asks, ends the session, gives the
//! leaves of the others `PATIENCE` and has them interrupted then.
//!
//! **End.** Done; failed, with the lowest index among the leaves that failed before the others had noticed; aborted; or
//! left: its leaves are not fit for rayon (they are asynchronous, or each takes so long that the rest would sit idle on
//! their seats), and the owner does what is pending in another way.

mod round;

use crate::backlog::Backlog;
use crate::grain::Grain;
use crate::leaf::{self, Interrupt, Leaf};
use crate::watch;
use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use round::Round;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use thiserror::Error;

/// How a session divides its work and for how long it holds the workers.
pub struct Options {
    /// How many threads may sit in a round at once.
    pub workers: usize,
    /// How long a round goes on although others wait.
    pub slice: Duration,
    /// After how long a round ends even where nobody waits, so that results flow back.
    pub results_after: Option<Duration>,
    /// What a leaf should last; `None` where the units are the leaves.
    pub target: Option<Duration>,
    /// A unit that lasts longer than this is better off as a task of its own.
    pub coarse: Duration,
    /// Whether the first stage's units are all there; otherwise the owner provides them.
    pub ready: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All units of all stages are done.
    Done,
    /// A leaf failed at `index`, on the thread that joined with `ticket`.
    Failed {
        /// The lowest index at which a leaf failed.
        index: u64,
        /// Who ran that leaf.
        ticket: usize,
    },
    /// Its owner gave it up.
    Aborted,
    /// The rest is for its owner to do in another way.
    Left,
}

/// What a thread that joined is told when it comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The session is over.
    Ended(End),
    /// The round is over; come again behind whatever waits.
    Yielded,
    /// The round has no seat left or is about to end; come again when it has ended.
    Later,
}

/// Why a thread could not join.
#[derive(Debug, Error)]
pub enum JoinError {
    /// A leaf cannot join a session.
    #[error("this thread is inside a session already")]
    Nested,
    /// rayon could not build its pool.
    #[error(transparent)]
    Pool(#[from] ThreadPoolBuildError),
}

enum Phase {
    /// No round is open; the next to arrive opens one.
    Idle,
    /// A round is open, with these seats left. Dropping rayon's pool lets its threads go as soon as the root, which
    /// counts, is over.
    Open(Vec<ThreadBuilder>, ThreadPool),
    Ended(End),
}

struct State {
    phase: Phase,
    /// The stage that is being worked on; the number of stages when all are done.
    stage: usize,
    /// What is to be done of this stage. Empty while a round has it in hand.
    pending: Vec<Range<usize>>,
    failure: Option<(u64, usize)>,
    left: bool,
}

/// See the module.
pub struct Session {
    stages: Box<[usize]>,
    options: Options,
    backlog: Box<dyn Backlog>,
    grain: Grain,
    state: Mutex<State>,
    /// No leaf of this round starts any more. Written under no lock and read before each leaf, `Relaxed`: whoever sees
    /// it late runs one more leaf, and what has to be exact is in `state`.
    stopping: AtomicBool,
    /// Sticky, unlike `stopping`. Set before `stopping`, read under the lock.
    aborted: AtomicBool,
    completed: AtomicUsize,
    /// How many units of the first stage are there. `Release` when the owner has written them, `Acquire` before they are
    /// dealt out.
    provided: AtomicUsize,
    /// Tickets in the pool's queue: they are part of the backlog, and nobody to make way for.
    waiting: AtomicUsize,
    /// Leaves in a row that were slow although they could not be smaller.
    slow: AtomicUsize,
    busy: Box<[AtomicBool]>,
    /// How to interrupt those who are seated, by their tickets. Who interrupts holds the lock, which who rises takes.
    interrupts: Mutex<Vec<(usize, Interrupt)>>,
    /// Questions of the watch that nobody has answered yet.
    probes: AtomicUsize,
}

/// How long the leaves of others may go on when a thread is being ended.
const PATIENCE: Duration = Duration::from_millis(500);

impl Session {
    /// A session over `stages[0]` units, then `stages[1]` units, and so on.
    pub fn new(stages: &[usize], options: Options, backlog: Box<dyn Backlog>) -> Self {
        let stage = stages.iter().position(|units| *units > 0).unwrap_or(stages.len());
        let phase = if stage == stages.len() { Phase::Ended(End::Done) } else { Phase::Idle };
        let pending = stages.get(stage).map(|units| 0..*units).into_iter().collect();
        Self {
            stages: stages.into(),
            backlog,
            grain: options.target.map_or_else(Grain::fixed, Grain::adaptive),
            state: Mutex::new(State { phase, stage, pending, failure: None, left: false }),
            stopping: AtomicBool::new(false),
            aborted: AtomicBool::new(false),
            completed: AtomicUsize::new(0),
            provided: AtomicUsize::new(if options.ready { usize::MAX } else { 0 }),
            waiting: AtomicUsize::new(0),
            slow: AtomicUsize::new(0),
            busy: (0..options.workers).map(|_| AtomicBool::new(false)).collect(),
            interrupts: Mutex::default(),
            probes: AtomicUsize::new(0),
            options,
        }
    }

    /// A panic inside a lock would be a bug of this file; the state is whole between any two statements all the same.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be told before a ticket is put into the pool's queue.
    pub fn issue(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// The first `units` units of the first stage are there.
    pub fn provide(&self, units: usize) {
        self.provided.store(units, Ordering::Release);
    }

    /// Helps until the round ends, calling `leaf` on this thread only. `ticket` tells the helpers apart.
    pub fn join(self: &Arc<Self>, ticket: usize, leaf: &dyn Leaf) -> Result<Joined, JoinError> {
        // A ticket that was run twice must not make the count wrap.
        let _ = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        if leaf::is_seated() {
            return Err(JoinError::Nested);
        }
        let seat = {
            let mut state = self.state();
            if matches!(state.phase, Phase::Idle) {
                let (seats, pool) = self.open()?;
                state.phase = Phase::Open(seats, pool);
            }
            match &mut state.phase {
                Phase::Ended(end) => return Ok(Joined::Ended(*end)),
                Phase::Open(seats, _) if !self.stopping.load(Ordering::Relaxed) => seats.pop(),
                _ => None,
            }
        };
        let Some(seat) = seat else {
            return Ok(Joined::Later);
        };
        let interrupt = leaf.interrupt();
        let interruptible = interrupt.is_some();
        if let Some(interrupt) = interrupt {
            self.interrupts().push((ticket, interrupt));
        }
        leaf::seated(leaf, ticket, || seat.run());
        if interruptible {
            self.interrupts().retain(|(other, _)| *other != ticket);
        }
        Ok(match self.state().phase {
            Phase::Ended(end) => Joined::Ended(end),
            _ => Joined::Yielded,
        })
    }

    /// Opens a round. Called with the state locked, so that nobody sees it half open.
    fn open(self: &Arc<Self>) -> Result<(Vec<ThreadBuilder>, ThreadPool), ThreadPoolBuildError> {
        let mut seats = Vec::with_capacity(self.options.workers);
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.options.workers)
            .spawn_handler(|seat| {
                seats.push(seat);
                Ok(())
            })
            // Whatever panics, `Closing` has ended the round; without a handler rayon would end the process.
            .panic_handler(|_| ())
            .build()?;
        self.stopping.store(self.aborted.load(Ordering::Relaxed), Ordering::Relaxed);
        let round = Round::new(Arc::clone(self));
        pool.spawn(move || round.root());
        watch::expect(self);
        Ok((seats, pool))
    }

    fn interrupts(&self) -> MutexGuard<'_, Vec<(usize, Interrupt)>> {
        self.interrupts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has those who wait in the round asked whether they go on. False: no round is open.
    pub(crate) fn probe(self: &Arc<Self>) -> bool {
        let state = self.state();
        let Phase::Open(_, pool) = &state.phase else { return false };
        // With the lock held, so that the root is not over and the threads, as far as they are free, answer.
        if self.probes.load(Ordering::Relaxed) == 0 {
            for _ in 0..self.options.workers {
                self.probes.fetch_add(1, Ordering::Relaxed);
                let session = Arc::clone(self);
                pool.spawn(move || session.answer());
            }
        }
        true
    }

    fn answer(&self) {
        self.probes.fetch_sub(1, Ordering::Relaxed);
        if let Some(seat) = leaf::seat().filter(|seat| !seat.goes_on()) {
            self.stopping.store(true, Ordering::Relaxed);
            self.aborted.store(true, Ordering::Relaxed);
            self.cut_short(seat.ticket);
        }
    }

    /// The thread of this ticket is being ended: the others' leaves have to end too.
    fn cut_short(&self, ticket: usize) {
        let others = || self.busy().into_iter().filter(|other| *other != ticket).collect::<Vec<_>>();
        let started = Instant::now();
        while !others().is_empty() && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        let busy = others();
        for (other, interrupt) in self.interrupts().iter() {
            if busy.contains(other) {
                interrupt();
            }
        }
    }

    /// Starts no more leaves. Those that run are not interrupted.
    pub fn abort(&self) {
        let mut state = self.state();
        self.aborted.store(true, Ordering::Relaxed);
        self.stopping.store(true, Ordering::Relaxed);
        if matches!(state.phase, Phase::Idle) {
            state.phase = Phase::Ended(End::Aborted);
        }
    }

    /// How it ended; `None` as long as it goes on.
    pub fn end(&self) -> Option<End> {
        match self.state().phase {
            Phase::Ended(end) => Some(end),
            _ => None,
        }
    }

    /// Whether a round is open that takes nobody in any more.
    pub fn is_closing(&self) -> bool {
        matches!(self.state().phase, Phase::Open(..)) && self.stopping.load(Ordering::Relaxed)
    }

    /// Units done so far, of all stages.
    pub fn completed(&self) -> usize {
        self.completed.load(Ordering::Relaxed)
    }

    /// What is left to do of the current stage, and its number. Meaningful between rounds and after the end.
    pub fn pending(&self) -> (usize, Vec<Range<usize>>) {
        let state = self.state();
        (state.stage, state.pending.clone())
    }

    /// The tickets whose holders are inside a leaf at this moment.
    pub fn busy(&self) -> Vec<usize> {
        (0..self.busy.len()).filter(|ticket| self.busy[*ticket].load(Ordering::Relaxed)).collect()
    }
}
