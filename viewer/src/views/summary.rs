//! The summary: what the file is and what is in it, section by section.

use taskscope_engine::api::FactSection;
use yew::prelude::*;

use super::ViewProps;

/// The facts of a part.
pub fn summary(props: &ViewProps) -> Html {
    let facts = &props.facts;
    html! {
        <main class="sumv">
            <div class="sumw">
                { for facts.sections.iter().map(section) }
                if !facts.sample_types.is_empty() { { sample_types(props) } }
                if facts.sections.is_empty() && facts.sample_types.is_empty() {
                    <p class="mut">{ "This file says nothing about itself." }</p>
                }
            </div>
        </main>
    }
}

fn section(section: &FactSection) -> Html {
    // A column of figures stands right; one with words among them stands left.
    let class = section.rows.iter().all(|(_, value)| is_figure(value)).then_some("fig num");
    let rows = section.rows.iter().map(|(label, value)| {
        html! { <tr><th scope="row">{ label }</th><td {class}>{ value }</td></tr> }
    });
    html! {
        <section>
            <h2>{ &section.title }</h2>
            <table><tbody>{ for rows }</tbody></table>
        </section>
    }
}

fn sample_types(props: &ViewProps) -> Html {
    let rows = props.facts.sample_types.iter().zip(0u32..).map(|(kind, at)| {
        let first = at == props.facts.default_sample_type;
        html! {
            <tr><th scope="row" class="mono">{ &kind.kind }</th>
                <td>{ &kind.unit }if first { <span class="mut">{ " · shown first" }</span> }</td></tr>
        }
    });
    html! {
        <section>
            <h2>{ "Sample types" }</h2>
            <table><tbody>{ for rows }</tbody></table>
        </section>
    }
}

/// Whether a value is a number with at most a unit, which belongs to the right.
fn is_figure(value: &str) -> bool {
    let starts = value.starts_with(|c: char| c.is_ascii_digit() || c == '\u{2212}');
    let words = value.split(' ').filter(|word| word.starts_with(char::is_alphabetic)).count();
    starts && words <= 1 && value.chars().count() <= 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_right_and_words_left() {
        for figure in ["3 214 508", "18.4 MiB", "\u{2212}12 %", "4.812 s"] {
            assert!(is_figure(figure), "{figure}");
        }
        for words in ["Go trace v2", "2026-09-14 09:15:02 UTC and later on", "", "4 of 12 workers were seen"]
        {
            assert!(!is_figure(words), "{words}");
        }
    }
}
