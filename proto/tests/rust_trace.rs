//! Traces of Rust programs: what the writer writes the reader reads, sidecar and all.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use taskscope_proto::Dataset;
use taskscope_proto::gotrace::sidecar::{Program, Sidecar, Task};
use taskscope_proto::gotrace::spec::kind;
use taskscope_proto::gotrace::write::{self, Clocks, GoStatus, NONE, ProcStatus, Sample, Tables};
use taskscope_proto::gotrace::{Reader, StepResult};

fn read(bytes: Vec<u8>) -> Box<Dataset> {
    let mut reader = Reader::new(bytes).unwrap();
    loop {
        match reader.step() {
            StepResult::Working { .. } => {}
            StepResult::Done(data) => return data,
            StepResult::Failed(error) => panic!("{error}"),
        }
    }
}

/// One worker that polls one task, which was there before and then waits; with a sample.
fn small(sidecar: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut events = Vec::new();
    write::event(&mut events, kind::PROC_STATUS, &[1, 0, ProcStatus::Running as u64]);
    write::event(&mut events, kind::GO_STATUS_STACK, &[1, 7, NONE, GoStatus::Runnable as u64, 300]);
    write::event(&mut events, kind::GO_START, &[10, 7, 1]);
    write::event(&mut events, kind::GO_BLOCK, &[500, 1, 300]);
    let mut file = write::HEADER.to_vec();
    let clocks = Clocks { frequency: 1_000_000_000, time: 1, mono_ns: 5, wall_ns: 1_800_000_000_000_000_123 };
    write::sync(&mut file, 1, &clocks);
    write::batch(&mut file, 1, 4711, 100, &events);
    let mut tables = Tables::new(1, 90, &["sleep"]);
    tables.stack(300, [(1 << 60, "shop::refill", "src/shop.rs", 12)]);
    file.extend(tables.finish());
    write::samples(&mut file, 1, 90, &[Sample { time: 200, thread: 4711, p: NONE, g: 7, stack: 300 }]);
    sidecar(&mut file);
    file.push(write::END_OF_GENERATION);
    file
}

#[test]
fn what_is_written_is_read() {
    let program = Program { writer: "w 1".into(), runtime: "tokio".into(), pid: 1, tasks_at_start: 1 };
    let tasks = vec![Task { id: 7, site: 1, kind: 1, name: "refills".into(), ..Task::default() }];
    let message = Sidecar { program: Some(program), tasks, ..Sidecar::default() };
    let data = read(small(|file| write::sidecar_batch(file, 1, 90, &message)));
    assert_eq!(data.notices, []);
    assert_eq!(data.facts.runtime, "tokio");
    let task = data.tasks.rows.first().unwrap();
    assert_eq!((task.id, data.strings.get(task.name)), (7, "refills"));
    let entry = data.functions.get(task.entry).unwrap();
    assert_eq!(data.strings.get(entry.name), "shop::refill");
    assert_eq!(data.strings.get(data.reasons.first().unwrap().text), "sleep");
    assert_eq!(data.samples.len(), 1);
    assert_eq!(data.spans.start_ns.last(), Some(&612), "times are those written");
}

#[test]
fn a_broken_sidecar_costs_names_only() {
    let data = read(small(|file| {
        file.extend([kind::EXPERIMENTAL_BATCH, 1, 1, 0, 90, 6]);
        file.extend(b"\xD7TSK\xff\xff");
    }));
    assert_eq!(data.tasks.len(), 1);
    assert_eq!(data.facts.runtime, "");
    assert!(
        matches!(&data.notices[..], [notice] if notice.message.contains("task names")),
        "{:?}",
        data.notices
    );
}

#[test]
fn long_tables_are_several_batches() {
    let mut tables = Tables::new(2, 1000, &[]);
    let long = "é".repeat(600);
    for id in 1..400 {
        tables.stack(
            id,
            [(id, &*format!("{id}{long}"), "src/lib.rs", 1), (id + 1000, "main", "src/main.rs", 2)],
        );
    }
    let tables = tables.finish();
    assert!(tables.len() > 2 * write::MAX_PAYLOAD);
    let mut file = small(|_| {});
    let clocks = Clocks { frequency: 1_000_000_000, time: 1000, mono_ns: 5, wall_ns: 1 };
    write::sync(&mut file, 2, &clocks);
    file.extend(tables);
    file.push(write::END_OF_GENERATION);
    let data = read(file);
    assert_eq!(data.notices, []);
    assert!(data.functions.len() > 400, "{}", data.functions.len());
}

#[test]
fn a_tokio_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rust/tokio.trace");
    let data = read(std::fs::read(path).unwrap());
    assert_eq!(data.notices, []);
    let names = data.tasks.rows.iter().map(|task| data.strings.get(task.name));
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    assert_eq!(names, ["collects all sums", "is aborted"]);
    let reasons: Vec<_> = data.reasons.iter().map(|reason| data.strings.get(reason.text)).collect();
    assert!(reasons.contains(&"sleep") && reasons.contains(&"runtime.Gosched"), "{reasons:?}");
    assert!(data.facts.comments.iter().any(|comment| comment.contains("tasks when it began")));
}
