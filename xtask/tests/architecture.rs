//! House rules that no compiler checks: who may depend on whom, how long a file may be, and what a note of work left must name.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{array, metadata, root, text};

/// What each package may depend on among ours. Nothing depends on agent, collector, viewer or xtask.
const EDGES: [(&str, &[&str]); 7] = [
    ("taskscope-proto", &[]),
    ("taskscope-engine", &["taskscope-proto"]),
    ("taskscope-agent", &["taskscope-agent-macros", "taskscope-proto"]),
    ("taskscope-agent-macros", &[]),
    ("taskscope-collector", &["taskscope-engine", "taskscope-proto"]),
    ("taskscope-viewer", &["taskscope-engine", "taskscope-proto"]),
    ("taskscope-xtask", &[]),
];

/// What proto and engine must not pull in, however indirectly: browsers, runtimes, clocks, networks, random numbers.
const IMPURE: [&str; 12] = [
    "chrono",
    "getrandom",
    "gloo",
    "js-sys",
    "libc",
    "mio",
    "rayon",
    "reqwest",
    "tokio",
    "wasm-bindgen",
    "web-sys",
    "yew",
];

/// Longer files are split, unless they say why not.
const LONGEST: usize = 600;

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata(&["--no-deps"]);
    let packages = array(&metadata, "packages");
    assert!(packages.len() >= 5, "the workspace has its members");
    for package in packages {
        let name = text(package, "name");
        let edge = EDGES.iter().find(|(package, _)| *package == name);
        let (_, allowed) =
            edge.unwrap_or_else(|| panic!("{name} is new: say in EDGES what it may depend on"));
        for dependency in ours(package) {
            assert!(allowed.contains(&dependency), "{name} must not depend on {dependency}");
        }
    }
}

/// Names of our own packages among a package's dependencies, those for tests left out.
fn ours(package: &Value) -> impl Iterator<Item = &str> {
    let shipped =
        array(package, "dependencies").iter().filter(|dependency| text(dependency, "kind") != "dev");
    shipped.map(|dependency| text(dependency, "name")).filter(|name| name.starts_with("taskscope-"))
}

#[test]
fn proto_and_engine_need_no_machine() {
    let metadata = metadata(&["--filter-platform", "wasm32-unknown-unknown"]);
    for package in ["taskscope-proto", "taskscope-engine"] {
        let reached = shipped_with(&metadata, package);
        assert!(reached.len() > 3, "{package} has dependencies");
        let impure: Vec<_> = reached.iter().filter(|name| IMPURE.contains(&name.as_str())).collect();
        assert!(impure.is_empty(), "{package} must not depend on {impure:?}");
    }
}

/// Names of all packages that one ships with: normal dependencies, followed to the end.
fn shipped_with(metadata: &Value, name: &str) -> Vec<String> {
    let nodes = array(&metadata["resolve"], "nodes");
    let package = |id: &str| array(metadata, "packages").iter().find(|package| text(package, "id") == id);
    let name_of = |id: &str| package(id).map_or("", |package| text(package, "name")).to_owned();
    let node = |id: &str| nodes.iter().find(|node| text(node, "id") == id);
    let start =
        nodes.iter().map(|node| text(node, "id")).find(|id| name_of(id) == name).expect("a package of ours");
    let mut seen = vec![start];
    let mut next = 0;
    while let Some(id) = seen.get(next) {
        for id in node(id).into_iter().flat_map(normal_dependencies) {
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
        next += 1;
    }
    seen.into_iter().map(name_of).collect()
}

/// Ids of the packages that one is built with; those of its tests and build script are left out.
fn normal_dependencies(node: &Value) -> impl Iterator<Item = &str> {
    let normal =
        |dependency: &&Value| array(dependency, "dep_kinds").iter().any(|kind| kind["kind"].is_null());
    array(node, "deps").iter().filter(normal).map(|dependency| text(dependency, "pkg"))
}

#[test]
fn no_source_file_is_too_long() {
    for (file, source) in sources() {
        let lines = source.lines().count();
        let reason = source.contains("// Long because ");
        assert!(
            lines <= LONGEST || reason,
            "{} has {lines} lines: split it, or say in it `// Long because …`",
            file.display()
        );
    }
}

#[test]
fn every_todo_names_its_issue() {
    // Put together here, so that this file does not find itself.
    let mark = ["TO", "DO"].concat();
    for (file, source) in sources() {
        for (number, line) in source.lines().enumerate() {
            let named = line.split_once(&mark).is_none_or(|(_, rest)| rest.starts_with("(#"));
            assert!(named, "{}:{}: write {mark}(#issue)", file.display(), number + 1);
        }
    }
}

/// Our own Rust, Go, CSS and schema files, without generated code.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in ["agent", "collector", "engine", "proto", "viewer", "xtask"] {
        gather(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20, "the sources are found");
    let read = |file: PathBuf| fs::read_to_string(&file).ok().map(|source| (file, source));
    let ours = |(_, source): &(PathBuf, String)| !source.starts_with("// @generated");
    let relative = |(file, source): (PathBuf, String)| {
        (file.strip_prefix(root()).map_or(file.clone(), Path::to_owned), source)
    };
    files.into_iter().filter_map(read).filter(ours).map(relative).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !["target", "data", "wire"].contains(&&*name) {
            gather(&path, files);
        } else if ["rs", "go", "css", "proto", "html"].contains(&&*extension) {
            files.push(path);
        }
    }
}
