//! Sorting typed arrays natively, on threads that exist only as long as something is sorted.

use crate::memory;
use napi::bindgen_prelude::{Env, Function, Uint8ArraySlice, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result, Status};
use napi_derive::napi;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tasklets_parallel as parallel;
use tasklets_parallel::Memory;

/// The threads, shared by all sorts that overlap. They are neither the callers' nor the workers': a sort cannot be
/// interrupted, so it would keep tasks waiting, whereas threads of their own are shared out by the operating system.
static THREADS: Mutex<Weak<ThreadPool>> = Mutex::new(Weak::new());

fn threads() -> Result<Arc<ThreadPool>> {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(threads) = threads.upgrade() {
        return Ok(threads);
    }
    let started = ThreadPoolBuilder::new()
        .num_threads(tasklets_scheduler::processors())
        .thread_name(|index| format!("tasklets-sort-{index}"))
        // `Notice` has told the owner by then, who finds that the result is not there.
        .panic_handler(|_| ())
        .build();
    let started = Arc::new(started.map_err(|error| Error::new(Status::GenericFailure, error.to_string()))?);
    *threads = Arc::downgrade(&started);
    Ok(started)
}

fn element(kind: &str) -> Result<parallel::Element> {
    use parallel::Element as E;
    Ok(match kind {
        "Int8Array" => E::I8,
        "Uint8Array" | "Uint8ClampedArray" => E::U8,
        "Int16Array" => E::I16,
        "Uint16Array" => E::U16,
        "Int32Array" => E::I32,
        "Uint32Array" => E::U32,
        "BigInt64Array" => E::I64,
        "BigUint64Array" => E::U64,
        "Float16Array" => E::F16,
        "Float32Array" => E::F32,
        "Float64Array" => E::F64,
        _ => {
            return Err(Error::new(Status::InvalidArg, format!("cannot sort a {kind}")));
        }
    })
}

/// A sort that was started.
#[napi]
pub struct NumberSort {
    memory: Arc<Memory>,
    done: Arc<AtomicBool>,
}

/// Tells the owner when it is dropped, whether the sort came to its end or not.
struct Notice(ThreadsafeFunction<(), (), (), Status, false>);

impl Drop for Notice {
    fn drop(&mut self) {
        // An owner that is gone needs no notice.
        let _ = self.0.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// Copies the elements of a typed array of the given kind and sorts the copy; calls `callback` when it is sorted.
#[napi]
pub fn sort_numbers(kind: String, bytes: Uint8ArraySlice<'_>, callback: Function<'_, (), ()>) -> Result<NumberSort> {
    let element = element(&kind)?;
    let memory = Memory::new(bytes.len()).map_err(|error| Error::new(Status::GenericFailure, error.to_string()))?;
    // SAFETY: both blocks are of that length, and the new one overlaps nothing.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), memory.as_ptr(), bytes.len()) };
    let (memory, done) = (Arc::new(memory), Arc::new(AtomicBool::new(false)));
    let notice = Notice(callback.build_threadsafe_function::<()>().build()?);
    let sort = NumberSort { memory: Arc::clone(&memory), done: Arc::clone(&done) };
    let threads = threads()?;
    // The job holds its pool until it is over, and the last job ends the threads.
    let held = Arc::clone(&threads);
    threads.spawn(move || {
        let (_held, notice) = (held, notice);
        // SAFETY: `NumberSort::result` hands the memory out only once `done` is set, so nobody else has it now.
        let bytes = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), memory.len()) };
        parallel::sort(element, bytes);
        done.store(true, Ordering::Release);
        drop(notice);
    });
    Ok(sort)
}

#[napi]
impl NumberSort {
    /// The sorted elements; to be asked for in the callback.
    #[napi]
    pub fn result<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        if !self.done.load(Ordering::Acquire) {
            return Err(Error::new(Status::GenericFailure, "the sort did not come to its end"));
        }
        memory::view(env, &self.memory)
    }
}
