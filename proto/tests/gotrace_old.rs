//! Traces of format v1: rules on small ones made here, and damage to real ones.
#![allow(clippy::unwrap_used, reason = "a trace that cannot be read fails its test")]

mod gotrace_support;

use gotrace_support::text::put_varint;
use gotrace_support::{OLD_FIXTURES, Random, check, fixture, holders, messages, read, spans, task, try_read};
use taskscope_proto::model::{Dataset, RangeScope};

const P0: u64 = 0;
const NO_P: u64 = u64::MAX;

/// A file of format v1 in the making.
struct Trace(Vec<u8>);

impl Trace {
    fn new(minor: u32) -> Self {
        Self(format!("go 1.{minor} trace\0\0\0").into_bytes())
    }

    /// An event with all its varints, the step in time first.
    fn event(&mut self, kind: u8, args: &[u64]) -> &mut Self {
        let body = varints(args);
        self.0.push(kind | (args.len() as u8 - 1).min(3) << 6);
        if args.len() > 3 {
            self.0.push(body.len() as u8);
        }
        self.0.extend(body);
        self
    }

    fn batch(&mut self, p: u64, ticks: u64) -> &mut Self {
        self.event(1, &[p, ticks])
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        put_varint(&mut self.0, bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn string(&mut self, id: u64, text: &str) -> &mut Self {
        self.0.push(37);
        put_varint(&mut self.0, id);
        self.bytes(text.as_bytes())
    }

    /// A stack of one frame whose function and file are strings.
    fn stack(&mut self, id: u64, function: u64, file: u64) -> &mut Self {
        self.0.push(3 | 3 << 6);
        self.bytes(&varints(&[id, 1, 0x400_000, function, file, 9]))
    }

    /// A goroutine that runs on P 0 from 10 on, one that waits, and one that is in a system call.
    fn start(&mut self) -> &mut Self {
        self.batch(P0, 0).event(13, &[5, 1, 7, 0]);
        self.event(13, &[1, 2, 7, 0]).event(31, &[1, 2]);
        self.event(13, &[1, 3, 7, 0]).event(32, &[1, 3]);
        self.event(5, &[1, 900]).event(14, &[1, 1, 1]).event(4, &[1, 4, 0])
    }

    /// The tables, which stand at the end, and the file. A tick is a nanosecond.
    fn end(&mut self) -> Vec<u8> {
        self.event(2, &[1_000_000_000]).batch(P0, 1);
        self.stack(7, 1, 2).string(1, "main.main").string(2, "main.go").string(3, "name");
        self.0.clone()
    }
}

fn varints(values: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|&value| put_varint(&mut bytes, value));
    bytes
}

fn clean(bytes: Vec<u8>) -> Dataset {
    let data = read(bytes);
    assert_eq!(data.notices, []);
    check(&data);
    data
}

#[test]
fn what_was_there_before_is_listed_and_named_by_tables_at_the_end() {
    let data = clean(Trace::new(19).start().event(16, &[50, 7]).end());
    // The first event is at 5 and makes the zero; the first one shown is GoWaiting.
    assert_eq!(spans(&data, 1), "2..57 Running P0\n57..57 Blocked (forever)\n");
    assert_eq!(spans(&data, 2), "2..57 Blocked\n");
    assert_eq!(spans(&data, 3), "2..57 Syscall\n");
    assert_eq!(holders(&data, 0), "5..57 M900\n");
    let entry = data.functions.get(data.tasks.get(task(&data, 2)).unwrap().entry).unwrap();
    assert_eq!((data.strings.get(entry.name), data.strings.get(entry.file)), ("main.main", "main.go"));
    assert_eq!(data.counters[0].values, [4], "the first Gomaxprocs gives the value, and is no event");
    assert!(data.trace_counts.unwrap().metrics.is_empty());
}

#[test]
fn system_calls_end_when_they_did_not_when_it_was_written() {
    let mut trace = Trace::new(21);
    trace.start().event(28, &[89, 0]).event(28, &[100, 0]).event(30, &[100]).event(6, &[10]);
    // Goroutine 1 left its call at 350 (345 after the first event) and got a P again at 1000.
    trace.batch(1, 995).event(5, &[1, 901]).event(29, &[4, 1, 2, 350]).event(38, &[10, 1]);
    let data = clean(trace.end());
    assert_eq!(
        spans(&data, 1),
        "2..96 Running P0\n96..97 Syscall P0\n97..196 Running P0\n196..296 Syscall P0\n296..345 Syscall\n\
         345..1005 Ready\n1005..1005 Running P1\n"
    );
    assert_eq!((holders(&data, 0), holders(&data, 1)), ("5..306 M900\n".into(), "991..1005 M901\n".into()));
    assert!(data.facts.limits[0].starts_with("1 system calls that kept their P"), "{:?}", data.facts.limits);
}

#[test]
fn the_runtime_wakes_what_waits_for_the_network_and_goroutines_wake_the_rest() {
    let mut trace = Trace::new(19);
    trace.start().event(39, &[90, 2, 0]).event(27, &[100, 0]).event(38, &[100, 2]).event(39, &[10, 1, 0]);
    trace.event(23, &[10, 0]).batch(1, 1000).event(5, &[1, 901]).event(38, &[1, 1]).event(39, &[1, 2, 0]);
    let data = clean(trace.end());
    assert_eq!(
        spans(&data, 2),
        "2..97 Blocked\n97..297 Ready by 1\n297..317 Running P0\n317..998 Blocked (chan receive)\n\
         998..998 Ready by 1\n"
    );
    assert!(
        spans(&data, 1).contains("Blocked (network)\n307..997 Ready by the runtime\n"),
        "{}",
        spans(&data, 1)
    );
}

#[test]
fn tasks_regions_logs_labels_ranges_and_samples_come_through() {
    let mut trace = Trace::new(21);
    trace.start().event(45, &[90, 8, 0, 3, 0]).event(47, &[10, 8, 0, 3, 0]);
    trace.event(48, &[10, 8, 3, 0]).bytes("häl\u{fffd}lo".as_bytes());
    trace.event(47, &[10, 8, 1, 3, 0]).event(46, &[10, 8, 0]);
    trace.event(9, &[10, 9]).event(10, &[10]).event(7, &[10, 0, 0]).event(8, &[10]);
    trace.event(11, &[10, 0]).event(12, &[10, 8, 8]).event(44, &[10]).event(36, &[10]);
    trace.event(17, &[10, 0]).event(41, &[10, 1, 2, 3]).event(33, &[10, 77]);
    trace.batch(P0, 1).event(49, &[1, 150, P0, 1, 7]).event(49, &[1, 140, NO_P, 0, 7]);
    let data = clean(trace.end());
    assert_eq!((data.user_tasks.len(), data.regions.len(), data.logs.len()), (1, 1, 1));
    assert_eq!(data.strings.get(data.logs[0].message), "häl\u{fffd}lo");
    assert_eq!(data.regions[0].user_task.index(), 0);
    let ranges: Vec<_> = data.ranges.iter().map(|range| data.strings.get(range.name)).collect();
    assert_eq!(
        ranges,
        ["GC mark assist", "stop-the-world (GOMAXPROCS)", "GC concurrent mark phase", "GC incremental sweep"]
    );
    assert_eq!(data.ranges[1].scope, RangeScope::Task(task(&data, 1)));
    assert_eq!(data.samples.time_ns, [135, 145]);
    assert_eq!(data.samples.task[1], task(&data, 1));
    assert!(data.samples.task[0].is_none() && data.samples.worker[0].is_none());
    let counts = data.trace_counts.unwrap();
    assert_eq!((counts.kinds["Label"], counts.kinds["StackSample"]), (1, 2));
    assert_eq!(counts.reasons["runtime.Gosched"], 1);
}

#[test]
fn clocks_that_disagree_are_overcome_with_a_notice() {
    let mut trace = Trace::new(19);
    trace.start().event(39, &[1000, 2, 0]);
    // P 1 starts the goroutine, by its own clock before it was woken.
    trace.batch(1, 600).event(5, &[1, 901]).event(14, &[100, 2, 3]).event(15, &[50]);
    let data = read(trace.end().clone());
    check(&data);
    assert_eq!(messages(&data.notices).len(), 1, "{:?}", data.notices);
    assert!(data.notices[0].message.starts_with("2 events have time stamps before"), "{:?}", data.notices);
    assert!(data.notices[0].message.contains("by 311 ns at most"), "{:?}", data.notices);
    assert!(
        spans(&data, 2).ends_with("1007..1008 Ready by 1\n1008..1009 Running P1\n"),
        "{}",
        spans(&data, 2)
    );
}

#[test]
fn a_goroutine_that_nothing_introduced_is_believed_in() {
    let mut trace = Trace::new(11);
    trace.start().event(21, &[100, 50, 6, 0]).event(15, &[10]);
    let data = read(trace.end().clone());
    check(&data);
    assert_eq!(messages(&data.notices).len(), 1, "{:?}", data.notices);
    assert!(data.notices[0].message.contains("The first is GoUnblock"), "{:?}", data.notices);
    assert_eq!(spans(&data, 50), "2..107 Unknown\n107..117 Ready by 1\n");
}

#[test]
fn a_cut_file_shows_what_it_holds_at_a_guessed_frequency() {
    for (name, _) in OLD_FIXTURES {
        let bytes = fixture(&format!("{name}.bin"));
        let whole = read(bytes.clone()).trace_counts.unwrap().events;
        let mut before = 0;
        for part in 1..=19 {
            let data = read(bytes[..bytes.len() * part / 20].to_vec());
            check(&data);
            assert!(!data.notices.is_empty(), "{name} cut at {part}/20");
            let events = data.trace_counts.as_ref().unwrap().events;
            assert!(before <= events && events <= whole, "{name}: {before} <= {events} <= {whole}");
            before = events;
            // The last twentieth is tables only.
            let guessed =
                messages(&data.notices).iter().any(|message| message.contains("40000000 Hz is assumed"));
            assert!(guessed || part >= 18, "{name} cut at {part}/20: {:?}", data.notices);
            assert_eq!(data.trace_counts.unwrap().generations, 0);
        }
        assert!(before * 10 > whole * 9, "{name}: {before} of {whole}");
    }
}

#[test]
fn text_and_a_second_trace_are_told_of() {
    let bytes = fixture("1.19.bin");
    let whole = read(bytes.clone()).trace_counts.unwrap().events;
    let data = read([bytes.clone(), bytes.clone()].concat());
    check(&data);
    assert_eq!(data.notices.len(), 1, "{:?}", data.notices);
    assert!(data.notices[0].message.contains("its 176010 bytes are not shown"), "{:?}", data.notices);
    assert_eq!(data.trace_counts.unwrap().events, whole);

    let batch =
        (60_000..).find(|&at| bytes[at] == 0x41 && bytes[at + 1] < 2 && bytes[at + 4] > 0x80).unwrap();
    let joined = [&bytes[..batch], b"listening on :8080\n", &bytes[batch..]].concat();
    let data = read(joined);
    check(&data);
    assert!(
        data.notices.iter().any(|notice| notice.message.contains("bytes are lost")),
        "{:?}",
        data.notices
    );
    assert!(data.trace_counts.unwrap().events * 100 > whole * 95);
}

#[test]
fn damage_never_panics_and_always_ends() {
    let bytes = fixture("1.19.bin");
    let bytes = [&bytes[..30_000], &bytes[bytes.len() - 30_000..]].concat();
    let mut random = Random(0x7461_736b);
    let mut readable = 0;
    for round in 0..400 {
        let mut bytes = bytes.clone();
        let from = 16 + random.below(bytes.len() - 16);
        let to = from + random.below((bytes.len() - from).min(5_000));
        let stretch = bytes[from..to].to_vec();
        let at = 16 + random.below(bytes.len() - 16);
        match round % 4 {
            0 => _ = bytes.drain(from..to),
            1 => _ = bytes.splice(at..at, stretch),
            2 => bytes[from..to].fill(random.below(256) as u8),
            _ => (0..4).for_each(|_| bytes[16 + random.below(59_000)] = random.below(256) as u8),
        }
        if let Ok(data) = try_read(bytes) {
            check(&data);
            readable += 1;
        }
    }
    assert!(readable > 350, "{readable}");
}

#[test]
fn thousands_of_ps_that_all_wait_take_no_quadratic_time() {
    let mut trace = Trace::new(19);
    trace.start();
    for p in 1..20_000 {
        trace.batch(p, 100 + p).event(14, &[1, 1_000_000, 7]).event(14, &[1, 2_000_000, 7]);
    }
    let data = read(trace.end().clone());
    check(&data);
    assert!(messages(&data.notices).iter().any(|message| message.contains("given up")), "{:?}", data.notices);
}

#[test]
fn ps_that_wait_for_one_busy_goroutine_take_no_quadratic_time() {
    let mut trace = Trace::new(19);
    trace.start();
    for _ in 0..50_000 {
        trace.event(17, &[1, 0]).event(38, &[1, 1]);
    }
    for p in 1..20_000 {
        trace.batch(p, 100 + p).event(14, &[1, 1, 7]);
    }
    let data = read(trace.end().clone());
    check(&data);
    assert!(messages(&data.notices).iter().any(|message| message.contains("given up")), "{:?}", data.notices);
}

#[test]
fn a_file_without_events_says_so() {
    let error = try_read(Trace::new(21).0.clone()).unwrap_err();
    assert!(error.hint.unwrap().contains("never stopped"));
    let error = try_read([Trace::new(21).0, b"hello, world".to_vec()].concat()).unwrap_err();
    assert!(error.found.contains("12 bytes are lost"), "{error:?}");
}
