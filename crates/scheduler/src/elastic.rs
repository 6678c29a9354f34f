//! How many workers an elastic pool shall have: what it remembers from one look to the next, and what follows from that.
//! The pool looks, hires and retires; here it is only decided.

use std::{collections::HashMap, time::Duration};

use crate::worker::WorkerId;

/// While tasks wait for want of a worker, the pool is looked at so often.
pub(crate) const LOOK: Duration = Duration::from_millis(25);
/// So many looks in a row have to agree before a worker is added.
const AGREED: u32 = 3;
/// A core that is idle for less than this share of the time is none that a worker could use.
const SPARE: f64 = 0.3;
/// As much of all cores as is left to whatever else runs.
const SHARE: f64 = 0.15;

/// The bounds of an elastic pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// How many workers stay, however little there is to do.
    pub min: usize,
    /// How many there are at most.
    pub max: usize,
    /// How many cores the process may use.
    pub cores: usize,
    /// A worker that has not been needed for so long leaves.
    pub idle: Duration,
}

impl Scale {
    /// How many workers may start without a look at the cores: each of them can have one of its own.
    pub(crate) fn base(&self) -> usize {
        self.cores.max(self.min).min(self.max)
    }
}

/// What is seen of a pool in which tasks wait for want of a worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortage {
    /// How many workers there are.
    pub(crate) staff: usize,
    /// How many tasks wait.
    pub(crate) backlog: usize,
}

/// What a worker asks of the processors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    /// How much time until now, as far as that has been counted.
    pub(crate) asked: Duration,
    /// Whether it asks for more at this moment.
    pub(crate) ready: bool,
}

/// What had been asked of the processors at one moment.
#[derive(Debug)]
struct Sample {
    at: u64,
    /// By each worker, as far as that is known.
    workers: HashMap<WorkerId, Demand>,
    /// By the process, as far as it got what it asked for.
    process: Duration,
}

/// What an elastic pool remembers.
#[derive(Debug)]
pub(crate) struct Elastic {
    pub(crate) scale: Scale,
    sample: Option<Sample>,
    /// How many looks in a row have found that another worker would help.
    agreed: u32,
    /// Since when it is being counted how many workers are needed.
    pub(crate) counting: Option<u64>,
}

impl Elastic {
    pub(crate) fn new(scale: Scale) -> Self {
        Self { scale, sample: None, agreed: 0, counting: None }
    }

    /// Nothing is known any more about what another worker would help: nobody waits, or the workers have changed.
    pub(crate) fn begin_anew(&mut self) {
        self.sample = None;
        self.agreed = 0;
    }

    /// How many workers to add. `workers` and `process` say how much processor time has been asked for until `now`.
    pub(crate) fn growth(
        &mut self,
        now: u64,
        shortage: Shortage,
        workers: HashMap<WorkerId, Demand>,
        process: Duration,
    ) -> usize {
        let before = self.sample.replace(Sample { at: now, workers, process });
        let (Some(before), Some(after)) = (before, &self.sample) else {
            return 0;
        };
        let more = Self::helpful(&self.scale, shortage, before.busy(after));
        self.agreed = if more > 0 { self.agreed + 1 } else { 0 };
        if self.agreed < AGREED {
            return 0;
        }
        self.begin_anew();
        more
    }

    /// How many more workers would find a core to run on, where `busy` of the cores are taken.
    fn helpful(scale: &Scale, Shortage { staff, backlog }: Shortage, busy: f64) -> usize {
        let cores = to_f64(scale.cores);
        let spare = cores - busy;
        if spare < SPARE.max(cores * SHARE) {
            return 0;
        }
        // What one more would take, as far as they are alike. No more than there are already, lest the next look finds
        // too many.
        let each = (busy / to_f64(staff.max(1))).max(0.01);
        let fit = to_usize(spare / each).max(1);
        fit.min(staff.max(1)).min(backlog).min(scale.max.saturating_sub(staff))
    }
}

impl Sample {
    /// How many cores have been busy, or would have been had there been enough of them, between this sample and a later
    /// one.
    fn busy(&self, after: &Self) -> f64 {
        let time = Duration::from_nanos(after.at.saturating_sub(self.at)).as_secs_f64().max(1e-3);
        let asked = after.workers.iter().map(|(id, demand)| match self.workers.get(id) {
            // One that is ready may have been waiting for a processor all the time, which is counted when it gets one.
            Some(before) if !demand.ready => demand.asked.saturating_sub(before.asked).as_secs_f64(),
            _ => time,
        });
        let got = after.process.saturating_sub(self.process).as_secs_f64();
        asked.sum::<f64>().max(got) / time
    }
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number, and one that is too large saturates"
)]
fn to_usize(count: f64) -> usize {
    count as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { min: 1, max: 16, cores: 4, idle: Duration::from_secs(1) };

    fn helpful(staff: usize, backlog: usize, busy: f64) -> usize {
        Elastic::helpful(&SCALE, Shortage { staff, backlog }, busy)
    }

    #[test]
    fn where_workers_only_wait_their_number_is_doubled_up_to_the_most() {
        assert_eq!(helpful(4, 100, 0.1), 4);
        assert_eq!(helpful(8, 100, 0.2), 8);
        assert_eq!(helpful(12, 100, 0.2), 4);
        assert_eq!(helpful(16, 100, 0.2), 0);
    }

    #[test]
    fn where_the_cores_are_busy_none_is_added() {
        assert_eq!(helpful(4, 100, 4.0), 0);
        assert_eq!(helpful(4, 100, 3.6), 0);
        // Asked for more than there is.
        assert_eq!(helpful(8, 100, 7.5), 0);
    }

    #[test]
    fn where_some_of_a_core_is_left_as_many_as_fit_are_added() {
        assert_eq!(helpful(4, 100, 2.0), 4);
        assert_eq!(helpful(6, 100, 3.0), 2);
        assert_eq!(helpful(4, 100, 3.3), 1);
    }

    #[test]
    fn no_more_are_added_than_tasks_wait() {
        assert_eq!(helpful(4, 1, 0.0), 1);
        assert_eq!(helpful(4, 0, 0.0), 0);
    }

    #[test]
    fn two_looks_are_not_enough() {
        let mut elastic = Elastic::new(SCALE);
        let shortage = Shortage { staff: 4, backlog: 9 };
        let mut look = |now: u64, busy: u64| elastic.growth(now, shortage, HashMap::new(), Duration::from_millis(busy));
        assert_eq!(look(0, 0), 0);
        assert_eq!(look(25_000_000, 0), 0);
        assert_eq!(look(50_000_000, 0), 0);
        // Busy in between: it has to be seen three times again.
        assert_eq!(look(75_000_000, 100), 0);
        assert_eq!(look(100_000_000, 100), 0);
        assert_eq!(look(125_000_000, 100), 0);
        assert_eq!(look(150_000_000, 100), 4);
        // The new ones are to be seen at work first.
        assert_eq!(look(175_000_000, 100), 0);
        assert_eq!(look(200_000_000, 100), 0);
        assert_eq!(look(225_000_000, 100), 0);
        assert_eq!(look(250_000_000, 100), 4);
    }
}
