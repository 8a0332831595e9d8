//! Flat and cumulative weight per function, equal to `go tool pprof -top` to the digit.

use taskscope_proto::Dataset;
use taskscope_proto::model::StackId;

use super::call_tree::Soil;
use super::children::Children;
use super::modules::Modules;
use super::names::Names;
use super::search::Matcher;
use super::text;
use super::weights::{StackWeights, sample_types};
use crate::api::{SampleType, TopAnswer, TopQuery, TopRow, TopSort};

/// Every function of one sample type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopTable {
    /// The sample type's name: `inuse_space`.
    pub kind: String,
    /// Its unit.
    pub unit: String,
    /// Weight of all samples; sizes where values are negative, as pprof counts.
    pub total: i64,
    /// All functions with weight, by falling flat, then cumulative size, then name.
    pub rows: Vec<TopRow>,
}

/// The table of one sample type, with everything it needs built on the way; `None` for a sample
/// type that the part does not have.
pub fn table(dataset: &Dataset, sample_type: u32) -> Option<TopTable> {
    let names = Names::build(dataset);
    let modules = Modules::build(dataset, &names);
    let children = Children::build(dataset);
    let kind = sample_types(dataset).into_iter().nth(sample_type as usize)?;
    let weights = StackWeights::build(dataset, sample_type);
    Some(build(Soil { dataset, names: &names, children: &children, weights: &weights }, &modules, &kind))
}

/// The table of `soil`'s weights, which are of this `kind`.
pub fn build(soil: Soil<'_>, modules: &Modules, kind: &SampleType) -> TopTable {
    let Soil { dataset, names, weights, .. } = soil;
    let sums = FunctionSums::build(soil);
    let mut rows: Vec<TopRow> = (0..names.len())
        .filter(|&row| sums.flat[row] != 0 || sums.cum[row] != 0)
        .map(|row| TopRow {
            function: names.text(dataset, row as u32).to_string(),
            location: text::location(dataset, dataset.stacks.frame(sums.heaviest[row]), 2),
            module: u32::from(modules.colour(row as u32)),
            flat: sums.flat[row],
            cum: sums.cum[row],
        })
        .collect();
    sort(&mut rows, TopSort::Flat);
    let total = i64::try_from(weights.total).unwrap_or(i64::MAX);
    TopTable { kind: kind.kind.clone(), unit: kind.unit.clone(), total, rows }
}

/// A window of `table`, sorted and filtered as `query` wants. A bad regular expression keeps nothing.
pub fn window(table: &TopTable, query: &TopQuery) -> TopAnswer {
    let matcher = Matcher::new(&query.search);
    let wanted = |row: &TopRow| match &matcher {
        Ok(matcher) => matcher.is_empty() || matcher.matches(&row.function),
        Err(_) => false,
    };
    let mut rows: Vec<TopRow> = table.rows.iter().filter(|row| wanted(row)).cloned().collect();
    sort(&mut rows, query.sort);
    let matching = rows.len() as u32;
    let rows = rows.into_iter().skip(query.first as usize).take(query.count as usize).collect();
    TopAnswer { total: table.total, unit: table.unit.clone(), matching, all: table.rows.len() as u32, rows }
}

fn sort(rows: &mut [TopRow], by: TopSort) {
    let flat = |row: &TopRow| std::cmp::Reverse(row.flat.unsigned_abs());
    let cum = |row: &TopRow| std::cmp::Reverse(row.cum.unsigned_abs());
    rows.sort_by(|a, b| {
        let weight = match by {
            TopSort::Flat => (flat(a), cum(a)).cmp(&(flat(b), cum(b))),
            TopSort::Cumulative => (cum(a), flat(a)).cmp(&(cum(b), flat(b))),
            TopSort::Name => std::cmp::Ordering::Equal,
        };
        weight.then_with(|| a.function.cmp(&b.function))
    });
}

/// Sums by row of [`Names`].
struct FunctionSums {
    flat: Vec<i64>,
    cum: Vec<i64>,
    /// The stack, ending in the function, with most weight: its leaf frame is the line to show.
    heaviest: Vec<StackId>,
}

impl FunctionSums {
    fn build(soil: Soil<'_>) -> Self {
        let Soil { dataset, names, weights, .. } = soil;
        let count = names.len();
        let mut sums =
            Self { flat: vec![0; count], cum: vec![0; count], heaviest: vec![StackId::NONE; count] };
        for row in 0..dataset.stacks.len() {
            let stack = StackId::from_index(row);
            if let Some(name) = names.of_stack(dataset, stack) {
                sums.flat[name as usize] = sums.flat[name as usize].saturating_add(weights.own[row]);
                sums.offer_heaviest(name as usize, stack, weights);
            }
        }
        sums.add_cumulative(soil);
        sums
    }

    fn offer_heaviest(&mut self, name: usize, stack: StackId, weights: &StackWeights) {
        let size = |stack: StackId| weights.sum_size.get(stack.index()).copied().unwrap_or(0);
        if self.heaviest[name].is_none() || size(stack) > size(self.heaviest[name]) {
            self.heaviest[name] = stack;
        }
    }

    /// A function's cumulative weight is the sum over its outermost occurrences, so that a sample
    /// counts once however often the function recurs in it. One walk over the tree of stacks, with a
    /// stack of our own: recursion in the profile must not become recursion here.
    fn add_cumulative(&mut self, soil: Soil<'_>) {
        let Soil { dataset, names, children, weights } = soil;
        let mut active = vec![0u32; self.cum.len()];
        let mut todo: Vec<(StackId, bool)> = children.roots().iter().map(|&root| (root, false)).collect();
        while let Some((stack, leaving)) = todo.pop() {
            let Some(name) = names.of_stack(dataset, stack).map(|name| name as usize) else {
                todo.extend(children.of(stack).iter().map(|&child| (child, false)));
                continue;
            };
            if leaving {
                active[name] -= 1;
                continue;
            }
            if active[name] == 0 {
                self.cum[name] = self.cum[name].saturating_add(weights.sum[stack.index()]);
            }
            active[name] += 1;
            todo.push((stack, true));
            todo.extend(children.of(stack).iter().map(|&child| (child, false)));
        }
    }
}
