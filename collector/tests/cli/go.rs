//! Against a real Go program with the real gops agent, the one of `cargo xtask demo`.
//!
//! Where Go is absent these tests say so and pass, unless `TASKSCOPE_REQUIRE_GO` is set. The CPU
//! profile takes 30 s and is left out unless `TASKSCOPE_SLOW` is set; `cargo xtask test` sets both.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::support::{Call, Outcome, collector};

/// The program, running, with its port file in a folder of its own.
struct Sample {
    child: Child,
    dir: TempDir,
}

impl Sample {
    /// Starts the program under a name of its own; `None` without Go.
    ///
    /// A link, not a copy: a file that is being written cannot be executed, and any process that
    /// another test forks meanwhile keeps it open for writing.
    fn start() -> Option<Self> {
        let built = built().as_ref()?;
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let exe = dir.path().join("sample");
        std::fs::hard_link(built, &exe).unwrap();
        let mut command = Command::new(&exe);
        command.args(["-seconds", "120", "-leaks", "3"]).env("GOPS_CONFIG_DIR", dir.path().join("gops"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("pid {}\n", child.id()));
        Some(Self { child, dir })
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    fn port_file(&self) -> PathBuf {
        self.dir.path().join("gops").join(self.pid())
    }

    /// A verb about it, in its folder. The collector finds the port file by the target's environment.
    fn call(&self, verb: &str, arguments: &[&str]) -> Call {
        collector(&[&[verb, &self.pid()], arguments].concat()).dir(self.dir.path())
    }

    fn saved(&self, outcome: Outcome) -> PathBuf {
        self.dir.path().join(outcome.ok().lines().last().unwrap())
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Builds the program once.
fn built() -> &'static Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let go = go()?;
        let exe = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/sample-go");
        let status =
            Command::new(go).current_dir(source).args(["build", "-o"]).arg(&exe).arg(".").status().unwrap();
        assert!(status.success(), "Go could not build xtask/sample-go");
        Some(exe)
    })
}

pub fn go() -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let usual = PathBuf::from("/usr/local/go/bin");
    let found =
        env::split_paths(&folders).chain([usual]).map(|folder| folder.join("go")).find(|go| go.is_file());
    if found.is_none() {
        assert!(
            env::var_os("TASKSCOPE_REQUIRE_GO").is_none(),
            "TASKSCOPE_REQUIRE_GO is set and there is no Go"
        );
        eprintln!("SKIPPED: there is no Go, so nothing was tried against a real agent");
    }
    found
}

/// Runs Go's own tool on a file and gives what it prints.
pub fn go_tool(arguments: &[&str], file: &Path) -> String {
    let output = Command::new(go().unwrap()).arg("tool").args(arguments).arg(file).output().unwrap();
    assert!(output.status.success(), "go tool {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_verbs_that_print() {
    let Some(sample) = Sample::start() else { return };
    let version = sample.call("version", &[]).run().ok();
    assert!(version.starts_with("go1."), "{version}");
    let stats = sample.call("stats", &["--json"]).run().json();
    assert!(stats["goroutines"].as_u64().unwrap() >= 27, "{stats}");
    let memory = sample.call("memstats", &["--json"]).run().json();
    for label in [
        "alloc",
        "sys",
        "heap-alloc",
        "next-gc",
        "num-gc",
        "gc-pause-total",
        "mspan-in-use",
        "stack-mspan-inuse",
    ] {
        let known = memory.get(label).is_some_and(serde_json::Value::is_u64);
        assert!(known || label.contains("mspan"), "{label} in {memory}");
    }
    let before = memory["num-gc"].as_u64().unwrap();
    sample.call("gc", &[]).run().ok();
    let after = sample.call("memstats", &["--json"]).run().json()["num-gc"].as_u64().unwrap();
    assert!(after > before, "{before} → {after}");
    let previous = |value: &str| sample.call("setgc", &[value, "--json"]).run().json()["previous"].clone();
    assert_eq!((previous("50"), previous("off"), previous("100")), (100.into(), 50.into(), (-1).into()));
    let dump = sample.call("stack", &[]).run().ok();
    assert_eq!(dump.matches("[select (no cases)").count(), 3, "{dump}");
    let port = std::fs::read_to_string(sample.port_file()).unwrap();
    let by_address = collector(&["version", &format!(":{port}")]).run().ok();
    assert_eq!(by_address, version);
}

#[test]
fn the_verbs_that_save_at_once() {
    let Some(sample) = Sample::start() else { return };
    let heap = sample.saved(sample.call("heap", &[]).run());
    let name = heap.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with(&format!("sample-{}-", sample.pid())) && name.ends_with(".heap.pb.gz"),
        "{name}"
    );
    let top = go_tool(&["pprof", "-top", "-sample_index=alloc_space"], &heap);
    assert!(top.contains("main.buildTree"), "{top}");
    let binary = sample.saved(sample.call("binary", &[]).run());
    assert_eq!(std::fs::read(binary).unwrap(), std::fs::read(sample.dir.path().join("sample")).unwrap());
    let stack = sample.saved(sample.call("stack", &["-o", "."]).run());
    assert!(stack.to_str().unwrap().ends_with(".stack.txt"), "{stack:?}");
}

