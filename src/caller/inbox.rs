//! What is brought to a caller's JavaScript: completions, and what tasks have reported, as frames in its inbox.

use napi::bindgen_prelude::Uint8Array;
use tasklets_scheduler::{Body, Buffer, Caller, Completion, Outcome, Record, Task};

use crate::{
    bytes::Exchange,
    frame::{HEADER, REPORT, aligned, put_words, words_of},
    time::NANOS_PER_MS,
};

/// Room for the ways in which a task may end.
const OUTCOMES: usize = 16;

/// The inbox, and what has not got into it yet.
pub(super) struct Inbox {
    memory: Exchange,
    /// What did not fit.
    held_back: Option<Arrival>,
    /// Whether nothing was left when the caller drained last.
    drained: bool,
    /// How many reports are read until then.
    reports: usize,
    /// The large parts of the completions in the inbox, in their order.
    received: Vec<Buffer>,
    /// How many tasks have ended in each way.
    pub(super) ended: Ended,
}

/// How many tasks have ended in each way, in the order of the outcomes.
#[derive(Clone, Copy, Default)]
pub(super) struct Ended(pub(super) [u64; OUTCOMES]);

impl Ended {
    pub(super) fn count(&mut self, outcome: Outcome) {
        if let Some(count) = self.0.get_mut(outcome as usize) {
            *count += 1;
        }
    }
}

/// What comes to the inbox.
enum Arrival {
    /// A task has settled.
    Completion(Completion),
    /// A task has reported something.
    Report(Record),
}

impl Arrival {
    fn task(&self) -> &Task {
        match self {
            Self::Completion(completion) => completion.task(),
            Self::Report(task) => task,
        }
    }
}

impl Inbox {
    pub(super) fn new(memory: Uint8Array) -> Self {
        Self {
            memory: Exchange::new(memory),
            held_back: None,
            drained: true,
            reports: 0,
            received: Vec::new(),
            ended: Ended::default(),
        }
    }

    /// Replaces its memory, which is too small or larger than it need be.
    pub(super) fn use_memory(&mut self, memory: Uint8Array) {
        self.memory = Exchange::new(memory);
    }

    /// The large parts of the completions that were drained last.
    pub(super) fn take_received(&mut self) -> Vec<Buffer> {
        std::mem::take(&mut self.received)
    }

    /// Brings completions, and what tasks have reported, each of them at most once before nothing is left. Gives their
    /// bytes, 0 where there are none, or, less than that, how large an inbox the next one needs.
    pub(super) fn drain(&mut self, caller: &mut Caller) -> i32 {
        if std::mem::take(&mut self.drained) {
            self.reports = caller.reports();
        }
        let mut at = 0;
        while let Some(next) = self.next_arrival(caller) {
            match self.bring(&next, &mut at) {
                Ok(()) => {
                    if let Arrival::Completion(completion) = next {
                        self.ended.count(completion.outcome());
                        caller.release(completion);
                    }
                }
                Err(needed) => {
                    self.held_back = Some(next);
                    if at == 0 {
                        return -needed;
                    }
                    break;
                }
            }
        }
        self.drained = at == 0;
        i32::try_from(at).unwrap_or(i32::MAX)
    }

    /// Lets go of what did not fit, for which there is no memory. Gives the slot of its task, and how that ended, if it has.
    pub(super) fn discard(&mut self, caller: &mut Caller) -> Option<(u32, Option<Outcome>)> {
        let held_back = self.held_back.take()?;
        let slot = held_back.task().order().slot;
        drop(held_back.task().take_report());
        let Arrival::Completion(completion) = held_back else {
            return Some((slot, None));
        };
        let outcome = completion.outcome();
        self.ended.count(outcome);
        caller.release(completion);
        Some((slot, Some(outcome)))
    }

    fn next_arrival(&mut self, caller: &mut Caller) -> Option<Arrival> {
        if self.held_back.is_some() {
            return self.held_back.take();
        }
        if self.reports > 0 {
            self.reports -= 1;
            if let Some(task) = caller.report() {
                return Some(Arrival::Report(task));
            }
        }
        caller.completion().map(Arrival::Completion)
    }

    /// Writes it to the inbox, from `at` on, which then is where the next may start, or gives how large an inbox it needs.
    fn bring(&mut self, arrival: &Arrival, at: &mut usize) -> Result<(), i32> {
        // What a task has reported last comes before its end, and is in the inbox even where its end has no more room.
        *at = self.bring_report(arrival.task(), *at)?;
        if let Arrival::Completion(completion) = arrival {
            let task = completion.task();
            let [low, high] = words_of(task.ran_for() as f64 / NANOS_PER_MS);
            let words = [completion.outcome() as u32, task.worker(), task.attempts(), low, high];
            *at = task.with_body(|body| self.put(task.order().slot, words, body, *at))?;
        }
        Ok(())
    }

    fn bring_report(&mut self, task: &Task, at: usize) -> Result<usize, i32> {
        let Some(mut body) = task.take_report() else {
            return Ok(at);
        };
        let [low, high] = words_of(task.order().id);
        let words = [REPORT, task.worker(), task.attempts(), low, high];
        self.put(task.order().slot, words, &mut body, at).inspect_err(|_| task.put_report_back(body))
    }

    fn put(&mut self, slot: u32, words: [u32; 5], body: &mut Body, at: usize) -> Result<usize, i32> {
        let end = at + HEADER + body.bytes.len();
        let needed = i32::try_from(end).unwrap_or(i32::MAX);
        let place = self.memory.write().get_mut(at..end).ok_or(needed)?;
        let length = u32::try_from(body.bytes.len()).unwrap_or(u32::MAX);
        let buffers = u32::try_from(body.buffers.len()).unwrap_or(u32::MAX);
        let [outcome, worker, attempts, low, high] = words;
        put_words(place, [slot, outcome, length, buffers, worker, attempts, low, high]);
        place[HEADER..].copy_from_slice(&body.bytes);
        self.received.append(&mut body.buffers);
        Ok(aligned(end))
    }
}
