//! What a session shows of a trace while that is still being read.

use taskscope_engine::api::{Answer, Request, TimelineQuery};
use taskscope_engine::{Opening, Session};
use taskscope_proto::load::Limits;

/// A trace of several generations.
fn small() -> Vec<u8> {
    include_bytes!("../../proto/tests/data/trace/go1.26.8.generations.bin").to_vec()
}

#[test]
fn a_trace_is_shown_while_it_is_read() {
    let bytes = small();
    let mut session = Session::with_limits(Limits { preview_bytes: 1, ..Limits::default() });
    let file = session.open("previewed", bytes.clone());
    let mut previews = Vec::new();
    let part = loop {
        match session.step(file) {
            Opening::Working { .. } => {
                if let Some(preview) = session.preview(file) {
                    let lanes = lanes(&mut session, preview.part);
                    assert!(lanes.contains(&"P 0".to_owned()), "{lanes:?}");
                    previews.push((preview.part, lanes.len(), duration(&mut session, preview.part)));
                    assert_eq!(session.preview(file), None, "the same is not shown twice");
                }
            }
            Opening::Open(parts) => break parts[0].part,
            Opening::Failed(error) => panic!("{error:?}"),
        }
    };
    assert!(!previews.is_empty());
    let mut plain = Session::new();
    let other = plain.open("previewed", bytes);
    let whole = loop {
        assert_eq!(plain.preview(other), None, "a small file has none");
        if let Opening::Open(parts) = plain.step(other) {
            break parts[0].part;
        }
    };
    for &(number, lanes_then, duration_then) in &previews {
        assert_eq!(number, part, "the part keeps its number");
        assert!(lanes_then <= lanes(&mut plain, whole).len());
        assert!(duration_then < duration(&mut plain, whole));
    }
    let request = Request::Timeline(everything());
    assert_eq!(session.ask(part, &request), plain.ask(whole, &request), "previews leave no trace");
    assert_eq!(session.ask(part, &Request::Facts), plain.ask(whole, &Request::Facts));
}

#[test]
fn a_preview_goes_with_its_file() {
    let bytes = small();
    let mut session = Session::with_limits(Limits { preview_bytes: 1, ..Limits::default() });
    let file = session.open("previewed", bytes);
    let preview = loop {
        assert!(matches!(session.step(file), Opening::Working { .. }));
        if let Some(preview) = session.preview(file) {
            break preview.part;
        }
    };
    session.close(file);
    assert!(matches!(session.ask(preview, &Request::Facts), Answer::Unavailable(_)));
    assert_eq!(session.preview(file), None);
}

fn everything() -> TimelineQuery {
    TimelineQuery { t0_ns: 0, t1_ns: 1 << 62, columns: 100, height_px: 4000, ..TimelineQuery::default() }
}

fn lanes(session: &mut Session, part: u32) -> Vec<String> {
    match session.ask(part, &Request::Timeline(everything())) {
        Answer::Timeline(answer) => answer.lanes.iter().map(|lane| lane.name.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

fn duration(session: &mut Session, part: u32) -> Option<u64> {
    match session.ask(part, &Request::Facts) {
        Answer::Facts(facts) => facts.span_ns.map(|(start, end)| end - start),
        other => panic!("{other:?}"),
    }
}
