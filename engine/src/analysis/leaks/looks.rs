//! Several looks at the same process: who came, who went, and who has not moved.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use taskscope_proto::Dataset;

use super::sighting::{self, Before, Sighting};
use crate::api::LeakGrowth;

/// What earlier looks say about the tasks of the last one.
#[derive(Debug)]
pub struct Looks {
    /// How many there were, the last one included.
    pub count: u64,
    /// Time from the first to the last, ns.
    pub span_ns: u64,
    /// What each task of the first look did, by id.
    first: HashMap<u64, u64>,
    growths: HashMap<Kin, LeakGrowth>,
    hasher: RandomState,
}

/// Tasks of the same place: of the spawn site where it is known, else of the entry function.
type Kin = (String, Rc<str>);

impl Looks {
    /// Compares dumps of one process, in the order in which they were taken; the last one is to be judged.
    /// `None` unless there are two or more, or where tasks have no ids.
    pub fn new(dumps: &[&Dataset], span_ns: u64) -> Option<Self> {
        let (first, last) = (dumps.first()?, dumps.last()?);
        if dumps.len() < 2 || dumps.iter().any(|dump| sighting::source(dump) != Some(sighting::Source::Dump))
        {
            return None;
        }
        let hasher = RandomState::new();
        let ids = |dump: &Dataset| {
            let sightings = sighting::sightings(dump);
            sightings.iter().filter_map(|seen| Some((seen.task_id?, doing(dump, seen, &hasher)))).collect()
        };
        let (seen_first, seen_last): (HashMap<u64, u64>, HashMap<u64, u64>) = (ids(first), ids(last));
        let mut growths: HashMap<Kin, LeakGrowth> = HashMap::new();
        for (look, dump) in dumps.iter().enumerate() {
            for seen in sighting::sightings(dump) {
                let growth = growths.entry(kin(dump, &seen)).or_default();
                growth.living.resize(dumps.len(), 0);
                growth.living[look] += 1;
                let id = seen.task_id.unwrap_or_default();
                growth.spawned += u64::from(look + 1 == dumps.len() && !seen_first.contains_key(&id));
                growth.ended += u64::from(look == 0 && !seen_last.contains_key(&id));
            }
        }
        Some(Self { count: dumps.len() as u64, span_ns, first: seen_first, growths, hasher })
    }

    /// What the first look says of a task of the last one.
    pub fn before(&self, dump: &Dataset, seen: &Sighting) -> Before {
        match seen.task_id.and_then(|id| self.first.get(&id)) {
            None => Before::Unseen,
            Some(&then) if then == doing(dump, seen, &self.hasher) => Before::Still,
            Some(_) => Before::Moved,
        }
    }

    /// How the number of tasks like this one changed.
    pub fn growth(&self, dump: &Dataset, seen: &Sighting) -> Option<&LeakGrowth> {
        self.growths.get(&kin(dump, seen))
    }
}

fn kin(dump: &Dataset, seen: &Sighting) -> Kin {
    (super::place(dump, seen.spawn_stack, " in "), seen.entry.clone())
}

/// What a task does, as a number that stays the same while it does not move. A Rust task that has not been
/// polled has not moved; a goroutine may have gone round a loop and look the same. The agent's own
/// polls, which take the stacks, are none of the task's: it leaves them out.
fn doing(dump: &Dataset, seen: &Sighting, hasher: &RandomState) -> u64 {
    match seen.rust {
        Some(task) => hasher.hash_one((seen.wait, task.polls)),
        None => hasher.hash_one((&seen.words, sighting::functions(dump, seen.stack))),
    }
}
