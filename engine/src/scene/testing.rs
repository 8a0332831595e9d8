//! A measure for tests.

use super::{Face, Measure};

/// Every character is 6 px wide.
pub(crate) struct Fixed;

impl Measure for Fixed {
    fn width(&self, text: &str, _face: Face) -> f32 {
        text.chars().count() as f32 * 6.0
    }
}
