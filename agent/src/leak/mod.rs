//! Tasks that a test leaves behind: what goleak is to Go.
//!
//! A check is about one runtime, so tests that run in parallel, each on a runtime of its own, do not disturb
//! each other. It knows how many tasks live there from tokio itself, so a task of a plain `tokio::spawn` is
//! not missed either; what the agent spawned it can name.
//!
//! - `#[taskscope_agent::test]` checks when the test's function has returned, before the runtime is dropped
//!   (which would cancel the tasks and hide them).
//! - [`verify_none`] and [`Guard`] do it inside a `#[tokio::test]`.
//! - [`find`] gives a report and does not panic.

mod aside;
mod glob;
mod guard;
mod options;
mod report;
mod settle;
mod survivors;

pub use guard::Guard;
pub use options::Options;
pub use report::Report;
pub use survivors::LeakedTask;

use std::future::Future;
use std::panic::Location;

/// Panics if tasks live on this runtime, other than the calling one, and do not end within 250 ms.
///
/// # Panics
/// If tasks are left, with a list of them, each with its stack; outside of a tokio runtime.
#[track_caller]
pub fn verify_none() -> impl Future<Output = ()> + Send {
    Options::new().verify()
}

/// The tasks that live on this runtime, other than the calling one, and do not end within 250 ms.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn find() -> Report {
    Options::new().find().await
}

impl Options {
    /// Panics if tasks are left that these options do not leave out.
    ///
    /// # Panics
    /// If tasks are left, with a list of them, each with its stack; outside of a tokio runtime.
    #[track_caller]
    pub fn verify(self) -> impl Future<Output = ()> + Send {
        let caller = Location::caller();
        async move {
            let report = self.find().await;
            assert!(report.is_empty(), "{report}checked at {caller}");
        }
    }

    /// The tasks that are left and that these options do not leave out.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn find(self) -> Report {
        settle::settle(&self).await
    }
}
