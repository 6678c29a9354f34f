//! The synchronisation primitives that the protocol is built on: the standard library's and crossbeam's, or, where the
//! protocol is model-checked (`RUSTFLAGS="--cfg loom"`), loom's and small models made of them.

pub(crate) use std::sync::Arc;
use std::sync::PoisonError;

#[cfg(loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
};

#[cfg(not(loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
};

/// Locks a mutex whose data stay valid wherever a holder may have panicked: every critical section of this crate
/// moves whole values, so a poisoned lock guards nothing broken.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`], where nobody else can have it.
pub(crate) fn owned<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`], for readers.
pub(crate) fn read<T>(guarded: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    guarded.read().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`], for the one writer.
pub(crate) fn write<T>(guarded: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    guarded.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(loom))]
mod waiting {
    use std::time::{Duration, Instant};

    pub(crate) use crossbeam::sync::{Parker, Unparker};

    /// A while in which a worker looks again and again.
    pub(crate) struct Spin(Instant);

    impl Spin {
        pub(crate) fn of(duration: Duration) -> Self {
            Self(Instant::now() + duration)
        }

        /// Whether to look once more.
        pub(crate) fn goes_on(&mut self) -> bool {
            let goes_on = Instant::now() < self.0;
            if goes_on {
                // Not `yield_now`: on a busy machine that gives a whole time slice away.
                std::hint::spin_loop();
            }
            goes_on
        }
    }
}

#[cfg(loom)]
mod waiting {
    use std::time::Duration;

    use loom::sync::Condvar;

    use super::{Arc, Mutex, lock};

    /// The token, and who waits for it.
    #[derive(Clone)]
    pub(crate) struct Unparker(Arc<(Mutex<bool>, Condvar)>);

    pub(crate) struct Parker(Unparker);

    impl Parker {
        pub(crate) fn new() -> Self {
            Self(Unparker(Arc::new((Mutex::new(false), Condvar::new()))))
        }

        pub(crate) fn unparker(&self) -> &Unparker {
            &self.0
        }

        /// Without a bound, so that a wake-up that is lost is a deadlock, which loom reports.
        pub(crate) fn park_timeout(&self, _bound: Duration) {
            let (token, given) = &*self.0.0;
            let mut token = lock(token);
            while !*token {
                token = given.wait(token).unwrap_or_else(std::sync::PoisonError::into_inner);
            }
            *token = false;
        }
    }

    impl Unparker {
        pub(crate) fn unpark(&self) {
            *lock(&self.0.0) = true;
            self.0.1.notify_one();
        }
    }

    /// One look: more of the same would only be more states.
    pub(crate) struct Spin(bool);

    impl Spin {
        pub(crate) fn of(_duration: Duration) -> Self {
            Self(true)
        }

        pub(crate) fn goes_on(&mut self) -> bool {
            std::mem::take(&mut self.0)
        }
    }
}

pub(crate) use waiting::{Parker, Spin, Unparker};
