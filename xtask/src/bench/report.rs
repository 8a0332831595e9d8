//! The table: medians, ratios, budgets.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::programs::Run;

/// Who read the trace, and what they made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Taskscope: a data set with all spans.
    Ours,
    /// The same, and every task's time by state.
    OursSummary,
    /// `golang.org/x/exp/trace`: every event read and forgotten.
    Go,
    /// The same, with all events kept and Go's own summary of goroutines, as `go tool trace` starts.
    GoSummary,
}

const TOOLS: [(Tool, &str); 4] = [
    (Tool::Ours, "Taskscope: data set with all spans"),
    (Tool::OursSummary, "Taskscope: the same and summary"),
    (Tool::Go, "x/exp/trace: reader alone"),
    (Tool::GoSummary, "x/exp/trace: reader and summary"),
];

/// Budgets of issue 3.
const READER_RATIO: f64 = 4.0;
const SUMMARY_RATIO: f64 = 20.0;
const BYTES_PER_EVENT: f64 = 24.0;
const FRAME_MS: f64 = 8.0;

/// All runs on one trace.
pub struct Report {
    /// The trace.
    pub file: PathBuf,
    /// What the browser's bench measured.
    pub browser: Option<Value>,
    bytes: u64,
    events: u64,
    runs: Vec<(Tool, Run)>,
}

/// A budget, what was measured, and whether it is met.
type Budget = (String, bool);

impl Report {
    /// A report without runs.
    pub fn new(file: &Path) -> Result<Report> {
        let bytes = fs::metadata(file).with_context(|| format!("reading {}", file.display()))?.len();
        Ok(Report { file: file.to_owned(), browser: None, bytes, events: 0, runs: Vec::new() })
    }

    /// Adds a run.
    pub fn add(&mut self, tool: Tool, run: Run) {
        self.events = self.events.max(run.events);
        self.runs.push((tool, run));
    }

    /// How many events Go can keep in half of the memory that is free, at `each` bytes.
    pub fn events_for_go_summary(&self, each: u64) -> u64 {
        let status = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
        let free = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        free.map_or(self.events, |kib| self.events.min(kib * 1024 / 2 / each))
    }

    /// Budgets that are not met, in words.
    pub fn missed(&self) -> Vec<String> {
        self.budgets().into_iter().filter(|(_, met)| !met).map(|(text, _)| text).collect()
    }

    /// Prints the tables, or everything as JSON.
    pub fn print(&self, as_json: bool) -> Result<()> {
        if as_json {
            println!("{}", serde_json::to_string_pretty(&self.json())?);
            return Ok(());
        }
        let (bytes, events) = (mib(self.bytes), self.events);
        println!("{}: {bytes:.0} MiB, {events} events", self.file.display());
        println!(
            "{:<36} {:>8} {:>8} {:>9} {:>11} {:>10} {:>9} {:>9}",
            "tool", "wall", "CPU", "MiB/s", "events/s", "peak RSS", "B/event", "kept"
        );
        for (tool, name) in TOOLS {
            if let Some(run) = self.median(tool) {
                self.print_run(name, &run);
            }
        }
        for (name, value) in self.browser.iter().filter_map(Value::as_object).flatten() {
            println!("browser: {name:<43} {value:>12}");
        }
        for (text, met) in self.budgets() {
            println!("{:<7} {text}", if met { "met" } else { "MISSED" });
        }
        Ok(())
    }

    fn print_run(&self, name: &str, run: &Run) {
        let each = |bytes: u64| bytes as f64 / run.events.max(1) as f64;
        println!(
            "{name:<36} {:>6.2} s {:>6.2} s {:>9.1} {:>11.0} {:>6.0} MiB {:>9.1} {:>9.1}",
            run.wall_ns as f64 / 1e9,
            run.cpu_ns as f64 / 1e9,
            self.mib_per_s(run),
            speed(run),
            mib(run.peak_bytes),
            each(run.peak_bytes),
            each(run.kept_bytes),
        );
    }

    /// Of a tool that read a part of the events, as many MiB/s as that part of the file.
    fn mib_per_s(&self, run: &Run) -> f64 {
        let part = run.events as f64 / self.events.max(1) as f64;
        mib(self.bytes) * part / (run.wall_ns as f64 / 1e9)
    }

