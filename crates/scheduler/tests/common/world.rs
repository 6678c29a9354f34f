//! A pool with callers and workers beside a sequential model of them: every operation is done to both, and what the
//! pool answers has to be what the model says.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tasklets_scheduler::{
    Caller, Cancelled, Command, Fate, Function, Outcome, Park, Payload, Pool, PoolError, Taken, Worker, WorkerId,
};

use super::{by, delivered, function, order_with_grace};

/// Far from the clock's time, so that the timekeeper's thread has nothing to do with it.
const EPOCH: u64 = 1 << 60;
/// The least time that passes: a tick of the wheel, so that what is due is due at once.
const TICK: u64 = 1 << 20;

/// What is usual, for a task that has asked for its signal and for one that has not.
const WATCHED_GRACE: u64 = 1_000_000_000;
const UNWATCHED_GRACE: u64 = 50_000_000;

/// When another worker makes room.
const SECOND: u64 = 1_000_000_000;

const NO_TIME: Park = Park { spin: std::time::Duration::ZERO, sleep: std::time::Duration::ZERO };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running {
        worker: usize,
        deadline: Option<u64>,
    },
    /// Settled, and to be delivered unless the caller knows or is gone.
    Settled(Outcome),
    Delivered,
    /// By its caller, which is not told.
    Cancelled,
}

#[derive(Debug)]
struct Record {
    caller: usize,
    to: Option<WorkerId>,
    /// Only a worker that runs nothing may take it.
    exclusive: bool,
    timeout: u64,
    deadline: u64,
    grace: Option<u64>,
    watched: bool,
    /// Settled while it ran, at this moment.
    abandoned: Option<u64>,
    attempts: u32,
    state: State,
}

impl Record {
    fn grace(&self) -> u64 {
        self.grace.unwrap_or(if self.watched { WATCHED_GRACE } else { UNWATCHED_GRACE })
    }

    /// When its worker is given up for it: at the next tick.
    fn due(&self) -> Option<u64> {
        self.abandoned.map(|since| (since + self.grace()).next_multiple_of(TICK))
    }
}

#[derive(Debug)]
struct Thread {
    id: WorkerId,
    host: usize,
    worker: Worker,
    /// Its event loop has been called.
    called: Arc<AtomicBool>,
    /// In the roster.
    serves: bool,
    condemned: bool,
    retiring: bool,
    asleep: bool,
    /// It has been counted on to look, and has not looked since.
    coming: bool,
    /// Its host is to be told to end it, and has been told.
    doomed: bool,
    told: bool,
    leases: Vec<(u32, usize)>,
    /// It may have begun to make room for an exclusive task.
    drains: bool,
    /// Its tasks must not suffer for each other.
    shared: bool,
    blame: Blame,
}

/// Whose fault the end of a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    Unknown,
    /// That of a task that had been abandoned.
    Abandoned,
    Task(usize),
    /// Nobody's: its host has ended.
    Host,
}

impl Thread {
    fn blame_abandoned(&mut self) {
        if self.blame == Blame::Unknown {
            self.blame = Blame::Abandoned;
        }
    }

    fn stays(&self) -> bool {
        self.serves && !self.condemned && !self.retiring
    }

    fn is_coming(&self) -> bool {
        self.serves && !self.condemned && (self.coming || self.called.load(Ordering::Relaxed))
    }
}

/// The pool and the model of it.
#[derive(Debug)]
pub(crate) struct World {
    pool: Arc<Pool>,
    function: Arc<Function>,
    callers: Vec<Option<Caller>>,
    starting: Vec<(WorkerId, usize)>,
    threads: Vec<Thread>,
    records: Vec<Record>,
    size: usize,
    now: u64,
    closed: bool,
    killed: bool,
    /// Somebody has been told that the pool wants workers.
    asked: bool,
}

impl World {
    pub(crate) fn new(callers: usize, size: usize) -> Self {
        let pool = Pool::new(size);
        let callers: Vec<_> = (0..callers).map(|_| Caller::new(|| true)).collect();
        callers.iter().for_each(|caller| pool.introduce(caller));
        Self {
            pool,
            function: function(),
            callers: callers.into_iter().map(Some).collect(),
            starting: Vec::new(),
            threads: Vec::new(),
            records: Vec::new(),
            size,
            now: EPOCH,
            closed: false,
            killed: false,
            asked: false,
        }
    }

