//! What clients and the program itself may do to the agent, while the sample serves its customers: their
//! p99 latency and the program's memory stay bounded, and the agent answers.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod support;

use std::io::Read as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::Sample;
use taskscope_proto::agent::What;

/// Of every request, while others are at it on the same machine; measured figures are printed.
const P99: Duration = Duration::from_millis(400);

/// What an abuse may add to the program's memory, in MiB.
const MORE: u64 = 64;

const STACK: u8 = 0x01;
const VERSION: u8 = 0x04;

/// Runs an abuse under load, and holds latency and memory against their bounds.
fn under_load(what: &str, sample: &mut Sample, abuse: impl FnOnce(&mut Sample)) {
    sample.tell("load");
    let calm = measured(sample, |_| std::thread::sleep(Duration::from_millis(700)));
    let before = sample.resident_mib();
    let start = Instant::now();
    let hard = measured(sample, abuse);
    let after = sample.resident_mib();
    eprintln!(
        "{what}: p99 {calm:?} before, {hard:?} during {:?}; memory {before} to {after} MiB",
        start.elapsed()
    );
    assert!(hard < P99, "p99 is {hard:?}");
    assert!(after < before + MORE, "memory grew from {before} to {after} MiB");
    assert!(sample.ask(VERSION).starts_with("rustc 1."), "it answers");
}

/// p99 of the requests meanwhile.
fn measured(sample: &mut Sample, work: impl FnOnce(&mut Sample)) -> Duration {
    sample.tell("forget");
    work(sample);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let counts = sample.tell("counts");
        if support::number(&counts, "requests") >= 100 {
            return Duration::from_micros(support::number(&counts, "p99_us"));
        }
        assert!(Instant::now() < deadline, "no requests are served: {counts}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn connections_that_send_nothing() {
    let mut sample = Sample::start(&["--clients", "2"]);
    under_load("200 silent connections", &mut sample, |sample| {
        let silent: Vec<TcpStream> = (0..200).map(|_| sample.connect()).collect();
        let start = Instant::now();
        assert!(sample.ask(VERSION).starts_with("rustc 1."), "it answers between them");
        assert!(start.elapsed() < Duration::from_secs(5), "after {:?}", start.elapsed());
        drop(silent);
    });
}

#[test]
fn clients_that_stop_reading() {
    let mut sample = Sample::start(&["--clients", "2"]);
    sample.tell("tasks 5000");
    under_load("a client that stands still in a dump", &mut sample, |sample| {
        // As after SIGSTOP: connected, asked, and never reads on.
        let mut stopped = sample.send(STACK);
        let mut first = [0];
        stopped.read_exact(&mut first).unwrap();
        assert!(sample.ask(VERSION).starts_with("rustc 1."), "others are answered meanwhile");
        assert!(sample.ask(STACK).contains("sleeper"), "and get whole dumps");
        drop(stopped);
    });
}

#[test]
fn clients_that_stop_or_leave_in_a_profile() {
    let mut sample = Sample::start(&["--clients", "2"]);
    under_load("a stopped client and one that left, in CPU profiles", &mut sample, |sample| {
        let left = support::record(sample.address(), What::Cpu, Duration::from_secs(60));
        drop(left);
        // The profile of who left must end at once, or this one is refused.
        let profile = sample.profile(Duration::from_millis(500));
        assert!(profile.len() > 100, "a profile of {} bytes", profile.len());
        let stopped = support::record(sample.address(), What::Cpu, Duration::from_millis(300));
        std::thread::sleep(Duration::from_millis(600));
        assert!(sample.profile(Duration::from_millis(100)).len() > 100, "after the stopped one");
        drop(stopped);
    });
}

#[test]
fn every_worker_in_an_endless_loop() {
    let mut sample = Sample::start(&["--workers", "2", "--clients", "2"]);
    // More than there are workers, so that none is left.
    sample.tell("spin 4 1500");
    let start = Instant::now();
    let dump = sample.ask(STACK);
    assert!(start.elapsed() < Duration::from_secs(5), "after {:?}", start.elapsed());
    assert!(dump.contains("name: spinner"), "{dump}");
    assert!(sample.ask(VERSION).starts_with("rustc 1."));
    under_load("all workers in a loop, before", &mut sample, |_| {});
}

#[test]
fn a_hundred_thousand_tasks() {
    let mut sample = Sample::start(&["--clients", "2"]);
    sample.tell("tasks 100000");
    under_load("100 000 tasks", &mut sample, |sample| {
        let start = Instant::now();
        let dump = sample.ask(STACK);
        let (took, blocks) = (start.elapsed(), dump.matches("name: sleeper").count());
        eprintln!("100 000 tasks: {blocks} in {} MiB, after {took:?}", dump.len() >> 20);
        assert_eq!(blocks, 100_000);
    });
}

#[test]
fn a_panic_storm_and_a_fork() {
    let mut sample = Sample::start(&["--clients", "2"]);
    under_load("2000 panics and dumps", &mut sample, |sample| {
        let address = sample.address();
        let asking = std::thread::spawn(move || (0..5).map(|_| support::ask(address, STACK).len()).min());
        let profiling = std::thread::spawn(move || support::profile(address, Duration::from_millis(300)));
        sample.tell("panics 2000");
        assert!(asking.join().unwrap().is_some_and(|shortest| shortest > 0));
        assert!(profiling.join().unwrap().len() > 100, "a profile of the storm");
    });
    let child: i32 = sample.tell("fork").strip_prefix("child ").unwrap().parse().unwrap();
    assert!(sample.ask(VERSION).starts_with("rustc 1."), "the parent's agent answers");
    // SAFETY: kill takes plain numbers; the child is the sample's and waits for nothing else.
    unsafe { libc::kill(child, libc::SIGKILL) };
}
