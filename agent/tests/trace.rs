//! Traces of a busy program: what they count is what the program counts, and Go's tools read them.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![cfg(all(target_os = "linux", not(loom)))]

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use taskscope_agent::{Builder, instrument, spawn, spawn_blocking, spawn_local, spawn_named};
use taskscope_proto::agent::{self as wire, Frame, Frames, Request, What};
use taskscope_proto::gotrace::sidecar::{self, Sidecar};
use taskscope_proto::gotrace::{Reader, StepResult, spec::kind};
use taskscope_proto::{Dataset, cursor::Cursor};

static SPAWNS: AtomicU64 = AtomicU64::new(0);
static POLLS: AtomicU64 = AtomicU64::new(0);
static ENDS: AtomicU64 = AtomicU64::new(0);

/// Counts the polls of a future.
struct Counted<F>(Pin<Box<F>>);

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        POLLS.fetch_add(1, Ordering::Relaxed);
        self.0.as_mut().poll(cx)
    }
}

impl<F> Drop for Counted<F> {
    fn drop(&mut self) {
        ENDS.fetch_add(1, Ordering::Relaxed);
    }
}

fn counted<F: Future>(future: F) -> Counted<F> {
    SPAWNS.fetch_add(1, Ordering::Relaxed);
    Counted(Box::pin(future))
}

#[test]
fn a_busy_program() {
    let dir = std::env::temp_dir().join(format!("taskscope-trace-{}", std::process::id()));
    let agent = Builder::new().config_dir(&dir).listen().unwrap();
    let runtime =
        taskscope_agent::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    // Some are there before the trace: they are told by their status.
    let (release, hold) = tokio::sync::watch::channel(false);
    let early: Vec<_> = (0..20).map(|_| runtime.spawn(instrument(wait_for(hold.clone())))).collect();

    let (begun, has_begun) = mpsc::channel();
    let addr = agent.addr();
    let client = std::thread::spawn(move || record(addr, Duration::from_millis(3500), 0, &begun));
    has_begun.recv_timeout(Duration::from_secs(20)).unwrap();
    let before = Instant::now();
    // The futures of `block_on` are tasks to the agent, here and below.
    SPAWNS.fetch_add(2, Ordering::Relaxed);
    assert!(runtime.block_on(load()) > 0);
    local_set();
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "the load must fit into the trace: {:?}",
        before.elapsed()
    );
    release.send(true).unwrap();
    runtime.block_on(async {
        for task in early {
            task.await.unwrap();
        }
    });
    let (file, notes) = client.join().unwrap();
    assert_eq!(notes, [] as [&str; 0]);

    let data = read(&file);
    assert_eq!(data.notices, []);
    let counts = data.trace_counts.as_ref().unwrap();
    let get = |name: &str| counts.go_transitions.get(name).copied().unwrap_or(0);
    let told = sidecars(&file);
    let sum = |field: fn(&sidecar::Counts) -> u64| {
        told.iter().filter_map(|one| one.counts.as_ref()).map(field).sum::<u64>()
    };
    let resumed = sum(|counts| counts.resumed);
    assert!(resumed >= 10, "local tasks run inside of another one: {resumed}");
    assert!(counts.generations >= 3, "{}", counts.generations);
    assert_eq!(get("NotExist->Runnable"), SPAWNS.load(Ordering::Relaxed), "spawns");
    assert_eq!(sum(|counts| counts.spawned), SPAWNS.load(Ordering::Relaxed));
    // Closures have one run and no poll of their own; drops run too.
    assert_eq!(sum(|counts| counts.polls), get("Runnable->Running") - resumed);
    assert_eq!(get("Waiting->Runnable") - resumed, sum(|counts| counts.wakes + counts.unwoken_polls));
    assert_eq!(data.facts.runtime, "tokio");
    let name = |task: &taskscope_proto::model::Task| data.strings.get(task.name).to_owned();
    let named: Vec<_> = data.tasks.rows.iter().map(name).filter(|name| !name.is_empty()).collect();
    assert_eq!(named, ["collects all sums", "is aborted"]);
    let reasons: Vec<_> = data.reasons.iter().map(|reason| data.strings.get(reason.text)).collect();
    assert!(reasons.contains(&"runtime.Gosched"), "{reasons:?}");
    assert!(told.iter().any(|one| !one.waits.is_empty()), "some tasks were seen to wait");
    assert!(!data.samples.is_empty(), "the load takes CPU time");
    let end = told.last().and_then(|last| last.end).unwrap();
    assert_eq!(end.reason(), sidecar::Reason::Duration);
    go_reads(&file);
    a_limit(addr, &runtime);
    drop(agent);
    let _ = std::fs::remove_dir_all(&dir);
}

async fn wait_for(mut hold: tokio::sync::watch::Receiver<bool>) {
    let _ = hold.wait_for(|released| *released).await;
}

