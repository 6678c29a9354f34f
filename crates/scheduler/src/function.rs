//! A function that tasks call: what a worker needs to build it, shipped once and shared by all its tasks.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError, Weak},
};

use crate::{
    body::{Body, Payload},
    buffer::Buffer,
    pool::Pool,
    sync::Arc,
};

/// The number of a function that is called once, which nobody looks for.
const NONE: u32 = 0;

/// The numbers that workers remember functions by. They come around, after very many functions: those that are kept do not
/// give theirs to another. Out of loom's sight: no step of the protocol depends on it.
struct Numbers {
    last: u32,
    kept: HashSet<u32>,
}

static NUMBERS: Mutex<Option<Numbers>> = Mutex::new(None);

impl Numbers {
    fn next(&mut self) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.last != NONE && !self.kept.contains(&self.last) {
                return self.last;
            }
        }
    }
}

fn with_numbers<R>(act: impl FnOnce(&mut Numbers) -> R) -> R {
    let mut numbers: MutexGuard<'_, _> = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    act(numbers.get_or_insert_with(|| Numbers { last: NONE, kept: HashSet::new() }))
}

/// A captured function, encoded. Workers build it once and remember it by [`Function::id`].
#[derive(Debug)]
pub struct Function {
    id: u32,
    plan: Body,
    /// The pool whose workers keep it once they have built it; none where it is called once.
    keepers: Option<Weak<Pool>>,
}

impl Function {
    /// A function that is called once.
    #[must_use]
    pub fn new(plan: Payload<'_>) -> Self {
        Self { id: NONE, plan: plan.into(), keepers: None }
    }

    /// A function that workers remember as long as they like.
    #[must_use]
    pub fn remembered(plan: Payload<'_>) -> Self {
        Self { id: with_numbers(Numbers::next), plan: plan.into(), keepers: None }
    }

    /// A function that the workers of `pool` keep, until the last task that calls it and its caller have let go.
    #[must_use]
    pub fn kept(plan: Payload<'_>, pool: &Arc<Pool>) -> Self {
        let id = with_numbers(|numbers| {
            let id = numbers.next();
            numbers.kept.insert(id);
            id
        });
        Self { id, plan: plan.into(), keepers: Some(Arc::downgrade(pool)) }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.keepers.is_some()
    }

    /// Its number in this process; 0 where nobody remembers it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it is small enough to be kept by a record that is not in use.
    pub(crate) fn is_light(&self) -> bool {
        !self.plan.is_heavy() && self.plan.buffers.is_empty()
    }

    /// The encoded plan.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.plan.bytes
    }

    /// The large binary parts of the plan. Each worker gets a copy.
    #[must_use]
    pub fn buffers(&self) -> &[Buffer] {
        &self.plan.buffers
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let Some(keepers) = &self.keepers else { return };
        if let Some(pool) = keepers.upgrade() {
            pool.forget_function(self.id);
        }
        with_numbers(|numbers| numbers.kept.remove(&self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::{HashSet, Numbers};

    #[test]
    fn numbers_come_around_without_those_that_are_kept() {
        let mut numbers = Numbers { last: u32::MAX - 2, kept: HashSet::from([u32::MAX, 1, 2]) };
        assert_eq!([(); 3].map(|()| numbers.next()), [u32::MAX - 1, 3, 4]);
    }
}
