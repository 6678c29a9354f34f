//! How much processor time there is, and how much of it threads ask for: what they get, and what they wait for because
//! others have the processors.

use std::{fs, sync::OnceLock, thread::available_parallelism, time::Duration};

/// How many processors this process may use: a quota counts, where the operating system has one. Under loom as many as
/// anybody wants, since less would only be fewer ways.
#[must_use]
pub fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    if cfg!(loom) {
        return usize::MAX;
    }
    *PROCESSORS.get_or_init(|| available_parallelism().map_or(1, usize::from))
}

/// A thread of this process, as the operating system names it; `None` where it does not say what threads ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread(u32);

impl Thread {
    /// The calling one.
    pub(crate) fn current() -> Option<Self> {
        // A link to `<process>/task/<thread>`, on Linux; elsewhere there is no such file.
        let link = fs::read_link("/proc/thread-self").ok()?;
        link.file_name()?.to_str()?.parse().ok().map(Self)
    }

    /// How long it has run, and has been ready to run, since it started. A thread that waits for something, or sleeps,
    /// asks for nothing.
    pub(crate) fn demand(self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/self/task/{}/schedstat", self.0)).ok()?;
        let mut fields = stat.split_ascii_whitespace().map(|field| field.parse::<u64>().ok());
        // Nanoseconds on a processor, and in a processor's queue.
        let (ran, waited) = (fields.next()??, fields.next()??);
        Some(Duration::from_nanos(ran.saturating_add(waited)))
    }

    /// Whether it runs, or is ready to, at this moment. The time that it waits for a processor is counted only when it
    /// gets one, so on a busy machine [`Thread::demand`] comes too late to tell.
    pub(crate) fn is_ready(self) -> bool {
        // The state follows the name, which stands in parentheses and may have some itself.
        let stat = fs::read_to_string(format!("/proc/self/task/{}/stat", self.0));
        stat.is_ok_and(|stat| stat.rsplit_once(')').is_some_and(|(_, state)| state.trim_start().starts_with('R')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_that_computes_asks_for_time_and_one_that_sleeps_does_not() {
        let Some(thread) = Thread::current() else { return };
        let Some(before) = thread.demand() else { return };
        std::thread::sleep(Duration::from_millis(50));
        let Some(slept) = thread.demand() else { return };
        assert!(slept - before < Duration::from_millis(25), "{:?}", slept - before);
        let started = std::time::Instant::now();
        while started.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        let Some(computed) = thread.demand() else { return };
        assert!(computed - slept > Duration::from_millis(40), "{:?}", computed - slept);
        assert!(thread.is_ready());
    }
}
