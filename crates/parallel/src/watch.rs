//! The watch over rounds that last long: whether somebody who sits in one is being ended.
//!
//! A thread that waits in a round for another one's leaf cannot leave before that leaf ends, and one that waits does not
//! see that its isolate is being ended. Whoever ends isolates may do so one by one, each when the one before has ended:
//! then it waits for a thread that waits for a leaf of another isolate, whose turn has not come, and that may never end.
//! So one thread in the process looks at the rounds that last long, and asks their seats whether they go on.

use crate::session::Session;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// How often it looks. What lasts less is not looked at, or once.
const STEP: Duration = Duration::from_millis(500);

struct Watch {
    rounds: Mutex<Vec<Weak<Session>>>,
    some: Condvar,
}

/// A round of this session has been opened.
pub(crate) fn expect(session: &Arc<Session>) {
    static WATCH: OnceLock<Option<&'static Watch>> = OnceLock::new();
    // A system without a thread to give has no watch.
    let Some(watch) = WATCH.get_or_init(start) else { return };
    let mut rounds = watch.rounds();
    rounds.push(Arc::downgrade(session));
    if rounds.len() == 1 {
        watch.some.notify_one();
    }
}

fn start() -> Option<&'static Watch> {
    let watch: &'static Watch = Box::leak(Box::new(Watch { rounds: Mutex::default(), some: Condvar::new() }));
    let started = thread::Builder::new().name("tasklets watch".into()).spawn(move || watch.run());
    started.is_ok().then_some(watch)
}

impl Watch {
    /// Looks every so often while there are rounds; without any it sleeps.
    fn run(&self) {
        loop {
            let rounds = self.rounds();
            drop(self.some.wait_while(rounds, |rounds| rounds.is_empty()).unwrap_or_else(PoisonError::into_inner));
            thread::sleep(STEP);
            // Without the lock, which whoever opens a round takes with the session's lock held.
            let mut looked = std::mem::take(&mut *self.rounds());
            looked.retain(|session| session.upgrade().is_some_and(|session| session.probe()));
            self.rounds().append(&mut looked);
        }
    }

    fn rounds(&self) -> MutexGuard<'_, Vec<Weak<Session>>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
