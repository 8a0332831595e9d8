//! Which tasks do something in a window: run, wait for a worker, or change their state.
//!
//! A bit for each task and part of the trace. What the bits of whole parts do not tell, two
//! look-ups in the task's spans do.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

/// Bits a span that may be spent.
const BITS_PER_SPAN: usize = 4;
/// Fewest and most parts of the trace.
const PARTS: (usize, usize) = (64, 4096);

/// A bit for each task and part of the trace.
#[derive(Debug, Default)]
pub(super) struct Presence {
    t0: u64,
    part_ns: u64,
    /// Words of 64 parts a task.
    words: usize,
    bits: Vec<u64>,
}

impl Presence {
    /// Sets the bits; one pass over the spans.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let (t0, t1) = (dataset.facts.start_ns, dataset.facts.end_ns);
        let tasks = dataset.tasks.len();
        let wanted = dataset.spans.len().saturating_mul(BITS_PER_SPAN) / tasks.max(1);
        let words = wanted.clamp(PARTS.0, PARTS.1).div_ceil(64);
        let part_ns = t1.saturating_sub(t0) / (words as u64 * 64) + 1;
        let mut presence = Self { t0, part_ns, words, bits: vec![0; tasks.saturating_mul(words)] };
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
        let first = task.index() * self.words;
        let mut parts = Parts::new(self);
        let Some(bits) = self.bits.get_mut(first..first + self.words) else { return };
        for (at, (&start, &state)) in starts.iter().zip(states).enumerate() {
            let from = parts.of(start);
            let to = match is_awake(state) {
                true => parts.of(starts.get(at + 1).copied().unwrap_or(end_of_task)),
                false => from,
            };
            for part in from..=to.max(from) {
                bits[part / 64] |= 1 << (part % 64);
            }
        }
        // The end of a task is a change, too.
        let end = parts.of(end_of_task);
        bits[end / 64] |= 1 << (end % 64);
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bits.len() * 8
    }

    /// Whether `task` does more than to wait all the way from `t0` to `t1`.
    pub(super) fn is_awake(&self, dataset: &Dataset, task: TaskId, t0: u64, t1: u64) -> bool {
        let first = task.index() * self.words;
        let Some(bits) = self.bits.get(first..first + self.words) else { return false };
        let mut parts = Parts::new(self);
        let (from, to) = (parts.of(t0), parts.of(t1.saturating_sub(1)).max(parts.of(t0)));
        if any(bits, from + 1, to) {
            return true;
        }
        any(bits, from, to + 1) && changes(dataset, task, t0, t1)
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
        let last = presence.words * 64 - 1;
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

/// Whether any bit of `from..to` is set.
fn any(bits: &[u64], from: usize, to: usize) -> bool {
    if from >= to {
        return false;
    }
    let (first, last) = (from / 64, (to - 1) / 64);
    let low = u64::MAX << (from % 64);
    let high = u64::MAX >> (63 - (to - 1) % 64);
    if first == last {
        return bits[first] & low & high != 0;
    }
    bits[first] & low != 0 || bits[last] & high != 0 || bits[first + 1..last].iter().any(|&word| word != 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_a_range() {
        let mut bits = [0_u64; 3];
        bits[1] = 1 << 5;
        assert!(any(&bits, 69, 70) && any(&bits, 0, 192) && any(&bits, 64, 70) && any(&bits, 69, 192));
        assert!(!any(&bits, 70, 192) && !any(&bits, 0, 69) && !any(&bits, 69, 69) && !any(&bits, 128, 192));
    }
}
