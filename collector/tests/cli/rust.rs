//! Against a real Rust program with our agent: our verbs, and the real `gops` of Google.
//!
//! `gops` is built from its Go module, so it needs Go and a module proxy or cache; where they are absent
//! that test says so and passes, unless `TASKSCOPE_REQUIRE_GO` is set. A CPU profile over the gops wire
//! takes 30 s and is left out unless `TASKSCOPE_SLOW` is set.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::go::{go, go_tool};
use super::support::{Call, collector};

/// The program, running, with its files in a folder of its own.
pub(super) struct Sample {
    child: Child,
    dir: TempDir,
}

impl Sample {
    /// Three tasks that sleep.
    fn start() -> Self {
        Self::of("one_line", &[])
    }

    /// A server under load.
    fn busy() -> Self {
        Self::of("sample", &["--load", "--seconds", "120"])
    }

    pub(super) fn of(example: &'static str, arguments: &[&str]) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut command = Command::new(built(example));
        command.args(arguments).env("GOPS_CONFIG_DIR", dir.path().join("gops"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("pid {}\n", child.id()));
        Self { child, dir }
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// A verb about it, in its folder. The collector finds its files by the target's environment.
    pub(super) fn call(&self, verb: &str, arguments: &[&str]) -> Call {
        collector(&[&[verb, &self.pid()], arguments].concat()).dir(self.dir.path())
    }

    /// A call of Google's command; without Go in its path it saves files and starts no tool on them.
    fn gops(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(gops().as_ref()?);
        command.arg(arguments[0]).arg(self.pid()).args(&arguments[1..]);
        command.env("GOPS_CONFIG_DIR", self.dir.path().join("gops"));
        command.env("PATH", "").env("TMPDIR", self.dir.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        assert!(output.status.success(), "gops {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Builds an example of the agent once, in the target folder that these tests run from.
fn built(example: &'static str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    BUILT.get_or_init(|| {
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--package", "taskscope-agent", "--examples"]);
        command.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(command.status().unwrap().success(), "the examples do not build");
    });
    target.join("debug/examples").join(example)
}

/// Google's command, built once; `None` without Go.
fn gops() -> &'static Option<PathBuf> {
    static GOPS: OnceLock<Option<PathBuf>> = OnceLock::new();
    GOPS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gops-bin");
        let exe = folder.join("gops");
        if !exe.exists() {
            let mut command = Command::new(go()?);
            command.args(["install", "github.com/google/gops@v0.3.28"]).env("GOBIN", &folder);
            assert!(command.status().unwrap().success(), "Go could not build gops");
        }
        Some(exe)
    })
}

#[test]
fn the_real_gops_is_answered() {
    let sample = Sample::start();
    let Some(version) = sample.gops(&["version"]) else { return };
    assert!(version.starts_with("rustc 1.") && version.contains("tokio 1."), "{version}");
    let stats = sample.gops(&["stats"]).unwrap();
    assert!(stats.starts_with("goroutines: ") && stats.contains("\nGOMAXPROCS: "), "{stats}");
    let memory = sample.gops(&["memstats"]).unwrap();
    assert!(memory.starts_with("alloc: ") && memory.contains("\nrss: "), "{memory}");
    let stack = sample.gops(&["stack"]).unwrap();
    assert!(
        stack.starts_with("goroutine 1 [sleep]") && stack.contains("created by one_line::main"),
        "{stack}"
    );
    sample.gops(&["gc"]).unwrap();
    assert!(sample.gops(&["memstats"]).unwrap().contains("\nnum-forced-gc: 1\n"));
    assert!(sample.gops(&["setgc", "50"]).unwrap().contains("no garbage collector"));
}

#[test]
fn our_verbs_that_print() {
    let sample = Sample::start();
    let version = sample.call("version", &[]).run().ok();
    assert!(version.starts_with("rustc 1.") && version.contains("taskscope-agent"), "{version}");
    let stats = sample.call("stats", &["--json"]).run().json();
    assert_eq!((&stats["goroutines"], &stats["tasks described"]), (&3.into(), &3.into()), "{stats}");
    let memory = sample.call("memstats", &["--json"]).run().json();
    assert!(memory["rss"].as_u64().unwrap() > 1 << 20, "{memory}");
    assert_eq!((&memory["last-gc"], &memory["total-alloc"]), (&serde_json::Value::Null, &"unknown".into()));
    assert!(sample.call("gc", &[]).run().ok().contains("gave unused memory back"));
    sample.call("setgc", &["50"]).run().fails(1, &["is a Rust program", "no garbage collector"]);
}

#[test]
fn stacks_of_tasks_and_threads() {
    let sample = Sample::start();
    let facts = sample.call("stack", &["--json"]).run().json();
    let dump = facts["dump"].as_str().unwrap();
    assert_eq!(dump.matches("created by one_line::main").count(), 3, "{dump}");
    assert!(dump.contains("tokio::time::sleep") && dump.contains("thread: \"one_line\""), "{dump}");
    assert!(facts["goroutines"].as_u64().unwrap() > 3, "{facts}");
    let still = sample.call("stack", &["--no-signal", "--no-poll"]).run().ok();
    assert!(!still.contains("tokio::runtime::park") && still.contains("not asked"), "{still}");
    sample.call("stack", &["-o", "all.txt"]).run().ok();
    let leaks = collector(&["leaks", "all.txt", "--json"]).dir(sample.dir.path()).run().json();
    assert!(leaks["groups"].is_array(), "{leaks}");
}

#[test]
fn an_executable_is_had_even_if_its_file_is_gone() {
    let sample = Sample::start();
    sample.call("binary", &["-o", "copy"]).run().ok();
    assert!(
        std::fs::read(sample.dir.path().join("copy")).unwrap() == std::fs::read(built("one_line")).unwrap()
    );
}

#[test]
fn the_port_and_the_pid_lead_to_the_same_agent() {
    let sample = Sample::start();
    let port = std::fs::read_to_string(sample.dir.path().join("gops").join(sample.pid())).unwrap();
    let by_port = collector(&["stats", &format!(":{port}"), "--json"]).run().json();
    assert_eq!(by_port["tasks described"], 3, "{by_port}");
    let wrong = collector(&["stats", &format!(":{port}"), "--token", "wrong"]).run();
    wrong.ok();
}

#[test]
fn signals_remove_the_files_and_end_the_program_as_ever() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut sample = Sample::start();
    let gops = sample.dir.path().join("gops");
    assert_eq!(std::fs::read_dir(&gops).unwrap().count(), 2);
    assert!(Command::new("kill").args(["-TERM", &sample.pid()]).status().unwrap().success());
    assert_eq!(sample.child.wait().unwrap().signal(), Some(15));
    assert_eq!(std::fs::read_dir(&gops).unwrap().count(), 0);

