//! Text dumps: the fixtures of eight Go versions, and every form that the grammar allows.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use taskscope_proto::load::load;
use taskscope_proto::model::{Dataset, Format, StackId, TaskState, WaitKind};

fn fixtures(ending: &str) -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dump");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn open(bytes: impl AsRef<[u8]>) -> Dataset {
    let mut parts = load(bytes.as_ref().to_vec()).unwrap();
    assert_eq!(parts.len(), 1);
    parts.remove(0).dataset
}

/// `leaf file:line < … < root`, inlined calls marked.
fn stack(dataset: &Dataset, stack: StackId) -> String {
    let frames = dataset.stacks.leaf_first(stack).map(|id| {
        let frame = dataset.frames.get(id).unwrap();
        let file = dataset.functions.get(frame.function).map_or("", |f| dataset.strings.get(f.file));
        let inlined = if frame.inlined { " inlined" } else { "" };
        format!("{} {file}:{}{inlined}", dataset.frame_name(id), frame.line)
    });
    frames.collect::<Vec<_>>().join(" < ")
}

fn reason(dataset: &Dataset, row: usize) -> &str {
    let reason = dataset.observations.rows[row].reason;
    dataset.reasons.get(reason.index()).map_or("", |reason| dataset.strings.get(reason.text))
}

/// The nine kinds of leak, by spawn function, three of each.
fn leaks(dataset: &Dataset) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for row in &dataset.observations.rows {
        let site = dataset.frame_name(dataset.stacks.frame(row.spawn_stack));
        if site.starts_with("main.leak") {
            *found.entry(site.into_owned()).or_default() += row.count;
        }
    }
    found
}

#[test]
fn dumps_of_every_version_show_the_planted_leaks() {
    let kinds = ["ChanRecv", "ChanSend", "Cond", "Ctx", "Mutex", "NilChan", "Select", "Timer", "WaitGroup"];
    let want: BTreeMap<_, _> = kinds.iter().map(|kind| (format!("main.leak{kind}"), 3)).collect();
    for path in fixtures("debug2.txt") {
        let text = std::fs::read_to_string(&path).unwrap();
        let dataset = open(&text);
        let headers = text.lines().filter(|line| line.starts_with("goroutine ")).count();
        assert_eq!(dataset.notices, [], "{}", path.display());
        assert_eq!(dataset.facts.format, Format::GoroutineDump);
        assert_eq!(leaks(&dataset), want, "{}", path.display());
        assert_eq!((dataset.tasks.len(), dataset.samples.len()), (headers, headers));
        let calls = text.lines().filter(|line| !line.starts_with(['\t', ' ']) && line.ends_with(')')).count();
        let frames: usize =
            dataset.observations.rows.iter().map(|row| dataset.stacks.leaf_first(row.stack).count()).sum();
        assert_eq!(frames, calls, "{}", path.display());
        let parents = dataset.tasks.rows.iter().filter(|task| !task.parent.is_none()).count();
        assert_eq!(parents > 0, !text.contains("created by main.leakCond\n"), "{}", path.display());
    }
}

#[test]
fn leaked_goroutines_are_marked() {
    let dataset = open(std::fs::read(fixtures("go1.27.3.goroutineleak.debug2.txt").remove(0)).unwrap());
    let leaked: Vec<_> =
        (0..dataset.tasks.len()).filter(|&row| dataset.observations.rows[row].leaked).collect();
    assert_eq!(leaked.len(), 27 - 3, "a leaked ticker is not provable");
    assert!(leaked.iter().all(|&row| !reason(&dataset, row).contains("leaked")));
    assert!(leaked.iter().any(|&row| reason(&dataset, row) == "chan receive (nil chan)"));
}

#[test]
fn counts_of_every_version_add_up() {
    for path in fixtures("goroutine.debug1.txt").into_iter().chain(fixtures("goroutineleak.debug1.txt")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let total: i64 = text.lines().next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        let dataset = open(&text);
        assert_eq!(dataset.notices, [], "{}", path.display());
        assert_eq!(dataset.samples.columns[0].values.iter().sum::<i64>(), total);
        let observed: u64 = dataset.observations.rows.iter().map(|row| row.count).sum();
        assert_eq!(i64::try_from(observed).unwrap(), total, "{}", path.display());
        assert!(dataset.observations.rows.iter().all(|row| row.task.is_none() && !row.stack.is_none()));
        assert_eq!(dataset.facts.profile_kind, text.split(' ').next().unwrap());
    }
}

