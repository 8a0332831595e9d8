//! What the garbage collector took from the program, and how long tasks waited for a worker.
//!
//! [`Work`] is read once from a data set: who worked for the collector, where and when. All answers
//! but the scheduler's latency follow from it alone, without another look at the spans.

mod collections;
mod histogram;
mod latency;
mod mmu;
mod percentiles;
mod stops;
mod utilisation;
mod work;

pub use collections::{gc, totals};
pub use histogram::Histogram;
pub use latency::{Category, category, latency};
pub use mmu::{mmu, worst};
pub use stops::{kind as stop_kind, place as stop_place};
pub use utilisation::Utilisation;
pub use work::{Busy, Kind, Stop, Work};

/// The part of `t0` to `t1` that `window` names; the whole for `None`. Never empty unless the whole is.
pub fn clip(window: Option<(u64, u64)>, t0: u64, t1: u64) -> (u64, u64) {
    let (from, to) = window.unwrap_or((t0, t1));
    let from = from.clamp(t0, t1);
    let to = to.clamp(from, t1);
    if from == to && t0 < t1 { (t0, t1) } else { (from, to) }
}
