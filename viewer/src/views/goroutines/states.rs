//! A row's times as shares that sum to its total: pure.

use taskscope_engine::api::{GoroutineSort, GoroutineTimes, Mark, Share};
use taskscope_engine::units;

/// A state's time and the order that sorts by it.
pub type State = (Share, GoroutineSort);

/// All states that occur, in the order of the columns, then block times by reason, the longest first.
pub fn states(times: &GoroutineTimes, reasons: &[String]) -> Vec<State> {
    let mut parts: Vec<(Mark, String, u64, GoroutineSort)> = vec![
        (Mark::Running, "Execution".into(), times.running_ns, GoroutineSort::Running),
        (Mark::Ready, "Scheduler wait".into(), times.ready_ns, GoroutineSort::Ready),
        (Mark::Syscall, "Syscall".into(), times.syscall_ns, GoroutineSort::Syscall),
        (Mark::Syscall, "Syscall, blocked".into(), times.syscall_blocked_ns, GoroutineSort::SyscallBlocked),
    ];
    let mut blocked: Vec<_> = reasons
        .iter()
        .zip(&times.reasons_ns)
        .map(|(reason, &ns)| {
            (
                mark_of(reason),
                format!("Blocked: {}", shown(reason)),
                ns,
                GoroutineSort::Reason(reason.clone()),
            )
        })
        .collect();
    blocked.sort_by_key(|part| std::cmp::Reverse(part.2));
    parts.extend(blocked);
    parts.push((Mark::Unknown, "Unknown".into(), times.unknown_ns, GoroutineSort::Unknown));
    parts.retain(|part| part.2 > 0);
    let weights: Vec<u64> = parts.iter().map(|part| part.2).collect();
    let tenths = units::largest_remainder(&weights, 1000);
    let share = |((mark, state, ns, sort), per_mille): ((Mark, String, u64, GoroutineSort), u32)| {
        (Share { mark, state, ns, per_mille, spans: 0 }, sort)
    };
    parts.into_iter().zip(tenths).map(share).collect()
}

/// A reason as people read it; goroutines that were found waiting have none.
pub fn shown(reason: &str) -> &str {
    if reason.is_empty() { "reason not seen" } else { reason }
}

/// The mark of a reason in Go's words, as on the timeline.
fn mark_of(reason: &str) -> Mark {
    let has = |word: &str| reason.contains(word);
    match () {
        () if has("network") => Mark::Network,
        () if has("sleep") => Mark::Sleep,
        () if has("GC") => Mark::Gc,
        () if ["chan", "select", "sync", "forever"].into_iter().any(has) => Mark::Sync,
        () => Mark::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_sum_to_the_total() {
        let times = GoroutineTimes {
            running_ns: 1,
            ready_ns: 1,
            blocked_ns: 4,
            reasons_ns: vec![1, 0, 3],
            ..GoroutineTimes::default()
        };
        let reasons = ["chan receive", "sleep", "network"].map(String::from);
        let states = states(&times, &reasons);
        let names: Vec<&str> = states.iter().map(|state| state.0.state.as_str()).collect();
        assert_eq!(names, ["Execution", "Scheduler wait", "Blocked: network", "Blocked: chan receive"]);
        assert_eq!(states.iter().map(|state| state.0.per_mille).sum::<u32>(), 1000);
        assert_eq!(states[2].1, GoroutineSort::Reason("network".into()));
    }

    #[test]
    fn reasons_have_the_marks_of_the_timeline() {
        assert_eq!(mark_of("sync.(*Cond).Wait"), Mark::Sync);
        assert_eq!(mark_of("GC background sweeper wait"), Mark::Gc);
        assert_eq!(mark_of(""), Mark::Unknown);
        assert_eq!(shown(""), "reason not seen");
    }
}
