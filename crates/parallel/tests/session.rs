//! Sessions whose leaves are plain threads.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;
use tasklets_parallel::{Backlog, End, Interrupt, JoinError, Joined, Leaf, Nobody, Options, Outcome, Session};

fn options(workers: usize) -> Options {
    Options {
        workers,
        slice: Duration::MAX,
        results_after: None,
        target: Some(Duration::from_micros(20)),
        coarse: Duration::MAX,
        ready: true,
    }
}

fn session(stages: &[usize], options: Options) -> Arc<Session> {
    Arc::new(Session::new(stages, options, Box::new(Nobody)))
}

/// What is left of the only stage.
fn pending(session: &Session) -> Vec<(usize, usize)> {
    session.pending().1.into_iter().map(|range| (range.start, range.end)).collect()
}

/// A leaf that is a closure.
struct Call<F>(F);

impl<F: Fn(usize, Range<usize>) -> Outcome> Leaf for Call<F> {
    fn run(&self, stage: usize, range: Range<usize>) -> Outcome {
        (self.0)(stage, range)
    }
}

/// Counts how often each unit was run.
struct Tally(Vec<AtomicUsize>);

impl Tally {
    fn new(units: usize) -> Self {
        Self((0..units).map(|_| AtomicUsize::new(0)).collect())
    }

