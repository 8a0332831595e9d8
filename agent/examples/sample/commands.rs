//! Lines on stdin that tests send.

use std::io::BufRead;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::clients::Load;
use crate::leaks::{self, Kind};
use crate::{counted, say};

/// Obeys until `quit` or the end of stdin. Each line is answered by one line.
pub async fn obey(load: &Load) {
    let (lines, mut commands) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = commands.recv().await {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["quit"] {
            return;
        }
        match answer(load, &words).await {
            Ok(text) => say(&text),
            Err(wrong) => say(&format!("error: {wrong}")),
        }
    }
}

async fn answer(load: &Load, words: &[&str]) -> Result<String, String> {
    let number = |at: usize| {
        let word = words.get(at).ok_or("a number is missing")?;
        word.parse::<usize>().map_err(|_| format!("{word:?} is no number"))
    };
    match words {
        ["counts"] => return Ok(counted::counts()),
        ["load"] => load.start(),
        ["rest"] => load.stop(),
        ["forget"] => counted::forget_latencies(),
        ["leak", kind, _] => {
            let each = number(2)?;
            Kind::named(kind)?.into_iter().for_each(|kind| leaks::plant(kind, each));
        }
        ["tasks", _] => sleepers(number(1)?),
        ["spin", _, _] => spin(number(1)?, Duration::from_millis(number(2)? as u64)),
        ["panics", _] => panics(number(1)?).await,
        ["fork"] => return fork(),
        _ => return Err(format!("there is no command {words:?}")),
    }
    Ok("ok".into())
}

/// Tasks that wait for a timer, for an hour.
fn sleepers(count: usize) {
    for _ in 0..count {
        counted::spawn("sleeper", tokio::time::sleep(Duration::from_secs(3600)));
    }
}

/// Tasks that keep a worker each without ever yielding.
fn spin(tasks: usize, time: Duration) {
    for _ in 0..tasks {
        counted::spawn("spinner", async move {
            let end = Instant::now() + time;
            while Instant::now() < end {
                std::hint::spin_loop();
            }
        });
    }
}

/// Tasks that panic, one after another, without a word on stderr.
async fn panics(count: usize) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for _ in 0..count {
        // That it panicked is what is wanted.
        let _ = counted::spawn("panics", async { panic!("as asked") }).await;
    }
    std::panic::set_hook(hook);
}

/// A child process that does nothing but end well; its agent must be off.
#[cfg(unix)]
fn fork() -> Result<String, String> {
    // SAFETY: the child calls nothing but alarm, pause and _exit, which are safe after a fork of a process
    // with threads.
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(std::io::Error::last_os_error().to_string()),
        0 => unsafe {
            // SAFETY: see above. SIGALRM ends the child if nobody ends it before.
            libc::alarm(30);
            libc::pause();
            libc::_exit(0)
        },
        child => Ok(format!("child {child}")),
    }
}

#[cfg(not(unix))]
fn fork() -> Result<String, String> {
    Err("this system has no fork".into())
}
