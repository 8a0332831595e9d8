//! Damaged traces: never a panic, always an end, as much as can be had, and notices.
#![allow(clippy::unwrap_used, reason = "a trace that cannot be read fails its test")]

mod gotrace_support;

use gotrace_support::text::to_bytes;
use gotrace_support::{FIXTURES, Random, check, fixture, messages, read, try_read};
use taskscope_proto::Phase;
use taskscope_proto::gotrace::Reader;
use taskscope_proto::model::Dataset;

const SMALL: &str = "1.26.8.generations.bin";

fn generations(data: &Dataset) -> u64 {
    data.trace_counts.as_ref().unwrap().generations
}

fn events(data: &Dataset) -> u64 {
    data.trace_counts.as_ref().unwrap().events
}

#[test]
fn every_prefix_gives_what_it_holds() {
    let bytes = fixture(SMALL);
    let whole = read(bytes.clone());
    let (mut before, mut readable) = (0, 0);
    for cut in (16..bytes.len()).step_by(bytes.len() / 250) {
        let Ok(data) = try_read(bytes[..cut].to_vec()) else {
            assert_eq!(readable, 0, "a longer prefix holds no less ({cut})");
            continue;
        };
        check(&data);
        readable += 1;
        assert!(generations(&data) >= before, "{cut}");
        before = generations(&data);
        assert!(!data.notices.is_empty() || bytes[cut - 1] == 52, "{cut}");
        assert!(events(&data) <= events(&whole));
    }
    assert!(readable > 230, "{readable}");
    assert_eq!(before, 4);
}