    /// Each measure's median of all runs of a tool.
    fn median(&self, tool: Tool) -> Option<Run> {
        let runs: Vec<Run> = self.runs.iter().filter(|(of, _)| *of == tool).map(|(_, run)| *run).collect();
        let of = |measure: fn(&Run) -> u64| {
            let mut values: Vec<u64> = runs.iter().map(measure).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied()
        };
        Some(Run {
            events: of(|run| run.events)?,
            wall_ns: of(|run| run.wall_ns)?,
            cpu_ns: of(|run| run.cpu_ns)?,
            peak_bytes: of(|run| run.peak_bytes)?,
            kept_bytes: of(|run| run.kept_bytes)?,
        })
    }

    /// How many times as fast the first tool is as the second.
    fn ratio(&self, ours: Tool, go: Tool) -> Option<f64> {
        Some(speed(&self.median(ours)?) / speed(&self.median(go)?))
    }

    fn budgets(&self) -> Vec<Budget> {
        let mut budgets = Vec::new();
        if let Some(ratio) = self.ratio(Tool::Ours, Tool::Go) {
            let text = format!("{ratio:.1} times as fast as Go's reader alone (at least {READER_RATIO})");
            budgets.push((text, ratio >= READER_RATIO));
        }
        if let Some(ratio) = self.ratio(Tool::OursSummary, Tool::GoSummary) {
            let text =
                format!("{ratio:.1} times as fast as Go's reader and summary (at least {SUMMARY_RATIO})");
            budgets.push((text, ratio >= SUMMARY_RATIO));
        }
        if let Some(run) = self.median(Tool::OursSummary).filter(|run| run.peak_bytes > 0) {
            let each = run.peak_bytes as f64 / run.events.max(1) as f64;
            let text =
                format!("{each:.1} bytes an event at the peak, file included (at most {BYTES_PER_EVENT})");
            budgets.push((text, each <= BYTES_PER_EVENT));
        }
        let frames = self.browser.as_ref().and_then(|browser| browser["frame_script_p99_ms"].as_f64());
        if let Some(p99) = frames {
            let text = format!("{p99:.2} ms of script a frame at p99 in the browser (at most {FRAME_MS})");
            budgets.push((text, p99 <= FRAME_MS));
        }
        budgets
    }

    fn json(&self) -> Value {
        let tools = TOOLS.iter().filter_map(|&(tool, name)| {
            let run = self.median(tool)?;
            Some(json!({
                "tool": name,
                "events": run.events,
                "wall_s": run.wall_ns as f64 / 1e9,
                "cpu_s": run.cpu_ns as f64 / 1e9,
                "mib_per_s": self.mib_per_s(&run),
                "events_per_s": speed(&run),
                "peak_bytes": run.peak_bytes,
                "kept_bytes": run.kept_bytes,
            }))
        });
        let budgets = self.budgets().into_iter().map(|(text, met)| json!({ "budget": text, "met": met }));
        json!({
            "file": self.file.display().to_string(),
            "bytes": self.bytes,
            "events": self.events,
            "tools": tools.collect::<Vec<_>>(),
            "reader_ratio": self.ratio(Tool::Ours, Tool::Go),
            "summary_ratio": self.ratio(Tool::OursSummary, Tool::GoSummary),
            "browser": self.browser,
            "budgets": budgets.collect::<Vec<_>>(),
        })
    }
}

fn speed(run: &Run) -> f64 {
    run.events as f64 / (run.wall_ns as f64 / 1e9)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(events: u64, wall_ns: u64, peak_bytes: u64) -> Run {
        Run { events, wall_ns, cpu_ns: wall_ns, peak_bytes, kept_bytes: 0 }
    }

    #[test]
    fn medians_make_the_ratios_and_a_part_of_the_events_counts_as_a_part() {
        let mut report = Report {
            file: PathBuf::new(),
            browser: Some(json!({ "frame_script_p99_ms": 9.0 })),
            bytes: 100 << 20,
            events: 0,
            runs: Vec::new(),
        };
        for wall_ns in [1_000_000_000, 9_000_000_000, 2_000_000_000] {
            report.add(Tool::Ours, run(1000, wall_ns, 1));
            report.add(Tool::OursSummary, run(1000, wall_ns, 24_000));
        }
        report.add(Tool::Go, run(1000, 10_000_000_000, 1));
        report.add(Tool::GoSummary, run(100, 4_000_000_000, 1));
        assert_eq!(report.ratio(Tool::Ours, Tool::Go), Some(5.0));
        assert_eq!(report.ratio(Tool::OursSummary, Tool::GoSummary), Some(20.0));
        assert_eq!(report.mib_per_s(&run(100, 1_000_000_000, 1)), 10.0);
        let missed = report.missed();
        assert_eq!(missed.len(), 1, "{missed:?}");
        assert!(missed[0].starts_with("9.00 ms"), "{missed:?}");
    }
}
