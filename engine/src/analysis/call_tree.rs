//! The tree of calls in one sample type and direction, merged by function name, grown where it is looked at.
//!
//! A node is a set of stacks that end in the same path of names. Its children are made when it is
//! first opened: the members' next frames are grouped by name and ordered by falling size, then name.
//! So a picture of a million stacks costs what it shows, and the bottom-up tree, which would be the
//! sum of all depths large, is never built whole. Node ids are stable once given.

use std::cmp::Reverse;

use taskscope_proto::Dataset;
use taskscope_proto::model::StackId;

use super::children::Children;
use super::names::Names;
use super::weights::StackWeights;
use crate::api::Direction;

/// The node of everything.
pub const ROOT: u32 = 0;

/// Members that a tree holds at most (half a GiB): deeper rows of a monstrous file stay closed.
const MEMBERS: usize = 1 << 26;

/// A stack in a node: where its path has arrived, and which stack's weight it brings.
///
/// Top-down both are the same stack, weighed with all below it. Bottom-up `at` climbs from the leaf
/// to its callers while `origin` stays.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The stack whose leaf frame the node shows.
    pub at: StackId,
    /// The stack whose weight counts.
    pub origin: StackId,
}

/// One node's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Row of [`Names`]; `u32::MAX` for the root.
    pub name: u32,
    /// The caller's node (bottom-up: the callee's); the root is its own.
    pub parent: u32,
    /// Row of the picture.
    pub row: u32,
    /// Signed weight.
    pub cum: i64,
    /// Width: the sum of absolute weights.
    pub size: u64,
    /// Left edge, in the unit of `size`.
    pub left: u64,
    members: (u32, u32),
    children: Option<(u32, u32)>,
}

/// A call tree.
#[derive(Clone, Debug)]
pub struct CallTree {
    direction: Direction,
    nodes: Vec<Node>,
    members: Vec<Member>,
    depth: u32,
}

/// What a tree is grown from; the same for all calls on one tree.
#[derive(Clone, Copy, Debug)]
pub struct Soil<'a> {
    /// The part.
    pub dataset: &'a Dataset,
    /// Its names.
    pub names: &'a Names,
    /// Its stacks, from callers to callees.
    pub children: &'a Children,
    /// Weights in the tree's sample type.
    pub weights: &'a StackWeights,
}

impl CallTree {
    /// A tree of which only the root is known.
    pub fn new(soil: Soil<'_>, direction: Direction) -> Self {
        let weights = soil.weights;
        let roots = soil.children.roots();
        let cum =
            roots.iter().fold(weights.rootless, |sum, root| sum.saturating_add(weights.sum[root.index()]));
        let root = Node {
            name: u32::MAX,
            parent: ROOT,
            row: 0,
            cum,
            size: weights.total,
            left: 0,
            members: (0, 0),
            children: None,
        };
        Self { direction, nodes: vec![root], members: Vec::new(), depth: depth(soil) }
    }

    /// Rows of the whole tree, the root's included.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The node `id`; `None` for one that was never given out.
    pub fn node(&self, id: u32) -> Option<Node> {
        self.nodes.get(id as usize).copied()
    }

    /// The stacks of node `id`; none for the root.
    pub fn members(&self, id: u32) -> &[Member] {
        let Some(node) = self.node(id) else { return &[] };
        self.members.get(node.members.0 as usize..node.members.1 as usize).unwrap_or(&[])
    }

    /// The children of node `id` as a range of ids, heaviest first.
    pub fn children(&mut self, soil: Soil<'_>, id: u32) -> std::ops::Range<u32> {
        let Some(node) = self.node(id) else { return 0..0 };
        let (from, to) = node.children.unwrap_or_else(|| self.open(soil, id, node));
        from..to
    }

    /// Weight of the node's own: of samples that end there. Bottom-up only the leaves ran at all.
    pub fn flat(&self, soil: Soil<'_>, id: u32) -> i64 {
        let Some(node) = self.node(id) else { return 0 };
        match (id, self.direction) {
            (ROOT, _) => soil.weights.rootless,
            (_, Direction::BottomUp) if node.row == 1 => node.cum,
            (_, Direction::BottomUp) => 0,
            (_, Direction::TopDown) => {
                let own = |member: &Member| soil.weights.own[member.at.index()];
                self.members(id).iter().fold(0, |sum: i64, member| sum.saturating_add(own(member)))
            }
        }
    }

