//! Highest response ratio next: of the tasks that wait, the one whose waiting is longest beside the time that tasks of
//! its kind take to run.
//!
//! The ratio of a task is `1 + waited / mean`, so that short tasks come first and a long one comes the nearer the longer
//! it waits. Tasks of one kind stand in one line, since among them the oldest has the highest ratio; so only the heads of
//! the lines are compared. Of each head there stand, side by side, the two numbers of which its ratio is made at any
//! moment, `offset + slope * now`.

use std::collections::{HashMap, VecDeque};

use crate::task::{Record, Task};

/// The mean running time is that of the last so many runs.
const RUNS: usize = 16;
/// The running time of a kind of which none has run, where nothing at all has: a millisecond.
const UNKNOWN: f64 = 1e6;
/// So many points of priority double a ratio.
const DOUBLES: f64 = 10.0;
/// So many steps a point has: a step changes a ratio by less than half a hundredth. Were each priority to have a line of
/// its own, there might be as many as tasks.
const STEPS: f64 = 16.0;
/// So many kinds are remembered; beyond, those of which none waits are forgotten.
const KINDS: usize = 4096;

/// A kind of tasks, and a priority.
type Key = (u64, u64);

/// The last running times of a kind.
#[derive(Default)]
struct Runs {
    times: [u64; RUNS],
    count: usize,
    sum: u64,
}

impl Runs {
    fn add(&mut self, time: u64) {
        let last = &mut self.times[self.count % RUNS];
        self.sum = self.sum - *last + time;
        *last = time;
        self.count += 1;
    }

    /// At least a nanosecond, so that a ratio is a number.
    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum as f64 / self.count.min(RUNS) as f64).max(1.0))
    }
}

/// Tasks of one kind and priority, in the order in which they came.
struct Line {
    waiting: VecDeque<(u64, Record)>,
    weight: f64,
    /// Where its head stands.
    place: usize,
}

/// All lines, and the heads of those that are not empty.
pub(crate) struct Ratios {
    kinds: HashMap<u64, Runs>,
    /// All runs, for kinds that are not known.
    all: Runs,
    lines: HashMap<Key, Line>,
    slopes: Vec<f64>,
    offsets: Vec<f64>,
    keys: Vec<Key>,
    len: usize,
}

fn key_of(task: &Task) -> Key {
    task.control()
        .map_or((0, 0.0_f64.to_bits()), |control| (u64::from(control.kind), step_of(control.priority).to_bits()))
}

/// The priority to the nearest step. Both zeros are one.
fn step_of(priority: f64) -> f64 {
    (priority * STEPS).round() / STEPS + 0.0
}

/// What a ratio is multiplied with for a priority, given by its bits.
fn weight_of(priority: u64) -> f64 {
    (f64::from_bits(priority) / DOUBLES).exp2().clamp(f64::MIN_POSITIVE, f64::MAX.sqrt())
}

