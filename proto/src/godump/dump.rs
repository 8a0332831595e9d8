//! debug=2: every goroutine with its state and stack.

use std::collections::HashMap;

use super::block::Block;
use super::header::{Header, parse_header};
use super::lines::{Line, lines};
use super::states::state_of;
use crate::error::{Notice, ParseError, Phase};
use crate::model::{
    Dataset, Format, Function, FunctionId, Label, LabelValue, Observation, Reason, ReasonId, StringId,
    Strings, Task, TaskId, ValueColumn,
};
use crate::task_labels;

/// Lines before the first goroutine that tell why a program died: kept as comments.
const LAST_WORDS: [&str; 6] =
    ["panic: ", "fatal error: ", "[signal ", "SIG", "runtime: ", "unexpected fault"];
/// How many of them.
const COMMENTS: usize = 10;

/// Decodes a dump, with or without other text before, behind and (a prefix of equal length) left of it.
///
/// Fills tasks, observations, reasons, stacks, and samples of value 1 so that a flame graph works.
///
/// # Errors
/// If there is no goroutine in the text.
pub fn decode_dump(bytes: &[u8]) -> Result<Dataset, ParseError> {
    let mut reader = Reader::default();
    for line in lines(bytes) {
        reader.take(&line);
        if reader.second_dump {
            break;
        }
    }
    reader.end_block();
    reader.finish(bytes.len())
}

/// Whether some line begins a goroutine.
pub(crate) fn contains_dump(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').any(|line| {
        // Most lines of a long log are ruled out before they are decoded.
        line.ends_with(b":") | line.ends_with(b":\r") && find_header(&String::from_utf8_lossy(line)).is_some()
    })
}

/// Offset of a header in a line, and the header.
fn find_header(line: &str) -> Option<(usize, Header)> {
    line.match_indices("goroutine ").find_map(|(at, _)| {
        let line = line.get(at..)?.trim_end();
        Some((at, parse_header(line)?))
    })
}

#[derive(Debug, Default)]
struct Reader {
    out: Dataset,
    current: Option<(Header, u64, Block)>,
    /// Bytes that a logger wrote before each line.
    prefix: usize,
    /// Runtime id → row of tasks and observations.
    rows: HashMap<u64, usize>,
    /// Runtime id of each row's creator.
    creators: Vec<Option<u64>>,
    reasons: HashMap<StringId, ReasonId>,
    labels: Vec<Vec<(String, String)>>,
    system_stacks: u64,
    second_dump: bool,
}

impl Reader {
    fn take(&mut self, line: &Line<'_>) {
        let prefix = if self.current.is_some() { self.prefix } else { 0 };
        let text = line.text.get(prefix..).unwrap_or_default();
        if let Some((at, header)) = find_header(text).filter(|&(at, _)| at == 0 || prefix == 0) {
            self.end_block();
            self.prefix = prefix + at;
            self.begin_block(header, line.offset);
        } else if text.trim().is_empty() {
            self.end_block();
        } else if let Some((_, _, block)) = &mut self.current {
            block.take(text, &mut self.out);
        } else {
            self.keep_last_words(text);
        }
        if line.cut && is_torn(text) {
            self.tell_cut(line.offset);
        }
    }

    fn begin_block(&mut self, header: Header, offset: u64) {
        let known = self.rows.get(&header.id).and_then(|&row| self.out.observations.rows.get(row));
        // In a crash a goroutine on another thread is printed twice, the first time without stack.
        if known.is_some_and(|known| !known.stack.is_none()) {
            self.second_dump = true;
            let message = "Another dump begins here. Only the first one in the file is shown.";
            self.out.notices.push(Notice::new(Phase::Frame, offset, message));
        } else {
            self.current = Some((header, offset, Block::default()));
        }
    }

    fn end_block(&mut self) {
        let Some((header, _, mut block)) = self.current.take() else { return };
        block.flush(&mut self.out);
        if header.id == 0 {
            self.system_stacks += 1;
            return;
        }
        let row = *self.rows.entry(header.id).or_insert(self.out.tasks.rows.len());
        let (observation, task) = self.describe(&header, &block, row);
        if row < self.out.tasks.rows.len() {
            self.out.observations.rows[row] = observation;
            self.out.tasks.rows[row] = task;
            self.creators[row] = block.parent;
            self.labels[row] = header.labels;
        } else {
            self.out.observations.rows.push(observation);
            self.out.tasks.rows.push(task);
            self.creators.push(block.parent);
            self.labels.push(header.labels);
        }
    }

    fn describe(&mut self, header: &Header, block: &Block, row: usize) -> (Observation, Task) {
        let (state, _) = state_of(&header.state);
        let reason = self.reason(&header.state);
        let out = &mut self.out;
        let spawn_stack = block.spawn_stack(out);
        let entry = block.entry().and_then(|frame| out.frames.get(frame)).map(|frame| frame.function);
        let rust = RustTask::of(header);
        let entry = rust.entry.map(|name| rust_entry(out, name)).or(entry);
        let pairs: Vec<_> = header.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let observation = Observation {
            task: TaskId::from_index(row),
            count: 1,
            state,
            reason,
            wait_ns: rust.wait_ns.or(header.minutes.map(|minutes| minutes.saturating_mul(60_000_000_000))),
            stack: block.stack(out),
            spawn_stack,
            parent: TaskId::NONE,
            leaked: header.leaked,
            locked: header.locked,
            labels: out.strings.intern(&pairs.join(",")),
        };
        let task = Task {
            id: header.id,
            entry: entry.unwrap_or(FunctionId::NONE),
            name: rust.name.map_or(Strings::EMPTY, |name| out.strings.intern(name)),
            parent: TaskId::NONE,
            spawn_stack,
            created_ns: None,
            ended_ns: None,
        };
        (observation, task)
    }

