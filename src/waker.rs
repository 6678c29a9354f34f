//! Wakes an isolate's event loop from any thread, and decides whether that keeps the event loop alive.

use std::sync::Arc;

use napi::{
    Env, Status,
    bindgen_prelude::{Function, check_status},
    sys,
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};

type Signal = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// One threadsafe function, without a payload.
#[derive(Clone)]
pub(crate) struct Waker(Arc<Signal>);

impl Waker {
    /// `callback` must not throw. The event loop is not kept alive until [`Waker::hold`] says so.
    pub(crate) fn new(callback: &Function<'_, (), ()>) -> napi::Result<Self> {
        let signal = callback.build_threadsafe_function().weak::<true>().build()?;
        Ok(Self(Arc::new(signal)))
    }

    /// False: the isolate is gone.
    pub(crate) fn wake(&self) -> bool {
        self.0.call((), ThreadsafeFunctionCallMode::NonBlocking) == Status::Ok
    }

    /// Keeps the event loop alive, or no longer.
    pub(crate) fn hold(&self, env: Env, held: bool) -> napi::Result<()> {
        let status = if held {
            // SAFETY: called on the thread of `env`, with the function that was made there and that `self` keeps.
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.0.raw()) }
        } else {
            // SAFETY: as above.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.0.raw()) }
        };
        check_status!(status)
    }
}
