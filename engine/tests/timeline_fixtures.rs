//! The timeline of real traces: what must hold at every zoom.

use taskscope_engine::analysis::timeline::{TimelineIndex, minimap, span_details, timeline};
use taskscope_engine::api::*;
use taskscope_proto::model::{Dataset, SpanId, TaskId, TaskState};

/// The data set of a fixture.
fn load(bytes: &[u8]) -> Dataset {
    let mut parts = taskscope_proto::load::load(bytes.to_vec()).expect("a trace");
    parts.remove(0).dataset
}

fn query(t0_ns: u64, t1_ns: u64, columns: u32) -> TimelineQuery {
    TimelineQuery {
        t0_ns,
        t1_ns,
        columns,
        top_px: 0,
        height_px: 100_000,
        coarse: false,
        grouping: LaneGrouping::Entry,
        ..TimelineQuery::default()
    }
}

fn check(bytes: &[u8]) {
    let dataset = load(bytes);
    let index = TimelineIndex::build(&dataset);
    let (start, end) = (dataset.facts.start_ns, dataset.facts.end_ns);
    assert!(start < end && dataset.spans.len() > 1_000);
    check_minimap(&dataset, &index);
    for zoom in 0..18 {
        let length = ((end - start) >> zoom).max(1);
        let t0 = start + (end - start - length) / 3;
        for columns in [7, 1_200] {
            check_answer(&timeline(&dataset, &index, &query(t0, t0 + length, columns)), columns);
        }
    }
    check_whole_spans(&dataset, &index);
    check_details(&dataset, &index);
}

/// The minimap's bars add up to the time that tasks ran.
fn check_minimap(dataset: &Dataset, index: &TimelineIndex) {
    let map = minimap(dataset, index, &MinimapQuery { columns: 500 });
    let mean = map.running.iter().sum::<f32>() / 500.0;
    let length = dataset.facts.end_ns - dataset.facts.start_ns;
    let ran: u64 = spans(dataset)
        .filter(|span| span.state == TaskState::Running)
        .map(|span| span.end_ns - span.start_ns)
        .sum();
    let exact = ran as f32 / length as f32;
    assert!((mean - exact).abs() < exact * 0.01, "{mean} instead of {exact}");
    assert!(!map.gc.is_empty() && map.gc.iter().all(|(from, to)| 0.0 <= *from && from < to && *to <= 1.0));
}

fn spans(dataset: &Dataset) -> impl Iterator<Item = taskscope_proto::model::Span> + '_ {
    (0..dataset.spans.len()).filter_map(|row| dataset.span(SpanId::from_index(row)))
}

/// Boxes are in order, none over another, at most one a column; lanes stand under one another.
fn check_answer(answer: &TimelineAnswer, columns: u32) {
    let rows = answer.span.len();
    assert!([answer.x0_ns.len(), answer.x1_ns.len(), answer.mark.len(), answer.label.len()] == [rows; 4]);
    let mut y = 0;
    for lane in &answer.lanes {
        assert_eq!(lane.top_px, y);
        y += lane.height_px;
        let boxes = lane.boxes.0 as usize..lane.boxes.1 as usize;
        assert!(boxes.len() <= columns as usize, "{} has {} boxes", lane.name, boxes.len());
        for row in boxes.clone() {
            assert!(answer.x0_ns[row] < answer.x1_ns[row]);
            assert!(row == boxes.start || answer.x1_ns[row - 1] <= answer.x0_ns[row], "{}", lane.name);
        }
        for value in lane.series.iter().chain(&lane.series2) {
            assert!((0.0..=1.0).contains(value), "{} has {value}", lane.name);
        }
        assert!(lane.series.is_empty() || lane.series.len() == columns as usize);
    }
    assert_eq!(answer.height_px, y);
}

/// A box that is one span is that span, to the ns.
fn check_whole_spans(dataset: &Dataset, index: &TimelineIndex) {
    let answer = timeline(dataset, index, &query(dataset.facts.start_ns, dataset.facts.end_ns, 1_200));
    let mut whole = 0;
    for lane in answer.lanes.iter().filter(|lane| lane.kind == LaneKind::Task) {
        for row in lane.boxes.0 as usize..lane.boxes.1 as usize {
            let Some(span) = dataset.span(SpanId(answer.span[row])) else { continue };
            assert_eq!(answer.t0_ns as i64 + answer.x0_ns[row], span.start_ns as i64);
            let off = (answer.t0_ns as i64 + answer.x1_ns[row]).abs_diff(span.end_ns as i64);
            let column = (answer.t1_ns - answer.t0_ns) / 1_199 + 1;
            assert!(off < 2 * column, "{} ends {off} ns off", lane.name);
            assert_eq!(lane.name, format!("G {}", dataset.tasks.rows[span.task.index()].id));
            whole += 1;
        }
    }
    assert!(whole > 20, "{whole} whole spans");
}

/// Details agree with the tables: neighbours, lives that sum to 100.0 %, wakers that were there.
fn check_details(dataset: &Dataset, index: &TimelineIndex) {
    let every = (dataset.spans.len() / 300).max(1);
    let mut woken = 0;
    for row in (0..dataset.spans.len()).step_by(every) {
        let details = span_details(dataset, index, row as u32).expect("details of a span");
        assert!(details.previous.is_none_or(|span| span as usize + 1 == row));
        assert_eq!(details.shares.iter().map(|share| share.per_mille).sum::<u32>(), 1000);
        assert_eq!(details.shares.iter().map(|share| share.ns).sum::<u64>(), details.life_ns);
        let Some(waker) = details.woken_by else { continue };
        woken += 1;
        if let Some(span) = waker.span.and_then(|span| dataset.span(SpanId(span))) {
            assert!(span.start_ns <= waker.at_ns && waker.at_ns <= span.end_ns, "{waker:?} {span:?}");
            assert_ne!(span.task, TaskId::NONE);
        }
    }
    assert!(woken > 10, "{woken} spans were woken");
}

macro_rules! fixtures {
    ($($name:ident $file:literal)*) => {$(
        #[test]
        fn $name() {
            check(include_bytes!(concat!("../../proto/tests/data/trace/", $file)));
        }
    )*};
}

fixtures! {
    go1_22 "go1.22.10.bin"
    go1_23 "go1.23.9.bin"
    go1_24 "go1.24.11.bin"
    go1_25 "go1.25.5.bin"
    go1_26 "go1.26.6.bin"
    go1_27 "go1.27.3.bin"
}
