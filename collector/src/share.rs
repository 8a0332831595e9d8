//! Shares of time as text: a bar of characters, one a state, and histograms of durations.

use anstyle::{AnsiColor, Style};
use taskscope_engine::api::{Durations, Mark};
use taskscope_engine::units;

use crate::table;

/// Characters of a bar.
const WIDTH: u32 = 72;

/// The character and style of a state: told apart without colour, too.
fn glyph(mark: Mark) -> (char, Style) {
    let (glyph, colour) = match mark {
        Mark::Running | Mark::Run => ('█', AnsiColor::Green),
        Mark::Ready => ('▓', AnsiColor::Yellow),
        Mark::Sync => ('░', AnsiColor::Magenta),
        Mark::Network => ('▒', AnsiColor::Blue),
        Mark::Sleep => ('·', AnsiColor::White),
        Mark::Syscall => ('=', AnsiColor::Red),
        Mark::Gc | Mark::Sweep => ('/', AnsiColor::Cyan),
        Mark::StopTheWorld => ('!', AnsiColor::Red),
        Mark::Unknown | Mark::Tick | Mark::Match => ('?', AnsiColor::White),
    };
    (glyph, Style::new().fg_color(Some(colour.into())))
}

/// One character in its style.
pub fn swatch(mark: Mark) -> String {
    let (glyph, style) = glyph(mark);
    format!("{style}{glyph}{style:#}")
}

/// A bar of states by their times, as wide as the whole.
pub fn bar(parts: &[(Mark, u64)]) -> String {
    let times: Vec<u64> = parts.iter().map(|&(_, ns)| ns).collect();
    let widths = units::largest_remainder(&times, WIDTH);
    let part = |(&(mark, _), width): (&(Mark, u64), u32)| {
        let (glyph, style) = glyph(mark);
        format!("{style}{}{style:#}", String::from(glyph).repeat(width as usize))
    };
    parts.iter().zip(widths).filter(|&(_, width)| width > 0).map(part).collect()
}

/// A histogram in one line, `1.58 ms ▂▁█▅ 10 ms`: five buckets a decade, empty ones left blank.
pub fn histogram(durations: &Durations) -> String {
    let (Some(&from), Some(&to)) = (durations.edges_ns.first(), durations.edges_ns.last()) else {
        return String::new();
    };
    format!("{} {} {}", short(from), table::spark(&durations.buckets), short(to))
}

/// A duration of three digits: edges of buckets need no more.
fn short(ns: u64) -> String {
    let scale = 10_u64.pow(ns.max(1).ilog10().saturating_sub(2));
    units::duration(ns / scale * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_wide_as_the_whole() {
        let text = anstream::adapter::strip_str(&bar(&[(Mark::Running, 1), (Mark::Sync, 3)])).to_string();
        assert_eq!(text, format!("{}{}", "█".repeat(18), "░".repeat(54)));
        assert_eq!(bar(&[]), "");
    }

    #[test]
    fn histograms_have_their_ends() {
        let durations = Durations {
            edges_ns: vec![1_584_894, 2_511_887, 3_981_072, 6_309_574],
            buckets: vec![1, 0, 8],
            ..Durations::default()
        };
        assert_eq!(histogram(&durations), "1.58 ms ▁ █ 6.3 ms");
        assert_eq!(histogram(&Durations::default()), "");
    }
}
