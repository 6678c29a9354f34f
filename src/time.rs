//! Milliseconds, which JavaScript counts time in, and what the engine counts it in.

use std::time::Duration;

pub(crate) const NANOS_PER_MS: f64 = 1e6;

/// Any number stands for some time: what is not finite for ever.
pub(crate) fn milliseconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value / 1000.0).unwrap_or(Duration::MAX)
}
