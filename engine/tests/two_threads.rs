//! A trace read with the help of a second thread is the trace read on one, to the bit: whole or damaged.

use std::path::Path;

use taskscope_proto::Dataset;
use taskscope_proto::load::{Limits, Loader, Step};

/// Traces of which the generations are large enough for a second thread.
const TRACES: [&str; 3] = ["go1.22.10.bin", "go1.26.6.bin", "go1.21.13.bin"];

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data/trace");
    std::fs::read(folder.join(name)).expect("a fixture")
}

fn read(bytes: &[u8], threads: bool) -> Option<Dataset> {
    let mut loader = Loader::new(bytes.to_vec(), Limits { threads, ..Limits::default() });
    loop {
        match loader.step() {
            Step::Working { .. } => {}
            Step::Done(mut parts) => return Some(parts.remove(0).dataset),
            Step::Failed(_) => return None,
        }
    }
}

/// Compares the large tables as such, the others as text.
fn assert_same(bytes: &[u8], what: &str) {
    let (Some(mut one), Some(mut two)) = (read(bytes, false), read(bytes, true)) else {
        panic!("{what} is not shown");
    };
    let (first, second) = (std::mem::take(&mut one.spans), std::mem::take(&mut two.spans));
    assert!(!first.is_empty(), "{what} has spans");
    assert_eq!(first.first, second.first, "{what}");
    assert!(first.start_ns == second.start_ns, "{what}: starts");
    assert!(first.state == second.state, "{what}: states");
    assert!(first.reason == second.reason, "{what}: reasons");
    assert!(first.stack == second.stack, "{what}: stacks");
    assert!(first.worker == second.worker, "{what}: workers");
    assert!(one.wakes.span == two.wakes.span && one.wakes.waker == two.wakes.waker, "{what}: wakes");
    assert!(one.worker_runs.rows == two.worker_runs.rows, "{what}: runs");
    assert_eq!(one.worker_runs.first, two.worker_runs.first, "{what}");
    assert!(one.tasks.rows == two.tasks.rows && one.regions == two.regions, "{what}: tasks and regions");
    assert!(one.ranges == two.ranges && one.counters == two.counters, "{what}: ranges and counters");
    assert_eq!(format!("{:?}", one.trace_counts), format!("{:?}", two.trace_counts), "{what}");
    assert_eq!(one.notices, two.notices, "{what}");
    assert_eq!(format!("{:?}", one.samples), format!("{:?}", two.samples), "{what}");
}

#[test]
fn whole_traces_are_the_same() {
    for name in TRACES {
        assert_same(&fixture(name), name);
    }
}

#[test]
fn damaged_traces_are_the_same() {
    for name in &TRACES[..2] {
        let whole = fixture(name);
        for part in 1..6 {
            let at = whole.len() * part / 6;
            assert_same(&whole[..at], &format!("{name} up to byte {at}"));
            let mut garbled = whole.clone();
            for (index, byte) in garbled[at..at + 40].iter_mut().enumerate() {
                *byte = byte.wrapping_add(index as u8 % 3);
            }
            assert_same(&garbled, &format!("{name} garbled at byte {at}"));
        }
    }
}
