//! Where a function stands, from V8 itself. Node exports V8's public C++ functions for addons written in C++; three of
//! them tell in nanoseconds what the inspector tells in tens of microseconds. They are looked up by name when they are
//! first wanted, and where one is missing (another engine, another platform) the caller goes without.

use std::ffi::c_void;

use napi::{Env, bindgen_prelude::*};
use napi_derive::napi;

/// A member function of `v8::Function` that takes nothing and gives an `int`.
#[cfg(all(unix, target_pointer_width = "64"))]
type Member = unsafe extern "C" fn(*const c_void) -> i32;

#[cfg(all(unix, target_pointer_width = "64"))]
struct Members {
    script: Member,
    line: Member,
    column: Member,
}

#[cfg(all(unix, target_pointer_width = "64"))]
fn members() -> Option<&'static Members> {
    use std::sync::OnceLock;
    static MEMBERS: OnceLock<Option<Members>> = OnceLock::new();
    let load = || {
        Some(Members {
            script: member(c"_ZNK2v88Function8ScriptIdEv")?,
            line: member(c"_ZNK2v88Function19GetScriptLineNumberEv")?,
            column: member(c"_ZNK2v88Function21GetScriptColumnNumberEv")?,
        })
    };
    MEMBERS.get_or_init(load).as_ref()
}

#[cfg(all(unix, target_pointer_width = "64"))]
fn member(name: &std::ffi::CStr) -> Option<Member> {
    // SAFETY: the name is a terminated string; the default handle stands for what the process has loaded.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if address.is_null() {
        return None;
    }
    // SAFETY: the mangled name says that this is a const member function of v8::Function without parameters, which the
    // C++ ABI of these platforms calls as a C function with the object's address; all three of them return an int.
    Some(unsafe { std::mem::transmute::<*mut c_void, Member>(address) })
}

/// Writes the number of the function's script, its line and its column (of its parameters, from 0) to `place`. False
/// where that cannot be known. The value must be a function, which JavaScript has made sure of.
#[napi]
pub fn place_of(env: Env, callee: Unknown<'_>, mut place: Uint32Array) -> bool {
    let _ = env;
    #[cfg(all(unix, target_pointer_width = "64"))]
    if let Some(members) = members()
        && let Ok(ValueType::Function) = callee.get_type()
    {
        // A napi_value is a v8::Local, whose content is the address by which V8 knows the object.
        let handle = callee.raw().cast::<c_void>().cast_const();
        // SAFETY: the handle is alive during this call and holds a function; bound functions and proxies are answered
        // with "no script".
        let script = unsafe { (members.script)(handle) };
        // SAFETY: as above.
        let line = unsafe { (members.line)(handle) };
        // SAFETY: as above.
        let column = unsafe { (members.column)(handle) };
        // SAFETY: the array belongs to this isolate, whose JavaScript does not run during this call.
        let place = unsafe { place.as_mut() };
        if let (Ok(script), Ok(line), Ok(column), [one, two, three]) =
            (u32::try_from(script), u32::try_from(line), u32::try_from(column), place)
        {
            (*one, *two, *three) = (script, line, column);
            return script != 0;
        }
    }
    let _ = (callee, place);
    false
}
