//! The timer wheel: moments that something is to be done at, of which most are taken back before they come.
//!
//! Six levels of 64 slots. A slot of the first level stands for one tick, about a millisecond, a slot of the next for
//! 64 of them, and so on. An entry stands in the first level in which it does not share a slot with the present, and
//! moves down as its moment approaches. To add and to take back cost the same however many entries there are.

use crate::worker::NEVER;

/// Nanoseconds of a tick: a power of two, so that a moment's tick is a shift.
const TICK: u32 = 20;
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 6;
/// Ticks that the wheel spans, a little more than two years. What lies beyond stands at its end, and moves on from there.
const SPAN: u64 = 1 << (BITS * LEVELS as u32);

/// Stands where no entry is.
const NONE: u32 = u32::MAX;

/// Where an entry stands, for as long as it stands there.
pub(crate) type Place = u32;

struct Entry<T> {
    /// None: the place is free.
    value: Option<T>,
    tick: u64,
    /// Where it hangs.
    level: usize,
    slot: usize,
    before: Place,
    /// Of a free place: the next free one.
    after: Place,
}

/// Values, each with its moment.
pub(crate) struct Wheel<T> {
    entries: Vec<Entry<T>>,
    free: Place,
    slots: [[Place; SLOTS]; LEVELS],
    /// One bit for each slot that holds something.
    occupied: [u64; LEVELS],
    /// The tick that it has come to.
    present: u64,
}

