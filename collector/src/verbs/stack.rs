//! `stack`: the stack of every goroutine, to stdout as it comes, or into a file.

use std::io::{self, Write as _};

use crate::source::wire::Signal;
use serde::Serialize;

use super::capture::{self, Recipe};
use crate::check::{self, Check, Verdict};
use crate::cli::{OutputArgs, StackArgs};
use crate::failure::{Failure, Report, warn};
use crate::source::gops::{self, Ending, Event, Question};
use crate::target::{self, Target};
use crate::{interrupt, out};

/// Prints, or saves with `-o`.
pub fn run(args: &StackArgs) -> Result<(), Failure> {
    let recipe = capture::at_once(Signal::StackTrace, check::Kind::Dump, "stack.txt", "goroutine dump");
    if args.output.is_some() {
        let output = OutputArgs { output: args.output.clone(), force: args.force };
        return capture::save(&args.ask, &output, &recipe);
    }
    let target = target::resolve(&args.ask.target.target)?;
    interrupt::install();
    let question = Question { short: false, ..Question::quick(recipe.signal, args.ask.target.timeout) };
    if args.ask.json { print_json(&target, &question, &recipe) } else { print(&target, &question, &recipe) }
}

fn print(target: &Target, question: &Question, recipe: &Recipe) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    receive(target, question, recipe, &mut |bytes| {
        stdout.write_all(bytes).map_err(|error| Failure::writing("to standard output", &error))
    })?;
    stdout.flush().map_err(|error| Failure::writing("to standard output", &error))
}

fn print_json(target: &Target, question: &Question, recipe: &Recipe) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Facts<'a> {
        target: &'a str,
        bytes: u64,
        goroutines: u64,
        dump: &'a str,
    }
    let mut dump = Vec::new();
    receive(target, question, recipe, &mut |bytes| {
        dump.extend_from_slice(bytes);
        Ok(())
    })?;
    let text = String::from_utf8_lossy(&dump);
    // Every block has a header line, and a frame never begins so.
    let goroutines =
        text.lines().filter(|line| line.starts_with("goroutine ") && line.ends_with(':')).count();
    out::json(&Facts {
        target: &target.label,
        bytes: dump.len() as u64,
        goroutines: goroutines as u64,
        dump: &text,
    })
}

fn receive(
    target: &Target,
    question: &Question,
    recipe: &Recipe,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut check = Check::new(recipe.body);
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
