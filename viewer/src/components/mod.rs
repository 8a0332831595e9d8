//! What the page is made of.

mod app;
mod icon;
mod slots;

pub use app::App;
pub use icon::{Icon, IconName};
pub use slots::{LegendSlot, Slots, StatusSlot, ToolSlot};
