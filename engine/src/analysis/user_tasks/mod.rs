//! What the program marked itself: user tasks, regions and logs.
//!
//! [`UserIndex`] is built once a trace, in one pass over the regions and the spans of goroutines that
//! have any. A region's breakdown is read off a clock that moves along its goroutine's spans once,
//! however deep regions nest.

pub(super) mod histogram;
mod index;
mod list;
mod nesting;
mod page;
mod rows;
mod states;
mod types;

use taskscope_proto::Dataset;

pub use index::UserIndex;
pub use list::Listing;
pub use page::{Work, page, runs_at, work};
pub use types::types;

/// Whether a trace has any.
pub fn available(dataset: &Dataset) -> bool {
    !(dataset.user_tasks.is_empty() && dataset.regions.is_empty() && dataset.logs.is_empty())
}
