//! How a stretch of time divides among states: a bar, and a table that sums to 100.0.

use taskscope_engine::api::{MarkState, Share};
use taskscope_engine::units;
use yew::prelude::*;

use crate::views::mark_class;

/// The states as a bar; what is too short to see is in the table.
pub fn share_bar(shares: &[Share]) -> Html {
    let part = |share: &Share| {
        html! { <i class={mark_class(share.mark)} style={format!("flex:{}", share.per_mille)} title={share.state.clone()}></i> }
    };
    html! { <div class="sbar" aria-hidden="true">{ for shares.iter().filter(|share| share.per_mille > 0).map(part) }</div> }
}

/// The states as a table with a sum, in one unit of time; `whole_ns` chooses the unit.
pub fn share_table(shares: &[Share], whole_ns: u64) -> Html {
    let unit = TimeUnit::of(whole_ns);
    let spans: u64 = shares.iter().map(|share| u64::from(share.spans)).sum();
    // Not every analysis counts stretches.
    let count = |spans: u64, all: u64| {
        if all > 0 {
            html! { <td class="n">{ units::count_u64(spans) }</td> }
        } else {
            Html::default()
        }
    };
    let row = |share: &Share| {
        html! {
            <tr>
                <td><i class={classes!("sw", mark_class(share.mark))}></i>{ &share.state }</td>
                <td class="n">{ unit.text(share.ns) }</td>
                <td class="n">{ tenths(share.per_mille) }</td>
                { count(share.spans.into(), spans) }
            </tr>
        }
    };
    let sum = shares.iter().map(|share| share.ns).fold(0, u64::saturating_add);
    let per_mille = shares.iter().map(|share| share.per_mille).sum();
    html! {
        <table class="mini">
            <thead><tr>
                <th>{ "State" }</th><th class="n">{ unit.name }</th><th class="n">{ "%" }</th>
                if spans > 0 { <th class="n">{ "spans" }</th> }
            </tr></thead>
            <tbody>{ for shares.iter().map(row) }</tbody>
            <tfoot><tr>
                <td>{ "Sum" }</td><td class="n">{ unit.text(sum) }</td><td class="n">{ tenths(per_mille) }</td>
                { count(spans, spans) }
            </tr></tfoot>
        </table>
    }
}

/// States that an analysis tells without counting stretches, as shares.
pub fn shares_of(states: &[MarkState]) -> Vec<Share> {
    let share = |state: &MarkState| Share {
        mark: state.mark,
        state: state.state.clone(),
        ns: state.ns,
        per_mille: state.per_mille,
        spans: 0,
    };
    states.iter().map(share).collect()
}

/// Tenths of a percent without the sign: `38.6`.
pub fn tenths(per_mille: u32) -> String {
    units::per_mille(per_mille).trim_end_matches(" %").to_owned()
}

/// One unit of time for a column, so that its numbers can be compared and added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeUnit {
    /// `µs`, `ms` or `s`.
    pub name: &'static str,
    ns: u64,
}

impl TimeUnit {
    /// The unit for parts of `whole_ns`, written with three decimals.
    pub fn of(whole_ns: u64) -> Self {
        match whole_ns {
            0..1_000_000 => Self { name: "µs", ns: 1_000 },
            1_000_000..1_000_000_000 => Self { name: "ms", ns: 1_000_000 },
            _ => Self { name: "s", ns: 1_000_000_000 },
        }
    }

    /// A column's head: `Total, ms`.
    pub fn head(self, name: &str) -> String {
        format!("{name}, {}", self.name)
    }

    /// A time in this unit, without its name.
    pub fn text(self, ns: u64) -> String {
        let thousandth = self.ns / 1_000;
        let rounded = ns.saturating_add(thousandth / 2) / thousandth;
        format!("{}.{:03}", units::count_u64(rounded / 1_000), rounded % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_one_unit_and_three_decimals() {
        let unit = TimeUnit::of(22_500_000);
        assert_eq!((unit.name, unit.text(2_072_000)), ("ms", "2.072".to_owned()));
        assert_eq!(unit.text(500), "0.001");
        assert_eq!(unit.text(0), "0.000");
        assert_eq!(TimeUnit::of(4_812_000_000).text(4_811_999_600), "4.812");
        assert_eq!(TimeUnit::of(999).text(999), "0.999");
        assert_eq!(unit.head("Total"), "Total, ms");
    }

    #[test]
    fn shares_are_written_with_a_decimal() {
        assert_eq!(tenths(1000), "100.0");
        assert_eq!(tenths(4), "0.4");
    }
}
