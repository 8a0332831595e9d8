//! `stack`: the stack of every goroutine, to stdout as it comes, or into a file.

use std::io::{self, Write as _};
use std::time::Duration;

use serde::Serialize;
use taskscope_engine::report;
use taskscope_proto::agent::{Request, What};
use taskscope_proto::gops::{Content, Signal};
use taskscope_proto::load;

use super::capture::{self, Recipe, Wishes};
use crate::check::{Check, Verdict};
use crate::cli::{OutputArgs, StackArgs, TargetArgs};
use crate::failure::{Failure, Report, warn};
use crate::source::agent;
use crate::source::gops::{self, Ending, Event, Question};
use crate::symbols::{Symbols, TextSymbolizer};
use crate::target::{self, Agent, Target};
use crate::{interrupt, out};

/// Prints, or saves with `-o`.
pub fn run(args: &StackArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::StackTrace, extension: "stack.txt", noun: "goroutine dump" };
    let wishes = Wishes { no_signal: args.no_signal, no_poll: args.no_poll, ..Wishes::default() };
    if args.output.is_some() {
        let output = OutputArgs { output: args.output.clone(), force: args.force };
        return capture::save(&args.ask, &output, &recipe, &wishes);
    }
    let TargetArgs { target, timeout, token } = &args.ask.target;
    let target = target::resolve(target, token.as_deref())?;
    interrupt::install();
    let target = agent::recognise(target)?;
    wishes.check(&target, &recipe)?;
    let mut ask = |take: &mut dyn FnMut(&[u8]) -> Result<(), Failure>| match target.agent {
        Agent::Rust { .. } => ours(&target, &recipe.request(&wishes), *timeout, take),
        _ => {
            let question = Question { short: false, ..Question::quick(recipe.signal, *timeout) };
            receive(&target, &question, take)
        }
    };
    if args.ask.json { print_json(&target, &mut ask) } else { print(&mut ask) }
}

/// All tasks of a process, as a dump. Of a Rust program without its threads: they get no signal.
pub fn tasks(target: &Target, patience: Duration) -> Result<Vec<u8>, Failure> {
    let mut dump = Vec::new();
    let mut take = |bytes: &[u8]| {
        dump.extend_from_slice(bytes);
        Ok(())
    };
    match target.agent {
        Agent::Rust { .. } => {
            let request = Request { what: What::Tasks.into(), ..Request::default() };
            ours(target, &request, patience, &mut take)?;
        }
        _ => {
            let question = Question { short: false, ..Question::quick(Signal::StackTrace, patience) };
            receive(target, &question, &mut take)?;
        }
    }
    Ok(dump)
}

/// Asks, and hands the dump over as it comes.
type Ask<'a> = dyn FnMut(&mut dyn FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> + 'a;

fn print(ask: &mut Ask<'_>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    ask(&mut |bytes| {
        stdout.write_all(bytes).map_err(|error| Failure::writing("to standard output", &error))
    })?;
    stdout.flush().map_err(|error| Failure::writing("to standard output", &error))
}

fn print_json(target: &Target, ask: &mut Ask<'_>) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Facts<'a> {
        target: &'a str,
        bytes: u64,
        goroutines: Option<u64>,
        dump: &'a str,
    }
    let mut dump = Vec::new();
    ask(&mut |bytes| {
        dump.extend_from_slice(bytes);
        Ok(())
    })?;
    let facts = Facts {
        target: &target.label,
        bytes: dump.len() as u64,
        goroutines: goroutines(&dump),
        dump: &String::from_utf8_lossy(&dump),
    };
    out::json(&facts)
}

/// As the reader of dumps counts them; none in a dump that it cannot read.
fn goroutines(dump: &[u8]) -> Option<u64> {
    let parts = load::load(dump.to_vec()).ok()?;
    report::inspect("", &parts.first()?.dataset).dump.map(|dump| dump.goroutines)
}

fn ours(
    target: &Target,
    request: &Request,
    patience: Duration,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut check = Check::new(Content::GoroutineDump);
    let mut text = TextSymbolizer::new(Symbols::of_process(target.pid));
    let end = agent::ask(target, request, patience, &mut |event| {
        let Event::Bytes(bytes) = event else { return Ok(()) };
        check.feed(bytes).map_err(|is| wrong(target, &is))?;
        take(&text.feed(bytes))
    })?;
    take(&text.finish())?;
    if let Some(what) = capture::settle(target, end.as_ref(), &mut check)? {
        warn(format_args!("the dump is incomplete: {what}"));
    }
    Ok(())
}

fn receive(
    target: &Target,
    question: &Question,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut check = Check::new(question.signal.content());
    let mut received = 0;
    let ending = gops::ask(target, question, &mut |event| {
        let Event::Bytes(bytes) = event else { return Ok(()) };
        received += bytes.len() as u64;
        check.feed(bytes).map_err(|is| wrong(target, &is))?;
        take(bytes)
    })?;
    match (ending, check.finish()) {
        (Ending::Stalled, _) => Err(gops::stalled(target, question, received).into()),
        (_, Verdict::Cut(what)) => {
            warn(format_args!("the dump is incomplete: {what}"));
            Ok(())
        }
        (Ending::Reset, Verdict::Whole) => {
            warn("the connection was reset at the end; the last goroutines may be missing");
            Ok(())
        }
        (Ending::Closed, Verdict::Whole) => Ok(()),
    }
}

fn wrong(target: &Target, is: &str) -> Failure {
    Report::new(format!("{target} sent {is} instead of a goroutine dump"))
        .and("Is a gops agent listening there, or another server?")
        .into()
}
