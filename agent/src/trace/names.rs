//! What the recorder knows of tasks beyond the generation: names, and stacks on which they waited.

use std::collections::HashMap;

use taskscope_proto::gotrace::sidecar::Wait;
use taskscope_proto::gotrace::write::{MAX_FRAMES, Tables};
use taskscope_proto::task_waits::{self, SELECT};

use super::waits::{self, MOST_SAMPLED, MOST_STACKS, REASONS};
use crate::native::Symbols;
use crate::tasks::record::Record;
use crate::tasks::site::{self, Site};

/// Tasks whose names are kept at a time.
const MOST_NAMES: usize = 1 << 18;
/// Addresses of frames that are no code: the ids of their stacks, above every real one.
const SYNTHETIC: u64 = 1 << 60;

/// Names of live tasks.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashMap<u64, (Box<str>, u32)>,
    /// Names that were not kept.
    pub(super) dropped: u64,
}

impl Names {
    /// Task `id` of site number `site` has a name.
    pub(super) fn add(&mut self, id: u64, name: &str, site: u32) {
        if self.known.len() < MOST_NAMES {
            self.known.insert(id, (name.into(), site));
        } else {
            self.dropped += 1;
        }
    }

    /// Task `id` has ended, and no later generation has it.
    pub(super) fn forget(&mut self, id: u64) {
        self.known.remove(&id);
    }

    /// Adds the entry stacks of `ids` to `tables`.
    pub(super) fn put(&self, ids: &[u64], sites: &[&'static Site], tables: &mut Tables) {
        for &id in ids {
            let (name, site) = match self.known.get(&id) {
                Some((name, site)) => (name.to_string(), *site),
                None => (format!("task {id}"), 0),
            };
            let site = sites.get((site as usize).wrapping_sub(1));
            let (file, line) = site.map_or(("", 0), |site| (site.location.file(), site.location.line()));
            let stack = waits::named(id);
            tables.stack(stack, [(SYNTHETIC | stack, &*name, file, line)]);
        }
    }
}

/// Adds the entry stacks of all sites to `tables`.
pub(super) fn put_sites(sites: &[&'static Site], tables: &mut Tables) {
    for site in sites {
        let stack = waits::site(site.number);
        let place = site.location;
        tables.stack(stack, [(SYNTHETIC | stack, entry_name(site), place.file(), place.line())]);
    }
}

/// What the tasks of a site are called: their future's type, or the function that it comes from.
fn entry_name(site: &Site) -> &'static str {
    site.type_name.trim_end_matches("::{{closure}}")
}

/// Stacks on which tasks were seen to wait, or threads to run.
#[derive(Debug)]
pub(super) struct Stacks {
    symbols: Symbols,
    rows: HashMap<(u32, Box<[u64]>), u32>,
    stacks: Vec<Stack>,
    /// Those of samples.
    sampled: u32,
}

#[derive(Debug)]
struct Stack {
    /// Address and name of each frame, leaf first.
    frames: Vec<(u64, String)>,
    /// Whose tasks wait there; `None` for a sample's.
    site: Option<&'static Site>,
    /// Whether this generation has it, if it is a sample's.
    used: bool,
}

impl Stacks {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { symbols: Symbols::new(), rows: HashMap::new(), stacks: Vec::new(), sampled: 0 }
    }

    /// What `task` was seen to wait for at its last capture; its next blocks say so. `None` if it was
    /// not seen waiting.
    pub(super) fn learn(&mut self, task: &Record, trace: u32) -> Option<Wait> {
        let captured = task.captured().filter(|captured| captured.pending)?;
        let raw = captured.stacks.first()?;
        let index = self.row(Some(task.site), &raw.pcs)?;
        let names = self.stacks.get(index as usize)?.frames.iter().map(|(_, name)| name.as_str());
        let wait = if captured.leaves == 1 { task_waits::wait_of(names) } else { Some(SELECT) };
        task.trace.saw(trace, wait.map_or(0, |wait| reason(wait.go)), index);
        let what = wait.map_or("", |wait| wait.rust).to_owned();
        Some(Wait { task: task.id, what, leaves: captured.leaves })
    }

    /// The stack id of a sample with these addresses; 0 if there are too many different ones.
    pub(super) fn sample(&mut self, pcs: &[u64]) -> u64 {
        let Some(index) = self.row(None, pcs) else { return 0 };
        if let Some(stack) = self.stacks.get_mut(index as usize) {
            stack.used = true;
        }
        waits::captured(index)
    }

    fn row(&mut self, site: Option<&'static Site>, pcs: &[u64]) -> Option<u32> {
        let key = (site.map_or(0, |site| site.number), pcs.into());
        if let Some(&row) = self.rows.get(&key) {
            return Some(row);
        }
        let next = u32::try_from(self.stacks.len()).ok()?;
        let (count, most) =
            if site.is_some() { (next - self.sampled, MOST_STACKS) } else { (self.sampled, MOST_SAMPLED) };
        if count >= most {
            return None;
        }
        self.sampled += u32::from(site.is_none());
        let frames = pcs.iter().take(MAX_FRAMES - 1).map(|&pc| (pc, self.name(pc))).collect();
        self.rows.insert(key, next);
        self.stacks.push(Stack { frames, site, used: false });
        Some(next)
    }

    fn name(&mut self, pc: u64) -> String {
        self.symbols.name_of(pc).map_or_else(|| format!("{pc:#x}"), |symbol| symbol.name)
    }

    /// Adds those that this generation may have to `tables`: waits on top of the entry frame of their tasks.
    pub(super) fn put(&self, tables: &mut Tables) {
        for (index, stack) in (0..).zip(&self.stacks) {
            if stack.site.is_none() && !stack.used {
                continue;
            }
            let root = stack.site.map(|site| {
                let pc = SYNTHETIC | waits::site(site.number);
                (pc, entry_name(site), site.location.file(), site.location.line())
            });
            let inner = stack.frames.iter().map(|(pc, name)| (*pc, name.as_str(), "", 0));
            tables.stack(waits::captured(index), inner.chain(root));
        }
    }

    /// The next generation has no sample yet.
    pub(super) fn next_generation(&mut self) {
        self.stacks.iter_mut().for_each(|stack| stack.used = false);
    }
}

/// The id of the reason of a trace for a wait that dumps call `go`.
fn reason(go: &str) -> u8 {
    let word = match go {
        "IO wait" => "network",
        "sleep" | "chan receive" | "chan send" | "select" => go,
        _ => "sync",
    };
    REASONS.iter().position(|&reason| reason == word).map_or(0, |row| row as u8 + 1)
}

/// All sites so far, by number.
pub(super) fn sites() -> Vec<&'static Site> {
    site::sites()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_have_go_s_words_for_traces() {
        assert_eq!(REASONS[usize::from(reason("IO wait")) - 1], "network");
        assert_eq!(REASONS[usize::from(reason("sync.Mutex.Lock")) - 1], "sync");
        assert_eq!(REASONS[usize::from(reason("chan send")) - 1], "chan send");
    }
}