    fn add(&self, range: Range<usize>) {
        for unit in range {
            self.0[unit].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn each_once(&self) -> bool {
        self.0.iter().all(|count| count.load(Ordering::Relaxed) == 1)
    }
}

/// Joins from `threads` threads, each again and again until the session has ended, and gives what each was told last.
fn help<F>(session: &Arc<Session>, threads: usize, leaf: F) -> Vec<Joined>
where
    F: Fn(usize, Range<usize>) -> Outcome + Sync,
{
    thread::scope(|scope| {
        let helpers: Vec<_> = (0..threads)
            .map(|ticket| {
                let leaf = &leaf;
                scope.spawn(move || {
                    loop {
                        session.issue();
                        let joined = session.join(ticket, &Call(leaf)).expect("rayon builds its pool");
                        if matches!(joined, Joined::Ended(_)) {
                            return joined;
                        }
                        thread::yield_now();
                    }
                })
            })
            .collect();
        helpers.into_iter().map(|helper| helper.join().expect("no helper panics")).collect()
    })
}

#[test]
fn every_unit_is_run_once_by_any_number_of_threads() {
    for threads in [1, 2, 5] {
        for units in [1, 2, 63, 1000, 4097] {
            let session = session(&[units], options(threads));
            let tally = Tally::new(units);
            let told = help(&session, threads, |_, range| {
                tally.add(range);
                Outcome::Done
            });
            assert!(tally.each_once());
            assert!(told.iter().all(|joined| *joined == Joined::Ended(End::Done)));
            assert_eq!(session.completed(), units);
        }
    }
}

#[test]
fn seats_that_nobody_takes_hold_nothing_up() {
    let session = session(&[1000], options(8));
    let tally = Tally::new(1000);
    help(&session, 1, |_, range| {
        tally.add(range);
        Outcome::Done
    });
    assert!(tally.each_once());
}

#[test]
fn nothing_to_do_is_done() {
    let session = session(&[0, 0], options(2));
    assert_eq!(session.end(), Some(End::Done));
}

#[test]
fn a_thread_that_comes_in_the_middle_takes_part() {
    let session = session(&[64], Options { target: None, ..options(2) });
    let begun = Barrier::new(2);
    let ran = [AtomicUsize::new(0), AtomicUsize::new(0)];
    thread::scope(|scope| {
        scope.spawn(|| {
            let first = AtomicBool::new(true);
            session.join(
                0,
                &Call(|_, _| {
                    if first.swap(false, Ordering::Relaxed) {
                        begun.wait();
                    }
                    // Goes on only when the other thread has come, which shows that it takes its share.
                    while ran[1].load(Ordering::Relaxed) == 0 {
                        thread::yield_now();
                    }
                    ran[0].fetch_add(1, Ordering::Relaxed);
                    Outcome::Done
                }),
            )
        });
        begun.wait();
        let late = session.join(
            1,
            &Call(|_, _| {
                ran[1].fetch_add(1, Ordering::Relaxed);
                Outcome::Done
            }),
        );
        assert!(matches!(late, Ok(Joined::Ended(End::Done))));
    });
    assert_eq!(ran[0].load(Ordering::Relaxed) + ran[1].load(Ordering::Relaxed), 64);
}

struct Always(Arc<AtomicUsize>);

impl Backlog for Always {
    fn waiting(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_round_makes_way_for_others_and_the_next_goes_on_where_it_stopped() {
    let waiting = Arc::new(AtomicUsize::new(1));
    // Nor do others wait until its results are due.
    let settings = Options { slice: Duration::ZERO, results_after: Some(Duration::MAX), target: None, ..options(1) };
    let session = Arc::new(Session::new(&[5], settings, Box::new(Always(Arc::clone(&waiting)))));
    let tally = Tally::new(5);
    let leaf = Call(|_, range| {
        tally.add(range);
        Outcome::Done
    });
    assert!(matches!(session.join(0, &leaf), Ok(Joined::Yielded)));
    assert_eq!(pending(&session), [(0, 5)]);
    // Only a ticket of the session's own is left in the queue.
    session.issue();
    session.issue();
    assert!(matches!(session.join(0, &leaf), Ok(Joined::Ended(End::Done))));
    assert!(tally.each_once());
}

#[test]
fn a_session_whose_results_are_due_ends_its_rounds_without_being_asked() {
    let often = Duration::from_micros(200);
    let settings = Options { slice: often, results_after: Some(often), ..options(2) };
    let session = session(&[2000], settings);
    let tally = Tally::new(2000);
    let leaves = AtomicUsize::new(0);
    help(&session, 2, |_, range| {
        leaves.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_micros(20));
        tally.add(range);
        Outcome::Done
    });
    assert!(tally.each_once());
}

#[test]
fn the_lowest_of_the_failures_is_told_to_all() {
    let session = session(&[64], Options { target: None, ..options(2) });
    let both = Barrier::new(2);
    let told = help(&session, 2, |_, range| {
        both.wait();
        Outcome::Failed(range.start as u64)
    });
    let failed = |joined: &Joined| matches!(joined, Joined::Ended(End::Failed { index: 0, .. }));
    assert!(told.iter().all(failed), "{told:?}");
    assert_eq!(session.completed(), 0);
}

#[test]
fn a_failure_stops_the_rest() {
    let session = session(&[1000], Options { target: None, ..options(1) });
    let ran = AtomicUsize::new(0);
    help(&session, 1, |_, range| {
        ran.fetch_add(1, Ordering::Relaxed);
        if range.start == 3 { Outcome::Failed(3) } else { Outcome::Done }
    });
    assert_eq!(ran.load(Ordering::Relaxed), 4);
    assert_eq!(session.end(), Some(End::Failed { index: 3, ticket: 0 }));
}

#[test]
fn a_leaf_that_panics_has_failed() {
    let session = session(&[10], options(1));
    let told = help(&session, 1, |_, _| panic!("a bug in a leaf"));
    assert_eq!(told, [Joined::Ended(End::Failed { index: 0, ticket: 0 })]);
}

#[test]
fn an_abort_is_seen_between_leaves() {
    let session = session(&[1000], Options { target: None, ..options(1) });
    let ran = AtomicUsize::new(0);
    let told = help(&session, 1, |_, _| {
        if ran.fetch_add(1, Ordering::Relaxed) == 9 {
            session.abort();
        }
        Outcome::Done
    });
    assert_eq!(told, [Joined::Ended(End::Aborted)]);
    assert_eq!(ran.load(Ordering::Relaxed), 10);
}

#[test]
fn nobody_starts_what_was_aborted_before() {
    let session = session(&[10], options(1));
    session.abort();
    let told = help(&session, 1, |_, _| unreachable!("no leaf may run"));
    assert_eq!(told, [Joined::Ended(End::Aborted)]);
}

#[test]
fn a_session_that_is_left_says_what_is_pending() {
    let session = session(&[10], Options { target: None, ..options(1) });
    let told = help(&session, 1, |_, range| if range.start == 4 { Outcome::Leave } else { Outcome::Done });
    assert_eq!(told, [Joined::Ended(End::Left)]);
    assert_eq!(pending(&session), [(5, 10)]);
}

#[test]
fn units_that_last_long_are_left() {
    let settings = Options { coarse: Duration::from_millis(1), ..options(1) };
    let session = session(&[100], settings);
    let told = help(&session, 1, |_, _| {
        thread::sleep(Duration::from_millis(2));
        Outcome::Done
    });
    assert_eq!(told, [Joined::Ended(End::Left)]);
    assert_eq!(pending(&session), [(2, 100)]);
}

#[test]
fn a_stage_begins_when_the_one_before_is_complete() {
    let session = session(&[100, 0, 50, 7], options(3));
    let done = [100, 0, 50, 7].map(|_| AtomicUsize::new(0));
    let told = help(&session, 3, |stage, range| {
        let before: usize = done[..stage].iter().map(|units| units.load(Ordering::SeqCst)).sum();
        assert_eq!(before, [0, 100, 100, 150][stage]);
        done[stage].fetch_add(range.len(), Ordering::SeqCst);
        Outcome::Done
    });
    assert!(told.iter().all(|joined| *joined == Joined::Ended(End::Done)));
    assert_eq!(session.completed(), 157);
}

#[test]
fn units_are_run_when_they_have_been_provided() {
    let session = session(&[1000], Options { ready: false, ..options(2) });
    let provided = AtomicUsize::new(0);
    let tally = Tally::new(1000);
    thread::scope(|scope| {
        scope.spawn(|| {
            for units in [1, 10, 500, 1000] {
                provided.store(units, Ordering::SeqCst);
                session.provide(units);
                while session.completed() < units {
                    thread::yield_now();
                }
            }
        });
        help(&session, 2, |_, range| {
            assert!(range.end <= provided.load(Ordering::SeqCst));
            tally.add(range);
            Outcome::Done
        });
    });
    assert!(tally.each_once());
}

#[test]
fn one_that_waits_for_units_sees_an_abort() {
    let session = session(&[1000], Options { ready: false, ..options(1) });
    thread::scope(|scope| {
        scope.spawn(|| {
            session.provide(10);
            while session.completed() < 10 {
                thread::yield_now();
            }
            session.abort();
        });
        let told = help(&session, 1, |_, _| Outcome::Done);
        assert_eq!(told, [Joined::Ended(End::Aborted)]);
    });
}

#[test]
fn a_leaf_cannot_join_a_session() {
    let outer = session(&[1], options(1));
    let inner = session(&[1], options(1));
    let seen = Mutex::new(None);
    help(&outer, 1, |_, _| {
        let joined = inner.join(0, &Call(|_, _| Outcome::Done));
        *seen.lock().expect("no panic held it") = Some(matches!(joined, Err(JoinError::Nested)));
        Outcome::Done
    });
    assert_eq!(seen.into_inner().expect("no panic held it"), Some(true));
}

/// A leaf whose thread may be ended or interrupted from outside, and runs until it is.
struct Endless {
    ended: AtomicBool,
    interrupted: Arc<AtomicBool>,
    /// Whether it is this one that finds out while it waits, and never runs anything that lasts.
    waits: bool,
    running: Arc<AtomicUsize>,
}

impl Leaf for Endless {
    fn run(&self, _: usize, range: Range<usize>) -> Outcome {
        if self.waits {
            while self.running.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            return Outcome::Done;
        }
        self.running.fetch_add(1, Ordering::SeqCst);
        while !self.interrupted.load(Ordering::SeqCst) && !self.ended.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        Outcome::Gone(range.start as u64)
    }

    fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::SeqCst)
    }

    fn interrupt(&self) -> Option<Interrupt> {
        let interrupted = Arc::clone(&self.interrupted);
        Some(Box::new(move || interrupted.store(true, Ordering::SeqCst)))
    }
}

/// Two threads in a round that never ends by itself, of which only the first is ended.
fn end_the_first(waits: bool) {
    let session = session(&[2], Options { target: None, ..options(2) });
    let running = Arc::new(AtomicUsize::new(0));
    let seats = [waits, false].map(|waits| {
        Arc::new(Endless {
            ended: AtomicBool::new(false),
            interrupted: Arc::new(AtomicBool::new(false)),
            waits,
            running: Arc::clone(&running),
        })
    });
    let joined = thread::scope(|scope| {
        let threads: Vec<_> = seats
            .iter()
            .enumerate()
            .map(|(ticket, seat)| {
                let session = &session;
                scope.spawn(move || session.join(ticket, &**seat).expect("rayon builds its pool"))
            })
            .collect();
        while running.load(Ordering::SeqCst) < if waits { 1 } else { 2 } {
            thread::yield_now();
        }
        seats[0].ended.store(true, Ordering::SeqCst);
        threads.into_iter().map(|thread| thread.join().expect("it ends")).collect::<Vec<_>>()
    });
    assert!(seats[1].interrupted.load(Ordering::SeqCst), "the other one's leaf is interrupted");
    assert!(joined.iter().all(|joined| matches!(joined, Joined::Ended(End::Failed { .. }))), "{joined:?}");
}

#[test]
fn a_thread_that_is_being_ended_in_its_leaf_does_not_wait_for_the_others() {
    end_the_first(false);
}

#[test]
fn a_thread_that_is_being_ended_while_it_waits_does_not_wait_for_the_others() {
    end_the_first(true);
}
