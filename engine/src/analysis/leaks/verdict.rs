//! The verdict on a group of waiting tasks, and the evidence it rests on.

use super::sighting::{Before, Sighting, Source};
use super::wait::Wait;
use super::{growth, healthy, rust};
use crate::api::{LeakCause, LeakGrowth, Verdict};
use crate::units::{count_u64, duration};

/// As many at one place as make a group worth a look.
pub const SEVERAL: u64 = 3;

/// As many at one place, growing all the time, as are no coincidence.
pub const FEW: u64 = 10;

/// As many at one place as are hardly a healthy pool.
pub const MANY: u64 = 100;

/// What is known of a group.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// Its tasks; at least one.
    pub sightings: &'a [&'a Sighting],
    /// Functions of the stack where they wait, leaf first.
    pub stack: &'a [&'a str],
    /// What kind of file it is.
    pub source: Source,
    /// Waits shorter than this are no evidence of age, ns.
    pub min_wait_ns: u64,
    /// Trace only: tasks that blocked later than so long before the end are at work, ns.
    pub blocked_for_ns: u64,
    /// Trace, or several looks: how the number of tasks of the same spawn site and entry changed.
    pub growth: Option<&'a LeakGrowth>,
    /// Length of the trace, ns; 0 for other files.
    pub trace_ns: u64,
    /// Where it was looked several times: how often, and within what time, ns.
    pub looks: Option<(u64, u64)>,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How sure.
    pub verdict: Verdict,
    /// What that rests on most.
    pub cause: LeakCause,
    /// The evidence in one line.
    pub why: String,
    /// Further evidence and what was ruled out.
    pub evidence: Vec<String>,
}

impl Judgement {
    /// A verdict with its main reason.
    pub fn new(verdict: Verdict, cause: LeakCause, why: impl Into<String>) -> Self {
        Self { verdict, cause, why: why.into(), evidence: Vec::new() }
    }
}

/// Judges a group: proof first, then known healthy waits, then count, age and kind of wait.
pub fn judge(case: &Case<'_>) -> Judgement {
    let proof = proof(case).or_else(|| rust::proof(case));
    let mut judgement = proof.or_else(|| explained(case)).unwrap_or_else(|| weigh(case));
    judgement.evidence.extend(known_waits(case));
    if matches!(judgement.verdict, Verdict::Likely | Verdict::Possible) {
        judgement.evidence.extend(no_waits(case));
        judgement.evidence.extend(life(case));
        judgement.evidence.extend(growth_over_time(case));
        judgement.evidence.extend(blocked_since(case));
        judgement.evidence.push(
            "Ruled out: the runtime's own goroutines, listeners, idle connections and other waits known to be \
             healthy."
                .into(),
        );
        judgement.evidence.extend(what_would_tell(case));
    }
    judgement
}

fn proof(case: &Case<'_>) -> Option<Judgement> {
    let first = case.sightings.first()?;
    if case.sightings.iter().all(|sighting| sighting.leaked) {
        let why = "Go's leak profile proved it: nothing that can still run reaches what they wait for";
        return Some(Judgement::new(Verdict::Certain, LeakCause::Proved, why));
    }
    if first.wait != Wait::ForEver || first.rust.is_some() || is_main(case) {
        return None;
    }
    let why = match &*first.words {
        "chan send (nil chan)" | "chan receive (nil chan)" => {
            "A nil channel: no send, receive or close can wake them"
        }
        "select (no cases)" => "A select without cases: nothing can wake them",
        _ => "The runtime parked them for ever: a nil channel or a select without cases",
    };
    Some(Judgement::new(Verdict::Certain, LeakCause::Proved, why))
}

fn explained(case: &Case<'_>) -> Option<Judgement> {
    let first = case.sightings.first()?;
    let explain = |why: &str| Some(Judgement::new(Verdict::Explained, LeakCause::None, why));
    if let Some(why) = rust::explanation(case) {
        return explain(why);
    }
    if is_main(case) {
        return explain("the main goroutine: the program ends when it returns");
    }
    if first.wait == Wait::Runtime || healthy::is_runtime(&first.entry, case.stack) {
        return explain("one of the runtime's own");
    }
    if let Some(why) = healthy::explanation(first.wait, case.stack) {
        return explain(why);
    }
    match first.wait {
        Wait::AtWork => explain("at work: running or ready to run"),
        Wait::Sleep if count(case) < MANY => explain("a timer wakes it"),
        Wait::Syscall if !is_old(case) => explain("in a system call, which another task cannot end"),
        Wait::Network if !is_old(case) && count(case) < MANY => {
            explain("waits for the other end of a connection")
        }
        _ if moved_on(case) && !grew(case) => explain("at work: each has moved between two looks"),
        _ if blocked_just_now(case) && !grew(case) => explain(&format!(
            "at work: none has been blocked for {}, as this listing asks",
            duration(case.blocked_for_ns)
        )),
        _ => None,
    }
}

