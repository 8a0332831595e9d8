//! Which draw commands are solid boxes, and painting many of them at once.

use js_sys::{Uint8ClampedArray, Uint32Array};
use taskscope_engine::scene::{Colour, DrawCmd, Rect};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::raster::{Raster, Solid};
use crate::dom;

/// From so many boxes on, pixels are cheaper than a call for each.
pub const MANY: usize = 192;

/// An area that is lower than this is not seen: it would become a line.
const LEAST_PX: f32 = 0.25;

/// Helper canvases grow by so many rows.
const ROWS: u32 = 32;

/// Helper canvases that hold rows of pixels, and what is kept from frame to frame.
#[derive(Debug, Default)]
pub struct Solids {
    boxes: Vec<Solid>,
    raster: Raster,
    /// One for each image of a picture: a canvas that was just drawn from is copied before it changes.
    sheets: Vec<Sheet>,
    used: usize,
}

/// A canvas in device px.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Device px a CSS px.
    pub ratio: f64,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Solids {
    /// Begins a picture.
    pub fn begin(&mut self) {
        self.used = 0;
    }

    /// Paints `commands`, which are a [`run`]; whether the browser could.
    pub fn paint(&mut self, context: &CanvasRenderingContext2d, grid: Grid, commands: &[DrawCmd]) -> bool {
        if grid.width == 0 || grid.height == 0 {
            return true;
        }
        self.boxes.clear();
        let boxes = &mut self.boxes;
        for command in commands {
            each_box(command, |rect, colour| boxes.extend(grid.solid(&rect, colour)));
        }
        self.raster.draw(&self.boxes, grid.width, grid.height);
        context.save();
        // The identity is always a transform.
        let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        self.show_loose(context);
        let shown = self.raster.bands().is_empty() || self.show(context, grid.width).is_some();
        context.restore();
        shown
    }

    /// Draws the boxes that are not among the rows.
    fn show_loose(&self, context: &CanvasRenderingContext2d) {
        for boxes in self.raster.loose().chunk_by(|a, b| a.pixel == b.pixel) {
            context.set_fill_style_str(&format!("#{:08x}", boxes[0].pixel.swap_bytes()));
            for solid in boxes {
                let [x0, x1, y0, y1] = [solid.x0, solid.x1, solid.y0, solid.y1].map(f64::from);
                context.fill_rect(x0, y0, x1 - x0, y1 - y0);
            }
        }
    }

    /// Puts the rows on the helper canvas and stretches them over the picture.
    fn show(&mut self, context: &CanvasRenderingContext2d, width: u32) -> Option<()> {
        let pixels = self.raster.pixels();
        let rows = (pixels.len() / width as usize) as u32;
        if self.sheets.get(self.used).is_none_or(|sheet| sheet.width != width || sheet.rows < rows) {
            let sheet = Sheet::new(width, rows.next_multiple_of(ROWS))?;
            match self.sheets.get_mut(self.used) {
                Some(small) => *small = sheet,
                None => self.sheets.push(sheet),
            }
        }
        let sheet = self.sheets.get(self.used)?;
        self.used += 1;
        sheet.fill(pixels, rows)?;
        context.set_image_smoothing_enabled(false);
        let width = f64::from(width);
        for band in self.raster.bands() {
            let (row, rows) = (f64::from(band.row), f64::from(band.rows));
            let (top, height) = (f64::from(band.top), f64::from(band.height));
            // Only a canvas without size is refused.
            let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &sheet.canvas,
                0.0,
                row,
                width,
                rows,
                0.0,
                top,
                width,
                height,
            );
        }
        Some(())
    }
}

/// A canvas that nobody sees, and the pixels on their way to it.
#[derive(Debug)]
struct Sheet {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    words: Uint32Array,
    image: ImageData,
    width: u32,
    rows: u32,
}

impl Sheet {
    fn new(width: u32, rows: u32) -> Option<Self> {
        let canvas: HtmlCanvasElement = dom::document()?.create_element("canvas").ok()?.dyn_into().ok()?;
        canvas.set_width(width);
        canvas.set_height(rows);
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let words = Uint32Array::new_with_length(width.checked_mul(rows)?);
        let bytes = Uint8ClampedArray::new(&words.buffer());
        let image = ImageData::new_with_js_u8_clamped_array_and_sh(&bytes, width, rows).ok()?;
        Some(Self { canvas, context, words, image, width, rows })
    }

    /// Replaces the first rows.
    fn fill(&self, pixels: &[u32], rows: u32) -> Option<()> {
        self.words.subarray(0, pixels.len() as u32).copy_from(pixels);
        let (width, rows) = (f64::from(self.width), f64::from(rows));
        let put = self.context.put_image_data_with_dirty_x_and_dirty_y_and_dirty_width_and_dirty_height(
            &self.image,
            0.0,
            0.0,
            0.0,
            0.0,
            width,
            rows,
        );
        put.ok()
    }
}

impl Grid {
    /// A box on the grid, its edges on the nearest ones; `None` outside.
    fn solid(&self, rect: &Rect, colour: Colour) -> Option<Solid> {
        let snap = |px: f32| (f64::from(px) * self.ratio + 0.5).floor();
        let clip = |px: f64, most: u32| px.clamp(0.0, f64::from(most)) as u32;
        let (x, y) = (snap(rect.x), snap(rect.y));
        // A box is never lost: it has at least one device px.
        let (right, bottom) = (snap(rect.x + rect.w).max(x + 1.0), snap(rect.y + rect.h).max(y + 1.0));
        let (x0, x1) = (clip(x, self.width), clip(right, self.width));
        let (y0, y1) = (clip(y, self.height), clip(bottom, self.height));
        // An image has red in the lowest byte, a colour in the highest.
        (x0 < x1 && y0 < y1).then_some(Solid { x0, x1, y0, y1, pixel: colour.0.swap_bytes() })
    }
}

