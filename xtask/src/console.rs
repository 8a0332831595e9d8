//! What the user sees on stderr: steps, notes, warnings. Results go to stdout.

use std::io::IsTerminal;

/// Says what begins now.
pub fn step(text: &str) {
    eprintln!("{} {text}", paint("==>", "1;34"));
}

/// Adds a fact to the current step.
pub fn note(text: &str) {
    eprintln!("    {text}");
}

/// Says loudly that something is not as it should be, though work goes on.
pub fn warn(text: &str) {
    eprintln!("{} {text}", paint("warning:", "1;33"));
}

/// Reports the error that ends the command, with what led to it.
pub fn failure(error: &anyhow::Error) {
    eprintln!("{} {error:#}", paint("error:", "1;31"));
}

fn paint(text: &str, code: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stderr().is_terminal();
    if plain { text.to_owned() } else { format!("\x1b[{code}m{text}\x1b[0m") }
}
