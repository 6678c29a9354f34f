//! Queues, task states, sleeping and waking: everything that decides when and where a task runs.
