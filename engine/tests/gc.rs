//! Utilisation against a look at every window, and the collections of traces made by hand and by Go.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use support::{Maker, run, span, wait};
use taskscope_engine::analysis::gc::{self, Busy, Kind, Stop, Work};
use taskscope_engine::api::*;
use taskscope_proto::Dataset;
use taskscope_proto::model::{RangeScope, TaskId, TaskState, WorkerId};

/// Numbers that repeat from run to run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

const KINDS: [Kind; 5] = [Kind::Dedicated, Kind::Fractional, Kind::Idle, Kind::Assist, Kind::Sweep];

/// Some work on three workers during `length` ns that begin at 1000.
fn some_work(random: &mut Random, length: u64) -> Work {
    let mut work = Work { t0_ns: 1000, t1_ns: 1000 + length, workers: vec![(0, 3)], ..Work::default() };
    for _ in 0..random.below(40) {
        let start_ns = 1000 + random.below(length);
        let end_ns = (start_ns + 1 + random.below(60)).min(work.t1_ns);
        let (worker, kind) = (WorkerId(random.below(3) as u32), KINDS[random.below(5) as usize]);
        work.busy.push(Busy { start_ns, end_ns, worker, task: TaskId(0), kind });
    }
    for range in 0..random.below(4) as u32 {
        let start_ns = 1000 + random.below(length);
        let end_ns = (start_ns + random.below(30)).min(work.t1_ns);
        work.stops.push(Stop { start_ns, end_ns, range, gc: random.below(3) > 0 });
    }
    work.busy.sort_by_key(|busy| busy.start_ns);
    work.stops.sort_by_key(|stop| stop.start_ns);
    work
}

/// Utilisation of every single ns, by definition.
fn by_ns(work: &Work, wanted: GcWork) -> Vec<f64> {
    let at = |ns: u64| {
        let stopped = |stop: &Stop| {
            stop.start_ns <= ns && ns < stop.end_ns && (wanted.all_stops || (wanted.stops && stop.gc))
        };
        if work.stops.iter().any(stopped) {
            return 0.0;
        }
        let counts = |kind| match kind {
            Kind::Dedicated | Kind::Fractional => wanted.background,
            Kind::Assist => wanted.assist,
            Kind::Sweep => wanted.sweep,
            Kind::Idle => false,
        };
        let works = |worker: u32| {
            let at_it = |busy: &Busy| busy.worker.0 == worker && busy.start_ns <= ns && ns < busy.end_ns;
            work.busy.iter().any(|busy| at_it(busy) && counts(busy.kind))
        };
        1.0 - (0..3).filter(|&worker| works(worker)).count() as f64 / 3.0
    };
    (work.t0_ns..work.t1_ns).map(at).collect()
}

/// The share of every window of `length`.
fn windows(values: &[f64], length: u64) -> Vec<f64> {
    let mut sums = vec![0.0];
    sums.extend(values.iter().scan(0.0, |sum, value| {
        *sum += value;
        Some(*sum)
    }));
    let length = length as usize;
    (length..sums.len()).map(|end| (sums[end] - sums[end - length]) / length as f64).collect()
}

fn least(values: &[f64], length: u64) -> f64 {
    windows(values, length).into_iter().fold(1.0, f64::min)
}

#[test]
fn the_minimum_is_that_of_all_windows() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..30 {
        let work = some_work(&mut random, [700, 1500, 4000][round % 3]);
        let wanted = GcWork {
            stops: round % 5 > 0,
            all_stops: round % 7 == 0,
            background: round % 3 > 0,
            assist: round % 4 > 0,
            sweep: round % 2 == 0,
        };
        let values = by_ns(&work, wanted);
        let query =
            MmuQuery { work: wanted, worst_of_ns: Some(50), percentiles: true, ..MmuQuery::default() };
        let answer = gc::mmu(&work, &query);
        for (&length, &found) in answer.lengths_ns.iter().zip(&answer.minimum) {
            let exact = least(&values, length);
            assert!((found - exact).abs() < 1e-9, "round {round}, {length} ns: {found}, not {exact}");
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert!((answer.mean - mean).abs() < 1e-9);
        let pause = values.split(|value| *value > 0.0).map(<[f64]>::len).max().unwrap_or(0);
        assert_eq!(answer.max_pause_ns, pause as u64, "round {round}");
        worst_is_least(&answer, &values);
        percentiles_are_near(&answer, &values);
    }
}

