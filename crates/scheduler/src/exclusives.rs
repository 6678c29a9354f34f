//! The exclusive tasks that wait, in their order, and the workers that make room for the first of them.

use std::collections::{BTreeMap, HashMap};

use crate::{
    sync::Arc,
    task::{Record, Task},
    worker::WorkerShared,
};

/// Nanoseconds after which another worker makes room as well.
const PATIENCE: u64 = 1_000_000_000;

/// Where a task stands: the moment at which it would have come, had it no priority, and which of several comes first.
type Place = (i64, u64);

/// One that waits.
pub(crate) struct Exclusive {
    /// When it came.
    pub(crate) arrival: u64,
    pub(crate) task: Record,
}

/// All of them. Belongs to the ordered queue, with whose lock it is read and written.
pub(crate) struct Exclusives {
    waiting: BTreeMap<Place, Exclusive>,
    /// By where their records lie.
    places: HashMap<usize, Place>,
    /// The workers that take nothing until they are alone with one of these.
    drainers: Vec<Arc<WorkerShared>>,
    /// When the last of them began to.
    began: u64,
}

fn address(task: &Task) -> usize {
    std::ptr::from_ref(task) as usize
}

impl Exclusives {
    pub(crate) fn new() -> Self {
        Self { waiting: BTreeMap::new(), places: HashMap::new(), drainers: Vec::new(), began: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn push(&mut self, place: Place, arrival: u64, task: Record) {
        self.places.insert(address(&task), place);
        self.waiting.insert(place, Exclusive { arrival, task });
    }

    /// The one that comes first, with its key.
    pub(crate) fn first(&self) -> Option<(i64, &Exclusive)> {
        self.waiting.first_key_value().map(|((key, _), first)| (*key, first))
    }

    pub(crate) fn pop(&mut self) -> Option<Record> {
        let (_, Exclusive { task, .. }) = self.waiting.pop_first()?;
        self.places.remove(&address(&task));
        Some(task)
    }

    /// A task has settled.
    pub(crate) fn remove(&mut self, task: &Task) {
        if let Some(place) = self.places.remove(&address(task)) {
            self.waiting.remove(&place);
        }
    }

    /// Whether this worker makes room from now on: nobody does, or those that do have not come to an end for a while.
    pub(crate) fn drain(&mut self, worker: &Arc<WorkerShared>, now: u64) -> bool {
        if worker.is_draining() {
            return true;
        }
        self.drainers.retain(|drainer| !drainer.is_condemned());
        if !self.drainers.is_empty() && now.saturating_sub(self.began) <= PATIENCE {
            return false;
        }
        self.began = now;
        worker.set_draining(true);
        self.drainers.push(Arc::clone(worker));
        true
    }

    /// This worker has got what it made room for, or something that comes before it.
    pub(crate) fn has_drained(&mut self, worker: &Arc<WorkerShared>) {
        if worker.is_draining() {
            worker.set_draining(false);
            self.drainers.retain(|drainer| !Arc::ptr_eq(drainer, worker));
        }
    }

    /// Lets those go on that made room for nothing, if none waits any more. They are to be told.
    pub(crate) fn release(&mut self) -> Vec<Arc<WorkerShared>> {
        if !self.waiting.is_empty() {
            return Vec::new();
        }
        let released = std::mem::take(&mut self.drainers);
        for worker in &released {
            worker.set_draining(false);
        }
        released
    }
}
