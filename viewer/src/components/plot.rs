//! Curves over an axis, in SVG: few points, colours by the style sheet, numbers by the pointer.

use std::fmt::Write as _;

use web_sys::Element;
use yew::prelude::*;

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its class, which gives it colour and dashes.
    pub class: &'static str,
    /// Points as fractions of width and height, from the bottom left, in the order of x.
    pub points: Vec<(f64, f64)>,
}

/// The plot's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PlotProps {
    /// What it shows; read aloud.
    pub label: AttrValue,
    /// Fraction of the width and label.
    pub x_ticks: Vec<(f64, String)>,
    /// Fraction of the height and label.
    pub y_ticks: Vec<(f64, String)>,
    /// The curves, the one in front last.
    pub curves: Vec<Curve>,
    /// A fraction of the width to mark.
    #[prop_or_default]
    pub cursor: Option<f64>,
    /// The pointer is at this fraction of the width, or gone.
    pub onhover: Callback<Option<f64>>,
    /// This fraction of the width was pressed.
    pub onpick: Callback<f64>,
}

/// The curves with their axes; the pointer's place goes to the view, which says the numbers.
#[component]
pub fn Plot(props: &PlotProps) -> Html {
    let onpointermove = props.onhover.reform(|event: PointerEvent| fraction(&event));
    let onpointerleave = props.onhover.reform(|_: PointerEvent| None);
    let onpick = props.onpick.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        if let Some(at) = fraction(&event) {
            onpick.emit(at);
        }
    });
    let percent = |at: f64| at.clamp(0.0, 1.0) * 100.0;
    let grid = props.y_ticks.iter().map(|(at, text)| {
        html! {
            <div class="pl-y" style={format!("bottom:{:.2}%", percent(*at))}><em class="num">{ text }</em></div>
        }
    });
    let ticks = props.x_ticks.iter().map(|(at, text)| {
        html! { <em class="num" style={format!("left:{:.2}%", percent(*at))}>{ text }</em> }
    });
    let curves =
        props.curves.iter().map(|curve| html! { <path class={curve.class} d={path(&curve.points)} /> });
    html! {
        <div class="plot" role="img" aria-label={props.label.clone()}>
            <div class="pl-grid">{ for grid }</div>
            <div class="pl-area" {onpointermove} {onpointerleave} {onclick}>
                <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">{ for curves }</svg>
                if let Some(at) = props.cursor {
                    <i class="pl-cursor" style={format!("left:{:.2}%", percent(at))}></i>
                }
            </div>
            <div class="pl-x" aria-hidden="true">{ for ticks }</div>
        </div>
    }
}

/// A line of values from zero, the last one dotted: 56 × 20. `class` colours it.
pub fn sparkline(values: &[u32], class: &'static str, title: String) -> Html {
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let last = values.len().saturating_sub(1).max(1);
    let at = |(index, value): (usize, &u32)| {
        (2.0 + index as f64 / last as f64 * 50.0, 16.0 - f64::from(*value) / f64::from(most) * 13.0)
    };
    let mut line = String::new();
    for (index, point) in values.iter().enumerate().map(at).enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(line, "{}{:.1} {:.1}", if index == 0 { 'M' } else { 'L' }, point.0, point.1);
    }
    let dot = values.iter().enumerate().next_back().map(at);
    html! {
        <svg class={classes!("spark", class)} viewBox="0 0 56 20" role="img" aria-label={title.clone()}>
            <title>{ title }</title>
            <path class="zero" d="M0 17.5H56" /><path d={line} />
            if let Some((x, y)) = dot { <circle cx={format!("{x:.1}")} cy={format!("{y:.1}")} r="2" /> }
        </svg>
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let to = if index == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(d, "{to}{:.1} {:.1}", x.clamp(0.0, 1.0) * 1000.0, 1000.0 - y.clamp(0.0, 1.0) * 1000.0);
    }
    d
}

/// Where in the area an event is, as a fraction of the width.
fn fraction(event: &MouseEvent) -> Option<f64> {
    let area = event.target_dyn_into::<Element>()?.closest(".pl-area").ok()??;
    let rect = area.get_bounding_client_rect();
    let at = (f64::from(event.client_x()) - rect.left()) / rect.width();
    at.is_finite().then(|| at.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_up_and_stay_inside() {
        assert_eq!(
            path(&[(0.0, 0.0), (0.5, 1.0), (2.0, f64::NAN.max(0.25))]),
            "M0.0 1000.0L500.0 0.0L1000.0 750.0"
        );
        assert_eq!(path(&[]), "");
    }
}
