//! Which row of a list is selected, and the keys that change it.

use yew::prelude::*;

use super::use_commands;
use crate::commands::Command;

/// The selected row, and whether its details are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// Number of the row.
    pub row: Option<u32>,
    /// Whether its details are shown.
    pub open: bool,
}

impl Picked {
    /// This row with its details.
    pub fn row(row: u32) -> Self {
        Self { row: Some(row), open: true }
    }

    /// The row whose details are shown.
    pub fn shown(self) -> Option<u32> {
        self.row.filter(|_| self.open)
    }

    /// The same row with its details closed.
    pub fn closed(self) -> Self {
        Self { open: false, ..self }
    }

    /// After a key in a list of `count` rows; `None` if the key is not for it.
    pub fn after(self, command: Command, count: u32) -> Option<Self> {
        let last = count.checked_sub(1)?;
        let to = |row: Option<u32>| Self { row: row.or(Some(0)), ..self };
        Some(match command {
            Command::Down | Command::NextHit => to(self.row.map(|row| row.saturating_add(1).min(last))),
            Command::Up | Command::PreviousHit => to(self.row.map(|row| row.saturating_sub(1).min(last))),
            Command::Open if self.row.is_some() => Self { open: true, ..self },
            Command::Back if self.shown().is_some() => self.closed(),
            Command::Back if self.row.is_some() => Self::default(),
            _ => return None,
        })
    }
}

/// Lets keys change what is picked among `count` rows; `copy` is told to copy the picked one.
#[hook]
pub fn use_row_keys(count: u32, picked: Picked, pick: &Callback<Picked>, copy: &Callback<u32>) {
    let deps = (count, picked, pick.clone(), copy.clone());
    let handler = use_callback(deps, |command, (count, picked, pick, copy)| {
        match (command, picked.row, picked.after(command, *count)) {
            (Command::Copy, Some(row), _) => copy.emit(row),
            (_, _, Some(next)) => pick.emit(next),
            _ => return false,
        }
        true
    });
    use_commands(handler);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_walk_the_rows_and_close_what_is_open() {
        let none = Picked::default();
        let first = none.after(Command::Down, 3).unwrap();
        assert_eq!(first.row, Some(0));
        assert_eq!(first.after(Command::Up, 3).unwrap().row, Some(0));
        let last = Picked::row(2);
        assert_eq!(last.after(Command::Down, 3).unwrap().row, Some(2));
        let closed = last.after(Command::Back, 3).unwrap();
        assert_eq!((closed.row, closed.shown()), (Some(2), None));
        assert_eq!(closed.after(Command::Open, 3), Some(last));
        assert_eq!(closed.after(Command::Back, 3), Some(none));
        assert_eq!(none.after(Command::Back, 3), None);
        assert_eq!(none.after(Command::Down, 0), None);
    }
}
