//! What the process has loaded, by name: functions and numbers that Node exports for addons in C++ and for debuggers.

use std::ffi::{CStr, c_void};

/// The address of a function or a number; none where there is no such.
pub(crate) fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name is a terminated string, and the handle stands for all that the process has loaded.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}
