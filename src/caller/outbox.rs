//! What a caller's JavaScript puts at the start of its outbox: an order, with the control block that some orders have.

use std::sync::Arc;

use tasklets_scheduler::{Control, Function, Label, Order, Pool, WorkerId};

use crate::{
    frame::{ADDRESSED, CONTROL, EXCLUSIVE, HAS_CONTROL, HEADER, HELD, NO_RETRY, f64_at, u32_at},
    time::NANOS_PER_MS,
};

/// What stands there.
pub(super) struct Placed<'a> {
    pub(super) order: Order<&'a Arc<Function>>,
    /// The worker that it is addressed to.
    pub(super) to: Option<WorkerId>,
    /// The encoded arguments.
    pub(super) payload: &'a [u8],
}

/// Reads the order at the start of an outbox; `functions` are those that orders name by number. None: there is no whole one.
pub(super) fn read<'a>(bytes: &'a [u8], functions: &'a [Option<(Arc<Function>, Label)>]) -> Option<Placed<'a>> {
    let header = bytes.get(..HEADER)?;
    let (function, label) = functions.get(u32_at(header, 4)? as usize)?.as_ref()?;
    let length = u32_at(header, 8)? as usize;
    let flags = u32_at(header, 12)?;
    let (control, start) = if flags & HAS_CONTROL == 0 {
        (None, HEADER)
    } else {
        (Some(Box::new(control(bytes.get(HEADER..)?)?)), HEADER + CONTROL)
    };
    let payload = bytes.get(start..start + length)?;
    let to = match flags & ADDRESSED {
        0 => None,
        _ => Some(u32_at(bytes, start + length)?),
    };
    let order = Order {
        slot: u32_at(header, 0)?,
        id: f64_at(header, 16)?,
        flags: flags & !ADDRESSED,
        timeout: nanos(f64_at(header, 24)?),
        function,
        label: *label,
        again: control.as_ref().is_none_or(|control| !control.no_retry),
        control,
    };
    Some(Placed { order, to, payload })
}

/// What a control block says.
fn control(block: &[u8]) -> Option<Control> {
    let deadline = f64_at(block, 8)?;
    let grace = f64_at(block, 16)?;
    let bits = u32_at(block, 24)?;
    let mut control = Control::default();
    control.priority = f64_at(block, 0)?;
    control.kind = u32_at(block, 32)?;
    if deadline > 0.0 {
        control.deadline = Pool::now().saturating_add(nanos(deadline));
    }
    control.grace = (grace >= 0.0).then(|| nanos(grace));
    control.held = bits & HELD != 0;
    control.exclusive = bits & EXCLUSIVE != 0;
    control.no_retry = bits & NO_RETRY != 0;
    Some(control)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a timeout is checked by the facade to be a positive number; whatever else arrives saturates"
)]
fn nanos(milliseconds: f64) -> u64 {
    (milliseconds * NANOS_PER_MS) as u64
}