#[test]
fn heap_texts_are_read_and_scaled() {
    for path in fixtures("heap.debug1.txt") {
        let dataset = open(std::fs::read(&path).unwrap());
        assert_eq!(dataset.notices, [], "{}", path.display());
        let columns = &dataset.samples.columns;
        let names: Vec<_> = columns.iter().map(|column| dataset.strings.get(column.kind)).collect();
        assert_eq!(names, ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]);
        assert!(columns[1].values.iter().sum::<i64>() >= columns[3].values.iter().sum::<i64>());
        assert_eq!(dataset.facts.period, Some((65536, "space".into(), "bytes".into())), "{}", path.display());
    }
    let text = "heap profile: 1: 64 [2: 96] @ heap/1048576\n1: 64 [2: 96] @ 0x1 0x2\n\n# runtime.MemStats\n# Alloc = 1\n";
    let dataset = open(text);
    let values: Vec<_> = dataset.samples.columns.iter().map(|column| column.values[0]).collect();
    // 48 bytes on average at one sample in 512 KiB: each stands for 10923 or so.
    assert_eq!(values, [21846, 1_048_624, 8192, 524_320]);
    assert_eq!(dataset.stacks.leaf_first(dataset.samples.stack[0]).count(), 2);
}

const CRASH: &str = "\
starting up
panic: runtime error: index out of range [5] with length 3

goroutine 1 gp=0xc0000061c0 m=4 mp=0xc000100008 [running]:
	goroutine running on other thread; stack unavailable

goroutine 7 [chan receive (nil chan) (leaked), 12 minutes, locked to thread]:
main.(*G[...]).block(...)
	/src/my dir/main.go:12
main.work(0xc000012120?, {0x1, 0x2})
	/src/my dir/main.go:20 +0x1d
...104 frames elided...
main.start.func1()
	/src/my dir/main.go:31 +0x25
created by main.start in goroutine 1
	/src/my dir/main.go:30 +0x65
[originating from goroutine 1]:
main.start(...)
	/src/my dir/main.go:30 +0x65
main.main(...)
	/src/my dir/main.go:9 +0x1
created by runtime.main
	/go/proc.go:1 +0x1

