//! A program that knows its own profile: two functions use the CPU 3:1, and 64 MiB are leaked at one line.
//!
//! `cargo run --release -p taskscope-agent --example split -- SECONDS`, then, with the pid that it prints:
//! `collector cpu PID --duration 5s` and `collector heap PID`. The last line says what the CPU time was.

use std::hint::black_box;
use std::time::{Duration, Instant};

#[global_allocator]
static HEAP: taskscope_agent::heap::Allocator = taskscope_agent::heap::Allocator::system();

/// One unit of work; all the time is spent here, two calls deep.
#[inline(never)]
fn unit(mut value: u64) -> u64 {
    for _ in 0..200_000 {
        value = black_box(value).wrapping_mul(6_364_136_223_846_793_005).rotate_left(7);
    }
    value
}

#[inline(never)]
fn three_parts(value: u64) -> u64 {
    black_box(unit(unit(unit(value))))
}

#[inline(never)]
fn one_part(value: u64) -> u64 {
    black_box(unit(value))
}

#[inline(never)]
fn leak() {
    for _ in 0..64 {
        std::mem::forget(vec![1u8; 1 << 20]); // the line of the leak
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::args().nth(1).map_or(Ok(10), |seconds| seconds.parse())?;
    let _agent = taskscope_agent::Builder::new().listen()?;
    println!("pid {}", std::process::id());
    leak();
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut value, mut rounds) = (1, 0u64);
    while Instant::now() < end {
        value = one_part(three_parts(value));
        rounds += 1;
    }
    println!("{rounds} rounds, {value:x}");
    Ok(())
}