impl Ratios {
    pub(crate) fn new() -> Self {
        Self {
            kinds: HashMap::new(),
            all: Runs::default(),
            lines: HashMap::new(),
            slopes: Vec::new(),
            offsets: Vec::new(),
            keys: Vec::new(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, task: Record, now: u64) {
        let key = key_of(&task);
        let weight = weight_of(key.1);
        let line = self.lines.entry(key).or_insert_with(|| Line { waiting: VecDeque::new(), weight, place: 0 });
        // One that comes back may be older than those that wait.
        let behind = line.waiting.iter().rev().take_while(|(arrival, _)| *arrival > now).count();
        let at = line.waiting.len() - behind;
        line.waiting.insert(at, (now, task));
        self.len += 1;
        if at == 0 && behind > 0 {
            self.place(key);
        } else if line.waiting.len() == 1 {
            line.place = self.keys.len();
            self.keys.push(key);
            self.slopes.push(0.0);
            self.offsets.push(0.0);
            self.place(key);
        }
    }

    /// Moves what has been settled to `settled`.
    pub(crate) fn sweep(&mut self, settled: &mut Vec<Record>) {
        self.keys.clear();
        self.slopes.clear();
        self.offsets.clear();
        self.len = 0;
        for line in std::mem::take(&mut self.lines).into_values() {
            for (arrival, task) in line.waiting {
                if task.is_queued() {
                    self.push(task, arrival);
                } else {
                    settled.push(task);
                }
            }
        }
    }

    /// The head with the highest ratio.
    pub(crate) fn pop(&mut self, now: u64) -> Option<Record> {
        let key = *self.keys.get(self.highest(now as f64)?)?;
        let line = self.lines.get_mut(&key)?;
        let (_, task) = line.waiting.pop_front()?;
        self.len -= 1;
        if line.waiting.is_empty() {
            let place = line.place;
            self.lines.remove(&key);
            self.keys.swap_remove(place);
            self.slopes.swap_remove(place);
            self.offsets.swap_remove(place);
            if let Some(moved) = self.keys.get(place).and_then(|key| self.lines.get_mut(key)) {
                moved.place = place;
            }
        } else {
            self.place(key);
        }
        Some(task)
    }

    /// The highest ratio of all that wait.
    pub(crate) fn best(&self, now: u64) -> Option<f64> {
        let now = now as f64;
        self.highest(now).map(|place| self.slopes[place] * now + self.offsets[place])
    }

    /// The ratio of a task that came at this moment and waits elsewhere.
    pub(crate) fn of(&self, task: &Task, arrival: u64, now: u64) -> f64 {
        let (kind, priority) = key_of(task);
        weight_of(priority) * (1.0 + now.saturating_sub(arrival) as f64 / self.mean(kind))
    }

    fn mean(&self, kind: u64) -> f64 {
        self.kinds.get(&kind).and_then(Runs::mean).or_else(|| self.all.mean()).unwrap_or(UNKNOWN)
    }

    /// Where the head stands whose ratio is the highest. In lanes, which the compiler makes instructions for several
    /// heads at once of: there may be a thousand.
    fn highest(&self, now: f64) -> Option<usize> {
        const LANES: usize = 8;
        let ratio = |(slope, offset): (&f64, &f64)| slope * now + offset;
        let mut best = [f64::NEG_INFINITY; LANES];
        let (slopes, offsets) = (self.slopes.chunks_exact(LANES), self.offsets.chunks_exact(LANES));
        let rest = slopes.remainder().iter().zip(offsets.remainder()).map(ratio);
        let rest = rest.fold(f64::NEG_INFINITY, f64::max);
        for (slopes, offsets) in slopes.zip(offsets) {
            for ((best, slope), offset) in best.iter_mut().zip(slopes).zip(offsets) {
                let ratio = slope * now + offset;
                *best = if ratio > *best { ratio } else { *best };
            }
        }
        let highest = best.into_iter().fold(rest, f64::max);
        self.slopes.iter().zip(&self.offsets).position(|head| ratio(head) >= highest)
    }

    /// A task has run for so long.
    pub(crate) fn ran(&mut self, task: &Task, duration: u64) {
        self.all.add(duration);
        let (kind, _) = key_of(task);
        if self.kinds.len() >= KINDS && !self.kinds.contains_key(&kind) {
            let waiting: std::collections::HashSet<_> = self.keys.iter().map(|(kind, _)| *kind).collect();
            self.kinds.retain(|kind, _| waiting.contains(kind));
        }
        self.kinds.entry(kind).or_default().add(duration);
        // Few priorities are in use: a kind has few lines.
        let key = key_of(task);
        self.place(key);
    }

    /// Notes of what the ratio of a line's head is made.
    fn place(&mut self, key: Key) {
        let Some(line) = self.lines.get(&key) else {
            return;
        };
        let Some((arrival, _)) = line.waiting.front() else {
            return;
        };
        let slope = line.weight / self.mean(key.0);
        self.slopes[line.place] = slope;
        self.offsets[line.place] = line.weight - slope * *arrival as f64;
    }
}
