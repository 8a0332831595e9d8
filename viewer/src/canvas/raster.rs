//! Many solid boxes at once, as pixels: thousands of them cost the browser more than the picture does.
//!
//! Boxes of a picture stand in lanes, so few different edges cut its height. Between two of them all device px
//! of a column have one colour: a row of pixels, stretched, is the picture of a whole lane.

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

/// Rows of pixels and where they go.
#[derive(Debug, Default)]
pub struct Raster {
    width: usize,
    pixels: Vec<u32>,
    bands: Vec<Band>,
    /// Of each px of the height, first whether an edge is there, then the row that begins there.
    edges: Vec<u32>,
}

/// Rows that are painted together: one stretched over a height, or several of a px each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The first row.
    pub row: u32,
    /// How many there are.
    pub rows: u32,
    /// Top in the picture, device px.
    pub top: u32,
    /// Its height there.
    pub height: u32,
}

impl Raster {
    /// Draws `boxes`, later ones over earlier ones, for a canvas of `width` by `height` device px.
    pub fn draw(&mut self, boxes: &[Solid], width: u32, height: u32) {
        self.width = width as usize;
        self.cut(boxes, height);
        let rows = self.bands.len();
        self.pixels.clear();
        self.pixels.resize(rows * self.width, 0);
        for solid in boxes {
            let (Some(&first), Some(&end)) =
                (self.edges.get(solid.y0 as usize), self.edges.get(solid.y1 as usize))
            else {
                continue;
            };
            for row in first..end {
                let begin = row as usize * self.width;
                if let Some(pixels) =
                    self.pixels.get_mut(begin + solid.x0 as usize..begin + solid.x1 as usize)
                {
                    pixels.fill(solid.pixel);
                }
            }
        }
        self.join();
    }

    /// The rows, one after the other; transparent where no box is.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// What goes where.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Makes a row of every stretch between two edges.
    fn cut(&mut self, boxes: &[Solid], height: u32) {
        self.edges.clear();
        self.edges.resize(height as usize + 1, 0);
        for solid in boxes {
            for edge in [solid.y0, solid.y1] {
                if let Some(edge) = self.edges.get_mut(edge as usize) {
                    *edge = 1;
                }
            }
        }
        self.bands.clear();
        for (y, edge) in (0..).zip(&mut self.edges) {
            if *edge == 0 {
                continue;
            }
            *edge = self.bands.len() as u32;
            if let Some(above) = self.bands.last_mut() {
                above.height = y - above.top;
            }
            self.bands.push(Band { row: *edge, rows: 1, top: y, height: 0 });
        }
        // Nothing is under the last edge.
        self.bands.pop();
    }

    /// Leaves out rows without a box, and makes one band of neighbours that are a px high.
    fn join(&mut self) {
        let (width, pixels) = (self.width, &self.pixels);
        let filled = |band: &Band| {
            let begin = band.row as usize * width;
            pixels.get(begin..begin + width).is_some_and(|row| row.iter().any(|&pixel| pixel != 0))
        };
        self.bands.retain(filled);
        self.bands.dedup_by(|band, above| {
            let same = above.height == above.rows
                && band.height == 1
                && above.row + above.rows == band.row
                && above.top + above.height == band.top;
            if same {
                above.rows += 1;
                above.height += 1;
            }
            same
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solid((x0, x1): (u32, u32), (y0, y1): (u32, u32), pixel: u32) -> Solid {
        Solid { x0, x1, y0, y1, pixel }
    }

    /// The picture that the rows make.
    fn picture(raster: &Raster, width: usize, height: usize) -> Vec<Vec<u32>> {
        let mut picture = vec![vec![0; width]; height];
        for band in raster.bands() {
            for y in 0..band.height {
                let row = band.row + y * band.rows / band.height;
                let begin = row as usize * width;
                picture[(band.top + y) as usize].copy_from_slice(&raster.pixels()[begin..begin + width]);
            }
        }
        picture
    }

    /// The same, box by box.
    fn painted(boxes: &[Solid], width: usize, height: usize) -> Vec<Vec<u32>> {
        let mut picture = vec![vec![0; width]; height];
        for solid in boxes {
            for row in &mut picture[solid.y0 as usize..solid.y1 as usize] {
                row[solid.x0 as usize..solid.x1 as usize].fill(solid.pixel);
            }
        }
        picture
    }

    #[test]
    fn a_lane_is_one_row() {
        let boxes = [solid((0, 3), (2, 18), 7), solid((3, 4), (2, 18), 8), solid((6, 9), (22, 38), 9)];
        let mut raster = Raster::default();
        raster.draw(&boxes, 10, 40);
        let band = |row, top| Band { row, rows: 1, top, height: 16 };
        assert_eq!(raster.bands(), [band(0, 2), band(2, 22)]);
        assert_eq!(picture(&raster, 10, 40), painted(&boxes, 10, 40));
    }

    #[test]
    fn rows_of_a_px_are_painted_together() {
        let boxes: Vec<Solid> = (0..8).map(|x| solid((x, x + 1), (10 - x, 12), 5)).collect();
        let mut raster = Raster::default();
        raster.draw(&boxes, 8, 12);
        assert_eq!(
            raster.bands(),
            [Band { row: 0, rows: 7, top: 3, height: 7 }, Band { row: 7, rows: 1, top: 10, height: 2 }]
        );
        assert_eq!(picture(&raster, 8, 12), painted(&boxes, 8, 12));
    }

    #[test]
    fn any_boxes_give_the_picture_that_they_give_one_by_one() {
        let mut dice = 1_u32;
        let mut roll = |sides: u32| {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (dice >> 16) % sides
        };
        let mut raster = Raster::default();
        for round in 1..40 {
            let boxes: Vec<Solid> = (0..round)
                .map(|at| {
                    let (x, y) = (roll(30), roll(20));
                    solid((x, x + 1 + roll(30 - x)), (y, y + 1 + roll(20 - y)), at + 1)
                })
                .collect();
            raster.draw(&boxes, 30, 20);
            assert_eq!(picture(&raster, 30, 20), painted(&boxes, 30, 20), "{boxes:?}");
        }
        raster.draw(&[], 30, 20);
        assert_eq!(raster.bands(), []);
    }

    #[test]
    fn boxes_outside_are_left_out() {
        let mut raster = Raster::default();
        raster.draw(&[solid((0, 5), (0, 99), 1), solid((3, 99), (0, 2), 1)], 10, 10);
        assert!(raster.pixels().iter().all(|&pixel| pixel == 0));
    }
}
