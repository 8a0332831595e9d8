//! Patterns with `*` and `?`.

/// Whether all of `text` is as `pattern` says: `*` stands for any characters, `?` for one.
///
/// Takes time in proportion to the product of both lengths at worst.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on with one more character under the last star.
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after, from)) = retry else { return false };
                retry = Some((after, from + 1));
                p = after;
                t = from + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|&rest| rest == b'*')
}

/// Whether a place `src/pool.rs:40:5` is one that `pattern` names: a path or its end, with line and
/// column or without.
pub(super) fn names_place(pattern: &str, file: &str, line: u32, column: u32) -> bool {
    let spellings = [file.to_owned(), format!("{file}:{line}"), format!("{file}:{line}:{column}")];
    let tail = format!("*/{pattern}");
    spellings.iter().any(|place| matches(pattern, place) || matches(&tail, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text) in
            [("", ""), ("*", ""), ("a*c", "abc"), ("a*c", "ac"), ("*b?", "abbc"), ("**", "x")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a*c", "abcd"), ("*b?", "ab"), ("abc", "ab")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn places_by_the_end_of_their_path() {
        for pattern in ["pool.rs", "pool.rs:40", "src/pool.rs:40:5", "src/*", "/work/src/pool.rs"] {
            assert!(names_place(pattern, "/work/src/pool.rs", 40, 5), "{pattern}");
        }
        for pattern in ["ool.rs", "pool.rs:4", "src/other.rs"] {
            assert!(!names_place(pattern, "/work/src/pool.rs", 40, 5), "{pattern}");
        }
    }
}
