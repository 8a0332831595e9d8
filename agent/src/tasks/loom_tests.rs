//! The lock-free parts of tasks in every order in which threads may run:
//! `RUSTFLAGS="--cfg loom" cargo test -p taskscope-agent --lib --release loom_`.

use std::sync::Mutex as Log;
use std::task::{Wake, Waker};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use super::real_waker::RealWaker;
use super::word::{Change, Pin, State, StateWord, Step, Word};

/// A pin as `trace` has it, in small: the generation is what it was at the pin.
struct Pinned(u32);

impl Pin for Pinned {
    fn generation(&self) -> u32 {
        self.0
    }
}

/// A task in a trace, and the changes of its word in the order in which they were logged.
struct Model {
    word: StateWord,
    /// 0: no trace runs.
    generation: AtomicU32,
    log: Log<Vec<(Word, Word, bool)>>,
}

impl Model {
    fn new(state: State, generation: u32) -> Arc<Self> {
        let word = StateWord::new(Word::new(state, generation));
        Arc::new(Self { word, generation: AtomicU32::new(generation), log: Log::default() })
    }

    fn pin(&self) -> Option<Pinned> {
        let generation = self.generation.load(Ordering::Acquire);
        (generation != 0).then_some(Pinned(generation))
    }

    fn step(&self, step: Step) -> Option<Change> {
        let (change, pin) = self.word.step(step, || self.pin())?;
        self.put(change.before, change.after, pin.is_some());
        Some(change)
    }

    /// The next generation begins, and its writer tells the status of the task.
    fn next_generation(&self) {
        let next = self.generation.load(Ordering::Relaxed) + 1;
        self.generation.store(next, Ordering::Release);
        if let Some(before) = self.word.claim(next, |_| Some(0)) {
            self.put(before, Word::new(before.state(), next), true);
        }
    }

    fn put(&self, before: Word, after: Word, told: bool) {
        self.log.lock().expect("no panic").push((before, after, told));
    }

    /// A poll that gives Pending.
    fn poll(&self) {
        self.step(Step::Start);
        self.step(Step::Pend);
    }

    /// What a reader of the trace checks: numbers without gap in each generation, statuses first.
    fn check(&self) -> Vec<(Word, Word, bool)> {
        let mut log = self.log.lock().expect("no panic").clone();
        log.sort_by_key(|(before, after, _)| {
            (after.generation(), after.sequence(), before.generation() == after.generation(), rank(*before))
        });
        let mut told_before = false;
        for (before, after, told) in &log {
            let new = before.generation() != after.generation();
            if *told && !new {
                let taken = after.sequence() - before.sequence();
                assert!(taken <= 2, "{before:?} {after:?}");
            }
            assert!(!new || *told, "a generation begins with an event");
            // A wake of a task that runs has no event; whatever else happens in a trace has.
            let silent = before.state() == State::Running && after.state() == State::RunningWoken;
            assert!(!told_before || *told || silent, "{before:?} {after:?} is missing in the trace");
            told_before |= told;
        }
        log
    }
}