    fn staff(&self) -> usize {
        self.starting.len() + self.threads.iter().filter(|thread| thread.stays()).count()
    }

    /// Whether this thread's worker may run this task.
    fn may_run(&self, thread: usize, record: &Record) -> bool {
        record.state == State::Waiting
            && self.callers[record.caller].is_some()
            && record.to.is_none_or(|to| to == self.threads[thread].id)
            && (!record.exclusive || self.threads[thread].leases.is_empty())
    }

    /// Whether an exclusive task waits.
    fn waits_alone(&self) -> bool {
        let waits = |record: &Record| record.state == State::Waiting && self.callers[record.caller].is_some();
        self.records.iter().any(|record| record.exclusive && waits(record))
    }

    fn settle_waiting_for(&mut self, to: WorkerId, outcome: Outcome) {
        for record in &mut self.records {
            if record.state == State::Waiting && record.to == Some(to) {
                record.state = State::Settled(outcome);
            }
        }
    }

    /// The thread of this worker has ended.
    fn lay_down(&mut self, index: usize) {
        let thread = &mut self.threads[index];
        if !thread.serves {
            return;
        }
        (thread.serves, thread.condemned) = (false, true);
        let (id, shared, blame) = (thread.id, thread.shared, thread.blame);
        let leases = std::mem::take(&mut thread.leases);
        for (_, task) in &leases {
            let record = &mut self.records[*task];
            if !matches!(record.state, State::Running { .. }) {
                continue;
            }
            let innocent = shared && blame != Blame::Unknown && blame != Blame::Task(*task);
            let suspect = shared && blame == Blame::Unknown && leases.len() > 1;
            // It gets a worker to itself.
            record.exclusive |= suspect;
            record.state = match record.attempts {
                1 if (innocent || suspect) && self.killed && record.to.is_none() => State::Settled(Outcome::PoolDied),
                1 if (innocent || suspect) && record.to.is_none() => State::Waiting,
                1 if suspect => State::Settled(Outcome::TakenDown),
                _ if innocent && blame != Blame::Host => State::Settled(Outcome::TakenDown),
                _ => State::Settled(Outcome::WorkerExited),
            };
        }
        self.settle_waiting_for(id, Outcome::Undelivered);
    }

    fn doom(&mut self, index: usize) {
        let thread = &mut self.threads[index];
        thread.doomed |= !thread.condemned;
        thread.condemned = true;
    }

    /// Its worker may go on with it for a while.
    fn abandon(&mut self, worker: usize, task: usize) {
        let record = &mut self.records[task];
        if record.grace() == 0 {
            self.threads[worker].blame_abandoned();
            self.doom(worker);
        } else {
            record.abandoned = Some(self.now);
        }
    }

    /// Whether its worker may be given up any moment, for a task that is abandoned.
    fn is_doubtful(&self, thread: &Thread) -> bool {
        thread.leases.iter().any(|(_, task)| self.records[*task].abandoned.is_some())
    }

    pub(crate) fn share(&mut self, thread: usize) {
        let index = thread % self.threads.len().max(1);
        if let Some(thread) = self.threads.get_mut(index) {
            thread.shared = true;
            thread.worker.share();
        }
    }

    pub(crate) fn blame(&mut self, thread: usize, lease: usize) {
        let index = thread % self.threads.len().max(1);
        let Some(thread) = self.threads.get_mut(index) else {
            return;
        };
        if let Some((lease, task)) = thread.leases.get(lease % thread.leases.len().max(1)).copied() {
            thread.worker.blame(lease);
            if thread.blame == Blame::Unknown {
                thread.blame = Blame::Task(task);
            }
        }
    }

    pub(crate) fn watch(&mut self, thread: usize, lease: usize) {
        if self.threads.is_empty() {
            return;
        }
        let index = thread % self.threads.len();
        let thread = &mut self.threads[index];
        let Some((lease, task)) = thread.leases.get(lease % thread.leases.len().max(1)).copied() else {
            assert_eq!(thread.worker.watch(0), None);
            return;
        };
        let record = &mut self.records[task];
        record.watched = true;
        assert_eq!(thread.worker.watch(lease), Some(record.abandoned.is_some()));
        assert_eq!(thread.worker.cause(lease).is_some(), record.abandoned.is_some());
    }