    // The program waits for SIGINT itself: its handler came after ours, and decides.
    let mut sample = Sample::start();
    let gops = sample.dir.path().join("gops");
    assert!(Command::new("kill").args(["-INT", &sample.pid()]).status().unwrap().success());
    assert_eq!(sample.child.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_dir(&gops).unwrap().count(), 0);
}

#[test]
fn what_go_agents_cannot_do_is_misuse_there() {
    let go = super::support::answering("go1.26.8\n").to_string();
    collector(&["trace", &go, "--cpu"]).run().fails(2, &["--cpu", "Rust"]);
    collector(&["cpu", &go, "--rate", "500"]).run().fails(2, &["--rate"]);
    collector(&["stack", &go, "--no-signal"]).run().fails(2, &["--no-signal"]);
    collector(&["trace", "1", "--rate", "500"]).run().fails(2, &["--rate", "--cpu"]);
    collector(&["cpu", "1", "--rate", "0"]).run().fails(2, &["--rate"]);
    collector(&["cpu", "1", "--duration", "0s"]).run().fails(2, &["--duration"]);
}

#[test]
fn other_users_need_the_token() {
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    let sample = Sample::start();
    let registry =
        std::fs::read_to_string(sample.dir.path().join("gops").join(format!("{}.json", sample.pid())));
    let registry: serde_json::Value = serde_json::from_str(&registry.unwrap()).unwrap();
    let (addr, token) = (registry["addr"].as_str().unwrap(), registry["token"].as_str().unwrap());
    let as_nobody = |token: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
        command.args(["version", addr]).env("TASKSCOPE_TOKEN", token).uid(NOBODY).stdin(Stdio::null());
        command.output()
    };
    // Only root becomes another user, and that one must be able to run the binary.
    let Ok(right) = as_nobody(token) else {
        return eprintln!("SKIPPED: this user cannot run the collector as another one");
    };
    assert!(String::from_utf8_lossy(&right.stdout).starts_with("rustc 1."), "{right:?}");
    let wrong = as_nobody("wrong").unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("the token is wrong"), "{wrong:?}");
}

