//! The tree of stacks, read from callers to callees.

use taskscope_proto::Dataset;
use taskscope_proto::model::StackId;

/// The stacks called from each stack.
#[derive(Clone, Debug, Default)]
pub struct Children {
    first: Vec<u32>,
    rows: Vec<StackId>,
    roots: Vec<StackId>,
}

impl Children {
    /// Groups all stacks by their caller, in id order.
    pub fn build(dataset: &Dataset) -> Self {
        let count = dataset.stacks.len();
        let caller = |row: usize| {
            let parent = dataset.stacks.parent(StackId::from_index(row)).index();
            (parent < row).then_some(parent)
        };
        let mut children = Self { first: vec![0; count + 1], ..Self::default() };
        for row in 0..count {
            match caller(row) {
                Some(parent) => children.first[parent + 1] += 1,
                None => children.roots.push(StackId::from_index(row)),
            }
        }
        for row in 0..count {
            children.first[row + 1] += children.first[row];
        }
        let mut next = children.first.clone();
        children.rows = vec![StackId::NONE; count - children.roots.len()];
        for row in 0..count {
            if let Some(parent) = caller(row) {
                children.rows[next[parent] as usize] = StackId::from_index(row);
                next[parent] += 1;
            }
        }
        children
    }

    /// The stacks called from `stack`.
    pub fn of(&self, stack: StackId) -> &[StackId] {
        let bound = |at: usize| self.first.get(at).map_or(0, |&first| first as usize);
        self.rows.get(bound(stack.index())..bound(stack.index() + 1)).unwrap_or(&[])
    }

    /// Stacks without a caller.
    pub fn roots(&self) -> &[StackId] {
        &self.roots
    }
}
