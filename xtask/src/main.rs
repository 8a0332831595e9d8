//! `cargo xtask`: set-up, demo, tests and releases of Taskscope, in Rust instead of shell scripts.
//!
//! Every command installs what it needs and is missing, says so, and does nothing twice.

mod app;
mod bench;
mod cli;
mod collector;
mod command;
mod conformance;
mod console;
mod demo;
mod lint;
mod setup;
mod sizes;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;
use cli::{Bench, Cli, Verb};

fn main() -> ExitCode {
    match dispatch(Cli::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            console::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Setup => setup::everything()?,
        Verb::App { force } => drop(app::ensure(force)?),
        Verb::Dist => sizes::dist()?,
        Verb::Demo(options) => demo::run(&options)?,
        Verb::Bench { what: Bench::Traces(options) } => return bench::traces(&options),
        Verb::Bench { what: Bench::Agent } => bench::agent::run()?,
        Verb::Conformance { tree } => return conformance::run(&tree),
        Verb::Lint => lint::run()?,
        Verb::Wasm { arguments } => setup::run_with_tools(&arguments)?,
        Verb::Test(options) => return Ok(test::run(&options)),
    }
    Ok(ExitCode::SUCCESS)
}
