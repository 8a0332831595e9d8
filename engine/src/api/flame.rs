//! Flame graph and top table at the border.

use serde::{Deserialize, Serialize};

use super::{FlameSource, Scope};

/// Which way the call tree grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Roots on top, callees below (icicle).
    #[default]
    TopDown,
    /// Leaves on top, callers below.
    BottomUp,
}

/// Asks for the boxes of a flame graph that are visible.
///
/// The horizontal axis is weight: fractions of the tree's total, 0 at the left. Where a profile
/// has negative values (a difference), widths are absolute values and numbers keep their sign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlameQuery {
    /// What is weighed.
    pub source: FlameSource,
    /// Of which part of a trace.
    pub scope: Scope,
    /// Which way the tree grows.
    pub direction: Direction,
    /// Visible weight, from.
    pub x0: f64,
    /// Visible weight, to; greater than `x0`.
    pub x1: f64,
    /// Width of the canvas in CSS px; boxes narrower than half a px are merged.
    pub width_px: f32,
    /// First visible row.
    pub depth0: u32,
    /// One past the last visible row.
    pub depth1: u32,
    /// Text or `/regex/` to mark; empty for none.
    pub search: String,
}

/// The visible part of a flame graph. All box columns have the same length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlameAnswer {
    /// Weight of the whole tree, in the sample type's unit.
    pub total: i64,
    /// The sample type's unit.
    pub unit: String,
    /// Rows of the whole tree.
    pub depth: u32,
    /// Samples in the profile.
    pub samples: u64,
    /// Tree node of each box; `u32::MAX` for one that merges several too narrow to be seen.
    pub node: Vec<u32>,
    /// Row of each box; 0 is the box of all.
    pub row: Vec<u32>,
    /// Left edge of each box, as a fraction of `total`.
    pub x0: Vec<f64>,
    /// Right edge of each box.
    pub x1: Vec<f64>,
    /// Weight of each box with its callees.
    pub cum: Vec<i64>,
    /// Index into `names` of each box's function.
    pub name: Vec<u32>,
    /// Index into `modules` of each box's colour.
    pub module: Vec<u32>,
    /// Whether the search matches each box.
    pub matched: Vec<bool>,
    /// Distinct function names in view.
    pub names: Vec<String>,
    /// Module names by colour: entry 0 is the standard library and runtime.
    pub modules: Vec<String>,
    /// Functions that the search matches, in the whole tree.
    pub match_functions: u32,
    /// Weight under the matches, each sample counted once.
    pub match_weight: i64,
    /// Why the search cannot be run (a bad regex); empty otherwise.
    pub search_error: String,
}

/// Asks for one box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlameNodeQuery {
    /// What is weighed.
    pub source: FlameSource,
    /// Of which part of a trace.
    pub scope: Scope,
    /// Which way the tree grows.
    pub direction: Direction,
    /// The node, as in [`FlameAnswer::node`].
    pub node: u32,
}

/// Everything about one box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlameNode {
    /// The full function name.
    pub function: String,
    /// `file.go:61`, the most frequent line; empty when unknown.
    pub location: String,
    /// Module, as in the legend.
    pub module: String,
    /// Weight with callees.
    pub cum: i64,
    /// Weight of its own.
    pub flat: i64,
    /// Weight of the tree.
    pub total: i64,
    /// Weight of the caller's box.
    pub parent_cum: i64,
    /// Left edge as a fraction of the total.
    pub x0: f64,
    /// Right edge.
    pub x1: f64,
    /// Row.
    pub row: u32,
    /// Function names from the root to this box.
    pub path: Vec<String>,
    /// Nodes of `path`, to go there.
    pub path_nodes: Vec<u32>,
    /// Weight by value of the most telling label; `None` if the samples have none.
    pub by_label: Option<LabelShares>,
}

/// The weight under a box, split by the values of one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelShares {
    /// The label's key.
    pub key: String,
    /// The largest values and their weights.
    pub rows: Vec<(String, i64)>,
    /// How many further values there are.
    pub others: u32,
    /// Weight of the further values and of samples without the label.
    pub other_weight: i64,
}

/// What a table of functions is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TopSort {
    /// Own weight, largest first.
    #[default]
    Flat,
    /// Weight with callees, largest first.
    Cumulative,
    /// Name, ascending.
    Name,
}

/// Asks for a window of the top table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopQuery {
    /// What is weighed.
    pub source: FlameSource,
    /// Of which part of a trace.
    pub scope: Scope,
    /// Order of the rows.
    pub sort: TopSort,
    /// Text or `/regex/` that names must match; empty for all.
    pub search: String,
    /// First row.
    pub first: u32,
    /// How many rows at most.
    pub count: u32,
}

/// A window of the top table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopAnswer {
    /// Weight of all samples.
    pub total: i64,
    /// The sample type's unit.
    pub unit: String,
    /// Rows that match the search.
    pub matching: u32,
    /// Rows in all.
    pub all: u32,
    /// The rows asked for.
    pub rows: Vec<TopRow>,
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopRow {
    /// The full function name.
    pub function: String,
    /// `file.go:42`; empty when unknown.
    pub location: String,
    /// Index into [`FlameAnswer::modules`].
    pub module: u32,
    /// Own weight.
    pub flat: i64,
    /// Weight with callees, a sample counted once however often the function recurs in it.
    pub cum: i64,
}
