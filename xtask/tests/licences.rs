//! Every dependency has a licence that deny.toml allows. The same check as `cargo deny check licenses`, for machines
//! without it.

mod support;

use support::{array, metadata, root, text};

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed();
    let metadata = metadata(&["--all-features"]);
    let packages = array(&metadata, "packages");
    assert!(packages.len() > 20, "cargo metadata lists the dependencies");
    let bad: Vec<String> = packages
        .iter()
        .map(|package| (text(package, "name"), text(package, "license")))
        .filter(|(_, licence)| !is_allowed(licence, &allowed))
        .map(|(name, licence)| format!("{name}: {licence:?}"))
        .collect();
    assert!(bad.is_empty(), "licences that deny.toml does not allow:\n{}", bad.join("\n"));
}

#[test]
fn an_expression_needs_one_allowed_choice_for_each_of_its_terms() {
    let allowed = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
    assert!(is_allowed("MIT OR GPL-3.0", &allowed));
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(is_allowed("Apache-2.0/MIT", &allowed));
    assert!(!is_allowed("MIT AND GPL-3.0", &allowed));
    assert!(!is_allowed("", &allowed));
}

fn allowed() -> Vec<String> {
    let deny = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let deny: toml::Table = deny.parse().expect("TOML in deny.toml");
    let list = deny["licenses"]["allow"].as_array().expect("a list of licences");
    list.iter().filter_map(|licence| licence.as_str().map(str::to_owned)).collect()
}

/// Judges an SPDX expression in which AND joins terms and OR choices, as all those of crates.io do.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let choice = |name: &str| allowed.iter().any(|licence| licence == name);
    let term = |term: &str| {
        let names = term.replace('/', " OR ");
        names.trim_matches(['(', ')', ' ']).split(" OR ").any(|name| choice(name.trim()))
    };
    expression.split(" AND ").all(term)
}
