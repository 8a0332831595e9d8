//! Flame graph and top table on a made profile of a million samples. Prints medians in ms.
//!
//! `cargo bench -p taskscope-engine --bench flame`

use std::time::Instant;

use taskscope_engine::analysis::call_tree::{CallTree, Soil};
use taskscope_engine::analysis::children::Children;
use taskscope_engine::analysis::flame::{self, Search};
use taskscope_engine::analysis::modules::Modules;
use taskscope_engine::analysis::names::Names;
use taskscope_engine::analysis::top;
use taskscope_engine::analysis::weights::{StackWeights, sample_types};
use taskscope_engine::api::{Direction, FlameQuery, FlameSource, Scope};
use taskscope_proto::Dataset;
use taskscope_proto::model::{Frame, FrameId, Function, MappingId, Strings, ValueColumn};

const SAMPLES: usize = 1_000_000;
const FUNCTIONS: u64 = 5_000;
const RUNS: usize = 5;

fn main() {
    let dataset = profile();
    println!(
        "{} samples, {} stacks, {} functions; medians of {RUNS} runs",
        dataset.samples.len(),
        dataset.stacks.len(),
        dataset.functions.len()
    );
    let names = measure("names", || Names::build(&dataset));
    let modules = measure("modules", || Modules::build(&dataset, &names));
    let children = measure("children", || Children::build(&dataset));
    let weights = measure("weights", || StackWeights::build(&dataset, 0));
    let soil = Soil { dataset: &dataset, names: &names, children: &children, weights: &weights };
    let kind = sample_types(&dataset).swap_remove(0);
    measure("top table", || top::build(soil, &modules, &kind));
    measure("search", || Search::run(soil, "f12"));
    let none = Search::default();
    for direction in [Direction::TopDown, Direction::BottomUp] {
        let query = FlameQuery {
            source: FlameSource::Samples(0),
            scope: Scope::default(),
            direction,
            x0: 0.0,
            x1: 1.0,
            width_px: 1440.0,
            depth0: 0,
            depth1: 45,
            search: String::new(),
        };
        let mut tree = measure(&format!("{direction:?}: first picture"), || {
            let mut tree = CallTree::new(soil, direction);
            flame::layout(&mut tree, soil, &modules, &none, &query);
            tree
        });
        let boxes = flame::layout(&mut tree, soil, &modules, &none, &query).node.len();
        measure(&format!("{direction:?}: again, {boxes} boxes"), || {
            flame::layout(&mut tree, soil, &modules, &none, &query)
        });
        let zoomed = FlameQuery { x0: 0.3, x1: 0.301, ..query };
        measure(&format!("{direction:?}: zoomed 1000 times"), || {
            flame::layout(&mut tree.clone(), soil, &modules, &none, &zoomed)
        });
    }
}

fn measure<T>(what: &str, mut run: impl FnMut() -> T) -> T {
    let mut times: Vec<f64> = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        last = Some(std::hint::black_box(run()));
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!("{what:<40} {:9.2} ms", times[RUNS / 2]);
    last.unwrap_or_else(run)
}

/// Random walks that prefer few callees, as programs do: most stacks differ, most begin alike.
fn profile() -> Dataset {
    let mut dataset = Dataset::default();
    let frames: Vec<FrameId> = (0..FUNCTIONS).map(|number| frame(&mut dataset, number)).collect();
    let mut seed = 1u64;
    let mut values = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let depth = 10 + random(&mut seed) % 40;
        let mut at = 0;
        let path = (0..depth).map(|_| {
            let skewed = (random(&mut seed) % 100) * (random(&mut seed) % 100) / 900;
            at = (at * 31 + skewed) % FUNCTIONS;
            frames[at as usize]
        });
        let path: Vec<FrameId> = path.collect();
        dataset.samples.stack.push(dataset.stacks.intern_root_first(path));
        values.push(1 + (random(&mut seed) % 100) as i64);
    }
    let (kind, unit) = (dataset.strings.intern("cpu"), dataset.strings.intern("nanoseconds"));
    dataset.samples.columns.push(ValueColumn { kind, unit, values });
    dataset
}

fn frame(dataset: &mut Dataset, number: u64) -> FrameId {
    let name = dataset.strings.intern(&format!("example.test/p{}/q.f{number}", number % 20));
    let file = dataset.strings.intern("q.go");
    let function = Function { name, system_name: Strings::EMPTY, file, start_line: 1 };
    let function = dataset.functions.intern(function);
    dataset.frames.intern(Frame {
        function,
        line: number as u32,
        address: 0,
        mapping: MappingId::NONE,
        inlined: false,
    })
}

fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}
