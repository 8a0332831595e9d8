//! What the garbage collector took from the program.

use std::collections::BTreeMap;

use super::{Case, Done, Found, number, share};
use crate::analysis::gc::{self, Kind, Stop, Utilisation, stop_kind, stop_place};
use crate::analysis::timeline::{keys, names};
use crate::api::{FindingKind, FindingPlace, GcWork, Place, Verdict};
use crate::sorting::Sort;
use crate::units::{count_u64, duration, plural};

/// A stop of the world is long from here on,
const LONG_STOP_NS: u64 = 10_000_000;
/// or from here on, if it is so many times as long as the median of all,
const OUTLIER_NS: u64 = 1_000_000;
const OUTLIER_TIMES: u64 = 10;
/// of which there must be some.
const ENOUGH_STOPS: usize = 5;
/// The stop that starts the trace says nothing about the program without it.
const BY_TRACING: [&str; 2] = ["start trace", "trace"];

/// Assists take so much of the program's running time, in per cent,
const ASSIST_PERCENT: u64 = 20;
/// and at least so much in one part of the trace.
const ASSIST_NS: u64 = 10_000_000;

/// Go lets collections take a quarter of the CPU.
const CPU_PERCENT: f64 = 25.0;
/// What a trace must hold to tell: so many collections, and so much time.
const ENOUGH_COLLECTIONS: usize = 3;
const ENOUGH_NS: u64 = 1_000_000_000;

/// Length of the windows in which the program should have
const WINDOW_NS: u64 = 100_000_000;
/// so much of the CPU,
const LOW: f64 = 0.5;
/// and has much too little below this.
const VERY_LOW: f64 = 0.25;

/// Stops of the world that are long, or far longer than the others.
pub(super) fn long_stops(case: &Case<'_>) -> Done {
    let length = |stop: &Stop| stop.end_ns.saturating_sub(stop.start_ns);
    let mut stops: Vec<&Stop> = case.work.stops.iter().collect();
    stops.retain(|stop| !BY_TRACING.contains(&stop_kind(case.dataset, stop)));
    stops.order_by_key(|stop| std::cmp::Reverse(length(stop)));
    let median = stops.get(stops.len() / 2).map_or(0, |stop| length(stop));
    let mut done = Done::new(
        FindingKind::LongStops,
        "Long stops of the world",
        format!(
            "from {} on, or from {} on where that is {OUTLIER_TIMES} times the median of {ENOUGH_STOPS} or more",
            duration(LONG_STOP_NS),
            duration(OUTLIER_NS)
        ),
    );
    let Some(longest) = stops.first().map(|stop| length(stop)) else {
        done.measured = "the world did not stop".into();
        return done;
    };
    let counted = plural(stops.len() as u64, "stop");
    done.measured = format!("longest {}, median {} of {counted}", duration(longest), duration(median));
    let outlier = match stops.len() >= ENOUGH_STOPS {
        true => OUTLIER_NS.max(median.saturating_mul(OUTLIER_TIMES)).min(LONG_STOP_NS),
        false => LONG_STOP_NS,
    };
    let long: Vec<&Stop> = stops.iter().copied().filter(|stop| length(stop) >= outlier).collect();
    if long.is_empty() {
        return done;
    }
    let total = long.iter().map(|stop| length(stop)).fold(0, u64::saturating_add);
    let place = |stop: &Stop| FindingPlace {
        label: format!("{} for {}", stop_kind(case.dataset, stop), duration(length(stop))),
        place: stop_place(stop),
    };
    done.find(Found {
        title: format!("The world stops for up to {}", duration(longest)),
        verdict: match longest {
            _ if longest >= LONG_STOP_NS * 10 => Verdict::Certain,
            _ if longest >= LONG_STOP_NS => Verdict::Likely,
            _ => Verdict::Possible,
        },
        count: long.len() as u64,
        why: format!(
            "{} of {counted} took {} or more, {} in all; the median is {}.",
            count_u64(long.len() as u64),
            duration(outlier),
            duration(total),
            duration(median)
        ),
        advice: "A stop waits for every running task to reach a safe point: look for the last P that ran on.",
        numbers: vec![number("Longest", duration(longest)), number("Median", duration(median))],
        places: long.iter().map(|stop| place(stop)).collect(),
    });
    done
}

