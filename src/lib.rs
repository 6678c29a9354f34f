//! The addon: what JavaScript sees of the scheduler. Nothing here decides when or where a task runs.

pub mod analysis;
mod bytes;
mod caller;
pub mod context;
mod frame;
pub mod memory;
pub mod place;
mod pool;
pub mod session;
pub mod sort;
mod waker;
mod worker;

use napi_derive::napi;

/// The version of the addon, which the facade compares with its own.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
