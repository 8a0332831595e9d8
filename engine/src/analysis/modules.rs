//! Modules and their colours: one for the language's own code, six for whoever causes most weight.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::StackId;

use super::names::Names;
use super::symbols::{is_standard, module_of, package};
use super::weights::{self, StackWeights};
use crate::sorting::Sort;

/// Colours there are beside the standard library's.
const COLOURS: usize = 6;

/// The module of every name, as a colour.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    /// Module names by colour; entry 0 is the standard library and runtime.
    pub names: Vec<String>,
    colours: Vec<u8>,
}

impl Modules {
    /// Colours the names of `dataset`, by the weight of its first-shown sample type, so that a module
    /// keeps its colour when another sample type is chosen.
    ///
    /// A module is a package where six colours are enough for all packages, else the module that the
    /// package lies in. Past six modules the lightest ones share the last colour.
    pub fn build(dataset: &Dataset, names: &Names) -> Self {
        let weights = package_weights(dataset, names);
        let by_module = weights.len() > COLOURS;
        let key =
            |package: &str| if by_module { module_of(package).to_string() } else { package.to_string() };
        let ranked = ranked(&weights, key);
        let shared = ranked.len() > COLOURS;
        let own_colours = if shared { COLOURS - 1 } else { COLOURS };
        let colour_of = |name: &str| match is_standard(name) {
            true => 0,
            false => {
                let wanted = key(package(name));
                ranked.iter().take(own_colours).position(|module| *module == wanted).unwrap_or(own_colours)
                    as u8
                    + 1
            }
        };
        let colours = names.texts(dataset).map(colour_of).collect();
        let mut legend = vec!["standard library, runtime".to_string()];
        legend.extend(ranked.iter().take(own_colours).cloned());
        if shared {
            let others = ranked.len() - own_colours;
            legend.push(format!("{} others", crate::units::count_u64(others as u64)));
        }
        Self { names: legend, colours }
    }

    /// The colour of row `name` of the names; 0 for a row that is not there.
    pub fn colour(&self, name: u32) -> u8 {
        self.colours.get(name as usize).copied().unwrap_or(0)
    }

    /// The module of row `name`, as in the legend.
    pub fn name(&self, name: u32) -> &str {
        self.names.get(usize::from(self.colour(name))).map_or("", String::as_str)
    }
}

/// Weight that each package of own code causes: a sample counts for the package of its innermost
/// own frame, for most of the time itself is spent in the standard library.
fn package_weights<'a>(dataset: &'a Dataset, names: &'a Names) -> BTreeMap<&'a str, u64> {
    let weights = StackWeights::build(dataset, weights::default_sample_type(dataset));
    let mut sums = vec![0u64; names.len()];
    let own: Vec<bool> = names.texts(dataset).map(|name| !is_standard(name)).collect();
    // Parents come first, so the innermost own name of the caller is known when it is needed.
    let mut innermost: Vec<u32> = Vec::with_capacity(dataset.stacks.len());
    for row in 0..dataset.stacks.len() {
        let stack = StackId::from_index(row);
        let inherited = innermost.get(dataset.stacks.parent(stack).index()).copied().unwrap_or(u32::MAX);
        let here = names.of_stack(dataset, stack).filter(|&name| own[name as usize]).unwrap_or(inherited);
        innermost.push(here);
        if let Some(sum) = sums.get_mut(here as usize) {
            *sum = sum.saturating_add(weights.own_size[row]);
        }
    }
    let mut by_package: BTreeMap<&str, u64> = BTreeMap::new();
    for (row, sum) in sums.into_iter().enumerate().filter(|&(row, _)| own[row]) {
        let entry = by_package.entry(package(names.text(dataset, row as u32))).or_default();
        *entry = entry.saturating_add(sum);
    }
    by_package
}

/// Modules by falling weight, then by name.
fn ranked(weights: &BTreeMap<&str, u64>, key: impl Fn(&str) -> String) -> Vec<String> {
    let mut modules: BTreeMap<String, u64> = BTreeMap::new();
    for (package, weight) in weights {
        let entry = modules.entry(key(package)).or_default();
        *entry = entry.saturating_add(*weight);
    }
    let mut ranked: Vec<(String, u64)> = modules.into_iter().collect();
    ranked.order_by(|a, b| Reverse(a.1).cmp(&Reverse(b.1)).then_with(|| a.0.cmp(&b.0)));
    ranked.into_iter().map(|(module, _)| module).collect()
}
