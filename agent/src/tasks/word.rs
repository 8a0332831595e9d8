//! The state of a task in one atomic word: what it does, in which generation of a trace that was last
//! told, and how many events of that generation depend on the order.
//!
//! Whoever changes the word writes the event of the change. Wakers and the poll race on other threads,
//! so the number of the event is taken by the same compare-and-swap as the state: the order of the
//! numbers is the order of the states, in whatever order the threads then write.

use crate::sync::{AtomicU64, Ordering};

/// What a task does.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for a wake.
    Waiting,
    /// Woken (or new), waits for a worker.
    Runnable,
    /// Is being polled.
    Running,
    /// Is being polled and was woken meanwhile.
    RunningWoken,
    /// Over.
    Ended,
}

/// A value of the word: `generation << 32 | sequence << 4 | nested << 3 | state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(u64);

const STATE: u64 = 7;
const NESTED: u64 = 8;
const SEQUENCE_SHIFT: u32 = 4;
const SEQUENCES: u64 = (1 << 28) - 1;
const GENERATION_SHIFT: u32 = 32;

impl Word {
    /// A word as it is before the first event of `generation`, or with 0 in no trace.
    pub(crate) const fn new(state: State, generation: u32) -> Self {
        Self((generation as u64) << GENERATION_SHIFT | state as u64)
    }

    /// What the task does.
    pub(crate) const fn state(self) -> State {
        match self.0 & STATE {
            0 => State::Waiting,
            1 => State::Runnable,
            2 => State::Running,
            3 => State::RunningWoken,
            _ => State::Ended,
        }
    }

    /// Whether its poll called the poll of another task, which runs now: to a trace it waits.
    pub(crate) const fn nested(self) -> bool {
        self.0 & NESTED != 0
    }

    /// The generation of its last status or event; 0: it was in no trace.
    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    /// The last sequence number taken in that generation.
    pub(crate) const fn sequence(self) -> u32 {
        ((self.0 >> SEQUENCE_SHIFT) & SEQUENCES) as u32
    }

    /// This word with another state, in `generation`, after `events` more numbered events.
    const fn then(self, state: State, nested: bool, generation: Option<u32>, events: u32) -> Self {
        let kept = match generation {
            None => self.0 & !(STATE | NESTED),
            Some(now) => {
                let before = if now == self.generation() { self.sequence() } else { 0 };
                let sequence = (before as u64 + events as u64) & SEQUENCES;
                (now as u64) << GENERATION_SHIFT | sequence << SEQUENCE_SHIFT
            }
        };
        Self(kept | state as u64 | if nested { NESTED } else { 0 })
    }
}

/// A step of a task from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Somebody wakes it.
    Wake,
    /// Its poll begins.
    Start,
    /// Its poll ends with Pending.
    Pend,
    /// It is over.
    End,
    /// Its poll calls the poll of another task.
    Suspend,
    /// That poll ended.
    Resume,
}

impl Step {
    /// State after the step, whether nested, and how many numbered events tell the step; `None` if it
    /// changes nothing.
    const fn apply(self, word: Word) -> Option<(State, bool, u32)> {
        use State::{Ended, Runnable, Running, RunningWoken, Waiting};
        let (state, nested) = (word.state(), word.nested());
        match (self, state) {
            (_, Ended) => None,
            (Self::Wake, Waiting) => Some((Runnable, nested, 1)),
            (Self::Wake, Running) => Some((RunningWoken, nested, 0)),
            (Self::Wake, _) => None,
            // A poll without a wake: GoUnblock goes before GoStart.
            (Self::Start, Waiting) => Some((Running, false, 2)),
            (Self::Start, Runnable) => Some((Running, false, 1)),
            (Self::Start, _) => None,
            (Self::Pend, RunningWoken) => Some((Runnable, false, 0)),
            (Self::Pend, Running) => Some((Waiting, false, 0)),
            (Self::Pend, _) => None,
            (Self::End, _) => Some((Ended, false, 0)),
            (Self::Suspend, Running | RunningWoken) => Some((state, true, 0)),
            (Self::Resume, Running | RunningWoken) => Some((state, false, 2)),
            (Self::Suspend | Self::Resume, _) => None,
        }
    }

