//! Canvases: size, drawing when dirty, pointers and the mathematics of what is visible.
//!
//! Nothing here knows a view. Pure parts (`gesture`, `history`, `raster`, `window`) are tested natively;
//! the others touch the browser.

pub mod cell;
pub mod frame;
pub mod gesture;
pub mod history;
pub mod layer;
pub mod paint2d;
pub mod pointer;
pub mod raster;
pub mod shared;
pub mod solids;
pub mod surface;
pub mod text;
pub mod tip;
pub mod window;
