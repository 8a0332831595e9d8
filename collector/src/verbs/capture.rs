//! Verbs that save an answer: trace, cpu, heap, binary; and `stack -o`.

use std::time::{Duration, Instant};

use serde::Serialize;
use taskscope_proto::gops::Signal;

use crate::check::{Check, Verdict};
use crate::cli::{AskArgs, OutputArgs, SaveArgs, TimedArgs};
use crate::failure::{Failure, Report, note, warn};
use crate::progress::Progress;
use crate::sink::{Destination, Saved, Sink};
use crate::source::gops::{self, Ending, Event, Question};
use crate::target::{self, Target};
use crate::{interrupt, out};

/// What is saved, and how.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// The command.
    pub signal: Signal,
    /// End of default names.
    pub extension: &'static str,
    /// What the file is, in words.
    pub noun: &'static str,
}

impl Recipe {
    /// How long the agent records; zero if it answers at once.
    fn length(&self) -> Duration {
        self.signal.fixed_duration_ns().map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// Whether the first bytes come at once and more while it records.
    fn streams(&self) -> bool {
        self.signal == Signal::Trace
    }
}

/// Facts about a saved file, for `--json`.
#[derive(Debug, Serialize)]
struct Facts<'a> {
    path: String,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ns: Option<u64>,
    elapsed_ns: u64,
    complete: bool,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    command: &'static str,
}

/// `trace`.
pub fn trace(args: &TimedArgs) -> Result<(), Failure> {
    timed(args, &Recipe { signal: Signal::Trace, extension: "trace", noun: "trace" })
}

/// `cpu`.
pub fn cpu(args: &TimedArgs) -> Result<(), Failure> {
    timed(args, &Recipe { signal: Signal::CpuProfile, extension: "cpu.pb.gz", noun: "CPU profile" })
}

/// `heap`.
pub fn heap(args: &SaveArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::HeapProfile, extension: "heap.pb.gz", noun: "heap profile" };
    save(&args.ask, &args.save, &recipe)
}

/// `binary`.
pub fn binary(args: &SaveArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::BinaryDump, extension: "binary", noun: "executable" };
    save(&args.ask, &args.save, &recipe)
}

/// Asks for what the recipe says and saves it; the path is the last line of stdout.
pub fn save(ask: &AskArgs, output: &OutputArgs, recipe: &Recipe) -> Result<(), Failure> {
    let target = target::resolve(&ask.target.target)?;
    let destination = Destination::of(output.output.as_deref(), output.force, &target.stem, recipe.extension);
    if ask.json && destination == Destination::Stdout {
        return Err(Failure::Usage("-o - and --json both want stdout; choose one".into()));
    }
    interrupt::install();
    let sink = Sink::open(destination)?;
    let question = question(recipe, ask.target.timeout);
    if !recipe.length().is_zero() {
        gops::expect_free(&target, ask.target.timeout)?;
    }
    let started = Instant::now();
    let (sink, cut) = receive(&target, &question, recipe, sink)?;
    let elapsed = started.elapsed();
    let saved = sink.keep()?;
    report(&target, recipe, &saved, elapsed, cut.as_deref(), ask.json)?;
    if cut.is_some() { Err(Failure::Incomplete) } else { Ok(()) }
}

fn timed(args: &TimedArgs, recipe: &Recipe) -> Result<(), Failure> {
    match args.duration {
        Some(duration) if duration != recipe.length() => Err(other_length(duration, recipe)),
        _ => save(&args.save.ask, &args.save.save, recipe),
    }
}

fn other_length(asked: Duration, recipe: &Recipe) -> Failure {
    let (asked, fixed) = (humantime::format_duration(asked), recipe.length().as_secs());
    let noun = recipe.noun;
    Failure::Usage(format!(
        "--duration {asked}: the gops wire has no way to ask for a length; a Go agent makes every {noun} {fixed} s long\n  \
         Leave --duration out, or say --duration {fixed}s."
    ))
}

fn question(recipe: &Recipe, patience: Duration) -> Question {
    let quick = Question::quick(recipe.signal, patience);
    let (before, between) =
        if recipe.streams() { (Duration::ZERO, recipe.length()) } else { (recipe.length(), Duration::ZERO) };
    Question { before, between, short: false, ..quick }
}

/// Streams the answer into the sink. Text instead of nothing says what is missing of it.
fn receive(
    target: &Target,
    question: &Question,
    recipe: &Recipe,
    mut sink: Sink,
) -> Result<(Sink, Option<String>), Failure> {
    let mut check = Check::new(recipe.signal.content());
    let mut progress =
        Progress::new(format!("{} of {target}", recipe.noun), recipe.length(), recipe.streams());
    let ending = gops::ask(target, question, &mut |event| {
        if let Event::Bytes(bytes) = event {
            check.feed(bytes).map_err(|is| wrong(target, recipe, &is))?;
            sink.write(bytes)?;
        }
        progress.update(sink.bytes());
        Ok(())
    })?;
    drop(progress);
    let cut = judge(target, question, recipe, ending, &mut check, sink.bytes())?;
    Ok((sink, cut))
}

/// Whether to keep what came: whole, yes; cut, only if something can be done with it.
fn judge(
    target: &Target,
    question: &Question,
    recipe: &Recipe,
    ending: Ending,
    check: &mut Check,
    bytes: u64,
) -> Result<Option<String>, Failure> {
    let verdict = check.finish();
    if verdict == Verdict::Whole && ending != Ending::Stalled {
        if ending == Ending::Reset {
            warn("the connection was reset at the end; the answer is complete as far as its format tells");
        }
        return Ok(None);
    }
    let Verdict::Cut(what) = verdict else { return Err(gops::stalled(target, question, bytes).into()) };
    if check.is_useful() {
        return Ok(Some(what));
    }
    let report = match ending {
        Ending::Stalled => gops::stalled(target, question, bytes),
        _ => Report::new(format!("the {} of {target} was cut: {what}", recipe.noun))
            .and("The program ended or the connection broke; nothing was saved."),
    };
    Err(report.into())
}

fn wrong(target: &Target, recipe: &Recipe, is: &str) -> Failure {
    Report::new(format!("{target} sent {is} instead of a {}", recipe.noun))
        .and("Nothing was saved. Is a gops agent listening there, or another server?")
        .into()
}

fn report(
    target: &Target,
    recipe: &Recipe,
    saved: &Saved,
    elapsed: Duration,
    cut: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    if let Some(cut) = cut {
        warn(format_args!("the {} is incomplete: {cut}\n  What came was saved all the same.", recipe.noun));
    }
    let Some(path) = &saved.path else { return Ok(()) };
    if json {
        let facts = Facts {
            path: path.to_string_lossy().into_owned(),
            bytes: saved.bytes,
            duration_ns: recipe.signal.fixed_duration_ns(),
            elapsed_ns: super::ns(elapsed),
            complete: cut.is_none(),
            target: &target.label,
            pid: target.pid,
            command: recipe.signal.name(),
        };
        return out::json(&facts);
    }
    let (noun, size) = (recipe.noun, indicatif::HumanBytes(saved.bytes));
    note(format_args!("{noun} of {target}: {size} in {:.1} s{}", elapsed.as_secs_f32(), next_step(recipe)));
    out::path(path)
}

fn next_step(recipe: &Recipe) -> &'static str {
    if recipe.signal == Signal::BinaryDump { "" } else { "; open it with `collector view`" }
}
