//! The one table of keys: the listener, the help and the hints all read it.
//!
//! Letters are physical keys (`KeyboardEvent.code`), so `W A S D` lie together on every layout;
//! signs are what they write (`KeyboardEvent.key`).

use taskscope_engine::api::View;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Zoom in at the pointer or the focused box.
    ZoomIn,
    /// Zoom out.
    ZoomOut,
    /// Pan left.
    PanLeft,
    /// Pan right.
    PanRight,
    /// To the box on the left.
    Left,
    /// To the box on the right.
    Right,
    /// Zoom to the selection.
    ZoomToSelection,
    /// Fit everything.
    FitAll,
    /// Reset the flame graph's zoom.
    ResetZoom,
    /// Previous span in the lane.
    PreviousSpan,
    /// Next span in the lane.
    NextSpan,
    /// To the waker.
    ToWaker,
    /// To the woken.
    ToWoken,
    /// Lane or row up.
    Up,
    /// Lane or row down.
    Down,
    /// Details of the selection, or focus on it.
    Open,
    /// Close, then deselect, then clear the search.
    Back,
    /// To the search field.
    Search,
    /// Next hit.
    NextHit,
    /// Previous hit.
    PreviousHit,
    /// To the view of this number, from 1.
    View(u8),
    /// Flame graph from the leaves.
    BottomUp,
    /// Group lanes by the next thing.
    GroupBy,
    /// Sort lanes by the next thing.
    SortBy,
    /// Stacks and regions in lanes.
    Stacks,
    /// Mark the selected stretch of time, until the next mark.
    Mark,
    /// Mark it and keep the mark.
    KeepMark,
    /// Copy as issue text, or the stack.
    Copy,
    /// Go back to where one was.
    Undo,
    /// Go forth again.
    Redo,
    /// Choose files.
    OpenFile,
    /// Next theme.
    Theme,
    /// This list.
    Help,
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A physical key by its code: `KeyW`, `ArrowLeft`, `Enter`.
    Code(&'static str),
    /// The same with Shift.
    ShiftCode(&'static str),
    /// The same with Ctrl, or with Meta.
    CtrlCode(&'static str),
    /// The same with Ctrl, or with Meta, and Shift.
    CtrlShiftCode(&'static str),
    /// A sign, however it is typed.
    Sign(&'static str),
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Everywhere,
    /// In these views.
    Views(&'static [View]),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Keys that do it, the one to show first.
    pub keys: &'static [Key],
    /// How people read the keys, several with a space between; empty if another row says it.
    pub shown: &'static str,
    /// What it does, for the help.
    pub does: &'static str,
    /// The command.
    pub command: Command,
    /// Where it counts.
    pub scope: Scope,
}

use Key::{Code, CtrlCode, CtrlShiftCode, ShiftCode, Sign};
use Scope::{Everywhere, Views};

const CHARTS: Scope = Views(&[View::Timeline, View::Flame]);
const TIMELINE: Scope = Views(&[View::Timeline]);
const FLAME: Scope = Views(&[View::Flame]);
/// Views with rows, lanes or boxes to select.
const SELECTING: Scope =
    Views(&[View::Timeline, View::Flame, View::Goroutines, View::UserTasks, View::Leaks, View::Findings]);

/// All keys. A later row gives way to an earlier one with the same key in the same view.
pub const BINDINGS: &[Binding] = &[
    row(&[Code("KeyW"), Sign("+"), Sign("=")], "W +", "zoom in", Command::ZoomIn, CHARTS),
    row(&[Code("KeyS"), Sign("-"), Sign("\u{2212}")], "S \u{2212}", "zoom out", Command::ZoomOut, CHARTS),
    row(&[Code("KeyA"), Code("ArrowLeft")], "A ←", "pan left", Command::PanLeft, TIMELINE),
    row(&[Code("KeyD"), Code("ArrowRight")], "D →", "pan right", Command::PanRight, TIMELINE),
    row(&[Code("KeyA")], "A", "pan left", Command::PanLeft, FLAME),
    row(&[Code("KeyD")], "D", "pan right", Command::PanRight, FLAME),
    row(&[Code("ArrowLeft")], "←", "box on the left", Command::Left, FLAME),
    row(&[Code("ArrowRight")], "→", "box on the right", Command::Right, FLAME),
    row(&[Code("KeyF")], "F", "zoom to the selection", Command::ZoomToSelection, CHARTS),
    row(&[Code("Home")], "Home", "fit everything", Command::FitAll, CHARTS),
    row(&[Code("Digit0"), Code("Numpad0")], "0", "reset the zoom", Command::ResetZoom, FLAME),
    row(&[Sign(",")], ",", "previous span in the lane", Command::PreviousSpan, TIMELINE),
    row(&[Sign(".")], ".", "next span in the lane", Command::NextSpan, TIMELINE),
    row(&[Sign("[")], "[", "to the waker", Command::ToWaker, TIMELINE),
    row(&[Sign("]")], "]", "to the woken", Command::ToWoken, TIMELINE),
    row(&[Code("KeyK"), Code("ArrowUp")], "K ↑", "lane or row up", Command::Up, SELECTING),
    row(&[Code("KeyJ"), Code("ArrowDown")], "J ↓", "lane or row down", Command::Down, SELECTING),
    row(
        &[Code("Enter"), Code("NumpadEnter")],
        "Enter",
        "details, or zoom in on it",
        Command::Open,
        SELECTING,
    ),
    row(&[Code("KeyG")], "G", "group lanes by the next thing", Command::GroupBy, TIMELINE),
    row(&[Code("KeyL")], "L", "regions and stacks in lanes", Command::Stacks, TIMELINE),
    row(&[ShiftCode("KeyG")], "Shift G", "sort lanes by the next thing", Command::SortBy, TIMELINE),
    row(&[Code("KeyM")], "M", "mark the selected time", Command::Mark, TIMELINE),
    row(&[ShiftCode("KeyM")], "Shift M", "mark it and keep the mark", Command::KeepMark, TIMELINE),
    row(&[Code("KeyB")], "B", "top-down or bottom-up", Command::BottomUp, FLAME),
    row(&[Code("KeyC")], "C", "copy as issue text, or copy the stack", Command::Copy, SELECTING),
    row(&[CtrlCode("KeyZ")], "Ctrl Z", "back to where one was", Command::Undo, CHARTS),
    row(&[CtrlCode("KeyY"), CtrlShiftCode("KeyZ")], "Ctrl Y", "and forth again", Command::Redo, CHARTS),
    row(&[Sign("/")], "/", "search", Command::Search, Everywhere),
    row(&[Code("Escape")], "Esc", "close, then deselect, then clear the search", Command::Back, Everywhere),
    row(&[Code("Digit1")], "1 … 8", "to the view of that place", Command::View(1), Everywhere),
    row(&[Code("Digit2")], "", "", Command::View(2), Everywhere),
    row(&[Code("Digit3")], "", "", Command::View(3), Everywhere),
    row(&[Code("Digit4")], "", "", Command::View(4), Everywhere),
    row(&[Code("Digit5")], "", "", Command::View(5), Everywhere),
    row(&[Code("Digit6")], "", "", Command::View(6), Everywhere),
    row(&[Code("Digit7")], "", "", Command::View(7), Everywhere),
    row(&[Code("Digit8")], "", "", Command::View(8), Everywhere),
    row(&[Code("KeyO")], "O", "open files", Command::OpenFile, Everywhere),
    row(&[ShiftCode("KeyT")], "Shift T", "theme: system, light, dark", Command::Theme, Everywhere),
    row(&[Sign("?")], "?", "this list", Command::Help, Everywhere),
];

/// A key press as far as the table cares.
#[derive(Clone, Copy, Debug)]
pub struct Press<'a> {
    /// `KeyboardEvent.code`.
    pub code: &'a str,
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Shift is held.
    pub shift: bool,
    /// Ctrl or Meta is held.
    pub ctrl: bool,
    /// Alt is held: none of our keys has it.
    pub alt: bool,
}

/// The command of a key press while `view` is shown (`None`: the empty page).
pub fn find(press: Press<'_>, view: Option<View>) -> Option<Command> {
    if press.alt {
        return None;
    }
    let row =
        BINDINGS.iter().find(|row| row.scope.holds(view) && row.keys.iter().any(|key| key.is(press)))?;
    Some(row.command)
}

impl Scope {
    /// Whether it covers `view`.
    pub fn holds(self, view: Option<View>) -> bool {
        match self {
            Everywhere => true,
            Views(views) => view.is_some_and(|view| views.contains(&view)),
        }
    }
}

impl Key {
    fn is(self, press: Press<'_>) -> bool {
        let is = |code: &str, shift, ctrl| press.code == code && press.shift == shift && press.ctrl == ctrl;
        match self {
            Code(code) => is(code, false, false),
            ShiftCode(code) => is(code, true, false),
            CtrlCode(code) => is(code, false, true),
            CtrlShiftCode(code) => is(code, true, true),
            Sign(sign) => press.key == sign && !press.ctrl,
        }
    }
}

const fn row(
    keys: &'static [Key],
    shown: &'static str,
    does: &'static str,
    command: Command,
    scope: Scope,
) -> Binding {
    Binding { keys, shown, does, command, scope }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press<'a>(code: &'a str, key: &'a str) -> Press<'a> {
        Press { code, key, shift: false, ctrl: false, alt: false }
    }

    #[test]
    fn letters_are_physical_and_signs_are_written() {
        // W's place on a French keyboard writes a z.
        assert_eq!(find(press("KeyW", "z"), Some(View::Timeline)), Some(Command::ZoomIn));
        let slash = Press { shift: true, ..press("Digit7", "/") };
        assert_eq!(find(slash, None), Some(Command::Search));
    }

    #[test]
    fn keys_count_where_they_mean_something() {
        assert_eq!(find(press("KeyW", "w"), Some(View::Leaks)), None);
        assert_eq!(find(press("KeyJ", "j"), Some(View::Leaks)), Some(Command::Down));
        assert_eq!(find(press("KeyO", "o"), None), Some(Command::OpenFile));
    }

    #[test]
    fn the_browsers_own_keys_are_left_alone() {
        let copy = Press { ctrl: true, ..press("KeyC", "c") };
        assert_eq!(find(copy, Some(View::Leaks)), None);
        let zoom = Press { ctrl: true, ..press("Equal", "+") };
        assert_eq!(find(zoom, Some(View::Timeline)), None);
        let shouted = Press { shift: true, ..press("KeyC", "C") };
        assert_eq!(find(shouted, Some(View::Leaks)), None);
    }

    #[test]
    fn going_back_takes_ctrl() {
        let undo = Press { ctrl: true, ..press("KeyZ", "z") };
        assert_eq!(find(undo, Some(View::Timeline)), Some(Command::Undo));
        assert_eq!(find(Press { shift: true, ..undo }, Some(View::Flame)), Some(Command::Redo));
        assert_eq!(find(undo, Some(View::Leaks)), None);
        assert_eq!(find(Press { alt: true, ..undo }, Some(View::Timeline)), None);
    }

    #[test]
    fn no_key_has_two_meanings_in_one_view() {
        for view in crate::views::TABS {
            let rows: Vec<_> = BINDINGS.iter().filter(|row| row.scope.holds(Some(view))).collect();
            let mut keys: Vec<_> = rows.iter().flat_map(|row| row.keys).collect();
            let all = keys.len();
            keys.sort_by_key(|key| format!("{key:?}"));
            keys.dedup();
            assert_eq!(keys.len(), all, "in {view:?}");
        }
    }
}