#[test]
fn a_trace_that_go_reads() {
    let Some(sample) = Sample::start() else { return };
    let facts = sample.call("trace", &["--duration", "5s", "--json"]).run().json();
    assert_eq!((&facts["complete"], &facts["pid"]), (&true.into(), &sample.child.id().into()));
    let trace = sample.dir.path().join(facts["path"].as_str().unwrap());
    let parsed = go_tool(&["trace", "-d=parsed"], &trace);
    assert!(parsed.lines().count() > 1000, "only {} lines", parsed.lines().count());
}

#[test]
fn a_cpu_profile_that_go_reads() {
    if env::var_os("TASKSCOPE_SLOW").is_none() {
        eprintln!("SKIPPED: a CPU profile takes 30 s; TASKSCOPE_SLOW=1 includes it");
        return;
    }
    let Some(sample) = Sample::start() else { return };
    let cpu = sample.saved(sample.call("cpu", &["--duration", "30s"]).run());
    let top = go_tool(&["pprof", "-top"], &cpu);
    assert!(top.contains("main.sign") && top.contains("Duration: 30"), "{top}");
}

#[test]
fn a_queue_behind_another_client_ends() {
    let Some(sample) = Sample::start() else { return };
    let first = sample.call("trace", &["-o", "first.trace"]).spawn();
    // The trace is under way once its first bytes are on disk.
    while !is_growing(sample.dir.path()) {
        std::thread::yield_now();
    }
    sample.call("version", &["--timeout", "500ms"]).run().fails(1, &["did not answer `version`", "busy"]);
    assert_eq!(Outcome::of(first.wait_with_output().unwrap()).ok(), "first.trace\n");
    sample.call("version", &[]).run().ok();
}

fn is_growing(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    let part = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".part");
    entries.filter(part).any(|entry| entry.metadata().is_ok_and(|metadata| metadata.len() > 0))
}

#[test]
fn a_deleted_executable_is_told() {
    let Some(sample) = Sample::start() else { return };
    std::fs::remove_file(sample.dir.path().join("sample")).unwrap();
    // Silence, or an empty answer if the program happens to collect garbage meanwhile.
    let outcome = sample.call("binary", &["--timeout", "500ms"]).run();
    outcome.fails(1, &["`binary`", "was deleted or replaced", "/exe", "standard error"]);
    assert!(sample.saved(sample.call("heap", &[]).run()).exists());
}

#[test]
fn a_lost_port_file_is_explained() {
    let Some(mut sample) = Sample::start() else { return };
    let port = std::fs::read_to_string(sample.port_file()).unwrap();
    std::fs::remove_file(sample.port_file()).unwrap();
    let agent = format!("127.0.0.1:{port}");
    let outcome = sample.call("version", &[]).run();
    outcome
        .fails(1, &["no gops port file", "github.com/google/gops v0.3.28 is linked in", "ConfigDir", &agent]);
    std::fs::write(sample.port_file(), &port).unwrap();
    sample.call("version", &[]).run().ok();
    sample.child.kill().unwrap();
    sample.child.wait().unwrap();
    let stale = sample.call("version", &[]).env("GOPS_CONFIG_DIR", sample.dir.path().join("gops")).run();
    stale.fails(1, &["no process has pid", "left behind"]);
}
