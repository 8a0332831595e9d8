//! Text tables: columns aligned by the width that people see.

use anstyle::{AnsiColor, Style};

/// Headings and what matters first.
pub const BOLD: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();

/// What asks for attention.
pub const WARNING: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))).bold();

/// Which side of a column the text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Lines of aligned cells, two spaces apart, no space at line ends.
pub fn align(sides: &[Side], rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> =
        (0..sides.len()).map(|column| rows.iter().map(|row| width(row, column)).max().unwrap_or(0)).collect();
    rows.iter().map(|row| line(sides, &widths, row)).collect()
}

/// Aligned lines as one text, of which the first row is the head and dim.
pub fn headed(sides: &[Side], rows: &[Vec<String>]) -> String {
    let lines = align(sides, rows).into_iter().enumerate();
    lines.map(|(row, line)| if row == 0 { format!("{DIM}{line}{DIM:#}\n") } else { line + "\n" }).collect()
}

/// A bar of up to 30 characters for a share of 1, in eighths; whatever is not nought shows.
pub fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * 240.0).ceil() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// A line of bars, one a value, the greatest of full height; what is not nought shows.
pub fn spark(values: &[u32]) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = u64::from(values.iter().copied().max().unwrap_or(0)).max(1);
    values.iter().map(|&value| HEIGHTS[(u64::from(value) * 8).div_ceil(most) as usize]).collect()
}

fn width(row: &[String], column: usize) -> usize {
    row.get(column).map_or(0, |cell| cell.chars().count())
}

fn line(sides: &[Side], widths: &[usize], row: &[String]) -> String {
    let cells = row.iter().zip(sides).zip(widths).map(|((cell, side), &width)| match side {
        Side::Left => format!("{cell:<width$}"),
        Side::Right => format!("{cell:>width$}"),
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_whatever_is_there() {
        assert_eq!((bar(0.0), bar(1e-9), bar(0.05)), (String::new(), "▏".into(), "█▌".into()));
        assert_eq!(bar(7.0).chars().count(), 30);
        assert_eq!((spark(&[0, 1, 50, 100]), spark(&[0])), (" ▁▄█".into(), " ".into()));
    }

    #[test]
    fn columns_line_up() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let lines = align(&[Side::Right, Side::Left], &[row(["1", "größe"]), row(["1000", "b"])]);
        assert_eq!(lines, ["   1  größe", "1000  b"]);
    }
}
