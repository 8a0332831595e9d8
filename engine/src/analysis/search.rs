//! What people type into a search field: text, found in any case, or a regular expression as `/…/`.

use regex_lite::{Regex, RegexBuilder};

/// A search that can be asked about names.
#[derive(Clone, Debug, Default)]
pub enum Matcher {
    /// An empty field.
    #[default]
    Empty,
    /// Lower-cased text that a name must contain in any case.
    Text(String),
    /// A regular expression that must match somewhere in a name.
    Regex(Box<Regex>),
}

impl Matcher {
    /// Reads a search field. A bad regular expression gives a sentence that says why.
    pub fn new(field: &str) -> Result<Self, String> {
        let field = field.trim();
        if field.is_empty() {
            return Ok(Self::Empty);
        }
        match field.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some("") | None => Ok(Self::Text(field.to_lowercase())),
            Some(pattern) => match RegexBuilder::new(pattern).size_limit(1 << 20).build() {
                Ok(regex) => Ok(Self::Regex(Box::new(regex))),
                Err(error) => Err(format!("This is not a regular expression: {error}.")),
            },
        }
    }

    /// Whether `name` matches. An empty search matches nothing; tables that it filters show all.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Empty => false,
            Self::Text(text) => contains_in_any_case(name, text),
            Self::Regex(regex) => regex.is_match(name),
        }
    }

    /// Whether the search field is empty.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

fn contains_in_any_case(name: &str, lower: &str) -> bool {
    if name.is_ascii() {
        let (name, lower) = (name.as_bytes(), lower.as_bytes());
        return name.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower));
    }
    name.to_lowercase().contains(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_regular_expressions() {
        let matches = |field: &str, name: &str| Matcher::new(field).unwrap().matches(name);
        assert!(matches("postings", "main.(*Postings).Next"));
        assert!(matches("ÄB", "main.äb"));
        assert!(!matches("", "main.main"));
        assert!(matches("/^main\\./", "main.main"));
        assert!(!matches("/^Main/", "main.main"));
        assert!(matches("net/http", "net/http.f"));
        assert!(matches("/", "net/http.f"));
        assert!(matches("//", "a//b"));
        assert!(Matcher::new("/(/").unwrap_err().contains("regular expression"));
        assert!(Matcher::new("/((a{1000}){1000}){1000}/").is_err());
    }
}
