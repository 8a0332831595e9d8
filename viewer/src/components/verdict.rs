//! Verdicts: an icon and a word, and buttons that show and hide them.

use taskscope_engine::api::Verdict;
use taskscope_engine::units;
use yew::prelude::*;

use super::icon::{IconName, icon};

/// Verdicts that can be filtered, surest first.
const VERDICTS: [Verdict; 3] = [Verdict::Certain, Verdict::Likely, Verdict::Possible];

/// How a verdict is called.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Certain => "certain",
        Verdict::Likely => "likely",
        Verdict::Possible => "possible",
        Verdict::Explained => "explained",
    }
}

/// A verdict's badge: icon and word.
pub fn badge(verdict: Verdict) -> Html {
    html! { <span class={classes!("vb", word(verdict))}>{ icon(verdict_icon(verdict)) }{ word(verdict) }</span> }
}

/// Buttons that show or hide the rows of a verdict, each with how much there is of it.
pub fn verdict_chips(count: impl Fn(Verdict) -> u64, hidden: &[Verdict], toggle: &Callback<Verdict>) -> Html {
    let chip = |verdict: Verdict| {
        let onclick = toggle.reform(move |_: MouseEvent| verdict);
        let shown = !hidden.contains(&verdict);
        html! {
            <button type="button" class={classes!("btn", word(verdict))} aria-pressed={shown.to_string()} {onclick}>
                { icon(verdict_icon(verdict)) }<span>{ word(verdict) }</span>
                <i class="num">{ units::count_u64(count(verdict)) }</i>
            </button>
        }
    };
    html! { <div class="vf" role="group" aria-label="Verdicts listed">{ for VERDICTS.map(chip) }</div> }
}

/// Hides a verdict that was shown, and shows one that was hidden.
pub fn toggled(hidden: &[Verdict], verdict: Verdict) -> Vec<Verdict> {
    let mut next: Vec<Verdict> = hidden.iter().copied().filter(|other| *other != verdict).collect();
    if next.len() == hidden.len() {
        next.push(verdict);
    }
    next
}

fn verdict_icon(verdict: Verdict) -> IconName {
    match verdict {
        Verdict::Certain => IconName::Certain,
        Verdict::Likely => IconName::Likely,
        Verdict::Possible => IconName::Possible,
        Verdict::Explained => IconName::Explained,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_hidden_and_shown_again() {
        let once = toggled(&[Verdict::Certain], Verdict::Likely);
        assert_eq!(once, [Verdict::Certain, Verdict::Likely]);
        assert_eq!(toggled(&once, Verdict::Certain), [Verdict::Likely]);
    }
}
