//! Runtimes that the agent knows from their first thread on.

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{self as tokio_runtime, Handle, Id};

use crate::tasks::future::Instrumented;
use crate::tasks::record::Kind;
#[cfg(not(loom))]
use crate::trace;

/// What a program wants to have called on its runtime's threads.
type Hook = Box<dyn Fn() + Send + Sync + 'static>;

/// tokio's [`Builder`](tokio_runtime::Builder), for a [`Runtime`] that tells the agent when its workers
/// park. With `--cfg tokio_unstable` the agent also sees every task of it, whoever spawned it.
///
/// ```
/// let runtime = taskscope_agent::runtime::Builder::new_multi_thread()
///     .configure(|tokio| tokio.worker_threads(2).enable_all())
///     .on_thread_start(|| println!("a thread"))
///     .build()?;
/// runtime.block_on(async { /* … */ });
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Builder {
    tokio: tokio_runtime::Builder,
    hooks: Hooks,
}

/// The program's own; tokio has room for one of each.
#[derive(Default)]
struct Hooks {
    start: Option<Hook>,
    stop: Option<Hook>,
    park: Option<Hook>,
    unpark: Option<Hook>,
}

impl Builder {
    /// [`tokio_runtime::Builder::new_multi_thread`].
    pub fn new_multi_thread() -> Self {
        tokio_runtime::Builder::new_multi_thread().into()
    }

    /// [`tokio_runtime::Builder::new_current_thread`].
    pub fn new_current_thread() -> Self {
        tokio_runtime::Builder::new_current_thread().into()
    }

    /// Anything that tokio's builder can do, but for the calls on threads: those have methods here.
    pub fn configure(
        mut self,
        configure: impl FnOnce(&mut tokio_runtime::Builder) -> &mut tokio_runtime::Builder,
    ) -> Self {
        configure(&mut self.tokio);
        self
    }

    /// [`tokio_runtime::Builder::enable_all`].
    pub fn enable_all(self) -> Self {
        self.configure(tokio_runtime::Builder::enable_all)
    }

    /// [`tokio_runtime::Builder::worker_threads`].
    pub fn worker_threads(self, count: usize) -> Self {
        self.configure(|tokio| tokio.worker_threads(count))
    }

    /// [`tokio_runtime::Builder::on_thread_start`]; the agent has no use for it itself.
    pub fn on_thread_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.start = Some(Box::new(hook));
        self
    }

    /// [`tokio_runtime::Builder::on_thread_stop`], besides what the agent does then.
    pub fn on_thread_stop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.stop = Some(Box::new(hook));
        self
    }

    /// [`tokio_runtime::Builder::on_thread_park`], besides what the agent does then.
    pub fn on_thread_park(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.park = Some(Box::new(hook));
        self
    }

    /// [`tokio_runtime::Builder::on_thread_unpark`], besides what the agent does then.
    pub fn on_thread_unpark(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.unpark = Some(Box::new(hook));
        self
    }

    /// The runtime, known to the agent until it is dropped.
    ///
    /// # Errors
    /// As tokio's: no threads, or no poller.
    pub fn build(self) -> io::Result<Runtime> {
        let Self { mut tokio, hooks } = self;
        hooks.install(&mut tokio);
        #[cfg(tokio_unstable)]
        let id = crate::tasks::hooks::install(&mut tokio);
        let runtime = tokio.build()?;
        #[cfg(tokio_unstable)]
        let _ = id.set(runtime.handle().id());
        Ok(Runtime { known: Known::new(runtime.handle()), runtime })
    }
}

#[cfg(not(loom))]
impl Hooks {
    /// Puts them where tokio calls them, with the agent's own.
    fn install(self, tokio: &mut tokio_runtime::Builder) {
        let Self { start, stop, park, unpark } = self;
        let call = |hook: &Option<Hook>| hook.iter().for_each(|hook| hook());
        if start.is_some() {
            tokio.on_thread_start(move || call(&start));
        }
        tokio.on_thread_stop(move || {
            call(&stop);
            trace::thread_stops();
        });
        tokio.on_thread_park(move || {
            call(&park);
            trace::thread_parks();
        });
        tokio.on_thread_unpark(move || {
            trace::thread_unparks();
            call(&unpark);
        });
    }
}

#[cfg(loom)]
impl Hooks {
    /// Under loom tokio calls nothing.
    fn install(self, _tokio: &mut tokio_runtime::Builder) {
        let Self { start: _, stop: _, park: _, unpark: _ } = self;
    }
}

