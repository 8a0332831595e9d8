//! From pointers and wheels to intentions: a reducer without a browser.
//!
//! Positions are CSS px from the canvas's top left, times are ms.

/// Further than this from where it went down, a pointer drags.
const DRAG_PX: f64 = 4.0;
/// Two clicks within this time are a double click.
const DOUBLE_MS: f64 = 400.0;
/// And within this distance.
const DOUBLE_PX: f64 = 8.0;
/// How much a px of the wheel zooms, as an exponent.
const WHEEL_ZOOM: f64 = 0.0022;

/// What dragging with the primary button does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drag {
    /// Selects a range; with Shift it pans.
    #[default]
    Range,
    /// Pans.
    Pan,
}

/// Where a pointer is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// Modifier keys that gestures know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mods {
    /// Shift.
    pub shift: bool,
    /// Ctrl, or Cmd.
    pub ctrl: bool,
}

/// What happened to a pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// It went down.
    Down {
        /// Which pointer.
        id: i32,
        /// Where.
        at: Point,
        /// Whether it is a finger.
        touch: bool,
        /// Modifier keys.
        mods: Mods,
    },
    /// It moved.
    Move {
        /// Which pointer.
        id: i32,
        /// Where to.
        at: Point,
    },
    /// It went up.
    Up {
        /// Which pointer.
        id: i32,
        /// When.
        now_ms: f64,
    },
    /// The system took it away.
    Cancel {
        /// Which pointer.
        id: i32,
    },
    /// No pointer is over the canvas any more.
    Leave,
    /// The wheel turned; a trackpad's pinch arrives as a wheel with Ctrl.
    Wheel {
        /// Where the pointer is.
        at: Point,
        /// Horizontal px.
        dx: f64,
        /// Vertical px.
        dy: f64,
        /// Modifier keys.
        mods: Mods,
    },
}

/// What is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    /// The pointer rests over a place, or over none.
    Hover(Option<Point>),
    /// A click or tap.
    Click(Point),
    /// A double click or tap; a `Click` came before.
    DoubleClick(Point),
    /// A range is being dragged, from a place to a place.
    Range(Point, Point),
    /// The range is final.
    RangeEnd(Point, Point),
    /// What is shown moves by px, with the pointer.
    Pan(f64, f64),
    /// Zoom at px `x` by a factor; above 1 is closer.
    Zoom(f64, f64),
    /// A drag, pinch or turn of the wheel is over for now.
    Settle,
}

/// Pointers that are down, and the gesture they make.
#[derive(Clone, Debug, Default)]
pub struct Recognizer {
    drag: Drag,
    pointers: Vec<Pointer>,
    mode: Mode,
    last_click: Option<(Point, f64)>,
}

#[derive(Clone, Copy, Debug)]
struct Pointer {
    id: i32,
    down: Point,
    at: Point,
    pans: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// Nothing, or a press that may become a click.
    #[default]
    Press,
    Range,
    Pan,
    Pinch,
    /// Fingers that remain after a pinch do nothing until all are up.
    Spent,
}

impl Recognizer {
    /// A recognizer whose primary button does `drag`.
    pub fn new(drag: Drag) -> Self {
        Self { drag, ..Self::default() }
    }

    /// Whether a drag or pinch is under way.
    pub fn is_busy(&self) -> bool {
        !matches!(self.mode, Mode::Press)
    }

    /// Takes one input and gives what it means, in order.
    pub fn take(&mut self, input: Input) -> Vec<Gesture> {
        match input {
            Input::Down { id, at, touch, mods } => self.down(id, at, touch, mods),
            Input::Move { id, at } => self.moved(id, at),
            Input::Up { id, now_ms } => self.up(id, now_ms),
            Input::Cancel { id } => self.cancel(id),
            Input::Leave if self.pointers.is_empty() => vec![Gesture::Hover(None)],
            Input::Leave => Vec::new(),
            Input::Wheel { at, dx, dy, mods } => wheel(at, dx, dy, mods),
        }
    }

    fn down(&mut self, id: i32, at: Point, touch: bool, mods: Mods) -> Vec<Gesture> {
        self.pointers.retain(|pointer| pointer.id != id);
        let pans = touch || mods.shift || self.drag == Drag::Pan;
        self.pointers.push(Pointer { id, down: at, at, pans });
        match (self.pointers.len(), self.mode) {
            (1, _) => self.mode = Mode::Press,
            (2, Mode::Press | Mode::Pan) => self.mode = Mode::Pinch,
            _ => {}
        }
        vec![Gesture::Hover(None)]
    }

