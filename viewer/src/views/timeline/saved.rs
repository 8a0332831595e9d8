//! The timeline's state as the page's address has it: readable keys, read with tolerance.

use taskscope_engine::api::{LaneColumn, LaneGrouping, LaneSort};

use super::area::{Area, Marks};
use super::place::{Clock, Layout, Place};
use super::steps::Step;
use crate::url::{stretch, stretch_text};

/// Keys of lanes have their kind in the top byte.
const KIND_SHIFT: u32 = 56;
/// The most lanes or marks that are written.
const MOST: usize = 64;
/// Names of groupings.
const GROUPINGS: [(LaneGrouping, &str); 3] =
    [(LaneGrouping::Entry, "entry"), (LaneGrouping::Parent, "parent"), (LaneGrouping::Flat, "flat")];

/// Orders of lanes: what the address calls them, and what people read.
pub const COLUMNS: [(LaneColumn, &str, &str); 14] = [
    (LaneColumn::Running, "running", "running"),
    (LaneColumn::Name, "name", "name"),
    (LaneColumn::Id, "id", "id"),
    (LaneColumn::Created, "created", "created"),
    (LaneColumn::Total, "total", "life"),
    (LaneColumn::Ready, "ready", "ready"),
    (LaneColumn::Syscall, "syscall", "syscall"),
    (LaneColumn::Blocked, "blocked", "blocked"),
    (LaneColumn::Sync, "sync", "blocked: sync"),
    (LaneColumn::Network, "network", "blocked: network"),
    (LaneColumn::Sleep, "sleep", "sleep"),
    (LaneColumn::GcWait, "gc", "blocked by GC"),
    (LaneColumn::Assist, "assist", "GC assist"),
    (LaneColumn::Spans, "spans", "spans"),
];

