//! What a pool has measured, as JavaScript reads it: milliseconds, and counts.

use napi_derive::napi;
use tasklets_scheduler::{Durations, Measures, Pool, name_of};

use crate::{pool::NativePool, time::NANOS_PER_MS};

/// Milliseconds up to which durations are counted together.
const BOUNDS: [f64; 15] =
    [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 5_000.0, 30_000.0];
/// Seconds within which something is recent.
const RECENT: u32 = 60;

/// Many durations, in milliseconds.
#[napi(object, object_from_js = false)]
pub struct DurationSummary {
    pub count: f64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    /// How many were at most as long as each of the bounds.
    pub buckets: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "durations and counts that a person reads")]
fn summary(durations: &Durations) -> DurationSummary {
    let Some(histogram) = durations.histogram() else {
        return DurationSummary {
            count: 0.0,
            sum: 0.0,
            min: 0.0,
            max: 0.0,
            mean: 0.0,
            p50: 0.0,
            p90: 0.0,
            p95: 0.0,
            p99: 0.0,
            buckets: vec![0.0; BOUNDS.len()],
        };
    };
    let ms = |nanoseconds: u64| nanoseconds as f64 / NANOS_PER_MS;
    let mut buckets = vec![0.0; BOUNDS.len()];
    for step in histogram.iter_recorded() {
        let value = ms(step.value_iterated_to());
        for (bucket, bound) in buckets.iter_mut().zip(BOUNDS) {
            if value <= bound {
                *bucket += step.count_at_value() as f64;
            }
        }
    }
    let count = histogram.len() as f64;
    let mean = histogram.mean() / NANOS_PER_MS;
    let at = |quantile| ms(histogram.value_at_quantile(quantile).min(histogram.max()));
    DurationSummary {
        count,
        sum: mean * count,
        min: ms(histogram.min()),
        max: ms(histogram.max()),
        mean,
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        buckets,
    }
}

/// How long the tasks of one name waited and ran.
#[napi(object, object_from_js = false)]
pub struct TaskSummary {
    pub name: String,
    /// How many have ended by themselves.
    pub ended: f64,
    pub waiting: DurationSummary,
    pub running: DurationSummary,
}

/// What one worker has measured.
#[napi(object, object_from_js = false)]
pub struct WorkerSummary {
    pub id: u32,
    /// How many tasks it runs.
    pub tasks: u32,
    /// For how long it has run the last of them.
    pub busy: f64,
    pub waiting: DurationSummary,
    pub running: DurationSummary,
    /// How long its event loop was held each time.
    pub held: DurationSummary,
}

/// What a pool has measured.
#[napi(object, object_from_js = false)]
pub struct PoolSummary {
    pub tasks: Vec<TaskSummary>,
    pub workers: Vec<WorkerSummary>,
    pub latency: DurationSummary,
    /// How many tasks have ended by themselves in the last minute.
    pub recent: f64,
}

/// The bounds of the buckets, in milliseconds.
#[napi]
pub fn duration_bounds() -> Vec<f64> {
    BOUNDS.to_vec()
}

/// What a pool's workers have measured.
#[napi]
pub fn summary_of(pool: &NativePool) -> PoolSummary {
    let (present, mut all) = pool.pool.measures();
    let mut workers = Vec::new();
    for worker in present {
        let (mut waiting, mut running) = (Durations::default(), Durations::default());
        for (_, task) in worker.measures.by_label() {
            waiting.add(&task.waiting);
            running.add(&task.running);
        }
        workers.push(WorkerSummary {
            id: worker.id,
            tasks: u32::try_from(worker.running).unwrap_or(u32::MAX),
            busy: worker.busy as f64 / NANOS_PER_MS,
            waiting: summary(&waiting),
            running: summary(&running),
            held: summary(&worker.measures.held),
        });
        all.add(&worker.measures);
    }
    PoolSummary {
        tasks: by_name(&all),
        workers,
        latency: summary(&all.latency),
        recent: all.ended_within(RECENT.into(), Pool::now()) as f64,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts that a person reads")]
fn by_name(measures: &Measures) -> Vec<TaskSummary> {
    measures
        .by_label()
        .map(|(label, task)| TaskSummary {
            name: name_of(label),
            ended: task.ended as f64,
            waiting: summary(&task.waiting),
            running: summary(&task.running),
        })
        .collect()
}
