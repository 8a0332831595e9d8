//! What the agent knows of every task: who spawned it, what it does, how often it ran.

pub(crate) mod capture;
pub(crate) mod clock;
pub(crate) mod future;
pub(crate) mod here;
#[cfg(tokio_unstable)]
pub(crate) mod hooks;
pub(crate) mod join_set;
mod real_waker;
pub(crate) mod record;
pub(crate) mod registry;
pub(crate) mod site;
pub(crate) mod snapshot;
pub(crate) mod spawn;
pub(crate) mod text;
pub(crate) mod waker;
pub(crate) mod watch;
pub(crate) mod word;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) use here::current;
pub(crate) use registry::live;
