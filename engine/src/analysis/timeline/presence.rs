//! Which tasks do something in a window: run, wait for a worker, or change their state.
//!
//! A bit for each part of the trace and task. All parts that lie in a window are or-ed, 64 tasks at a
//! time; what the parts at its edges do not tell, a look-up in the task's spans does.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

/// Bits a span that may be spent: a byte.
const BITS_PER_SPAN: usize = 8;
/// Fewest and most parts of the trace.
const PARTS: (usize, usize) = (64, 4096);

/// A bit for each part of the trace and task.
#[derive(Debug, Default)]
pub(super) struct Presence {
    t0: u64,
    part_ns: u64,
    parts: usize,
    /// Words of 64 tasks a part.
    words: usize,
    bits: Vec<u64>,
}

/// The tasks that do something in a window.
#[derive(Debug)]
pub(super) struct Awake(Vec<u64>);

impl Awake {
    /// Whether `task` does more than to wait.
    pub(super) fn holds(&self, task: TaskId) -> bool {
        self.0.get(task.index() / 64).is_some_and(|word| word >> (task.index() % 64) & 1 != 0)
    }
}

impl Presence {
    /// Sets the bits; one pass over the spans.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let (t0, t1) = (dataset.facts.start_ns, dataset.facts.end_ns);
        let tasks = dataset.tasks.len();
        let wanted = dataset.spans.len().saturating_mul(BITS_PER_SPAN) / tasks.max(1);
        let (parts, words) = (wanted.clamp(PARTS.0, PARTS.1), tasks.div_ceil(64));
        let part_ns = t1.saturating_sub(t0) / parts as u64 + 1;
        let mut presence = Self { t0, part_ns, parts, words, bits: vec![0; parts.saturating_mul(words)] };
        for task in (0..tasks).map(TaskId::from_index) {
            presence.add(dataset, task);
        }
        presence
    }

    fn add(&mut self, dataset: &Dataset, task: TaskId) {
        let rows = dataset.spans.rows_of(task);
        let Some(starts) = dataset.spans.start_ns.get(rows.clone()) else { return };
        let states = dataset.spans.state.get(rows).unwrap_or_default();
        let end_of_task = dataset.end_of(task);
        let (word, bit) = (task.index() / 64, 1 << (task.index() % 64));
        let mut parts = Parts::new(self);
        let mut set = |part: usize| {
            if let Some(bits) = self.bits.get_mut(part * self.words + word) {
                *bits |= bit;
            }
        };
        for (at, (&start, &state)) in starts.iter().zip(states).enumerate() {
            let from = parts.of(start);
            let to = match is_awake(state) {
                true => parts.of(starts.get(at + 1).copied().unwrap_or(end_of_task)),
                false => from,
            };
            (from..=to.max(from)).for_each(&mut set);
        }
        // The end of a task is a change, too.
        set(parts.of(end_of_task));
    }

    /// The tasks that do more than to wait all the way from `t0` to `t1`.
    pub(super) fn awake(&self, dataset: &Dataset, t0: u64, t1: u64) -> Awake {
        let mut parts = Parts::new(self);
        let from = parts.of(t0);
        let to = parts.of(t1.saturating_sub(1)).max(from);
        let row = |part: usize| self.bits.get(part * self.words..(part + 1) * self.words).unwrap_or_default();
        let mut awake = vec![0_u64; self.words];
        for part in from + 1..to {
            awake.iter_mut().zip(row(part)).for_each(|(word, bits)| *word |= bits);
        }
        for (at, (word, edges)) in awake.iter_mut().zip(row(from).iter().zip(row(to))).enumerate() {
            let mut asked = (edges.0 | edges.1) & !*word;
            while asked != 0 {
                let bit = asked.trailing_zeros() as usize;
                asked &= asked - 1;
                let changes = changes(dataset, TaskId::from_index(at * 64 + bit), t0, t1);
                *word |= u64::from(changes) << bit;
            }
        }
        Awake(awake)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bits.len() * 8
    }
}

/// Moments as parts of the trace; what is near the one before needs no division.
struct Parts {
    t0: u64,
    part_ns: u64,
    last: usize,
    part: usize,
    begins: u64,
}

impl Parts {
    fn new(presence: &Presence) -> Self {
        let last = presence.parts.saturating_sub(1);
        Self { t0: presence.t0, part_ns: presence.part_ns, last, part: 0, begins: presence.t0 }
    }

    fn of(&mut self, time: u64) -> usize {
        let since = time.saturating_sub(self.begins);
        if time < self.begins || since >= self.part_ns {
            let part = time.saturating_sub(self.t0) / self.part_ns;
            self.part = usize::try_from(part).map_or(self.last, |part| part.min(self.last));
            self.begins = self.t0.saturating_add(self.part as u64 * self.part_ns);
        }
        self.part
    }
}

/// Whether `task` is awake at some moment of the window, or changes its state in it.
fn changes(dataset: &Dataset, task: TaskId, t0: u64, t1: u64) -> bool {
    let rows = dataset.spans.rows_of(task);
    let Some(starts) = dataset.spans.start_ns.get(rows.clone()) else { return false };
    let end = dataset.end_of(task);
    let after = starts.partition_point(|&start| start <= t0);
    let begins = starts.get(after).is_some_and(|&start| start < t1);
    let ends = t0 < end && end < t1;
    let there =
        after.checked_sub(1).filter(|_| end > t0).and_then(|at| dataset.spans.state.get(rows.start + at));
    begins || ends || there.is_some_and(|&state| is_awake(state))
}

fn is_awake(state: TaskState) -> bool {
    matches!(state, TaskState::Running | TaskState::Ready)
}
