//! How tasks, workers and functions are called on lanes.

use taskscope_proto::Dataset;
use taskscope_proto::model::{FrameId, StackId, StringId, Strings, TaskId};

use crate::analysis::names::frame_name;
use crate::analysis::symbols::{is_standard, package};
use crate::units;

/// `G 1893`, or the name that a task has of its own. In a trace of a Rust program `T 1893`, or the name and
/// the number: many tasks share a name.
pub(in crate::analysis) fn task(dataset: &Dataset, task: TaskId) -> String {
    let Some(row) = dataset.tasks.get(task) else { return String::new() };
    match (dataset.strings.get(row.name), dataset.facts.runtime.as_str()) {
        ("", "") => format!("G {}", row.id),
        ("", _) => format!("T {}", row.id),
        (name, "") => name.into(),
        (name, _) => format!("{name} {}", row.id),
    }
}

/// `P 3`.
pub(in crate::analysis) fn worker(dataset: &Dataset, worker: u32) -> String {
    dataset.workers.get(worker as usize).map_or_else(String::new, |worker| format!("P {}", worker.id))
}

/// `M 40112`, or the name that a thread has.
pub(super) fn thread(dataset: &Dataset, thread: u32) -> String {
    let Some(row) = dataset.threads.get(thread as usize) else { return String::new() };
    match dataset.strings.get(row.name) {
        "" => format!("M {}", row.id),
        name => name.into(),
    }
}

/// `G 1893 · net/http.(*conn).serve`.
pub(in crate::analysis) fn task_and_entry(dataset: &Dataset, id: TaskId) -> String {
    let name = task(dataset, id);
    match entry(dataset, id) {
        "" => name,
        // Its name is its entry.
        entry if dataset.tasks.get(id).is_some_and(|task| dataset.strings.get(task.name) == entry) => name,
        entry => format!("{name} · {entry}"),
    }
}

/// The name of the entry function; the empty string's id if it is not known.
pub(in crate::analysis) fn entry_id(dataset: &Dataset, task: TaskId) -> StringId {
    let function = dataset.tasks.get(task).and_then(|task| dataset.functions.get(task.entry));
    function.map_or(Strings::EMPTY, |function| function.name)
}

/// The entry function; empty if it is not known.
pub(in crate::analysis) fn entry(dataset: &Dataset, task: TaskId) -> &str {
    dataset.strings.get(entry_id(dataset, task))
}

/// Whether `entry` begins a goroutine of the runtime's own. `runtime.main` runs the program.
pub(in crate::analysis) fn is_runtime(entry: &str) -> bool {
    let package = package(entry);
    (package == "runtime" && entry != "runtime.main") || package.starts_with("runtime/")
}

/// A function without its package: `net/http.(*conn).serve` → `(*conn).serve`.
pub(in crate::analysis) fn without_package(function: &str) -> &str {
    let rest = function.strip_prefix(package(function)).unwrap_or(function);
    rest.trim_start_matches(['.', ':'])
}

/// The innermost frame of `stack` that is the program's own code.
pub(in crate::analysis) fn own_frame(dataset: &Dataset, stack: StackId) -> Option<FrameId> {
    dataset.stacks.leaf_first(stack).find(|&frame| !is_standard(&frame_name(dataset, frame)))
}

/// `14 %`, with one digit after the point below ten.
pub(in crate::analysis) fn share(part: u64, whole: u64) -> String {
    let (part, whole) = (part.min(whole), whole.max(1));
    if u128::from(part) * 10 < u128::from(whole) || u128::from(part) * 1000 > u128::from(whole) * 995 {
        return units::percent(clamped(part), clamped(whole));
    }
    format!("{:.0} %", part as f64 / whole as f64 * 100.0)
}

/// A length of time as the signed type that shares are taken of.
fn clamped(ns: u64) -> i64 {
    i64::try_from(ns).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_lose_their_package() {
        assert_eq!(without_package("net/http.(*conn).serve"), "(*conn).serve");
        assert_eq!(without_package("main.run.func1"), "run.func1");
        assert_eq!(without_package("app::pool::run"), "pool::run");
        assert_eq!(without_package("memcpy"), "memcpy");
    }

    #[test]
    fn shares_are_short() {
        assert_eq!(share(14, 100), "14 %");
        assert_eq!(share(3, 1000), "0.3 %");
        assert_eq!(share(0, 10), "0 %");
        assert_eq!(share(999, 1000), "99.9 %");
        assert_eq!(share(10, 10), "100 %");
    }

    #[test]
    fn the_runtime_keeps_to_itself() {
        assert!(is_runtime("runtime.gcBgMarkWorker"));
        assert!(is_runtime("runtime/trace.Start.func1"));
        assert!(!is_runtime("runtime.main"));
        assert!(!is_runtime("main.main"));
    }
}
