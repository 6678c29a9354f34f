//! Fork/join over isolates: dividing an array between threads that each own something which cannot move (a JavaScript
//! isolate, in tasklets; this crate does not know). See `session.rs` for how a session lives.

mod backlog;
mod grain;
mod leaf;
mod memory;
mod session;
mod sort;
mod watch;

pub use backlog::{Backlog, Nobody};
pub use leaf::{Interrupt, Leaf, Outcome};
pub use memory::{Memory, OutOfMemory};
pub use rayon::ThreadPoolBuildError;
pub use session::{End, JoinError, Joined, Options, Session};
pub use sort::{Element, sort};