    fn moved(&mut self, id: i32, at: Point) -> Vec<Gesture> {
        let Some(index) = self.pointers.iter().position(|pointer| pointer.id == id) else {
            return if self.pointers.is_empty() { vec![Gesture::Hover(Some(at))] } else { Vec::new() };
        };
        let before = self.pointers[index];
        self.pointers[index].at = at;
        if self.mode == Mode::Press && distance(before.down, at) > DRAG_PX {
            self.mode = if before.pans { Mode::Pan } else { Mode::Range };
        }
        match self.mode {
            Mode::Range => vec![Gesture::Range(before.down, at)],
            Mode::Pan => vec![Gesture::Pan(at.x - before.at.x, at.y - before.at.y)],
            Mode::Pinch => self.pinched(index, before.at),
            Mode::Press | Mode::Spent => Vec::new(),
        }
    }

    /// One of two fingers moved from `before`: what is between them follows their middle.
    fn pinched(&self, index: usize, before: Point) -> Vec<Gesture> {
        let [a, b] = [index, 1 - index.min(1)].map(|at| self.pointers.get(at));
        let (Some(moved), Some(other)) = (a, b) else { return Vec::new() };
        let middle = (moved.at.x + other.at.x) / 2.0;
        let pan = Gesture::Pan((moved.at.x - before.x) / 2.0, (moved.at.y - before.y) / 2.0);
        let (old, new) = ((before.x - other.at.x).abs(), (moved.at.x - other.at.x).abs());
        let apart = old > 24.0 && new > 24.0;
        if apart { vec![pan, Gesture::Zoom(middle, new / old)] } else { vec![pan] }
    }

    fn up(&mut self, id: i32, now_ms: f64) -> Vec<Gesture> {
        let Some(index) = self.pointers.iter().position(|pointer| pointer.id == id) else {
            return Vec::new();
        };
        let pointer = self.pointers.remove(index);
        let out = match self.mode {
            Mode::Press => self.click(pointer.down, now_ms),
            Mode::Range => vec![Gesture::RangeEnd(pointer.down, pointer.at), Gesture::Settle],
            Mode::Pan | Mode::Pinch => vec![Gesture::Settle],
            Mode::Spent => Vec::new(),
        };
        self.mode = if self.pointers.is_empty() { Mode::Press } else { Mode::Spent };
        out
    }

    fn cancel(&mut self, id: i32) -> Vec<Gesture> {
        self.pointers.retain(|pointer| pointer.id != id);
        self.mode = if self.pointers.is_empty() { Mode::Press } else { Mode::Spent };
        vec![Gesture::Settle]
    }

    fn click(&mut self, at: Point, now_ms: f64) -> Vec<Gesture> {
        let double = self
            .last_click
            .is_some_and(|(last, then)| now_ms - then < DOUBLE_MS && distance(last, at) < DOUBLE_PX);
        self.last_click = (!double).then_some((at, now_ms));
        if double { vec![Gesture::DoubleClick(at)] } else { vec![Gesture::Click(at)] }
    }
}

