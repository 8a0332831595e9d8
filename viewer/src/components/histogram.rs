//! Histograms of durations: buckets on a log scale as columns, with a list of them for those who hear it.

use taskscope_engine::units;
use yew::prelude::*;

/// Columns at least.
const FEWEST: usize = 12;

/// What a histogram is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Buckets<'a> {
    /// What it counts; read aloud.
    pub label: &'a str,
    /// What one of them is called: `task`, `wait`.
    pub of: &'a str,
    /// Edges of the buckets, ns, ascending, one more than there are buckets.
    pub edges_ns: &'a [u64],
    /// How many are in each bucket.
    pub counts: &'a [u64],
}

/// The columns. Where `onpick` is given, a column can be pressed, and is told its edges; those between
/// the `picked` edges are marked.
pub fn histogram(
    buckets: Buckets<'_>,
    picked: Option<(u64, u64)>,
    onpick: Option<&Callback<(u64, u64)>>,
) -> Html {
    let (edges_ns, counts) = padded(buckets.edges_ns, buckets.counts);
    let (edges_ns, label) = (edges_ns.as_slice(), buckets.label);
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 || edges_ns.len() < 2 {
        return Html::default();
    }
    let columns = counts.iter().zip(edges_ns.windows(2)).map(|(&count, edges)| {
        let (lo, hi) = (edges[0], edges[1]);
        let title = format!("{} to {}: {}", units::duration(lo), units::duration(hi), units::plural(count, buckets.of));
        let height = (count as f64 / most as f64 * 100.0).max(if count > 0 { 2.0 } else { 0.0 });
        let inside = picked.is_some_and(|(from, to)| from <= lo && hi <= to);
        let bar = html! { <i style={format!("height:{height:.1}%")}></i> };
        let class = inside.then_some("in");
        match onpick.filter(|_| count > 0) {
            Some(onpick) => {
                let onclick = onpick.reform(move |_: MouseEvent| (lo, hi));
                html! { <button type="button" {class} title={title.clone()} aria-label={title} aria-pressed={inside.to_string()} {onclick}>{ bar }</button> }
            }
            None => html! { <span {class} title={title.clone()} role="listitem" aria-label={title}>{ bar }</span> },
        }
    });
    let role = if onpick.is_some() { "group" } else { "list" };
    html! {
        <div class="hist">
            <em class="num most">{ units::count_u64(most) }</em>
            <div class="cols" {role} aria-label={label.to_owned()}>{ for columns }</div>
            <div class="xs" aria-hidden="true">{ for ticks(edges_ns).into_iter().map(|(at, text)| html! {
                <em class="num" style={format!("left:{:.2}%", at * 100.0)}>{ text }</em>
            }) }</div>
        </div>
    }
}

/// With empty buckets at both sides, so that a few do not fill the width.
fn padded(edges_ns: &[u64], counts: &[u64]) -> (Vec<u64>, Vec<u64>) {
    // Five a decade, as the buckets are.
    const STEP: f64 = 1.584_893;
    let (mut edges, mut counts) = (edges_ns.to_vec(), counts.to_vec());
    while let (Some(&lo), Some(&hi), true) = (edges.first(), edges.last(), counts.len() < FEWEST) {
        counts.push(0);
        edges.push(((hi as f64 * STEP) as u64).max(hi.saturating_add(1)));
        if lo > 1 && counts.len() < FEWEST {
            counts.insert(0, 0);
            edges.insert(0, (lo as f64 / STEP) as u64);
        }
    }
    (edges, counts)
}

/// Where the axis is labelled, as fractions of its length: at the edges that are powers of ten, else at
/// both ends.
fn ticks(edges_ns: &[u64]) -> Vec<(f64, String)> {
    let last = edges_ns.len().saturating_sub(1).max(1);
    let at = |index: usize| (index as f64 / last as f64, units::duration(edges_ns[index]));
    let tens: Vec<usize> = (0..edges_ns.len()).filter(|&index| is_power_of_ten(edges_ns[index])).collect();
    // Labels need about a sixth of the width each.
    let step = tens.len().div_ceil(6).max(1);
    if tens.len() >= 2 {
        return tens.into_iter().step_by(step).map(at).collect();
    }
    vec![at(0), at(last)]
}

fn is_power_of_ten(ns: u64) -> bool {
    ns > 0 && 10u64.checked_pow(ns.ilog10()) == Some(ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_is_labelled_at_decades() {
        let edges = [631_000, 1_000_000, 1_584_000, 2_511_000, 3_981_000, 6_309_000, 10_000_000];
        let ticks = ticks(&edges);
        assert_eq!(ticks.iter().map(|tick| tick.1.as_str()).collect::<Vec<_>>(), ["1 ms", "10 ms"]);
        assert!((ticks[0].0 - 1.0 / 6.0).abs() < 1e-9 && ticks[1].0 == 1.0);
    }

    #[test]
    fn a_few_buckets_get_neighbours() {
        let (edges, counts) = padded(&[100, 158], &[7]);
        assert_eq!((edges.len(), counts.len()), (FEWEST + 1, FEWEST));
        assert_eq!(counts.iter().sum::<u64>(), 7);
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]), "{edges:?}");
        assert_eq!(padded(&[0, 1], &[1]).1[0], 1);
    }

    #[test]
    fn a_narrow_histogram_is_labelled_at_its_ends() {
        let texts: Vec<String> = ticks(&[2_000, 3_000]).into_iter().map(|tick| tick.1).collect();
        assert_eq!(texts, ["2 µs", "3 µs"]);
        assert!(is_power_of_ten(1) && is_power_of_ten(1_000) && !is_power_of_ten(0) && !is_power_of_ten(999));
    }
}
