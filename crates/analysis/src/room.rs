//! Room for the analysis of a text: the parser goes as deep as the text is nested, and the stack of the isolate's thread,
//! of which JavaScript may have used most, is not made for that.

use std::thread;

/// What a level may take of the stack, in bytes. Without optimisation, as in tests, a frame is several times as large.
const SCALE: usize = if cfg!(debug_assertions) { 8 } else { 1 };
/// For each bracket. What needs the most is a class in a class, 2600 bytes, and a function in a function, 1500 for each
/// bracket.
const BRACKET: usize = SCALE * 3 * KIB;
/// For each other byte, since operators nest too: `a=>a=>` needs 310, a chain of calls or sums 50.
const BYTE: usize = SCALE * 384;

/// Where no more can be needed than this, the stack of the thread will do: V8 leaves about as much.
const IN_PLACE: usize = 256 * KIB;
/// Enough for any text that V8 has parsed: it nests to a depth of about ten thousand, and only chains go on for ever, of
/// which the longest text needs less. It is address space: memory is only what is used of it.
const MOST: usize = KIB * KIB * KIB;

/// Longer texts, in bytes, are not analysed.
const LONGEST: usize = 16 * KIB * KIB;
/// Deeper ones neither.
const DEEPEST: usize = 100_000;

const KIB: usize = 1024;

/// How large a stack a text needs at most. None: it is too long or too deep.
fn stack_for(text: &str) -> Option<usize> {
    if text.len() > LONGEST {
        return None;
    }
    let (mut brackets, mut depth) = (0, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                brackets += 1;
                depth += 1;
                if depth > DEEPEST {
                    return None;
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Some((brackets * BRACKET + text.len() * BYTE).min(MOST))
}

/// Analyses a text where there is room for it. None: there is none, or no memory for it.
pub(crate) fn with_room<R: Send>(text: &str, analyse: impl FnOnce() -> R + Send) -> Option<R> {
    let stack = stack_for(text)?;
    if stack <= IN_PLACE {
        return Some(analyse());
    }
    let builder = thread::Builder::new().name("tasklets-analysis".into()).stack_size(stack);
    thread::scope(|scope| builder.spawn_scoped(scope, analyse).ok()?.join().ok())
}