/// No proof and no excuse: how many, how long, and how often such a wait is healthy.
fn weigh(case: &Case<'_>) -> Judgement {
    let none = |why: String| Judgement::new(Verdict::Explained, LeakCause::None, why);
    let Some(first) = case.sightings.first() else { return none("no task".into()) };
    let (many, several, old) = (count(case) >= MANY, count(case) >= SEVERAL, is_old(case));
    let growing = grew(case);
    let steady = growing && case.growth.is_some_and(|growth| growth::steady(growth).is_some());
    let verdict = match first.wait {
        Wait::Network | Wait::Sleep | Wait::Syscall if steady && count(case) >= FEW => Verdict::Possible,
        _ if steady && count(case) >= FEW => Verdict::Likely,
        Wait::ChanSend if several || old => Verdict::Likely,
        Wait::Mutex | Wait::Group | Wait::Join if many || old => Verdict::Likely,
        Wait::Semaphore if old && first.rust.is_some() => Verdict::Likely,
        // Of Rust tasks every wait is known to the millisecond, so age alone tells less.
        Wait::ChanReceive if many || (several && (old && first.rust.is_none() || growing)) => Verdict::Likely,
        Wait::Select | Wait::Cond | Wait::Semaphore | Wait::Coroutine if many && (old || growing) => {
            Verdict::Likely
        }
        Wait::Network | Wait::Sleep | Wait::Syscall if many || old => Verdict::Possible,
        _ if several || old => Verdict::Possible,
        _ => return none(too_little(case)),
    };
    let cause = match first.wait {
        _ if growing => LeakCause::GrowingSite,
        Wait::Mutex | Wait::Semaphore if old => LeakCause::Lock,
        Wait::Group | Wait::Join if old => LeakCause::Join,
        _ if old => LeakCause::Old,
        _ => LeakCause::Many,
    };
    Judgement::new(verdict, cause, why(case, old, growing))
}

fn too_little(case: &Case<'_>) -> String {
    let tasks = count_u64(count(case));
    match case.sightings.iter().filter_map(|sighting| sighting.wait_ns).max() {
        Some(wait) => format!(
            "too little evidence: {tasks} at this place, longest wait {}, under the {} that count",
            duration(wait),
            duration(case.min_wait_ns)
        ),
        None => format!("too little evidence: {tasks} at this place, and no wait is given"),
    }
}

fn why(case: &Case<'_>, old: bool, growing: bool) -> String {
    let place = if case.stack.is_empty() { "of which no stack was taken" } else { "at one place" };
    let mut facts = vec![format!("{} {place}", count_u64(count(case)))];
    if old {
        let waits: Vec<u64> = case.sightings.iter().filter_map(|sighting| sighting.wait_ns).collect();
        let longest = waits.iter().copied().max().unwrap_or(0);
        facts.push(format!("longest wait {}", duration(longest)));
    }
    if growing {
        let during = match case.looks {
            Some((_, span)) => format!("more and more: new within {}", duration(span)),
            None => "spawned during the trace".into(),
        };
        facts.push(match case.growth.map_or(0, |growth| growth.ended) {
            0 => format!("{during}, and none like them ended"),
            ended => format!("{during}, where only {} like them ended", count_u64(ended)),
        });
    } else if never_ran(case) {
        facts.push(format!("none ran in {}", duration(case.trace_ns)));
    }
    if let Some((_, span)) = case.looks.filter(|_| case.sightings.iter().all(|s| s.before == Before::Still)) {
        facts.push(format!("none has moved in {}", duration(span)));
    }
    let first = case.sightings.first();
    let said = first.filter(|first| first.rust.is_some()).and_then(|first| rust::habit(first.wait));
    facts.push(said.unwrap_or_else(|| habit(first.map_or(Wait::Unknown, |first| first.wait))).into());
    facts.join("; ")
}

/// What a wait of this kind means, leak or not.
fn habit(wait: Wait) -> &'static str {
    match wait {
        Wait::ChanSend => "nobody receives what they send",
        Wait::ChanReceive => "nobody sends or closes; a pool of idle workers looks the same",
        Wait::Select => "no case is ready; loops of long life look the same",
        Wait::Mutex => "whoever holds the lock has not let go",
        Wait::Group => "a Done is missing, or its worker is still at it",
        Wait::Cond => "nobody signals; an idle pool looks the same",
        Wait::Semaphore => "nobody releases the semaphore",
        Wait::Join => "the tasks they wait for have not ended",
        Wait::Coroutine => "an iterator that was not stopped",
        Wait::Network => "the other end is silent, and there may be no deadline",
        Wait::Sleep => "each still wakes by its timer",
        Wait::Syscall => "the call has not returned",
        _ => "the file does not say what they wait for",
    }
}

