//! What the page is made of.

mod app;
mod button;
mod chooser;
mod empty;
mod error_panel;
mod file_bar;
mod file_menu;
mod grid;
mod help;
mod histogram;
mod icon;
mod located;
mod notices;
mod outside;
mod plot;
mod popover;
mod progress;
mod samples;
mod search;
mod shares;
mod slots;
mod splitter;
mod status_bar;
mod tool_bar;
mod verdict;

pub use app::App;
pub use button::{Look, Segment, button, icon_button, segmented, titled_button};
pub use grid::{Grid, Head, PAGE, bar, grid_row, number, reveal_row};
pub use histogram::{Buckets, histogram};
pub use icon::{IconName, icon, icon_in};
pub use plot::{Curve, Plot, sparkline};
pub use popover::Popover;
pub use shares::{TimeUnit, share_bar, share_table, tenths};
pub use slots::{Slot, Slots, Spot};
pub use splitter::Splitter;
pub use verdict::{VERDICTS, badge, toggled, verdict_chips, word};
