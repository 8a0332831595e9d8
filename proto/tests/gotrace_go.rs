//! Go's own test traces, where a Go source tree is at hand: `GOROOT=/usr/local/go cargo test -- --ignored`.
#![allow(clippy::unwrap_used, reason = "a trace that cannot be read fails its test")]

mod gotrace_support;

use gotrace_support::{check, text::to_bytes, try_read};

#[test]
#[ignore = "needs GOROOT"]
fn go_s_own_test_traces_are_accepted_and_refused_as_go_does() {
    let root = std::env::var("GOROOT").expect("GOROOT names a Go source tree");
    let folder = format!("{root}/src/internal/trace/testdata/tests");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let archive = std::fs::read_to_string(&path).unwrap();
        let (head, trace) = archive.split_once("-- trace --\n").unwrap();
        let success = head.lines().any(|line| line == "SUCCESS");
        let notices = match try_read(to_bytes(trace)) {
            Ok(data) => {
                check(&data);
                data.notices
            }
            Err(error) => vec![error.into()],
        };
        assert_eq!(notices.is_empty(), success, "{}: {notices:?}", path.display());
        seen += 1;
    }
    assert!(seen > 0);
}
