//! The tables of types.

use std::cmp::Reverse;

use taskscope_proto::Dataset;

use super::index::{Type, Types, UserIndex};
use crate::analysis::names::frame_name;
use crate::analysis::search::Matcher;
use crate::analysis::text;
use crate::api::{Durations, MarkType, MarkTypeSort, MarkTypesAnswer, MarkTypesQuery, Marked};
use crate::sorting::Sort;

/// A window of the table of types.
pub fn types(dataset: &Dataset, index: &UserIndex, query: &MarkTypesQuery) -> MarkTypesAnswer {
    let types = of(index, query.marked);
    let mut answer = MarkTypesAnswer {
        all: types.rows.len() as u32,
        marks: types.of.len() as u32,
        ..MarkTypesAnswer::default()
    };
    let matcher = Matcher::new(&query.search).unwrap_or_else(|error| {
        answer.search_error = error;
        Matcher::Empty
    });
    let keys = 0..types.rows.len() as u32;
    let mut rows: Vec<MarkType> = keys
        .map(|key| row(dataset, types, key))
        .filter(|row| matcher.is_empty() || matcher.matches(&row.name) || matcher.matches(&row.place))
        .collect();
    sort(&mut rows, query);
    answer.matching = rows.len() as u32;
    answer.rows = rows.into_iter().skip(query.first as usize).take(query.count as usize).collect();
    for row in &mut answer.rows {
        row.states = states(dataset, &types.rows[row.key as usize], &row.durations);
    }
    answer
}

/// The types of tasks or regions.
pub(super) fn of(index: &UserIndex, marked: Marked) -> &Types {
    match marked {
        Marked::Tasks => &index.task_types,
        Marked::Regions => &index.region_types,
    }
}

/// A type without its states.
fn row(dataset: &Dataset, types: &Types, key: u32) -> MarkType {
    let kind = &types.rows[key as usize];
    let function = if kind.root.is_none() { "".into() } else { frame_name(dataset, kind.root) };
    let place = format!("{function} {}", text::location(dataset, kind.root, 2));
    MarkType {
        key,
        name: dataset.strings.get(kind.name).into(),
        place: place.trim().into(),
        count: types.members.group(key as usize).len() as u32,
        incomplete: kind.incomplete,
        durations: kind.durations.clone(),
        ..MarkType::default()
    }
}

fn states(dataset: &Dataset, kind: &Type, durations: &Durations) -> Vec<crate::api::MarkState> {
    if kind.root.is_none() && kind.times.is_nothing() {
        return Vec::new();
    }
    kind.times.rows(dataset, durations.total_ns)
}

fn sort(rows: &mut [MarkType], query: &MarkTypesQuery) {
    let number: fn(&MarkType) -> u64 = match query.sort {
        MarkTypeSort::Name => |_| 0,
        MarkTypeSort::Total => |row| row.durations.total_ns,
        MarkTypeSort::Count => |row| row.count.into(),
        MarkTypeSort::Incomplete => |row| row.incomplete.into(),
        MarkTypeSort::P50 => |row| row.durations.p50_ns,
        MarkTypeSort::P95 => |row| row.durations.p95_ns,
        MarkTypeSort::P99 => |row| row.durations.p99_ns,
        MarkTypeSort::Max => |row| row.durations.max_ns,
    };
    rows.order_by(|a, b| {
        (Reverse(number(a)), &a.name, &a.place).cmp(&(Reverse(number(b)), &b.name, &b.place))
    });
    if query.reversed {
        rows.reverse();
    }
}
