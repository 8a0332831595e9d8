//! The verbs: each takes its arguments, does one thing and prints the result.

mod ask;
mod blocking;
mod capture;
mod findings;
mod gctrace;
mod goroutines;
mod inspect;
mod latency;
mod leaks;
mod loaded;
mod marks;
mod mmu;
mod stack;
mod task;
mod top;
mod view;
mod why;

use std::time::Duration;

use crate::cli::{Cli, Verb};
use crate::failure::Failure;

/// Does what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Trace(args) => capture::trace(&args),
        Verb::Cpu(args) => capture::cpu(&args),
        Verb::Heap(args) => capture::heap(&args),
        Verb::Binary(args) => capture::binary(&args),
        Verb::Stack(args) => stack::run(&args),
        Verb::Gc(args) => ask::gc(&args),
        Verb::Setgc(args) => ask::setgc(&args),
        Verb::Memstats(args) => ask::memstats(&args),
        Verb::Stats(args) => ask::stats(&args),
        Verb::Version(args) => ask::version(&args),
        Verb::View(args) => view::run(&args),
        Verb::Inspect(args) => inspect::run(&args),
        Verb::Top(args) => top::run(&args),
        Verb::Leaks(args) => leaks::run(&args),
        Verb::Goroutines(args) => goroutines::run(&args),
        Verb::Blocking(args) => blocking::run(&args),
        Verb::Tasks(args) => marks::tasks(&args),
        Verb::Task(args) => task::run(&args),
        Verb::Regions(args) => marks::regions(&args),
        Verb::Why(args) => why::run(&args),
        Verb::Findings(args) => findings::run(&args),
        Verb::Gctrace(args) => gctrace::run(&args),
        Verb::Mmu(args) => mmu::run(&args),
        Verb::Latency(args) => latency::run(&args),
    }
}

/// A length of time in ns; the longest there is for one of centuries.
fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
