//! Threads as callers and workers, with random cancellations, timeouts, deaths of workers, a host that goes, and pools
//! that grow and shrink: each of many tasks settles exactly once, and nothing is left over.
//!
//! It says with which seed it runs. `TASKLETS_SEED` takes one that has failed; which thread comes first is still up to
//! the machine, so it may need several runs to fail again. `TASKLETS_TASKS` says how many tasks there are.

#![cfg(not(loom))]

mod common;

use std::{
    collections::HashMap,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use common::{by, function, order_with_grace};
use tasklets_scheduler::{
    Caller, Cancelled, Command, Fate, Function, Outcome, Park, Payload, Pool, PoolError, Scale, Taken, WorkerId,
};

const CALLERS: usize = 3;
/// The caller that goes when it has submitted half of its tasks.
const LEAVER: usize = 2;
const WORKERS: usize = 4;
const IN_FLIGHT: usize = if cfg!(miri) { 8 } else { 256 };
const TASKS: usize = if cfg!(miri) { 90 } else { 100_000 };
/// What workers say that they hold, and may hold together.
const LIMIT: u64 = 100;
/// Without any progress for so long, something has been lost.
const PATIENCE: Duration = Duration::from_secs(if cfg!(miri) { 600 } else { 60 });

/// What a task does, by its flags.
const THROWS: u32 = 1;
/// It ends when its worker has nothing else to do.
const LATER: u32 = 2;
/// It does not end.
const STUCK: u32 = 3;
/// It ends its worker.
const FATAL: u32 = 4;

/// A small generator of numbers that only look random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn fork(&mut self) -> Self {
        Self(self.below(1 << 50) + 1)
    }
}

/// What an event loop sleeps on.
#[derive(Default)]
struct Bell(Mutex<bool>, Condvar);

impl Bell {
    fn ring(&self) {
        *self.0.lock().expect("no panic") = true;
        self.1.notify_one();
    }

    /// Without a bound: a wake-up that is lost stays lost.
    fn wait(&self) {
        let mut rung = self.0.lock().expect("no panic");
        while !*rung {
            rung = self.1.wait(rung).expect("no panic");
        }
        *rung = false;
    }
}

/// What the threads of one run share.
struct Run {
    pool: Arc<Pool>,
    function: Arc<Function>,
    bells: Vec<Bell>,
    /// Callers whose tasks have not all settled.
    busy: AtomicUsize,
    settled: AtomicUsize,
}

/// A worker's thread, as its host sees it.
struct Thread {
    doomed: AtomicBool,
    bell: Bell,
}

impl Thread {
    fn terminate(&self) {
        self.doomed.store(true, Ordering::Release);
        self.bell.ring();
    }

    fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::Acquire)
    }
}

/// What a worker's isolate does until its thread ends, for whatever reason.
fn work(pool: &Arc<Pool>, id: WorkerId, thread: &Arc<Thread>, mut random: Random) {
    let woken = Arc::clone(thread);
    let Ok(mut worker) = pool.attach(id, move || {
        woken.bell.ring();
        true
    }) else {
        return;
    };
    if random.one_in(2) {
        worker.share();
    }
    let mut later = Vec::new();
    while !thread.is_doomed() {
        match worker.take(Pool::now()) {
            Taken::Task(task, lease) => {
                let outcome = match task.order().flags {
                    LATER => {
                        later.push(lease);
                        continue;
                    }
                    STUCK => {
                        while !thread.is_doomed() {
                            thread::sleep(Duration::from_micros(20));
                        }
                        return;
                    }
                    FATAL => {
                        if random.one_in(2) {
                            worker.blame(lease);
                        }
                        return;
                    }
                    THROWS => Outcome::Error,
                    _ => Outcome::Value,
                };
                worker.finish(lease, outcome, Pool::now(), Payload::default());
                if random.one_in(20) && worker.weighs(random.below(LIMIT)) && worker.resign() {
                    return;
                }
            }
            Taken::Nothing => {
                if let Some(lease) = later.pop() {
                    worker.finish(lease, Outcome::Value, Pool::now(), Payload::default());
                } else if !worker.park(limits(&mut random)) {
                    thread.bell.wait();
                    worker.awake();
                }
            }
            Taken::Stop(Fate::Retired) => return,
            Taken::Stop(Fate::Condemned) => {
                while !thread.is_doomed() {
                    thread.bell.wait();
                }
            }
        }
    }
}

fn limits(random: &mut Random) -> Park {
    let mut some = |most| if random.one_in(2) { Duration::ZERO } else { Duration::from_micros(random.below(most)) };
    Park { spin: some(50), sleep: some(500) }
}

/// A caller's isolate, which starts workers as well.
struct Isolate {
    run: Arc<Run>,
    number: usize,
    caller: Caller,
    random: Random,
    threads: HashMap<WorkerId, (Arc<Thread>, JoinHandle<()>)>,
    exits: Arc<Mutex<Vec<WorkerId>>>,
    /// How often each task has settled.
    settled: Vec<u8>,
    outstanding: Vec<u32>,
    /// It has dismissed its workers, and starts none any more.
    ending: bool,
}

