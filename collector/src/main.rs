//! The `collector` command: parse, run, exit code.

use std::process::ExitCode;

use taskscope_collector::{cli, failure, verbs};

fn main() -> ExitCode {
    failure::exit_code(cli::parse().and_then(verbs::run))
}
