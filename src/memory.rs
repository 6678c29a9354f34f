//! Native memory as an ArrayBuffer.

use napi::bindgen_prelude::{Env, FromNapiValue, JsValue, Unknown};
use napi::{Error, Result, Status, sys};
use napi_derive::napi;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use tasklets_parallel::Memory;

/// An ArrayBuffer over `memory`, which lives as long as the longest lived of its views, in whichever isolate.
pub(crate) fn view<'env>(env: &'env Env, memory: &Arc<Memory>) -> Result<Unknown<'env>> {
    let owner = Arc::into_raw(Arc::clone(memory));
    let mut value = ptr::null_mut();
    // SAFETY: the memory is valid until `release` has run.
    let status = unsafe {
        sys::napi_create_external_arraybuffer(
            env.raw(),
            memory.as_ptr().cast(),
            memory.len(),
            Some(release),
            owner.cast_mut().cast(),
            &mut value,
        )
    };
    if status != sys::Status::napi_ok {
        // SAFETY: no view was made, so `release` will never see the pointer that `into_raw` gave.
        drop(unsafe { Arc::from_raw(owner) });
        return Err(Error::new(Status::from(status), "this runtime allows no ArrayBuffer over native memory"));
    }
    // SAFETY: the value was made above, in this environment.
    unsafe { Unknown::from_napi_value(env.raw(), value) }
}

extern "C" fn release(_env: sys::napi_env, _data: *mut c_void, owner: *mut c_void) {
    // SAFETY: `view` made the pointer by `Arc::into_raw`, and Node-API finalizes once.
    drop(unsafe { Arc::from_raw(owner.cast::<Memory>()) });
}

/// Lets go of an array buffer that [`view`] made, without waiting until it is collected: it has no length from then on.
#[napi]
pub fn let_go(env: Env, buffer: Unknown<'_>) {
    // SAFETY: the value is alive during this call. Whatever cannot be detached is refused, and stays as it was.
    let _ = unsafe { sys::napi_detach_arraybuffer(env.raw(), buffer.raw()) };
}
