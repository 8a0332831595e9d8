//! What the sampling allocator costs: ns of CPU per allocation and per free, beside the system's alone.
//!
//! `cargo bench -p taskscope-agent --bench heap`
//!
//! "off": installed, and nobody asked for a profile yet. "on": as from the start of the agent on, one sample in
//! 512 KiB. Allocations of 16 to 256 bytes; medians.
#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

use taskscope_agent::heap::Allocator;

/// So few and small that the system's allocator keeps their memory: page faults would drown everything.
const BLOCKS: usize = 1000;
const REPEATS: usize = 200;
const ROUNDS: usize = 9;
const SIZES: [usize; 8] = [16, 24, 32, 48, 64, 100, 160, 256];

/// Only called by name: the bench's own memory comes from the system.
static WRAPPED: Allocator = Allocator::system();

fn main() {
    println!("{:<16} {:>9} {:>9}   (ns of CPU, medians of {ROUNDS})", "", "alloc", "free");
    let plain = row("system", &System);
    let off = row("wrapped, off", &WRAPPED);
    taskscope_agent::heap::start();
    let on = row("wrapped, on", &WRAPPED);
    for (name, costs, most) in [("off", off, [0.5, 0.5]), ("on", on, [4.0, 10.0])] {
        let more = [costs[0] - plain[0], costs[1] - plain[1]];
        let met = if more[0] <= most[0] && more[1] <= most[1] { "met" } else { "missed" };
        let [alloc, free] = more;
        println!("{name}: {alloc:+.1} ns an allocation, {free:+.1} ns a free; budgets {most:?}: {met}");
    }
}

/// ns per allocation and per free.
fn row(name: &str, allocator: &dyn GlobalAlloc) -> [f64; 2] {
    let mut times: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    // The first round warms up.
    for round in 0..=ROUNDS {
        let (alloc, free) = measure(allocator);
        if round > 0 {
            times[0].push(alloc);
            times[1].push(free);
        }
    }
    let costs = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2] / (BLOCKS * REPEATS) as f64
    });
    println!("{name:<16} {:9.1} {:9.1}", costs[0], costs[1]);
    costs
}

fn measure(allocator: &dyn GlobalAlloc) -> (f64, f64) {
    let layouts = SIZES.map(|size| Layout::from_size_align(size, 8).unwrap());
    let mut blocks = Vec::with_capacity(BLOCKS);
    let (mut allocating, mut freeing) = (0.0, 0.0);
    for _ in 0..REPEATS {
        let start = cpu_ns();
        for at in 0..BLOCKS {
            let layout = layouts[at % layouts.len()];
            // SAFETY: the layout has a size.
            blocks.push((black_box(unsafe { allocator.alloc(layout) }), layout));
        }
        let between = cpu_ns();
        for (block, layout) in blocks.drain(..) {
            // SAFETY: it was allocated above, by this allocator and with this layout.
            unsafe { allocator.dealloc(block, layout) };
        }
        allocating += between - start;
        freeing += cpu_ns() - between;
    }
    (allocating, freeing)
}

fn cpu_ns() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec; every system that has libc here knows the clock.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
