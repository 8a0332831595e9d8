//! The border to user interfaces: plain requests and answers, with public fields and no behaviour.
//!
//! A [`Request`] is about one open part (a file, or one member of a zip). Answers carry finished
//! numbers and text for what is visible, never tables of the whole file. These types cross the
//! worker's message border, so they alone derive `Serialize`; ids are raw `u32` here.

mod area;
mod blocking;
mod findings;
mod flame;
mod gc;
mod goroutines;
mod leaks;
mod packed;
mod scope;
mod search;
mod spans;
mod tables;
mod timeline;
mod user_tasks;
mod why;

use serde::{Deserialize, Serialize};

pub use area::*;
pub use blocking::*;
pub use findings::*;
pub use flame::*;
pub use gc::*;
pub use goroutines::*;
pub use leaks::*;
pub use scope::*;
pub use search::*;
pub use spans::*;
pub use tables::*;
pub use timeline::*;
pub use user_tasks::*;
pub use why::*;

/// A view of a part; a part offers those that its tables can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum View {
    /// File facts and counts.
    Summary,
    /// Lanes over time.
    Timeline,
    /// Flame graph and top functions.
    Flame,
    /// Leak listing.
    Leaks,
    /// What is odd, with evidence.
    Findings,
    /// Collections, stops, utilisation and scheduler latency.
    Gc,
    /// User tasks, regions and logs.
    UserTasks,
    /// Goroutine table.
    Goroutines,
}

/// What is asked of the session about one part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// File facts.
    Facts,
    /// Boxes of the flame graph that are visible.
    Flame(FlameQuery),
    /// Everything about one flame box.
    FlameNode(FlameNodeQuery),
    /// A window of the top table.
    Top(TopQuery),
    /// The whole trace in one row of columns.
    Minimap(MinimapQuery),
    /// Lanes and boxes that are visible.
    Timeline(TimelineQuery),
    /// Everything about one span.
    SpanDetails(SpanQuery),
    /// Everything about a box that is no span.
    Item(ItemQuery),
    /// The counters at a moment.
    Cursor(CursorQuery),
    /// What matches a text, over time.
    Search(SearchQuery),
    /// Who woke whom, backwards from a span.
    Chain(ChainQuery),
    /// Lanes as a table.
    LaneTable(LaneTableQuery),
    /// Spans of a lane as a table.
    SpanTable(SpanTableQuery),
    /// The leak listing.
    Leaks(LeaksQuery),
    /// What is odd in a trace.
    Findings,
    /// Minimum mutator utilisation.
    Mmu(MmuQuery),
    /// Collections and stops of the world.
    Gc(GcQuery),
    /// Scheduler latency.
    Latency(LatencyQuery),
    /// A window of the types of user tasks or regions.
    MarkTypes(MarkTypesQuery),
    /// A window of the user tasks or regions.
    Marks(MarksQuery),
    /// Everything about one user task.
    UserTask(UserTaskQuery),
    /// Where the time of an interval went.
    Why(WhyQuery),
    /// A window of the goroutine table.
    Goroutines(GoroutinesQuery),
    /// What each blocking profile sums to.
    Blocking(BlockingQuery),
    /// Statistics of a selection.
    Area(AreaQuery),
}

