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
    /// The box of all in a flame graph.
    pub bg_active: Colour,
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
    /// Frames that a search leaves out.
    pub dim: FramePair,
    /// States, by [`Mark`] as `u8`, from `Running` to `Unknown`.
    pub states: [StatePair; 8],
    /// Frames by module: 0 is the standard library and runtime.
    pub frames: [FramePair; 7],
    /// Line of a chart.
    pub chart_line: Colour,
    /// Area of a chart.
    pub chart_fill: Colour,
    /// The heap goal in a chart.
    pub chart_goal: Colour,
    /// Over what lies outside the minimap's window.
    pub veil: Colour,
}

impl Theme {
    /// The pair of `mark`; marks without a pair of their own take that of `Unknown`.
    pub fn state(&self, mark: Mark) -> &StatePair {
        &self.states[(mark as usize).min(Mark::Unknown as usize)]
    }

    /// The pair of colour `number`; numbers past the last colour come round, without the grey of 0.
    pub fn frame(&self, number: u32) -> &FramePair {
        let own = self.frames.len() as u32 - 1;
        match number {
            0 => &self.frames[0],
            number => &self.frames[((number - 1) % own) as usize + 1],
        }
    }

    /// The light theme of tokens.css.
    pub fn light() -> Self {
        Self {
            bg_app: opaque(0xf4f5f7),
            bg_panel: opaque(0xffffff),
            bg_active: opaque(0xe2e6ec),
            bg_selected: opaque(0xe4eefc),
            line: opaque(0xe1e4e9),
            line_strong: opaque(0xc6ccd5),
            fg: opaque(0x16181d),
            fg_2: opaque(0x464d58),
            fg_3: opaque(0x5f6774),
            accent: opaque(0x1a56c4),
            bad: opaque(0xb3261e),
            warn: opaque(0x875300),
            matched: FramePair { fill: opaque(0xffdf5d), text: opaque(0x16181d) },
            dim: FramePair { fill: opaque(0xf0f1f4), text: opaque(0x5f6774) },
            states: [
                state(0x0b6558, 0x0b6558, 0xffffff),
                state(0xf6b73c, 0xa06400, 0x241a00),
                state(0xf9e4ee, 0xb0256f, 0x6d1745),
                state(0xe1edfb, 0x1f6cc0, 0x15467e),
                state(0xeceef1, 0x717a88, 0x464d58),
                state(0xfae6d8, 0xb04a12, 0x6f300c),
                state(0xcfc2f3, 0x6741c4, 0x2c1a63),
                state(0xffffff, 0x717a88, 0x464d58),
            ],
            frames: [0xdfe2e7, 0xa9d6ce, 0xb5cdf0, 0xefd39d, 0xeec3d5, 0xcec5ee, 0xcddba4]
                .map(|fill| FramePair { fill: opaque(fill), text: opaque(0x16181d) }),
            chart_line: opaque(0x464d58),
            chart_fill: opaque(0xe6e9ee),
            chart_goal: opaque(0xb3261e),
            veil: Colour(0x5f67_7438),
        }
    }

    /// The dark theme of tokens.css.
    pub fn dark() -> Self {
        Self {
            bg_app: opaque(0x0e1013),
            bg_panel: opaque(0x14171b),
            bg_active: opaque(0x2a2f36),
            bg_selected: opaque(0x1b2b45),
            line: opaque(0x252a30),
            line_strong: opaque(0x3a414a),
            fg: opaque(0xe7e9ec),
            fg_2: opaque(0xb4bbc5),
            fg_3: opaque(0x939ba8),
            accent: opaque(0x86b6ff),
            bad: opaque(0xff8f85),
            warn: opaque(0xf2bb4e),
            matched: FramePair { fill: opaque(0xffdf5d), text: opaque(0x16181d) },
            dim: FramePair { fill: opaque(0x1c2025), text: opaque(0x939ba8) },
            states: [
                state(0x1a8073, 0x35a594, 0xffffff),
                state(0xffcb66, 0xffcb66, 0x241a00),
                state(0x321a28, 0xef7fb6, 0xf9c6df),
                state(0x15253b, 0x6ea9f2, 0xc3dcfb),
                state(0x202429, 0x8b94a2, 0xb4bbc5),
                state(0x301d11, 0xee8f57, 0xf9cfb4),
                state(0x221a40, 0xa68ef0, 0xddd4fb),
                state(0x14171b, 0x8b94a2, 0xb4bbc5),
            ],
            frames: [0x343a42, 0x1d5850, 0x28497a, 0x674a12, 0x6b3350, 0x4c3f80, 0x475720]
                .map(|fill| FramePair { fill: opaque(fill), text: opaque(0xf0f2f4) }),
            chart_line: opaque(0xb4bbc5),
            chart_fill: opaque(0x2a2f36),
            chart_goal: opaque(0xff8f85),
            veil: Colour(0x0000_0057),
        }
    }
}

/// An opaque colour from `0xRRGGBB`.
const fn opaque(rgb: u32) -> Colour {
    Colour(rgb << 8 | 0xff)
}

const fn state(fill: u32, ink: u32, text: u32) -> StatePair {
    StatePair { fill: opaque(fill), ink: opaque(ink), text: opaque(text) }
}
