//! Ending what an isolate runs, from another thread. Node exports V8's public C++ functions for addons written in C++; two
//! of them do it. Where they are missing (another engine, another platform), nothing can be interrupted.

/// Makes the JavaScript that the current isolate runs end, when called from any thread. To be called only while the
/// isolate's thread stays in the native call in which this was made.
pub(crate) fn of_this_isolate() -> Option<impl Fn() + Send> {
    v8::of_this_isolate()
}

#[cfg(all(unix, target_pointer_width = "64"))]
mod v8 {
    use std::ffi::c_void;
    use std::sync::OnceLock;

    use crate::symbol::symbol;

    /// `v8::Isolate::GetCurrent`.
    type Current = unsafe extern "C" fn() -> *mut c_void;
    /// `v8::Isolate::TerminateExecution`.
    type Terminate = unsafe extern "C" fn(*mut c_void);

    struct Isolate(*mut c_void);

    // SAFETY: V8 allows what is done with it here, and nothing else, from any thread.
    unsafe impl Send for Isolate {}

    impl Isolate {
        fn terminate(&self, terminate: Terminate) {
            // SAFETY: the isolate is alive, as whoever calls has promised, and V8 allows this from any thread.
            unsafe { terminate(self.0) };
        }
    }

    pub(super) fn of_this_isolate() -> Option<impl Fn() + Send> {
        static FOUND: OnceLock<Option<(Current, Terminate)>> = OnceLock::new();
        let (current, terminate) = (*FOUND.get_or_init(find))?;
        // SAFETY: takes nothing, and an isolate is entered while an addon is being called.
        let isolate = Isolate(unsafe { current() });
        (!isolate.0.is_null()).then_some(move || isolate.terminate(terminate))
    }

    fn find() -> Option<(Current, Terminate)> {
        let current = symbol(c"_ZN2v87Isolate10GetCurrentEv")?;
        let terminate = symbol(c"_ZN2v87Isolate18TerminateExecutionEv")?;
        // SAFETY: the mangled name says that this is a static function without parameters; it returns a pointer.
        let current = unsafe { std::mem::transmute::<*mut c_void, Current>(current) };
        // SAFETY: the mangled name says that this is a member function without parameters, which the C++ ABI of these
        // platforms calls as a C function with the object's address; it returns nothing.
        let terminate = unsafe { std::mem::transmute::<*mut c_void, Terminate>(terminate) };
        Some((current, terminate))
    }
}

#[cfg(not(all(unix, target_pointer_width = "64")))]
mod v8 {
    pub(super) fn of_this_isolate() -> Option<impl Fn() + Send> {
        None::<fn()>
    }
}
