//! The scaling of an elastic pool: looking at it, adding workers that would help and parting with those that are not
//! needed.

use std::time::Duration;

use super::Pool;
use crate::{
    elastic::{Elastic, LOOK, Scale, Shortage},
    sync::{Ordering, fence, lock},
};

impl Pool {
    /// Makes it elastic, or changes its bounds.
    pub fn scale(&self, scale: Scale) {
        let before = lock(&self.elastic).replace(Elastic::new(scale));
        let size = if before.is_some() { self.size().min(scale.max) } else { 0 };
        let size = size.max(scale.base());
        self.set_size(size, scale.max);
    }

    /// Looks whether the pool has too few workers or too many, and does what can be done here: its size grows, so that
    /// more can be hired, and workers that are not needed are asked to leave. `process` is the processor time that the
    /// process has had so far. Gives how long to wait until the next look; `None`: until somebody finds that it has
    /// room, or a worker has come.
    pub fn look(&self, now: u64, process: Duration) -> Option<Duration> {
        let mut elastic = lock(&self.elastic);
        let elastic = elastic.as_mut()?;
        let less = self.part_with_unneeded(elastic, now);
        let more = self.grow(elastic, now, process);
        less.into_iter().chain(more).min()
    }

    /// How many workers an elastic pool keeps; none where it is not elastic.
    #[must_use]
    pub fn least(&self) -> Option<usize> {
        lock(&self.elastic).as_ref().map(|elastic| elastic.scale.min)
    }

    fn grow(&self, elastic: &mut Elastic, now: u64, process: Duration) -> Option<Duration> {
        let most = elastic.scale.max;
        if self.size() >= most {
            return None;
        }
        if self.is_full(self.staff()) {
            // Whoever makes room says so.
            elastic.begin_anew();
            self.room.store(most, Ordering::Relaxed);
            return None;
        }
        if !self.is_short() {
            elastic.begin_anew();
            self.room.store(most, Ordering::Relaxed);
            // Pairs with the fence in `Idle::wake_one`: either whoever pushes sees the room, or its task is seen here.
            fence(Ordering::SeqCst);
            if !self.is_short() {
                return None;
            }
        }
        // From here on it is being watched, and nobody need say so again.
        self.room.store(self.size(), Ordering::Relaxed);
        if self.staff() < self.size() || self.is_starting() {
            // Those that are coming are to be seen at work first.
            elastic.begin_anew();
            return Some(LOOK);
        }
        let shortage = Shortage { staff: self.staff(), backlog: self.backlog() };
        let workers = self.serving(<[_]>::to_vec);
        let demands = workers.iter().filter_map(|worker| Some((worker.id(), worker.demand()?))).collect();
        let more = elastic.growth(now, shortage, demands, process);
        if more > 0 {
            let size = self.size() + more;
            self.size.store(size, Ordering::Relaxed);
            self.room.store(size, Ordering::Relaxed);
        }
        Some(LOOK)
    }

    /// Whether tasks wait although nobody sleeps who could take them.
    fn is_short(&self) -> bool {
        (self.has_waiting(false) && self.sleeping() == 0) || (self.ordered.has_exclusive() && !self.idle.has_alone())
    }

    fn part_with_unneeded(&self, elastic: &mut Elastic, now: u64) -> Option<Duration> {
        let Scale { min, idle, .. } = elastic.scale;
        if self.staff() <= min {
            elastic.counting = None;
            return None;
        }
        let since = elastic.counting.map(|since| Duration::from_nanos(now.saturating_sub(since)));
        if let Some(rest) = since.and_then(|since| idle.checked_sub(since)).filter(|rest| !rest.is_zero()) {
            return Some(rest);
        }
        if since.is_some() {
            let mut leaving = self.idle.unneeded();
            leaving.truncate(self.staff().saturating_sub(min));
            let size = self.size().saturating_sub(leaving.len()).max(elastic.scale.base());
            self.size.store(size, Ordering::Relaxed);
            self.retire(leaving.into_iter());
        }
        elastic.counting = Some(now);
        self.idle.count_anew();
        (self.staff() > min).then_some(idle)
    }

    /// The caller that watched the pool may be gone: whoever finds all workers busy says so again.
    pub(super) fn watch_anew(&self) {
        if let Some(elastic) = lock(&self.elastic).as_mut() {
            elastic.begin_anew();
            self.room.store(elastic.scale.max, Ordering::Relaxed);
        }
    }
}
