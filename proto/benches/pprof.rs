//! How fast a large pprof profile is decoded, and how much memory it takes.
//!
//! `cargo bench -p taskscope-proto --bench pprof [-- SAMPLES | FILE]`. Without a file, a profile of the
//! shape of a busy Go server's is made: 3000 functions, 12000 call sites, stacks of about 30 frames.

use std::hint::black_box;
use std::time::Instant;

use taskscope_proto::model::{
    Dataset, Frame, Function, FunctionId, MappingId, StackId, Strings, ValueColumn,
};
use taskscope_proto::{load, pprof};

fn main() {
    let argument = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let bytes = match argument.as_deref().map(str::parse::<u32>) {
        Some(Ok(samples)) => pprof::encode(&synthetic(samples)),
        Some(Err(_)) => inflated(argument.as_deref().unwrap_or_default()),
        None => pprof::encode(&synthetic(400_000)),
    };
    let before = resident();
    let mut times: Vec<f64> = (0..5).map(|_| seconds(|| drop(black_box(pprof::decode(&bytes))))).collect();
    times.sort_by(f64::total_cmp);
    let mb = bytes.len() as f64 / 1e6;
    println!("decode: {mb:.1} MB in {:.0} ms = {:.0} MB/s (median of 5)", times[2] * 1e3, mb / times[2]);

    let Ok(dataset) = pprof::decode(&bytes) else { return println!("not a profile") };
    println!(
        "{} samples, {} stacks, {} frames",
        dataset.samples.len(),
        dataset.stacks.len(),
        dataset.frames.len()
    );
    if let (Some(before), Some(after)) = (before, resident()) {
        let held = after.saturating_sub(before) as f64;
        println!("memory: {:.1} MB, {:.2} B for each byte of input", held / 1e6, held / bytes.len() as f64);
    }

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

/// Resident bytes of this process, on Linux.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

const FUNCTIONS: u32 = 3000;

fn synthetic(samples: u32) -> Dataset {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |bound: u32| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as u32 % bound
    };
    let mut out = Dataset::default();
    for index in 0..FUNCTIONS {
        let name = out
            .strings
            .intern(&format!("example.test/service/package{}.(*Type{index}).Method{index}", index % 97));
        let file = out.strings.intern(&format!("/src/service/package{}/file{}.go", index % 97, index % 400));
        out.functions.intern(Function { name, system_name: Strings::EMPTY, file, start_line: index });
    }
    let (samples_kind, cpu) = (out.strings.intern("samples"), out.strings.intern("cpu"));
    let (count, ns) = (out.strings.intern("count"), out.strings.intern("nanoseconds"));
    let mut values = [Vec::new(), Vec::new()];
    for _ in 0..samples {
        let mut stack = StackId::NONE;
        let mut function = below(4);
        for _ in 0..10 + below(40) {
            // Four call sites a function, some of them inlined; seven of eight calls come from the first.
            let site = below(24).saturating_sub(20);
            let inlined = !stack.is_none() && (function + site) % 5 == 0;
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
        out.samples.stack.push(stack);
        let hits = i64::from(1 + below(9));
        values[0].push(hits);
        values[1].push(hits * 10_000_000);
    }
    let [hits, time] = values;
    out.samples.columns = vec![
        ValueColumn { kind: samples_kind, unit: count, values: hits },
        ValueColumn { kind: cpu, unit: ns, values: time },
    ];
    out.samples.default_column = 1;
    out
}
