//! Which theme people chose, and which one that means.

/// What was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The theme in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThemeName {
    /// Light.
    #[default]
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// The next one when the theme button is pressed.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// How it is kept in the browser and in `<html data-theme>`.
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice kept as `key`; the system's for anything else.
    pub fn from_key(key: &str) -> Self {
        match key {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The theme it means on a system that prefers dark, or does not.
    pub fn resolve(self, system_dark: bool) -> ThemeName {
        match self {
            Self::Light => ThemeName::Light,
            Self::Dark => ThemeName::Dark,
            Self::System if system_dark => ThemeName::Dark,
            Self::System => ThemeName::Light,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_goes_round_and_keys_are_kept() {
        let mut choice = ThemeChoice::System;
        for _ in 0..3 {
            assert_eq!(ThemeChoice::from_key(choice.key()), choice);
            choice = choice.next();
        }
        assert_eq!(choice, ThemeChoice::System);
    }

    #[test]
    fn only_the_systems_choice_follows_the_system() {
        assert_eq!(ThemeChoice::System.resolve(true), ThemeName::Dark);
        assert_eq!(ThemeChoice::System.resolve(false), ThemeName::Light);
        assert_eq!(ThemeChoice::Light.resolve(true), ThemeName::Light);
        assert_eq!(ThemeChoice::from_key("<script>"), ThemeChoice::System);
    }
}
