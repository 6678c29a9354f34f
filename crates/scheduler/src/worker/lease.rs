//! Leases: the tasks that a worker runs, and how long each may go on.

use super::{Leased, NEVER};
use crate::{metrics::Measures, task::Record};

/// Nanoseconds that a task which watches its signal may go on once it is abandoned, unless its order says otherwise.
const WATCHED_GRACE: u64 = 1_000_000_000;
/// The same for one that has never asked for its signal. About as long as it takes to start another worker: to wait for
/// a task that ends by itself meanwhile is never much dearer than to replace its worker.
const UNWATCHED_GRACE: u64 = 50_000_000;

/// Why a task is abandoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its caller has cancelled it, for this reason.
    Cancelled(Box<[u8]>),
    /// It has run longer than its timeout.
    TimedOut,
}

/// A task that a worker runs.
pub(super) struct Lease {
    pub(super) task: Record,
    /// When it has run too long, or, once it is abandoned, when the worker is given up for it.
    due: u64,
    /// Whether it has asked for its signal.
    watched: bool,
    /// It has been settled by somebody else, then and for this cause.
    abandoned: Option<(u64, Cause)>,
}

impl Lease {
    fn grace(&self) -> u64 {
        let default = if self.watched { WATCHED_GRACE } else { UNWATCHED_GRACE };
        self.task.order().grace().unwrap_or(default)
    }
}

/// What a look at a worker's leases has found.
pub(crate) struct Due {
    /// The tasks that are due, and whether each is abandoned.
    pub(crate) tasks: Vec<(Record, bool)>,
    /// When to look again.
    pub(crate) next: u64,
}

/// All that a worker runs.
pub(super) struct Leases {
    /// By number. A worker that runs one task at a time has one entry.
    entries: Vec<Option<Lease>>,
    /// When the timekeeper looks at them next: not after the earliest moment at which one of them is due.
    looked_at: u64,
    /// Set by the reaper: nothing may start any more.
    pub(super) closed: bool,
    /// Whether tasks of a pool that wants it so run here side by side, and must not suffer for each other.
    pub(super) shared: bool,
    /// Whose fault it is that the worker ends.
    blame: Blame,
    /// What the worker has measured, here because whoever begins or ends a lease holds the lock.
    pub(super) measures: Measures,
}

/// Whose fault the end of a worker is.
#[derive(Clone, Copy)]
enum Blame {
    /// Nobody has said so.
    Unknown,
    /// That of a task which had been settled before.
    Settled,
    /// That of the task under this lease.
    Lease(Leased),
    /// Nobody's: the host of the worker has ended.
    Host,
}

/// The tasks that a worker ran when it ended, each with its part in that.
pub(crate) type Stranded = Vec<(Record, Part)>;

/// What a task that ran in a worker which has ended had to do with that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It is its fault, or it was alone.
    Guilty,
    /// It is another task's fault.
    Innocent,
    /// It was not alone, and nobody knows.
    Suspect,
    /// It is no task's fault.
    Bystander,
}

impl Leases {
    pub(super) fn new() -> Self {
        let (shared, blame, measures) = (false, Blame::Unknown, Measures::default());
        Self { entries: Vec::new(), looked_at: NEVER, closed: false, shared, blame, measures }
    }

    /// A lease for a task that may run until `due`.
    pub(super) fn add(&mut self, task: Record, due: u64) -> Leased {
        let lease = Some(Lease { task, due, watched: false, abandoned: None });
        let number = match self.entries.iter().position(Option::is_none) {
            Some(free) => {
                self.entries[free] = lease;
                free
            }
            None => {
                self.entries.push(lease);
                self.entries.len() - 1
            }
        };
        Leased::try_from(number).unwrap_or(Leased::MAX)
    }

    /// The worker lets go of a task.
    pub(super) fn remove(&mut self, lease: Leased) -> Option<Record> {
        if matches!(self.blame, Blame::Lease(blamed) if blamed == lease) {
            // The number may become another task's.
            self.pardon();
        }
        Some(self.entries.get_mut(lease as usize)?.take()?.task)
    }

    /// The worker goes on after all. One that was given up does not.
    pub(super) fn pardon(&mut self) {
        if matches!(self.blame, Blame::Lease(_)) {
            self.blame = Blame::Unknown;
        }
    }

