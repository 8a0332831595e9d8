//! Which compiler made the program, and who answers.

/// One line.
pub(super) fn text() -> String {
    format!("taskscope-agent {}\n", env!("CARGO_PKG_VERSION"))
}
