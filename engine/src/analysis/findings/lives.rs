//! Tasks that are spawned at one place and do not end.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use taskscope_proto::model::{FrameId, StackId, StringId, Task, TaskId};

use super::{Case, Done, Found, number, task_place};
use crate::analysis::names::frame_name;
use crate::analysis::text;
use crate::analysis::timeline::names;
use crate::api::{FindingKind, FindingPlace, Verdict};
use crate::sorting::Sort;
use crate::units::{count_u64, duration, plural};

/// Parts of the trace in which growth is looked for.
const PARTS: usize = 6;
/// Parts in which their number must have grown.
const GROWN: usize = 4;
/// As many must be left of those that were spawned during the trace,
const LEFT: u64 = 10;
/// and as many for a likely one.
const MANY: u64 = 100;
/// At most this part of those spawned has ended, in per cent.
const ENDED_PERCENT: u64 = 10;
/// Sites that get a finding of their own.
const SITES: usize = 5;

/// Tasks of one spawn site and entry.
#[derive(Debug, Default)]
struct Site {
    spawned: [u64; PARTS],
    ended: [u64; PARTS],
    stack: StackId,
    left: Vec<(u64, TaskId)>,
}

impl Site {
    fn count(&self) -> u64 {
        self.spawned.iter().sum()
    }

    fn done(&self) -> u64 {
        self.ended.iter().sum()
    }

    /// Parts in which more were spawned than ended.
    fn grown(&self) -> usize {
        self.spawned.iter().zip(&self.ended).filter(|(spawned, ended)| spawned > ended).count()
    }

    fn grows(&self) -> bool {
        let left = self.count() - self.done();
        left >= LEFT && self.done() * 100 <= self.count() * ENDED_PERCENT && self.grown() >= GROWN
    }
}

/// Spawn sites whose tasks grow in number throughout the trace.
pub(super) fn growing(case: &Case<'_>) -> Done {
    let mut done = Done::new(
        FindingKind::GrowingTasks,
        "Tasks that never end",
        format!(
            "{LEFT} or more of one spawn site left, at most {ENDED_PERCENT} % of them ended, growing in {GROWN} of {PARTS} parts"
        ),
    );
    let sites = sites(case);
    let (spawned, ended) =
        sites.values().fold((0, 0), |sum, site| (sum.0 + site.count(), sum.1 + site.done()));
    done.measured = format!("{} spawned, {} of them ended", plural(spawned, "task"), count_u64(ended));
    let mut growing: Vec<(&(FrameId, StringId), &Site)> =
        sites.iter().filter(|(_, site)| site.grows()).collect();
    growing.order_by_key(|(_, site)| Reverse(site.count() - site.done()));
    for ((frame, entry), site) in growing.into_iter().take(SITES) {
        done.find(growth(case, *frame, case.dataset.strings.get(*entry), site));
    }
    done
}

fn growth(case: &Case<'_>, frame: FrameId, entry: &str, site: &Site) -> Found {
    let dataset = case.dataset;
    let left = site.count() - site.done();
    let at = match text::location(dataset, frame, 1).as_str() {
        "" => frame_name(dataset, frame).into_owned(),
        location => format!("{} in {location}", frame_name(dataset, frame)),
    };
    let place = |&(since, task): &(u64, TaskId)| FindingPlace {
        label: format!(
            "{} lives for {}",
            names::task_and_entry(dataset, task),
            duration(case.work.t1_ns.saturating_sub(since))
        ),
        place: task_place(task, since, case.work.t1_ns),
    };
    let per_second = left as f64 * 1e9 / case.length_ns.max(1) as f64;
    Found {
        title: format!("{entry} grows without end"),
        verdict: if left >= MANY { Verdict::Likely } else { Verdict::Possible },
        count: left,
        why: format!(
            "Of {} spawned at {at} in {}, {} ended; their number grew in {} of {PARTS} parts of the trace.",
            plural(site.count(), "task"),
            duration(case.length_ns),
            count_u64(site.done()),
            site.grown()
        ),
        advice: "The leak listing says what they wait for.",
        numbers: vec![
            number("Left", count_u64(left)),
            number("Growth", format!("{per_second:.1} per second")),
            number("Spawned at", at),
        ],
        places: site.left.iter().map(place).collect(),
    }
}

/// Tasks that were spawned during the trace, by spawn site and entry, the runtime's own left out.
fn sites(case: &Case<'_>) -> BTreeMap<(FrameId, StringId), Site> {
    let dataset = case.dataset;
    let part_ns = case.length_ns / PARTS as u64 + 1;
    let part = |time: u64| ((time.saturating_sub(case.work.t0_ns) / part_ns) as usize).min(PARTS - 1);
    let mut sites: BTreeMap<(FrameId, StringId), Site> = BTreeMap::new();
    for (row, task) in dataset.tasks.rows.iter().enumerate() {
        let id = TaskId::from_index(row);
        let Task { created_ns: Some(created), spawn_stack, ended_ns, .. } = *task else { continue };
        if names::is_runtime(names::entry(dataset, id)) {
            continue;
        }
        let key = (dataset.stacks.frame(spawn_stack), names::entry_id(dataset, id));
        let site = sites.entry(key).or_default();
        site.stack = spawn_stack;
        site.spawned[part(created)] += 1;
        match ended_ns {
            Some(ended) => site.ended[part(ended)] += 1,
            None if site.left.len() < crate::api::FINDING_PLACES as usize => site.left.push((created, id)),
            None => {}
        }
    }
    sites
}
