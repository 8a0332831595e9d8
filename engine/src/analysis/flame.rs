//! Flame graph: which boxes of a call tree are visible, and everything about one box.

use std::collections::HashMap;

use taskscope_proto::model::StackId;

use super::call_tree::{CallTree, Member, Node, ROOT, Soil};
use super::modules::Modules;
use super::search::Matcher;
use super::{labels, text};
use crate::api::{Direction, FlameAnswer, FlameNode, FlameNodeQuery, FlameQuery, FlameSource};

/// Boxes narrower than this are merged with their neighbours, CSS px.
const NARROW_PX: f64 = 0.5;

/// A search as run on one sample type.
#[derive(Clone, Debug, Default)]
pub struct Search {
    field: String,
    matched: Vec<bool>,
    functions: u32,
    weight: u64,
    error: String,
}

impl Search {
    /// Runs the search of `field`. A sample weighs once, however many of its frames match.
    pub fn run(soil: Soil<'_>, field: &str) -> Self {
        let mut search = Self { field: field.into(), ..Self::default() };
        match Matcher::new(field) {
            Ok(matcher) if matcher.is_empty() => {}
            Ok(matcher) => search.mark(soil, &matcher),
            Err(error) => search.error = error,
        }
        search
    }

    /// The field that was searched for.
    pub fn field(&self) -> &str {
        &self.field
    }

    fn mark(&mut self, soil: Soil<'_>, matcher: &Matcher) {
        self.matched = soil.names.texts(soil.dataset).map(|name| matcher.matches(name)).collect();
        let mut seen = vec![false; self.matched.len()];
        let mut under: Vec<bool> = Vec::with_capacity(soil.weights.own_size.len());
        for row in 0..soil.weights.own_size.len() {
            let stack = StackId::from_index(row);
            let name = soil.names.of_stack(soil.dataset, stack).filter(|&name| self.is_match(name));
            let parent = soil.dataset.stacks.parent(stack).index();
            let inside = name.is_some() || under.get(parent).copied().unwrap_or(false);
            under.push(inside);
            if inside {
                self.weight = self.weight.saturating_add(soil.weights.own_size[row]);
            }
            if let Some(name) = name.filter(|_| soil.weights.sum_size[row] > 0) {
                seen[name as usize] = true;
            }
        }
        self.functions = seen.iter().filter(|&&seen| seen).count() as u32;
    }

    fn is_match(&self, name: u32) -> bool {
        self.matched.get(name as usize).copied().unwrap_or(false)
    }
}

/// The boxes that `query` sees. Its direction and sample type are the tree's.
pub fn layout(
    tree: &mut CallTree,
    soil: Soil<'_>,
    modules: &Modules,
    search: &Search,
    query: &FlameQuery,
) -> FlameAnswer {
    let mut view = View::new(soil, modules, search, query);
    let last = query.depth1.min(tree.depth());
    let mut row = view.root(tree);
    for depth in 0..last {
        if depth >= query.depth0 {
            row.iter().for_each(|shown| view.push(shown));
        }
        if depth + 1 >= last || row.is_empty() {
            break;
        }
        row = view.open_row(tree, &row);
    }
    view.answer.depth = tree.depth();
    view.answer
}

/// Everything about the box that `query` names; `None` if the tree never gave it out.
pub fn details(
    tree: &CallTree,
    soil: Soil<'_>,
    modules: &Modules,
    query: &FlameNodeQuery,
) -> Option<FlameNode> {
    let (id, direction) = (query.node, query.direction);
    let node = tree.node(id)?;
    let total = soil.weights.total.max(1) as f64;
    let path_nodes = tree.path(id);
    let path = path_nodes.iter().filter_map(|&at| Some(name_of(soil, tree.node(at)?.name))).collect();
    let x0 = node.left as f64 / total;
    Some(FlameNode {
        function: name_of(soil, node.name),
        location: heaviest_location(tree, soil, direction, id),
        module: modules.name(node.name).to_string(),
        cum: node.cum,
        flat: tree.flat(soil, id),
        total: i64::try_from(soil.weights.total).unwrap_or(i64::MAX),
        parent_cum: tree.node(node.parent)?.cum,
        x0,
        x1: x0 + node.size as f64 / total,
        row: node.row,
        path,
        path_nodes,
        by_label: labelled(query).and_then(|column| {
            labels::shares(soil.dataset, column, &members_below(tree, soil, direction, id))
        }),
    })
}

/// The value column whose samples may have labels: those of a trace have none.
fn labelled(query: &FlameNodeQuery) -> Option<u32> {
    match query.source {
        FlameSource::Samples(column) if query.scope.is_all() => Some(column),
        _ => None,
    }
}

/// One box of the picture.
struct Shown {
    /// The node; `u32::MAX` for several.
    id: u32,
    node: Node,
    /// How many nodes it merges; 0 for one.
    merged: u32,
    matched: bool,
}

/// The answer in the making.
struct View<'a> {
    soil: Soil<'a>,
    search: &'a Search,
    modules: &'a Modules,
    total: f64,
    window: (f64, f64),
    narrow: f64,
    name_rows: HashMap<u32, u32>,
    answer: FlameAnswer,
}