/// The worst window has the least share, the others follow, and none lies over another.
fn worst_is_least(answer: &MmuAnswer, values: &[f64]) {
    let exact = least(values, answer.worst_of_ns);
    match answer.worst.first() {
        None => assert!(exact > 1.0 - 1e-9),
        Some(first) => assert!((first.utilisation - exact).abs() < 1e-9),
    }
    for (row, window) in answer.worst.iter().enumerate() {
        let place = window.place;
        assert_eq!(place.t1_ns - place.t0_ns, answer.worst_of_ns);
        let inside = &values[(place.t0_ns - answer.t0_ns) as usize..(place.t1_ns - answer.t0_ns) as usize];
        let share = inside.iter().sum::<f64>() / inside.len() as f64;
        assert!((window.utilisation - share).abs() < 1e-9);
        for other in &answer.worst[..row] {
            assert!(other.utilisation <= window.utilisation);
            assert!(other.place.t1_ns <= place.t0_ns || place.t1_ns <= other.place.t0_ns);
        }
    }
}

/// Windows at whole ns stand for those between, so the curves lie between their neighbours.
fn percentiles_are_near(answer: &MmuAnswer, values: &[f64]) {
    let parts = [0.001, 0.01, 0.05];
    for (curve, part) in answer.percentiles.iter().zip(parts) {
        for (&length, &found) in
            answer.lengths_ns.iter().zip(&curve.values).filter(|(length, _)| **length > 99)
        {
            let mut shares = windows(values, length);
            shares.sort_by(f64::total_cmp);
            let at = |rank: f64| shares[(rank.max(0.0) as usize).min(shares.len() - 1)];
            let rank = part * shares.len() as f64;
            let (low, high) = (at(rank - 2.0) - 1.1 / 1024.0, at(rank + 2.0) + 1e-9);
            assert!(
                (low..=high).contains(&found),
                "{} of {length}: {found} not in {low}..{high}",
                curve.name
            );
        }
    }
}

#[test]
fn of_each_worker_the_worst_counts() {
    let mut random = Random(77);
    for _ in 0..10 {
        let work = some_work(&mut random, 900);
        let answer = gc::mmu(&work, &MmuQuery { per_worker: true, ..MmuQuery::default() });
        let alone = |worker: u32| {
            let mut work = Work { workers: vec![(0, 1)], ..work.clone() };
            work.busy.retain(|busy| busy.worker.0 == worker && busy.kind != Kind::Dedicated);
            work.busy.iter_mut().for_each(|busy| busy.worker.0 = 0);
            let whole = gc::mmu(&work, &MmuQuery::default());
            (whole.lengths_ns, whole.minimum)
        };
        let each: Vec<_> = (0..3).map(alone).collect();
        assert!(each.iter().all(|(lengths, _)| *lengths == answer.lengths_ns));
        for (row, &found) in answer.minimum.iter().enumerate() {
            assert_eq!(found, each.iter().map(|(_, minimum)| minimum[row]).fold(1.0, f64::min));
        }
    }
}

const MS: u64 = 1_000_000;

