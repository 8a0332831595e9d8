//! The attributes of taskscope-agent: `main` and `test`.
//!
//! Written by hand on `proc_macro`: a program that has the agent compiles no second parser for it.

mod expand;
mod fault;
mod function;
mod options;

use proc_macro::TokenStream;

use expand::Kind;

/// Runs an `async fn main` on a tokio runtime of which the agent sees every worker.
///
/// Options are tokio's: `flavor = "multi_thread"` (the default) or `"current_thread"`,
/// `worker_threads = N`, `start_paused = true`, `name = "the runtime's name"`, and
/// `crate = "path"` where the agent is re-exported.
///
/// The function itself is task `main`: it is listed and traced like the tasks that it spawns.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::Main, options, item)
}

/// Runs an `async fn` as a test on a tokio runtime of its own, and fails if it leaves tasks behind.
///
/// Options are tokio's: `flavor = "current_thread"` (the default) or `"multi_thread"`,
/// `worker_threads = N`, `start_paused = true`, `crate = "path"`; and `ignore = "pattern"` or
/// `ignore = ["pattern", …]` with tasks that may stay: globs for the spawn site (`src/pool.rs:12`), the
/// task's name or its future's type.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::Test, options, item)
}
