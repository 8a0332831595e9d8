//! The themes of pictures are the colours of the style sheet.

use std::collections::HashMap;

use taskscope_engine::scene::{Colour, FramePair, StatePair, Theme};

const TOKENS: &str = include_str!("../../viewer/style/tokens.css");

/// Custom properties of the block that begins at `start`.
fn properties(start: &str) -> HashMap<&'static str, &'static str> {
    let (_, block) = TOKENS.split_once(start).expect("the block of a theme");
    let (block, _) = block.split_once('}').expect("the end of a block");
    let pair = |declaration: &'static str| {
        let declaration = declaration.rsplit("*/").next()?;
        let (name, value) = declaration.split_once(':')?;
        Some((name.trim(), value.trim()))
    };
    block.split(';').filter_map(pair).collect()
}

/// `#rrggbb`, or `rgb(r g b / .a)`.
fn colour(text: &str) -> Colour {
    if let Some(hex) = text.strip_prefix('#') {
        return Colour(u32::from_str_radix(hex, 16).expect("six hex digits") << 8 | 0xff);
    }
    let inside = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')).expect("rgb(…)");
    let (rgb, alpha) = inside.split_once('/').expect("an alpha");
    let rgb = rgb.split_whitespace().fold(0, |sum, part| sum << 8 | part.parse::<u32>().expect("a number"));
    let alpha = (alpha.trim().parse::<f32>().expect("a number") * 255.0).round() as u32;
    Colour(rgb << 8 | alpha)
}

fn check(theme: &Theme, block: &str) {
    let tokens = properties(block);
    let token = |name: &str| colour(tokens.get(name).unwrap_or_else(|| panic!("{name} in {block}")));
    let pair = |fill: &str, text| FramePair { fill: token(fill), text: token(text) };
    let states = ["run", "ready", "sync", "net", "sleep", "sys", "gc", "unk"].map(|state| StatePair {
        fill: token(&format!("--st-{state}")),
        ink: token(&format!("--st-{state}-ink")),
        text: token(&format!("--st-{state}-fg")),
    });
    let expected = Theme {
        bg_app: token("--bg-app"),
        bg_panel: token("--bg-panel"),
        bg_active: token("--bg-active"),
        bg_selected: token("--bg-selected"),
        line: token("--line"),
        line_strong: token("--line-strong"),
        fg: token("--fg"),
        fg_2: token("--fg-2"),
        fg_3: token("--fg-3"),
        accent: token("--accent"),
        bad: token("--bad"),
        warn: token("--warn"),
        matched: pair("--match", "--match-fg"),
        dim: pair("--dim", "--dim-fg"),
        states,
        frames: [0, 1, 2, 3, 4, 5, 6].map(|number| pair(&format!("--fr-{number}"), "--fr-fg")),
        chart_line: token("--ch-line"),
        chart_fill: token("--ch-fill"),
        chart_goal: token("--ch-goal"),
        veil: token("--map-veil"),
    };
    assert_eq!(*theme, expected);
}

#[test]
fn light_is_the_style_sheets() {
    check(&Theme::light(), ":root {");
}

#[test]
fn dark_is_the_style_sheets() {
    check(&Theme::dark(), ":root[data-theme=\"dark\"] {");
}
