//! What the tests of Go traces share: fixtures, Go's text form of traces, tables as text.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod text;

use std::fmt::Write;

use taskscope_proto::gotrace::{OldReader, Reader, StepResult, Version, version};
use taskscope_proto::model::{Dataset, SpanId, TaskId, TaskState};
use taskscope_proto::{Notice, ParseError};

/// All fixtures, and the minor version of their headers.
pub const FIXTURES: [(&str, u32); 7] = [
    ("1.22.10", 22),
    ("1.23.9", 23),
    ("1.24.11", 23),
    ("1.25.5", 25),
    ("1.26.6", 26),
    ("1.26.8.generations", 26),
    ("1.27.3", 26),
];

/// Fixtures of format v1, and the minor version of their headers.
pub const OLD_FIXTURES: [(&str, u32); 2] = [("1.19", 19), ("1.21.13", 21)];

/// The bytes of a file in the fixtures' folder, `go` left out of its name.
pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/trace/go{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The same numbers in every run (xorshift64*).
pub struct Random(pub u64);

impl Random {
    /// The next number, below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// Reads to the end, checking that every step gets on.
pub fn try_read(bytes: Vec<u8>) -> Result<Dataset, ParseError> {
    let old = matches!(version(&bytes), Some(Version::V1(_)));
    if old {
        let mut reader = OldReader::new(bytes)?;
        return drive(|| reader.step(), false);
    }
    let mut reader = Reader::new(bytes)?;
    drive(|| reader.step(), true)
}

/// Steps to the end. What is done grows with every step, or at least never shrinks if not `strictly`.
fn drive(mut step: impl FnMut() -> StepResult, strictly: bool) -> Result<Dataset, ParseError> {
    let mut before = 0;
    loop {
        match step() {
            StepResult::Working { done, total } => {
                let moves = before < done || (!strictly && before == done);
                assert!(moves && done <= total, "{before} < {done} <= {total}");
                before = done;
            }
            StepResult::Done(data) => return Ok(*data),
            StepResult::Failed(error) => return Err(error),
        }
    }
}

/// Reads what must be readable.
pub fn read(bytes: Vec<u8>) -> Dataset {
    try_read(bytes).unwrap()
}

/// Reads a trace given as text, which must go without a notice.
pub fn read_text(text: &str) -> Dataset {
    let data = read(text::to_bytes(text));
    assert_eq!(data.notices, []);
    check(&data);
    data
}

/// The row of goroutine `id`.
pub fn task(data: &Dataset, id: u64) -> TaskId {
    TaskId::from_index(data.tasks.rows.iter().position(|task| task.id == id).unwrap())
}

/// The spans of goroutine `id`, one a line: `10..20 Running P0`, `20..30 Blocked (sleep)`.
pub fn spans(data: &Dataset, id: u64) -> String {
    let mut text = String::new();
    for row in data.spans.rows_of(task(data, id)) {
        let span = data.span(SpanId::from_index(row)).unwrap();
        write!(text, "{}..{} {:?}", span.start_ns, span.end_ns, span.state).unwrap();
        if let Some(worker) = data.workers.get(span.worker.index()) {
            write!(text, " P{}", worker.id).unwrap();
        }
        if let Some(reason) = data.reasons.get(span.reason.index()) {
            write!(text, " ({})", data.strings.get(reason.text)).unwrap();
        }
        if let Some(waker) = data.wakes.waker_of(SpanId::from_index(row)) {
            match data.tasks.get(waker) {
                Some(waker) => write!(text, " by {}", waker.id).unwrap(),
                None => text.push_str(" by the runtime"),
            }
        }
        text.push('\n');
    }
    text
}

/// Who had worker `id` when, one a line: `10..20 M5`.
pub fn holders(data: &Dataset, id: u64) -> String {
    let mut text = String::new();
    for span in data.worker_spans.iter().filter(|span| data.workers[span.worker.index()].id == id) {
        let thread = data.threads.get(span.thread.index()).map_or(0, |thread| thread.id);
        writeln!(text, "{}..{} M{thread}", span.start_ns, span.end_ns).unwrap();
    }
    text
}

/// Messages of all notices.
pub fn messages(notices: &[Notice]) -> Vec<&str> {
    notices.iter().map(|notice| notice.message.as_str()).collect()
}

/// Checks what must hold for the tables of every trace, however damaged.
pub fn check(data: &Dataset) {
    check_lengths(data);
    check_spans(data);
    check_wakes(data);
    check_workers(data);
    check_ranges(data);
}

fn check_lengths(data: &Dataset) {
    let (spans, rows) = (&data.spans, data.spans.len());
    assert_eq!(spans.first.len(), data.tasks.len() + 1);
    assert_eq!(*spans.first.last().unwrap() as usize, rows);
    assert_eq!([spans.state.len(), spans.reason.len(), spans.stack.len(), spans.worker.len()], [rows; 4]);
    let samples = data.samples.len();
    assert_eq!([data.samples.task.len(), data.samples.worker.len(), data.samples.thread.len()], [samples; 3]);
    assert!(data.samples.time_ns.is_sorted());
    assert!(data.logs.is_sorted_by_key(|log| log.time_ns));
    assert!(data.regions.is_sorted_by_key(|region| region.start_ns));
    assert!(data.workers.is_sorted_by_key(|worker| worker.id));
    for counter in &data.counters {
        assert!(counter.time_ns.is_sorted() && counter.time_ns.len() == counter.values.len());
    }
}

/// The spans of a task follow one another without a gap, from its first moment to its last.
fn check_spans(data: &Dataset) {
    let facts = &data.facts;
    for (row, life) in data.tasks.rows.iter().enumerate() {
        let id = TaskId::from_index(row);
        let rows = data.spans.rows_of(id);
        assert!(!rows.is_empty(), "goroutine {}", life.id);
        let mut at = data.spans.start_ns[rows.start];
        assert_eq!(life.created_ns.unwrap_or(at), at, "goroutine {}", life.id);
        assert!(facts.start_ns <= at && at <= facts.end_ns);
        for span in rows.map(|row| data.span(SpanId::from_index(row)).unwrap()) {
            assert_eq!((span.task, span.start_ns), (id, at));
            assert!(span.end_ns >= span.start_ns);
            let on_worker = matches!(span.state, TaskState::Running | TaskState::Syscall);
            assert!(on_worker || span.worker.is_none(), "{span:?}");
            assert!(span.stack.is_none() || span.stack.index() < data.stacks.len());
            assert!(span.reason.is_none() || span.reason.index() < data.reasons.len());
            at = span.end_ns;
        }
        assert_eq!(at, data.end_of(id), "goroutine {}", life.id);
    }
}

fn check_wakes(data: &Dataset) {
    assert_eq!(data.wakes.span.len(), data.wakes.waker.len());
    assert!(data.wakes.span.windows(2).all(|pair| pair[0] < pair[1]));
    for (span, waker) in data.wakes.span.iter().zip(&data.wakes.waker) {
        assert_eq!(data.span(*span).unwrap().state, TaskState::Ready);
        assert!(waker.is_none() || waker.index() < data.tasks.len());
    }
}

/// Runs of a worker follow one another in time and are all of its spans; so are its threads.
/// Only in a damaged trace may they overlap, where the end of one was lost.
fn check_workers(data: &Dataset) {
    let mut runs = 0;
    for worker in 0..data.workers.len() {
        let spans = data.worker_runs.group(worker).iter().map(|&id| data.span(id).unwrap());
        let mut end_ns = 0;
        for span in spans {
            assert_eq!(span.worker.index(), worker);
            assert!(end_ns <= span.start_ns, "P{}: {end_ns} > {}", data.workers[worker].id, span.start_ns);
            end_ns = if data.notices.is_empty() { span.end_ns } else { span.start_ns };
            runs += 1;
        }
    }
    assert_eq!(runs, data.spans.worker.iter().filter(|worker| !worker.is_none()).count());
    for pair in data.worker_spans.windows(2) {
        assert!(pair[0].worker < pair[1].worker || pair[0].end_ns <= pair[1].start_ns, "{pair:?}");
    }
}

fn check_ranges(data: &Dataset) {
    assert!(data.ranges.is_sorted_by_key(|range| range.start_ns));
    assert!(
        data.ranges.iter().all(|range| range.start_ns <= range.end_ns && range.end_ns <= data.facts.end_ns)
    );
}
