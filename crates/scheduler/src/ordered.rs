//! The ordered queue: tasks that do not simply stand in line, and whoever comes after them while they wait.
//!
//! A pool whose tasks have no priority and are not exclusive never looks here. See the crate's README, 'Order'.

use std::{
    cmp::Ordering as Compared,
    collections::{BinaryHeap, VecDeque},
};

use crate::{
    exclusives::Exclusives,
    ratios::Ratios,
    sync::{Arc, AtomicU64, Mutex, Ordering, lock},
    task::{Record, Task},
    worker::WorkerShared,
};

/// Nanoseconds of waiting that a point of priority is worth.
const POINT: f64 = 1e9;

/// In the state: every task goes through here.
const ALL: u64 = 1 << 63;
/// In the state: one exclusive task. Below stands how many others wait.
const EXCLUSIVE: u64 = 1 << 32;

/// A task with a priority.
struct Entry {
    /// The moment at which it would have come, had it no priority.
    key: i64,
    /// Which comes first where the keys are the same.
    number: u64,
    task: Record,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Compared::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Compared> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The heap gives the greatest: the one that comes first.
    fn cmp(&self, other: &Self) -> Compared {
        (other.key, other.number).cmp(&(self.key, self.number))
    }
}

/// What waits here.
struct Lines {
    /// When there was none the last time: what stands in the pool's own queue is at least as old.
    since: i64,
    number: u64,
    /// Those without a priority, which came after one that has one.
    plain: VecDeque<(i64, Record)>,
    others: BinaryHeap<Entry>,
    /// All of those, in a pool that goes by response ratios.
    ratios: Option<Ratios>,
    /// Those that only a worker without another task may take.
    exclusives: Exclusives,
}

impl Lines {
    /// How many there are that any worker may take.
    fn open(&self) -> usize {
        self.plain.len() + self.others.len() + self.ratios.as_ref().map_or(0, Ratios::len)
    }

    /// The least key of those.
    fn key(&self) -> i64 {
        let plain = self.plain.front().map_or(i64::MAX, |(key, _)| *key);
        plain.min(self.others.peek().map_or(i64::MAX, |entry| entry.key))
    }

    /// Whether an exclusive task comes before all that wait here and in line.
    fn is_exclusive_first(&self, now: u64, line_waits: bool) -> bool {
        let open = self.key();
        let Some((key, first)) = self.exclusives.first() else {
            return false;
        };
        if let Some(ratios) = &self.ratios {
            return !line_waits
                && ratios.best(now).is_none_or(|best| ratios.of(&first.task, first.arrival, now) >= best);
        }
        key <= open && !(line_waits && self.since <= key)
    }

    fn pop(&mut self, now: u64, line_waits: bool) -> Option<Record> {
        if let Some(ratios) = &mut self.ratios {
            // What stands in line has been fetched before and given back.
            return if line_waits { None } else { ratios.pop(now) };
        }
        let plain = self.plain.front().map(|(key, _)| *key);
        let other = self.others.peek().map(|entry| entry.key);
        let first = plain.into_iter().chain(other).min()?;
        if line_waits && self.since <= first {
            return None;
        }
        // Any number may be a key.
        if plain == Some(first) {
            return self.plain.pop_front().map(|(_, task)| task);
        }
        self.others.pop().map(|entry| entry.task)
    }
}

/// The queue.
pub(crate) struct Ordered {
    /// How many wait of either sort, and whether every task goes through here. Read without the lock, written with it.
    state: AtomicU64,
    lines: Mutex<Lines>,
}

#[expect(clippy::cast_possible_truncation, reason = "a priority beyond all time is as good as the first or the last")]
fn key_of(task: &Task, now: i64) -> Option<i64> {
    let priority = task.control().map_or(0.0, |control| control.priority);
    (priority != 0.0).then(|| now.saturating_sub((priority * POINT) as i64))
}

impl Ordered {
    pub(crate) fn new() -> Self {
        let lines = Lines {
            since: 0,
            number: 0,
            plain: VecDeque::new(),
            others: BinaryHeap::new(),
            ratios: None,
            exclusives: Exclusives::new(),
        };
        Self { state: AtomicU64::new(0), lines: Mutex::new(lines) }
    }

    /// From now on every task goes through here, and the one with the highest response ratio comes next.
    pub(crate) fn go_by_ratios(&self) {
        let mut lines = lock(&self.lines);
        lines.ratios.get_or_insert_with(Ratios::new);
        self.count(&lines);
    }

    /// Whether it is to be told how long tasks run.
    pub(crate) fn measures(&self) -> bool {
        self.state.load(Ordering::Relaxed) & ALL != 0
    }

    /// A task has run for so long.
    pub(crate) fn ran(&self, task: &Task, duration: u64) {
        if let Some(ratios) = &mut lock(&self.lines).ratios {
            ratios.ran(task, duration);
        }
    }

    fn waiting(&self) -> u64 {
        // Relaxed, here and below: the fences of sleeping and waking order it, as they do for the other queues.
        self.state.load(Ordering::Relaxed) & !ALL
    }

