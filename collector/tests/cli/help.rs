//! Help texts, as snapshots in `tests/cli/help/`. `UPDATE=1 cargo test` rewrites them.

use std::path::Path;

use super::support::collector;

const VERBS: [&str; 24] = [
    "trace",
    "cpu",
    "heap",
    "binary",
    "stack",
    "gc",
    "setgc",
    "memstats",
    "stats",
    "version",
    "view",
    "inspect",
    "top",
    "leaks",
    "tasks",
    "task",
    "regions",
    "why",
    "goroutines",
    "blocking",
    "findings",
    "gctrace",
    "mmu",
    "latency",
];

/// Compares with the stored text, or stores it.
fn check(name: &str, arguments: &[&str]) {
    let text = collector(arguments).env("COLUMNS", "100").run().ok();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, stored, "{} differs; UPDATE=1 rewrites it", path.display());
}

#[test]
fn help_says_what_each_verb_does() {
    check("collector", &["--help"]);
    for verb in VERBS {
        check(verb, &[verb, "--help"]);
    }
}

#[test]
fn bad_usage_exits_with_2() {
    collector(&[]).run().fails(2, &["Usage"]);
    collector(&["trac", "1"]).run().fails(2, &["trace"]);
    collector(&["trace"]).run().fails(2, &["TARGET"]);
    collector(&["trace", "1", "--nonsense"]).run().fails(2, &["--nonsense"]);
    collector(&["trace", "1", "--force"]).run().fails(2, &["--output"]);
    collector(&["stats", "1", "--timeout", "0s"]).run().fails(2, &["--timeout"]);
}
