//! Whether two closures stand in the same activation of a function, which only their context pointers tell. Node exports
//! where those are, for debuggers; this reads them and writes nothing. Where something is missing or looks different
//! (another engine, compressed pointers), the answer is "unknown", and `lib/capture/context.js` puts the rest to the
//! test before it trusts it.

use napi::bindgen_prelude::*;
use napi_derive::napi;

/// Compares the context `up` steps above the one of function `one` with that `other_up` steps above the one of `other`:
/// 0 where they differ, 1 where they are the same, 2 where that cannot be known.
#[napi]
pub fn compare_contexts(one: Unknown<'_>, up: u32, other: Unknown<'_>, other_up: u32) -> u32 {
    // No JavaScript runs and nothing is allocated between the two readings, so no object can have moved.
    match (v8::context(&one, up), v8::context(&other, other_up)) {
        (Some(one), Some(other)) => u32::from(one == other),
        _ => 2,
    }
}

#[cfg(all(unix, target_pointer_width = "64"))]
mod v8 {
    use std::ffi::{CStr, c_void};
    use std::sync::OnceLock;

    use napi::bindgen_prelude::*;

    use crate::place::has_script;
    use crate::symbol::symbol;

    /// What the low two bits of a pointer to an object are.
    const TAG: usize = 1;
    const TAG_MASK: usize = 3;
    const WORD: usize = size_of::<usize>();
    /// An object's map and its length stand before a context's slots.
    const HEADER: usize = 2 * WORD;

    /// Where V8 keeps things, in bytes from the start of an object.
    struct Layout {
        context_of_function: usize,
        previous_of_context: usize,
    }

    pub(super) fn context(function: &Unknown<'_>, up: u32) -> Option<usize> {
        static LAYOUT: OnceLock<Option<Layout>> = OnceLock::new();
        let layout = LAYOUT.get_or_init(layout).as_ref()?;
        if !has_script(function) {
            return None;
        }
        let slot = function.raw().cast::<usize>().cast_const();
        // SAFETY: a napi_value is the address of a slot of V8's that holds the object, alive during this call.
        let object = unsafe { slot.read() };
        let mut context = follow(object, layout.context_of_function)?;
        for _ in 0..up {
            context = follow(context, layout.previous_of_context)?;
        }
        Some(context)
    }

    /// The object that an object has a pointer to, so many bytes from its start.
    fn follow(object: usize, offset: usize) -> Option<usize> {
        if object & TAG_MASK != TAG {
            return None;
        }
        let field = (object - TAG + offset) as *const usize;
        // SAFETY: V8's own constants say that there is a pointer at this place of a function or a context; `context` has
        // seen that it is a function of JavaScript, and its caller goes up no further than V8's inspector has shown scopes.
        let found = unsafe { field.read() };
        (found & TAG_MASK == TAG).then_some(found)
    }

    fn layout() -> Option<Layout> {
        // Elsewhere pointers are compressed, and nothing is where a word's size says.
        if constant(c"v8dbg_HeapObjectTag")? != TAG || constant(c"v8dbg_SmiShiftSize")? != 31 {
            return None;
        }
        Some(Layout {
            context_of_function: constant(c"v8dbg_class_JSFunction__context__Context")?,
            previous_of_context: HEADER + WORD * constant(c"v8dbg_context_idx_prev")?,
        })
    }

    fn constant(name: &CStr) -> Option<usize> {
        let address = symbol(name)?;
        // SAFETY: all names that begin with v8dbg_ are those of an int.
        let value = unsafe { address.cast::<i32>().cast_const().read() };
        usize::try_from(value).ok()
    }

    const _: () = assert!(size_of::<*const c_void>() == WORD);
}

#[cfg(not(all(unix, target_pointer_width = "64")))]
mod v8 {
    use napi::bindgen_prelude::*;

    pub(super) fn context(_: &Unknown<'_>, _: u32) -> Option<usize> {
        None
    }
}
