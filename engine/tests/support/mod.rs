//! What tests of pictures share: a small trace made by hand, a measure, and display lists as text.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests fail by panics and read snapshots")]

use std::fmt::Write;

use taskscope_engine::scene::{Align, Colour, DrawCmd, Face, Measure, Rect};
use taskscope_proto::Dataset;
use taskscope_proto::model::*;

/// A data set being made.
#[derive(Default)]
pub struct Maker {
    pub data: Dataset,
    wakes: Vec<(SpanId, TaskId)>,
}

/// A span to be made: when it begins, what it is, why, where, on which worker.
pub struct Made<'a> {
    pub at: u64,
    pub state: TaskState,
    pub reason: &'a str,
    /// Functions of the stack, leaf first.
    pub stack: &'a [&'a str],
    pub worker: Option<u32>,
}

/// A span of `state` from `at` on.
pub fn span<'a>(at: u64, state: TaskState) -> Made<'a> {
    Made { at, state, reason: "", stack: &[], worker: None }
}

/// A run on `worker`.
pub fn run<'a>(at: u64, worker: u32) -> Made<'a> {
    Made { worker: Some(worker), ..span(at, TaskState::Running) }
}

/// A wait.
pub fn wait<'a>(at: u64, reason: &'a str, stack: &'a [&'a str]) -> Made<'a> {
    Made { reason, stack, ..span(at, TaskState::Blocked) }
}

impl Maker {
    /// A trace of `start` to `end` with `workers`.
    pub fn new(start: u64, end: u64, workers: u64) -> Self {
        let mut maker = Self::default();
        maker.data.facts.format = Format::GoTrace(26);
        (maker.data.facts.start_ns, maker.data.facts.end_ns) = (start, end);
        maker.data.workers = (0..workers).map(|id| Worker { id }).collect();
        maker.data.spans.first.push(0);
        maker
    }

    pub fn function(&mut self, name: &str) -> FunctionId {
        let name = self.data.strings.intern(name);
        let system_name = Strings::EMPTY;
        self.data.functions.intern(Function { name, system_name, file: system_name, start_line: 0 })
    }

    pub fn stack(&mut self, leaf_first: &[&str]) -> StackId {
        let mut stack = StackId::NONE;
        for name in leaf_first.iter().rev() {
            let function = self.function(name);
            let frame = Frame { function, line: 7, address: 0, mapping: MappingId::NONE, inlined: false };
            let frame = self.data.frames.intern(frame);
            stack = self.data.stacks.intern(stack, frame);
        }
        stack
    }