    /// `timeout` and `grace`: ticks that it may run, 0: for ever, and go on; `wait`: ticks that it may wait.
    pub(crate) fn submit(
        &mut self,
        caller: usize,
        to: Option<usize>,
        timeout: u64,
        grace: Option<u64>,
        wait: Option<u64>,
        exclusive: bool,
    ) {
        let (timeout, grace) = (timeout * TICK, grace.map(|grace| grace * TICK));
        let deadline = wait.map_or(u64::MAX, |wait| self.now + wait * TICK);
        let caller = caller % self.callers.len();
        let to = to.and_then(|to| {
            let ids: Vec<_> =
                self.starting.iter().map(|(id, _)| *id).chain(self.threads.iter().map(|t| t.id)).collect();
            ids.get(to % ids.len().max(1)).copied()
        });
        let (slot, takes) = (self.records.len(), to.is_none_or(|to| self.takes_mail(to)));
        let order = order_with_grace(u32::try_from(slot).expect("few"), timeout, grace, &self.function);
        let mut order = by(deadline, order);
        let exclusive = exclusive && to.is_none();
        if let Some(control) = &mut order.control {
            control.exclusive = exclusive;
        }
        let Some(submitter) = &mut self.callers[caller] else {
            return;
        };
        let given = submitter.submit(&self.pool, order, to, Payload::from(&[1][..]));
        match given {
            Err(PoolError::Closed) => assert!(self.closed),
            Err(PoolError::NoSuchWorker) => assert!(!takes),
            Ok(wants) => {
                assert!(!self.closed && takes);
                self.asked |= wants;
                let (watched, abandoned, attempts, state) = (false, None, 0, State::Waiting);
                self.records.push(Record {
                    caller,
                    to,
                    exclusive,
                    timeout,
                    deadline,
                    grace,
                    watched,
                    abandoned,
                    attempts,
                    state,
                });
            }
        }
    }

    fn takes_mail(&self, id: WorkerId) -> bool {
        self.starting.iter().any(|(starting, _)| *starting == id)
            || self.threads.iter().any(|thread| thread.id == id && thread.serves && !thread.condemned)
    }

    pub(crate) fn cancel(&mut self, task: usize) {
        if self.records.is_empty() {
            return;
        }
        let task = task % self.records.len();
        let Some(caller) = &mut self.callers[self.records[task].caller] else {
            return;
        };
        let found = caller.cancel(&self.pool, u32::try_from(task).expect("few"), self.now, &[]);
        match self.records[task].state {
            State::Waiting => assert_eq!(found, Cancelled::Waiting),
            State::Running { worker, .. } => {
                assert_eq!(found, Cancelled::Running);
                self.abandon(worker, task);
            }
            _ => {
                assert_eq!(found, Cancelled::Ended);
                return;
            }
        }
        self.records[task].state = State::Cancelled;
    }

    pub(crate) fn hire(&mut self, caller: usize, to_address: bool) {
        let host = caller % self.callers.len();
        let Some(caller) = &self.callers[host] else {
            return;
        };
        let hired = self.pool.hire(caller, to_address);
        let doubtful = |thread: &&Thread| to_address && thread.stays() && self.is_doubtful(thread);
        let doubtful = self.threads.iter().filter(doubtful).count();
        assert_eq!(hired.is_some(), self.staff() - doubtful < self.size && !self.killed);
        self.starting.extend(hired.map(|id| (id, host)));
    }

    pub(crate) fn attach(&mut self, starting: usize) {
        if self.starting.is_empty() {
            return;
        }
        let (id, host) = self.starting[starting % self.starting.len()];
        let called = Arc::new(AtomicBool::new(false));
        let waker = Arc::clone(&called);
        let attached = self.pool.attach(id, move || {
            waker.store(true, Ordering::Relaxed);
            true
        });
        let Ok(worker) = attached else {
            assert!(self.killed);
            return;
        };
        self.starting.retain(|(starting, _)| *starting != id);
        self.threads.push(Thread {
            id,
            host,
            worker,
            called,
            serves: true,
            condemned: false,
            retiring: false,
            asleep: false,
            coming: true,
            doomed: false,
            told: false,
            leases: Vec::new(),
            drains: false,
            shared: false,
            blame: Blame::Unknown,
        });
    }

