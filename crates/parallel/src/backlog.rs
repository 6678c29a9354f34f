//! What a session asks of the pool whose workers it borrows.

/// How much else is waiting for the workers that a session holds.
pub trait Backlog: Send + Sync {
    /// Tasks that wait for a worker, the session's own tickets included: the session subtracts those itself.
    fn waiting(&self) -> usize;
}

/// A pool in which nothing but the session ever waits.
pub struct Nobody;

impl Backlog for Nobody {
    fn waiting(&self) -> usize {
        0
    }
}
