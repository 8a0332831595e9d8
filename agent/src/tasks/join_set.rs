//! Tasks of a [`JoinSet`].

use std::future::Future;
use std::panic::Location;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinSet};

use super::future::Instrumented;
use super::record::Kind;
use super::spawn;

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for tokio::task::JoinSet<T> {}
}

/// [`JoinSet`]'s ways to spawn; the agent describes the tasks.
pub trait JoinSetExt<T>: sealed::Sealed {
    /// [`JoinSet::spawn`].
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    fn spawn_task<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// The same, with a name for the task.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    fn spawn_task_named<F>(&mut self, name: impl Into<Box<str>>, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// [`JoinSet::spawn_on`].
    #[track_caller]
    fn spawn_task_on<F>(&mut self, future: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// [`JoinSet::spawn_local`].
    ///
    /// # Panics
    /// Outside of a `LocalSet` or `LocalRuntime`.
    #[track_caller]
    fn spawn_local_task<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static;

    /// [`JoinSet::spawn_blocking`].
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    fn spawn_blocking_task<F>(&mut self, function: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send;
}

impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
    #[track_caller]
    fn spawn_task<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let task = Instrumented::new(future, Kind::Async, None, spawn::runtime_here(), Location::caller());
        spawn::ours(|| self.spawn(task))
    }

    #[track_caller]
    fn spawn_task_named<F>(&mut self, name: impl Into<Box<str>>, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let name = Some(name.into());
        let task = Instrumented::new(future, Kind::Async, name, spawn::runtime_here(), Location::caller());
        spawn::ours(|| self.spawn(task))
    }

    #[track_caller]
    fn spawn_task_on<F>(&mut self, future: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let task = Instrumented::new(future, Kind::Async, None, Some(handle.id()), Location::caller());
        spawn::ours(|| self.spawn_on(task, handle))
    }

    #[track_caller]
    fn spawn_local_task<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        let task = Instrumented::new(future, Kind::Local, None, spawn::runtime_here(), Location::caller());
        spawn::ours(|| self.spawn_local(task))
    }

    #[track_caller]
    fn spawn_blocking_task<F>(&mut self, function: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.spawn_blocking(spawn::blocking(function, None, spawn::runtime_here(), Location::caller()))
    }
}
