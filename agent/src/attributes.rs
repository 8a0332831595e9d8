//! What the code that `#[taskscope_agent::main]` and `#[taskscope_agent::test]` write calls.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use crate::leak;
use crate::runtime::{Builder, Runtime};

/// The runtime that an attribute asks for.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Workers of their own, instead of the calling thread.
    pub multi_thread: bool,
    /// How many of them; 0 for one a core.
    pub worker_threads: usize,
    /// The runtime's name; empty for none.
    pub name: &'static str,
}

/// Runs the body of `main`, as task `main`.
///
/// # Panics
/// If the system gives no threads or no poller: nothing could run.
#[track_caller]
pub fn run_main<F: Future>(plan: Plan, body: F) -> F::Output {
    runtime(plan).block_on_named("main", body)
}

fn runtime(plan: Plan) -> Runtime {
    let builder = match plan.multi_thread {
        true => Builder::new_multi_thread(),
        false => Builder::new_current_thread(),
    };
    let configured = builder.enable_all().configure(|tokio| {
        if plan.worker_threads > 0 {
            tokio.worker_threads(plan.worker_threads);
        }
        if !plan.name.is_empty() {
            tokio.name(plan.name);
        }
        tokio
    });
    configured.build().expect("a tokio runtime")
}

/// Runs a test, and fails it if it leaves tasks on its runtime. A test that has failed already says why
/// itself.
///
/// # Panics
/// If the test does, or if tasks are left.
pub fn run_test<T: Outcome>(plan: Plan, ignore: &[&str], body: Pin<&mut (dyn Future<Output = T> + '_)>) -> T {
    let options = ignore.iter().fold(leak::Options::new(), |options, pattern| options.ignore(*pattern));
    let runtime = runtime(plan);
    let outcome = runtime.block_on_named("test", body);
    if outcome.is_success() {
        // Before the runtime is dropped, which would cancel the tasks.
        let left = runtime.block_on(options.find());
        if !left.is_empty() {
            // A blocking task that is left must not keep the failed test from ending.
            runtime.shutdown_background();
            panic!("the test passed, but {left}");
        }
    }
    outcome
}

/// What a test may return.
pub trait Outcome {
    /// Whether the test has passed.
    fn is_success(&self) -> bool;
}

impl Outcome for () {
    fn is_success(&self) -> bool {
        true
    }
}

impl<T: Outcome, E> Outcome for Result<T, E> {
    fn is_success(&self) -> bool {
        self.as_ref().is_ok_and(T::is_success)
    }
}

impl Outcome for ExitCode {
    fn is_success(&self) -> bool {
        *self == ExitCode::SUCCESS
    }
}
