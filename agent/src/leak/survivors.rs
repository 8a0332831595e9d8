//! The tasks that live on a runtime.

use std::collections::{HashMap, HashSet};
use std::panic::Location;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use taskscope_proto::task_waits::{self, Wait};
use tokio::runtime::{Handle, Id};

use super::options::Options;
use crate::native::{RawStack, Symbols};
use crate::tasks::record::{Kind, Record};
use crate::tasks::word::State;
use crate::tasks::{self, snapshot, text};

/// A task that is left.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeakedTask {
    /// The agent's number for it.
    pub id: u64,
    /// The task that spawned it; 0 if none is known.
    pub parent: u64,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// Where it was spawned.
    pub spawned_at: &'static Location<'static>,
    /// The type of its future, as the compiler names it.
    pub type_name: &'static str,
    /// What it does, in words.
    pub state: String,
    /// How often it was polled.
    pub polls: u64,
    /// Where it waits: a stack for each thing it waits for, functions leaf first.
    pub stacks: Vec<Vec<String>>,
}

/// What a look at a runtime saw.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Tasks that the agent knows and that are not left out.
    pub tasks: Vec<LeakedTask>,
    /// How many more tokio counts.
    pub untracked: u64,
}

/// Tasks of a runtime that may live on.
#[derive(Clone, Debug)]
pub(super) struct Baseline {
    runtime: Id,
    tasks: HashSet<u64>,
    untracked: u64,
}

impl Baseline {
    /// What lives on this runtime now; `None` outside of one.
    pub(super) fn now() -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let seen = Census::take(&runtime);
        let tasks = seen.tasks.iter().map(|task| task.id).collect();
        Some(Self { runtime: runtime.id(), tasks, untracked: seen.untracked })
    }

    fn knows(&self, runtime: Id, id: u64) -> bool {
        self.runtime == runtime && self.tasks.contains(&id)
    }
}

/// Who lives on the runtime, but for the calling task and those that the options leave out.
pub(super) fn look(runtime: &Handle, options: &Options) -> Look {
    let census = Census::take(runtime);
    let baseline = options.baseline.as_ref();
    let known = |id| baseline.is_some_and(|baseline| baseline.knows(runtime.id(), id));
    let before = baseline.filter(|baseline| baseline.runtime == runtime.id());
    let untracked = census.untracked.saturating_sub(before.map_or(0, |baseline| baseline.untracked));
    let mut tasks = census.tasks;
    tasks.retain(|task| !known(task.id) && !options.ignores(task));
    Look { tasks, untracked }
}

/// Everyone who lives on a runtime, but for the calling task.
struct Census {
    tasks: Vec<LeakedTask>,
    untracked: u64,
}

impl Census {
    fn take(runtime: &Handle) -> Self {
        let me = tasks::current().map(|task| task.id);
        let mut tasks = Vec::new();
        // What tokio counts, too: tasks of a LocalSet and blocking ones it does not.
        let (mut counted, mut me_counted) = (0, false);
        tasks::live(&mut |record| {
            if record.runtime != Some(runtime.id()) || record.state.load().state() == State::Ended {
                return;
            }
            let is_counted = matches!(record.kind, Kind::Async | Kind::Foreign);
            counted += u64::from(is_counted);
            me_counted |= Some(record.id) == me && is_counted;
            if Some(record.id) != me && (is_counted || matches!(record.kind, Kind::Local | Kind::Blocking)) {
                tasks.push(described(record));
            }
        });
        // Read last: a task that ends in between is then missed here rather than taken for an unknown one.
        let alive = runtime.metrics().num_alive_tasks() as u64;
        let me_unknown = u64::from(tokio::task::try_id().is_some() && !me_counted);
        tasks.sort_unstable_by_key(|task| task.id);
        Self { tasks, untracked: alive.saturating_sub(counted).saturating_sub(me_unknown) }
    }
}

fn described(record: &Record) -> LeakedTask {
    LeakedTask {
        id: record.id,
        parent: record.parent,
        name: record.name.as_deref().map(str::to_owned),
        spawned_at: record.site.location,
        type_name: record.site.type_name,
        state: words(record),
        polls: record.polls.load(Relaxed),
        stacks: Vec::new(),
    }
}

fn words(record: &Record) -> String {
    let words = match (record.kind, record.state.load().state()) {
        (Kind::Blocking, State::Runnable) => "waits for a thread of the blocking pool",
        (Kind::Blocking, _) => "blocks a thread",
        (_, State::Waiting) => "waits",
        (_, State::Runnable) => "could run",
        _ => "runs",
    };
    words.into()
}

/// What a task waits for, in words, and a stack for each thing it waits for; by the task's id.
pub(super) type Stacks = HashMap<u64, (Option<Wait>, Vec<Vec<String>>)>;

/// How long the tasks get to run the poll that takes their stacks.
const CAPTURE: Duration = Duration::from_millis(200);

/// Takes the stacks of tasks; their runtime has to run meanwhile.
pub(super) fn stacks(ids: &HashSet<u64>) -> Stacks {
    let mut records = Vec::new();
    tasks::live(&mut |record| {
        if ids.contains(&record.id) {
            records.push(record.clone());
        }
    });
    snapshot::capture(&records, CAPTURE);
    let mut symbols = Symbols::new();
    let taken = records.iter().filter_map(|record| {
        let stacks = &record.captured()?.stacks;
        let wait = match &**stacks {
            [one] => text::wait_at(one, &mut symbols),
            stacks => (stacks.len() > 1).then_some(task_waits::SELECT),
        };
        let names = stacks.iter().map(|stack| named(stack, &mut symbols)).collect();
        Some((record.id, (wait, names)))
    });
    taken.collect()
}

fn named(stack: &RawStack, symbols: &mut Symbols) -> Vec<String> {
    let name = |&pc: &u64| symbols.name_of(pc).map_or_else(|| format!("{pc:#x}"), |symbol| symbol.name);
    stack.pcs.iter().map(name).collect()
}

/// Gives tasks their stacks.
pub(super) fn attach(tasks: &mut [LeakedTask], mut taken: Stacks) {
    for task in tasks {
        let Some((wait, stacks)) = taken.remove(&task.id) else { continue };
        if let Some(wait) = wait {
            task.state = format!("waits: {}", wait.rust);
        }
        task.stacks = stacks;
    }
}