    /// A task with its spans in time order.
    pub fn task(&mut self, id: u64, entry: &str, spans: &[Made<'_>]) -> TaskId {
        let entry = self.function(entry);
        let task = TaskId::from_index(self.data.tasks.len());
        self.data.tasks.rows.push(Task {
            id,
            entry,
            name: Strings::EMPTY,
            parent: TaskId::NONE,
            spawn_stack: StackId::NONE,
            created_ns: None,
            ended_ns: None,
        });
        for made in spans {
            let (stack, reason) = (self.stack(made.stack), self.reason(made.reason));
            let spans = &mut self.data.spans;
            spans.start_ns.push(made.at);
            spans.state.push(made.state);
            spans.reason.push(reason);
            spans.stack.push(stack);
            spans.worker.push(made.worker.map_or(WorkerId::NONE, WorkerId));
        }
        self.data.spans.first.push(self.data.spans.len() as u32);
        task
    }

    /// Says who began the Ready span `row` of `task`.
    pub fn wake(&mut self, task: TaskId, row: usize, waker: TaskId) {
        let span = self.data.spans.rows_of(task).start + row;
        self.wakes.push((SpanId::from_index(span), waker));
    }

    pub fn counter(&mut self, name: &str, values: &[(u64, u64)]) {
        let name = self.data.strings.intern(name);
        let (time_ns, values) = values.iter().copied().unzip();
        self.data.counters.push(Counter { name, time_ns, values });
    }

    pub fn range(&mut self, name: &str, scope: RangeScope, start_ns: u64, end_ns: u64) {
        let name = self.data.strings.intern(name);
        self.data.ranges.push(Range { name, scope, start_ns, end_ns, stack: StackId::NONE });
    }

    /// The data set, with what follows from its spans.
    pub fn finish(mut self) -> Dataset {
        self.wakes.sort();
        (self.data.wakes.span, self.data.wakes.waker) = self.wakes.into_iter().unzip();
        self.data.worker_runs = worker_runs(&self.data);
        self.data
    }

    fn reason(&mut self, text: &str) -> u16 {
        let kind = match text {
            "" => return u16::MAX,
            "network" => WaitKind::Network,
            "sleep" => WaitKind::Sleep,
            _ => WaitKind::Sync,
        };
        let reason = Reason { text: self.data.strings.intern(text), kind };
        let known = self.data.reasons.iter().position(|&other| other == reason);
        known.unwrap_or_else(|| {
            self.data.reasons.push(reason);
            self.data.reasons.len() - 1
        }) as u16
    }
}

/// Running spans by worker in time order.
pub fn worker_runs(data: &Dataset) -> Csr<SpanId> {
    let mut by_worker: Vec<Vec<(u64, SpanId)>> = vec![Vec::new(); data.workers.len()];
    for (row, worker) in data.spans.worker.iter().enumerate() {
        if let Some(runs) = by_worker.get_mut(worker.index()) {
            runs.push((data.spans.start_ns[row], SpanId::from_index(row)));
        }
    }
    let mut csr = Csr { first: vec![0], rows: Vec::new() };
    for mut runs in by_worker {
        runs.sort();
        csr.rows.extend(runs.into_iter().map(|(_, id)| id));
        csr.first.push(csr.rows.len() as u32);
    }
    csr
}

/// The trace that pictures are made of: 10 ms, two workers, four goroutines.
pub fn small_trace() -> Dataset {
    const MS: u64 = 1_000_000;
    let at = |tenths: u64| 5_000 * MS + tenths * MS / 10;
    let mut maker = Maker::new(at(0), at(100), 2);
    let lock: &[&str] = &["sync.(*Mutex).Lock", "main.(*Cache).Get", "net/http.(*conn).serve"];
    let read: &[&str] = &["internal/poll.(*FD).Read", "net/http.(*conn).serve"];
    let first = maker.task(
        1893,
        "net/http.(*conn).serve",
        &[
            wait(at(0), "network", read),
            run(at(20), 0),
            wait(at(30), "sync", lock),
            Made {
                stack: &["runtime.semrelease", "sync.(*Mutex).Unlock", "main.(*Cache).Get"],
                ..span(at(60), TaskState::Ready)
            },
            run(at(62), 1),
            Made { stack: &["syscall.write", "main.reply"], ..span(at(80), TaskState::Syscall) },
            run(at(85), 1),
            wait(at(90), "network", read),
        ],
    );
    let second = maker.task(
        1861,
        "net/http.(*conn).serve",
        &[
            span(at(0), TaskState::Unknown),
            run(at(10), 1),
            wait(at(61), "sleep", &["time.Sleep", "main.pause"]),
        ],
    );
    maker.task(
        19,
        "runtime.gcBgMarkWorker",
        &[span(at(0), TaskState::Ready), run(at(40), 0), span(at(55), TaskState::Ready)],
    );
    maker.task(
        58,
        "main.(*Cache).refresh",
        &[wait(at(0), "chan receive", &["runtime.chanrecv1", "main.(*Cache).refresh"])],
    );
    maker.wake(first, 3, second);
    maker.range("GC concurrent mark phase", RangeScope::Global, at(40), at(55));
    maker.range("stop-the-world (GC mark termination)", RangeScope::Global, at(54), at(56));
    maker.range("GC mark assist", RangeScope::Task(first), at(62), at(64));
    maker.counter("/memory/classes/heap/objects:bytes", &[(at(0), 40 << 20), (at(50), 60 << 20)]);
    maker.counter("/gc/heap/goal:bytes", &[(at(0), 80 << 20)]);
    maker.finish()
}

/// Every character is 6 px wide.
pub struct Fixed;

impl Measure for Fixed {
    fn width(&self, text: &str, _face: Face) -> f32 {
        text.chars().count() as f32 * 6.0
    }
}

/// A display list, one command a line.
pub fn list(commands: &[DrawCmd]) -> String {
    let mut text = String::new();
    for command in commands {
        writeln!(text, "{}", line(command)).unwrap();
    }
    text
}

fn line(command: &DrawCmd) -> String {
    match command {
        DrawCmd::Fill(r, c) => format!("fill {} {}", rect(r), colour(*c)),
        DrawCmd::Stroke(r, c, w) => format!("stroke {w} {} {}", rect(r), colour(*c)),
        DrawCmd::StrokeDashed(r, c) => format!("dashed {} {}", rect(r), colour(*c)),
        DrawCmd::Rail(r, c, None) => format!("rail {} {}", rect(r), colour(*c)),
        DrawCmd::Rail(r, c, Some((on, off))) => format!("rail {on}/{off} {} {}", rect(r), colour(*c)),
        DrawCmd::Hatch(r, c) => format!("hatch {} {}", rect(r), colour(*c)),
        DrawCmd::Line(points, c, w) => format!("line {w} {} {}", path(points), colour(*c)),
        DrawCmd::Area(points, y, c) => format!("area to {y:.1} {} {}", path(points), colour(*c)),
        DrawCmd::Text { x, y, text, colour: c, face, align } => {
            let align = if *align == Align::Left { String::new() } else { format!(" {align:?}") };
            format!("text {x:.1},{y:.1} {face:?}{align} {} {text:?}", colour(*c))
        }
    }
}

fn rect(r: &Rect) -> String {
    format!("{:.1},{:.1} {:.1}x{:.1}", r.x, r.y, r.w, r.h)
}

fn colour(Colour(rgba): Colour) -> String {
    if rgba & 0xff == 0xff { format!("#{:06x}", rgba >> 8) } else { format!("#{rgba:08x}") }
}

fn path(points: &[(f32, f32)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

/// Compares with `tests/snapshots/NAME.txt`; `UPDATE=1` rewrites it.
pub fn check_snapshot(name: &str, actual: &str) {
    let path = format!("{}/tests/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{path} differs (UPDATE=1 rewrites it); now:\n{actual}");
}
