//! The command line.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};

/// Set-up, demo, tests and releases of Taskscope. Each command installs what it needs and is missing.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Subcommand)]
pub enum Verb {
    /// Install the wasm target and every tool that demo and test use
    Setup,
    /// Record a sample program and open the viewer on what was recorded
    Demo(DemoOptions),
    /// Run every test: native, wasm, and in a browser
    Test(TestOptions),
    /// Check formatting, and run clippy for native and wasm with every warning an error
    Lint,
    /// Build the viewer into dist/ and pack it for the collector, where its sources changed
    App {
        /// Build even though nothing changed
        #[arg(long)]
        force: bool,
    },
    /// Build viewer and collector as they are released, and print their sizes
    Dist,
    /// Run a command with the wasm toolchain and tools on its PATH: cargo xtask wasm trunk serve
    Wasm {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<OsString>,
    },
}

/// Options of `demo`.
#[derive(Args)]
pub struct DemoOptions {
    /// Print the address instead of opening a browser. On a terminal the viewer is then served until Ctrl-C;
    /// elsewhere, as in CI, page and files are fetched once as a check and the command ends
    #[arg(long)]
    pub no_open: bool,
    /// With --no-open: serve until Ctrl-C even where no terminal is attached
    #[arg(long)]
    pub keep: bool,
    /// Record a CPU profile too, which takes a Go program's agent 30 seconds
    #[arg(long)]
    pub full: bool,
}

/// Options of `test`.
#[derive(Args)]
pub struct TestOptions {
    /// Only what needs neither wasm nor a browser
    #[arg(long)]
    pub native: bool,
    /// Pass although a part could not run on this machine
    #[arg(long)]
    pub allow_missing: bool,
}
