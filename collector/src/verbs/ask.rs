//! Verbs that ask and print: gc, setgc, memstats, stats, version.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};
use taskscope_proto::gops::{self as wire, Signal, Statistic, StatisticValue};

use crate::cli::{AskArgs, SetGcArgs, TargetArgs};
use crate::failure::{Failure, Report};
use crate::source::agent;
use crate::source::gops::{self, Question};
use crate::target::{self, Agent, Target};
use crate::{check, interrupt, out};

/// `gc`.
pub fn gc(args: &AskArgs) -> Result<(), Failure> {
    let (target, answer, time) = ask(&args.target, |patience| Question::quick(Signal::Gc, patience))?;
    if !wire::is_gc_done(&answer) {
        return Err(odd(&target, Signal::Gc, &answer));
    }
    if args.json {
        #[derive(Serialize)]
        struct Facts<'a> {
            target: &'a str,
            elapsed_ns: u64,
        }
        return out::json(&Facts { target: &target.label, elapsed_ns: super::ns(time) });
    }
    let millis = time.as_secs_f64() * 1e3;
    out::text(&match target.agent {
        Agent::Rust { .. } => format!("{target} gave unused memory back to the system in {millis:.1} ms\n"),
        _ => format!("garbage collection of {target} done in {millis:.1} ms\n"),
    })
}

/// `setgc`.
pub fn setgc(args: &SetGcArgs) -> Result<(), Failure> {
    let bytes = wire::set_gc_percent_request(args.percent.into());
    let (target, answer, _) =
        ask(&args.target, |patience| Question { bytes, ..Question::quick(Signal::SetGcPercent, patience) })?;
    let text = text_of(&target, Signal::SetGcPercent, answer)?;
    let Some(change) = wire::parse_set_gc(&text) else {
        return Err(odd(&target, Signal::SetGcPercent, text.as_bytes()));
    };
    if args.json {
        #[derive(Serialize)]
        struct Facts<'a> {
            target: &'a str,
            percent: i64,
            previous: i64,
        }
        return out::json(&Facts {
            target: &target.label,
            percent: change.requested,
            previous: change.previous,
        });
    }
    out::text(&text)
}

/// `memstats`.
pub fn memstats(args: &AskArgs) -> Result<(), Failure> {
    statistics(args, Signal::MemStats, wire::parse_memstats)
}

/// `stats`.
pub fn stats(args: &AskArgs) -> Result<(), Failure> {
    statistics(args, Signal::Stats, wire::parse_stats)
}

fn statistics(args: &AskArgs, signal: Signal, parse: fn(&str) -> Vec<Statistic>) -> Result<(), Failure> {
    let (target, answer, _) = ask(&args.target, |patience| Question::quick(signal, patience))?;
    let text = text_of(&target, signal, answer)?;
    let rows = parse(&text);
    if rows.len() < text.lines().count() {
        return Err(odd(&target, signal, text.as_bytes()));
    }
    if !args.json {
        return out::text(&text);
    }
    out::json(&rows.into_iter().map(|row| (row.label.clone(), json(row))).collect::<Map<_, _>>())
}

/// Numbers raw: bytes, counts, and ns for durations and times.
fn json(row: Statistic) -> Value {
    match row.value {
        StatisticValue::Count(number) | StatisticValue::Duration(number) | StatisticValue::Time(number) => {
            number.into()
        }
        StatisticValue::Bytes(bytes) => bytes.into(),
        StatisticValue::Fraction(share) => share.into(),
        StatisticValue::Flag(flag) => flag.into(),
        StatisticValue::Never => Value::Null,
        StatisticValue::Other => row.text.into(),
    }
}

/// `version`.
pub fn version(args: &AskArgs) -> Result<(), Failure> {
    let (target, answer, _) = ask(&args.target, |patience| Question::quick(Signal::Version, patience))?;
    let text = text_of(&target, Signal::Version, answer)?;
    if args.json {
        #[derive(Serialize)]
        struct Facts<'a> {
            target: &'a str,
            version: &'a str,
        }
        return out::json(&Facts { target: &target.label, version: text.trim_end() });
    }
    out::text(&text)
}

fn ask(
    args: &TargetArgs,
    question: impl FnOnce(Duration) -> Question,
) -> Result<(Target, Vec<u8>, Duration), Failure> {
    let target = target::resolve(&args.target, args.token.as_deref())?;
    interrupt::install();
    let target = agent::recognise(target)?;
    let started = Instant::now();
    let question = question(args.timeout);
    if let Agent::Rust { .. } = target.agent {
        let what = agent::what_of(question.signal).ok_or_else(|| no_collector(&target))?;
        let answer = agent::ask_text(&target, what, args.timeout)?;
        return Ok((target, answer, started.elapsed()));
    }
    let answer = gops::ask_text(&target, &question)?;
    if let Some(other) = check::foreign(&answer) {
        return Err(gops::foreign(&target, other).into());
    }
    Ok((target, answer, started.elapsed()))
}

fn no_collector(target: &Target) -> Failure {
    Report::new(format!("{target} is a Rust program: it has no garbage collector to set"))
        .and("`collector gc` makes it give unused memory back to the system.")
        .into()
}

/// The answer as text that ends in a newline; bytes that are no text, or end early, are an error.
fn text_of(target: &Target, signal: Signal, answer: Vec<u8>) -> Result<String, Failure> {
    let text = String::from_utf8(answer).map_err(|error| odd(target, signal, error.as_bytes()))?;
    if text.ends_with('\n') { Ok(text) } else { Err(odd(target, signal, text.as_bytes())) }
}

fn odd(target: &Target, signal: Signal, answer: &[u8]) -> Failure {
    let start = answer.get(..answer.len().min(60)).unwrap_or_default().escape_ascii();
    Report::new(format!("{target} answered `{}` in a way that no gops agent does", signal.name()))
        .and(format!("It sent {} bytes: \"{start}\"", answer.len()))
        .and("The answer may be cut, or what listens there is another server.")
        .into()
}
