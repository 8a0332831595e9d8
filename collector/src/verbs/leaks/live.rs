//! `leaks` of a running process: several looks at its tasks, some seconds apart.

use std::thread;
use std::time::{Duration, Instant};

use taskscope_engine::analysis::leaks;
use taskscope_engine::report;
use taskscope_proto::Dataset;
use taskscope_proto::load;

use crate::cli::LeaksArgs;
use crate::failure::{Failure, Report, warn};
use crate::interrupt::{self, TICK};
use crate::out;
use crate::source::agent;
use crate::target::{self, Target, TargetSpec};
use crate::verbs::stack;

/// Looks, compares, prints.
pub fn run(spec: &TargetSpec, args: &LeaksArgs) -> Result<(), Failure> {
    let target = target::resolve(spec, args.token.as_deref())?;
    interrupt::install();
    let target = agent::recognise(target)?;
    let start = Instant::now();
    let mut dumps = Vec::new();
    let steps = args.looks.saturating_sub(1);
    for look in 0..args.looks {
        // Each at its own time, however long the one before took.
        wait_until(start + args.within * look / steps.max(1))?;
        dumps.push(look_at(&target, args.timeout)?);
    }
    let dumps: Vec<&Dataset> = dumps.iter().collect();
    let answer = leaks::compared(&dumps, super::super::ns(start.elapsed()), &super::query(args));
    match args.json {
        true => out::json(&report::leak_report(answer)),
        false => out::styled(&super::text(&answer)),
    }
}

fn look_at(target: &Target, patience: Duration) -> Result<Dataset, Failure> {
    let bytes = stack::tasks(target, patience)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        // A program without tasks has nothing to judge, which is an answer.
        return Ok(Dataset::default());
    }
    let parts = load::load(bytes).map_err(|_| {
        Report::new(format!("{target} sent no dump of its tasks"))
            .and("See what it says with `collector stack`.")
    })?;
    let dataset = parts.into_iter().next().map(|part| part.dataset).unwrap_or_default();
    for notice in &dataset.notices {
        warn(format_args!("{}", notice.message));
    }
    Ok(dataset)
}

fn wait_until(time: Instant) -> Result<(), Failure> {
    loop {
        interrupt::check()?;
        let left = time.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(TICK));
    }
}
