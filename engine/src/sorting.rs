//! Sorting that shares one copy of the algorithm.
//!
//! The standard library's sort is compiled anew for every type and closure, 4 kB of wasm each, and there were
//! sixty: a tenth of what people download. Here positions are sorted, by one copy, and the items follow. That is
//! slower by a small factor, which lists of findings and rows of tables do not notice; what grows with the events
//! of a trace is sorted by the standard library.

use std::cmp::Ordering;

/// Stable sorting by one shared algorithm.
pub trait Sort<T> {
    /// As `sort_by`.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// As `sort_by_key`.
    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
}

impl<T> Sort<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let items = &*self;
        let order = sorted(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        follow(self, order);
    }

    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// The positions 0 to `len` in order.
#[inline(never)]
fn sorted(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// Moves to each place the item at the position that `order` has there: round by round, by swaps.
fn follow<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut dice = 1_u32;
        for len in [0, 1, 2, 3, 20, 21, 500, 3_000] {
            let mut items: Vec<(u32, String)> = (0..len)
                .map(|at| {
                    dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (dice >> 26, format!("{at}"))
                })
                .collect();
            let mut expected = items.clone();
            items.order_by_key(|item| Reverse(item.0));
            expected.sort_by_key(|item| Reverse(item.0));
            assert_eq!(items, expected);
            items.order_by(|a, b| a.1.cmp(&b.1));
            expected.sort_by(|a, b| a.1.cmp(&b.1));
            assert_eq!(items, expected);
        }
    }
}
