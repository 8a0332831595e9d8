//! `blocking`: a blocking profile of a trace, as a table or as a pprof file.

use taskscope_engine::analysis::blocking_profile::{self, BlockingReport};
use taskscope_engine::api::BlockingKind;
use taskscope_engine::units::count_u64;
use taskscope_proto::load::Part;
use taskscope_proto::pprof;

use super::goroutines::scope;
use super::{loaded, top};
use crate::cli::{BlockingArgs, Kind};
use crate::failure::{Failure, Report};
use crate::out;
use crate::sink::{Destination, Sink};

/// Prints the profile of each trace, or saves that of the only one.
pub fn run(args: &BlockingArgs) -> Result<(), Failure> {
    if args.read.json && args.output.is_some() {
        return Err(Failure::Usage("--json prints and -o saves; choose one".into()));
    }
    let sink = args.output.as_ref().map(|_| Sink::open(destination(args))).transpose()?;
    let parts = loaded::open(&args.read.file)?;
    let traces = loaded::traces(&args.read.file, &parts)?;
    match sink {
        Some(sink) => save(args, &parts, &traces, sink),
        None => print(args, &parts, traces),
    }
}

fn print(args: &BlockingArgs, parts: &[Part], traces: Vec<&Part>) -> Result<(), Failure> {
    let mut reports = Vec::new();
    for part in traces {
        let scope = scope(&part.dataset, &args.window, args.region.as_deref())?;
        let report = blocking_profile::report(&part.dataset, &scope, kind(args.kind));
        reports.extend(report.map(|report| (part, report)));
    }
    loaded::print(parts, reports, args.read.json, |_, report| text(report, args.rows))
}

fn text(report: &BlockingReport, rows: u32) -> String {
    let (kind, waits) = (report.kind, count_u64(report.contentions));
    format!("{kind}: {waits} waits ended\n{}", top::table(&report.top, rows))
}

fn save(args: &BlockingArgs, parts: &[Part], traces: &[&Part], mut sink: Sink) -> Result<(), Failure> {
    let [part] = traces else {
        return Err(Report::new("the file has several traces, and a profile is of one")
            .and("Unpack it, and name one of them.")
            .into());
    };
    let scope = scope(&part.dataset, &args.window, args.region.as_deref())?;
    let profile = blocking_profile::profile(&part.dataset, &scope, kind(args.kind));
    sink.write(&pprof::encode_gzip(&profile))?;
    loaded::tell_gaps(parts);
    if let Some(path) = sink.keep()?.path {
        out::path(&path)?;
    }
    loaded::ending(parts)
}

fn destination(args: &BlockingArgs) -> Destination {
    let stem = args.read.file.file_stem().map_or("trace".into(), |stem| stem.to_string_lossy());
    let kind = match args.kind {
        Kind::Net => "net.pb.gz",
        Kind::Sync => "sync.pb.gz",
        Kind::Syscall => "syscall.pb.gz",
        Kind::Sched => "sched.pb.gz",
    };
    Destination::of(args.output.as_deref(), args.force, &stem, kind)
}

fn kind(kind: Kind) -> BlockingKind {
    match kind {
        Kind::Net => BlockingKind::Network,
        Kind::Sync => BlockingKind::Sync,
        Kind::Syscall => BlockingKind::Syscall,
        Kind::Sched => BlockingKind::Scheduler,
    }
}
