//! The layout of what passes through outboxes and inboxes. `lib/frame.js` has the same numbers.
//!
//! Every frame starts at a multiple of eight with a header of 32 bytes, little-endian, and its payload follows:
//!
//! | bytes | an order | a lease | a finish | a completion |
//! |---|---|---|---|---|
//! | 0 | slot | lease | lease | slot |
//! | 4 | function | function's id | outcome | outcome |
//! | 8 | length | length | length | length |
//! | 12 | flags | flags | | buffers |
//! | 16 | id (f64) | id (f64) | | worker |
//! | 20 | | | | attempts |
//! | 24 | timeout (f64, ms) | attempt | | duration (f64, ms) |
//! | 28 | | buffers | | |
//!
//! Between the header and the payload of an order that says so in its flags stands a control block:
//!
//! | bytes | the control block |
//! |---|---|
//! | 0 | priority (f64) |
//! | 8 | deadline (f64, ms from now, 0: none) |
//! | 16 | grace (f64, ms; less than 0: the default) |
//! | 24 | bits (1: it waits until it is released; 2: it runs alone in its worker; 4: it must not run again where another task has taken its worker down) |
//! | 28 | unused |
//! | 32 | what kind of task it is, 0: any |
//! | 36 | unused |
//!
//! A completion whose outcome is `REPORT` is none: its payload is what a task that runs has reported, and the task's id (f64)
//! stands at 24 instead of a duration.

/// Bytes before the payload.
pub(crate) const HEADER: usize = 32;

/// In the flags of an order: after the payload stands the number of the one worker that may run the task.
pub(crate) const ADDRESSED: u32 = 0x100;

/// Bytes of a control block.
pub(crate) const CONTROL: usize = 40;
/// In an order's flags: there is one.
pub(crate) const HAS_CONTROL: u32 = 8;
/// In a control block's bits: the task is held until its caller releases it.
pub(crate) const HELD: u32 = 1;

/// In a control block's bits: the task runs alone in its worker.
pub(crate) const EXCLUSIVE: u32 = 2;

/// In the place of an outcome: what a task that runs has reported.
pub(crate) const REPORT: u32 = 64;

/// In the bits of a control block: the task must not run again where another one has taken its worker down.
pub(crate) const NO_RETRY: u32 = 4;

/// The next multiple of eight.
pub(crate) const fn aligned(length: usize) -> usize {
    (length + 7) & !7
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(crate) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Writes a header of 32-bit words.
pub(crate) fn put_words(into: &mut [u8], words: [u32; 8]) {
    for (place, word) in into.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
}

/// The two words of a float.
pub(crate) fn words_of(value: f64) -> [u32; 2] {
    let bits = value.to_bits();
    [u32::try_from(bits & 0xffff_ffff).unwrap_or(0), u32::try_from(bits >> 32).unwrap_or(0)]
}