    /// Whether a trace has an event for this step from `state`.
    const fn is_told(self, state: State) -> bool {
        !matches!((self, state), (Self::Wake, State::Running))
    }
}

/// A step that was made: what the event of it needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The word before. If its generation is not the writer's, its status goes before the event.
    pub(crate) before: Word,
    /// The word after. Its sequence number is that of the step's last numbered event.
    pub(crate) after: Word,
}

/// Something that holds the generation of a trace still: [`Writer`](crate::trace::Writer), or a model of it.
pub(crate) trait Pin: Sized {
    /// Its generation, from 1.
    fn generation(&self) -> u32;
}

/// The word, shared by the poll and all wakers of a task.
#[derive(Debug)]
pub(crate) struct StateWord(AtomicU64);

impl StateWord {
    /// A task that nobody else knows yet.
    pub(crate) fn new(word: Word) -> Self {
        Self(AtomicU64::new(word.0))
    }

    /// The word now.
    pub(crate) fn load(&self) -> Word {
        Word(self.0.load(Ordering::Acquire))
    }

    /// Makes `step`, and tells what changed and the pin under which the event is to be written; `None`
    /// if there is nothing to change. `pin` takes a new pin each time; none where no trace is written.
    ///
    /// The word is read *before* the generation is pinned. If no trace runs at the pin, but one has
    /// begun by the time of the swap and told the status of this task, then the word has changed, and
    /// the swap fails: so no change is lost between a status and the next event.
    #[inline]
    pub(crate) fn step<P: Pin>(
        &self,
        step: Step,
        mut pin: impl FnMut() -> Option<P>,
    ) -> Option<(Change, Option<P>)> {
        // Acquire: whoever sees a generation in the word also sees that a trace runs. Release: so that they do.
        let mut before = self.load();
        loop {
            let (state, nested, events) = step.apply(before)?;
            let pinned = if step.is_told(before.state()) { pin() } else { None };
            let generation = pinned.as_ref().map(P::generation);
            // Another thread is in a newer generation already: a pin taken now is too.
            if generation.is_some_and(|generation| generation < before.generation()) {
                drop(pinned);
                before = self.load();
                continue;
            }
            let after = before.then(state, nested, generation, events);
            match self.0.compare_exchange(before.0, after.0, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((Change { before, after }, pinned)),
                Err(now) => before = Word(now),
            }
        }
    }

    /// Makes `step` from `before` where no trace is written; the same as [`Self::step`] with no pin, and
    /// as safe: the caller has read `before` before it saw that there is no trace. `Err` if another
    /// thread changed the word meanwhile.
    #[inline]
    pub(crate) fn step_untraced(&self, step: Step, before: Word) -> Result<Option<Change>, ()> {
        let Some((state, nested, _)) = step.apply(before) else { return Ok(None) };
        let after = before.then(state, nested, None, 0);
        // As in `step`.
        let swapped = self.0.compare_exchange(before.0, after.0, Ordering::AcqRel, Ordering::Acquire);
        swapped.map(|_| Some(Change { before, after })).map_err(drop)
    }

    /// Says in the word that its status is told in `generation`, and gives the word to tell; `None` if
    /// that generation, or a newer one, has it already. The caller holds a pin of the generation.
    /// `events`: how many numbered events tell the word; `None` if it shall not be told now.
    pub(crate) fn claim(&self, generation: u32, events: impl Fn(Word) -> Option<u32>) -> Option<Word> {
        let mut before = self.load();
        while before.generation() < generation {
            let after = before.then(before.state(), before.nested(), Some(generation), events(before)?);
            match self.0.compare_exchange(before.0, after.0, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(before),
                Err(now) => before = Word(now),
            }
        }
        None
    }
}