fn known_waits(case: &Case<'_>) -> Option<String> {
    let mut waits: Vec<u64> = case.sightings.iter().filter_map(|sighting| sighting.wait_ns).collect();
    waits.sort_unstable();
    let (longest, median) = (*waits.last()?, *waits.get(waits.len() / 2)?);
    let whole = match case.source {
        Source::Trace => "counted from the trace's begin where it began before",
        _ if case.sightings.iter().any(|sighting| sighting.rust.is_some()) => "since their last poll",
        _ => "in whole minutes from the first GC that saw it",
    };
    Some(format!("Longest wait {}, median {}, {whole}.", duration(longest), duration(median)))
}

fn no_waits(case: &Case<'_>) -> Option<String> {
    if case.sightings.iter().any(|sighting| sighting.wait_ns.is_some()) {
        return None;
    }
    let text = match case.source {
        Source::Dump => {
            "No wait is given: Go prints whole minutes, counted from the first GC that saw the goroutine blocked."
        }
        Source::Counts | Source::LeakProfile => "A profile has counts and stacks, but no waits.",
        Source::Trace => return None,
    };
    Some(text.into())
}

fn life(case: &Case<'_>) -> Option<String> {
    if case.source != Source::Trace {
        return None;
    }
    let spawned = case.sightings.iter().filter(|sighting| sighting.spawned_in_trace).count() as u64;
    let ended = case.growth.map_or(0, |growth| growth.ended);
    let never = case.sightings.iter().filter(|sighting| sighting.never_ran).count() as u64;
    Some(format!(
        "In {}: {} spawned, {} like them ended, {} never ran.",
        duration(case.trace_ns),
        count_u64(spawned),
        count_u64(ended),
        count_u64(never)
    ))
}

fn growth_over_time(case: &Case<'_>) -> Option<String> {
    let (grown, parts) = growth::steady(case.growth.filter(|_| grew(case))?)?;
    Some(match case.looks {
        Some((looks, _)) => format!("Their number grew each time in {looks} looks."),
        None => format!("Their number grew in {grown} of {parts} parts of the trace."),
    })
}

fn blocked_since(case: &Case<'_>) -> Option<String> {
    if case.source != Source::Trace {
        return None;
    }
    let (blocked, all) = (blocked_long(case), count(case));
    let since = duration(case.blocked_for_ns);
    Some(format!(
        "{} of {} have been blocked for {since} or more at the end.",
        count_u64(blocked),
        count_u64(all)
    ))
}

fn what_would_tell(case: &Case<'_>) -> Option<String> {
    let text = match case.source {
        _ if case.looks.is_some() => "Looks that are further apart would tell more: `--for 1m`.",
        Source::Trace => "A goroutine dump some minutes later would tell a leak from a pause.",
        Source::Dump | Source::Counts => {
            "A later dump would tell: a leak grows or stays, idle workers come and go."
        }
        Source::LeakProfile => return None,
    };
    Some(text.into())
}

fn count(case: &Case<'_>) -> u64 {
    case.sightings.iter().fold(0, |sum, sighting| sum.saturating_add(sighting.count))
}

/// Most of those whose wait is known have waited long enough.
fn is_old(case: &Case<'_>) -> bool {
    let waits: Vec<u64> = case.sightings.iter().filter_map(|sighting| sighting.wait_ns).collect();
    let old = waits.iter().filter(|&&wait| wait >= case.min_wait_ns).count();
    old > 0 && old * 2 >= waits.len()
}

/// Several were spawned during the trace, and hardly any task from their place has ended in it.
fn grew(case: &Case<'_>) -> bool {
    let spawned = case.sightings.iter().filter(|sighting| sighting.spawned_in_trace).count() as u64;
    spawned >= SEVERAL && case.growth.is_some_and(|growth| growth::grows(growth, SEVERAL))
}

/// Every task that an earlier look saw has run since then.
fn moved_on(case: &Case<'_>) -> bool {
    let mut seen = case.sightings.iter().filter(|sighting| sighting.before != Before::Unseen);
    case.looks.is_some() && !is_old(case) && seen.all(|sighting| sighting.before == Before::Moved)
}

/// None of a trace's tasks has been blocked for as long as asked.
fn blocked_just_now(case: &Case<'_>) -> bool {
    case.source == Source::Trace && blocked_long(case) == 0
}

fn blocked_long(case: &Case<'_>) -> u64 {
    let long = |sighting: &&&Sighting| sighting.wait_ns.is_some_and(|wait| wait >= case.blocked_for_ns);
    case.sightings.iter().filter(long).count() as u64
}

fn never_ran(case: &Case<'_>) -> bool {
    case.source == Source::Trace && case.sightings.iter().all(|sighting| sighting.never_ran)
}

/// Whether it is the main task or goroutine.
fn is_main(case: &Case<'_>) -> bool {
    case.sightings.iter().any(|sighting| {
        let first = sighting.task_id == Some(1) && sighting.rust.is_none();
        first
            || &*sighting.entry == "runtime.main"
            || (&*sighting.entry == "main.main" && sighting.spawn_stack.is_none())
    })
}
