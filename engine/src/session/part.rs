//! One open part: its data set and what was computed from it, each piece when first needed.

use taskscope_proto::Dataset;

use super::latest;
use super::marked::Marked;
use super::scoped::Scoped;
use crate::analysis::call_tree::{CallTree, Soil};
use crate::analysis::children::Children;
use crate::analysis::flame::{self, Search};
use crate::analysis::modules::Modules;
use crate::analysis::names::Names;
use crate::analysis::sources::{self, Sourced};
use crate::analysis::timeline::{self, TimelineIndex};
use crate::analysis::top::{self, TopTable};
use crate::analysis::weights::StackWeights;
use crate::analysis::{facts, findings, gc, leaks};
use crate::api::{
    Answer, Direction, FileFacts, FindingsAnswer, FlameNodeQuery, FlameQuery, FlameSource, LeaksAnswer,
    LeaksQuery, Request, SampleType, Scope, TopQuery,
};

/// Sources and scopes that are remembered: a few flame graphs, to switch between.
const WEIGHED: usize = 8;

/// A data set and its caches.
#[derive(Debug)]
pub struct OpenPart {
    name: String,
    dataset: Dataset,
    timeline: Option<TimelineIndex>,
    marked: Marked,
    scoped: Scoped,
    symbols: Option<Symbols>,
    /// The latest first.
    weighed: Vec<Weighed>,
    facts: Option<FileFacts>,
    leaks: Option<(LeaksQuery, LeaksAnswer)>,
    gc: Option<gc::Work>,
    findings: Option<FindingsAnswer>,
}

/// What all sample types share.
#[derive(Debug)]
struct Symbols {
    names: Names,
    modules: Modules,
    children: Children,
}

/// What one source in one scope needs.
#[derive(Debug)]
struct Weighed {
    source: FlameSource,
    scope: Scope,
    kind: SampleType,
    samples: u64,
    weights: StackWeights,
    top_down: CallTree,
    bottom_up: CallTree,
    table: Option<TopTable>,
    search: Search,
}

impl OpenPart {
    /// A part without anything computed.
    pub fn new(name: String, dataset: Dataset) -> Self {
        Self {
            name,
            dataset,
            timeline: None,
            marked: Marked::default(),
            scoped: Scoped::default(),
            symbols: None,
            weighed: Vec::new(),
            facts: None,
            leaks: None,
            gc: None,
            findings: None,
        }
    }

    /// Answers `request`.
    pub fn answer(&mut self, request: &Request) -> Answer {
        match request {
            Request::Flame(query) => self.flame(query),
            Request::FlameNode(query) => self.flame_node(query),
            Request::Top(query) => self.top(query),
            Request::Minimap(query) => {
                self.with_timeline(|dataset, index| Answer::Minimap(timeline::minimap(dataset, index, query)))
            }
            Request::Timeline(query) => self
                .with_timeline(|dataset, index| Answer::Timeline(timeline::timeline(dataset, index, query))),
            Request::SpanDetails(query) => self.with_timeline(|dataset, index| {
                Answer::SpanDetails(timeline::span_details(dataset, index, query.span))
            }),
            Request::Chain(query) => {
                self.over_time(|part| Answer::Chain(timeline::wake_chain(&part.dataset, query.span)))
            }
            Request::Item(query) => self
                .with_timeline(|dataset, index| Answer::Item(timeline::item_details(dataset, index, query))),
            Request::Cursor(query) => {
                self.with_timeline(|dataset, index| Answer::Cursor(timeline::cursor(dataset, index, query)))
            }
            Request::Search(query) => {
                self.with_timeline(|dataset, index| Answer::Search(timeline::search(dataset, index, query)))
            }
            Request::LaneTable(query) => self.with_timeline(|dataset, index| {
                Answer::LaneTable(timeline::lane_table(dataset, index, query))
            }),
            Request::SpanTable(query) => self.with_timeline(|dataset, index| {
                Answer::SpanTable(timeline::span_table(dataset, index, query))
            }),
            Request::Leaks(query) => self.leaks(query),
            Request::Mmu(query) => self.with_gc(|_, work| Answer::Mmu(gc::mmu(work, query))),
            Request::Gc(query) => self.with_gc(|dataset, work| Answer::Gc(gc::gc(dataset, work, query))),
            Request::Latency(query) => {
                self.over_time(|part| Answer::Latency(gc::latency(&part.dataset, query)))
            }
            Request::Findings => self.findings(),
            Request::MarkTypes(_) | Request::Marks(_) | Request::UserTask(_) | Request::Why(_) => {
                let answer = self.marked.answer(&self.dataset, request);
                answer.unwrap_or_else(|| {
                    Answer::Unavailable(format!("{} has no user tasks or regions.", self.name))
                })
            }
            Request::Goroutines(_) | Request::Blocking(_) | Request::Area(_) => {
                let answer = self.scoped.answer(&self.dataset, request);
                answer.unwrap_or_else(|| self.no_events())
            }
            Request::Facts => {
                let facts = self.facts.get_or_insert_with(|| facts::facts(&self.name, &self.dataset));
                Answer::Facts(facts.clone())
            }
        }
    }

