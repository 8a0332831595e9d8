//! The colours of tokens.css that pictures use, by theme.

use super::Colour;
use crate::api::Mark;

/// Fill of a state's box, its ink (rail, edge, legend) and the text on the fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatePair {
    /// The box.
    pub fill: Colour,
    /// Rail, edge, and any box under 3 px.
    pub ink: Colour,
    /// Text on the fill.
    pub text: Colour,
}

/// Fill of a frame's box and the text on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramePair {
    /// The box.
    pub fill: Colour,
    /// Text on it.
    pub text: Colour,
}

/// All colours of a theme that pictures use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Page, heads.
    pub bg_app: Colour,
    /// Lanes.
    pub bg_panel: Colour,
    /// Selected lane.
    pub bg_selected: Colour,
    /// Hairline.
    pub line: Colour,
    /// Panel edge.
    pub line_strong: Colour,
    /// Text.
    pub fg: Colour,
    /// Secondary text.
    pub fg_2: Colour,
    /// Labels, units.
    pub fg_3: Colour,
    /// Links, minimap window.
    pub accent: Colour,
    /// Stops of the world.
    pub bad: Colour,
    /// Where data is missing.
    pub warn: Colour,
    /// Search hits.
    pub matched: FramePair,
    /// States, by [`Mark`] as `u8`, from `Running` to `Unknown`.
    pub states: [StatePair; 8],
    /// Frames by module: 0 is the standard library and runtime.
    pub frames: [FramePair; 7],
    /// Line of a chart.
    pub chart_line: Colour,
    /// Area of a chart.
    pub chart_fill: Colour,
}

impl Theme {
    /// The pair of `mark`; marks without a pair of their own take that of `Unknown`.
    pub fn state(&self, mark: Mark) -> &StatePair {
        &self.states[(mark as usize).min(Mark::Unknown as usize)]
    }
}
