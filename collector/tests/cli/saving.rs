//! Files appear whole, where they were wanted, and never in the place of another.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::mpsc;

use super::support::{
    Outcome, agent, agent_with, answering, collector, command, listing, peer, read_fixture, wait_for_end,
};

const HEAP: &str = "pprof/go1.26.6.heap.pb.gz";

fn heap() -> String {
    answering(read_fixture(HEAP)).to_string()
}

#[test]
fn default_names_tell_program_pid_time_and_kind() {
    let dir = tempfile::tempdir().unwrap();
    let stdout = collector(&["heap", &heap()]).dir(dir.path()).run().ok();
    let name = stdout.lines().last().unwrap();
    assert_eq!(listing(&dir), [name]);
    // The peer is this very test, which listens on loopback.
    let stem = format!("-{}-", std::process::id());
    let (program, rest) = name.split_once(&stem).unwrap_or_else(|| panic!("no {stem} in {name}"));
    assert!(program.starts_with("cli-"), "{name}");
    let (time, kind) = rest.split_once('.').unwrap();
    assert_eq!(kind, "heap.pb.gz");
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(shape, "99999999T999999Z");
}

#[test]
fn a_folder_gets_the_default_name() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    let stdout = collector(&["heap", &heap(), "-o", "sub"]).dir(dir.path()).run().ok();
    assert!(stdout.starts_with("sub/cli-") && stdout.ends_with(".heap.pb.gz\n"), "{stdout}");
    assert!(dir.path().join(stdout.trim_end()).is_file());
}

#[test]
fn existing_files_stay_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine");
    std::fs::write(&path, "precious").unwrap();
    let call =
        |arguments: &[&str]| collector(&[&["heap", &heap(), "-o"], arguments].concat()).dir(dir.path()).run();
    call(&["mine"]).fails(1, &["mine exists and is not replaced", "--force"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(call(&["mine", "--force"]).ok(), "mine\n");
    assert_eq!(std::fs::read(&path).unwrap(), read_fixture(HEAP));
    call(&["no/such/folder"]).fails(1, &["cannot create a file in no/such"]);
    call(&["/dev/null", "--force"]).fails(1, &["no ordinary file"]);
    assert_eq!(listing(&dir), ["mine"]);
}

/// A file that appears while the answer is on its way is not replaced either.
#[test]
fn a_file_that_appears_meanwhile_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("late");
    let appearing = path.clone();
    let address = peer(move |mut stream| {
        command(&mut stream);
        std::fs::write(&appearing, "somebody else's").unwrap();
        stream.write_all(&read_fixture(HEAP)).unwrap();
    });
    let outcome = collector(&["heap", &address.to_string(), "-o", "late"]).dir(dir.path()).run();
    outcome.fails(1, &["late exists and is not replaced"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"somebody else's");
    assert_eq!(listing(&dir), ["late"]);
}

#[test]
fn a_dash_streams_to_stdout() {
    let output = collector(&["heap", &heap(), "-o", "-"]).bytes();
    assert!(output.status.success());
    assert_eq!(output.stdout, read_fixture(HEAP));
    collector(&["heap", &heap(), "-o", "-", "--json"]).run().fails(2, &["--json"]);
}

#[test]
fn json_tells_the_facts_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let trace = read_fixture("trace/go1.25.5.bin");
    let bytes = trace.len();
    let address = agent_with(trace).to_string();
    let facts = collector(&["trace", &address, "-o", "a.trace", "--json"]).dir(dir.path()).run().json();
    assert_eq!(facts["path"], "a.trace");
    assert_eq!(facts["bytes"], bytes);
    assert_eq!(facts["duration_ns"], 5_000_000_000_u64);
    assert_eq!(facts["complete"], true);
    assert_eq!(facts["target"], address);
    assert_eq!(facts["command"], "trace");
}

#[test]
fn stacks_are_saved_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let dump = read_fixture("dump/go1.26.6.goroutine.debug2.txt");
    let address = answering(dump.clone()).to_string();
    assert_eq!(collector(&["stack", &address, "-o", "s.txt"]).dir(dir.path()).run().ok(), "s.txt\n");
    assert_eq!(std::fs::read(dir.path().join("s.txt")).unwrap(), dump);
}

/// Interrupts a capture in the middle, with some of it on disk already.
#[test]
fn an_interrupt_leaves_nothing_behind() {
    for signal in ["INT", "TERM", "HUP"] {
        let dir = tempfile::tempdir().unwrap();
        let (halfway, reached) = mpsc::channel();
        let trace = read_fixture("trace/go1.26.6.bin");
        let address = agent(move |mut stream| {
            command(&mut stream);
            stream.write_all(&trace[..trace.len() / 2]).unwrap();
            halfway.send(()).unwrap();
            wait_for_end(&mut stream);
        });
        let child = collector(&["trace", &address.to_string()]).dir(dir.path()).spawn();
        reached.recv().unwrap();
        assert_eq!(listing(&dir).len(), 1, "a temporary file");
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        Outcome::of(child.wait_with_output().unwrap()).fails(130, &["interrupted"]);
        assert!(listing(&dir).is_empty(), "{:?}", listing(&dir));
    }
}

/// `collector stack … | head`: the reader goes away early, which is no error.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dump = b"goroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\n\n".repeat(100_000);
    let mut child = collector(&["stack", &answering(dump).to_string()]).spawn();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    Outcome::of(child.wait_with_output().unwrap()).fails(0, &[]);
}
