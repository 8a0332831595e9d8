//! Icons: 16 px outlines in the colour of the text, drawn inline so that nothing is fetched.

use yew::prelude::*;

/// Which icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// The product's mark.
    Mark,
    /// A magnifying glass.
    Search,
    /// A half-filled disc.
    Theme,
    /// A question mark in a circle.
    Help,
    /// A sheet.
    File,
    /// A folder.
    Folder,
    /// A chevron down.
    Down,
    /// A chevron right.
    Right,
    /// A chevron left.
    Left,
    /// A cross.
    Close,
    /// A triangle.
    Warn,
    /// An i in a circle.
    Info,
    /// Two sheets.
    Copy,
    /// A frame with a line: zoom to it.
    Zoom,
    /// Arrows between two lines: fit.
    Fit,
    /// Three lines, shorter and shorter.
    Filter,
    /// An arrow back.
    Undo,
    /// Three dots.
    More,
    /// An arrow down: sorted.
    Sort,
    /// Lanes.
    Lanes,
    /// An arrow into a tray.
    Drop,
    /// A padlock.
    Lock,
    /// A filled disc.
    Certain,
    /// A half-filled circle.
    Likely,
    /// A circle.
    Possible,
    /// A tick.
    Explained,
}

/// An icon; a decoration, so the text or label beside it says the same.
pub fn icon(name: IconName) -> Html {
    icon_in("", name)
}

/// An icon with a class of its own.
pub fn icon_in(class: &'static str, name: IconName) -> Html {
    let view_box = if name == IconName::Drop { "0 0 24 24" } else { "0 0 16 16" };
    html! {
        <svg class={classes!("ic", class)} viewBox={view_box} aria-hidden="true">{ shape(name) }</svg>
    }
}

fn shape(name: IconName) -> Html {
    match name {
        IconName::Mark => html! {<>
            <rect class="mark-run" x="1" y="2" width="9" height="3" rx="1" />
            <rect class="mark-ready" x="5" y="6.5" width="10" height="3" rx="1" />
            <rect class="mark-net" x="2" y="11" width="7" height="3" rx="1" />
        </>},
        IconName::Search => html! {<><circle cx="7" cy="7" r="4.25" /><path d="M10.2 10.2 14 14" /></>},
        IconName::Theme => html! {<>
            <circle cx="8" cy="8" r="5.5" /><path class="solid" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
        </>},
        IconName::Help => html! {<>
            <circle cx="8" cy="8" r="6" />
            <path d="M6.2 6.4a1.9 1.9 0 1 1 2.6 1.7c-.6.3-.8.6-.8 1.2M8 11.2v.6" />
        </>},
        IconName::Info => html! {<><circle cx="8" cy="8" r="6" /><path d="M8 7.2v4M8 4.6v.7" /></>},
        IconName::More => html! {<g class="solid">
            <circle cx="3.5" cy="8" r="1.3" /><circle cx="8" cy="8" r="1.3" /><circle cx="12.5" cy="8" r="1.3" />
        </g>},
        IconName::Certain => html! {<circle class="solid" cx="8" cy="8" r="5.5" />},
        IconName::Likely => html! {<>
            <circle cx="8" cy="8" r="5" /><path class="solid" d="M8 3a5 5 0 0 0 0 10z" />
        </>},
        IconName::Possible => html! {<circle cx="8" cy="8" r="5" />},
        IconName::File => path("M4 1.8h5L12.5 5v9.2H4zM9 1.8V5h3.5"),
        IconName::Folder => path("M1.8 4h4.4l1.4 1.6h6.6v7H1.8z"),
        IconName::Down => path("m4.5 6.5 3.5 3.5 3.5-3.5"),
        IconName::Right => path("m6.5 4.5 3.5 3.5-3.5 3.5"),
        IconName::Left => path("m9.5 4.5-3.5 3.5 3.5 3.5"),
        IconName::Close => path("m4.5 4.5 7 7m0-7-7 7"),
        IconName::Warn => path("M8 2.2 14.2 13H1.8zM8 6.2v3.2M8 10.9v.6"),
        IconName::Copy => path("M5.5 5.5h7.7v8.2H5.5zM10.5 5.5V2.3H2.8v8.2h2.7"),
        IconName::Zoom => path("M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3M5.5 8h5"),
        IconName::Fit => path("M2 3v10M14 3v10M4.5 8h7M6.5 6l-2 2 2 2M9.5 6l2 2-2 2"),
        IconName::Filter => path("M2 4h12M4.5 8h7M7 12h2"),
        IconName::Undo => path("M3 6.5h6.5a3.2 3.2 0 0 1 0 6.5H6M5.8 3.5l-3 3 3 3"),
        IconName::Sort => path("M8 3.5v9M5 9.5l3 3 3-3"),
        IconName::Lanes => path("M2 4h7M5 8h9M3 12h6"),
        IconName::Drop => path("M12 3v11M7.5 9.5 12 14l4.5-4.5M4 16v4h16v-4"),
        IconName::Lock => path("M3.5 7.2h9v6.3h-9zM5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2"),
        IconName::Explained => path("m3.5 8.5 3 3 6-7"),
    }
}

fn path(d: &'static str) -> Html {
    html! { <path {d} /> }
}
