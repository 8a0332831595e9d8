//! Reads a trace as collector and viewer do, and says as JSON what that took: our side of `cargo xtask bench traces`.
//!
//! `read_trace FILE [--summary] [--one-thread]`: file → data set with all spans, and with `--summary` every task's time by
//! state; on two threads where the machine has them, unless told to take one.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock and its file")]

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use taskscope_collector::source::file::read;
use taskscope_proto::load::{Limits, LoadError, Loader, Part, Step};
use taskscope_proto::{Dataset, model::TaskId};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(file) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        eprintln!("usage: read_trace FILE [--summary] [--one-thread]");
        return ExitCode::from(2);
    };
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    match run(file, has("--summary"), !has("--one-thread")) {
        Ok(line) => println!("{line}"),
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(file: &str, summary: bool, threads: bool) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let bytes =
        if threads { read(Path::new(file)).map_err(|_| "it cannot be read")? } else { std::fs::read(file)? };
    let parts = load(bytes, threads)?;
    let data = &parts.first().ok_or("it has no parts")?.dataset;
    let summaries = if summary { summarize(data) } else { Vec::new() };
    let wall_ns = begin.elapsed().as_nanos() as u64;
    let total: u64 = summaries.iter().flatten().sum();
    let events = data.trace_counts.as_ref().ok_or("it is no trace")?.events;
    Ok(serde_json::json!({
        "events": events,
        "goroutines": summaries.len(),
        "summed_ns": total,
        "wall_ns": wall_ns,
        "cpu_ns": cpu_ns().unwrap_or(0),
        "peak_bytes": peak_bytes().unwrap_or(0),
        "kept_bytes": kept_bytes(&parts),
    }))
}

fn load(bytes: Vec<u8>, threads: bool) -> Result<Vec<Part>, LoadError> {
    let mut loader = Loader::new(bytes, Limits { threads, ..Limits::default() });
    loop {
        match loader.step() {
            Step::Working { .. } => {}
            Step::Done(parts) => return Ok(parts),
            Step::Failed(error) => return Err(error),
        }
    }
}

/// Time by state of every task.
fn summarize(data: &Dataset) -> Vec<[u64; 6]> {
    let tasks = 0..data.tasks.len();
    tasks.map(|row| summary_of(data, TaskId::from_index(row))).collect()
}

fn summary_of(data: &Dataset, task: TaskId) -> [u64; 6] {
    let rows = data.spans.rows_of(task);
    let starts = data.spans.start_ns.get(rows.clone()).unwrap_or_default();
    let states = data.spans.state.get(rows).unwrap_or_default();
    let ends = starts.iter().skip(1).copied().chain([data.end_of(task)]);
    let mut times = [0; 6];
    for ((&start, end), &state) in starts.iter().zip(ends).zip(states) {
        times[state as usize] += end.saturating_sub(start);
    }
    times
}

/// The large tables of the first part: what all files have in common.
fn kept_bytes(parts: &[Part]) -> u64 {
    let data = &parts[0].dataset;
    let spans = data.spans.len() * 19 + data.spans.first.len() * 4;
    let wakes = data.wakes.span.len() * 8 + data.worker_runs.rows.len() * 4;
    let tasks = size_of_val(&data.tasks.rows[..]) + size_of_val(&data.worker_spans[..]);
    let user =
        size_of_val(&data.regions[..]) + size_of_val(&data.user_tasks[..]) + size_of_val(&data.logs[..]);
    let counters: usize = data.counters.iter().map(|counter| counter.time_ns.len() * 16).sum();
    (spans + wakes + tasks + user + counters + size_of_val(&data.ranges[..]) + data.samples.len() * 32) as u64
}

/// CPU time of all threads so far, where the system tells (Linux), in steps of its clock.
fn cpu_ns() -> Option<u64> {
    const TICK_NS: u64 = 10_000_000;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name in parentheses: user and system time are the 12th and 13th field.
    let times = stat.rsplit(')').next()?.split_whitespace().skip(11).take(2);
    Some(times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * TICK_NS)
}

/// The most memory this process had in use, where the system tells (Linux).
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib << 10)
}
