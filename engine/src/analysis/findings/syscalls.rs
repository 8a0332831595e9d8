//! System calls that hold a P.

use super::survey::{LONG_SYSCALL_NS, LONG_WAIT_NS};
use super::{Case, Done, Found, labelled_span, number, own_function};
use crate::api::{FindingKind, Verdict};
use crate::units::{count_u64, duration, plural};

/// System calls that kept their P for long. Go takes it away only when somebody wants it, so this
/// hurts where tasks waited meanwhile.
pub(super) fn long(case: &Case<'_>) -> Done {
    let mut done = Done::new(
        FindingKind::LongSyscalls,
        "Long system calls",
        format!("from {} on with a P held", duration(LONG_SYSCALL_NS)),
    );
    let long = &case.survey.long_syscalls;
    let longest = long.rows.first().copied();
    done.measured = match longest {
        None => format!("none of {}", plural(case.survey.syscalls, "system call")),
        Some((ns, _)) => {
            format!("longest {} of {}", duration(ns), plural(case.survey.syscalls, "system call"))
        }
    };
    let Some((longest, row)) = longest else { return done };
    let starved = long.rows.iter().filter(|&&(_, row)| somebody_waited(case, row)).count() as u64;
    let stack = case.dataset.spans.stack.get(row).copied().unwrap_or_default();
    let waited = match starved {
        0 => "no task is known to have waited for a P meanwhile".into(),
        count => {
            format!(
                "during {} of the longest, tasks were ready for {} or more",
                count_u64(count),
                duration(LONG_WAIT_NS)
            )
        }
    };
    done.find(Found {
        title: format!("System calls hold a P for up to {}", duration(longest)),
        verdict: if starved > 0 { Verdict::Likely } else { Verdict::Possible },
        count: long.count,
        why: format!(
            "{} of {} took {} or more with a P; {waited}.",
            count_u64(long.count),
            plural(case.survey.syscalls, "system call"),
            duration(LONG_SYSCALL_NS)
        ),
        advice: "A slow disk or a blocking device does this; Go's poller handles sockets and pipes without a P.",
        numbers: vec![number("Longest", duration(longest)), number("Called by", own_function(case.dataset, stack))],
        places: long.rows.iter().filter_map(|&(_, row)| labelled_span(case.dataset, row, "was in it for")).collect(),
    });
    done
}

/// Whether one of the longest waits for a P lies over the call.
fn somebody_waited(case: &Case<'_>, row: usize) -> bool {
    let Some(call) = super::span_place(case.dataset, row) else { return false };
    case.survey.long_waits.rows.iter().any(|&(_, wait)| {
        super::span_place(case.dataset, wait)
            .is_some_and(|wait| wait.t0_ns < call.t1_ns && call.t0_ns < wait.t1_ns)
    })
}
