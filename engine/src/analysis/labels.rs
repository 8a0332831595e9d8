//! Weight by the values of a label.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{LabelValue, StackId};

use super::weights::samples;
use crate::api::LabelShares;
use crate::sorting::Sort;

/// Values shown; one more is shown rather than called "1 other".
const SHOWN: usize = 3;

/// The weight of the marked stacks' samples by the most telling label: the one with text that covers
/// most weight, then the one with more values, then the first by name. `None` without text labels.
pub fn shares(dataset: &Dataset, sample_type: u32, marked: &[bool]) -> Option<LabelShares> {
    let inside = |stack: StackId| marked.get(stack.index()).copied().unwrap_or(false);
    let mut total = 0i64;
    let mut keys: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for (row, (_, value)) in
        samples(dataset, sample_type).enumerate().filter(|(_, (stack, _))| inside(*stack))
    {
        total = total.saturating_add(value);
        for (key, text) in labels_of(dataset, row) {
            let sum = keys.entry(key).or_default().entry(text).or_default();
            *sum = sum.saturating_add(value);
        }
    }
    let telling = |values: &BTreeMap<&str, i64>| {
        let covered = values.values().fold(0u64, |sum, value| sum.saturating_add(value.unsigned_abs()));
        Reverse((covered, values.len()))
    };
    let (key, values) = keys.into_iter().min_by_key(|(_, values)| telling(values))?;
    Some(split(key, values, total))
}

fn split(key: &str, values: BTreeMap<&str, i64>, total: i64) -> LabelShares {
    let mut rows: Vec<(String, i64)> =
        values.into_iter().map(|(text, weight)| (text.into(), weight)).collect();
    rows.order_by(|a, b| (Reverse(a.1.unsigned_abs()), &a.0).cmp(&(Reverse(b.1.unsigned_abs()), &b.0)));
    let shown = if rows.len() == SHOWN + 1 { SHOWN + 1 } else { SHOWN.min(rows.len()) };
    let others = (rows.len() - shown) as u32;
    rows.truncate(shown);
    let other_weight = rows.iter().fold(total, |rest, (_, weight)| rest.saturating_sub(*weight));
    LabelShares { key: key.into(), rows, others, other_weight }
}

/// Key and value of the text labels of sample `row`.
fn labels_of(dataset: &Dataset, row: usize) -> impl Iterator<Item = (&str, &str)> {
    let text = |value| match value {
        LabelValue::Text(id) => Some(dataset.strings.get(id)),
        LabelValue::Number(..) => None,
    };
    let labels = dataset.samples.labels_of(row).iter();
    labels.filter_map(move |label| Some((dataset.strings.get(label.key), text(label.value)?)))
}