/// How many commands at the beginning are solid boxes, and of how many boxes they consist.
pub fn run(commands: &[DrawCmd]) -> (usize, usize) {
    let mut boxes = 0;
    let other = |command: &DrawCmd| {
        let weight = weight(command);
        boxes += weight;
        weight == 0
    };
    let count = commands.iter().position(other).unwrap_or(commands.len());
    (count, boxes)
}

/// How many commands at the beginning are something else.
pub fn others(commands: &[DrawCmd]) -> usize {
    commands.iter().position(|command| weight(command) > 0).unwrap_or(commands.len())
}

/// Of how many solid boxes a command consists; 0 if it is something else.
fn weight(command: &DrawCmd) -> usize {
    match command {
        DrawCmd::Fill(_, colour) | DrawCmd::Rail(_, colour, None) => usize::from(is_opaque(*colour)),
        DrawCmd::Area(points, _, colour) if is_opaque(*colour) && are_steps(points) => points.len() / 2,
        DrawCmd::Line(points, colour, _) if is_opaque(*colour) && are_steps(points) => points.len(),
        _ => 0,
    }
}

/// The boxes of a command that has a [`weight`].
fn each_box(command: &DrawCmd, mut take: impl FnMut(Rect, Colour)) {
    match command {
        DrawCmd::Fill(rect, colour) | DrawCmd::Rail(rect, colour, None) => take(*rect, *colour),
        DrawCmd::Area(points, base, colour) => {
            for step in points.chunks_exact(2) {
                let [(x0, y), (x1, _)] = [step[0], step[1]];
                if base - y >= LEAST_PX && x0 < x1 {
                    take(Rect { x: x0, y, w: x1 - x0, h: base - y }, *colour);
                }
            }
        }
        DrawCmd::Line(points, colour, width) => {
            let half = width / 2.0;
            for ends in points.windows(2) {
                let [(x0, y0), (x1, y1)] = [ends[0], ends[1]];
                let (x, y, w, h) = (x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
                let rect = match h == 0.0 {
                    true => Rect { x, y: y - half, w, h: *width },
                    false => Rect { x: x - half, y: y - half, w: *width, h: h + width },
                };
                take(rect, *colour);
            }
        }
        _ => {}
    }
}

fn is_opaque(colour: Colour) -> bool {
    colour.0 & 0xff == 0xff
}

/// Whether an outline is steps: level from each even point to the next, upright between them.
fn are_steps(points: &[(f32, f32)]) -> bool {
    let upright = |ends: &[(f32, f32)]| ends[0].0 == ends[1].0;
    points.len().is_multiple_of(2)
        && points.chunks_exact(2).all(|step| step[0].1 == step[1].1)
        && points.get(1..).is_some_and(|rest| rest.chunks_exact(2).all(upright))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Colour = Colour(0x1122_33ff);
    const GRID: Grid = Grid { ratio: 1.5, width: 150, height: 60 };

    fn boxes(command: &DrawCmd) -> Vec<Solid> {
        let mut boxes = Vec::new();
        each_box(command, |rect, colour| boxes.extend(GRID.solid(&rect, colour)));
        boxes
    }

    fn solid((x0, x1): (u32, u32), (y0, y1): (u32, u32)) -> Solid {
        Solid { x0, x1, y0, y1, pixel: 0xff33_2211 }
    }

    #[test]
    fn boxes_lie_on_device_px_inside_the_canvas() {
        let fill = |x, y, w, h| DrawCmd::Fill(Rect { x, y, w, h }, INK);
        assert_eq!(boxes(&fill(2.0, 4.0, 10.0, 8.0)), [solid((3, 18), (6, 18))]);
        assert_eq!(boxes(&fill(2.0, 4.0, 0.1, 0.0)), [solid((3, 4), (6, 7))]);
        assert_eq!(boxes(&fill(-9.0, 30.0, 500.0, 90.0)), [solid((0, 150), (45, 60))]);
        assert_eq!(boxes(&fill(-9.0, 30.0, 5.0, 9.0)), []);
        assert_eq!(boxes(&fill(f32::NAN, 0.0, 5.0, 9.0)), []);
    }

    #[test]
    fn charts_of_steps_are_boxes_and_other_shapes_are_not() {
        let steps = vec![(0.0, 10.0), (4.0, 10.0), (4.0, 20.0), (8.0, 20.0)];
        let area = DrawCmd::Area(steps.clone(), 20.0, INK);
        assert_eq!((weight(&area), boxes(&area)), (2, vec![solid((0, 6), (15, 30))]));
        let line = DrawCmd::Line(steps, INK, 1.0);
        let drawn = [solid((0, 6), (14, 16)), solid((5, 7), (14, 31)), solid((6, 12), (29, 31))];
        assert_eq!((weight(&line), boxes(&line)), (4, drawn.to_vec()));
        let slope = vec![(0.0, 10.0), (4.0, 12.0)];
        assert_eq!(weight(&DrawCmd::Line(slope, INK, 1.0)), 0);
        assert_eq!(weight(&DrawCmd::Fill(Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 }, Colour(0x1122_3380))), 0);
    }
}
