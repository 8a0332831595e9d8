//! How fast a Go trace becomes a data set, and how much memory that takes.
//!
//! `cargo bench -p taskscope-proto --bench gotrace [-- FILE…]`; without a file, the largest fixture.
#![allow(clippy::unwrap_used, reason = "a file that cannot be read ends the measurement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use taskscope_proto::Dataset;
use taskscope_proto::gotrace::{Reader, StepResult};

/// Nanoseconds this thread has had a CPU, where the system tells (Linux): a busy machine does not
/// disturb these. Elsewhere the wall clock.
fn cpu_ns(start: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_else(|| start.elapsed().as_nanos() as f64)
}

/// Counts live and peak heap bytes.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    CALLS.fetch_add(1, Relaxed);
    PEAK.fetch_max(LIVE.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: every call is passed on to the system's allocator as it came; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_sub(layout.size(), Relaxed);
        grow(size);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn read(bytes: Vec<u8>) -> Box<Dataset> {
    let mut reader = Reader::new(bytes).unwrap();
    loop {
        match reader.step() {
            StepResult::Working { .. } => {}
            StepResult::Done(data) => return data,
            StepResult::Failed(error) => panic!("{error}"),
        }
    }
}

fn main() {
    let mut files: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if files.is_empty() {
        files.push(format!("{}/tests/data/trace/go1.27.3.bin", env!("CARGO_MANIFEST_DIR")));
    }
    for file in &files {
        measure(file);
    }
}

fn measure(file: &str) {
    let bytes = std::fs::read(file).unwrap();
    let length = bytes.len();
    let runs = (400_000_000 / length).clamp(3, 30);
    let mut seconds: Vec<f64> = (0..runs)
        .map(|_| {
            let bytes = bytes.clone();
            let start = Instant::now();
            let begin = cpu_ns(start);
            let data = read(bytes);
            let elapsed = (cpu_ns(start) - begin) / 1e9;
            drop(data);
            elapsed
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    let median = seconds[runs / 2];

    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    CALLS.store(0, Relaxed);
    let data = read(bytes);
    let events = data.trace_counts.as_ref().unwrap().events;
    // `bytes` was counted before reading and is freed by now.
    let (kept, peak) = (LIVE.load(Relaxed) + length - before, PEAK.load(Relaxed) - before);
    println!("{file}: {length} bytes, {events} events, {runs} runs");
    println!(
        "  {:.1} MiB/s of CPU time, {:.1} ns/event (median; best {:.1} MiB/s)",
        length as f64 / median / (1 << 20) as f64,
        median * 1e9 / events as f64,
        length as f64 / seconds[0] / (1 << 20) as f64
    );
    println!(
        "  {:.1} B/event kept, {:.1} B/event above the file at the peak, {} allocations",
        kept as f64 / events as f64,
        peak as f64 / events as f64,
        CALLS.load(Relaxed)
    );
    println!(
        "  {} tasks, {} spans, {} wakes, {} worker runs, {} stacks, {} strings, {} notices",
        data.tasks.len(),
        data.spans.len(),
        data.wakes.span.len(),
        data.worker_runs.rows.len(),
        data.stacks.len(),
        data.strings.len(),
        data.notices.len()
    );
}