#[test]
fn a_cut_in_the_last_generation_loses_little_else() {
    for (name, _) in FIXTURES {
        let bytes = fixture(&format!("{name}.bin"));
        let whole = read(bytes.clone());
        let data = read(bytes[..bytes.len() * 9 / 10].to_vec());
        check(&data);
        let share = events(&data) as f64 / events(&whole) as f64;
        assert!(share > 0.75, "{name}: {share}");
        assert!(!data.notices.is_empty(), "{name}");
        assert!(
            data.notices.iter().any(|notice| notice.message.contains("ends inside generation")),
            "{name}"
        );
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let bytes = fixture(SMALL);
    let mut random = Random(0x7461_736b);
    for _ in 0..1500 {
        let mut bytes = bytes.clone();
        for _ in 0..=random.below(4) {
            let at = 16 + random.below(bytes.len() - 16);
            bytes[at] = random.below(256) as u8;
        }
        if let Ok(data) = try_read(bytes) {
            check(&data);
        }
    }
}

#[test]
fn moved_doubled_and_missing_stretches_never_panic() {
    let bytes = fixture(SMALL);
    let mut random = Random(0x7363_6f70);
    for round in 0..600 {
        let mut bytes = bytes.clone();
        let from = 16 + random.below(bytes.len() - 16);
        let to = from + random.below(bytes.len() - from);
        let stretch = bytes[from..to].to_vec();
        let at = 16 + random.below(bytes.len() - 16);
        match round % 3 {
            0 => _ = bytes.drain(from..to),
            1 => _ = bytes.splice(at..at, stretch),
            _ => bytes[from..to].fill(random.below(256) as u8),
        }
        if let Ok(data) = try_read(bytes) {
            check(&data);
        }
    }
}

#[test]
fn random_bytes_after_a_header_are_refused() {
    let mut random = Random(0x6e6f_6973);
    for minor in [22, 23, 25, 26] {
        let mut bytes = format!("go 1.{minor} trace\0\0\0").into_bytes();
        bytes.extend((0..20_000).map(|_| random.below(256) as u8));
        if let Ok(data) = try_read(bytes) {
            check(&data);
            assert!(!data.notices.is_empty());
        }
    }
}

#[test]
fn other_headers_are_errors() {
    for header in ["go 1.21 trace\0\0\0", "go 1.24 trace\0\0\0", "gone", ""] {
        let error = Reader::new(header.into()).unwrap_err();
        assert_eq!((error.phase, error.offset), (Phase::Sniff, 0), "{header}");
    }
}

#[test]
fn a_header_alone_is_an_error_with_a_hint() {
    let error = try_read(b"go 1.26 trace\0\0\0".to_vec()).unwrap_err();
    assert_eq!((error.phase, error.offset), (Phase::Frame, 16));
    assert!(error.hint.unwrap().contains("never stopped"));
    let error = try_read(b"go 1.26 trace\0\0\0hello, world".to_vec()).unwrap_err();
    assert_eq!(error.offset, 16);
    assert!(error.found.contains("byte 104"), "{error}");
}

#[test]
fn text_in_the_midst_of_a_trace_is_skipped() {
    let bytes = fixture(SMALL);
    let whole = read(bytes.clone());
    // After the first byte 52 that ends a generation: the second one begins as the first does.
    let head = &bytes[16..18];
    let at = (1000..)
        .find(|&at| bytes[at] == 52 && bytes[at + 1] == head[0] && bytes[at + 2] == head[1] + 1)
        .unwrap()
        + 1;
    let mut joined = bytes[..at].to_vec();
    joined.extend(b"listening on :8080\n");
    joined.extend(&bytes[at..]);
    let data = read(joined);
    check(&data);
    assert_eq!(data.notices[0].offset, at as u64);
    assert!(data.notices[0].message.contains("19 bytes are lost"), "{:?}", data.notices);
    assert_eq!(generations(&data), generations(&whole) - 1, "the one with the text in it is not whole");
    assert!(events(&data) as f64 > 0.95 * events(&whole) as f64);
}

#[test]
fn a_second_trace_of_an_earlier_time_or_another_version_is_told_of() {
    let bytes = fixture(SMALL);
    let whole = read(bytes.clone());
    for second in [bytes.clone(), fixture("1.25.5.bin"), fixture("1.19.bin")] {
        let data = read([&bytes[..], &second].concat());
        check(&data);
        assert_eq!(data.trace_counts, whole.trace_counts);
        assert_eq!(data.notices.len(), 1, "{:?}", data.notices);
        assert_eq!(data.notices[0].offset, bytes.len() as u64);
        let left = format!("its {} bytes are not shown", second.len());
        assert!(data.notices[0].message.contains(&left), "{:?}", data.notices);
    }
}

#[test]
fn a_second_trace_of_a_later_time_is_gone_on_with() {
    let (first, second) = (fixture("1.26.6.bin"), fixture(SMALL));
    let both = [&first, &second].map(|bytes| read(bytes.clone()));
    let [earlier, later] = if both[0].facts.start_ns < both[1].facts.start_ns { [0, 1] } else { [1, 0] };
    let bytes = [[&first, &second][earlier].clone(), [&first, &second][later].clone()].concat();
    let data = read(bytes);
    check(&data);
    assert_eq!(data.notices.len(), 1, "{:?}", data.notices);
    assert!(data.notices[0].message.contains("both are shown"), "{:?}", data.notices);
    // Each trace by itself counts one more Sync, at its end.
    assert_eq!(events(&data) + 1, events(&both[0]) + events(&both[1]));
    assert_eq!(generations(&data), generations(&both[0]) + generations(&both[1]));
}

#[test]
fn text_after_a_trace_costs_nothing() {
    let bytes = fixture(SMALL);
    let whole = read(bytes.clone());
    let data = read([&bytes[..], b"done in 3 s\n"].concat());
    check(&data);
    assert_eq!(data.trace_counts, whole.trace_counts);
    assert_eq!(data.notices.len(), 1, "{:?}", data.notices);
    assert!(data.notices[0].message.contains("12 bytes are lost"), "{:?}", data.notices);
}

#[test]
fn a_flight_recorder_s_file_begins_late() {
    let bytes = fixture(SMALL);
    let whole = read(bytes.clone());
    let head = [bytes[16], bytes[17]];
    let second = (16..)
        .find(|&at| bytes[at - 1] == 52 && bytes[at] == head[0] && bytes[at + 1] == head[1] + 1)
        .unwrap();
    let data = read([&bytes[..16], &bytes[second..]].concat());
    check(&data);
    assert_eq!(data.notices, []);
    assert_eq!(generations(&data), generations(&whole) - 1);
    let counts = data.trace_counts.unwrap();
    assert!(counts.go_transitions["Undetermined->Waiting"] > 2, "goroutines come by their status");
    assert!(data.tasks.rows.iter().any(|task| task.created_ns.is_none() && !task.entry.is_none()));
    assert!(data.spans.start_ns.iter().all(|&start| start >= data.facts.start_ns));
}

#[test]
fn the_last_generation_lacks_a_frequency_before_1_25_only() {
    for (name, minor) in FIXTURES.into_iter().filter(|(name, _)| !SMALL.starts_with(name)) {
        let bytes = fixture(&format!("{name}.bin"));
        let data = read(bytes[..bytes.len() / 2].to_vec());
        let guessed =
            messages(&data.notices).iter().any(|message| message.contains("15625000 Hz is assumed"));
        assert_eq!(guessed, minor < 25, "{name}: {:?}", data.notices);
    }
}

#[test]
fn threads_that_all_wait_take_no_quadratic_time() {
    let mut text = "Trace Go1.26\n".to_owned();
    for m in 1..4000 {
        text.push_str(&format!("EventBatch gen=1 m={m} time={m}\n"));
        for n in 0..20 {
            text.push_str(&format!("GoStart dt=1 g={} g_seq={}\n", n % 7 + 1, 1_000_000 + n));
        }
    }
    let data = try_read(to_bytes(&text));
    let given_up = |notices: &[taskscope_proto::Notice]| messages(notices).join(" ").contains("given up");
    match data {
        Ok(data) => {
            check(&data);
            assert!(given_up(&data.notices), "{:?}", data.notices);
        }
        Err(error) => assert!(error.found.contains("none that can be read"), "{error}"),
    }
}

#[test]
fn a_missing_generation_is_a_gap() {
    let bytes = fixture(SMALL);
    let head = [bytes[16], bytes[17]];
    let begins = |number: u8| {
        (16..)
            .find(|&at| bytes[at - 1] == 52 && bytes[at] == head[0] && bytes[at + 1] == head[1] + number)
            .unwrap()
    };
    let data = read([&bytes[..begins(1)], &bytes[begins(2)..]].concat());
    check(&data);
    assert_eq!(data.notices.len(), 1, "{:?}", data.notices);
    assert!(data.notices[0].message.contains("those between are missing"));
    let [(lost, again)] = data.missing[..] else { panic!("one gap, not {:?}", data.missing) };
    assert!(data.facts.start_ns < lost && lost < again && again <= data.facts.end_ns);
    assert_eq!(generations(&data), 4);
}

const BATCH: &str = "Trace Go1.22
EventBatch gen=1 m=5 time=0
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoBlock dt=1 reason_string=3 stack=4
EventBatch gen=1 m=-1 time=0
Frequency freq=1000000000
EventBatch gen=1 m=-1 time=0
Strings
";

#[test]
fn unknown_ids_are_counted_not_fatal() {
    let data = read(to_bytes(BATCH));
    check(&data);
    assert_eq!(data.notices.len(), 2, "{:?}", data.notices);
    assert!(messages(&data.notices).iter().all(|message| message.starts_with("1 events")));
    assert_eq!(generations(&data), 1);
}

#[test]
fn an_unknown_event_ends_its_thread_only() {
    let mut bytes = to_bytes(BATCH);
    let at = bytes.windows(2).position(|pair| pair == [20, 1]).unwrap();
    bytes[at] = 99;
    let data = read(bytes);
    check(&data);
    assert_eq!((data.notices[0].phase, data.notices[0].offset), (Phase::Decode, at as u64));
    assert!(data.notices[0].message.contains("found event type 99"), "{:?}", data.notices);
    assert_eq!((data.tasks.len(), generations(&data)), (1, 0));
}

#[test]
fn an_oversize_batch_is_skipped() {
    let text =
        BATCH.replace("EventBatch gen=1 m=-1 time=0\nFreq", "EventBatch gen=1 m=-1 time=0 size=70000\nFreq");
    let data = read(to_bytes(&text));
    check(&data);
    assert!(data.notices[0].message.contains("at most 65536 bytes, found 70000 bytes"), "{:?}", data.notices);
    assert!(messages(&data.notices).iter().any(|message| message.contains("15625000 Hz is assumed")));
}

#[test]
fn huge_ids_and_times_ask_for_no_memory() {
    let text = "Trace Go1.22
EventBatch gen=1 m=18446744073709551614 time=18446744073709551615
ProcStatus dt=18446744073709551615 p=18446744073709551615 pstatus=1
GoStatus dt=18446744073709551615 g=18446744073709551615 m=18446744073709551614 gstatus=2
HeapAlloc dt=1 heapalloc_value=18446744073709551615
GoBlock dt=1 reason_string=18446744073709551615 stack=18446744073709551615
EventBatch gen=1 m=-1 time=0
Frequency freq=18446744073709551615
EventBatch gen=1 m=-1 time=0
Strings
String id=18446744073709551615
data=\"far\"
EventBatch gen=1 m=-1 time=0
Stacks
Stack id=18446744073709551615 nframes=1
pc=18446744073709551615 func=18446744073709551615 file=7 line=18446744073709551615
EventBatch gen=1 m=-1 time=0
CPUSamples
CPUSample time=18446744073709551615 m=1 p=-1 g=0 stack=18446744073709551615
";
    let data = read(to_bytes(text));
    check(&data);
    assert_eq!(data.strings.get(data.reasons[0].text), "far");
    assert_eq!(data.samples.len(), 1);
}