fn wheel(at: Point, dx: f64, dy: f64, mods: Mods) -> Vec<Gesture> {
    if mods.ctrl {
        return vec![Gesture::Zoom(at.x, (-dy * WHEEL_ZOOM).exp()), Gesture::Settle];
    }
    // Browsers turn Shift+wheel into a horizontal one on some systems only.
    let (dx, dy) = if mods.shift && dx == 0.0 { (dy, 0.0) } else { (dx, dy) };
    vec![Gesture::Pan(-dx, -dy), Gesture::Settle]
}

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    fn down(id: i32, x: f64, touch: bool, shift: bool) -> Input {
        Input::Down { id, at: at(x, 10.0), touch, mods: Mods { shift, ctrl: false } }
    }

    fn play(drag: Drag, inputs: &[Input]) -> Vec<Gesture> {
        let mut recognizer = Recognizer::new(drag);
        let all: Vec<_> = inputs.iter().flat_map(|&input| recognizer.take(input)).collect();
        all.into_iter().filter(|gesture| *gesture != Gesture::Hover(None)).collect()
    }

    #[test]
    fn a_press_that_hardly_moves_is_a_click() {
        let gestures = play(
            Drag::Range,
            &[
                down(1, 50.0, false, false),
                Input::Move { id: 1, at: at(52.0, 11.0) },
                Input::Up { id: 1, now_ms: 0.0 },
            ],
        );
        assert_eq!(gestures, [Gesture::Click(at(50.0, 10.0))]);
    }

    #[test]
    fn two_quick_clicks_are_a_click_and_a_double_click() {
        let press = [down(1, 50.0, false, false), Input::Up { id: 1, now_ms: 0.0 }];
        let again = [down(1, 51.0, false, false), Input::Up { id: 1, now_ms: 200.0 }];
        let third = [down(1, 51.0, false, false), Input::Up { id: 1, now_ms: 300.0 }];
        let gestures = play(Drag::Range, &[press, again, third].concat());
        let there = at(51.0, 10.0);
        assert_eq!(
            gestures,
            [Gesture::Click(at(50.0, 10.0)), Gesture::DoubleClick(there), Gesture::Click(there)]
        );
    }

    #[test]
    fn dragging_selects_and_with_shift_pans() {
        let drag = |shift| {
            [
                down(1, 50.0, false, shift),
                Input::Move { id: 1, at: at(80.0, 10.0) },
                Input::Up { id: 1, now_ms: 0.0 },
            ]
        };
        assert_eq!(
            play(Drag::Range, &drag(false)),
            [
                Gesture::Range(at(50.0, 10.0), at(80.0, 10.0)),
                Gesture::RangeEnd(at(50.0, 10.0), at(80.0, 10.0)),
                Gesture::Settle
            ]
        );
        let panned = [Gesture::Pan(30.0, 0.0), Gesture::Settle];
        assert_eq!(play(Drag::Range, &drag(true)), panned);
        assert_eq!(play(Drag::Pan, &drag(false)), panned);
    }

    #[test]
    fn two_fingers_zoom_about_their_middle_and_end_without_a_click() {
        let gestures = play(
            Drag::Range,
            &[
                down(1, 100.0, true, false),
                down(2, 200.0, true, false),
                Input::Move { id: 2, at: at(300.0, 10.0) },
                Input::Up { id: 2, now_ms: 10.0 },
                Input::Move { id: 1, at: at(180.0, 10.0) },
                Input::Up { id: 1, now_ms: 20.0 },
            ],
        );
        assert_eq!(gestures, [Gesture::Pan(50.0, 0.0), Gesture::Zoom(200.0, 2.0), Gesture::Settle]);
    }

    #[test]
    fn a_lone_finger_pans() {
        let gestures =
            play(Drag::Range, &[down(1, 100.0, true, false), Input::Move { id: 1, at: at(100.0, 60.0) }]);
        assert_eq!(gestures, [Gesture::Pan(0.0, 50.0)]);
    }

    #[test]
    fn the_wheel_scrolls_pans_with_shift_and_zooms_with_ctrl() {
        let wheel = |shift, ctrl| {
            let mods = Mods { shift, ctrl };
            Recognizer::default().take(Input::Wheel { at: at(5.0, 0.0), dx: 0.0, dy: 100.0, mods })[0]
        };
        assert_eq!(wheel(false, false), Gesture::Pan(0.0, -100.0));
        assert_eq!(wheel(true, false), Gesture::Pan(-100.0, 0.0));
        let Gesture::Zoom(x, factor) = wheel(false, true) else { panic!("Ctrl and wheel do not zoom") };
        assert_eq!(x, 5.0);
        assert!(factor < 1.0);
    }

    #[test]
    fn a_pointer_that_is_not_down_hovers() {
        assert_eq!(
            play(Drag::Range, &[Input::Move { id: 1, at: at(3.0, 4.0) }]),
            [Gesture::Hover(Some(at(3.0, 4.0)))]
        );
    }

    #[test]
    fn a_cancelled_drag_leaves_nothing_behind() {
        let mut recognizer = Recognizer::new(Drag::Range);
        recognizer.take(down(1, 0.0, false, false));
        recognizer.take(Input::Move { id: 1, at: at(90.0, 0.0) });
        assert!(recognizer.is_busy());
        assert_eq!(recognizer.take(Input::Cancel { id: 1 }), [Gesture::Settle]);
        assert!(!recognizer.is_busy());
    }
}
