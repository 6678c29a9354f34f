//! Random operations on a pool, its callers and its workers, one after the other, against a sequential model.

#![cfg(not(loom))]

mod common;

use common::{deaf_caller, delivered, function, order, submit, worker, world::World};
use proptest::prelude::*;
use tasklets_scheduler::{Outcome, Payload, Pool, Taken};

/// An operation; its numbers choose among whatever there is.
#[derive(Clone, Debug)]
enum Step {
    Submit { caller: usize, timeout: u64, grace: Option<u64>, wait: Option<u64>, exclusive: bool },
    Address { caller: usize, to: usize },
    Cancel(usize),
    Hire { caller: usize, to_address: bool },
    Attach(usize),
    Take(usize),
    Share(usize),
    Blame { worker: usize, lease: usize },
    Watch { worker: usize, lease: usize },
    Finish { worker: usize, lease: usize, threw: bool },
    Park(usize),
    PassOn(usize),
    Bury(usize),
    Resize(usize),
    Dismiss(usize),
    Sweep,
    PassTime(u64),
    Leave(usize),
    Drain(usize),
    Close,
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = 0..12_usize;
    let step = prop_oneof![
        12 => (
            some.clone(),
            prop_oneof![3 => Just(0), 1 => 1..9_u64],
            prop_oneof![Just(None), (0..9_u64).prop_map(Some)],
            prop_oneof![3 => Just(None), 1 => (1..9_u64).prop_map(Some)],
            prop::bool::weighted(0.2),
        )
            .prop_map(|(caller, timeout, grace, wait, exclusive)| {
                Step::Submit { caller, timeout, grace, wait, exclusive }
            }),
        3 => (some.clone(), some.clone()).prop_map(|(caller, to)| Step::Address { caller, to }),
        4 => some.clone().prop_map(Step::Cancel),
        5 => (some.clone(), any::<bool>()).prop_map(|(caller, to_address)| Step::Hire { caller, to_address }),
        5 => some.clone().prop_map(Step::Attach),
        16 => some.clone().prop_map(Step::Take),
        10 => (some.clone(), some.clone(), any::<bool>())
            .prop_map(|(worker, lease, threw)| Step::Finish { worker, lease, threw }),
        2 => some.clone().prop_map(Step::Share),
        1 => (some.clone(), some.clone()).prop_map(|(worker, lease)| Step::Blame { worker, lease }),
        3 => (some.clone(), some.clone()).prop_map(|(worker, lease)| Step::Watch { worker, lease }),
        8 => some.clone().prop_map(Step::Park),
        2 => some.clone().prop_map(Step::PassOn),
        2 => some.clone().prop_map(Step::Bury),
        2 => (0..4_usize).prop_map(Step::Resize),
        1 => some.clone().prop_map(Step::Dismiss),
        1 => Just(Step::Sweep),
        3 => prop_oneof![5 => 0..9_u64, 1 => 0..2_000_u64].prop_map(Step::PassTime),
        1 => some.clone().prop_map(Step::Leave),
        4 => some.clone().prop_map(Step::Drain),
        1 => prop_oneof![9 => Just(Step::Drain(0)), 1 => Just(Step::Close)],
        1 => prop_oneof![9 => Just(Step::Drain(1)), 1 => Just(Step::Kill)],
    ];
    prop::collection::vec(step, if cfg!(miri) { 1..30 } else { 1..150 })
}

fn perform(world: &mut World, step: Step) {
    match step {
        Step::Submit { caller, timeout, grace, wait, exclusive } => {
            world.submit(caller, None, timeout, grace, wait, exclusive);
        }
        Step::Address { caller, to } => world.submit(caller, Some(to), 0, Some(0), None, false),
        Step::Cancel(task) => world.cancel(task),
        Step::Hire { caller, to_address } => world.hire(caller, to_address),
        Step::Attach(starting) => world.attach(starting),
        Step::Take(worker) => world.take(worker),
        Step::Share(worker) => world.share(worker),
        Step::Blame { worker, lease } => world.blame(worker, lease),
        Step::Watch { worker, lease } => world.watch(worker, lease),
        Step::Finish { worker, lease, threw } => {
            world.finish(worker, lease, if threw { Outcome::Error } else { Outcome::Value });
        }
        Step::Park(worker) => world.park(worker),
        Step::PassOn(worker) => world.pass_on(worker),
        Step::Bury(worker) => world.bury(worker),
        Step::Resize(size) => world.resize(size),
        Step::Dismiss(caller) => world.dismiss(caller),
        Step::Sweep => world.sweep(),
        Step::PassTime(time) => world.pass_time(time),
        Step::Leave(caller) => world.leave(caller),
        Step::Drain(caller) => world.drain(caller),
        Step::Close => world.close(),
        Step::Kill => world.kill(),
    }
}

/// 256 cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if cfg!(miri) {
        config.cases = 2;
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_pool_does_what_the_model_says(steps in steps()) {
        let mut world = World::new(3, 3);
        for step in steps {
            perform(&mut world, step);
            world.check();
        }
        world.end();
    }

    #[test]
    fn one_worker_runs_tasks_in_their_order(
        bursts in prop::collection::vec((0..80_u32, 0..80_usize, any::<bool>()), 1..if cfg!(miri) { 2 } else { 12 }),
        cancelled in prop::collection::vec(0..200_u32, 0..20),
    ) {
        let pool = Pool::new(1);
        let mut caller = deaf_caller();
        let mut one = worker(&pool, &caller);
        let function = function();
        let mut submitted = 0;
        let mut ran = Vec::new();
        let mut withdrawn = Vec::new();
        for (more, fewer, sweeps) in bursts {
            for slot in submitted..submitted + more {
                submit(&mut caller, &pool, order(slot, &function));
            }
            submitted += more;
            for slot in &cancelled {
                if caller.withdraw(&pool, *slot) {
                    withdrawn.push(*slot);
                }
            }
            if sweeps {
                pool.sweep();
                prop_assert_eq!(pool.backlog(), submitted as usize - ran.len() - withdrawn.len());
            }
            for _ in 0..fewer {
                if let Taken::Task(task, lease) = one.take(0) {
                    ran.push(task.order().slot);
                    one.finish(lease, Outcome::Value, 0, Payload::default());
                }
            }
        }
        prop_assert!(ran.is_sorted_by(|one, next| one < next));
        prop_assert!(withdrawn.iter().all(|slot| !ran.contains(slot)), "what was cancelled does not run");
        let outcomes: Vec<_> = ran.iter().map(|slot| (*slot, Outcome::Value)).collect();
        prop_assert_eq!(delivered(&mut caller), outcomes);
        prop_assert!(ran.len() + withdrawn.len() + pool.backlog() >= submitted as usize);
    }
}