    /// How many wait here.
    pub(crate) fn len(&self) -> usize {
        let waiting = self.waiting();
        usize::try_from(waiting / EXCLUSIVE + waiting % EXCLUSIVE).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Whether there is one that any worker may take.
    pub(crate) fn is_open(&self) -> bool {
        !self.waiting().is_multiple_of(EXCLUSIVE)
    }

    /// Whether there is one that only a worker without another task may take.
    pub(crate) fn has_exclusive(&self) -> bool {
        self.waiting() >= EXCLUSIVE
    }

    /// Whether a task belongs here: it does not simply stand in line, or others that came before it wait here.
    pub(crate) fn takes(&self, task: &Task) -> bool {
        self.state.load(Ordering::Relaxed) != 0 || task.is_ordered()
    }

    pub(crate) fn push(&self, task: Record, now: u64) {
        // One that comes back has not lost what it had waited.
        let now = task.control().map_or(now, |control| control.arrive(now));
        let mut lines = lock(&self.lines);
        let arrival = i64::try_from(now).unwrap_or(i64::MAX);
        if lines.open() + lines.exclusives.len() == 0 {
            lines.since = arrival;
        }
        lines.number += 1;
        let number = lines.number;
        let key = key_of(&task, arrival);
        if task.is_exclusive() {
            lines.exclusives.push((key.unwrap_or(arrival), number), now, task);
        } else if let Some(ratios) = &mut lines.ratios {
            ratios.push(task, now);
        } else {
            match key {
                None => lines.plain.push_back((arrival, task)),
                Some(key) => lines.others.push(Entry { key, number, task }),
            }
        }
        self.count(&lines);
    }

    /// The task that comes next of those that any worker may take, unless that is one of those that stand in line.
    pub(crate) fn pop(&self, now: u64, line_waits: bool) -> Option<Record> {
        let mut lines = lock(&self.lines);
        let task = lines.pop(now, line_waits);
        self.count(&lines);
        task
    }

    /// Takes out what has been settled. The rest keeps its place.
    pub(crate) fn sweep(&self) {
        let mut lines = lock(&self.lines);
        let mut settled = Vec::new();
        for (arrival, task) in std::mem::take(&mut lines.plain) {
            if task.is_queued() {
                lines.plain.push_back((arrival, task));
            } else {
                settled.push(task);
            }
        }
        for entry in std::mem::take(&mut lines.others).into_vec() {
            if entry.task.is_queued() {
                lines.others.push(entry);
            } else {
                settled.push(entry.task);
            }
        }
        if let Some(ratios) = &mut lines.ratios {
            ratios.sweep(&mut settled);
        }
        self.count(&lines);
        // Without the lock: the last task of a function has the workers forget that.
        drop(lines);
        drop(settled);
    }

    /// The same of all, for a worker that runs no other. Gives the workers, too, that have made room for nothing.
    pub(crate) fn pop_alone(
        &self,
        now: u64,
        line_waits: bool,
        worker: &Arc<WorkerShared>,
    ) -> (Option<Record>, Vec<Arc<WorkerShared>>) {
        let mut lines = lock(&self.lines);
        let first = lines.is_exclusive_first(now, line_waits);
        let task = if first { lines.exclusives.pop() } else { lines.pop(now, line_waits) };
        lines.exclusives.has_drained(worker);
        self.count(&lines);
        (task, lines.exclusives.release())
    }

    /// Whether a worker that runs others is to make room for the task that comes next. Gives the workers, too, that have
    /// made room for nothing.
    pub(crate) fn drain(
        &self,
        now: u64,
        line_waits: bool,
        worker: &Arc<WorkerShared>,
    ) -> (bool, Vec<Arc<WorkerShared>>) {
        let mut lines = lock(&self.lines);
        let drains = lines.is_exclusive_first(now, line_waits) && lines.exclusives.drain(worker, now);
        if !drains {
            lines.exclusives.has_drained(worker);
        }
        self.count(&lines);
        (drains, lines.exclusives.release())
    }

    /// An exclusive task has settled. Gives the workers that have made room for nothing.
    pub(crate) fn forget(&self, task: &Task) -> Vec<Arc<WorkerShared>> {
        let mut lines = lock(&self.lines);
        lines.exclusives.remove(task);
        self.count(&lines);
        lines.exclusives.release()
    }

    /// Any of them, where nobody will run them.
    pub(crate) fn pop_any(&self) -> Option<Record> {
        let mut lines = lock(&self.lines);
        let task = lines.pop(0, false).or_else(|| lines.exclusives.pop());
        self.count(&lines);
        task
    }

    fn count(&self, lines: &Lines) {
        let all = if lines.ratios.is_some() { ALL } else { 0 };
        let exclusives = lines.exclusives.len() as u64 * EXCLUSIVE;
        self.state.store(lines.open() as u64 | exclusives | all, Ordering::Relaxed);
    }
}
