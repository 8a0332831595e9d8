//! Undo and redo of where one has been.

/// Steps closer together than this are one, so that a turn of the wheel is undone at once.
const SAME_STEP_MS: f64 = 500.0;

/// How many steps are kept.
const KEPT: usize = 200;

/// Places one has been, and the present one among them.
#[derive(Clone, Debug, PartialEq)]
pub struct History<T> {
    places: Vec<T>,
    present: usize,
    last_ms: f64,
}

impl<T: Clone + PartialEq> History<T> {
    /// A history that begins at `start`.
    pub fn new(start: T) -> Self {
        Self { places: vec![start], present: 0, last_ms: f64::NEG_INFINITY }
    }

    /// Goes to `place` at `now_ms`. What was undone before is forgotten; a step soon after the
    /// last one replaces it.
    pub fn go(&mut self, place: T, now_ms: f64) {
        if self.places.get(self.present) == Some(&place) {
            return;
        }
        self.places.truncate(self.present + 1);
        let soon = now_ms - self.last_ms < SAME_STEP_MS && self.present > 0;
        self.last_ms = now_ms;
        if soon {
            self.places[self.present] = place;
            return;
        }
        self.places.push(place);
        let surplus = self.places.len().saturating_sub(KEPT);
        self.places.drain(..surplus);
        self.present = self.places.len() - 1;
    }

    /// The present place.
    pub fn present(&self) -> Option<&T> {
        self.places.get(self.present)
    }

    /// Replaces the present place by one that is no step of its own.
    pub fn amend(&mut self, place: T) {
        if let Some(present) = self.places.get_mut(self.present) {
            *present = place;
        }
    }

    /// The place before, which becomes the present one.
    pub fn undo(&mut self) -> Option<T> {
        self.last_ms = f64::NEG_INFINITY;
        self.present = self.present.checked_sub(1)?;
        self.places.get(self.present).cloned()
    }

    /// The place after, which becomes the present one.
    pub fn redo(&mut self) -> Option<T> {
        self.last_ms = f64::NEG_INFINITY;
        let next = self.places.get(self.present + 1).cloned()?;
        self.present += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_and_redo_walk_the_same_places() {
        let mut history = History::new(0);
        history.go(1, 0.0);
        history.go(2, 1000.0);
        assert_eq!(history.undo(), Some(1));
        assert_eq!(history.undo(), Some(0));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(1));
        assert_eq!(history.redo(), Some(2));
        assert_eq!(history.redo(), None);
    }

    #[test]
    fn steps_of_one_gesture_are_undone_together() {
        let mut history = History::new(0);
        for step in 1..10 {
            history.go(step, 1000.0 + f64::from(step) * 100.0);
        }
        assert_eq!(history.undo(), Some(0));
        assert_eq!(history.redo(), Some(9));
    }

    #[test]
    fn an_amended_place_is_no_step() {
        let mut history = History::new(0);
        history.go(1, 0.0);
        history.amend(2);
        assert_eq!(history.present(), Some(&2));
        assert_eq!((history.undo(), history.redo()), (Some(0), Some(2)));
    }

    #[test]
    fn a_step_after_undo_forgets_what_was_undone() {
        let mut history = History::new(0);
        history.go(1, 0.0);
        history.go(2, 1000.0);
        history.undo();
        history.go(5, 1100.0);
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo(), Some(1));
    }

    #[test]
    fn the_first_step_never_replaces_the_start() {
        let mut history = History::new(0);
        history.go(1, 0.0);
        history.go(2, 10.0);
        assert_eq!(history.undo(), Some(0));
    }

    #[test]
    fn old_places_are_dropped_and_undo_still_ends() {
        let mut history = History::new(0);
        for step in 1..1000 {
            history.go(step, f64::from(step) * 1000.0);
        }
        let mut steps = 0;
        while history.undo().is_some() {
            steps += 1;
        }
        assert_eq!(steps, KEPT - 1);
        assert_eq!(history.places[0], 1000 - KEPT as i32);
    }
}