    pub(crate) fn take(&mut self, thread: usize) {
        if self.threads.is_empty() {
            return;
        }
        let index = thread % self.threads.len();
        let taken = self.threads[index].worker.take(self.now);
        let runnable: Vec<_> =
            (0..self.records.len()).filter(|task| self.may_run(index, &self.records[*task])).collect();
        let surplus = self.staff() > self.size;
        let doubtful = self.is_doubtful(&self.threads[index]);
        let may_drain = self.waits_alone() && !self.threads[index].leases.is_empty();
        let thread = &mut self.threads[index];
        thread.drains = may_drain && matches!(taken, Taken::Nothing);
        (thread.asleep, thread.coming) = (false, false);
        thread.called.store(false, Ordering::Relaxed);
        let leaves = thread.leases.is_empty() && (surplus || thread.retiring);
        match taken {
            Taken::Stop(Fate::Condemned) => assert!(thread.condemned),
            Taken::Stop(Fate::Retired) => {
                assert!(leaves && runnable.is_empty() && !thread.condemned);
                (thread.serves, thread.condemned) = (false, true);
            }
            Taken::Nothing => assert!(!leaves && (runnable.is_empty() || doubtful || may_drain) && !thread.condemned),
            Taken::Task(task, lease) => {
                let slot = task.order().slot as usize;
                assert!(runnable.contains(&slot) && !thread.condemned && !doubtful);
                self.records[slot].attempts += 1;
                assert_eq!((task.worker(), task.attempts()), (thread.id, self.records[slot].attempts));
                let timeout = self.records[slot].timeout;
                let deadline = (timeout > 0).then_some(self.now + timeout);
                self.records[slot].state = State::Running { worker: index, deadline };
                thread.leases.push((lease, slot));
            }
        }
    }

    pub(crate) fn finish(&mut self, thread: usize, lease: usize, outcome: Outcome) {
        if self.threads.is_empty() {
            return;
        }
        let index = thread % self.threads.len();
        let thread = &mut self.threads[index];
        if thread.leases.is_empty() {
            // What it names has been taken from it, or never was.
            thread.worker.finish(0, outcome, self.now, Payload::default());
            return;
        }
        let (lease, task) = thread.leases.swap_remove(lease % thread.leases.len());
        thread.worker.finish(lease, outcome, self.now, Payload::from(&[2][..]));
        if thread.blame == Blame::Task(task) {
            thread.blame = Blame::Unknown;
        }
        if matches!(self.records[task].state, State::Running { .. }) {
            self.records[task].state = State::Settled(outcome);
        }
        let recovered = self.records[task].abandoned.is_some() && !self.is_doubtful(&self.threads[index]);
        if recovered || self.waits_alone() || self.threads[index].leases.is_empty() {
            // It stood among no sleepers, or may take what it could not, and looks for itself now.
            let thread = &mut self.threads[index];
            (thread.asleep, thread.coming) = (false, true);
        }
    }

    pub(crate) fn park(&mut self, thread: usize) {
        if self.threads.is_empty() {
            return;
        }
        let index = thread % self.threads.len();
        // An isolate whose event loop sleeps does nothing.
        if self.threads[index].asleep {
            return;
        }
        let looks_again = self.threads[index].worker.park(NO_TIME);
        let thread = &mut self.threads[index];
        thread.asleep = !looks_again;
        thread.coming = looks_again;
        assert!(looks_again || !thread.condemned);
    }

    pub(crate) fn pass_on(&mut self, thread: usize) {
        if self.threads.is_empty() {
            return;
        }
        let index = thread % self.threads.len();
        let thread = &mut self.threads[index];
        thread.worker.awake();
        thread.worker.pass_on();
        (thread.asleep, thread.coming) = (false, false);
        thread.called.store(false, Ordering::Relaxed);
    }

