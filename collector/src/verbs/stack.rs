//! `stack`: the stack of every goroutine, to stdout as it comes, or into a file.

use std::io::{self, Write as _};

use serde::Serialize;
use taskscope_engine::report;
use taskscope_proto::gops::Signal;
use taskscope_proto::load;

use super::capture::{self, Recipe};
use crate::check::{Check, Verdict};
use crate::cli::{OutputArgs, StackArgs};
use crate::failure::{Failure, Report, warn};
use crate::source::gops::{self, Ending, Event, Question};
use crate::target::{self, Target};
use crate::{interrupt, out};

/// Prints, or saves with `-o`.
pub fn run(args: &StackArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::StackTrace, extension: "stack.txt", noun: "goroutine dump" };
    if args.output.is_some() {
        let output = OutputArgs { output: args.output.clone(), force: args.force };
        return capture::save(&args.ask, &output, &recipe);
    }
    let target = target::resolve(&args.ask.target.target)?;
    interrupt::install();
    let question = Question { short: false, ..Question::quick(recipe.signal, args.ask.target.timeout) };
    if args.ask.json { print_json(&target, &question) } else { print(&target, &question) }
}

fn print(target: &Target, question: &Question) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    receive(target, question, &mut |bytes| {
        stdout.write_all(bytes).map_err(|error| Failure::writing("to standard output", &error))
    })?;
    stdout.flush().map_err(|error| Failure::writing("to standard output", &error))
}

fn print_json(target: &Target, question: &Question) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Facts<'a> {
        target: &'a str,
        bytes: u64,
        goroutines: Option<u64>,
        dump: &'a str,
    }
    let mut dump = Vec::new();
    receive(target, question, &mut |bytes| {
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