/// 100 ms on four Ps: a collection from 20 to 50 ms, one that is open at the end, a stop for GOMAXPROCS.
fn collected() -> Dataset {
    let mut maker = Maker::new(0, 100 * MS, 4);
    let labelled = |at, worker, mode| support::Made { reason: mode, ..run(at * MS, worker) };
    maker.task(
        2,
        "runtime.gcBgMarkWorker",
        &[
            wait(0, "system goroutine wait", &[]),
            span(20 * MS, TaskState::Ready),
            labelled(20, 0, "GC (dedicated)"),
            wait(50 * MS, "system goroutine wait", &[]),
            span(60 * MS, TaskState::Ready),
            labelled(60, 1, "GC (idle)"),
            wait(61 * MS, "system goroutine wait", &[]),
            // Starts once more without a label: it is not at work then.
            run(90 * MS, 1),
            wait(91 * MS, "system goroutine wait", &[]),
        ],
    );
    // Labels of ordinary goroutines follow the mode of their P, and mean nothing.
    let busy = maker.task(
        7,
        "main.work",
        &[
            labelled(0, 2, "GC (fractional)"),
            wait(30 * MS, "GC mark assist wait for work", &[]),
            span(36 * MS, TaskState::Ready),
            run(38 * MS, 3),
        ],
    );
    maker.range("GC concurrent mark phase", RangeScope::Global, 20 * MS, 50 * MS);
    maker.range("GC concurrent mark phase", RangeScope::Global, 95 * MS, 100 * MS);
    maker.range("stop-the-world (GC sweep termination)", RangeScope::Task(busy), 19 * MS, 20 * MS);
    maker.range("stop-the-world (GC mark termination)", RangeScope::Task(busy), 49 * MS, 51 * MS);
    maker.range("stop-the-world (GOMAXPROCS)", RangeScope::Task(busy), 70 * MS, 74 * MS);
    maker.range("GC mark assist", RangeScope::Task(busy), 28 * MS, 40 * MS);
    maker.range("GC incremental sweep", RangeScope::Worker(WorkerId(1)), 55 * MS, 56 * MS);
    maker.counter("/sched/gomaxprocs:threads", &[(0, 4)]);
    maker.counter("/memory/classes/heap/objects:bytes", &[(0, 30 << 20), (45 * MS, 12 << 20)]);
    maker.counter("/gc/heap/goal:bytes", &[(0, 32 << 20), (52 * MS, 1 << 60)]);
    maker.finish()
}

#[test]
fn collections_say_what_they_took() {
    let dataset = collected();
    let work = Work::build(&dataset);
    let answer = gc::gc(&dataset, &work, &GcQuery::default());
    assert_eq!((answer.collections, answer.workers), (2, 4.0));
    let first = &answer.rows[0];
    assert_eq!((first.stop_before_ns, first.stop_after_ns), (Some(MS), Some(2 * MS)));
    assert_eq!((first.mark_ns, first.background_ns, first.idle_ns), (30 * MS, 30 * MS, MS));
    assert_eq!(first.assist_ns, 4 * MS, "28 to 30 and 38 to 40, while it ran");
    assert_eq!(
        (first.heap_start, first.heap_end, first.goal),
        (Some(30 << 20), Some(12 << 20), Some(32 << 20))
    );
    let second = &answer.rows[1];
    assert_eq!((second.open, second.stop_before_ns, second.heap_end, second.goal), (true, None, None, None));
    let totals = answer.totals;
    assert_eq!((totals.cpu_ns, totals.gc_stop_ns, totals.other_stop_ns), (400 * MS, 3 * MS, 4 * MS));
    assert_eq!((totals.background_ns, totals.assist_ns, totals.sweep_ns), (30 * MS, 4 * MS, MS));
    assert_eq!(totals.share, (3.0 * 4.0 + 30.0 + 4.0 + 1.0) / 400.0);
    let kinds: Vec<(&str, bool, u64)> =
        answer.stops.iter().map(|stop| (stop.kind.as_str(), stop.gc, stop.max_ns / MS)).collect();
    assert_eq!(
        kinds,
        [("GOMAXPROCS", false, 4), ("GC mark termination", true, 2), ("GC sweep termination", true, 1)]
    );
}