goroutine 9 [IO wait] {k: \"v]: 1\"}:
C_call
	/src/c.c:5 pc=0x4010
created by main.x
	/src/x.go:1 +0x1

goroutine 1 gp=0xc0000061c0 m=4 mp=0xc000100008 [running]:
main.main()
	/src/my dir/main.go:10 +0x1
exit status 2
";

#[test]
fn every_line_form() {
    let dataset = open(CRASH);
    assert_eq!(dataset.notices, []);
    assert_eq!(dataset.facts.comments, ["panic: runtime error: index out of range [5] with length 3"]);
    let ids: Vec<_> = dataset.tasks.rows.iter().map(|task| task.id).collect();
    assert_eq!(ids, [1, 7, 9]);

    let seven = dataset.observations.rows[1];
    assert_eq!((seven.state, seven.leaked, seven.locked), (TaskState::Blocked, true, true));
    assert_eq!((seven.wait_ns, seven.parent), (Some(720_000_000_000), dataset.observations.rows[0].task));
    assert_eq!(reason(&dataset, 1), "chan receive (nil chan)");
    assert_eq!(
        stack(&dataset, seven.stack),
        "main.(*G[...]).block /src/my dir/main.go:12 inlined < main.work /src/my dir/main.go:20 \
         < 104 frames elided :0 < main.start.func1 /src/my dir/main.go:31"
    );
    assert_eq!(
        stack(&dataset, seven.spawn_stack),
        "main.start /src/my dir/main.go:30 < main.main /src/my dir/main.go:9"
    );
    let entry = dataset.functions.get(dataset.tasks.rows[1].entry).unwrap();
    assert_eq!(dataset.strings.get(entry.name), "main.start.func1");

    let nine = dataset.observations.rows[2];
    assert_eq!(dataset.strings.get(nine.labels), "k=v]: 1");
    assert_eq!(dataset.samples.labels_of(2).len(), 1);
    assert_eq!(dataset.reasons[nine.reason.index()].kind, WaitKind::Network);
    assert_eq!(stack(&dataset, nine.stack), "C_call /src/c.c:5");
    assert_eq!(stack(&dataset, nine.spawn_stack), "main.x /src/x.go:1");
    let frame = dataset.frames.get(dataset.stacks.frame(nine.stack)).unwrap();
    assert_eq!(frame.address, 0x4010);
    // The goroutine that ran on another thread has its stack from the second time it is printed.
    assert_eq!(stack(&dataset, dataset.observations.rows[0].stack), "main.main /src/my dir/main.go:10");
}

#[test]
fn a_dump_inside_a_log_is_found() {
    let log: String = CRASH.lines().map(|line| format!("2026-11-23T18:00:00Z E {line}\n")).collect();
    let dataset = open(log);
    assert_eq!(dataset.tasks.len(), 3);
    assert!(
        stack(&dataset, dataset.observations.rows[1].stack)
            .ends_with("main.start.func1 /src/my dir/main.go:31")
    );
    let windows = open(CRASH.replace('\n', "\r\n"));
    assert_eq!(windows.tasks.len(), 3);
}

#[test]
fn a_cut_dump_tells_where() {
    let whole = open(CRASH.split("goroutine 9").next().unwrap().trim_end());
    assert_eq!((whole.tasks.len(), &whole.notices[..]), (2, &[][..]), "pasted without its line end");
    let cut = open(&CRASH[..CRASH.find("(0xc000012120").unwrap()]);
    assert_eq!((cut.tasks.len(), cut.notices.len()), (2, 1));
    assert!(cut.notices[0].message.contains("goroutine 7"), "{:?}", cut.notices);
    let header = open(&CRASH[..CRASH.find("IO wait").unwrap()]);
    assert!(header.notices[0].message.contains("in a header"), "{:?}", header.notices);
}

#[test]
fn only_the_first_of_two_dumps_is_shown() {
    let one = "goroutine 1 [running]:\nmain.main()\n\t/m.go:1 +0x1\n\ngoroutine 2 [select]:\nmain.f()\n\t/m.go:2 +0x1\n";
    let dataset = open(format!("{one}\n{one}"));
    assert_eq!((dataset.tasks.len(), dataset.notices.len()), (2, 1));
    assert_eq!(dataset.notices[0].offset, one.len() as u64 + 1);
}

#[test]
fn a_rust_program_speaks_the_same_grammar() {
    let text = "goroutine 12 [select, 3 minutes] {name: \"refill 2\", polls: 17, registered: 2, runtime: 1, type: \"shop::refill::{{closure}}\", wait: select, waiting_ms: 184210, wakers: 2, wakes: 16, woken_by: 3}:
tokio::time::sleep::Sleep::poll_elapsed()
\t/srv/shop:0 +0x1d40 pc=0x55a01d40
shop::refill::{{closure}}()
\t/srv/shop:0 +0x2000 pc=0x55a02000
[also waits at]
tokio::sync::mpsc::chan::Rx<T,S>::recv()
\t/srv/shop:0 +0x3000 pc=0x55a03000
created by shop::refill in goroutine 3
\tsrc/main.rs:40

goroutine 3 [running] {polls: 1, tid: 77, type: \"core::future::pending::Pending<()>\", wakes: 0}:
created by core::future::pending::Pending<()>
\tsrc/main.rs:12

goroutine 1000000000000077 [syscall] {syscall: futex, cpu_ms: 12, thread: \"worker 1\", tid: 77}:
syscall()
\t/lib/libc.so.6:0 +0x10 pc=0x7f0010
";
    let dataset = open(text);
    let name = |row: usize| dataset.strings.get(dataset.tasks.rows[row].name);
    assert_eq!([name(0), name(1), name(2)], ["refill 2", "", "worker 1"]);
    let entry = |row: usize| {
        let function = dataset.functions.get(dataset.tasks.rows[row].entry).unwrap();
        dataset.strings.get(function.name)
    };
    assert_eq!([entry(0), entry(1)], ["shop::refill", "core::future::pending::Pending<()>"]);
    let row = dataset.observations.rows[0];
    assert_eq!(row.wait_ns, Some(184_210_000_000), "to the millisecond");
    assert_eq!(row.state, TaskState::Blocked);
    assert_eq!(dataset.tasks.get(row.parent).map(|task| task.id), Some(3));
    assert_eq!(
        stack(&dataset, row.stack),
        "tokio::time::sleep::Sleep::poll_elapsed /srv/shop:0 < shop::refill::{{closure}} /srv/shop:0"
    );
    assert_eq!(stack(&dataset, row.spawn_stack), "shop::refill src/main.rs:40");
    assert!(dataset.notices.is_empty());
}
