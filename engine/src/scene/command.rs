//! Draw commands: what a painter has to know, and no more.

/// An opaque or translucent colour, `0xRRGGBBAA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Colour(pub u32);

/// A rectangle in CSS px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

/// Which face a text is set in; all canvas text is 11 px.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// Interface face, regular.
    Ui,
    /// Interface face, weight 600.
    UiStrong,
    /// Monospace.
    Mono,
}

/// Which end of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Align {
    /// The position is the left end.
    Left,
    /// The position is the middle.
    Centre,
    /// The position is the right end.
    Right,
}

/// One thing to draw. Commands are executed in order; a painter may batch runs of one colour.
#[derive(Clone, Debug, PartialEq)]
pub enum DrawCmd {
    /// A filled rectangle.
    Fill(Rect, Colour),
    /// An outline of the given width, inside the rectangle.
    Stroke(Rect, Colour, f32),
    /// A dashed outline of 1 px, inside the rectangle.
    StrokeDashed(Rect, Colour),
    /// A horizontal rail: filled, or dashed with (on, off) px.
    Rail(Rect, Colour, Option<(f32, f32)>),
    /// 45° lines of 1.5 px every 5 px over the rectangle.
    Hatch(Rect, Colour),
    /// A line of the given width through the points.
    Line(Vec<(f32, f32)>, Colour, f32),
    /// The area between the points and the line `y`.
    Area(Vec<(f32, f32)>, f32, Colour),
    /// Text with its baseline's middle at `(x, y)`; already cut to fit.
    Text {
        /// Horizontal position, as `align` says.
        x: f32,
        /// Vertical middle.
        y: f32,
        /// What to write.
        text: String,
        /// Ink.
        colour: Colour,
        /// Face.
        face: Face,
        /// Meaning of `x`.
        align: Align,
    },
}

/// How wide a text is: the browser's measure in the viewer, a fixed one in tests.
pub trait Measure {
    /// Width of `text` in CSS px.
    fn width(&self, text: &str, face: Face) -> f32;
}