impl Isolate {
    fn new(run: &Arc<Run>, number: usize, random: Random) -> Self {
        let woken = Arc::clone(run);
        let caller = Caller::new(move || {
            woken.bells[number].ring();
            true
        });
        run.pool.introduce(&caller);
        Self {
            run: Arc::clone(run),
            number,
            caller,
            random,
            threads: HashMap::new(),
            exits: Arc::default(),
            settled: Vec::new(),
            outstanding: Vec::new(),
            ending: false,
        }
    }

    /// Submits `tasks` tasks, and stays for the others' sake until all are done.
    fn live(mut self, tasks: usize) {
        let leaves = self.number == LEAVER;
        let mut done = false;
        loop {
            while self.outstanding.len() < IN_FLIGHT && self.settled.len() < tasks {
                self.submit();
                if self.random.one_in(16) {
                    self.cancel();
                }
                if self.random.one_in(64) {
                    break;
                }
            }
            if leaves && self.settled.len() >= tasks / 2 {
                break;
            }
            if self.random.one_in(4) {
                self.caller.attend();
                for _ in 0..10 {
                    self.drain();
                }
            }
            self.drain();
            self.host();
            if !done && self.settled.len() == tasks && self.outstanding.is_empty() {
                done = true;
                self.run.busy.fetch_sub(1, Ordering::AcqRel);
                self.run.bells.iter().for_each(Bell::ring);
            }
            if self.run.busy.load(Ordering::Acquire) == 0 {
                break;
            }
            self.caller.look();
            let full = self.outstanding.len() >= IN_FLIGHT || self.settled.len() == tasks;
            if full && !self.caller.has_completions() {
                self.run.bells[self.number].wait();
            }
        }
        self.end(leaves);
    }

    fn submit(&mut self) {
        let slot = u32::try_from(self.settled.len()).expect("few");
        let kind = match self.random.below(1_000) {
            0..5 => FATAL,
            5..10 => STUCK,
            10..60 => LATER,
            60..160 => THROWS,
            _ => 0,
        };
        let timed = kind == STUCK || self.random.one_in(20);
        let timeout = if timed { 1_000 + self.random.below(1_000_000) } else { 0 };
        let grace = if self.random.one_in(2) { 0 } else { self.random.below(500_000) };
        // Few have started by then, or many: it depends on the machine.
        let wait = if self.random.one_in(10) { Some(self.random.below(2_000_000)) } else { None };
        let exclusive = self.random.one_in(25);
        let order = |function| {
            let mut order = order_with_grace(slot, timeout, Some(grace), function);
            order.flags = kind;
            order.control.get_or_insert_default().exclusive = exclusive;
            match wait {
                Some(wait) => by(Pool::now() + wait, order),
                None => order,
            }
        };
        let pool = Arc::clone(&self.run.pool);
        let to = if self.random.one_in(30) { pool.least_busy(&self.caller) } else { None };
        let mut given = self.caller.submit(&pool, order(&self.run.function), to, Payload::from(&[7; 16][..]));
        if given == Err(PoolError::NoSuchWorker) {
            given = self.caller.submit(&pool, order(&self.run.function), None, Payload::from(&[7; 16][..]));
        }
        self.settled.push(0);
        self.outstanding.push(slot);
        if given.expect("the pool is open") {
            self.staff();
        }
    }

    fn cancel(&mut self) {
        if self.outstanding.is_empty() {
            return;
        }
        let chosen = self.random.below(self.outstanding.len() as u64);
        let slot = self.outstanding[usize::try_from(chosen).expect("few")];
        if self.caller.cancel(&self.run.pool, slot, Pool::now(), &[]) != Cancelled::Ended {
            self.settle(slot);
        }
    }

    fn drain(&mut self) {
        while let Some(completion) = self.caller.completion() {
            let slot = completion.task().order().slot;
            self.caller.release(completion);
            self.settle(slot);
        }
    }

    fn settle(&mut self, slot: u32) {
        self.settled[slot as usize] += 1;
        assert_eq!(self.settled[slot as usize], 1, "task {slot} of caller {} settles once", self.number);
        let index = self.outstanding.iter().position(|outstanding| *outstanding == slot);
        self.outstanding.swap_remove(index.expect("it was outstanding"));
        self.run.settled.fetch_add(1, Ordering::Relaxed);
    }