impl<'a> View<'a> {
    fn new(soil: Soil<'a>, modules: &'a Modules, search: &'a Search, query: &FlameQuery) -> Self {
        let x0 = if query.x0.is_finite() { query.x0 } else { 0.0 };
        let x1 = if query.x1.is_finite() { query.x1 } else { 1.0 };
        let width_px = f64::from(query.width_px).clamp(1.0, 100_000.0);
        let answer = FlameAnswer {
            total: i64::try_from(soil.weights.total).unwrap_or(i64::MAX),
            modules: modules.names.clone(),
            match_functions: search.functions,
            match_weight: i64::try_from(search.weight).unwrap_or(i64::MAX),
            search_error: search.error.clone(),
            ..FlameAnswer::default()
        };
        Self {
            soil,
            search,
            modules,
            total: soil.weights.total.max(1) as f64,
            window: (x0, x1.max(x0)),
            narrow: NARROW_PX * (x1 - x0).max(f64::MIN_POSITIVE) / width_px,
            name_rows: HashMap::new(),
            answer,
        }
    }

    fn root(&self, tree: &CallTree) -> Vec<Shown> {
        let root = tree.node(ROOT).map(|node| Shown { id: ROOT, node, merged: 0, matched: false });
        root.into_iter().collect()
    }

    /// The visible children of a row of boxes, from left to right.
    fn open_row(&self, tree: &mut CallTree, row: &[Shown]) -> Vec<Shown> {
        let mut next = Vec::new();
        for parent in row.iter().filter(|shown| shown.id != u32::MAX) {
            let children = tree.children(self.soil, parent.id);
            for id in children.clone() {
                let Some(node) = tree.node(id) else { break };
                // Heaviest first: with the first narrow child begin the narrow ones.
                if node.size as f64 / self.total < self.narrow {
                    next.extend(self.merge(tree, id..children.end));
                    break;
                }
                if self.in_window(node.left, node.size) {
                    next.push(Shown { id, node, merged: 0, matched: self.search.is_match(node.name) });
                }
            }
        }
        next
    }

    /// One box for siblings that are too narrow each; none if they are too narrow together.
    fn merge(&self, tree: &CallTree, ids: std::ops::Range<u32>) -> Option<Shown> {
        let nodes: Vec<Node> = ids.filter_map(|id| tree.node(id)).collect();
        let mut node = *nodes.first()?;
        node.size = nodes.iter().fold(0, |sum, node| sum.saturating_add(node.size));
        node.cum = nodes.iter().fold(0, |sum, node| sum.saturating_add(node.cum));
        let matched = nodes.iter().any(|node| self.search.is_match(node.name));
        let wide = node.size as f64 / self.total >= self.narrow && self.in_window(node.left, node.size);
        wide.then_some(Shown { id: u32::MAX, node, merged: nodes.len() as u32, matched })
    }

    fn in_window(&self, left: u64, size: u64) -> bool {
        let x0 = left as f64 / self.total;
        x0 < self.window.1 && x0 + size as f64 / self.total > self.window.0
    }

    fn push(&mut self, shown: &Shown) {
        let node = shown.node;
        let x0 = node.left as f64 / self.total;
        let name = if shown.merged == 0 { self.name_row(node.name) } else { self.merged_name(shown.merged) };
        let module = if shown.merged == 0 { self.modules.colour(node.name) } else { 0 };
        self.answer.node.push(shown.id);
        self.answer.row.push(node.row);
        self.answer.x0.push(x0);
        self.answer.x1.push((x0 + node.size as f64 / self.total).min(1.0));
        self.answer.cum.push(node.cum);
        self.answer.name.push(name);
        self.answer.module.push(u32::from(module));
        self.answer.matched.push(shown.matched);
    }

    fn merged_name(&mut self, count: u32) -> u32 {
        self.answer.names.push(format!("{} narrow functions", crate::units::count(count.into())));
        self.answer.names.len() as u32 - 1
    }

    fn name_row(&mut self, name: u32) -> u32 {
        let names = &mut self.answer.names;
        *self.name_rows.entry(name).or_insert_with(|| {
            names.push(name_of(self.soil, name));
            names.len() as u32 - 1
        })
    }
}

fn name_of(soil: Soil<'_>, name: u32) -> String {
    if name == u32::MAX { "all".into() } else { soil.names.text(soil.dataset, name).into() }
}

/// The line that most weight of the box went through.
fn heaviest_location(tree: &CallTree, soil: Soil<'_>, direction: Direction, id: u32) -> String {
    let sizes = match direction {
        Direction::TopDown => &soil.weights.sum_size,
        Direction::BottomUp => &soil.weights.own_size,
    };
    let mut by_place: HashMap<(u32, u32), (u64, StackId)> = HashMap::new();
    for member in tree.members(id) {
        let Some(frame) = soil.dataset.frames.get(soil.dataset.stacks.frame(member.at)) else { continue };
        let entry = by_place.entry((frame.function.0, frame.line)).or_insert((0, member.at));
        entry.0 = entry.0.saturating_add(sizes[member.origin.index()]);
    }
    // Of equal places the first stack's, so that the answer does not depend on hashing.
    let heaviest = by_place.values().max_by_key(|(size, stack)| (*size, std::cmp::Reverse(*stack)));
    heaviest.map_or(String::new(), |(_, at)| text::location(soil.dataset, soil.dataset.stacks.frame(*at), 2))
}

/// Which stacks a box stands for, as a mark for every stack.
fn members_below(tree: &CallTree, soil: Soil<'_>, direction: Direction, id: u32) -> Vec<bool> {
    let mut marks = vec![id == ROOT; soil.weights.own_size.len()];
    for Member { origin, .. } in tree.members(id) {
        marks[origin.index()] = true;
    }
    if direction == Direction::TopDown {
        for row in 0..marks.len() {
            let parent = soil.dataset.stacks.parent(StackId::from_index(row)).index();
            marks[row] |= parent < row && marks[parent];
        }
    }
    marks
}
