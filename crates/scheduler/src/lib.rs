//! Queues, task states, sleeping and waking: everything that decides when and where a task runs.
//!
//! The protocol (states, transitions and who may make them) is written down in this crate's `README.md`; the code
//! uses the same words. Nothing here knows of JavaScript: an isolate appears as a [`Caller`] that submits tasks or as
//! a [`Worker`] that runs them.

#![forbid(unsafe_code)]

mod body;
mod buffer;
mod caller;
mod control;
mod elastic;
mod exclusives;
mod function;
mod idle;
mod load;
mod metrics;
mod ordered;
mod pool;
mod queue;
mod ratios;
mod state;
mod sync;
mod task;
// Under loom there is no thread but those of the model, and a test plays the timekeeper.
#[cfg(not(loom))]
mod timekeeper;
mod wheel;
mod worker;

pub use body::{Body, Payload, copy_of};
pub use buffer::Buffer;
pub use caller::{Caller, Command, Completion};
pub use control::Control;
pub use elastic::Scale;
pub use function::Function;
pub use load::processors;
pub use metrics::{Durations, Label, Measures, TaskDurations, label_of, name_of};
pub use pool::{Cancelled, Pool, PoolError, WorkerMeasures};
pub use state::{Outcome, Phase};
pub use task::{Order, Record, Task, records};
pub use worker::{Cause, Fate, Leased, Park, Taken, Worker, WorkerId};