    /// What a host does when its event loop turns.
    fn host(&mut self) {
        while let Some(command) = self.caller.command() {
            match command {
                Command::Terminate { worker, .. } => {
                    if let Some((thread, _)) = self.threads.get(&worker) {
                        thread.terminate();
                    }
                    self.staff();
                }
                Command::Staff { .. } => self.staff(),
                Command::Memory { .. } => {}
            }
        }
        let exits = std::mem::take(&mut *self.exits.lock().expect("no panic"));
        for id in exits {
            self.bury(id);
        }
        if self.random.one_in(200) {
            let size = 1 + self.random.below(WORKERS as u64);
            self.run.pool.resize(usize::try_from(size).expect("few"));
        }
        if self.random.one_in(100) {
            let mut below = |bound: u64| usize::try_from(self.random.below(bound)).expect("few");
            let (min, cores) = (below(3), 1 + below(2));
            let max = min.max(1) + below(WORKERS as u64 - 1);
            let idle = Duration::from_micros(self.random.below(5000));
            self.run.pool.scale(Scale { min, max, cores, idle });
        }
        if self.random.one_in(50) {
            self.run.pool.sweep();
        }
        if self.random.one_in(100) {
            let limit = (!self.random.one_in(4)).then(|| self.random.below(LIMIT) + 1);
            self.run.pool.limit_memory(limit, self.random.one_in(2));
        }
        if self.random.one_in(10) {
            let before = self.run.pool.size();
            let _ = self.run.pool.look(Pool::now(), Duration::ZERO);
            if self.run.pool.size() > before {
                self.staff();
            }
        }
    }

    fn staff(&mut self) {
        if self.ending {
            return;
        }
        let Some(id) = self.run.pool.hire(&self.caller, self.random.one_in(4)) else {
            return;
        };
        let thread = Arc::new(Thread { doomed: AtomicBool::new(false), bell: Bell::default() });
        let (own, run, exits) = (Arc::clone(&thread), Arc::clone(&self.run), Arc::clone(&self.exits));
        let (random, number) = (self.random.fork(), self.number);
        let handle = thread::spawn(move || {
            work(&run.pool, id, &own, random);
            exits.lock().expect("no panic").push(id);
            run.bells[number].ring();
        });
        self.threads.insert(id, (thread, handle));
    }

    fn bury(&mut self, id: WorkerId) {
        if let Some((_, handle)) = self.threads.remove(&id) {
            self.run.pool.bury(id, &[1]);
            handle.join().expect("no panic");
        }
    }

    fn end(mut self, leaves: bool) {
        self.ending = true;
        if leaves {
            // As when its thread is terminated: its workers outlive it for a moment.
            self.caller.close(&self.run.pool, Pool::now());
            self.run.pool.forget(&self.caller);
            self.run.busy.fetch_sub(1, Ordering::AcqRel);
            self.run.bells.iter().for_each(Bell::ring);
            self.threads.values().for_each(|(thread, _)| thread.terminate());
        } else {
            assert!(self.settled.iter().all(|times| *times == 1));
            for id in self.run.pool.dismiss(&self.caller) {
                self.threads[&id].0.terminate();
            }
        }
        while let Some(id) = self.threads.keys().next().copied() {
            self.host();
            if self.threads.contains_key(&id) {
                self.run.bells[self.number].wait();
            }
        }
    }
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn seed() -> u64 {
    let clock = || SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| u64::from(since.subsec_nanos()));
    let seed = number_from("TASKLETS_SEED").unwrap_or_else(|| if cfg!(miri) { 1 } else { clock() });
    println!("TASKLETS_SEED={seed}");
    seed
}

/// Ends the process where nothing settles any more, because threads that sleep for ever cannot be joined.
fn watch(run: &Arc<Run>, over: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (run, over) = (Arc::clone(run), Arc::clone(over));
    thread::spawn(move || {
        let mut seen = (0, Instant::now());
        while !over.load(Ordering::Acquire) {
            let settled = run.settled.load(Ordering::Relaxed);
            if settled != seen.0 {
                seen = (settled, Instant::now());
            } else if seen.1.elapsed() > PATIENCE {
                let pool = &run.pool;
                let (staff, sleeping, backlog) = (pool.staff(), pool.sleeping(), pool.backlog());
                eprintln!("stuck: {settled} settled, {staff} workers, {sleeping} asleep, {backlog} tasks wait");
                std::process::abort();
            }
            thread::park_timeout(Duration::from_millis(100));
        }
    })
}

#[test]
fn each_of_many_tasks_settles_once() {
    let mut random = Random(seed() | 1 << 32);
    let tasks = number_from("TASKLETS_TASKS").map_or(TASKS, |tasks| usize::try_from(tasks).expect("few"));
    let run = Arc::new(Run {
        pool: Pool::new(WORKERS),
        function: function(),
        bells: (0..CALLERS).map(|_| Bell::default()).collect(),
        busy: AtomicUsize::new(CALLERS),
        settled: AtomicUsize::new(0),
    });
    let over = Arc::new(AtomicBool::new(false));
    let watchdog = watch(&run, &over);
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (run, random) = (Arc::clone(&run), random.fork());
            thread::spawn(move || Isolate::new(&run, number, random).live(tasks / CALLERS))
        })
        .collect();
    for caller in callers {
        caller.join().expect("no panic");
    }
    over.store(true, Ordering::Release);
    watchdog.thread().unpark();
    watchdog.join().expect("no panic");
    assert_eq!((run.pool.staff(), run.pool.backlog()), (0, 0));
    let function = Arc::clone(&run.function);
    drop(run);
    // The timekeeper may be looking at the pool at this moment.
    let began = Instant::now();
    while Arc::strong_count(&function) > 1 && began.elapsed() < PATIENCE {
        thread::yield_now();
    }
    assert_eq!(Arc::strong_count(&function), 1, "no record is left");
}
