//! The memory of a pool's workers: what they report, and what the pool does where that is too much.

use super::Pool;
use crate::{
    sync::{Arc, Ordering, lock},
    worker::WorkerShared,
};

/// How full a pool is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Fine,
    /// Its callers are to know of it.
    High,
    /// Tasks wait until there is less.
    Full,
}

impl Level {
    /// A level is left only once there is clearly less, so that nothing goes to and fro.
    fn next(self, used: u64, limit: u64) -> Self {
        let above = |tenths: u64| used >= limit / 10 * tenths;
        match self {
            _ if used >= limit => Self::Full,
            Self::Full if above(9) => Self::Full,
            Self::Fine if above(8) => Self::High,
            Self::High | Self::Full if above(7) => Self::High,
            _ => Self::Fine,
        }
    }
}

/// What a pool knows of its memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Bytes that its workers may hold together; none where they may hold any number.
    limit: Option<u64>,
    /// Whether a worker that holds more than its share is replaced.
    strict: bool,
    level: Level,
}

impl Pool {
    /// Sets how many bytes its workers may hold together. Where it is `strict`, a worker that goes on holding more than its
    /// share is replaced.
    pub fn limit_memory(&self, limit: Option<u64>, strict: bool) {
        *lock(&self.memory) = Memory { limit, strict, level: Level::Fine };
        self.full.store(false, Ordering::Relaxed);
        self.update_level();
        // Where it was full, what waited because of it may go on.
        self.pass_on();
    }

    /// How many bytes its workers hold, as they have reported.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.serving(|workers| workers.iter().map(|worker| worker.held()).sum())
    }

    /// How many they may hold.
    #[must_use]
    pub fn memory_limit(&self) -> Option<u64> {
        lock(&self.memory).limit
    }

    /// Whether no worker is to be added, because they hold too much. One worker there is in any case, lest nothing is done
    /// any more.
    pub(super) fn is_full(&self, staff: usize) -> bool {
        staff > 0 && self.full.load(Ordering::Relaxed)
    }

    /// Sees how full the pool is. True: `worker` holds too much, for itself or because all of them do.
    pub(crate) fn weigh(&self, worker: &Arc<WorkerShared>) -> bool {
        let full = self.update_level();
        full || self.exceeds_share(worker)
    }

    fn exceeds_share(&self, worker: &Arc<WorkerShared>) -> bool {
        let memory = lock(&self.memory);
        let share = |limit| limit / u64::try_from(self.size().max(1)).unwrap_or(1);
        memory.strict && memory.limit.is_some_and(|limit| worker.held() > share(limit))
    }

    /// Sees how full the pool is, and has done what follows when that changes. True: it is full.
    fn update_level(&self) -> bool {
        let mut memory = lock(&self.memory);
        let Some(limit) = memory.limit else { return false };
        let before = memory.level;
        // With the lock held, so that no sum replaces a later one.
        let level = before.next(self.held(), limit);
        memory.level = level;
        self.full.store(level == Level::Full, Ordering::Relaxed);
        drop(memory);
        if level > before {
            for caller in self.known_callers() {
                caller.tell_memory(self.id);
            }
        }
        if level == Level::Full && before < level {
            // They give back what they hold by ending.
            self.retire(self.idle.sleepers().into_iter());
        }
        if before == Level::Full && level < before {
            // What waited because of it may go on.
            self.pass_on();
        }
        level == Level::Full
    }

    /// The worker leaves although tasks wait, because of what it holds. False: it goes on, as the last one has to, or one
    /// that has mail.
    pub(crate) fn release(&self, worker: &Arc<WorkerShared>) -> bool {
        let beyond = self.exceeds_share(worker);
        let left = self.change_roster(|roster| {
            let leaves = (beyond || self.is_full(roster.staff().saturating_sub(1))) && worker.close_if_idle();
            if leaves {
                roster.serving.retain(|serving| !Arc::ptr_eq(serving, worker));
            }
            leaves
        });
        if left {
            self.remember(worker);
            self.update_level();
            self.pass_on();
        }
        left
    }

    /// A worker has ended, and with it what it held.
    pub(super) fn lighten(&self) {
        if self.full.load(Ordering::Relaxed) {
            self.update_level();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn a_level_is_left_only_once_there_is_clearly_less() {
        let mut level = Level::Fine;
        let mut at = |used| {
            level = level.next(used, 100);
            level
        };
        assert_eq!(at(79), Level::Fine);
        assert_eq!(at(80), Level::High);
        assert_eq!(at(71), Level::High);
        assert_eq!(at(69), Level::Fine);
        assert_eq!(at(100), Level::Full);
        assert_eq!(at(95), Level::Full);
        assert_eq!(at(89), Level::High);
        assert_eq!(at(99), Level::High);
        assert_eq!(at(120), Level::Full);
        assert_eq!(at(10), Level::Fine);
    }
}