    fn flame(&mut self, query: &FlameQuery) -> Answer {
        let Some((dataset, symbols, weighed)) = self.weighed(query.source, &query.scope) else {
            return no_sample_type();
        };
        let soil = soil(dataset, symbols, &weighed.weights);
        if weighed.search.field() != query.search {
            weighed.search = Search::run(soil, &query.search);
        }
        let tree = match query.direction {
            Direction::TopDown => &mut weighed.top_down,
            Direction::BottomUp => &mut weighed.bottom_up,
        };
        let mut answer = flame::layout(tree, soil, &symbols.modules, &weighed.search, query);
        answer.unit.clone_from(&weighed.kind.unit);
        answer.samples = weighed.samples;
        Answer::Flame(answer)
    }

    fn flame_node(&mut self, query: &FlameNodeQuery) -> Answer {
        let Some((dataset, symbols, weighed)) = self.weighed(query.source, &query.scope) else {
            return no_sample_type();
        };
        let tree = match query.direction {
            Direction::TopDown => &weighed.top_down,
            Direction::BottomUp => &weighed.bottom_up,
        };
        let soil = soil(dataset, symbols, &weighed.weights);
        Answer::FlameNode(flame::details(tree, soil, &symbols.modules, query))
    }

    fn top(&mut self, query: &TopQuery) -> Answer {
        let Some((dataset, symbols, weighed)) = self.weighed(query.source, &query.scope) else {
            return no_sample_type();
        };
        let table = weighed.table.get_or_insert_with(|| {
            let soil = soil(dataset, symbols, &weighed.weights);
            top::build(soil, &symbols.modules, &weighed.kind)
        });
        Answer::Top(top::window(table, query))
    }

    fn leaks(&mut self, query: &LeaksQuery) -> Answer {
        if !leaks::available(&self.dataset) {
            return Answer::Unavailable(format!("{} has no tasks to list.", self.name));
        }
        Answer::Leaks(latest(&mut self.leaks, query, || leaks::leaks(&self.dataset, query)).clone())
    }

    fn findings(&mut self) -> Answer {
        if let Some(known) = &self.findings {
            return Answer::Findings(known.clone());
        }
        let answer = self.with_gc(|dataset, work| Answer::Findings(findings::findings(dataset, work)));
        if let Answer::Findings(found) = &answer {
            self.findings = Some(found.clone());
        }
        answer
    }

    fn with_gc(&mut self, answer: impl FnOnce(&Dataset, &gc::Work) -> Answer) -> Answer {
        self.over_time(|part| {
            let work = part.gc.get_or_insert_with(|| gc::Work::build(&part.dataset));
            answer(&part.dataset, work)
        })
    }

    fn with_timeline(&mut self, answer: impl FnOnce(&Dataset, &TimelineIndex) -> Answer) -> Answer {
        self.over_time(|part| {
            let index = part.timeline.get_or_insert_with(|| TimelineIndex::build(&part.dataset));
            answer(&part.dataset, index)
        })
    }

    /// The answer, if there are spans to ask about.
    fn over_time(&mut self, answer: impl FnOnce(&mut Self) -> Answer) -> Answer {
        if self.dataset.spans.is_empty() {
            return self.no_events();
        }
        answer(self)
    }

    fn no_events(&self) -> Answer {
        Answer::Unavailable(format!("{} has no events over time.", self.name))
    }

    /// The part, its symbols and what `source` needs in `scope`; `None` if there is no such source.
    fn weighed(&mut self, source: FlameSource, scope: &Scope) -> Option<(&Dataset, &Symbols, &mut Weighed)> {
        let dataset = &self.dataset;
        let symbols = self.symbols.get_or_insert_with(|| Symbols::build(dataset));
        match self.weighed.iter().position(|known| known.source == source && known.scope == *scope) {
            Some(at) => self.weighed[..=at].rotate_right(1),
            None => {
                let sourced = match source {
                    FlameSource::CriticalPath(subject) => self.marked.path(dataset, subject)?,
                    _ => sources::weigh(dataset, source, scope)?,
                };
                let weighed = Weighed::build(dataset, symbols, source, scope, sourced);
                self.weighed.truncate(WEIGHED - 1);
                self.weighed.insert(0, weighed);
            }
        }
        Some((dataset, symbols, self.weighed.first_mut()?))
    }
}

impl Symbols {
    fn build(dataset: &Dataset) -> Self {
        let names = Names::build(dataset);
        let modules = Modules::build(dataset, &names);
        Self { names, modules, children: Children::build(dataset) }
    }
}

impl Weighed {
    fn build(
        dataset: &Dataset,
        symbols: &Symbols,
        source: FlameSource,
        scope: &Scope,
        sourced: Sourced,
    ) -> Self {
        let Sourced { kind, weights, samples } = sourced;
        let soil = soil(dataset, symbols, &weights);
        let top_down = CallTree::new(soil, Direction::TopDown);
        let bottom_up = CallTree::new(soil, Direction::BottomUp);
        let (scope, search) = (scope.clone(), Search::default());
        Self { source, scope, kind, samples, top_down, bottom_up, table: None, search, weights }
    }
}

fn soil<'a>(dataset: &'a Dataset, symbols: &'a Symbols, weights: &'a StackWeights) -> Soil<'a> {
    Soil { dataset, names: &symbols.names, children: &symbols.children, weights }
}

fn no_sample_type() -> Answer {
    Answer::Unavailable("This file has nothing of that kind to weigh.".into())
}