/// Keys and values; an empty value is one that need not be kept.
type Pairs = Vec<(&'static str, String)>;

/// What is shown, and what is marked, as pairs.
pub fn pairs(step: &Step, marks: &Marks) -> Pairs {
    let Step { place, layout, span, area } = step;
    let window = place.window;
    let shown = if window.is_all() { String::new() } else { stretch_text(window.lo, window.hi()) };
    let grouping = GROUPINGS.iter().find(|(grouping, _)| *grouping == layout.grouping);
    let grouping = grouping.filter(|(grouping, _)| *grouping != LaneGrouping::default());
    let area_text = area.as_ref().map(|area| stretch_text(area.lo, area.hi)).unwrap_or_default();
    vec![
        ("window", shown),
        ("scroll", if place.scroll > 0.0 { format!("{:.0}", place.scroll) } else { String::new() }),
        ("group", grouping.map_or("", |(_, name)| name).into()),
        ("sort", sort_text(layout.sort)),
        ("stacks", if layout.stacks { "1".into() } else { String::new() }),
        ("filter", layout.filter.clone()),
        ("toggled", keys_text(&layout.toggled)),
        ("span", span.map(|span| span.to_string()).unwrap_or_default()),
        ("area", area_text),
        ("lanes", area.as_ref().map(|area| keys_text(&area.lanes)).unwrap_or_default()),
        ("marks", joined(marks.kept.iter().map(|&(lo, hi)| stretch_text(lo, hi)))),
    ]
}

/// What pairs say; `get` gives the value of a key. What is missing or nonsense is as in a file just opened.
pub fn read(get: impl Fn(&str) -> Option<String>, clock: Clock) -> (Step, Marks) {
    let all = Place::all(clock);
    let inside = |text: &str| stretch(text).filter(|&(lo, _)| lo < clock.full());
    let window = get("window").and_then(|text| inside(&text));
    let scroll = get("scroll").and_then(|text| text.parse().ok()).filter(|px: &f64| px.is_finite());
    let place = Place {
        window: window.map_or(all.window, |(lo, hi)| all.window.to(lo, hi)),
        scroll: scroll.unwrap_or(0.0).clamp(0.0, 1e9),
    };
    let grouping = get("group").and_then(|name| GROUPINGS.iter().find(|(_, known)| *known == name));
    let layout = Layout {
        grouping: grouping.map(|(grouping, _)| *grouping).unwrap_or_default(),
        sort: get("sort").map(|text| sort(&text)).unwrap_or_default(),
        stacks: get("stacks").is_some_and(|text| text != "0"),
        toggled: get("toggled").map(|text| keys(&text)).unwrap_or_default(),
        filter: get("filter").unwrap_or_default(),
        ..Layout::default()
    };
    let lanes = get("lanes").map(|text| keys(&text)).unwrap_or_default();
    let area = get("area").and_then(|text| inside(&text));
    let area = area.map(|(lo, hi)| Area { lo, hi: hi.min(clock.full()), lanes });
    let span = get("span").and_then(|text| text.parse().ok());
    let marks = get("marks").unwrap_or_default();
    let kept = marks.split(',').take(MOST).filter_map(inside).collect();
    (Step { place, layout, span, area }, Marks { passing: None, kept })
}

/// An order of lanes: `ready`, `-name` for the other way round.
fn sort_text(sort: LaneSort) -> String {
    if sort == LaneSort::default() {
        return String::new();
    }
    let key = COLUMNS.iter().find(|column| column.0 == sort.column).map_or("", |column| column.1);
    format!("{}{key}", if sort.reversed { "-" } else { "" })
}

fn sort(text: &str) -> LaneSort {
    let key = text.trim_start_matches('-');
    let column = COLUMNS.iter().find(|column| column.1 == key).map(|column| column.0);
    LaneSort { column: column.unwrap_or_default(), reversed: text.starts_with('-') && column.is_some() }
}

/// Keys of lanes: `8.57,6.3`.
fn keys_text(keys: &[u64]) -> String {
    joined(keys.iter().map(|key| format!("{}.{}", key >> KIND_SHIFT, key & ((1 << KIND_SHIFT) - 1))))
}

fn keys(text: &str) -> Vec<u64> {
    let key = |text: &str| {
        let (kind, row) = text.split_once('.')?;
        let (kind, row): (u8, u64) = (kind.parse().ok()?, row.parse().ok()?);
        (row >> KIND_SHIFT == 0).then_some(u64::from(kind) << KIND_SHIFT | row)
    };
    text.split(',').take(MOST).filter_map(key).collect()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.take(MOST).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { start_ns: 7, end_ns: 1_000_000_007 };

    fn back(pairs: &Pairs) -> (Step, Marks) {
        read(|key| pairs.iter().find(|(other, _)| *other == key).map(|(_, value)| value.clone()), CLOCK)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let all = Place::all(CLOCK);
        let layout = Layout {
            grouping: LaneGrouping::Flat,
            toggled: vec![6 << 56 | 3, 9],
            sort: LaneSort { column: LaneColumn::GcWait, reversed: true },
            stacks: true,
            filter: "/net|main/".into(),
            ..Layout::default()
        };
        let area = Area { lo: 2e6, hi: 3e6, lanes: vec![8 << 56 | 57] };
        let place = Place { window: all.window.to(1e6, 9e6), scroll: 340.0 };
        let step = Step { place, layout, span: Some(4711), area: Some(area) };
        let marks = Marks { passing: None, kept: vec![(1e6, 2e6), (5.0, 7.0)] };
        let written = pairs(&step, &marks);
        assert_eq!(back(&written), (step, marks));
        assert!(written.contains(&("window", "0.001-0.009".into())), "{written:?}");
        assert!(written.contains(&("sort", "-gc".into())), "{written:?}");
        assert!(written.contains(&("lanes", "8.57".into())), "{written:?}");
    }

    #[test]
    fn what_is_as_at_first_is_not_written() {
        let step = Step::new(Place::all(CLOCK), Layout::default());
        assert!(pairs(&step, &Marks::default()).iter().all(|(_, value)| value.is_empty()));
        assert_eq!(read(|_| None, CLOCK), (step, Marks::default()));
    }

    #[test]
    fn nonsense_is_as_at_first() {
        let nonsense = |key: &str| {
            let value = match key {
                "window" => "7-9",
                "scroll" => "nan",
                "lanes" | "toggled" => "300.1,8.-1,8.99999999999999999,x",
                "area" => "0.5-900",
                "span" => "-1",
                "marks" => ",,5,9-8",
                _ => "what",
            };
            Some(value.to_owned())
        };
        let (step, marks) = read(nonsense, CLOCK);
        assert_eq!((step.place, step.span, marks), (Place::all(CLOCK), None, Marks::default()));
        assert!(step.layout.toggled.is_empty());
        assert_eq!(step.area.map(|area| (area.hi, area.lanes)), Some((1e9, vec![])));
    }
}