/// Every order with at most three threads that are interrupted: all of them would take minutes.
fn model(test: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

/// Where a state stands in the life between two numbers.
fn rank(word: Word) -> u8 {
    match word.state() {
        State::Running => 0,
        State::RunningWoken => 1,
        State::Waiting | State::Runnable => 2,
        State::Ended => 3,
    }
}

#[test]
fn loom_no_wake_is_lost() {
    model(|| {
        let task = Model::new(State::Runnable, 1);
        let wakers: Vec<_> = (0..2)
            .map(|_| {
                let task = task.clone();
                thread::spawn(move || task.step(Step::Wake).is_some())
            })
            .collect();
        task.poll();
        let wakes = wakers.into_iter().map(|waker| waker.join().expect("no panic"));
        let counted = wakes.filter(|&counted| counted).count();
        // The task runs again if and only if a wake came after its poll began.
        let state = task.word.load().state();
        assert_eq!(state == State::Runnable, counted > 0, "{state:?} after {counted} wakes");
        task.check();
    });
}

#[test]
fn loom_a_spurious_poll_races_with_a_wake() {
    model(|| {
        let task = Model::new(State::Waiting, 1);
        let other = task.clone();
        let waker = thread::spawn(move || other.step(Step::Wake).expect("it is no duplicate"));
        let start = task.step(Step::Start).expect("nobody else polls");
        task.step(Step::Pend);
        let wake = waker.join().expect("no panic");
        let numbers = match (start.before.state(), wake.before.state()) {
            // Woken, then polled.
            (State::Runnable, State::Waiting) => (1, 2),
            // Polled without a wake; the wake came during the poll, or after it.
            (State::Waiting, State::Running) => (2, 2),
            (State::Waiting, State::Waiting) => (3, 2),
            other => panic!("{other:?}"),
        };
        assert_eq!((wake.after.sequence(), start.after.sequence()), numbers);
        task.check();
    });
}

#[test]
fn loom_a_trace_that_begins_misses_nothing_after_the_status() {
    model(|| {
        let task = Model::new(State::Runnable, 0);
        let (first, second) = (task.clone(), task.clone());
        let waker = thread::spawn(move || first.step(Step::Wake));
        let trace = thread::spawn(move || second.next_generation());
        task.poll();
        waker.join().expect("no panic");
        trace.join().expect("no panic");
        let log = task.check();
        // The word tells all that happened, whoever was faster.
        assert_eq!(
            log.iter().filter(|(before, after, _)| before.generation() != after.generation()).count(),
            1
        );
    });
}

#[test]
fn loom_generations_change_between_wake_and_poll() {
    model(|| {
        let task = Model::new(State::Waiting, 1);
        let (first, second) = (task.clone(), task.clone());
        let waker = thread::spawn(move || first.step(Step::Wake));
        let trace = thread::spawn(move || second.next_generation());
        task.step(Step::Start);
        waker.join().expect("no panic");
        trace.join().expect("no panic");
        let log = task.check();
        for generation in 1..=2 {
            let mut numbers: Vec<u32> = log
                .iter()
                .filter(|(_, after, told)| *told && after.generation() == generation)
                .flat_map(|(before, after, _)| {
                    let from = if before.generation() == generation { before.sequence() } else { 0 };
                    from + 1..=after.sequence()
                })
                .collect();
            numbers.sort_unstable();
            let all: Vec<u32> = (1..).take(numbers.len()).collect();
            assert_eq!(numbers, all, "each number once, in generation {generation}");
        }
    });
}

/// Counts how often it is called.
#[derive(Default)]
struct Calls(std::sync::atomic::AtomicU32);

impl Wake for Calls {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn loom_the_first_waker_is_whole_when_it_is_called() {
    model(|| {
        let calls = std::sync::Arc::new(Calls::default());
        let real = Arc::new(RealWaker::new());
        let other = real.clone();
        let waker = thread::spawn(move || other.wake());
        // SAFETY: only this thread keeps wakers.
        unsafe { real.keep(&Waker::from(calls.clone())) };
        waker.join().expect("no panic");
        real.wake();
        assert!((1..=2).contains(&calls.0.load(std::sync::atomic::Ordering::Relaxed)));
    });
}

#[test]
fn loom_a_second_waker_takes_over() {
    model(|| {
        let calls = [std::sync::Arc::new(Calls::default()), std::sync::Arc::new(Calls::default())];
        let real = Arc::new(RealWaker::new());
        // SAFETY: only this thread keeps wakers.
        unsafe { real.keep(&Waker::from(calls[0].clone())) };
        let other = real.clone();
        let waker = thread::spawn(move || other.wake());
        // SAFETY: as above.
        unsafe { real.keep(&Waker::from(calls[1].clone())) };
        waker.join().expect("no panic");
        real.wake();
        let counts = calls.map(|calls| calls.0.load(std::sync::atomic::Ordering::Relaxed));
        assert!(counts == [1, 1] || counts == [0, 2], "{counts:?}");
    });
}