    pub(crate) fn bury(&mut self, worker: usize) {
        if let Some((id, _)) = self.starting.get(worker % (self.starting.len() + self.threads.len()).max(1)).copied() {
            self.pool.bury(id, &[3]);
            self.starting.retain(|(starting, _)| *starting != id);
            self.settle_waiting_for(id, Outcome::Undelivered);
        } else if !self.threads.is_empty() {
            let index = worker % self.threads.len();
            self.pool.bury(self.threads[index].id, &[3]);
            self.lay_down(index);
        }
    }

    pub(crate) fn resize(&mut self, size: usize) {
        self.size = size;
        self.pool.resize(size);
    }

    pub(crate) fn sweep(&mut self) {
        self.pool.sweep();
        let waits = |record: &&Record| record.state == State::Waiting && record.to.is_none();
        let living = |record: &&Record| self.callers[record.caller].is_some();
        assert_eq!(self.pool.backlog(), self.records.iter().filter(waits).filter(living).count());
    }

    pub(crate) fn dismiss(&mut self, caller: usize) {
        let host = caller % self.callers.len();
        let Some(caller) = &self.callers[host] else {
            return;
        };
        let mut unserved = self.pool.dismiss(caller);
        let mut expected: Vec<_> = self.starting.extract_if(.., |(_, of)| *of == host).map(|(id, _)| id).collect();
        for id in &expected {
            self.settle_waiting_for(*id, Outcome::Undelivered);
        }
        unserved.sort_unstable();
        expected.sort_unstable();
        assert_eq!(unserved, expected);
        for thread in &mut self.threads {
            thread.retiring |= thread.host == host && thread.serves;
        }
    }

    pub(crate) fn pass_time(&mut self, time: u64) {
        self.now += time * TICK;
        let next = self.pool.end_overdue(self.now);
        let mut expected = u64::MAX;
        for task in 0..self.records.len() {
            let Record { caller, deadline, attempts, state, .. } = self.records[task];
            // Nobody knows of the tasks of a caller that has gone, and one that waits once more had started in time.
            if state == State::Waiting && self.callers[caller].is_some() && attempts == 0 {
                if deadline <= self.now {
                    self.records[task].state = State::Settled(Outcome::Expired);
                } else {
                    expected = expected.min(deadline);
                }
            }
            if let State::Running { worker, deadline: Some(deadline) } = self.records[task].state {
                if deadline <= self.now {
                    self.records[task].state = State::Settled(Outcome::TimedOut);
                    self.abandon(worker, task);
                } else {
                    expected = expected.min(deadline);
                }
            }
        }
        // One that has been given up already is not looked at for the rest.
        for index in (0..self.threads.len()).filter(|index| !self.threads[*index].condemned).collect::<Vec<_>>() {
            let held = self.threads[index].leases.iter();
            let due: Vec<_> = held.filter_map(|(_, task)| self.records[*task].due()).collect();
            for due in due {
                if due <= self.now {
                    self.threads[index].blame_abandoned();
                    self.doom(index);
                } else if !self.threads[index].condemned {
                    // One that has been given up is not given up once more.
                    expected = expected.min(due);
                }
            }
        }
        // It may look once more in vain, for a task that was cancelled, but not too late.
        assert!(next <= expected && next > self.now);
    }

    pub(crate) fn leave(&mut self, caller: usize) {
        let host = caller % self.callers.len();
        let Some(mut caller) = self.callers[host].take() else {
            return;
        };
        caller.close(&self.pool, self.now);
        self.pool.forget(&caller);
        for task in 0..self.records.len() {
            let Record { caller, state, .. } = self.records[task];
            match state {
                State::Running { worker, .. } if caller == host => self.abandon(worker, task),
                State::Waiting if caller == host => (),
                _ => continue,
            }
            self.records[task].state = State::Cancelled;
        }
        for (id, _) in self.starting.extract_if(.., |(_, of)| *of == host).collect::<Vec<_>>() {
            self.settle_waiting_for(id, Outcome::Undelivered);
        }
        for index in 0..self.threads.len() {
            if self.threads[index].host == host {
                if self.threads[index].blame == Blame::Unknown {
                    self.threads[index].blame = Blame::Host;
                }
                self.lay_down(index);
            }
        }
    }

    pub(crate) fn close(&mut self) {
        self.pool.close();
        self.closed = true;
    }