/// Parts of the trace in which tasks marked instead of working.
pub(super) fn assist_storms(case: &Case<'_>) -> Done {
    let part_ns = case.survey.part_ns;
    let mut done = Done::new(
        FindingKind::AssistStorm,
        "Assist storms",
        format!(
            "{ASSIST_PERCENT} % of the running time in a part of {}, and from {} on",
            duration(part_ns),
            duration(ASSIST_NS)
        ),
    );
    let (parts, by_entry) = assists(case);
    let storms: Vec<(usize, u64, u64)> = (0..parts.len())
        .map(|part| (part, parts[part], case.survey.running_ns[part]))
        .filter(|&(_, assist, running)| assist >= ASSIST_NS && assist * 100 >= running * ASSIST_PERCENT)
        .collect();
    let worst = (0..parts.len()).max_by_key(|&part| parts[part]).unwrap_or(0);
    let of_worst = (parts.get(worst).copied().unwrap_or(0), case.survey.running_ns.get(worst).copied());
    done.measured = match of_worst {
        (0, _) => "no assists".into(),
        (assist, running) => format!(
            "at most {} in {}, {} of the running time",
            duration(assist),
            duration(part_ns),
            share(assist, running.unwrap_or(0))
        ),
    };
    if storms.is_empty() {
        return done;
    }
    let assist = storms.iter().map(|storm| storm.1).fold(0, u64::saturating_add);
    let running = storms.iter().map(|storm| storm.2).fold(0, u64::saturating_add);
    let mut entries: Vec<(&str, u64)> = by_entry.into_iter().collect();
    entries.order_by_key(|entry| std::cmp::Reverse(entry.1));
    let place = |&(part, assist, running): &(usize, u64, u64)| {
        let t0_ns = case.work.t0_ns + part as u64 * part_ns;
        FindingPlace {
            label: format!("{} of assists, {} of the running time", duration(assist), share(assist, running)),
            place: Place {
                t0_ns,
                t1_ns: (t0_ns + part_ns).min(case.work.t1_ns),
                lane: Some(keys::GC),
                span: None,
            },
        }
    };
    done.find(Found {
        title: "Tasks mark for the collector instead of working".into(),
        verdict: if assist * 2 >= running { Verdict::Certain } else { Verdict::Likely },
        count: storms.len() as u64,
        why: format!(
            "In {} of {} assists took {} of {} that tasks ran, {}.",
            plural(storms.len() as u64, "part"),
            duration(part_ns),
            duration(assist),
            duration(running),
            share(assist, running)
        ),
        advice: "They allocate faster than the collector marks: allocate less, or raise GOGC or GOMEMLIMIT.",
        numbers: entries.iter().take(5).map(|(entry, ns)| number(entry, duration(*ns))).collect(),
        places: storms.iter().map(place).collect(),
    });
    done
}

/// Assist time in each part of the survey, and in all by the entry of the task.
fn assists<'a>(case: &Case<'a>) -> (Vec<u64>, BTreeMap<&'a str, u64>) {
    let part_ns = case.survey.part_ns;
    let mut parts = vec![0_u64; case.survey.running_ns.len()];
    let mut by_entry: BTreeMap<&str, u64> = BTreeMap::new();
    for busy in case.work.busy.iter().filter(|busy| busy.kind == Kind::Assist) {
        let part = (busy.start_ns.saturating_sub(case.work.t0_ns) / part_ns) as usize;
        let length = busy.end_ns - busy.start_ns;
        if let Some(sum) = parts.get_mut(part) {
            *sum = sum.saturating_add(length);
        }
        let sum = by_entry.entry(names::entry(case.dataset, busy.task)).or_default();
        *sum = sum.saturating_add(length);
    }
    (parts, by_entry)
}