/// What is configured stays, but for its calls on threads: those have methods here.
impl From<tokio_runtime::Builder> for Builder {
    fn from(tokio: tokio_runtime::Builder) -> Self {
        Self { tokio, hooks: Hooks::default() }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Builder").field("tokio", &self.tokio).finish_non_exhaustive()
    }
}

/// tokio's [`Runtime`](tokio_runtime::Runtime), known to the agent until it is dropped.
#[derive(Debug)]
pub struct Runtime {
    // Dropped first: while the runtime shuts down nobody asks it anything.
    known: Known,
    runtime: tokio_runtime::Runtime,
}

impl Runtime {
    /// A multi-threaded one with everything enabled: [`tokio_runtime::Runtime::new`].
    ///
    /// # Errors
    /// As tokio's: no threads, or no poller.
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }

    /// [`tokio_runtime::Runtime::block_on`]; the agent describes the future as a task.
    ///
    /// # Panics
    /// Inside of a runtime, as tokio's.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(&self.runtime, future)
    }

    /// The same, with a name for the task.
    ///
    /// # Panics
    /// Inside of a runtime, as tokio's.
    #[track_caller]
    pub fn block_on_named<F: Future>(&self, name: impl Into<Box<str>>, future: F) -> F::Output {
        root(&self.runtime, Some(name.into()), future, Location::caller())
    }

    /// [`tokio_runtime::Runtime::shutdown_timeout`].
    pub fn shutdown_timeout(self, duration: Duration) {
        self.into_tokio().shutdown_timeout(duration);
    }

    /// [`tokio_runtime::Runtime::shutdown_background`].
    pub fn shutdown_background(self) {
        self.into_tokio().shutdown_background();
    }

    /// tokio's runtime; the agent no longer asks it.
    pub fn into_tokio(self) -> tokio_runtime::Runtime {
        drop(self.known);
        self.runtime
    }
}

impl Deref for Runtime {
    type Target = tokio_runtime::Runtime;

    fn deref(&self) -> &Self::Target {
        &self.runtime
    }
}

/// [`tokio_runtime::Runtime::block_on`]; the agent describes the future as a task.
///
/// # Panics
/// Inside of a runtime, as tokio's.
#[track_caller]
pub fn block_on<F: Future>(runtime: &tokio_runtime::Runtime, future: F) -> F::Output {
    root(runtime, None, future, Location::caller())
}

fn root<F: Future>(
    runtime: &tokio_runtime::Runtime,
    name: Option<Box<str>>,
    future: F,
    location: &'static Location<'static>,
) -> F::Output {
    let id = runtime.handle().id();
    runtime.block_on(Instrumented::new(future, Kind::Root, name, Some(id), location))
}

/// The runtimes that were built here and live.
static KNOWN: Mutex<Vec<Handle>> = Mutex::new(Vec::new());

/// A place in [`KNOWN`].
#[derive(Debug)]
struct Known(Id);

impl Known {
    fn new(handle: &Handle) -> Self {
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).push(handle.clone());
        Self(handle.id())
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = known.extract_if(.., |handle| handle.id() == self.0).collect();
        // A handle may be the last one: what dropping it does is not done under our lock.
        drop(known);
        drop(gone);
    }
}

/// The runtimes that were built here and live. A handle keeps parts of its runtime: let go of it soon.
pub(crate) fn known() -> Vec<Handle> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn the_programs_hooks_are_called_too() {
        let calls: [Arc<AtomicU64>; 4] = Default::default();
        let count = |at: usize| {
            let calls = Arc::clone(&calls[at]);
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
            }
        };
        let builder = Builder::new_multi_thread().worker_threads(1).enable_all();
        let builder = builder.on_thread_start(count(0)).on_thread_stop(count(1));
        let runtime = builder.on_thread_park(count(2)).on_thread_unpark(count(3)).build().expect("a runtime");
        for _ in 0..3 {
            runtime.block_on(async { crate::spawn(async {}).await.expect("no panic") });
        }
        drop(runtime);
        let calls = calls.map(|calls| calls.load(Ordering::Relaxed));
        assert_eq!(calls[..2], [1, 1]);
        assert!(calls[2] >= 1 && calls[3] >= 1, "{calls:?}");
    }

    #[test]
    fn a_runtime_is_known_as_long_as_it_lives() {
        let runtime = Runtime::new().expect("a runtime");
        let id = runtime.handle().id();
        let is_known = || known().iter().any(|handle| handle.id() == id);
        assert!(is_known());
        assert!(runtime.block_on_named("root", async { crate::tasks::current().is_some() }));
        drop(runtime);
        assert!(!is_known());
    }
}
