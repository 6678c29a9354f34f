//! The addon: what JavaScript sees of the scheduler. Nothing here decides when or where a task runs.

mod memory;
pub mod session;
pub mod sort;

use napi_derive::napi;

/// The version of the addon, which the facade compares with its own.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