#[test]
fn a_window_and_a_page_cut_the_collections() {
    let dataset = collected();
    let work = Work::build(&dataset);
    let late = GcQuery { window_ns: Some((60 * MS, 100 * MS)), ..GcQuery::default() };
    let answer = gc::gc(&dataset, &work, &late);
    assert_eq!((answer.collections, answer.rows[0].number), (1, 2));
    assert_eq!((answer.stops.len(), answer.totals.background_ns, answer.totals.cpu_ns), (1, 0, 160 * MS));
    let page = GcQuery { first: 1, count: 1, sort: GcSort::Background, ..GcQuery::default() };
    let answer = gc::gc(&dataset, &work, &page);
    assert_eq!((answer.collections, answer.rows.len(), answer.rows[0].number), (2, 1, 2));
}

#[test]
fn mmu_of_a_trace_counts_what_it_should() {
    let work = Work::build(&collected());
    let answer = gc::mmu(&work, &MmuQuery::default());
    assert_eq!(answer.max_pause_ns, 2 * MS);
    // 41 to 51 ms: eight with one of four Ps marking, two stopped.
    assert_eq!(answer.worst[0].place.t0_ns, 41 * MS);
    assert!((answer.worst[0].utilisation - 0.6).abs() < 1e-9);
    let only = |work| MmuQuery { work, ..MmuQuery::default() };
    let none = GcWork { stops: false, all_stops: false, background: false, assist: false, sweep: false };
    assert_eq!(gc::mmu(&work, &only(none)).mean, 1.0);
    let assists = gc::mmu(&work, &only(GcWork { assist: true, ..none }));
    assert_eq!(assists.mean, 1.0 - 4.0 / 400.0);
    assert_eq!(assists.counted, "assists");
    let stops = gc::mmu(&work, &only(GcWork { all_stops: true, ..none }));
    assert_eq!(stops.max_pause_ns, 4 * MS);
}

#[test]
fn latency_tells_how_tasks_got_ready() {
    let mut maker = Maker::new(0, 1000 * MS, 2);
    maker.task(
        1,
        "main.main",
        &[
            span(0, TaskState::Ready),
            run(3 * MS, 0),
            wait(10 * MS, "sleep", &[]),
            span(20 * MS, TaskState::Ready),
            run(21 * MS, 0),
            span(30 * MS, TaskState::Ready),
            run(90 * MS, 0),
            span(100 * MS, TaskState::Syscall),
            span(110 * MS, TaskState::Ready),
            run(112 * MS, 0),
        ],
    );
    maker.task(2, "main.late", &[span(500 * MS, TaskState::Ready), run(505 * MS, 1)]);
    maker.task(3, "main.never", &[span(600 * MS, TaskState::Ready)]);
    maker.task(4, "runtime.bgsweep", &[run(0, 1), span(5 * MS, TaskState::Ready), run(400 * MS, 1)]);
    let dataset = maker.finish();
    let answer = gc::latency(&dataset, &LatencyQuery::default());
    let seen: Vec<(&str, u64, u64)> =
        answer.series.iter().map(|series| (series.name.as_str(), series.count, series.max_ns / MS)).collect();
    assert_eq!(
        seen,
        [
            ("all", 4, 60),
            ("woken", 1, 1),
            ("spawned", 1, 5),
            ("after a system call", 1, 2),
            ("preempted or yielded", 1, 60),
            ("the runtime's own", 1, 395),
        ]
    );
    assert_eq!(answer.still_ready, 1);
    assert_eq!((answer.longest[0].wait_ns, answer.longest[0].task.as_str()), (60 * MS, "G 1 · main.main"));
    assert!(answer.series.iter().all(|series| series.counts.iter().sum::<u64>() == series.count));
    let late = gc::latency(&dataset, &LatencyQuery { window_ns: Some((400 * MS, 600 * MS)) });
    assert_eq!((late.series[0].count, late.series[0].max_ns), (1, 5 * MS));
}