/// The share of the CPU that collections took over the whole trace.
pub(super) fn cpu(case: &Case<'_>) -> Done {
    let totals = gc::totals(case.dataset, case.work, (case.work.t0_ns, case.work.t1_ns));
    let collections = case.work.marks.len();
    let mut done = Done::new(
        FindingKind::GcCpu,
        "CPU of collections",
        format!("more than {CPU_PERCENT} % of all Ps, over at least {ENOUGH_COLLECTIONS} collections"),
    );
    let percent = totals.share * 100.0;
    done.measured = format!("{percent:.1} % in {}", plural(collections as u64, "collection"));
    if percent <= CPU_PERCENT || collections < ENOUGH_COLLECTIONS {
        return done;
    }
    let whole = case.work.t0_ns..case.work.t1_ns;
    done.find(Found {
        title: format!("Collections take {percent:.1} % of the CPU"),
        verdict: match (case.length_ns >= ENOUGH_NS, percent >= CPU_PERCENT * 2.0) {
            (false, _) => Verdict::Possible,
            (true, false) => Verdict::Likely,
            (true, true) => Verdict::Certain,
        },
        count: collections as u64,
        why: format!(
            "{} in {} took {percent:.1} % of all Ps: {} by mark workers, {} by assists, {} by sweeping, and {} stopped.",
            plural(collections as u64, "collection"),
            duration(case.length_ns),
            duration(totals.background_ns),
            duration(totals.assist_ns),
            duration(totals.sweep_ns),
            duration(totals.gc_stop_ns)
        ),
        advice: "Go aims at a quarter while it collects: collect less often (GOGC, GOMEMLIMIT), or allocate less.",
        numbers: vec![
            number("Marking", share(totals.mark_ns, case.length_ns)),
            number("Idle mark workers", duration(totals.idle_ns)),
        ],
        places: vec![FindingPlace {
            label: "the whole trace".into(),
            place: Place { t0_ns: whole.start, t1_ns: whole.end, lane: Some(keys::GC), span: None },
        }],
    });
    done
}

/// Windows in which the collector left the program little of the CPU.
pub(super) fn low_utilisation(case: &Case<'_>) -> Done {
    let mut done = Done::new(
        FindingKind::LowUtilisation,
        "Low utilisation",
        format!("less than {:.0} % of the CPU for the program in {}", LOW * 100.0, duration(WINDOW_NS)),
    );
    if case.length_ns < WINDOW_NS {
        done.measured = format!("the trace is shorter than {}", duration(WINDOW_NS));
        return done;
    }
    let whole = Utilisation::whole(case.work, GcWork::default(), (case.work.t0_ns, case.work.t1_ns));
    let windows = gc::worst(&[whole], WINDOW_NS);
    let least = windows.first().map_or(1.0, |window| window.utilisation);
    done.measured = format!("at least {:.1} %", least * 100.0);
    let low = windows.iter().filter(|window| window.utilisation < LOW);
    if low.clone().count() == 0 {
        return done;
    }
    let place = |window: &crate::api::MmuWindow| FindingPlace {
        label: format!("{:.1} % in {}", window.utilisation * 100.0, duration(WINDOW_NS)),
        place: window.place,
    };
    done.find(Found {
        title: format!("The program has {:.1} % of the CPU for {}", least * 100.0, duration(WINDOW_NS)),
        verdict: if least < VERY_LOW { Verdict::Likely } else { Verdict::Possible },
        count: low.clone().count() as u64,
        why: format!(
            "In the worst {} of {} stops, mark workers and assists left it less than {:.0} %, and {:.1} % in the first.",
            plural(low.clone().count() as u64, "window"),
            duration(WINDOW_NS),
            LOW * 100.0,
            least * 100.0
        ),
        advice: "See which of them took it in the GC view: fewer allocations lower assists, more Ps the workers' share.",
        numbers: vec![number("Least", format!("{:.1} %", least * 100.0))],
        places: low.map(place).collect(),
    });
    done
}
