//! The future round a task's future: sees every poll, wake and drop of it.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::record::{Kind, Outcome, Record};
use super::word::{State, Step};
use super::{capture, clock, here, registry, site, waker, watch};

pin_project! {
    /// A future whose polls, wakes and end the agent sees. Made by [`instrument`](crate::instrument)
    /// and the functions that spawn.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F> {
        // None: over.
        #[pin]
        future: Option<F>,
        record: Arc<Record>,
    }

    impl<F> PinnedDrop for Instrumented<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                // What the drop does shows as the task's last run.
                let running = Running::begin(this.record);
                this.future.set(None);
                running.end(Outcome::Dropped);
            }
            retire(this.record);
        }
    }
}

/// A task of its own for `future`, for executors that spawn themselves: what polls it is unchanged.
#[track_caller]
pub fn instrument<F: Future>(future: F) -> Instrumented<F> {
    let runtime = super::spawn::runtime_here();
    Instrumented::new(future, Kind::Wrapped, None, runtime, Location::caller())
}

impl<F: Future> Instrumented<F> {
    #[inline]
    pub(crate) fn new(
        future: F,
        kind: Kind,
        name: Option<Box<str>>,
        runtime: Option<tokio::runtime::Id>,
        location: &'static Location<'static>,
    ) -> Self {
        let record = Record::spawn(site::site::<F>(location), kind, name, runtime);
        Self { future: Some(future), record }
    }
}

impl<F: Future> Future for Instrumented<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let record = &*this.record;
        // SAFETY: a poll borrows the future, so polls of one task follow upon one another.
        unsafe { record.real.keep(cx.waker()) };
        let running = Running::begin(record);
        let wanted = record.wanted.load(Ordering::Relaxed);
        let capture = if wanted { Some(capture::begin(record)) } else { None };
        // SAFETY: the vtable's functions take such pointers. The waker borrows `this.record`: it takes
        // no count, so it is never dropped, and the record lives longer than this call.
        let waker = ManuallyDrop::new(unsafe { Waker::from_raw(waker::borrowed(record, capture)) });
        let mut context = Context::from_waker(&waker);
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a future was polled again after its end");
        };
        let result = if wanted {
            capture::poll(record, running.is_unwoken(), || future.poll(&mut context))
        } else {
            future.poll(&mut context)
        };
        if result.is_ready() {
            this.future.set(None);
            running.end(Outcome::Ready);
        } else {
            running.pend();
        }
        result
    }
}

/// Takes a task that is over out of the registry.
#[inline]
pub(super) fn retire(record: &Record) {
    registry::remove(record);
    record.site.ended.fetch_add(1, Ordering::Relaxed);
}

/// A poll (or closure, or drop) of a task, which runs on this thread; unless it is ended by a method,
/// it ends by a panic.
pub(super) struct Running<'a> {
    record: &'a Record,
    /// The task that ran before on this thread, and still does.
    outer: *const Record,
    /// Since when it waited, if nobody woke it for this poll; else 0.
    waited: u64,
}

impl<'a> Running<'a> {
    #[inline]
    pub(super) fn begin(record: &'a Record) -> Self {
        let outer = here::current_record();
        if !outer.is_null() {
            suspend(outer);
        }
        here::replace(record);
        record.thread.store(here::thread(), Ordering::Relaxed);
        let since = record.since.load(Ordering::Relaxed);
        record.since.store(watch::now_if_watched(), Ordering::Relaxed);
        let mut waited = 0;
        if let Some(change) = record.step(Step::Start)
            && change.before.state() == State::Waiting
        {
            add_one(&record.unwoken);
            waited = since;
        }
        Self { record, outer, waited }
    }

    /// The poll gave Pending.
    #[inline]
    pub(super) fn pend(self) {
        let record = self.record;
        add_one(&record.polls);
        // A poll for which nobody woke it has not interrupted the wait.
        let since = if self.waited == 0 { clock::now() } else { self.waited };
        record.since.store(since, Ordering::Relaxed);
        record.step(Step::Pend);
        self.leave();
    }

    /// Whether nobody woke the task for this poll.
    #[inline]
    pub(super) fn is_unwoken(&self) -> bool {
        self.waited != 0
    }

    /// Lets a hook go on with it later, by [`Self::resume`]: the task that it nests in.
    #[cfg(tokio_unstable)]
    pub(super) fn suspend(self) -> *const Record {
        ManuallyDrop::new(self).outer
    }

    /// Goes on after [`Self::suspend`].
    ///
    /// # Safety
    /// On the same thread, with the same record and what `suspend` gave, and after all that began since
    /// has ended.
    #[cfg(tokio_unstable)]
    pub(super) unsafe fn resume(record: &'a Record, outer: *const Record) -> Self {
        Self { record, outer, waited: 0 }
    }

    /// The task is over.
    #[inline]
    pub(super) fn end(self, outcome: Outcome) {
        self.finish(outcome);
        self.leave();
    }

    #[inline]
    fn finish(&self, outcome: Outcome) {
        add_one(&self.record.polls);
        self.record.outcome.store(outcome as u8, Ordering::Relaxed);
        self.record.step(Step::End);
    }

    #[inline]
    fn leave(self) {
        let this = ManuallyDrop::new(self);
        this.restore();
    }

    #[inline]
    fn restore(&self) {
        here::replace(self.outer);
        if !self.outer.is_null() {
            resume(self.outer);
        }
    }
}

impl Drop for Running<'_> {
    #[cold]
    fn drop(&mut self) {
        self.finish(Outcome::Panicked);
        self.restore();
    }
}

/// Polls of a task follow upon one another, so whoever polls is the only one who writes.
#[inline]
fn add_one(counter: &std::sync::atomic::AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

#[cold]
fn suspend(outer: *const Record) {
    // SAFETY: the cell's record is borrowed by a `Running` further out on this stack.
    unsafe { &*outer }.step(Step::Suspend);
}

#[cold]
fn resume(outer: *const Record) {
    // SAFETY: as in `suspend`: that `Running` is still there.
    unsafe { &*outer }.step(Step::Resume);
}