impl<T> Wheel<T> {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new(), free: NONE, slots: [[NONE; SLOTS]; LEVELS], occupied: [0; LEVELS], present: 0 }
    }

    /// Adds a value, to be given when `moment` (in nanoseconds) has passed: up to a tick later, never before.
    pub(crate) fn add(&mut self, moment: u64, value: T) -> Place {
        let tick = moment.div_ceil(1 << TICK);
        let entry = Entry { value: Some(value), tick, level: 0, slot: 0, before: NONE, after: NONE };
        let place = self.free;
        let place = if place == NONE {
            self.entries.push(entry);
            // Four thousand million entries would not fit into any memory.
            u32::try_from(self.entries.len() - 1).unwrap_or(NONE)
        } else {
            self.free = self.entries[place as usize].after;
            self.entries[place as usize] = entry;
            place
        };
        self.hang(place);
        place
    }

    /// Takes an entry back.
    pub(crate) fn remove(&mut self, place: Place) -> Option<T> {
        let value = self.entries.get_mut(place as usize)?.value.take()?;
        self.unhang(place);
        self.release(place);
        Some(value)
    }

    /// Takes back those that `is_over` says so of.
    pub(crate) fn remove_all(&mut self, mut is_over: impl FnMut(&T) -> bool) {
        for index in 0..self.entries.len() {
            if self.entries[index].value.as_ref().is_some_and(&mut is_over) {
                self.remove(u32::try_from(index).unwrap_or(NONE));
            }
        }
    }

    /// Gives those whose moment has passed to `due`.
    pub(crate) fn advance(&mut self, now: u64, mut due: impl FnMut(T)) {
        let now = now >> TICK;
        while let Some((level, slot, tick)) = self.first() {
            if tick > now {
                break;
            }
            self.present = self.present.max(tick);
            let mut place = std::mem::replace(&mut self.slots[level][slot], NONE);
            self.occupied[level] &= !(1 << slot);
            while place != NONE {
                let entry = &mut self.entries[place as usize];
                let after = entry.after;
                if entry.tick > self.present {
                    self.hang(place);
                } else if let Some(value) = entry.value.take() {
                    self.release(place);
                    due(value);
                }
                place = after;
            }
        }
        self.present = self.present.max(now);
    }

    /// The moment at which it has to be advanced next: that of its first entry, or an earlier one.
    pub(crate) fn next(&self) -> u64 {
        self.first().map_or(NEVER, |(_, _, tick)| tick.saturating_mul(1 << TICK))
    }

    /// The first slot that holds something, and the tick at which it begins. Lower levels always come first.
    fn first(&self) -> Option<(usize, usize, u64)> {
        (0..LEVELS).find(|level| self.occupied[*level] != 0).map(|level| {
            let shift = BITS * u32::try_from(level).unwrap_or(0);
            let here = (self.present >> shift) % SLOTS as u64;
            let ahead = self.occupied[level].rotate_right(u32::try_from(here).unwrap_or(0)).trailing_zeros();
            let slot = (here + u64::from(ahead)) % SLOTS as u64;
            // Only at the end of the span does an entry stand in a slot that the present has passed.
            let begin = (self.present >> shift) + u64::from(ahead);
            (level, usize::try_from(slot).unwrap_or(0), begin << shift)
        })
    }

    /// Hangs an entry into its slot.
    fn hang(&mut self, place: Place) {
        let entry = &mut self.entries[place as usize];
        // Not into the slot of the present itself, once around.
        let tick = entry.tick.clamp(self.present, self.present + SPAN - SPAN / SLOTS as u64);
        // The highest digit in which it differs from the present.
        let digits = u64::BITS - (self.present ^ tick).leading_zeros();
        let level = (digits.saturating_sub(1) / BITS).min(LEVELS as u32 - 1);
        let slot = usize::try_from((tick >> (BITS * level)) % SLOTS as u64).unwrap_or(0);
        let level = level as usize;
        let after = std::mem::replace(&mut self.slots[level][slot], place);
        (entry.level, entry.slot, entry.before, entry.after) = (level, slot, NONE, after);
        if after != NONE {
            self.entries[after as usize].before = place;
        }
        self.occupied[level] |= 1 << slot;
    }

    fn unhang(&mut self, place: Place) {
        let Entry { level, slot, before, after, .. } = self.entries[place as usize];
        if after != NONE {
            self.entries[after as usize].before = before;
        }
        if before != NONE {
            self.entries[before as usize].after = after;
        } else {
            self.slots[level][slot] = after;
            if after == NONE {
                self.occupied[level] &= !(1 << slot);
            }
        }
    }

    fn release(&mut self, place: Place) {
        self.entries[place as usize].after = self.free;
        self.free = place;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{TICK, Wheel};

    const MILLISECOND: u64 = 1 << TICK;

    #[derive(Clone, Debug)]
    enum Step {
        Add(u64),
        Remove(usize),
        Pass(u64),
    }

    /// From a tick to more than the wheel spans.
    fn pause() -> impl Strategy<Value = u64> {
        (0..37_u32, 0..4_u64).prop_map(|(digits, some)| ((1 << digits) - 1) | (some << digits) >> 1)
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => pause().prop_map(Step::Add),
            1 => (0..64_usize).prop_map(Step::Remove),
            2 => pause().prop_map(Step::Pass),
        ];
        prop::collection::vec(step, 1..if cfg!(miri) { 20 } else { 60 })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            cases: if cfg!(miri) { 2 } else { ProptestConfig::default().cases },
            ..ProptestConfig::default()
        })]

        #[test]
        fn gives_what_is_due(steps in steps(), begin in 0..1_u64 << 36) {
            let mut wheel = Wheel::new();
            let mut now = begin;
            let mut expected = BTreeMap::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Add(pause) => {
                        let place = wheel.add((now + pause) * MILLISECOND, number);
                        expected.insert(number, (now + pause, place));
                    }
                    Step::Remove(some) => {
                        if let Some(number) = expected.keys().nth(some).copied() {
                            let removed = expected.remove(&number).map(|(_, place)| wheel.remove(place));
                            prop_assert_eq!(removed, Some(Some(number)));
                        }
                    }
                    Step::Pass(pause) => {
                        now += pause;
                        let mut due = Vec::new();
                        wheel.advance(now * MILLISECOND, |number| due.push(number));
                        due.sort_unstable();
                        let late: Vec<_> = expected.extract_if(.., |_, (moment, _)| *moment <= now).map(|(number, _)| number).collect();
                        prop_assert_eq!(due, late);
                    }
                }
                let first = expected.values().map(|(moment, _)| moment.saturating_mul(MILLISECOND)).min();
                prop_assert!(wheel.next() <= first.unwrap_or(u64::MAX), "it is never looked at too late");
                prop_assert_eq!(wheel.next() == u64::MAX, first.is_none());
            }
        }
    }

    #[test]
    fn never_gives_what_is_not_due() {
        let mut wheel = Wheel::new();
        wheel.add(MILLISECOND + 1, ());
        let mut given = 0;
        wheel.advance(MILLISECOND + 1, |()| given += 1);
        assert_eq!(given, 0);
        wheel.advance(2 * MILLISECOND, |()| given += 1);
        assert_eq!(given, 1);
    }
}
