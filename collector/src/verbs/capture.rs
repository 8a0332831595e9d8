//! Verbs that save an answer: trace, cpu, heap, binary; and `stack -o`. Go's agents and ours are
//! asked over different wires; what comes is checked and saved alike.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use serde::Serialize;
use taskscope_proto::agent::{End, Request, What};
use taskscope_proto::gops::Signal;

use crate::check::{Check, Verdict};
use crate::cli::{AskArgs, OutputArgs, SaveArgs, TimedArgs, TraceArgs};
use crate::failure::{Failure, Report, note, warn};
use crate::progress::Progress;
use crate::sink::{Destination, Saved, Sink};
use crate::source::agent;
use crate::source::gops::{self, Ending, Event, Question};
use crate::symbols::{Symbols, TextSymbolizer, symbolize_profile};
use crate::target::{self, Agent, Target};
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
    /// How long a Go agent records, and ours unless told otherwise; zero if it answers at once.
    fn length(&self) -> Duration {
        self.signal.fixed_duration_ns().map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// The same question to our agent.
    pub fn request(&self, wishes: &Wishes) -> Request {
        Request {
            what: agent::what_of(self.signal).unwrap_or(What::Unspecified).into(),
            duration_ns: wishes.duration.map_or(0, super::ns),
            rate_hz: wishes.rate.unwrap_or(0),
            cpu_samples: wishes.cpu,
            no_signal: wishes.no_signal,
            no_poll: wishes.no_poll,
            ..Request::default()
        }
    }

    /// Whether the first bytes come at once and more while it records.
    fn streams(&self) -> bool {
        self.signal == Signal::Trace
    }
}

/// What only our agent can be asked for; `None` and false for what it does anyway.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// How long to record. A Go agent may be asked for the one length that it knows.
    pub duration: Option<Duration>,
    /// Samples a second.
    pub rate: Option<u32>,
    /// CPU samples in a trace.
    pub cpu: bool,
    /// No native stacks.
    pub no_signal: bool,
    /// No async stacks.
    pub no_poll: bool,
}

impl Wishes {
    /// An error if a Go agent cannot do that.
    pub fn check(&self, target: &Target, recipe: &Recipe) -> Result<(), Failure> {
        if matches!(target.agent, Agent::Rust { .. }) {
            return Ok(());
        }
        if let Some(duration) = self.duration.filter(|&duration| duration != recipe.length()) {
            return Err(other_length(duration, recipe));
        }
        let ours = [
            (self.rate.is_some(), "--rate"),
            (self.cpu, "--cpu"),
            (self.no_signal, "--no-signal"),
            (self.no_poll, "--no-poll"),
        ];
        let wish = ours.into_iter().find(|(wished, _)| *wished);
        wish.map_or(Ok(()), |(_, flag)| Err(no_such_wish(target, flag)))
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
pub fn trace(args: &TraceArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::Trace, extension: "trace", noun: "trace" };
    if args.timed.rate.is_some() && !args.cpu {
        return Err(Failure::Usage("--rate: a trace has CPU samples only with --cpu".into()));
    }
    timed(&args.timed, args.cpu, &recipe)
}

/// `cpu`.
pub fn cpu(args: &TimedArgs) -> Result<(), Failure> {
    timed(args, false, &Recipe { signal: Signal::CpuProfile, extension: "cpu.pb.gz", noun: "CPU profile" })
}

/// `heap`.
pub fn heap(args: &SaveArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::HeapProfile, extension: "heap.pb.gz", noun: "heap profile" };
    save(&args.ask, &args.save, &recipe, &Wishes::default())
}

/// `binary`.
pub fn binary(args: &SaveArgs) -> Result<(), Failure> {
    let recipe = Recipe { signal: Signal::BinaryDump, extension: "binary", noun: "executable" };
    save(&args.ask, &args.save, &recipe, &Wishes::default())
}

/// Asks for what the recipe says and saves it; the path is the last line of stdout.
pub fn save(ask: &AskArgs, output: &OutputArgs, recipe: &Recipe, wishes: &Wishes) -> Result<(), Failure> {
    let target = target::resolve(&ask.target.target, ask.target.token.as_deref())?;
    interrupt::install();
    let target = agent::recognise(target)?;
    wishes.check(&target, recipe)?;
    let destination = Destination::of(output.output.as_deref(), output.force, &target.stem, recipe.extension);
    if ask.json && destination == Destination::Stdout {
        return Err(Failure::Usage("-o - and --json both want stdout; choose one".into()));
    }
    let sink = Sink::open(destination)?;
    let started = Instant::now();
    let (sink, cut) = if matches!(target.agent, Agent::Rust { .. }) {
        ours(&target, recipe, wishes, ask.target.timeout, sink)?
    } else {
        let question = question(recipe, ask.target.timeout);
        if !recipe.length().is_zero() {
            gops::expect_free(&target, ask.target.timeout)?;
        }
        receive(&target, &question, recipe, sink)?
    };
    let elapsed = started.elapsed();
    let saved = sink.keep()?;
    report(&target, recipe, wishes, &saved, elapsed, cut.as_deref(), ask.json)?;
    if cut.is_some() { Err(Failure::Incomplete) } else { Ok(()) }
}

