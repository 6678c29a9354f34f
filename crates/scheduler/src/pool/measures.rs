//! What the workers of a pool have measured.

use super::Pool;
use crate::{
    metrics::Measures,
    sync::{Arc, lock},
    worker::{WorkerId, WorkerShared},
};

/// What one worker has measured.
#[derive(Clone, Debug)]
pub struct WorkerMeasures {
    /// Its number.
    pub id: WorkerId,
    /// How many tasks it runs.
    pub running: usize,
    /// For how many nanoseconds it has run the task that it started last; 0 where it runs none.
    pub busy: u64,
    /// What it has measured.
    pub measures: Measures,
}

impl Pool {
    /// What its workers have measured, and what those that have ended had, together.
    #[must_use]
    pub fn measures(&self) -> (Vec<WorkerMeasures>, Measures) {
        let workers = self.serving(<[_]>::to_vec);
        let now = Self::now();
        let present = workers
            .iter()
            .map(|worker| {
                let (measures, running, started) = worker.measures();
                let busy = if running > 0 { now.saturating_sub(started) } else { 0 };
                WorkerMeasures { id: worker.id(), running, busy, measures }
            })
            .collect();
        (present, lock(&self.past).clone())
    }

    /// A worker goes, and what it has measured stays.
    pub(crate) fn remember(&self, worker: &Arc<WorkerShared>) {
        let measures = worker.take_measures();
        lock(&self.past).add(&measures);
    }
}
