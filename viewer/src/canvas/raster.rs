//! Many solid boxes at once, as pixels: thousands of them cost the browser more than the picture does.
//!
//! Boxes of a picture stand in lanes, so few different edges cut its height. Between two of them all device px
//! of a column have one colour: a row of pixels, stretched, is the picture of a whole lane. Rows with few boxes
//! are left to be drawn box by box: a stretched image costs as much as dozens of boxes.

/// A row with at least so many boxes is drawn as pixels.
const DENSE: i32 = 32;
/// In place of the number of a row of pixels: there is none.
const LOOSE: u32 = u32::MAX;

/// A solid box in device px, inside the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solid {
    /// Left edge.
    pub x0: u32,
    /// Right edge.
    pub x1: u32,
    /// Top.
    pub y0: u32,
    /// Bottom.
    pub y1: u32,
    /// Opaque, as the bytes of an image: red is the lowest.
    pub pixel: u32,
}

/// Rows of pixels and where they go, and boxes beside them.
#[derive(Debug, Default)]
pub struct Raster {
    width: usize,
    pixels: Vec<u32>,
    bands: Vec<Band>,
    loose: Vec<Solid>,
    rows: Vec<Row>,
    /// Of each px of the height, first whether an edge is there, then the row that begins there.
    edges: Vec<u32>,
}

/// Rows that are painted together: one stretched over a height, or several of a px each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The first row of pixels.
    pub row: u32,
    /// How many there are.
    pub rows: u32,
    /// Top in the picture, device px.
    pub top: u32,
    /// Its height there.
    pub height: u32,
}

/// What is between two edges.
#[derive(Clone, Copy, Debug)]
struct Row {
    top: u32,
    /// How many more boxes are in it than in the one above; then how many are.
    boxes: i32,
    /// Its row of pixels, or [`LOOSE`].
    pixels: u32,
}

impl Raster {
    /// Draws `boxes`, later ones over earlier ones, for a canvas of `width` by `height` device px.
    pub fn draw(&mut self, boxes: &[Solid], width: u32, height: u32) {
        self.width = width as usize;
        self.cut(boxes, height);
        self.count(boxes);
        let rows = self.choose();
        self.pixels.clear();
        self.pixels.resize(rows * self.width, 0);
        self.loose.clear();
        for solid in boxes.iter().filter(|solid| solid.x1 <= width && solid.y1 <= height) {
            self.fill(solid);
        }
    }

    /// The rows, one after the other; transparent where no box is.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// What goes where.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Boxes that no band shows, in order.
    pub fn loose(&self) -> &[Solid] {
        &self.loose
    }

    /// Makes a row of every stretch between two edges, and one of what is under the last.
    fn cut(&mut self, boxes: &[Solid], height: u32) {
        self.edges.clear();
        self.edges.resize(height as usize + 1, 0);
        for edge in boxes.iter().flat_map(|solid| [solid.y0, solid.y1]) {
            if let Some(edge) = self.edges.get_mut(edge as usize) {
                *edge = 1;
            }
        }
        self.rows.clear();
        for (top, edge) in (0..).zip(&mut self.edges) {
            if *edge == 1 {
                *edge = self.rows.len() as u32;
                self.rows.push(Row { top, boxes: 0, pixels: LOOSE });
            }
        }
    }

    /// Counts the boxes of every row.
    fn count(&mut self, boxes: &[Solid]) {
        for solid in boxes {
            for (y, change) in [(solid.y0, 1), (solid.y1, -1)] {
                let row = self.edges.get(y as usize).copied().unwrap_or(LOOSE);
                if let Some(row) = self.rows.get_mut(row as usize) {
                    row.boxes += change;
                }
            }
        }
        let mut sum = 0;
        for row in &mut self.rows {
            sum += row.boxes;
            row.boxes = sum;
        }
    }

    /// Gives rows of pixels to dense rows, and makes one band of neighbours that are a px high; gives how many.
    fn choose(&mut self) -> usize {
        self.bands.clear();
        let mut made = 0;
        for at in 1..self.rows.len() {
            let bottom = self.rows[at].top;
            let row = &mut self.rows[at - 1];
            if row.boxes < DENSE {
                continue;
            }
            row.pixels = made;
            let band = Band { row: made, rows: 1, top: row.top, height: bottom - row.top };
            made += 1;
            match self.bands.last_mut() {
                Some(above)
                    if band.height == 1
                        && above.height == above.rows
                        && above.top + above.height == band.top =>
                {
                    above.rows += 1;
                    above.height += 1;
                }
                _ => self.bands.push(band),
            }
        }
        made as usize
    }