/// Channels, timers, locks, closures, aborts and panics.
async fn load() -> u64 {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<u64>(8);
    let mut tasks = Vec::new();
    for number in 0..50u64 {
        let sender = sender.clone();
        tasks.push(spawn(counted(async move {
            for step in 0..200 {
                sender.send(number * step).await.unwrap();
                if step % 50 == 0 {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
                if step % 7 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        })));
    }
    drop(sender);
    let sum = spawn_named(
        "collects all sums",
        counted(async move {
            let mut sum = 0;
            while let Some(value) = receiver.recv().await {
                sum += value;
            }
            sum
        }),
    );
    let abort = spawn_named("is aborted", counted(std::future::pending::<()>()));
    SPAWNS.fetch_add(1, Ordering::Relaxed);
    let closure = spawn_blocking(|| {
        let end = Instant::now() + Duration::from_millis(200);
        while Instant::now() < end {}
    });
    for task in tasks {
        task.await.unwrap();
    }
    abort.abort();
    assert!(abort.await.unwrap_err().is_cancelled());
    closure.await.unwrap();
    sum.await.unwrap()
}

/// Tasks inside of the poll of another one, on the main thread.
fn local_set() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let set = tokio::task::LocalSet::new();
    SPAWNS.fetch_add(1, Ordering::Relaxed);
    let root = instrument(set.run_until(async {
        let tasks: Vec<_> = (0..5)
            .map(|number| {
                spawn_local(counted(async move {
                    for _ in 0..10 {
                        tokio::time::sleep(Duration::from_millis(number)).await;
                    }
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }));
    runtime.block_on(root);
}

/// A trace that may have no more bytes ends whole, and says why.
fn a_limit(addr: SocketAddr, runtime: &taskscope_agent::runtime::Runtime) {
    let (begun, has_begun) = mpsc::channel();
    let client = std::thread::spawn(move || record(addr, Duration::from_secs(20), 1000, &begun));
    has_begun.recv_timeout(Duration::from_secs(20)).unwrap();
    runtime.block_on(load());
    let (file, notes) = client.join().unwrap();
    assert!(matches!(&notes[..], [note] if note.contains("limit of bytes")), "{notes:?}");
    let data = read(&file);
    assert_eq!(data.notices, []);
    assert!(
        data.facts.limits.iter().any(|limit| limit.contains("its limit of bytes")),
        "{:?}",
        data.facts.limits
    );
}

/// Asks for a trace over the framed wire; says when it has begun. Gives the file, and what the agent notes.
fn record(
    addr: SocketAddr,
    duration: Duration,
    max_bytes: u64,
    begun: &mpsc::Sender<()>,
) -> (Vec<u8>, Vec<String>) {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(&[wire::FIRST_BYTE]).unwrap();
    let mut magic = [0; 8];
    stream.read_exact(&mut magic).unwrap();
    let duration_ns = duration.as_nanos() as u64;
    let request =
        Request { what: What::Trace.into(), duration_ns, max_bytes, cpu_samples: true, ..Request::default() };
    stream.write_all(&wire::encode_request(&request)).unwrap();
    let (mut frames, mut data, mut buffer) = (Frames::default(), Vec::new(), [0; 1 << 16]);
    let mut notes = Vec::new();
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return (data, notes),
            count => frames.feed(&buffer[..count]),
        }
        while let Some(frame) = frames.next_frame().unwrap() {
            match frame {
                Frame::Data(bytes) => {
                    data.extend(bytes);
                    let _ = begun.send(());
                }
                Frame::Refusal(refusal) => panic!("{refusal:?}"),
                Frame::End(end) => notes = end.notes,
                Frame::Hello(_) | Frame::Header(_) | Frame::Progress(_) => {}
            }
        }
    }
}

fn read(file: &[u8]) -> Box<Dataset> {
    let mut reader = Reader::new(file.to_vec()).unwrap();
    loop {
        match reader.step() {
            StepResult::Working { .. } => {}
            StepResult::Done(data) => return data,
            StepResult::Failed(error) => panic!("{error}"),
        }
    }
}

/// The sidecar messages of a trace, in order.
fn sidecars(file: &[u8]) -> Vec<Sidecar> {
    let mut cursor = Cursor::new(&file[16..]);
    let mut found = Vec::new();
    while !cursor.is_empty() {
        let first = cursor.byte().unwrap();
        if first == kind::END_OF_GENERATION {
            continue;
        }
        if first == kind::EXPERIMENTAL_BATCH {
            cursor.byte().unwrap();
        }
        let fields: Vec<_> = (0..4).map(|_| cursor.varint().unwrap()).collect();
        let payload = cursor.take(fields[3]).unwrap();
        if first == kind::EXPERIMENTAL_BATCH {
            found.push(sidecar::decode(payload).unwrap());
        }
    }
    found
}

/// Go's own reader takes the trace, if Go is there.
fn go_reads(file: &[u8]) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("agent.trace");
    std::fs::write(&path, file).unwrap();
    let go = ["go", "/usr/local/go/bin/go"]
        .into_iter()
        .find(|go| Command::new(go).arg("version").output().is_ok());
    let Some(go) = go else { return };
    let output = Command::new(go).args(["tool", "trace", "-d=parsed"]).arg(&path).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines = output.stdout.split(|&byte| byte == b'\n').count();
    assert!(lines > 1000, "{lines} lines; {errors}");
}