    fn reason(&mut self, state: &str) -> ReasonId {
        let text = self.out.strings.intern(state);
        *self.reasons.entry(text).or_insert_with(|| {
            let id = ReasonId::from_index(self.out.reasons.len());
            self.out.reasons.push(Reason { text, kind: state_of(state).1 });
            id
        })
    }

    fn keep_last_words(&mut self, text: &str) {
        let comments = &mut self.out.facts.comments;
        let telling = LAST_WORDS.iter().any(|start| text.starts_with(start));
        if telling && self.rows.is_empty() && comments.len() < COMMENTS {
            comments.push(text.to_owned());
        }
    }

    fn tell_cut(&mut self, offset: u64) {
        let place = match &self.current {
            Some((header, ..)) => format!("in goroutine {}", header.id),
            None => "in a header".into(),
        };
        let message = format!("The dump is cut off {place}. Goroutines after it, if any, are missing.");
        self.out.notices.push(Notice::new(Phase::Frame, offset, message));
    }

    fn finish(mut self, length: usize) -> Result<Dataset, ParseError> {
        if self.out.tasks.is_empty() {
            return Err(ParseError::new(Phase::Frame, 0, "a goroutine header", "none"));
        }
        self.link_creators();
        self.fill_samples();
        if self.system_stacks > 0 {
            let message = format!(
                "{} stacks of threads (goroutine 0) are left out: they are no goroutines.",
                self.system_stacks
            );
            self.out.notices.push(Notice::new(Phase::Decode, 0, message));
        }
        self.out.facts.format = Format::GoroutineDump;
        self.out.facts.profile_kind = "goroutine".into();
        self.out.facts.content_bytes = length as u64;
        Ok(self.out)
    }

    fn link_creators(&mut self) {
        for (row, creator) in self.creators.iter().enumerate() {
            let parent = creator.and_then(|id| self.rows.get(&id)).map(|&row| TaskId::from_index(row));
            self.out.tasks.rows[row].parent = parent.unwrap_or_default();
            self.out.observations.rows[row].parent = parent.unwrap_or_default();
        }
    }

    fn fill_samples(&mut self) {
        let out = &mut self.out;
        let (kind, unit) = (out.strings.intern("goroutine"), out.strings.intern("count"));
        let rows = &out.observations.rows;
        out.samples.stack = rows.iter().map(|row| row.stack).collect();
        out.samples.columns = vec![ValueColumn { kind, unit, values: vec![1; rows.len()] }];
        if self.labels.iter().all(Vec::is_empty) {
            return;
        }
        for pairs in &self.labels {
            for (key, value) in pairs {
                let (key, value) = (out.strings.intern(key), out.strings.intern(value));
                out.samples.labels.push(Label { key, value: LabelValue::Text(value) });
            }
            let end = u32::try_from(out.samples.labels.len()).unwrap_or(u32::MAX);
            out.samples.label_ends.push(end);
        }
    }
}

/// What the labels of a Rust task, or of a thread beside them, say of it.
#[derive(Debug, Default)]
struct RustTask<'a> {
    name: Option<&'a str>,
    entry: Option<&'a str>,
    wait_ns: Option<u64>,
}

impl<'a> RustTask<'a> {
    /// Nothing for a goroutine, whose labels are the program's own words.
    fn of(header: &'a Header) -> Self {
        let label = |key| {
            let mut labels = header.labels.iter();
            labels.find(|(known, _)| known == key).map(|(_, value)| value.as_str())
        };
        if header.id >= task_labels::THREAD_IDS {
            return Self { name: label(task_labels::THREAD), ..Self::default() };
        }
        let (Some(entry), Some(_)) = (label(task_labels::TYPE), label(task_labels::POLLS)) else {
            return Self::default();
        };
        let wait_ms: Option<u64> = label(task_labels::WAITING_MS).and_then(|ms| ms.parse().ok());
        let wait_ns = wait_ms.map(|ms| ms.saturating_mul(1_000_000));
        Self { name: label(task_labels::NAME), entry: Some(entry), wait_ns }
    }
}

/// The function that a future's type is made of; it has no file.
fn rust_entry(out: &mut Dataset, type_name: &str) -> FunctionId {
    let name = out.strings.intern(&task_labels::function_of_type(type_name));
    out.functions.intern(Function { name, system_name: Strings::EMPTY, file: Strings::EMPTY, start_line: 0 })
}

/// Whether a last line without line end is torn. A stack always ends with a place that has an
/// offset, so one that was pasted without its line end is whole.
fn is_torn(text: &str) -> bool {
    let indented = text.starts_with(['\t', ' ']);
    let whole = indented && (text.contains(" +0x") || text.ends_with("unavailable"));
    let begun = ["goroutine ", "created by "].iter().any(|start| text.starts_with(start));
    let call = !text.contains(' ') || text.contains('(');
    !whole && !text.is_empty() && (indented || begun || call)
}
