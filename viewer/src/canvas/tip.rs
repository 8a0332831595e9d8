//! Where a tooltip goes: beside the pointer, never over the box it is about.

use super::surface::Size;

/// Width of a tooltip.
pub const TIP_PX: f64 = 304.0;
/// Free space between tooltip and pointer.
const APART_PX: f64 = 12.0;
/// Free space between tooltip and box.
const GAP_PX: f64 = 6.0;
/// Free space to the edge of the canvas.
const EDGE_PX: f64 = 8.0;

/// The box that a tooltip is about, and the pointer when it came over it. CSS px of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// The pointer.
    pub x: f64,
    /// Top of the box.
    pub top: f64,
    /// Bottom of the box.
    pub bottom: f64,
}

impl Anchor {
    /// The inline style of the tooltip on a canvas of `size`: under the box, or above it in the
    /// lower part of the canvas.
    pub fn style(self, size: Size) -> String {
        let left = (self.x + APART_PX).min(size.w - TIP_PX - EDGE_PX).max(EDGE_PX);
        if self.bottom > size.h * 0.6 {
            format!("left:{left:.0}px;bottom:{:.0}px", size.h - self.top + GAP_PX)
        } else {
            format!("left:{left:.0}px;top:{:.0}px", self.bottom + GAP_PX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_stays_on_the_canvas_and_off_its_box() {
        let size = Size { w: 1000.0, h: 500.0 };
        let style = |x, top| Anchor { x, top, bottom: top + 16.0 }.style(size);
        assert_eq!(style(100.0, 40.0), "left:112px;top:62px");
        assert_eq!(style(990.0, 40.0), "left:688px;top:62px");
        assert_eq!(style(100.0, 400.0), "left:112px;bottom:106px");
        let narrow = Size { w: 200.0, h: 500.0 };
        assert_eq!(Anchor { x: 150.0, top: 0.0, bottom: 16.0 }.style(narrow), "left:8px;top:22px");
    }
}
