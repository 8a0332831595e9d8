//! The wire of github.com/google/gops, client side.
//!
//! A client connects, writes one byte (and for `SetGcPercent` a number), and reads until the server
//! closes; there is no length, no status and no version. An agent that does not know a signal
//! closes without a byte; one that fails keeps the connection open and says nothing. A byte too
//! many makes the server reset the connection, so requests here are exactly as long as needed.

mod answers;
mod quantities;
mod signal;

pub use answers::{
    GoVersion, SetGc, Statistic, StatisticValue, is_gc_done, parse_memstats, parse_set_gc, parse_stats,
    parse_version,
};
pub use quantities::{parse_duration, parse_time};
pub use signal::{Content, Signal, request, set_gc_percent_request};
