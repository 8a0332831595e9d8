//! Peers that misbehave: every one ends in a clear message, in bounded time, and leaves no file.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::support::{
    Outcome, agent, agent_with, answering, collector, command, fixture, listing, peer, read_fixture, reset,
    wait_for_end,
};

const PATIENCE: &str = "--timeout=300ms";

/// Asks a peer in a folder that must stay empty, and checks that it ends soon.
fn ask(verb: &str, address: SocketAddr) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let outcome = collector(&[verb, &address.to_string(), PATIENCE]).dir(dir.path()).run();
    assert!(started.elapsed() < Duration::from_secs(20), "{verb} took {:?}", started.elapsed());
    assert!(listing(&dir).is_empty(), "{:?}", listing(&dir));
    outcome
}

#[test]
fn a_silent_peer_is_called_busy() {
    for verb in ["version", "stats", "memstats", "gc", "stack", "heap", "binary"] {
        let address = peer(|mut stream| wait_for_end(&mut stream));
        ask(verb, address).fails(1, &["did not answer", verb, "within 0.3 s", "busy", "--timeout"]);
    }
}

/// Before something long is asked for, a short question finds out whether the agent is free: what
/// waits in its queue would be carried out for nobody.
#[test]
fn a_busy_agent_is_not_asked_for_something_long() {
    for verb in ["trace", "cpu"] {
        let (seen, commands) = mpsc::channel();
        let address = peer(move |mut stream| {
            seen.send(command(&mut stream)).unwrap();
            wait_for_end(&mut stream);
        });
        ask(verb, address).fails(1, &["did not answer `version` within 0.3 s", "busy"]);
        assert!(commands.try_iter().all(|command| command == Some(4)), "{verb}");
    }
}

#[test]
fn a_refused_command_is_told_from_a_busy_agent() {
    for (verb, why) in [("trace", "tracing already"), ("heap", "refused"), ("binary", "executable deleted")] {
        // Go's agent leaves the connection of a failed command open until a later collection.
        let open = std::cell::RefCell::new(Vec::new());
        let address = agent(move |stream| open.borrow_mut().push(stream));
        ask(verb, address).fails(1, &["did not answer", "refused this one", why, "standard error"]);
    }
}

#[test]
fn an_empty_answer_means_too_old() {
    for verb in ["stats", "memstats", "gc", "heap", "trace", "cpu", "binary"] {
        ask(verb, agent_with("")).fails(1, &["without an answer", verb, "too old", "failed"]);
    }
    ask("version", answering("")).fails(1, &["without an answer", "something else"]);
}

#[test]
fn a_reset_without_an_answer_is_an_error() {
    for verb in ["stats", "stack", "trace"] {
        let address = agent(|mut stream| {
            command(&mut stream);
            reset(&stream);
        });
        ask(verb, address).fails(1, &["reset the connection before any answer"]);
    }
}

#[test]
fn foreign_servers_are_named() {
    let http = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    let verbs = ["version", "stats", "memstats", "gc", "stack", "heap", "trace", "cpu", "binary"];
    for verb in verbs {
        ask(verb, answering(http)).fails(1, &["sent an HTTP server's answer"]);
        ask(verb, answering("SSH-2.0-OpenSSH_9.2p1\r\n")).fails(1, &["sent an SSH server's greeting"]);
    }
    for verb in ["stack", "heap", "trace", "cpu", "binary"] {
        ask(verb, agent_with("what?\n")).fails(1, &["sent \"what?\\n\" instead of a"]);
    }
    for verb in ["stats", "memstats", "gc"] {
        ask(verb, answering("what?\n")).fails(1, &["in a way that no gops agent does", "what?"]);
    }
    ask("version", answering(b"\xff\xfe\n".as_slice())).fails(1, &["no gops agent"]);
    ask("stats", answering(vec![b'a'; 3 << 20])).fails(1, &["more than any gops agent would"]);
}

#[test]
fn cut_answers_are_not_saved() {
    let cut = |path: &str| {
        let bytes = read_fixture(path);
        agent_with(&bytes[..bytes.len() - 9])
    };
    ask("heap", cut("pprof/go1.26.6.heap.pb.gz")).fails(1, &["was cut", "gzip", "nothing was saved"]);
    ask("trace", agent_with("go 1.26 trace\0\0\0")).fails(1, &["was cut", "nothing was saved"]);
    ask("trace", agent_with("go 1.26 tra")).fails(1, &["was cut"]);
    ask("stats", answering("goroutines: 5\nOS thr")).fails(1, &["may be cut"]);
    ask("memstats", answering("alloc: 2.09MB (2195840 bytes)\ntotal-al")).fails(1, &["may be cut"]);
    ask("version", answering("go1.2")).fails(1, &["may be cut"]);
    ask("gc", answering("o")).fails(1, &["may be cut"]);
    let own = std::fs::read(env!("CARGO_BIN_EXE_collector")).unwrap();
    ask("binary", answering(&own[..100_000])).fails(1, &["was cut", "100000 bytes of at least"]);
}