#[test]
fn a_cpu_profile_of_any_length_and_rate() {
    let sample = Sample::busy();
    let arguments = ["--duration", "1s", "--rate", "250", "--json", "-o", "a.pb.gz"];
    let facts = sample.call("cpu", &arguments).run().json();
    assert_eq!((&facts["complete"], &facts["duration_ns"]), (&true.into(), &1_000_000_000.into()), "{facts}");
    let path = sample.dir.path().join("a.pb.gz");
    let top = collector(&["top", path.to_str().unwrap(), "--json"]).run().json();
    assert!(!top["rows"].as_array().unwrap().is_empty(), "{top}");
}

#[test]
fn traces_over_both_wires() {
    // Go's tool reads each event more slowly than the program makes them under full load.
    let sample = Sample::of("sample", &["--load", "--clients", "1", "--seconds", "120"]);
    let facts = sample.call("trace", &["--duration", "1s", "--cpu", "--json", "-o", "a.trace"]).run().json();
    assert_eq!((&facts["complete"], &facts["duration_ns"]), (&true.into(), &1_000_000_000.into()), "{facts}");
    let inspect = collector(&["inspect", "a.trace", "--json"]).dir(sample.dir.path()).run().json();
    assert_eq!(inspect["notices"], serde_json::json!([]), "{inspect}");
    assert!(inspect["events"].as_u64().unwrap() > 100, "{inspect}");
    let Some(said) = sample.gops(&["trace"]) else { return };
    let theirs = said.lines().find_map(|line| line.strip_prefix("Trace dump saved to: ")).unwrap();
    for trace in [sample.dir.path().join("a.trace"), theirs.into()] {
        let parsed = go_tool(&["trace", "-d=parsed"], &trace);
        assert!(parsed.lines().count() > 100, "{trace:?}: only {} lines", parsed.lines().count());
    }
}

#[test]
fn heap_profiles_over_both_wires() {
    let sample = Sample::busy();
    let rows = || {
        sample.call("heap", &["-o", "ours.pb.gz", "--force"]).run().ok();
        let top = collector(&["top", "ours.pb.gz", "--sample-type", "alloc_space", "--json"]);
        top.dir(sample.dir.path()).run().json()["rows"].as_array().map_or(0, Vec::len)
    };
    // One allocation in 512 KiB is seen: it takes a moment until there is one.
    let end = Instant::now() + Duration::from_secs(30);
    while rows() == 0 {
        assert!(Instant::now() < end, "nothing was allocated");
    }
    let counts = sample.call("memstats", &["--json"]).run().json();
    assert!(counts["mallocs"].as_u64().unwrap() > 0, "{counts}");
    let Some(said) = sample.gops(&["pprof-heap"]) else { return };
    let theirs = said.lines().find_map(|line| line.strip_prefix("Profile dump saved to: ")).unwrap();
    let top = go_tool(&["pprof", "-top", "-sample_index=inuse_space"], Path::new(theirs));
    assert!(top.contains("Type: inuse_space"), "{top}");
    // A program without our allocator says that it has none.
    Sample::start().call("heap", &[]).run().fails(1, &["no answer to `heap`", "allocator"]);
}

#[test]
fn a_cpu_profile_for_the_real_gops() {
    if std::env::var_os("TASKSCOPE_SLOW").is_none() {
        return eprintln!("SKIPPED: a CPU profile takes 30 s; TASKSCOPE_SLOW=1 includes it");
    }
    let sample = Sample::busy();
    let Some(said) = sample.gops(&["pprof-cpu"]) else { return };
    let path = said.lines().find_map(|line| line.strip_prefix("Profile dump saved to: ")).unwrap();
    let top = go_tool(&["pprof", "-top"], Path::new(path));
    assert!(top.contains("Duration: 30") && top.contains("Type: cpu"), "{top}");
}