    /// Nodes from the root to `id`, both included.
    pub fn path(&self, id: u32) -> Vec<u32> {
        let mut path = vec![id];
        let mut at = id;
        while let Some(node) = self.node(at).filter(|_| at != ROOT) {
            at = node.parent;
            path.push(at);
        }
        path.reverse();
        path
    }

    fn open(&mut self, soil: Soil<'_>, id: u32, node: Node) -> (u32, u32) {
        let mut next = if self.members.len() < MEMBERS { self.next_members(soil, id) } else { Vec::new() };
        let name = |member: &Member| soil.names.of_stack(soil.dataset, member.at).unwrap_or(u32::MAX);
        next.sort_by_key(|member| (name(member), member.at, member.origin));
        let mut groups: Vec<Group<'_>> = next
            .chunk_by(|a, b| name(a) == name(b))
            .map(|members| self.group(soil, name(&members[0]), members))
            .collect();
        let text = |group: &Group<'_>| soil.names.text(soil.dataset, group.name);
        groups.sort_by(|a, b| (Reverse(a.size), text(a), a.name).cmp(&(Reverse(b.size), text(b), b.name)));
        let range = self.add_children(id, node, &groups);
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.children = Some(range);
        }
        range
    }

    fn add_children(&mut self, parent: u32, node: Node, groups: &[Group<'_>]) -> (u32, u32) {
        let from = self.nodes.len() as u32;
        let mut left = node.left;
        for group in groups {
            let start = self.members.len() as u32;
            self.members.extend_from_slice(group.members);
            self.nodes.push(Node {
                name: group.name,
                parent,
                row: node.row + 1,
                cum: group.cum,
                size: group.size,
                left,
                members: (start, self.members.len() as u32),
                children: None,
            });
            left = left.saturating_add(group.size);
        }
        (from, self.nodes.len() as u32)
    }

    /// The members of all children of node `id`. Stacks that weigh nothing are left out.
    fn next_members(&self, soil: Soil<'_>, id: u32) -> Vec<Member> {
        let weights = soil.weights;
        let heavy = |stack: StackId| weights.sum_size[stack.index()] > 0;
        let same = |stack: StackId| Member { at: stack, origin: stack };
        match (self.direction, id) {
            (Direction::TopDown, ROOT) => {
                soil.children.roots().iter().copied().filter(|&stack| heavy(stack)).map(same).collect()
            }
            (Direction::TopDown, _) => {
                let called = self.members(id).iter().flat_map(|member| soil.children.of(member.at));
                called.copied().filter(|&stack| heavy(stack)).map(same).collect()
            }
            (Direction::BottomUp, ROOT) => {
                let leaves = (0..weights.own_size.len()).filter(|&row| weights.own_size[row] > 0);
                leaves.map(|row| same(StackId::from_index(row))).collect()
            }
            (Direction::BottomUp, _) => {
                self.members(id).iter().filter_map(|member| caller(soil, *member)).collect()
            }
        }
    }

    fn group<'a>(&self, soil: Soil<'_>, name: u32, members: &'a [Member]) -> Group<'a> {
        let (signed, sizes) = match self.direction {
            Direction::TopDown => (&soil.weights.sum, &soil.weights.sum_size),
            Direction::BottomUp => (&soil.weights.own, &soil.weights.own_size),
        };
        members.iter().fold(Group { name, cum: 0, size: 0, members }, |group, member| Group {
            cum: group.cum.saturating_add(signed[member.origin.index()]),
            size: group.size.saturating_add(sizes[member.origin.index()]),
            ..group
        })
    }
}

struct Group<'a> {
    name: u32,
    cum: i64,
    size: u64,
    members: &'a [Member],
}

fn caller(soil: Soil<'_>, member: Member) -> Option<Member> {
    let at = soil.dataset.stacks.parent(member.at).get().filter(|&parent| parent < member.at)?;
    Some(Member { at, origin: member.origin })
}

/// One row more than the deepest stack with weight has frames.
fn depth(soil: Soil<'_>) -> u32 {
    let mut depths: Vec<u32> = Vec::with_capacity(soil.weights.own_size.len());
    let mut deepest = 0;
    for (row, &size) in soil.weights.own_size.iter().enumerate() {
        let parent = soil.dataset.stacks.parent(StackId::from_index(row));
        let here = depths.get(parent.index()).map_or(1, |&above| above + 1);
        depths.push(here);
        if size > 0 {
            deepest = deepest.max(here);
        }
    }
    deepest + 1
}
