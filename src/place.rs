//! Where a function stands, from V8 itself. Node exports V8's public C++ functions for addons written in C++; a few of
//! them tell in nanoseconds what the inspector tells in tens of microseconds. They are looked up by name when they are
//! first wanted, and where one is missing (another engine, another platform) the caller goes without.

use napi::{Env, bindgen_prelude::*};
use napi_derive::napi;

/// Writes the number of the function's script, its line and its column (of its parameters, from 0) to `place`. False
/// where that cannot be known.
#[napi]
pub fn place_of(subject: Unknown<'_>, mut place: Uint32ArraySlice<'_>) -> bool {
    let Some(found) = v8::place(&subject) else { return false };
    // SAFETY: the array belongs to this isolate, whose JavaScript does not run during this call.
    let place = unsafe { place.as_mut() };
    match place {
        [script, line, column] => {
            (*script, *line, *column) = found;
            true
        }
        _ => false,
    }
}

/// Whether V8 says that a value is a function which has a script: one of JavaScript, neither bound, nor a proxy, nor of
/// another language.
pub(crate) fn has_script(subject: &Unknown<'_>) -> bool {
    v8::place(subject).is_some()
}

/// What V8 calls the script of a function: a path, a URL; null where that cannot be known.
#[napi]
pub fn script_name_of(env: Env, subject: Unknown<'_>) -> Option<String> {
    v8::script_name(&env, &subject)
}

#[cfg(all(unix, target_pointer_width = "64"))]
mod v8 {
    use std::ffi::c_void;
    use std::mem::MaybeUninit;
    use std::sync::OnceLock;

    use napi::{Env, bindgen_prelude::*};

    use crate::symbol::symbol;

    /// A const member function of `v8::Function` that takes nothing and gives an `int`.
    type Number = unsafe extern "C" fn(*const c_void) -> i32;
    /// `v8::Function::GetScriptOrigin`.
    type GetOrigin = unsafe extern "C" fn(*const c_void) -> Origin;
    /// `v8::Isolate::GetCurrent`.
    type GetIsolate = unsafe extern "C" fn() -> *const c_void;

    /// A `v8::ScriptOrigin`, of which only the start is looked at: up to Node 20 an isolate and then the name, from
    /// Node 22 on the name. Larger than the real one, and like it returned through memory.
    #[repr(C)]
    struct Origin {
        words: [MaybeUninit<*const c_void>; 16],
    }

    struct Place {
        script: Number,
        line: Number,
        column: Number,
    }

    struct Name {
        origin: GetOrigin,
        isolate: GetIsolate,
    }

    pub(super) fn place(subject: &Unknown<'_>) -> Option<(u32, u32, u32)> {
        static PLACE: OnceLock<Option<Place>> = OnceLock::new();
        let place = PLACE.get_or_init(find_place).as_ref()?;
        let handle = handle(subject)?;
        // SAFETY: the handle is alive during this call and holds a function. Bound functions, proxies and the functions
        // of other languages are answered with "no script".
        let script = unsafe { (place.script)(handle) };
        let script = u32::try_from(script).ok().filter(|script| *script != 0)?;
        // SAFETY: as above.
        let line = unsafe { (place.line)(handle) };
        // SAFETY: as above.
        let column = unsafe { (place.column)(handle) };
        Some((script, u32::try_from(line).ok()?, u32::try_from(column).ok()?))
    }

    pub(super) fn script_name(env: &Env, subject: &Unknown<'_>) -> Option<String> {
        static NAME: OnceLock<Option<Name>> = OnceLock::new();
        place(subject)?;
        let name = NAME.get_or_init(find_name).as_ref()?;
        let handle = handle(subject)?;
        // SAFETY: the handle is alive during this call and holds a function that has a script, as `place` has found.
        let origin = unsafe { (name.origin)(handle) };
        // SAFETY: takes nothing, and an isolate is entered while an addon is being called.
        let isolate = unsafe { (name.isolate)() };
        let [first, second, ..] = origin.words;
        // SAFETY: V8 has written at least two words: the name is one of them, and what stands beside it is never empty.
        let first = unsafe { first.assume_init() };
        // SAFETY: as above.
        let second = unsafe { second.assume_init() };
        let local = if first == isolate { second } else { first };
        if local.is_null() {
            return None;
        }
        // SAFETY: a v8::Local made during this call, in the scope that was open for it, which is what a napi_value is.
        let value = unsafe { Unknown::from_raw_unchecked(env.raw(), local.cast_mut().cast()) };
        match value.get_type() {
            // SAFETY: it is a string, as its type says.
            Ok(ValueType::String) => unsafe { String::from_napi_value(env.raw(), value.raw()) }.ok(),
            _ => None,
        }
    }

    /// A napi_value is a v8::Local: the address of the slot by which V8 knows the object.
    fn handle(subject: &Unknown<'_>) -> Option<*const c_void> {
        match subject.get_type() {
            Ok(ValueType::Function) => Some(subject.raw().cast::<c_void>().cast_const()),
            _ => None,
        }
    }

    fn find_place() -> Option<Place> {
        let script = symbol(c"_ZNK2v88Function8ScriptIdEv")?;
        let line = symbol(c"_ZNK2v88Function19GetScriptLineNumberEv")?;
        let column = symbol(c"_ZNK2v88Function21GetScriptColumnNumberEv")?;
        // SAFETY: the mangled name says that this is a const member function without parameters, which the C++ ABI of
        // these platforms calls as a C function with the object's address; V8's headers say that it returns an int.
        let script = unsafe { std::mem::transmute::<*mut c_void, Number>(script) };
        // SAFETY: as above.
        let line = unsafe { std::mem::transmute::<*mut c_void, Number>(line) };
        // SAFETY: as above.
        let column = unsafe { std::mem::transmute::<*mut c_void, Number>(column) };
        Some(Place { script, line, column })
    }

    fn find_name() -> Option<Name> {
        let origin = symbol(c"_ZNK2v88Function15GetScriptOriginEv")?;
        let isolate = symbol(c"_ZN2v87Isolate10GetCurrentEv")?;
        // SAFETY: as above; it returns a struct of more than two words, which both sides pass through memory that the
        // caller provides, and `Origin` provides more than V8 writes.
        let origin = unsafe { std::mem::transmute::<*mut c_void, GetOrigin>(origin) };
        // SAFETY: the mangled name says that this is a static function without parameters; it returns a pointer.
        let isolate = unsafe { std::mem::transmute::<*mut c_void, GetIsolate>(isolate) };
        Some(Name { origin, isolate })
    }
}

#[cfg(not(all(unix, target_pointer_width = "64")))]
mod v8 {
    use napi::{Env, bindgen_prelude::*};

    pub(super) fn place(_: &Unknown<'_>) -> Option<(u32, u32, u32)> {
        None
    }

    pub(super) fn script_name(_: &Env, _: &Unknown<'_>) -> Option<String> {
        None
    }
}
