//! Peers that speak our wire badly: what the collector says, and that it ends.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use taskscope_proto::agent::{self as wire, End, Hello, Kind, MAGIC, Reason, Refusal};

use super::support::{Outcome, collector, listing, peer, wait_for_end};

/// A peer that greets as our agent does, reads the request, and then does as the test wants.
fn agent(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    peer(move |mut stream| {
        let mut first = [0];
        if stream.read_exact(&mut first).is_err() || first != [wire::FIRST_BYTE] {
            return;
        }
        let hello = wire::encode(Kind::Hello, &Hello::default());
        let _ = stream.write_all(&[&MAGIC[..], &hello].concat());
        let mut length = [0; 4];
        if stream.read_exact(&mut length).is_ok() {
            let mut request = vec![0; u32::from_le_bytes(length) as usize];
            let _ = stream.read_exact(&mut request);
        }
        serve(stream);
    })
}

/// An agent that answers every request with these bytes, and closes.
fn answering(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    agent(move |mut stream| {
        let _ = stream.write_all(&bytes);
    })
}

fn data(bytes: &[u8]) -> Vec<u8> {
    [&wire::head(Kind::Data, u32::try_from(bytes.len()).unwrap())[..], bytes].concat()
}

fn end(end: &End) -> Vec<u8> {
    wire::encode(Kind::End, end)
}

/// Asks a peer that it takes for our agent, since it has a token.
fn ask(verb: &str, peer: SocketAddr) -> Outcome {
    collector(&[verb, &peer.to_string(), "--token", "t", "--timeout", "500ms"]).run()
}

#[test]
fn answers_come_in_any_pieces() {
    let complete = end(&End { complete: true, ..End::default() });
    let bytes =
        [data(b"rustc 1.95.0"), data(b""), vec![77, 2, 0, 0, 0, 1, 2], data(b"\n"), complete].concat();
    let slow = agent(move |mut stream| {
        for byte in &bytes {
            let _ = stream.write_all(&[*byte]);
        }
    });
    assert_eq!(ask("version", slow).ok(), "rustc 1.95.0\n");
}

#[test]
fn refusals_are_told_without_what_a_terminal_would_obey() {
    let refusal = |reason: Reason, text: &[&str]| {
        let text = text.iter().map(|&text| text.to_owned()).collect();
        answering(wire::encode(Kind::Refusal, &Refusal { reason: reason.into(), text }))
    };
    let busy = refusal(Reason::Busy, &["somebody \x1b[2J is profiling", "Try again later."]);
    let outcome = ask("cpu", busy);
    outcome.fails(1, &["is busy: somebody [2J is profiling\n  Try again later."]);
    assert!(!outcome.stderr.contains('\x1b'), "{outcome:?}");
    ask("heap", refusal(Reason::Unavailable, &["no allocator"]))
        .fails(1, &["no answer to `heap`: no allocator"]);
    ask("stack", refusal(Reason::Denied, &[])).fails(1, &["does not answer this user"]);
}

#[test]
fn answers_that_break_off_are_told() {
    let dir = tempfile::tempdir().unwrap();
    for peer in
        [answering(b"".to_vec()), answering(data(b"\x1f\x8b\x08")), answering(vec![3, 200, 0, 0, 0, 1])]
    {
        let outcome = collector(&["heap", &peer.to_string(), "--token", "t"]).dir(dir.path()).run();
        outcome.fails(1, &["closed the connection in the middle of its answer"]);
    }
    assert_eq!(listing(&dir), [] as [&str; 0]);
    ask("version", answering(data(b"rustc"))).fails(1, &["in the middle"]);
}

#[test]
fn bytes_that_are_no_frames_are_told() {
    ask("version", answering(vec![3, 0xff, 0xff, 0xff, 0xff])).fails(1, &["a message of 4294967295 bytes"]);
    ask("version", answering(vec![6, 1, 0, 0, 0, 0xff])).fails(1, &["a damaged end"]);
    let go = super::support::answering("go1.26.8\n");
    ask("version", go).fails(1, &["does not speak the wire of our agent", "leave the token out"]);
}

#[test]
fn a_peer_that_says_nothing_is_given_up() {
    ask("version", agent(|mut stream| wait_for_end(&mut stream))).fails(1, &["no sign of life for 0.5 s"]);
    ask("trace", peer(|mut stream| wait_for_end(&mut stream))).fails(1, &["no sign of life"]);
}

#[test]
fn what_the_agent_says_is_missing_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let dump = data(b"goroutine 1 [running]:\nmain()\n\t/a:1 +0x1\n");
    let notes = vec!["12 tasks alive, 1 described".to_owned()];
    let whole = end(&End { complete: true, notes: notes.clone(), ..End::default() });
    let outcome = ask("stack", answering([dump.clone(), whole].concat()));
    assert!(outcome.stderr.contains("warning: 12 tasks alive, 1 described"), "{outcome:?}");
    outcome.ok();
    let part = end(&End { complete: false, notes, dropped: 7, ..End::default() });
    let peer = answering([dump, part].concat()).to_string();
    let call = collector(&["stack", &peer, "--token", "t", "-o", "a.txt"]).dir(dir.path()).run();
    assert_eq!(call.code, Some(1), "{call:?}");
    assert!(call.stderr.contains("7 events or samples were lost"), "{call:?}");
    assert_eq!(listing(&dir), ["a.txt"], "what came is kept");
}