#[test]
fn a_client_that_leaves_ends_its_profile() {
    let sample = Sample::busy();
    let start = || sample.call("cpu", &["--duration", "1h", "-o", "long.pb.gz"]).spawn();
    let mut long = start();
    // It is under way once a second one is refused. Before that, the second may be the cause that it is.
    let refused = loop {
        if long.try_wait().unwrap().is_some() {
            long = start();
        }
        let second = sample.call("cpu", &["--duration", "10ms", "-o", "short.pb.gz", "--force"]).run();
        if second.code != Some(0) {
            break second;
        }
    };
    refused.fails(1, &["is busy"]);
    assert!(Command::new("kill").args(["-INT", &long.id().to_string()]).status().unwrap().success());
    assert_eq!(long.wait().unwrap().code(), Some(130));
    // The agent hears of it and is free again, long before the hour is over.
    let ends = Instant::now() + Duration::from_secs(20);
    while sample.call("cpu", &["--duration", "10ms", "-o", "short.pb.gz", "--force"]).run().code != Some(0) {
        assert!(Instant::now() < ends, "the agent still profiles for a client that left");
    }
    let files = std::fs::read_dir(sample.dir.path()).unwrap();
    let left = files.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("long"));
    assert_eq!(left.count(), 0, "the client leaves nothing behind");
}

#[test]
fn a_lost_registry_file_is_explained() {
    let sample = Sample::start();
    let gops = sample.dir.path().join("gops");
    let (port, registry) = (gops.join(sample.pid()), gops.join(format!("{}.json", sample.pid())));
    // The port file alone leads to the agent as Google's command finds it.
    std::fs::remove_file(&registry).unwrap();
    assert!(sample.call("version", &[]).run().ok().starts_with("rustc"));
    std::fs::remove_file(&port).unwrap();
    let outcome = sample.call("version", &[]).run();
    outcome.fails(
        1,
        &["no gops port file", "Rust program (rustc 1.", "our agent linked in", "config_dir", "127.0.0.1:"],
    );
    // A registry file that an earlier process with this pid left behind is not believed.
    std::fs::write(&registry, r#"{"taskscope_agent":1,"start_time":1,"addr":"127.0.0.1:9","token":""}"#)
        .unwrap();
    sample.call("version", &[]).run().fails(1, &["no gops port file"]);
}

/// A program that uses the CPU 3:1 in two functions and leaks 64 MiB at one line.
#[test]
fn profiles_have_names_and_lines() {
    let sample = Sample::of("split", &["60"]);
    sample.call("cpu", &["--duration", "6s", "--rate", "1000", "-o", "cpu.pb.gz"]).run().ok();
    sample.call("heap", &["-o", "heap.pb.gz"]).run().ok();
    let file = |name: &str| sample.dir.path().join(name).to_string_lossy().into_owned();
    let cumulative = |path: &str, function: &str| {
        let top = collector(&["top", path, "--cum", "--json"]).run().json();
        let row = top["rows"].as_array().unwrap().iter().find(|row| row["function"] == function).cloned();
        row.unwrap_or_else(|| panic!("{function} is in {top}"))["cum"].as_f64().unwrap()
    };
    let cpu = file("cpu.pb.gz");
    // Other tests take most of the CPU, so there may be few samples.
    let (three, one) = (cumulative(&cpu, "split::three_parts"), cumulative(&cpu, "split::one_part"));
    let share = three / (three + one);
    assert!((share - 0.75).abs() < 0.1, "3:1, but {three} : {one}");
    let leaked = cumulative(&file("heap.pb.gz"), "split::leak");
    assert!((leaked / f64::from(64 << 20) - 1.0).abs() < 0.25, "64 MiB, but {leaked}");

    if go().is_none() {
        return;
    }
    let source = concat!("-source_path=", env!("CARGO_MANIFEST_DIR"), "/..");
    let list = go_tool(&["pprof", source, "-list", "split::leak"], Path::new(&file("heap.pb.gz")));
    let line = list.lines().find(|line| line.contains("the line of the leak")).unwrap_or_default();
    assert!(line.contains("MB "), "the line has the bytes: {list}");
    let list = go_tool(&["pprof", source, "-list", "split::unit"], Path::new(&cpu));
    let line = list.lines().find(|line| line.contains("wrapping_mul")).unwrap_or_default();
    assert!(line.contains("s "), "the line has the time: {list}");
}
