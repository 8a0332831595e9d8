//! What only the agent in a Rust program can say of a task: whether anything is left that could wake it.

use super::growth;
use super::sighting::RustTask;
use super::verdict::{Case, Judgement, SEVERAL};
use super::wait::Wait;
use crate::api::{LeakCause, LeakGrowth, Verdict};

/// Waits that have no end by their nature.
const ENDLESS: [(&str, &str); 3] = [
    ("tokio::net::tcp::listener::", "a listener waits for connections"),
    ("tokio::net::unix::listener::", "a listener waits for connections"),
    ("tokio::signal::", "waits for the process's signals"),
];

/// Connections that wait for their other end.
const CONNECTIONS: [(&str, &str); 3] = [
    ("hyper::server::conn::", "a server connection waits for its next request"),
    ("hyper::proto::h1::dispatch::", "an HTTP connection waits for its next message"),
    ("h2::", "serves an HTTP/2 connection as long as it is open"),
];

/// So few that wait for a socket are no news. In a release build the functions of tokio that would tell a
/// listener from a connection are inlined.
const FEW_SOCKETS: usize = 3;

/// The proof that nothing can wake a group of Rust tasks.
///
/// tokio keeps no waker of a task but those that the task handed out, so a task without any that waits
/// can only be aborted. Its first poll must be over: before it nobody could have asked for a waker.
pub fn proof(case: &Case<'_>) -> Option<Judgement> {
    let waiting = |wait: Wait| wait != Wait::AtWork && wait != Wait::Syscall;
    let all = |test: &dyn Fn(RustTask) -> bool| {
        case.sightings.iter().all(|seen| waiting(seen.wait) && seen.rust.is_some_and(test))
    };
    let stuck = |task: RustTask| task.polls > 0 && !task.blocking && task.wakers == Some(0);
    let certain = |cause, why: &str| Some(Judgement::new(Verdict::Certain, cause, why));
    match () {
        () if is_root(case) => None,
        () if all(&|task| stuck(task) && task.registered == Some(0)) => certain(
            LeakCause::Unwakeable,
            "Unwakeable: they were polled and left no waker anywhere, so nothing can wake them",
        ),
        () if all(&|task| stuck(task)) => certain(
            LeakCause::LostWaker,
            "Waker lost: whoever had it dropped it without calling it, so nothing can wake them",
        ),
        () => None,
    }
}

/// Why a group of Rust tasks is healthy.
pub fn explanation(case: &Case<'_>) -> Option<&'static str> {
    let first = case.sightings.first()?;
    first.rust?;
    if is_root(case) {
        return Some("what block_on drives: the program ends when it returns");
    }
    if first.wait == Wait::Network && case.sightings.len() < FEW_SOCKETS && case.growth.is_none_or(is_calm) {
        return Some("waits for a socket: a listener or a quiet connection looks like that");
    }
    let io = matches!(first.wait, Wait::Network | Wait::Unknown | Wait::Select | Wait::Sleep);
    let shows = |part: &str| case.stack.iter().any(|function| function.contains(part));
    let endless = ENDLESS.iter().find(|(part, _)| shows(part));
    let known = endless.or_else(|| CONNECTIONS.iter().find(|(part, _)| io && shows(part)));
    known.map(|(_, why)| *why)
}

/// What a wait means in tokio's terms, where it is not as in Go.
pub fn habit(wait: Wait) -> Option<&'static str> {
    Some(match wait {
        Wait::ChanSend => "nobody receives from the full channel",
        Wait::ChanReceive => "the sender lives and sends nothing; a pool of idle workers looks the same",
        Wait::Select => "none of what they wait for happens; loops of long life look the same",
        Wait::Group => "the others have not arrived",
        Wait::Cond => "nobody notifies; an idle pool looks the same",
        Wait::Semaphore => "whoever holds the lock or permit has not let go",
        _ => return None,
    })
}

fn is_calm(growth: &LeakGrowth) -> bool {
    !growth::grows(growth, SEVERAL)
}

fn is_root(case: &Case<'_>) -> bool {
    case.sightings.iter().any(|seen| seen.rust.is_some_and(|task| task.root))
}