fn timed(args: &TimedArgs, cpu: bool, recipe: &Recipe) -> Result<(), Failure> {
    let wishes = Wishes { duration: args.duration, rate: args.rate, cpu, ..Wishes::default() };
    save(&args.save.ask, &args.save.save, recipe, &wishes)
}

/// Streams the answer of our agent into the sink. Text instead of nothing says what is missing of it.
fn ours(
    target: &Target,
    recipe: &Recipe,
    wishes: &Wishes,
    patience: Duration,
    mut sink: Sink,
) -> Result<(Sink, Option<String>), Failure> {
    let mut check = Check::new(recipe.signal.content());
    let length = wishes.duration.unwrap_or(recipe.length());
    let mut progress = Progress::new(format!("{} of {target}", recipe.noun), length, false);
    let mut named = Named::of(target, recipe);
    let end = agent::ask(target, &recipe.request(wishes), patience, &mut |event| {
        if let Event::Bytes(bytes) = event {
            check.feed(bytes).map_err(|is| wrong(target, recipe, &is))?;
            sink.write(&named.feed(bytes))?;
        }
        progress.update(sink.bytes());
        Ok(())
    })?;
    drop(progress);
    sink.write(&named.finish())?;
    let cut = settle(target, end.as_ref(), &mut check)?;
    Ok((sink, cut))
}

/// An answer of our agent on its way to a file: it comes with addresses, and is saved with files and lines.
enum Named {
    /// As it is.
    Plain,
    /// A dump, line by line.
    Text(Box<TextSymbolizer>),
    /// A profile, which has to be there as a whole.
    Profile(Vec<u8>, Symbols),
}

impl Named {
    fn of(target: &Target, recipe: &Recipe) -> Self {
        let symbols = Symbols::of_process(target.pid);
        match recipe.signal {
            Signal::StackTrace => Self::Text(Box::new(TextSymbolizer::new(symbols))),
            Signal::CpuProfile | Signal::HeapProfile => Self::Profile(Vec::new(), symbols),
            _ => Self::Plain,
        }
    }

    fn feed<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Self::Plain => bytes.into(),
            Self::Text(text) => text.feed(bytes).into(),
            Self::Profile(whole, _) => {
                whole.extend_from_slice(bytes);
                Vec::new().into()
            }
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Plain => Vec::new(),
            Self::Text(mut text) => text.finish(),
            Self::Profile(whole, mut symbols) => symbolize_profile(whole, &mut symbols),
        }
    }
}

/// What is missing of an answer, by what the agent said and by what came.
pub fn settle(target: &Target, end: Option<&End>, check: &mut Check) -> Result<Option<String>, Failure> {
    let verdict = check.finish();
    let Some(end) = end else {
        let missing = "the connection closed in the middle of it".to_owned();
        return if check.is_useful() { Ok(Some(missing)) } else { Err(agent::broke_off(target).into()) };
    };
    let clean = |note: &String| note.chars().filter(|c| !c.is_control()).collect::<String>();
    let mut notes: Vec<String> = end.notes.iter().map(clean).collect();
    if end.dropped > 0 {
        notes.push(format!("{} events or samples were lost", end.dropped));
    }
    if let Verdict::Cut(what) = verdict {
        notes.push(what);
    } else if end.complete {
        notes.iter().for_each(warn);
        return Ok(None);
    }
    Ok(Some(if notes.is_empty() { "its agent says so".into() } else { notes.join("; ") }))
}

fn other_length(asked: Duration, recipe: &Recipe) -> Failure {
    let (asked, fixed) = (humantime::format_duration(asked), recipe.length().as_secs());
    let noun = recipe.noun;
    Failure::Usage(format!(
        "--duration {asked}: the gops wire has no way to ask for a length; a Go agent makes every {noun} {fixed} s long\n  \
         Leave --duration out, or say --duration {fixed}s."
    ))
}

fn no_such_wish(target: &Target, flag: &str) -> Failure {
    Failure::Usage(format!(
        "{flag}: the gops wire, which {target} speaks, has no way to ask for that; our agent in a Rust program does\n  \
         Leave {flag} out."
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
    wishes: &Wishes,
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
            duration_ns: wishes.duration.map(super::ns).or(recipe.signal.fixed_duration_ns()),
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