    pub(crate) fn kill(&mut self) {
        self.pool.kill();
        (self.closed, self.killed) = (true, true);
        for record in &mut self.records {
            if matches!(record.state, State::Waiting | State::Running { .. }) {
                record.state = State::Settled(Outcome::PoolDied);
            }
        }
        for index in 0..self.threads.len() {
            if self.threads[index].serves {
                self.doom(index);
                self.threads[index].leases.clear();
            }
        }
    }

    /// A caller reads what has been delivered to it.
    pub(crate) fn drain(&mut self, caller: usize) {
        let index = caller % self.callers.len();
        let Some(caller) = &mut self.callers[index] else {
            return;
        };
        let mut read = delivered(caller);
        read.sort_by_key(|(slot, _)| *slot);
        let mut expected = Vec::new();
        for (slot, record) in self.records.iter_mut().enumerate().filter(|(_, record)| record.caller == index) {
            if let State::Settled(outcome) = record.state {
                expected.push((u32::try_from(slot).expect("few"), outcome));
                record.state = State::Delivered;
            }
        }
        assert_eq!(read, expected);
    }

    /// What holds after every operation.
    pub(crate) fn check(&mut self) {
        assert_eq!((self.pool.staff(), self.pool.size()), (self.staff(), self.size));
        self.read_commands();
        let sleeps = |thread: &Thread| {
            let goes_on = thread.serves && !thread.condemned && !self.is_doubtful(thread);
            goes_on && thread.asleep && !thread.is_coming()
        };
        let waiting = |record: &Record| record.state == State::Waiting && self.callers[record.caller].is_some();
        let coming = self.threads.iter().any(Thread::is_coming);
        if self.records.iter().any(|record| waiting(record) && record.to.is_none()) && !coming {
            let open = self.records.iter().any(|record| waiting(record) && record.to.is_none() && !record.exclusive);
            let apart = self.waits_alone();
            let mut asleep: Vec<_> = self.threads.iter().filter(|thread| sleeps(thread)).collect();
            let alone = asleep.iter().any(|thread| thread.leases.is_empty());
            assert!(!apart || !alone, "an exclusive task waits while a worker without another sleeps");
            let several = self.now - EPOCH > SECOND;
            // One makes room, or more where that takes long.
            let drains = |thread: &&Thread| apart && thread.drains;
            if let Some(index) = asleep.iter().position(drains) {
                asleep.swap_remove(index);
            }
            assert!(!open || asleep.iter().all(|one| several && drains(one)), "a task waits while a worker sleeps");
            let served = self.threads.iter().any(|thread| thread.serves && !thread.condemned);
            let hosted = self.callers.iter().any(Option::is_some);
            let wanted = self.size > 0 && self.starting.is_empty() && !served && hosted;
            assert!(!wanted || self.asked, "a task waits and nobody has been asked for a worker");
        }
        for thread in self.threads.iter().filter(|thread| sleeps(thread)) {
            let mail = self.records.iter().any(|record| waiting(record) && record.to == Some(thread.id));
            let mail = mail && !(thread.drains && self.waits_alone());
            assert!(!mail, "a task waits for a worker that sleeps");
        }
    }

    fn read_commands(&mut self) {
        for (host, caller) in self.callers.iter_mut().enumerate() {
            while let Some(command) = caller.as_mut().and_then(Caller::command) {
                self.asked = true;
                if let Command::Terminate { pool, worker } = command {
                    let thread = self.threads.iter_mut().find(|thread| thread.id == worker).expect("it serves");
                    assert!(pool == self.pool.id() && thread.host == host && thread.doomed && !thread.told);
                    thread.told = true;
                }
            }
        }
        for thread in self.threads.iter().filter(|thread| self.callers[thread.host].is_some()) {
            assert_eq!(thread.told, thread.doomed);
        }
    }

    /// The end: every task has settled, once, and those who want to know have been told.
    pub(crate) fn end(mut self) {
        self.kill();
        self.check();
        for caller in 0..self.callers.len() {
            self.drain(caller);
        }
        for record in &self.records {
            let gone = self.callers[record.caller].is_none();
            assert!(gone || matches!(record.state, State::Delivered | State::Cancelled));
        }
        let Self { pool, function, callers, threads, .. } = self;
        drop((callers, threads, pool));
        assert_eq!(Arc::strong_count(&function), 1, "no record is left");
    }
}
