//! A check from one point of a test to another.

use std::future::Future;
use std::panic::Location;

use tokio::runtime::Handle;

use super::options::Options;
use super::survivors;

/// Remembers which tasks live on this runtime; those that come later must be gone when it is verified.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let guard = taskscope_agent::leak::Guard::new();
/// taskscope_agent::spawn(async {}).await.unwrap();
/// guard.verify().await;
/// # }
/// ```
///
/// Dropped without [`Guard::verify`] it can only warn on stderr: it cannot let the runtime go on, so it cannot
/// tell a leaked task from one that is about to end.
#[derive(Debug)]
#[must_use = "a guard checks when it is verified"]
pub struct Guard {
    options: Option<Options>,
    created: &'static Location<'static>,
}

impl Default for Guard {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl Guard {
    /// From here on, with 250 ms for tasks to end.
    #[track_caller]
    pub fn new() -> Self {
        Self::with(Options::new())
    }

    /// From here on, with options.
    #[track_caller]
    pub fn with(options: Options) -> Self {
        Self { options: Some(options.ignore_current()), created: Location::caller() }
    }

    /// Panics if tasks that came since then are left.
    ///
    /// # Panics
    /// If tasks are left, with a list of them, each with its stack; outside of a tokio runtime.
    #[track_caller]
    pub fn verify(mut self) -> impl Future<Output = ()> + Send {
        self.options.take().unwrap_or_default().verify()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(options) = &self.options else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        if std::thread::panicking() {
            return;
        }
        let look = survivors::look(&runtime, options);
        let left = look.tasks.len() as u64 + look.untracked;
        if left > options.allowed {
            eprintln!(
                "taskscope: {left} tasks live that did not when the leak::Guard at {} was made; they may be about to \
                 end. `guard.verify().await` tells.",
                self.created
            );
        }
    }
}
