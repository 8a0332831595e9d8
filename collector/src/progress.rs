//! A bar on stderr while waiting, with the time that is left. Only on a terminal.

use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

/// From when on a wait without a byte is explained.
const LATE: Duration = Duration::from_secs(2);

/// Shows how a capture goes; hidden unless stderr is a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    what: String,
    length: Duration,
    from_first_byte: bool,
    asked: Instant,
    first: Option<Instant>,
}

impl Progress {
    /// `what` takes `length`, counted from the question or from the first byte of the answer;
    /// zero for an answer of unknown length.
    pub fn new(what: String, length: Duration, from_first_byte: bool) -> Self {
        let bar =
            if length.is_zero() { ProgressBar::new_spinner() } else { ProgressBar::new(millis(length)) };
        let template = if length.is_zero() { "{spinner} {msg}" } else { "{bar:30.cyan/dim} {msg}" };
        // A template that does not parse leaves the default look.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { bar, what, length, from_first_byte, asked: Instant::now(), first: None }
    }

    /// Time passed, and so much has arrived.
    pub fn update(&mut self, bytes: u64) {
        if bytes > 0 && self.first.is_none() {
            self.first = Some(Instant::now());
        }
        let began = if self.from_first_byte { self.first } else { Some(self.asked) };
        let done = began.map_or(Duration::ZERO, |began| began.elapsed()).min(self.length);
        self.bar.set_position(millis(done));
        self.bar.set_message(self.message(bytes, began.map(|_| self.length - done)));
        self.bar.tick();
    }

    /// Removes the bar.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }

    fn message(&self, bytes: u64, left: Option<Duration>) -> String {
        let what = &self.what;
        let late = self.asked.elapsed() > LATE && self.from_first_byte;
        match left {
            None if late => format!("{what} · no answer yet; the agent may be serving another client"),
            None => format!("{what} · asking"),
            Some(left) if !left.is_zero() => {
                format!("{what} · {} s left · {}", left.as_millis().div_ceil(1000), HumanBytes(bytes))
            }
            Some(_) if bytes == 0 => format!("{what} · waiting for the answer"),
            Some(_) => format!("{what} · {}", HumanBytes(bytes)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
