//! What workers measure: how long tasks waited and ran, by what they are called, and how long event loops were held.
//!
//! Each worker records for itself, under a lock that it holds anyway; whoever wants to know adds up what all of them
//! have. Values are nanoseconds, with two significant digits.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use hdrhistogram::Histogram;

/// What a task is called, as a number.
pub type Label = u32;

/// So many names are told apart in a process; the others share the first label, since each costs memory in each worker.
const NAMES: usize = 256;

/// The label of what is not told apart.
pub(crate) const OTHERS: Label = 0;

struct Labels {
    names: Vec<String>,
    labels: HashMap<String, Label>,
}

static LABELS: LazyLock<Mutex<Labels>> =
    LazyLock::new(|| Mutex::new(Labels { names: vec![String::from("(others)")], labels: HashMap::new() }));

/// The label of a name.
#[must_use]
pub fn label_of(name: &str) -> Label {
    let mut known = LABELS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(label) = known.labels.get(name) {
        return *label;
    }
    if known.names.len() > NAMES {
        return OTHERS;
    }
    let Ok(label) = Label::try_from(known.names.len()) else {
        return OTHERS;
    };
    known.names.push(name.to_owned());
    known.labels.insert(name.to_owned(), label);
    label
}

/// The name of a label.
#[must_use]
pub fn name_of(label: Label) -> String {
    let known = LABELS.lock().unwrap_or_else(PoisonError::into_inner);
    known.names.get(label as usize).cloned().unwrap_or_default()
}

/// Durations, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Durations(Option<Histogram<u64>>);

/// Two significant digits: one value in a hundred is off by one.
const DIGITS: u8 = 2;

impl Durations {
    fn record(&mut self, nanoseconds: u64, weight: u32) {
        if self.0.is_none() {
            self.0 = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.0 {
            // It grows as far as is needed; what it could not hold would be centuries.
            let _ = histogram.record_n(nanoseconds, weight.into());
        }
    }

    /// Adds what another one has.
    pub fn add(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Some(own), Some(other)) => {
                let _ = own.add(other);
            }
            (own @ None, Some(_)) => own.clone_from(&other.0),
            (_, None) => {}
        }
    }

    /// The histogram; none where nothing has been recorded.
    #[must_use]
    pub fn histogram(&self) -> Option<&Histogram<u64>> {
        self.0.as_ref()
    }
}

/// What is known of the tasks of one name.
#[derive(Clone, Debug, Default)]
pub struct TaskDurations {
    /// How many have ended by themselves.
    pub ended: u64,
    /// From the call to the start.
    pub waiting: Durations,
    /// From the start to the end.
    pub running: Durations,
}

/// So many tasks of a caller may be outstanding while each is measured; beyond, one in [`EVERY`] stands for all.
const FEW: usize = 64;
const EVERY: u32 = 8;
/// A task that has run for so long is recorded in any case.
const LONG: u64 = 100_000;

/// What is measured of how long a task waits: to look at the clock for each of very many short ones would cost more than
/// anything else that is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// When it was submitted.
    submitted: u64,
    /// For how many tasks it stands; 0: another one stands for it.
    weight: u32,
}

/// Chooses the tasks that are measured.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    passed: u32,
}

impl Sampler {
    /// For the next task of a caller that has so many outstanding.
    pub(crate) fn sample(&mut self, outstanding: usize, now: impl FnOnce() -> u64) -> Sample {
        if outstanding < FEW {
            return Sample { submitted: now(), weight: 1 };
        }
        self.passed += 1;
        if self.passed < EVERY {
            return Sample { submitted: 0, weight: 0 };
        }
        self.passed = 0;
        Sample { submitted: now(), weight: EVERY }
    }
}

/// Seconds of which it is known how many tasks ended in each.
const SECONDS: usize = 64;
const NANOSECONDS: u64 = 1_000_000_000;

/// How many tasks ended in each of the last seconds.
#[derive(Clone, Debug)]
struct Recent {
    counts: [u32; SECONDS],
    /// The last second that is counted.
    second: u64,
    /// When it is over, in nanoseconds.
    until: u64,
}

impl Recent {
    fn count(&mut self, now: u64) {
        if now >= self.until {
            self.forget_until(now / NANOSECONDS);
        }
        self.counts[(self.second % SECONDS as u64) as usize] += 1;
    }

    #[cold]
    fn forget_until(&mut self, second: u64) {
        let passed = second.saturating_sub(self.second).min(SECONDS as u64);
        for offset in 0..passed {
            self.counts[((second - offset) % SECONDS as u64) as usize] = 0;
        }
        self.second = self.second.max(second);
        self.until = (self.second + 1) * NANOSECONDS;
    }

    /// How many ended in the last `seconds`, the present one included.
    fn within(&self, seconds: u64, now: u64) -> u64 {
        let present = now / NANOSECONDS;
        let first = (present + 1).saturating_sub(seconds).max((self.second + 1).saturating_sub(SECONDS as u64));
        (first..=self.second).map(|second| u64::from(self.counts[(second % SECONDS as u64) as usize])).sum()
    }
}

/// What a worker has measured, or several of them together.
#[derive(Clone, Debug)]
pub struct Measures {
    by_label: Vec<Option<Box<TaskDurations>>>,
    /// From the call of a task to its end.
    pub latency: Durations,
    /// How long the event loop was held each time, so that timers and sockets had to wait.
    pub held: Durations,
    recent: Recent,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            by_label: Vec::new(),
            latency: Durations::default(),
            held: Durations::default(),
            recent: Recent { counts: [0; SECONDS], second: 0, until: 0 },
        }
    }
}

