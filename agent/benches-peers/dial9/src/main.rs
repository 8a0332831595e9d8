//! The load under dial9, which records all the time: with its hooks alone, and with tasks spawned through it.

#[allow(dead_code, reason = "each program uses its part of it")]
#[path = "../../../benches/load/mod.rs"]
mod load;

use std::future::Future;

use dial9_tokio_telemetry::telemetry::{
    Dial9HandleTokioExt as _, Dial9TokioHandle, MemoryBuffer, TokioAttachOptions, recorder,
};
use tokio::task::JoinHandle;

/// Through dial9, which then sees wakes too.
#[derive(Clone, Copy)]
struct ByDial9;

impl load::Spawn for ByDial9 {
    fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Dial9TokioHandle::current().spawn(future)
    }
}

fn main() {
    let recorder = recorder(MemoryBuffer::new(16 << 20).expect("memory")).build();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all();
    let options = TokioAttachOptions::builder().task_tracking_enabled(true).build();
    let runtime = recorder.handle().attach_tokio_runtime(builder, options).expect("a runtime");
    load::row(&runtime, "dial9, hooks", load::Plain);
    load::row(&runtime, "dial9, spawned by it", ByDial9);
}
