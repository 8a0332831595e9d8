//! Equal samples are added up while they come.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::cpu::CpuSample;
use crate::native::Modules;
use crate::native::linux::Table;
use crate::pprof::{Label, ProfileWriter};
use crate::tasks::site::{Site, sites};

/// Different samples with the task in them; more come without it.
const WITH_TASK: usize = 1 << 18;
/// Different samples in all; more are counted only.
const ALL: usize = 1 << 19;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    stack: Arc<[u64]>,
    tid: u32,
    thread: Arc<str>,
    task: u64,
    site: u32,
}

/// What a profile is made of.
pub(super) struct Gathered {
    counts: HashMap<Key, u64>,
    stacks: HashSet<Arc<[u64]>>,
    threads: HashMap<u32, Arc<str>>,
    /// Samples that came after [`ALL`].
    lost: u64,
    /// Samples whose root is missing.
    cut: u64,
    tables: Vec<Arc<Table>>,
}

impl Gathered {
    /// Nothing yet, of code in the modules of `table`.
    pub(super) fn new(table: &Arc<Table>) -> Self {
        let (counts, stacks, threads) = Default::default();
        Self { counts, stacks, threads, lost: 0, cut: 0, tables: vec![table.clone()] }
    }

    /// Adds a sample.
    pub(super) fn add(&mut self, sample: &CpuSample<'_>) {
        let weight = u64::from(sample.weight);
        if sample.truncated {
            self.cut += weight;
        }
        if self.counts.len() >= ALL {
            self.lost += weight;
            return;
        }
        let key = Key {
            stack: self.stack(sample.pcs),
            tid: sample.tid,
            thread: self.thread(sample),
            task: if self.counts.len() < WITH_TASK { sample.task } else { 0 },
            site: sample.site,
        };
        *self.counts.entry(key).or_default() += weight;
    }

    /// Remembers the modules, if they are others than before.
    pub(super) fn note_table(&mut self, table: &Arc<Table>) {
        if self.tables.last().is_none_or(|last| !Arc::ptr_eq(last, table)) {
            self.tables.push(table.clone());
        }
    }

    /// The modules of all times, the newest first.
    pub(super) fn modules(&self) -> Vec<Modules> {
        self.tables.iter().rev().map(|table| table.modules.clone()).collect()
    }

    /// Puts all samples into a profile.
    pub(super) fn write(self, writer: &mut ProfileWriter, period_ns: u64) {
        writer.sample_type("samples", "count");
        writer.sample_type("cpu", "nanoseconds");
        writer.period("cpu", "nanoseconds", period_ns);
        writer.default_sample_type("cpu");
        let odd = [(self.lost, "came after the limit of different samples"), (self.cut, "have a cut stack")];
        for (count, what) in odd.into_iter().filter(|&(count, _)| count > 0) {
            writer.comment(&format!("{count} samples {what}"));
        }
        let mut counts: Vec<(Key, u64)> = self.counts.into_iter().collect();
        counts.sort_by(|(one, ones), (other, others)| {
            let place = |key: &Key| (key.tid, key.task, key.stack.clone());
            others.cmp(ones).then_with(|| place(one).cmp(&place(other)))
        });
        let sites = sites();
        for (key, count) in counts {
            let values = [count, count.saturating_mul(period_ns)];
            writer.add(&key.stack, &values, &labels(&key, &sites));
        }
    }

    fn stack(&mut self, pcs: &[u64]) -> Arc<[u64]> {
        if let Some(known) = self.stacks.get(pcs) {
            return known.clone();
        }
        let stack: Arc<[u64]> = pcs.into();
        self.stacks.insert(stack.clone());
        stack
    }

    /// A thread's name; the last one known when it has ended.
    fn thread(&mut self, sample: &CpuSample<'_>) -> Arc<str> {
        match self.threads.get(&sample.tid) {
            Some(known) if sample.thread.is_empty() || &**known == sample.thread => known.clone(),
            _ => {
                let name: Arc<str> = sample.thread.into();
                self.threads.insert(sample.tid, name.clone());
                name
            }
        }
    }
}

fn labels<'a>(key: &'a Key, sites: &[&'static Site]) -> Vec<Label<'a>> {
    let mut labels = Vec::with_capacity(4);
    if !key.thread.is_empty() {
        labels.push(Label::text("thread", &*key.thread));
    }
    labels.push(Label::number("tid", u64::from(key.tid)));
    if key.task != 0 {
        labels.push(Label::number("task_id", key.task));
    }
    let site = key.site.checked_sub(1).and_then(|row| sites.get(usize::try_from(row).ok()?));
    if let Some(location) = site.map(|site| site.location) {
        labels.push(Label::text("spawn_site", format!("{}:{}", location.file(), location.line())));
    }
    labels
}