#[test]
fn traces_of_go_add_up() {
    for file in ["go1.22.10.bin", "go1.25.5.bin", "go1.27.3.bin", "go1.26.8.generations.bin"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data/trace").join(file);
        let dataset = taskscope_proto::load::load(std::fs::read(path).unwrap()).unwrap().remove(0).dataset;
        let work = Work::build(&dataset);
        let answer = gc::gc(&dataset, &work, &GcQuery::default());
        let counts = &dataset.trace_counts.as_ref().unwrap().ranges;
        let begun = |name: &str| counts.get(&format!("RangeBegin:{name}")).copied().unwrap_or(0);
        let found = counts.get("RangeActive:GC concurrent mark phase").copied().unwrap_or(0);
        assert!(u64::from(answer.collections) >= begun("GC concurrent mark phase"), "{file}");
        assert!(u64::from(answer.collections) <= begun("GC concurrent mark phase") + found, "{file}");
        for stop in &answer.stops {
            assert_eq!(stop.count, begun(&format!("stop-the-world ({})", stop.kind)), "{file}");
            assert!(
                stop.median_ns <= stop.p99_ns && stop.p99_ns <= stop.max_ns && stop.max_ns <= stop.total_ns
            );
        }
        let whole: Vec<&Collection> =
            answer.rows.iter().filter(|row| !row.began_before && !row.open).collect();
        assert!(
            whole.iter().all(|row| row.stop_before_ns.is_some() && row.stop_after_ns.is_some()),
            "{file}"
        );
        assert!(
            whole.iter().all(|row| row.heap_end.is_some() && row.background_ns + row.idle_ns > 0),
            "{file}"
        );
        let mmu = gc::mmu(&work, &MmuQuery { percentiles: true, ..MmuQuery::default() });
        // Unlike in Go's tool, utilisation recovers: the whole has more than its worst parts.
        assert!(mmu.mean > 0.5 && mmu.minimum.last().is_some_and(|last| (last - mmu.mean).abs() < 1e-9));
        for curve in &mmu.percentiles {
            assert!(curve.values.iter().zip(&mmu.minimum).all(|(value, least)| value >= least), "{file}");
        }
    }
}

/// Where Go's tool is right, which it is without background workers, it has the same minima. The truth
/// is from `NewMMUCurve(MutatorUtilizationV2(events, flags)).MMU(window)` of Go 1.26.8's internal/trace.
#[test]
fn minima_equal_gos_without_background_workers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data/trace");
    let mut compared = 0;
    for file in ["go1.22.10", "go1.25.5", "go1.26.6"] {
        let dataset = std::fs::read(folder.join(format!("{file}.bin"))).unwrap();
        let work = Work::build(&taskscope_proto::load::load(dataset).unwrap().remove(0).dataset);
        let truth = std::fs::read_to_string(folder.join(format!("{file}.mmu.json"))).unwrap();
        let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
        for (flags, truth) in truth.as_object().unwrap() {
            let has = |flag: &str| flags.split(',').any(|named| named == flag);
            let counted = GcWork {
                stops: has("stw"),
                all_stops: false,
                background: false,
                assist: has("assist"),
                sweep: has("sweep"),
            };
            let answer = gc::mmu(&work, &MmuQuery { work: counted, round: true, ..MmuQuery::default() });
            for (length, least) in truth.as_object().unwrap() {
                let row = answer.lengths_ns.iter().position(|ns| ns.to_string() == *length).unwrap();
                let (ours, gos) = (answer.minimum[row], least.as_f64().unwrap());
                assert!((ours - gos).abs() < 1e-9, "{file} {flags} {length} ns: {ours}, Go says {gos}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3 * 4 * 13);
}
