//! How workers end, and what becomes of what they ran.

#![cfg(not(loom))]

mod common;

use common::{deaf_caller, delivered, function, order, submit, worker};
use tasklets_scheduler::{Order, Outcome, Pool, Taken};

#[test]
fn nobody_is_to_blame_for_the_end_of_a_host() {
    for tasks in 1..3 {
        let pool = Pool::new(2);
        let (mut caller, mut host) = (deaf_caller(), deaf_caller());
        let mut ending = worker(&pool, &host);
        ending.share();
        for slot in 0..tasks {
            submit(&mut caller, &pool, order(slot, &function()));
            assert!(matches!(ending.take(0), Taken::Task(..)));
        }
        submit(&mut caller, &pool, Order { again: false, ..order(tasks, &function()) });
        assert!(matches!(ending.take(0), Taken::Task(..)));
        host.close(&pool, 0);
        pool.forget(&host);
        assert_eq!(delivered(&mut caller), [(tasks, Outcome::WorkerExited)], "it must not run again");
        let mut heir = worker(&pool, &caller);
        for _ in 0..tasks {
            let Taken::Task(task, _) = heir.take(0) else {
                panic!("each runs once more, beside the others");
            };
            assert_eq!((task.attempts(), task.is_exclusive()), (2, false));
        }
    }
}
