//! How fast a large pprof profile is decoded, and how much memory it takes.
//!
//! `cargo bench -p taskscope-proto --bench pprof [-- FILE]`. Without a file, two profiles of the size of a
//! large Go service's are made: 3000 functions, 12000 call sites, stacks of about 30 frames. In the
//! first no two samples have one stack, the worst that can be; in the second there are 20000 stacks
//! and each sample has labels of its own, as from a profiler that runs all the time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use taskscope_proto::model::{
    Dataset, Frame, Function, FunctionId, Label, LabelValue, MappingId, StackId, Strings, ValueColumn,
};
use taskscope_proto::{load, pprof};

/// Counts the bytes that are allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: both calls go on to the system's allocator as they came; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(size, Relaxed);
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    match std::env::args().skip(1).find(|argument| !argument.starts_with("--")) {
        Some(path) => measure(&path, &inflated(&path)),
        None => {
            measure("400000 stacks", &pprof::encode(&synthetic(400_000, 400_000)));
            measure("20000 stacks, labels", &pprof::encode(&synthetic(400_000, 20_000)));
        }
    }
}

fn measure(name: &str, bytes: &[u8]) {
    let before = LIVE.load(Relaxed);
    let mut times: Vec<f64> = (0..5).map(|_| seconds(|| drop(black_box(pprof::decode(bytes))))).collect();
    times.sort_by(f64::total_cmp);
    let mb = bytes.len() as f64 / 1e6;
    println!("{name}: {mb:.1} MB in {:.0} ms = {:.0} MB/s (median of 5)", times[2] * 1e3, mb / times[2]);

    let Ok(dataset) = pprof::decode(bytes) else { return println!("not a profile") };
    println!(
        "{} samples, {} stacks, {} frames",
        dataset.samples.len(),
        dataset.stacks.len(),
        dataset.frames.len()
    );
    let held = LIVE.load(Relaxed).saturating_sub(before) as f64;
    println!("memory: {:.1} MB, {:.2} B for each byte of input", held / 1e6, held / bytes.len() as f64);

    let packed = pprof::encode_gzip(&dataset);
    drop(dataset);
    let time = seconds(|| drop(black_box(load::load(packed.clone()))));
    println!("load from gzip ({:.1} MB): {:.0} MB/s of content", packed.len() as f64 / 1e6, mb / time);
}

/// Time on the processor where Linux tells it, so that a busy machine does not count; else elapsed.
fn seconds(work: impl FnOnce()) -> f64 {
    let (start, before) = (Instant::now(), processor_seconds());
    work();
    match before.zip(processor_seconds()) {
        Some((before, after)) => after - before,
        None => start.elapsed().as_secs_f64(),
    }
}

fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(stat.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// The content of a gzipped profile on disk.
fn inflated(path: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let file = std::fs::File::open(path).expect("a readable file");
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut out).expect("a gzipped file");
    out
}

const FUNCTIONS: u32 = 3000;

/// `samples` samples over `distinct` stacks; with labels if stacks repeat.
fn synthetic(samples: u32, distinct: u32) -> Dataset {
    let mut below = random();
    let mut out = Dataset::default();
    add_functions(&mut out);
    let stacks: Vec<_> = (0..distinct).map(|_| add_stack(&mut out, &mut below)).collect();
    let mut values = [Vec::new(), Vec::new()];
    let keys = ["trace_id", "endpoint"].map(|key| out.strings.intern(key));
    for row in 0..samples {
        let stack = if samples == distinct { row } else { below(distinct) };
        out.samples.stack.push(stacks[stack as usize]);
        let hits = i64::from(1 + below(9));
        values[0].push(hits);
        values[1].push(hits * 10_000_000);
        if samples > distinct {
            let id = out.strings.intern(&format!("{:016x}", below(50_000)));
            let endpoint = out.strings.intern(&format!("/api/v1/things/{}", below(200)));
            let labels = [id, endpoint].into_iter().zip(keys);
            out.samples.labels.extend(labels.map(|(text, key)| Label { key, value: LabelValue::Text(text) }));
            out.samples.label_ends.push(2 * (row + 1));
        }
    }
    let column = |(kind, unit), values| ValueColumn { kind, unit, values };
    let kinds = [("samples", "count"), ("cpu", "nanoseconds")]
        .map(|(kind, unit)| (out.strings.intern(kind), out.strings.intern(unit)));
    out.samples.columns = kinds.into_iter().zip(values).map(|(kind, values)| column(kind, values)).collect();
    out.samples.default_column = 1;
    out
}

/// The same numbers in every run.
fn random() -> impl FnMut(u32) -> u32 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as u32 % bound
    }
}

fn add_functions(out: &mut Dataset) {
    for index in 0..FUNCTIONS {
        let name = out
            .strings
            .intern(&format!("example.test/service/package{}.(*Type{index}).Method{index}", index % 97));
        let file = out.strings.intern(&format!("/src/service/package{}/file{}.go", index % 97, index % 400));
        out.functions.intern(Function { name, system_name: Strings::EMPTY, file, start_line: index });
    }
}

/// A walk down a call graph of four call sites a function, some of them inlined; seven of eight
/// calls come from the first.
fn add_stack(out: &mut Dataset, below: &mut impl FnMut(u32) -> u32) -> StackId {
    let mut stack = StackId::NONE;
    let mut function = below(4);
    for _ in 0..10 + below(40) {
        let site = below(24).saturating_sub(20);
        let inlined = !stack.is_none() && (function + site).is_multiple_of(5);
        let frame = out.frames.intern(Frame {
            function: FunctionId(function),
            line: 10 + site,
            address: 0x40_0000 + u64::from(function * 64 + if inlined { 0 } else { site * 8 }),
            mapping: MappingId::NONE,
            inlined,
        });
        stack = out.stacks.intern(stack, frame);
        function = (function * 4 + site + 1) % FUNCTIONS;
    }
    stack
}
