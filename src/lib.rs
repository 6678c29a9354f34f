//! The addon: what JavaScript sees of the scheduler. Nothing here decides when or where a task runs.

pub mod analysis;
mod bytes;
mod caller;
pub mod context;
mod frame;
mod interrupt;
pub mod memory;
pub mod metrics;
pub mod place;
mod pool;
pub mod session;
pub mod sort;
#[cfg(all(unix, target_pointer_width = "64"))]
mod symbol;
mod time;
mod waker;
mod worker;

use napi_derive::napi;

/// The version of the addon, which the facade compares with its own.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// How many cores this process may use: what the operating system lets it run on and, in a container, the share of them
/// that it may take (the quotas of cgroups, version 1 and 2, rounded down to whole cores).
#[napi]
pub fn cpu_count() -> u32 {
    u32::try_from(tasklets_scheduler::processors()).unwrap_or(u32::MAX)
}
