//! `stats`: the four lines of gops, then what it has no line for.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use tokio::runtime::Handle;

use super::memory::Status;
use crate::service::{Counters, Shared};
use crate::tasks::{registry, site};

/// All lines. `goroutines` counts the tasks of all known runtimes; where they have more tasks than the
/// agent can describe, `tasks described` is less.
pub(super) fn text(shared: &Shared) -> String {
    let mut out = String::new();
    let runtimes = shared.all_runtimes();
    let described = registry::count();
    let workers: usize = runtimes.iter().map(|runtime| runtime.metrics().num_workers()).sum();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    line(&mut out, "goroutines", shared.alive_tasks().max(described));
    match Status::read().number("Threads") {
        Some(threads) => line(&mut out, "OS threads", threads),
        None => line(&mut out, "OS threads", "unknown"),
    }
    match workers {
        0 => line(&mut out, "GOMAXPROCS", "unknown"),
        workers => line(&mut out, "GOMAXPROCS", workers),
    }
    line(&mut out, "num CPU", cpus);
    line(&mut out, "tasks described", described);
    sites(&mut out);
    runtimes.iter().for_each(|handle| runtime(&mut out, handle));
    agent(&mut out, &shared.counters);
    out
}

/// The places that have the most living tasks.
fn sites(out: &mut String) {
    const MOST: usize = 10;
    let mut alive: Vec<_> = site::sites().into_iter().map(|site| (site.alive(), site)).collect();
    alive.retain(|&(alive, _)| alive > 0);
    alive.sort_by_key(|&(alive, site)| (Reverse(alive), site.number));
    for (alive, site) in alive.into_iter().take(MOST) {
        let place = format!("tasks of {} line {}", site.location.file(), site.location.line());
        let spawned = site.spawned.load(Ordering::Relaxed);
        line(out, &place, format_args!("{alive} alive, {spawned} spawned"));
    }
}

fn runtime(out: &mut String, handle: &Handle) {
    let (id, metrics) = (handle.id(), handle.metrics());
    let workers = 0..metrics.num_workers();
    line(out, &format!("runtime {id} workers"), workers.len());
    line(out, &format!("runtime {id} tasks"), metrics.num_alive_tasks());
    line(out, &format!("runtime {id} global queue"), metrics.global_queue_depth());
    #[cfg(target_has_atomic = "64")]
    {
        let busy: f64 =
            workers.clone().map(|worker| metrics.worker_total_busy_duration(worker).as_secs_f64()).sum();
        let parks: u64 = workers.map(|worker| metrics.worker_park_count(worker)).sum();
        line(out, &format!("runtime {id} busy"), format_args!("{busy:.6}s"));
        line(out, &format!("runtime {id} parks"), parks);
    }
}

fn agent(out: &mut String, counters: &Counters) {
    for (label, count) in [
        ("agent connections", &counters.connections),
        ("agent answered", &counters.answered),
        ("agent refused", &counters.refused),
        ("agent denied", &counters.denied),
        ("agent dropped", &counters.dropped),
        ("agent system errors", &counters.system_errors),
        ("agent panics", &counters.panics),
    ] {
        line(out, label, count.get());
    }
    let last = counters.last();
    if !last.is_empty() {
        line(out, "agent last error", last.replace('\n', "; "));
    }
}

fn line(out: &mut String, label: &str, value: impl std::fmt::Display) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{label}: {value}");
}
