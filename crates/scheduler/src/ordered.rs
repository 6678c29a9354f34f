//! The ordered queue: tasks that do not simply stand in line, and whoever comes after them while they wait.
//!
//! A pool whose tasks have no priority never looks here. See the crate's README, 'Order'.

use std::{
    cmp::Ordering as Compared,
    collections::{BinaryHeap, VecDeque},
};

use crate::{
    ratios::Ratios,
    sync::{Arc, AtomicUsize, Mutex, Ordering, lock},
    task::Task,
};

/// Nanoseconds of waiting that a point of priority is worth.
const POINT: f64 = 1e9;

/// In the state: every task goes through here.
const ALL: usize = 1 << (usize::BITS - 1);

/// A task with a priority.
struct Entry {
    /// The moment at which it would have come, had it no priority.
    key: i64,
    /// Which comes first where the keys are the same.
    number: u64,
    task: Arc<Task>,
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
    plain: VecDeque<(i64, Arc<Task>)>,
    others: BinaryHeap<Entry>,
    /// All of them, in a pool that goes by response ratios.
    ratios: Option<Ratios>,
}

impl Lines {
    fn len(&self) -> usize {
        self.plain.len() + self.others.len() + self.ratios.as_ref().map_or(0, Ratios::len)
    }

    fn pop(&mut self, now: u64, line_waits: bool) -> Option<Arc<Task>> {
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
    /// How many wait, and whether every task goes through here. Read without the lock, written with it.
    state: AtomicUsize,
    lines: Mutex<Lines>,
}

#[expect(clippy::cast_possible_truncation, reason = "a priority beyond all time is as good as the first or the last")]
fn key_of(task: &Task, now: i64) -> Option<i64> {
    let priority = task.control().map_or(0.0, |control| control.priority);
    (priority != 0.0).then(|| now.saturating_sub((priority * POINT) as i64))
}

impl Ordered {
    pub(crate) fn new() -> Self {
        let lines = Lines { since: 0, number: 0, plain: VecDeque::new(), others: BinaryHeap::new(), ratios: None };
        Self { state: AtomicUsize::new(0), lines: Mutex::new(lines) }
    }

    /// From now on every task goes through here, and the one with the highest response ratio comes next.
    pub(crate) fn go_by_ratios(&self) {
        let mut lines = lock(&self.lines);
        lines.ratios.get_or_insert_with(Ratios::new);
        self.state.store(lines.len() | ALL, Ordering::Relaxed);
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

    /// How many wait here.
    pub(crate) fn len(&self) -> usize {
        // Relaxed, here and below: the fences of sleeping and waking order it, as they do for the other queues.
        self.state.load(Ordering::Relaxed) & !ALL
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a task belongs here: it has a priority, or others that came before it wait here.
    pub(crate) fn takes(&self, task: &Task) -> bool {
        self.state.load(Ordering::Relaxed) != 0 || task.control().is_some_and(|control| control.priority != 0.0)
    }

    pub(crate) fn push(&self, task: Arc<Task>, now: u64) {
        // One that comes back has not lost what it had waited.
        let now = task.control().map_or(now, |control| control.arrive(now));
        let mut lines = lock(&self.lines);
        let arrival = i64::try_from(now).unwrap_or(i64::MAX);
        if lines.ratios.is_some() {
            if let Some(ratios) = &mut lines.ratios {
                ratios.push(task, now);
            }
        } else {
            if lines.len() == 0 {
                lines.since = arrival;
            }
            match key_of(&task, arrival) {
                None => lines.plain.push_back((arrival, task)),
                Some(key) => {
                    lines.number += 1;
                    let number = lines.number;
                    lines.others.push(Entry { key, number, task });
                }
            }
        }
        self.count(&lines);
    }

    /// The task that comes next, unless that is one of those that stand in line.
    pub(crate) fn pop(&self, now: u64, line_waits: bool) -> Option<Arc<Task>> {
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

    fn count(&self, lines: &Lines) {
        let all = if lines.ratios.is_some() { ALL } else { 0 };
        self.state.store(lines.len() | all, Ordering::Relaxed);
    }
}
