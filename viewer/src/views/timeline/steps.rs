//! What going back brings back: the visible part, the lanes, and what was selected there.

use super::area::{Area, Marks};
use super::place::{Layout, Place};

/// One step of navigation.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What was visible.
    pub place: Place,
    /// Which lanes there were.
    pub layout: Layout,
    /// The selected span.
    pub span: Option<u32>,
    /// The selected area.
    pub area: Option<Area>,
}

impl Step {
    /// A step with nothing selected.
    pub fn new(place: Place, layout: Layout) -> Self {
        Self { place, layout, span: None, area: None }
    }

    /// Whether both show the same; selecting something is no step of its own.
    pub fn shows_as(&self, other: &Self) -> bool {
        self.place == other.place && self.layout == other.layout
    }
}

/// What is selected and marked; kept while the file is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The selected span.
    pub span: Option<u32>,
    /// The selected area.
    pub area: Option<Area>,
    /// What is marked.
    pub marks: Marks,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::timeline::place::Clock;

    #[test]
    fn a_selection_is_no_step() {
        let clock = Clock { start_ns: 0, end_ns: 1_000 };
        let step = Step::new(Place::all(clock), Layout::default());
        assert!(step.shows_as(&Step { span: Some(3), ..step.clone() }));
        let grouped = Layout { filter: "net".into(), ..Layout::default() };
        assert!(!step.shows_as(&Step { layout: grouped, ..step.clone() }));
    }
}