impl Measures {
    /// A task has ended at the moment `now`.
    pub(crate) fn ended(&mut self, label: Label, sample: Sample, started: u64, now: u64) {
        let index = label as usize;
        if self.by_label.len() <= index {
            self.by_label.resize_with(index + 1, || None);
        }
        let task = self.by_label[index].get_or_insert_default();
        task.ended += 1;
        self.recent.count(now);
        let Sample { submitted, weight } = sample;
        let ran = now.saturating_sub(started);
        if ran >= LONG {
            task.running.record(ran, 1);
        } else if weight > 0 {
            task.running.record(ran, weight);
        }
        if weight > 0 {
            task.waiting.record(started.saturating_sub(submitted), weight);
            self.latency.record(now.saturating_sub(submitted), weight);
        }
    }

    /// The event loop has been held for so long.
    pub(crate) fn turned(&mut self, held: u64) {
        self.held.record(held, 1);
    }

    /// Adds what somebody else has measured.
    pub fn add(&mut self, other: &Self) {
        if self.by_label.len() < other.by_label.len() {
            self.by_label.resize_with(other.by_label.len(), || None);
        }
        for (own, other) in self.by_label.iter_mut().zip(&other.by_label) {
            if let Some(other) = other {
                let own = own.get_or_insert_default();
                own.ended += other.ended;
                own.waiting.add(&other.waiting);
                own.running.add(&other.running);
            }
        }
        self.latency.add(&other.latency);
        self.held.add(&other.held);
        let second = other.recent.second;
        self.recent.forget_until(second.max(self.recent.second));
        for back in (self.recent.second + 1).saturating_sub(SECONDS as u64)..=second {
            let at = (back % SECONDS as u64) as usize;
            self.recent.counts[at] += other.recent.counts[at];
        }
    }

    /// What is known by name.
    pub fn by_label(&self) -> impl Iterator<Item = (Label, &TaskDurations)> {
        (0..).zip(&self.by_label).filter_map(|(label, task)| Some((label, task.as_deref()?)))
    }

    /// How many tasks have ended in the last `seconds`, up to a minute.
    #[must_use]
    pub fn ended_within(&self, seconds: u64, now: u64) -> u64 {
        self.recent.within(seconds, now)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const SECOND: u64 = NANOSECONDS;
    const NOW: Sample = Sample { submitted: 0, weight: 1 };

    #[test]
    fn adds_up_what_several_have_measured() {
        let (mut one, mut other) = (Measures::default(), Measures::default());
        one.ended(3, NOW, 10, 30);
        other.ended(3, NOW, 20, 40);
        other.ended(5, NOW, 2_000, SECOND);
        let mut all = Measures::default();
        all.add(&one);
        all.add(&other);
        let counts: Vec<_> =
            all.by_label().map(|(label, task)| (label, task.running.histogram().map_or(0, |h| h.len()))).collect();
        assert_eq!(counts, [(3, 2), (5, 1)]);
        assert_eq!(all.latency.histogram().map(|h| h.len()), Some(3));
        assert_eq!(all.latency.histogram().map(|h| h.min()), Some(30));
    }

    #[test]
    fn lets_one_of_many_short_ones_stand_for_all() {
        let mut sampler = Sampler::default();
        let mut measures = Measures::default();
        for outstanding in 0..64 + 80 {
            measures.ended(1, sampler.sample(outstanding, || 0), 10, 20);
        }
        for _ in 0..10 {
            measures.ended(1, sampler.sample(1000, || 0), 0, LONG);
        }
        let (_, task) = measures.by_label().next().expect("there is one");
        assert_eq!(task.ended, 154);
        assert_eq!(task.running.histogram().map(|h| h.len()), Some(154));
        assert_eq!(task.waiting.histogram().map(|h| h.len()), Some(152));
    }

    #[test]
    fn counts_what_ended_of_late() {
        let mut measures = Measures::default();
        for second in [1, 1, 30, 61, 100] {
            measures.ended(0, NOW, 0, second * SECOND + 5);
        }
        let now = 100 * SECOND + 7;
        assert_eq!(measures.ended_within(1, now), 1);
        assert_eq!(measures.ended_within(40, now), 2);
        assert_eq!(measures.ended_within(60, now), 2);
        assert_eq!(measures.ended_within(60, now + 60 * SECOND), 0);
        let mut all = Measures::default();
        all.ended(0, NOW, 0, 99 * SECOND);
        all.add(&measures);
        assert_eq!(all.ended_within(2, now), 2);
        measures.add(&all);
        assert_eq!(measures.ended_within(2, now), 3);
    }

    #[test]
    fn tells_names_apart_up_to_a_limit() {
        assert_eq!(label_of("render"), label_of("render"));
        assert_ne!(label_of("render"), label_of("resize"));
        assert_eq!(name_of(label_of("resize")), "resize");
        for number in 0..NAMES * 2 {
            assert!(label_of(&format!("task {number}")) as usize <= NAMES);
        }
        assert_eq!(label_of("one too many"), OTHERS);
        assert_eq!(name_of(OTHERS), "(others)");
        assert_ne!(label_of("render"), OTHERS);
    }
}
