//! A round: how the ranges that a session has pending are divided into leaves, and when that ends.

use super::{End, Phase, Session};
use crate::leaf::{self, Outcome};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What all leaves of a round share.
pub(super) struct Round {
    session: Arc<Session>,
    started: Instant,
}

/// Ends the round when the root is left, whichever way.
struct Closing<'a>(&'a Session);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let session = self.0;
        let mut state = session.state();
        let complete = state.stage == session.stages.len();
        state.phase = match state.failure {
            Some((index, ticket)) => Phase::Ended(End::Failed { index, ticket }),
            None if complete => Phase::Ended(End::Done),
            None if session.aborted.load(Ordering::Relaxed) => Phase::Ended(End::Aborted),
            None if state.left => Phase::Ended(End::Left),
            None => Phase::Idle,
        };
    }
}

impl Round {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, started: Instant::now() }
    }

    /// The root job, which deals out the work until there is none or the round is to end.
    pub(super) fn root(&self) {
        let _closing = Closing(&self.session);
        let mut patience = 0;
        loop {
            let (stage, ranges) = self.take();
            if ranges.is_empty() {
                if self.should_stop() {
                    return;
                }
                // The owner copies faster than anybody computes, unless it has lost its core, or its isolate is ending: that
                // one waits for its workers to end first, so that none may wait for it here for long.
                patience += 1;
                match patience {
                    0..100 => std::thread::yield_now(),
                    100..500 => std::thread::sleep(Duration::from_micros(50)),
                    _ => return,
                }
                continue;
            }
            patience = 0;
            self.spread(stage, &ranges);
            let mut state = self.session.state();
            if state.failure.is_some() {
                return;
            }
            if !state.pending.is_empty() {
                tidy(&mut state.pending);
                if self.session.stopping.load(Ordering::Relaxed) {
                    return;
                }
                continue;
            }
            let next = (stage + 1..self.session.stages.len()).find(|stage| self.session.stages[*stage] > 0);
            state.stage = next.unwrap_or(self.session.stages.len());
            let Some(next) = next else { return };
            state.pending.push(0..self.session.stages[next]);
            self.session.grain.reset();
            if self.session.stopping.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// Takes of the pending ranges what is there.
    fn take(&self) -> (usize, Vec<Range<usize>>) {
        let mut state = self.session.state();
        let there = if state.stage == 0 { self.session.provided.load(Ordering::Acquire) } else { usize::MAX };
        let mut ready = Vec::with_capacity(state.pending.len());
        state.pending.retain_mut(|range| {
            if range.start < there {
                ready.push(range.start..range.end.min(there));
            }
            range.start = range.start.max(there);
            range.start < range.end
        });
        (state.stage, ready)
    }

    /// Several ranges at once, which is what an interrupted round leaves behind.
    fn spread(&self, stage: usize, ranges: &[Range<usize>]) {
        match ranges {
            [] => (),
            [range] => self.divide(stage, range.clone()),
            _ => {
                let (left, right) = ranges.split_at(ranges.len() / 2);
                rayon::join(|| self.spread(stage, left), || self.spread(stage, right));
            }
        }
    }

    /// Halves the range until it is a leaf. The size of a leaf is asked anew at each step: by the time a right half is
    /// reached, the left one has taught what a unit costs.
    fn divide(&self, stage: usize, range: Range<usize>) {
        if self.should_stop() {
            self.session.state().pending.push(range);
        } else if range.len() <= self.session.grain.units() {
            self.leaf(stage, range);
        } else {
            let middle = middle(&range);
            rayon::join(|| self.divide(stage, range.start..middle), || self.divide(stage, middle..range.end));
        }
    }

    fn should_stop(&self) -> bool {
        let session = &self.session;
        if session.stopping.load(Ordering::Relaxed) {
            return true;
        }
        let lasted = self.started.elapsed();
        if lasted < session.options.slice {
            return false;
        }
        let others = || session.backlog.waiting() > session.waiting.load(Ordering::Relaxed);
        if session.options.results_after.is_some_and(|due| lasted >= due) || others() {
            session.stopping.store(true, Ordering::Relaxed);
            return true;
        }
        false
    }

    fn leaf(&self, stage: usize, range: Range<usize>) {
        let session = &self.session;
        let Some(seat) = leaf::seat() else {
            // Only seated threads run rayon's jobs; were it otherwise, the range must not be lost.
            session.stopping.store(true, Ordering::Relaxed);
            return session.state().pending.push(range);
        };
        let busy = session.busy.get(seat.ticket);
        if let Some(busy) = busy {
            busy.store(true, Ordering::Relaxed);
        }
        let (start, units) = (range.start as u64, range.len());
        let before = Instant::now();
        // A panic must not unwind through rayon's frames on a thread that V8 shares.
        let outcome = catch_unwind(AssertUnwindSafe(|| seat.run(stage, range))).unwrap_or(Outcome::Failed(start));
        let elapsed = before.elapsed();
        if let Some(busy) = busy {
            busy.store(false, Ordering::Relaxed);
        }
        match outcome {
            Outcome::Failed(index) => return self.fail(index, seat.ticket),
            Outcome::Gone(index) => {
                self.fail(index, seat.ticket);
                return session.cut_short(seat.ticket);
            }
            Outcome::Leave => self.leave(),
            Outcome::Done => self.judge(units, elapsed),
        }
        session.completed.fetch_add(units, Ordering::Relaxed);
        session.grain.learn(units, elapsed);
    }

    fn fail(&self, index: u64, ticket: usize) {
        self.session.stopping.store(true, Ordering::Relaxed);
        let mut state = self.session.state();
        if state.failure.is_none_or(|(lowest, _)| index < lowest) {
            state.failure = Some((index, ticket));
        }
    }

    fn leave(&self) {
        self.session.stopping.store(true, Ordering::Relaxed);
        self.session.state().left = true;
    }

    /// Leaves rayon when single units turn out to be so long that a helper without one would sit idle for long. The
    /// first unit of each thread may be slow for another reason (code that is compiled, modules that are loaded), hence
    /// two for each.
    fn judge(&self, units: usize, elapsed: Duration) {
        let session = &self.session;
        if units > 1 || elapsed < session.options.coarse {
            if session.slow.load(Ordering::Relaxed) > 0 {
                session.slow.store(0, Ordering::Relaxed);
            }
        } else if session.slow.fetch_add(1, Ordering::Relaxed) + 1 >= 2 * session.options.workers {
            self.leave();
        }
    }
}

/// Half way, at a multiple of 64 where that costs nothing, so that two isolates rarely write to the same cache line.
fn middle(range: &Range<usize>) -> usize {
    let middle = range.start + range.len() / 2;
    if range.len() >= 256 { middle & !63 } else { middle }
}

/// Sorts the ranges and joins those that touch.
fn tidy(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, previous| {
        let touches = previous.end == next.start;
        if touches {
            previous.end = next.end;
        }
        touches
    });
}