/// The answer to a [`Request`], of the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// File facts.
    Facts(FileFacts),
    /// Visible flame boxes.
    Flame(FlameAnswer),
    /// One flame box; `None` if the node does not exist.
    FlameNode(Option<FlameNode>),
    /// A window of the top table.
    Top(TopAnswer),
    /// The whole trace.
    Minimap(Minimap),
    /// Visible lanes.
    Timeline(TimelineAnswer),
    /// One span; `None` if it does not exist.
    SpanDetails(Option<SpanDetails>),
    /// One box; `None` if it does not exist.
    Item(Option<ItemDetails>),
    /// Counters at a moment.
    Cursor(CursorAnswer),
    /// What matches.
    Search(SearchAnswer),
    /// Who woke whom.
    Chain(WakeChain),
    /// Lanes as a table.
    LaneTable(LaneTable),
    /// Spans of a lane as a table.
    SpanTable(SpanTable),
    /// The leak listing.
    Leaks(LeaksAnswer),
    /// What is odd in a trace.
    Findings(FindingsAnswer),
    /// Minimum mutator utilisation.
    Mmu(MmuAnswer),
    /// Collections and stops of the world.
    Gc(GcAnswer),
    /// Scheduler latency.
    Latency(LatencyAnswer),
    /// A window of the types of user tasks or regions.
    MarkTypes(MarkTypesAnswer),
    /// A window of the user tasks or regions.
    Marks(MarksAnswer),
    /// One user task; `None` if it does not exist.
    UserTask(Option<Box<UserTaskPage>>),
    /// Where the time went; `None` if there is no such interval.
    Why(Option<Box<WhyAnswer>>),
    /// A window of the goroutine table.
    Goroutines(GoroutinesAnswer),
    /// What each blocking profile sums to.
    Blocking(BlockingAnswer),
    /// Statistics of a selection.
    Area(AreaAnswer),
    /// The part has no such view, or does not exist; says why in a sentence.
    Unavailable(String),
}

/// A part of a file that was opened: the file itself, or one member of a zip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPart {
    /// Its number, for requests.
    pub part: u32,
    /// The member's name, or the file's.
    pub name: String,
}

/// A file's facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// File name as given; text, never HTML.
    pub name: String,
    /// Format in words: `Go trace v2 · header 1.26`.
    pub format: String,
    /// Views this part can fill, the best first one first.
    pub views: Vec<View>,
    /// Short facts for the file bar: duration, size, events or samples.
    pub headline: Vec<String>,
    /// Sections of label and value, for the summary page and `inspect`.
    pub sections: Vec<FactSection>,
    /// Sample types, in file order.
    pub sample_types: Vec<SampleType>,
    /// Index of the sample type shown first.
    pub default_sample_type: u32,
    /// First and last ns on the file's own clock, for a trace.
    pub span_ns: Option<(u64, u64)>,
    /// What is missing or odd.
    pub notices: Vec<NoticeText>,
    /// How many leak groups are not explained; `None` if the part has no leak view.
    pub leak_groups: Option<u32>,
}

/// A titled list of facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactSection {
    /// The section's title.
    pub title: String,
    /// Label and value; the value carries its unit.
    pub rows: Vec<(String, String)>,
}

/// A measured quantity of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleType {
    /// The file's name for it: `inuse_space`.
    pub kind: String,
    /// The file's unit: `bytes`.
    pub unit: String,
}

/// A notice as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeText {
    /// `byte 65 552 (0x10010) · ordering events`.
    pub place: String,
    /// What is missing and what that means for the picture.
    pub message: String,
}

/// Why a file could not be opened, for the error panel and the terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenError {
    /// `This trace is damaged near its start`.
    pub title: String,
    /// What cannot be shown and what still works.
    pub body: String,
    /// `byte 65 552 (0x10010) · splitting into records`; empty if the whole file is meant.
    pub place: String,
    /// What a well-formed file has there.
    pub expected: String,
    /// What this file has there.
    pub found: String,
    /// The likely cause; empty if none is known.
    pub cause: String,
    /// Up to three rows of 16 bytes around the place, and the offset of the first.
    pub bytes: Vec<u8>,
    /// Offset of `bytes[0]` in the innermost layer.
    pub bytes_offset: u64,
    /// Offset of the offending byte.
    pub offset: u64,
}

/// One frame of a stack as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameText {
    /// The full function name.
    pub function: String,
    /// `dir/file.go:42`; empty when unknown.
    pub location: String,
    /// Whether it is the program's own code, not the standard library or runtime.
    pub own: bool,
    /// Whether it was inlined into its caller.
    pub inlined: bool,
}