    pub(super) fn get(&self, lease: Leased) -> Option<&Record> {
        self.entries.get(lease as usize)?.as_ref().map(|lease| &lease.task)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.iter().all(Option::is_none)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.iter().flatten().count()
    }

    /// The worker ends: takes all of them out, each with its part in that.
    pub(super) fn drain(&mut self) -> Stranded {
        let several = self.len() > 1;
        let part = |number: usize| match self.blame {
            Blame::Settled if self.shared => Part::Innocent,
            Blame::Lease(guilty) if self.shared && guilty as usize != number => Part::Innocent,
            Blame::Host if self.shared => Part::Bystander,
            Blame::Unknown if self.shared && several => Part::Suspect,
            _ => Part::Guilty,
        };
        let parts: Vec<_> = (0..self.entries.len()).map(part).collect();
        let held = self.entries.drain(..).zip(parts);
        held.filter_map(|(lease, part)| lease.map(|lease| (lease.task, part))).collect()
    }

    /// The worker will end through the fault of this task, unless somebody else was first.
    pub(super) fn blame(&mut self, lease: Leased) {
        if matches!(self.blame, Blame::Unknown) && self.get(lease).is_some() {
            self.blame = Blame::Lease(lease);
        }
    }

    /// The worker ends with its host, unless somebody was first.
    pub(super) fn acquit(&mut self) {
        if matches!(self.blame, Blame::Unknown) {
            self.blame = Blame::Host;
        }
    }

    /// The worker is given up for a task that has been settled, unless it is about to end anyway.
    pub(super) fn blame_settled(&mut self) {
        if matches!(self.blame, Blame::Unknown) {
            self.blame = Blame::Settled;
        }
    }

    /// A lease has become due at this moment. True: the timekeeper has to look earlier than it would have.
    pub(super) fn expect(&mut self, due: u64) -> bool {
        let earlier = due < self.looked_at;
        if earlier {
            self.looked_at = due;
        }
        earlier
    }

    /// What is due by `now`.
    pub(super) fn due(&mut self, now: u64) -> Due {
        let (mut tasks, mut next) = (Vec::new(), NEVER);
        for lease in self.entries.iter().flatten() {
            if lease.due <= now {
                tasks.push((Record::clone(&lease.task), lease.abandoned.is_some()));
            } else {
                next = next.min(lease.due);
            }
        }
        self.looked_at = next;
        Due { tasks, next }
    }

    /// Whether a task is among them for which the worker may be given up at any moment.
    pub(super) fn holds_abandoned(&self) -> bool {
        self.entries.iter().flatten().any(|lease| lease.abandoned.is_some())
    }

    pub(super) fn holds(&self, task: &Record) -> bool {
        self.entries.iter().flatten().any(|lease| Record::ptr_eq(&lease.task, task))
    }

    /// A task that runs has been settled by somebody else.
    pub(super) fn abandon(&mut self, task: &Record, now: u64, cause: Cause) -> Abandoning {
        let Some(lease) = self.entries.iter_mut().flatten().find(|lease| Record::ptr_eq(&lease.task, task)) else {
            return Abandoning::Over;
        };
        let grace = lease.grace();
        if grace == 0 {
            return Abandoning::AtOnce;
        }
        lease.due = now.saturating_add(grace);
        lease.abandoned = Some((now, cause));
        Abandoning::Until { due: lease.due, watched: lease.watched }
    }

    /// The task asks for its signal. True: it is abandoned already.
    pub(super) fn watch(&mut self, lease: Leased) -> Option<bool> {
        let lease = self.entries.get_mut(lease as usize)?.as_mut()?;
        lease.watched = true;
        let Some((since, _)) = &lease.abandoned else {
            return Some(false);
        };
        // It will heed the signal, and has as long as if it had asked before.
        lease.due = since.saturating_add(lease.grace());
        Some(true)
    }

    /// Why the task is abandoned; none: it is not.
    pub(super) fn cause(&self, lease: Leased) -> Option<Cause> {
        let (_, cause) = self.entries.get(lease as usize)?.as_ref()?.abandoned.as_ref()?;
        Some(cause.clone())
    }
}

/// What abandoning a task has found.
pub(super) enum Abandoning {
    /// The worker has let go of it.
    Over,
    /// It has no grace: the worker is given up.
    AtOnce,
    /// The worker may go on with it until then; where it watches its signal, it has to be told.
    Until { due: u64, watched: bool },
}
