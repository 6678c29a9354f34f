//! How many units a leaf takes at a time: few enough to divide well, enough that dividing costs nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The size of the next leaf. It is a guess that all threads share and correct; nothing is ordered by it, so every
/// access is `Relaxed` and a lost update only means a slightly older guess.
pub(crate) struct Grain {
    units: AtomicUsize,
    target: Duration,
    fixed: bool,
}

impl Grain {
    /// Starts at one unit, since a unit may be an item that takes a second.
    pub(crate) fn adaptive(target: Duration) -> Self {
        Self { units: AtomicUsize::new(1), target, fixed: false }
    }

    /// Always one unit: the caller has chosen what a unit is.
    pub(crate) fn fixed() -> Self {
        Self { units: AtomicUsize::new(1), target: Duration::ZERO, fixed: true }
    }

    pub(crate) fn units(&self) -> usize {
        self.units.load(Ordering::Relaxed)
    }

    /// Forgets what was learned, for a stage whose units are different ones.
    pub(crate) fn reset(&self) {
        self.units.store(1, Ordering::Relaxed);
    }

    /// Corrects the guess by a leaf of `units` that took `elapsed`. A thread that lost its core in the middle of a leaf
    /// reports nonsense, hence the bounds on a single step.
    pub(crate) fn learn(&self, units: usize, elapsed: Duration) {
        if self.fixed {
            return;
        }
        let now = self.units();
        let ideal = (units as u128 * self.target.as_nanos() / elapsed.as_nanos().max(1)).min(usize::MAX as u128);
        let next = (ideal as usize).clamp((now / 2).max(1), now.saturating_mul(4));
        if next != now {
            self.units.store(next, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_towards_the_target_and_shrinks_again() {
        let grain = Grain::adaptive(Duration::from_micros(500));
        for _ in 0..20 {
            grain.learn(grain.units(), Duration::from_nanos(100 * grain.units() as u64));
        }
        assert_eq!(grain.units(), 5_000);
        for _ in 0..20 {
            grain.learn(grain.units(), Duration::from_millis(10 * grain.units() as u64));
        }
        assert_eq!(grain.units(), 1);
    }

    #[test]
    fn a_single_stray_measurement_at_most_halves_it() {
        let grain = Grain::adaptive(Duration::from_micros(500));
        for _ in 0..20 {
            grain.learn(grain.units(), Duration::from_nanos(100 * grain.units() as u64));
        }
        grain.learn(5_000, Duration::from_secs(1));
        assert_eq!(grain.units(), 2_500);
    }

    #[test]
    fn a_fixed_grain_learns_nothing() {
        let grain = Grain::fixed();
        grain.learn(1, Duration::from_nanos(1));
        assert_eq!(grain.units(), 1);
    }
}
