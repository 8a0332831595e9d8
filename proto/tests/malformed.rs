//! Bad input: a clear message each, no panic, no endless work.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

mod support;

use prost::Message;
use support::fixture;
use taskscope_proto::error::Phase;
use taskscope_proto::load::{LoadError, load};
use taskscope_proto::pprof::{decode, encode};
use taskscope_proto::wire::profile::{Function, Label, Line, Location, Mapping, Profile, Sample, ValueType};

fn message(bytes: &[u8]) -> String {
    load(bytes.to_vec()).unwrap_err().to_string()
}

#[test]
fn foreign_files_are_named() {
    let unknown =
        |looks_like: &str| format!("not a trace, profile or dump that Taskscope knows: {looks_like}");
    assert_eq!(message(b""), "the file is empty");
    assert_eq!(message(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0"), "the gzip layer is empty");
    assert_eq!(message(b"hello\nworld\n"), unknown("plain text that begins “hello”"));
    assert_eq!(message(b" \n\n"), unknown("a text file of nothing but white space"));
    assert_eq!(message(b"<!DOCTYPE html><html>"), unknown("HTML, perhaps the error page of a server"));
    assert_eq!(message(b"{\"traceEvents\": []}"), unknown("JSON"));
    assert_eq!(message(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0"), unknown("an ELF executable"));
    assert_eq!(message(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0"), unknown("an ELF core dump"));
    assert_eq!(message(&[0; 100]), unknown("nothing but zero bytes"));
    assert_eq!(message(&[0xff, 0, 0x80, 7]), unknown("binary data of no known format"));
    assert!(message("é".repeat(3000).as_bytes()).contains("plain text"));
}

#[test]
fn known_formats_that_cannot_be_read_say_why() {
    for (bytes, words) in [
        (&b"go 1.9 trace\0\0\0\0\x01\x02"[..], "it was written by Go 1.9, which is too old"),
        (b"go 1.31 trace\0\0\0\x01\x02", "newer"),
        (b"--- mutex:\ncycles/second=1000\n", "debug=1"),
        (b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\x27\0\0\0\0\0\0", "go tool pprof"),
        (b"\0\0\0\0\0\0\0\x03\0\0\0\0", "go tool pprof"),
    ] {
        let error = load(bytes.to_vec()).unwrap_err();
        assert!(matches!(error, LoadError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_trace_of_only_a_header_is_damaged() {
    let error = load(b"go 1.26 trace\0\0\0".to_vec()).unwrap_err();
    assert!(matches!(&error, LoadError::Damaged(damage) if damage.format == "Go execution trace"), "{error}");
}

#[test]
fn a_truncated_trace_gives_what_it_has() {
    let bytes = fixture("trace/go1.26.6.bin");
    let whole = load(bytes.clone()).unwrap().remove(0).dataset;
    let cut = load(bytes[..bytes.len() * 9 / 10].to_vec());
    let cut = cut.unwrap().remove(0).dataset;
    assert!(!cut.notices.is_empty());
    assert!(!cut.tasks.is_empty() && cut.spans.len() < whole.spans.len());
}

/// A small whole profile to damage: two samples of one value, inlining, labels.
fn profile() -> Profile {
    let text = ["", "cpu", "nanoseconds", "main", "work", "/bin/app", "key", "value"];
    let line = |function_id, line| Line { function_id, line, column: 0 };
    let location = |id, lines: &[Line]| Location {
        id,
        mapping_id: 1,
        address: 16 * id,
        line: lines.to_vec(),
        is_folded: false,
    };
    let function = |id, name| Function { id, name, system_name: name, filename: 0, start_line: 1 };
    let sample = |locations: &[u64], value| Sample {
        location_id: locations.to_vec(),
        value: vec![value],
        label: vec![Label { key: 6, str: 7, ..Default::default() }],
    };
    Profile {
        sample_type: vec![ValueType { r#type: 1, unit: 2 }],
        sample: vec![sample(&[2, 1], 10), sample(&[1], 5)],
        mapping: vec![Mapping { id: 1, memory_limit: 4096, filename: 5, ..Default::default() }],
        location: vec![location(1, &[line(1, 7)]), location(2, &[line(2, 3), line(1, 8)])],
        function: vec![function(1, 3), function(2, 4)],
        string_table: text.map(str::to_owned).to_vec(),
        ..Default::default()
    }
}

/// Damages the profile, reads it, and gives the notices and the stacks' names, leaf first.
fn damaged(change: impl FnOnce(&mut Profile)) -> (String, Vec<String>) {
    let mut profile = profile();
    change(&mut profile);
    let dataset = load(profile.encode_to_vec()).unwrap().remove(0).dataset;
    let notices: Vec<_> =
        dataset.notices.iter().map(|notice| format!("{}: {}", notice.phase, notice.message)).collect();
    let names = |&stack| {
        let names: Vec<_> = dataset.stacks.leaf_first(stack).map(|frame| dataset.frame_name(frame)).collect();
        names.join(" < ")
    };
    (notices.join("; "), dataset.samples.stack.iter().map(names).collect())
}

#[test]
fn ids_that_lead_nowhere_are_told() {
    let (notices, stacks) = damaged(|_| {});
    assert_eq!(
        (notices.as_str(), &stacks[..]),
        ("", &["work < main < main".to_owned(), "main".to_owned()][..])
    );

    let (notices, stacks) = damaged(|profile| profile.sample[0].location_id[0] = 99);
    assert!(notices.contains("1 stack entries name a location"), "{notices}");
    assert_eq!(stacks, ["main", "main"]);

    let (notices, stacks) = damaged(|profile| profile.location[1].line[0].function_id = u64::MAX);
    assert!(notices.contains("1 lines name a function"), "{notices}");
    assert_eq!(stacks, ["[app] < main < main", "main"]);

    let (notices, stacks) = damaged(|profile| profile.function[1].name = -1);
    assert!(notices.contains("outside the string table"), "{notices}");
    assert_eq!(stacks, ["work < main < main", "main"], "the linker's name is still there");

    let (notices, _) = damaged(|profile| profile.location[0].mapping_id = 7);
    assert!(notices.contains("1 locations name a mapping"), "{notices}");

    let (notices, stacks) = damaged(|profile| profile.sample[1].value.push(1));
    assert!(notices.contains("1 samples have another number of values"), "{notices}");
    assert_eq!(stacks.len(), 1);

    let (notices, _) = damaged(|profile| profile.drop_frames = 1000);
    assert!(notices.contains("outside the string table"), "{notices}");
}

#[test]
fn frames_that_the_writer_hides_are_hidden() {
    let hide = |profile: &mut Profile, drop: &str, keep: &str| {
        profile.string_table.extend([drop.to_owned(), keep.to_owned()]);
        (profile.drop_frames, profile.keep_frames) = (8, 9);
    };
    // The inlined callee goes, and its caller at the same location stays.
    assert_eq!(damaged(|profile| hide(profile, "wo.*", "")).1, ["main < main", "main"]);
    // A hidden function at the root hides nothing: something must stay.
    assert_eq!(damaged(|profile| hide(profile, "main", "")).1, ["work < main < main", "main"]);
    assert_eq!(damaged(|profile| hide(profile, ".*", "main")).1, ["main < main", "main"]);
    let (notices, stacks) = damaged(|profile| hide(profile, "(", ""));
    assert!(notices.contains("drop_frames is not a regular expression"), "{notices}");
    assert_eq!(stacks[0], "work < main < main");
}

#[test]
fn a_torn_profile_says_where_and_keeps_the_start() {
    let whole = profile().encode_to_vec();
    let error = decode(&whole[..3]).unwrap_err();
    assert_eq!((error.phase, error.offset), (Phase::Frame, 2));
    let dataset = decode(&whole[..whole.len() - 3]).unwrap();
    assert_eq!(dataset.samples.len(), 2);
    assert_eq!(dataset.notices[0].offset, whole.len() as u64 - 5, "{:?}", dataset.notices);
    let mut bad_message = whole.clone();
    bad_message.extend([0x12, 0x02, 0x0a, 0x05]);
    let dataset = decode(&bad_message).unwrap();
    assert_eq!((dataset.samples.len(), dataset.notices[0].offset), (2, whole.len() as u64 + 2));
}

#[test]
fn stacks_that_explode_are_cut() {
    let mut profile = profile();
    // One location of many inlined calls below ever other roots: 4 kB a sample, were they kept.
    profile.location[1].line = vec![Line { function_id: 1, line: 1, column: 0 }; 2000];
    for (index, line) in profile.location[1].line.iter_mut().enumerate() {
        line.line = i64::try_from(index).unwrap();
    }
    for id in 3..3000 {
        profile.location.push(Location { id, address: id, ..Default::default() });
        profile.sample.push(Sample { location_id: vec![2, id], value: vec![1], label: vec![] });
    }
    let bytes = profile.encode_to_vec();
    let dataset = decode(&bytes).unwrap();
    assert!(dataset.stacks.len() < 9 * bytes.len() + (1 << 16), "{}", dataset.stacks.len());
    assert!(dataset.notices.iter().any(|notice| notice.message.contains("cut short")));
    assert_eq!(dataset.samples.len(), 2 + 2997);
}

/// Whatever the damage, reading ends, and what was read is a data set that can be walked and written.
fn survives(bytes: Vec<u8>) {
    let Ok(parts) = load(bytes) else { return };
    for part in parts {
        let dataset = part.dataset;
        let frames: usize =
            dataset.samples.stack.iter().map(|&stack| dataset.stacks.leaf_first(stack).count()).sum();
        assert!(dataset.samples.columns.iter().all(|column| column.values.len() == dataset.samples.len()));
        let again = decode(&encode(&dataset));
        if !dataset.samples.columns.is_empty() {
            let again = again.unwrap();
            assert_eq!(again.samples.len(), dataset.samples.len());
            assert!(
                again
                    .samples
                    .stack
                    .iter()
                    .map(|&stack| again.stacks.leaf_first(stack).count())
                    .sum::<usize>()
                    <= frames
            );
        }
    }
}

/// Pseudo-random numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// One text or profile of each kind, uncompressed, so that damage reaches the decoder.
fn victims() -> Vec<Vec<u8>> {
    let packed = fixture("pprof/go1.27.3.mutex.pb.gz");
    let mut heap = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut heap).unwrap();
    let texts = ["goroutine.debug1", "goroutine.debug2", "heap.debug1"].map(|kind| {
        let mut text = fixture(&format!("dump/go1.27.3.{kind}.txt"));
        text.truncate(4000);
        text
    });
    let labels = br#"goroutine 7 [sleep, 3 minutes labels:{"k\"2": "v]2"}] {k1: "v: 1]", q: "\u00e9\x01"}:
main.f(...)
	/m.go:1
created by main.g in goroutine 1
	/m.go:2 +0x1
[originating from goroutine 1]:
main.g(...)
	/m.go:2 +0x1
"#;
    let mut victims = vec![packed, heap, profile().encode_to_vec(), labels.to_vec()];
    victims.extend(texts);
    victims
}

#[test]
fn flipped_bytes_are_survived() {
    for (seed, victim) in victims().into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 1);
        for _ in 0..400 {
            let mut bytes = victim.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] = match random.below(3) {
                    0 => bytes[at] ^ (1 << random.below(8)),
                    1 => [0, 0xff, 0x7f, 0x80][random.below(4)],
                    _ => u8::try_from(random.below(256)).unwrap(),
                };
            }
            survives(bytes);
        }
    }
}

#[test]
fn every_truncation_is_survived() {
    for victim in victims() {
        let step = (victim.len() / 300).max(1);
        for end in (0..victim.len()).step_by(step) {
            survives(victim[..end].to_vec());
        }
    }
}

#[test]
fn spliced_files_are_survived() {
    let mut random = Random::new(99);
    let victims = victims();
    for _ in 0..1000 {
        let one = &victims[random.below(victims.len())];
        let other = &victims[random.below(victims.len())];
        let mut bytes = one[..random.below(one.len())].to_vec();
        bytes.extend_from_slice(&other[random.below(other.len())..]);
        survives(bytes);
    }
}
