//! Spawning tasks that the agent describes: as tokio's functions, by the same names.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::runtime::{Handle, Id};
use tokio::task::{self, JoinHandle};

use super::future::{Instrumented, Running, retire};
#[cfg(tokio_unstable)]
pub(super) use super::hooks::ours;
use super::record::{Kind, Outcome, Record};
use super::{here, site};

/// Calls a function of tokio's that spawns a task which is described already: no hook is to do it again.
#[cfg(not(tokio_unstable))]
#[inline]
pub(super) fn ours<T>(spawn: impl FnOnce() -> T) -> T {
    spawn()
}

/// The runtime of this thread. A task's own is taken for it without asking: who enters another runtime
/// inside a task, and spawns there, had better say so by [`spawn_on`].
#[inline]
pub(super) fn runtime_here() -> Option<Id> {
    let known = here::with_current(|record| record.runtime).flatten();
    known.or_else(|| Handle::try_current().ok().map(|handle| handle.id()))
}

/// [`tokio::spawn`], and the agent describes the task.
///
/// # Panics
/// Outside of a runtime, as tokio's.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let task = Instrumented::new(future, Kind::Async, None, runtime_here(), Location::caller());
    ours(|| tokio::spawn(task))
}

/// [`spawn`], with a name for the task.
///
/// # Panics
/// Outside of a runtime, as tokio's.
#[track_caller]
pub fn spawn_named<F>(name: impl Into<Box<str>>, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let name = Some(name.into());
    let task = Instrumented::new(future, Kind::Async, name, runtime_here(), Location::caller());
    ours(|| tokio::spawn(task))
}

/// [`Handle::spawn`], and the agent describes the task.
#[track_caller]
pub fn spawn_on<F>(handle: &Handle, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let task = Instrumented::new(future, Kind::Async, None, Some(handle.id()), Location::caller());
    ours(|| handle.spawn(task))
}

/// [`tokio::task::spawn_local`], and the agent describes the task.
///
/// # Panics
/// Outside of a `LocalSet` or `LocalRuntime`, as tokio's.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let task = Instrumented::new(future, Kind::Local, None, runtime_here(), Location::caller());
    ours(|| task::spawn_local(task))
}

/// [`tokio::task::spawn_blocking`], and the agent describes the task.
///
/// # Panics
/// Outside of a runtime, as tokio's.
#[track_caller]
pub fn spawn_blocking<F, R>(function: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    task::spawn_blocking(blocking(function, None, runtime_here(), Location::caller()))
}

/// `function` as a task of its own.
pub(super) fn blocking<F, R>(
    function: F,
    name: Option<Box<str>>,
    runtime: Option<Id>,
    location: &'static Location<'static>,
) -> impl FnOnce() -> R
where
    F: FnOnce() -> R,
{
    let record = Record::spawn(site::site::<F>(location), Kind::Blocking, name, runtime);
    let task = Blocking { function: Some(function), record };
    move || task.run()
}

/// A closure and its record, until it is over.
struct Blocking<F> {
    function: Option<F>,
    record: Arc<Record>,
}

impl<F> Blocking<F> {
    fn run<R>(mut self) -> R
    where
        F: FnOnce() -> R,
    {
        let running = Running::begin(&self.record);
        let Some(function) = self.function.take() else { unreachable!("it is taken here only") };
        let result = function();
        running.end(Outcome::Ready);
        result
    }
}

impl<F> Drop for Blocking<F> {
    fn drop(&mut self) {
        if self.function.is_some() {
            let running = Running::begin(&self.record);
            self.function = None;
            running.end(Outcome::Dropped);
        }
        retire(&self.record);
    }
}
