//! The ways to look at a part.

mod findings;
mod flame;
mod gc;
mod goroutines;
pub mod jump;
mod leaks;
mod summary;
mod timeline;
mod user_tasks;
pub mod why;

use taskscope_engine::api::{Mark, View};
use yew::prelude::*;

use crate::link::PartRef;
use crate::state::{Dispatch, Facts};
use crate::theme::ThemeName;

pub use findings::FindingsView;
pub use flame::FlameView;
pub use gc::GcView;
pub use goroutines::GoroutinesView;
pub use leaks::LeaksView;
pub use timeline::TimelineView;
pub use user_tasks::UserTasksView;

/// What every view is given. Views ask the worker by the `Client` in their context, and fill
/// the shell's slots (see [`crate::components::Slot`]).
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ViewProps {
    /// What is looked at.
    pub part: PartRef,
    /// Its facts.
    pub facts: Facts,
    /// The theme in use.
    pub theme: ThemeName,
    /// What is searched for; empty for nothing.
    pub search: AttrValue,
    /// Sends actions to the shell.
    pub dispatch: Dispatch,
}

/// A view's name on its tab.
pub fn title(view: View) -> &'static str {
    match view {
        View::Summary => "Summary",
        View::Timeline => "Timeline",
        View::Flame => "Flame graph",
        View::Leaks => "Leaks",
        View::Findings => "Findings",
        View::Gc => "GC",
        View::UserTasks => "User tasks",
        View::Goroutines => "Goroutines",
    }
}

/// Tabs in the order they stand.
pub const TABS: [View; 8] = [
    View::Summary,
    View::Timeline,
    View::Flame,
    View::Goroutines,
    View::UserTasks,
    View::Gc,
    View::Leaks,
    View::Findings,
];

/// The component of a view. Keyed by part, so that no state is carried from part to part; and by
/// the revision of its data, except for the timeline, which goes on as a trace becomes longer.
pub fn render(view: View, revision: u32, props: ViewProps) -> Html {
    let revision = if view == View::Timeline { 0 } else { revision };
    let key = format!("{}-{}-{revision}", props.part.file.0, props.part.part);
    match view {
        View::Summary => summary::summary(&props),
        View::Timeline => html! { <TimelineView {key} ..props /> },
        View::Flame => html! { <FlameView {key} ..props /> },
        View::Findings => html! { <FindingsView {key} ..props /> },
        View::Gc => html! { <GcView {key} ..props /> },
        View::UserTasks => html! { <UserTasksView {key} ..props /> },
        View::Goroutines => html! { <GoroutinesView {key} ..props /> },
        View::Leaks => html! { <LeaksView {key} ..props /> },
    }
}

/// The class that draws a state's mark on a swatch.
pub fn mark_class(mark: Mark) -> &'static str {
    match mark {
        Mark::Running | Mark::Run => "st-running",
        Mark::Ready => "st-ready",
        Mark::Sync => "st-sync",
        Mark::Network => "st-network",
        Mark::Sleep => "st-sleep",
        Mark::Syscall => "st-syscall",
        Mark::Gc => "st-gc",
        Mark::StopTheWorld => "st-stw",
        Mark::Sweep => "st-sweep",
        Mark::Unknown | Mark::Tick | Mark::Match => "st-unknown",
    }
}
