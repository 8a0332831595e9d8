//! What the compiler says of attributes that are used wrongly: one error, in our words, at the right place.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// The macros as they were just built, beside this test.
fn library() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.contains("taskscope_agent_macros-") && name.ends_with(std::env::consts::DLL_SUFFIX)
    };
    let files = std::fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path()).filter(ours);
    let age =
        |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    files.max_by_key(age).expect("the macros are built")
}

/// What the compiler says of a source.
fn said(source: &str) -> String {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-name", "wrong", "--emit", "metadata", "-o", "/dev/null"]);
    rustc.arg("--extern").arg(format!("taskscope_agent_macros={}", library().display())).arg("-");
    let mut child = rustc.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success(), "{source} compiles");
    String::from_utf8(output.stderr).unwrap()
}

/// The only error, its text and the source under its marks.
fn check(source: &str, message: &str, marked: &str) {
    let said = said(&format!("{source}\n"));
    let errors = said.lines().filter(|line| line.starts_with("error")).count();
    // The last one counts the others.
    assert_eq!(errors, 2, "{said}");
    assert!(said.contains(&format!("error: {message}")), "{said}");
    let marks = said.lines().find(|line| line.trim_start_matches([' ', '|']).starts_with('^')).unwrap();
    let (start, length) = (marks.find('^').unwrap(), marks.matches('^').count());
    let shown = said.lines().find(|line| line.contains(" | ") && line.contains(marked)).unwrap();
    assert_eq!(shown.get(start..start + length), Some(marked), "{said}");
}

#[test]
fn options_are_checked() {
    let main = |options: &str| format!("#[taskscope_agent_macros::main({options})] async fn main() {{}}");
    check(&main("flavour = \"x\""), "there is no option `flavour`; the options are flavor,", "flavour");
    check(&main("flavor = \"threaded\""), "no flavor `threaded`; there are", "\"threaded\"");
    check(&main("worker_threads = 0"), "`worker_threads` must be a whole number from 1", "0");
    check(&main("worker_threads"), "expected a value: `worker_threads = …`", "worker_threads");
    check(&main("name = \"a\" name"), "expected `,` between options", "name");
    check(&main("name = 7"), "`name` must be a string in quotes", "7");
    check(&main("ignore = \"x\""), "`ignore` is an option of `test`", "ignore");
    let both = "flavor = \"current_thread\", worker_threads = 2";
    check(&main(both), "`worker_threads` needs `flavor = \"multi_thread\"`", "worker_threads");
    check(&main("start_paused = true"), "`start_paused` needs `flavor = \"current_thread\"`", "start_paused");
    check(&main("name = \"a\", name = \"b\""), "`name` is given twice", "name");
}

#[test]
fn functions_are_checked() {
    let attribute = "#[taskscope_agent_macros::main]";
    check(&format!("{attribute} fn main() {{}}"), "`#[taskscope_agent::main]` needs an `async fn`", "fn");
    check(
        &format!("fn main() {{}}\n{attribute} async fn f(a: u8) {{}}"),
        "the main function takes no arguments",
        "(a: u8)",
    );
}