    /// Fills the pixels of a box; what of it lies in rows without pixels is a loose box.
    fn fill(&mut self, solid: &Solid) {
        let Some(&[first, end]) = self.ends(solid).as_ref() else { return };
        let mut open: Option<u32> = None;
        for row in self.rows.get(first as usize..end as usize).unwrap_or_default() {
            if row.pixels == LOOSE {
                open.get_or_insert(row.top);
                continue;
            }
            if let Some(y0) = open.take() {
                self.loose.push(Solid { y0, y1: row.top, ..*solid });
            }
            let begin = row.pixels as usize * self.width;
            if let Some(pixels) = self.pixels.get_mut(begin + solid.x0 as usize..begin + solid.x1 as usize) {
                pixels.fill(solid.pixel);
            }
        }
        if let Some(y0) = open {
            self.loose.push(Solid { y0, ..*solid });
        }
    }

    /// The first row of a box, and the one after its last.
    fn ends(&self, solid: &Solid) -> Option<[u32; 2]> {
        Some([*self.edges.get(solid.y0 as usize)?, *self.edges.get(solid.y1 as usize)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solid((x0, x1): (u32, u32), (y0, y1): (u32, u32), pixel: u32) -> Solid {
        Solid { x0, x1, y0, y1, pixel }
    }

    /// The picture that the rows and the loose boxes make.
    fn picture(raster: &Raster, width: usize, height: usize) -> Vec<Vec<u32>> {
        let mut picture = vec![vec![0; width]; height];
        for band in raster.bands() {
            for y in 0..band.height {
                let row = band.row + y * band.rows / band.height;
                let begin = row as usize * width;
                picture[(band.top + y) as usize].copy_from_slice(&raster.pixels()[begin..begin + width]);
            }
        }
        paint(&mut picture, raster.loose());
        picture
    }

    fn paint(picture: &mut [Vec<u32>], boxes: &[Solid]) {
        for solid in boxes {
            for row in &mut picture[solid.y0 as usize..solid.y1 as usize] {
                row[solid.x0 as usize..solid.x1 as usize].fill(solid.pixel);
            }
        }
    }

    /// The same, box by box.
    fn painted(boxes: &[Solid], width: usize, height: usize) -> Vec<Vec<u32>> {
        let mut picture = vec![vec![0; width]; height];
        paint(&mut picture, boxes);
        picture
    }

    #[test]
    fn a_dense_lane_is_one_row_and_others_are_left() {
        let lane = |y: (u32, u32), count: u32| (0..count).map(move |x| solid((x, x + 1), y, x + 1));
        let ground = solid((0, 50), (0, 60), 9);
        let boxes: Vec<Solid> =
            [ground].into_iter().chain(lane((2, 18), 40)).chain(lane((22, 38), 3)).collect();
        let mut raster = Raster::default();
        raster.draw(&boxes, 50, 60);
        assert_eq!(raster.bands(), [Band { row: 0, rows: 1, top: 2, height: 16 }]);
        let left = [solid((0, 50), (0, 2), 9), solid((0, 50), (18, 60), 9)];
        assert_eq!(raster.loose()[..2], left);
        assert_eq!(raster.loose().len(), 5);
        assert_eq!(picture(&raster, 50, 60), painted(&boxes, 50, 60));
    }

    #[test]
    fn rows_of_a_px_are_painted_together() {
        let boxes: Vec<Solid> = (0..80).map(|x| solid((x, x + 1), (10 - x / 10, 12), 5)).collect();
        let mut raster = Raster::default();
        raster.draw(&boxes, 80, 12);
        assert_eq!(
            raster.bands(),
            [Band { row: 0, rows: 4, top: 6, height: 4 }, Band { row: 4, rows: 1, top: 10, height: 2 }]
        );
        assert_eq!(picture(&raster, 80, 12), painted(&boxes, 80, 12));
    }

    #[test]
    fn any_boxes_give_the_picture_that_they_give_one_by_one() {
        let mut dice = 1_u32;
        let mut roll = |sides: u32| {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (dice >> 16) % sides
        };
        let mut raster = Raster::default();
        for round in 1..160 {
            let boxes: Vec<Solid> = (0..round)
                .map(|at| {
                    let (x, y) = (roll(30), roll(20));
                    solid((x, x + 1 + roll(30 - x)), (y, y + 1 + roll(20 - y)), at + 1)
                })
                .collect();
            raster.draw(&boxes, 30, 20);
            assert_eq!(picture(&raster, 30, 20), painted(&boxes, 30, 20), "{boxes:?}");
        }
        assert!(!raster.bands().is_empty() && !raster.loose().is_empty());
        raster.draw(&[], 30, 20);
        assert_eq!((raster.bands(), raster.loose()), (&[][..], &[][..]));
    }

    #[test]
    fn boxes_outside_are_left_out() {
        let mut raster = Raster::default();
        raster.draw(&[solid((0, 5), (0, 99), 1), solid((3, 99), (0, 2), 1)], 10, 10);
        assert!(raster.pixels().is_empty() && raster.loose().is_empty());
    }
}
