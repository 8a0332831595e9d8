//! A program with the sampling allocator: what it leaks is in the profile, at its place and in its size.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use prost::Message as _;
use taskscope_proto::wire::profile::Profile;

/// Every 64 KiB, so that chance moves the sums by less than what is asserted.
#[global_allocator]
static ALLOCATOR: taskscope_agent::heap::Allocator =
    taskscope_agent::heap::Allocator::system().sample_every(64 << 10);

const BLOCK: usize = 256 << 10;
const LEAK: usize = 64 << 20;

/// What stays.
#[inline(never)]
fn plant(kept: &mut Vec<Vec<u8>>) {
    for _ in 0..LEAK / BLOCK {
        kept.push(vec![1; BLOCK]);
    }
}

/// What goes again: as much, from several threads, and grown step by step.
#[inline(never)]
fn churn(_kept: &mut Vec<Vec<u8>>) {
    for _ in 0..LEAK / BLOCK {
        let mut grown = Vec::new();
        while grown.len() < BLOCK {
            grown.extend_from_slice(std::hint::black_box(&[1; 4096]));
        }
        std::hint::black_box(grown);
    }
}

/// What the agent answers to one byte of gops.
fn ask(address: SocketAddr, question: u8) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("it can be set");
    stream.write_all(&[question]).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers and closes");
    answer
}

fn profile(address: SocketAddr) -> Profile {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&*ask(address, 5)).read_to_end(&mut plain).expect("it is gzip");
    Profile::decode(&*plain).expect("it is a profile")
}

/// Sums of the values of samples of large blocks with a frame in the first 4 KiB of `function`, or all.
fn sums(profile: &Profile, function: Option<fn(&mut Vec<Vec<u8>>)>) -> [i64; 4] {
    let function = function.map(|function| function as usize as u64);
    let places: HashMap<u64, u64> =
        profile.location.iter().map(|location| (location.id, location.address)).collect();
    let inside = |id| function.is_none_or(|start| (start..start + 4096).contains(&places[id]));
    let mut sums = [0; 4];
    for sample in &profile.sample {
        // One sample of a small block stands for hundreds, so chance has too much of a say.
        let large = sample.label.iter().any(|label| label.num >= 32 << 10);
        if large && sample.location_id.iter().any(inside) {
            sums.iter_mut().zip(&sample.value).for_each(|(sum, value)| *sum += value);
        }
    }
    sums
}

#[test]
fn a_leak_is_at_its_line_and_of_its_size() {
    let dir = std::env::temp_dir().join(format!("taskscope-heap-{}", std::process::id()));
    let agent = taskscope_agent::Builder::new().config_dir(&dir).listen().expect("it can listen");
    let mut kept = Vec::new();
    plant(&mut kept);
    let seen = profile(agent.addr());
    let text = |at: i64| seen.string_table[usize::try_from(at).expect("an index")].as_str();
    let types: Vec<&str> = seen.sample_type.iter().map(|kind| text(kind.r#type)).collect();
    assert_eq!(types, ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]);
    assert_eq!((text(seen.default_sample_type), seen.period), ("inuse_space", 64 << 10));

    let near = |value: i64, want: usize| (value as f64 / want as f64 - 1.0).abs() < 0.1;
    let [objects, space, live, bytes] = sums(&seen, Some(plant));
    assert!(near(objects, LEAK / BLOCK) && near(live, LEAK / BLOCK), "{objects} blocks, {live} of them live");
    assert!(near(space, LEAK) && near(bytes, LEAK), "{space} bytes, {bytes} of them live");

    let [_, before, _, live_before] = sums(&seen, None);
    std::thread::scope(|scope| {
        (0..3).for_each(|_| {
            scope.spawn(|| churn(&mut Vec::new()));
        });
    });
    let [_, after, _, live_after] = sums(&profile(agent.addr()), None);
    assert!(after - before > 3 * LEAK as i64, "growing allocates more than it keeps: {before} {after}");
    assert!((live_after - live_before).abs() < 1 << 20, "all of it was freed: {live_before} {live_after}");

    drop(kept);
    let [_, space, live, bytes] = sums(&profile(agent.addr()), None);
    assert!(space >= after, "what was allocated stays counted");
    assert!(live < 8 && bytes < 1 << 20, "nothing of it lives any more: {live} {bytes}");

    let statistics = String::from_utf8(ask(agent.addr(), 3)).expect("text");
    let line = |label: &str| statistics.lines().find(|line| line.starts_with(label)).expect("it is there");
    assert!(!line("mallocs").contains("unknown") && !line("total-alloc").contains("unknown"), "{statistics}");
    drop(agent);
    let _ = std::fs::remove_dir_all(dir);
}
