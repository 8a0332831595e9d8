//! What the verbs that print make of good answers.

use std::io::{Read as _, Write as _};
use std::sync::mpsc;

use serde_json::json;

use super::support::{Outcome, agent_with, answering, collector, command, peer, read_fixture};

const MEMSTATS: &str = "alloc: 2.09MB (2195840 bytes)\nsys: 1023 bytes\nlookups: 0\n\
    next-gc: when heap-alloc >= 4.00MB (4194304 bytes)\nlast-gc: 2026-11-23 15:57:13.077485343 +0000 UTC\n\
    gc-pause-total: 15.802748ms\ngc-cpu-fraction: 1.4452407758180067e-05\nenable-gc: true\n";

fn ask(arguments: &[&str], answer: &str) -> Outcome {
    let address = answering(answer).to_string();
    let (verb, rest) = arguments.split_first().unwrap();
    let arguments = [&[*verb, &address], rest].concat();
    collector(&arguments).run()
}

#[test]
fn texts_are_printed_as_they_come() {
    let stats = "goroutines: 5\nOS threads: 7\nGOMAXPROCS: 2\nnum CPU: 2\n";
    assert_eq!(ask(&["stats"], stats).ok(), stats);
    assert_eq!(ask(&["memstats"], MEMSTATS).ok(), MEMSTATS);
    let version = "go1.26.6-X:goroutineleakprofile with spaces\n";
    assert_eq!(ask(&["version"], version).ok(), version);
    let dump = String::from_utf8(read_fixture("dump/go1.26.6.goroutine.debug2.txt")).unwrap();
    assert_eq!(ask(&["stack"], &dump).ok(), dump);
}

#[test]
fn json_has_numbers() {
    let stats = ask(&["stats", "--json"], "goroutines: 5\nOS threads: 7\nGOMAXPROCS: 2\nnum CPU: 3\n").json();
    assert_eq!(stats["goroutines"], json!(5));
    let memory = ask(&["memstats", "--json"], MEMSTATS).json();
    assert_eq!(memory["alloc"], json!(2_195_840));
    assert_eq!(memory["sys"], json!(1023));
    assert_eq!(memory["next-gc"], json!(4_194_304));
    assert_eq!(memory["gc-pause-total"], json!(15_802_748));
    assert_eq!(memory["enable-gc"], json!(true));
    assert_eq!(ask(&["version", "--json"], "go1.26.8\n").json()["version"], json!("go1.26.8"));
    assert!(ask(&["gc", "--json"], "ok").json()["elapsed_ns"].is_u64());
    let dump = ask(&["stack", "--json"], "goroutine 1 [running]:\nmain.main()\n\t/x/main.go:3 +0x1\n").json();
    assert_eq!(dump["goroutines"], json!(1));
}

/// What `setgc` puts on the wire for each argument: a signal and a minimal varint, nothing more.
#[test]
fn setgc_sends_a_minimal_varint() {
    let cases: [(&str, &[u8]); 7] = [
        ("10", &[0x14]),
        ("50", &[0x64]),
        ("100", &[0xc8, 0x01]),
        ("0", &[0x00]),
        ("-1", &[0x01]),
        ("OFF", &[0x01]),
        ("2147483647", &[0xfe, 0xff, 0xff, 0xff, 0x0f]),
    ];
    for (argument, varint) in cases {
        let (sent, received) = mpsc::channel();
        let length = varint.len();
        let address = peer(move |mut stream| {
            let signal = command(&mut stream);
            let mut argument = vec![0; length];
            stream.read_exact(&mut argument).unwrap();
            stream.set_nonblocking(true).unwrap();
            let more = stream.read(&mut [0]).is_ok();
            sent.send((signal, argument, more)).unwrap();
            let _ = stream.write_all(b"New GC percent set to 7. Previous value was -1.\n");
        });
        let outcome = collector(&["setgc", &address.to_string(), argument, "--json"]).run().json();
        assert_eq!((&outcome["percent"], &outcome["previous"]), (&json!(7), &json!(-1)));
        assert_eq!(received.recv().unwrap(), (Some(0x10), varint.to_vec(), false), "{argument}");
    }
    collector(&["setgc", ":1", "2147483648"]).run().fails(2, &["32 bits"]);
    collector(&["setgc", ":1", "lots"]).run().fails(2, &["whole number of percent, or off"]);
}

#[test]
fn every_verb_sends_its_one_byte() {
    let verbs: [(&str, &[u8]); 11] = [
        ("stack", &[1]),
        ("gc", &[2]),
        ("memstats", &[3]),
        ("version", &[4]),
        ("heap", &[5]),
        ("pprof-heap", &[5]),
        ("cpu", &[4, 6]),
        ("pprof-cpu", &[4, 6]),
        ("stats", &[7]),
        ("trace", &[4, 8]),
        ("binary", &[9]),
    ];
    for (verb, bytes) in verbs {
        let (sent, received) = mpsc::channel();
        let address = peer(move |mut stream| {
            let mut all = vec![command(&mut stream).unwrap()];
            stream.set_nonblocking(true).unwrap();
            let _ = stream.read_to_end(&mut all);
            sent.send(all).unwrap();
            let _ = stream.set_nonblocking(false);
            let _ = stream.write_all(b"go1.26.8\n");
        });
        collector(&[verb, &address.to_string()]).run();
        let questions: Vec<Vec<u8>> = received.try_iter().collect();
        assert_eq!(questions, bytes.iter().map(|&byte| vec![byte]).collect::<Vec<_>>(), "{verb}");
    }
}

#[test]
fn fixed_lengths_are_accepted_and_others_refused() {
    let trace = agent_with(read_fixture("trace/go1.25.5.bin")).to_string();
    let dir = tempfile::tempdir().unwrap();
    collector(&["trace", &trace, "--duration", "5s"]).dir(dir.path()).run().ok();
    collector(&["trace", &trace, "--duration=10s"])
        .run()
        .fails(2, &["10s", "every trace 5 s long", "--duration 5s"]);
    collector(&["cpu", &trace, "--duration=5"]).run().fails(2, &["5s", "every CPU profile 30 s long"]);
    collector(&["cpu", &trace, "--duration=soon"]).run().fails(2, &["--duration"]);
}