#[test]
fn what_came_of_a_cut_trace_is_kept_and_says_so() {
    let bytes = read_fixture("trace/go1.26.6.bin");
    let half = bytes[..bytes.len() / 2].to_vec();
    let dir = tempfile::tempdir().unwrap();
    let address = agent_with(half.clone()).to_string();
    let outcome = collector(&["trace", &address, PATIENCE, "-o", "half.trace"]).dir(dir.path()).run();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout, "half.trace\n");
    assert!(
        outcome.stderr.contains("incomplete") && outcome.stderr.contains("in the middle of a batch"),
        "{outcome:?}"
    );
    assert_eq!(std::fs::read(dir.path().join("half.trace")).unwrap(), half);
}

#[test]
fn a_peer_that_stops_in_the_middle_is_left() {
    let bytes = read_fixture("pprof/go1.26.6.heap.pb.gz");
    let address = peer(move |mut stream| {
        command(&mut stream);
        stream.write_all(&bytes[..100]).unwrap();
        wait_for_end(&mut stream);
    });
    ask("heap", address).fails(1, &["stopped sending after 100 bytes"]);
    let address = peer(|mut stream| {
        command(&mut stream);
        stream.write_all(b"goroutine 1 [running]:\n").unwrap();
        wait_for_end(&mut stream);
    });
    let outcome = ask_printing("stack", address);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("stopped sending after 23 bytes"), "{outcome:?}");
}

/// For verbs that print what came before the error.
fn ask_printing(verb: &str, address: SocketAddr) -> Outcome {
    collector(&[verb, &address.to_string(), PATIENCE]).run()
}

#[test]
fn a_dripping_peer_cannot_hold_a_short_question_for_ever() {
    let address = peer(|mut stream| {
        command(&mut stream);
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    ask("version", address).fails(1, &["stopped sending"]);
}

#[test]
fn a_slow_peer_is_waited_for() {
    let bytes = read_fixture("pprof/go1.26.6.heap.pb.gz");
    let whole = bytes.clone();
    let address = peer(move |mut stream| {
        command(&mut stream);
        for piece in bytes.chunks(bytes.len() / 8 + 1) {
            thread::sleep(Duration::from_millis(100));
            stream.write_all(piece).unwrap();
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let saved = collector(&["heap", &address.to_string(), PATIENCE]).dir(dir.path()).run().ok();
    assert_eq!(std::fs::read(dir.path().join(saved.trim_end())).unwrap(), whole);
}

#[test]
fn a_reset_after_a_whole_answer_is_only_a_warning() {
    let bytes = read_fixture("pprof/go1.26.6.heap.pb.gz");
    let address = peer(move |mut stream| {
        command(&mut stream);
        stream.write_all(&bytes).unwrap();
        reset(&stream);
    });
    let dir = tempfile::tempdir().unwrap();
    let outcome = collector(&["heap", &address.to_string(), PATIENCE, "-o", "x"]).dir(dir.path()).run();
    assert!(outcome.stderr.contains("was reset at the end"), "{outcome:?}");
    assert_eq!(outcome.ok(), "x\n");
    let text = collector(&["top", "x"]).dir(dir.path()).run();
    assert_eq!(text.code, Some(0), "{text:?}");
}

#[test]
fn nobody_there_is_said_plainly() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    ask("stats", address).fails(1, &["cannot connect", "connection refused", "Nothing listens there"]);
    collector(&["stats", "no-such-host.invalid:1"])
        .run()
        .fails(1, &["cannot find host no-such-host.invalid"]);
}

#[test]
fn the_whole_fixture_is_one_answer() {
    let dir = tempfile::tempdir().unwrap();
    for (verb, path) in [("trace", "trace/go1.25.5.bin"), ("cpu", "pprof/go1.25.5.cpu.pb.gz")] {
        let address = agent_with(read_fixture(path)).to_string();
        let saved = collector(&[verb, &address]).dir(dir.path()).run().ok();
        let saved = dir.path().join(saved.trim_end());
        assert_eq!(std::fs::read(saved).unwrap(), std::fs::read(fixture(path)).unwrap());
    }
}
