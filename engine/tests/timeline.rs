//! The timeline from query to picture, on a small trace made by hand.

mod support;

use support::{Fixed, Maker, check_snapshot, list, run, small_trace, span, wait};
use taskscope_engine::analysis::timeline::{TimelineIndex, minimap, span_details, timeline};
use taskscope_engine::api::*;
use taskscope_engine::scene::{self, Theme, TimelineSelection, TimelineViewport};
use taskscope_proto::model::{Dataset, Strings, TaskId, TaskState};

fn query(dataset: &Dataset) -> TimelineQuery {
    TimelineQuery {
        t0_ns: dataset.facts.start_ns,
        t1_ns: dataset.facts.end_ns,
        columns: 1000,
        top_px: 0,
        height_px: 1000,
        coarse: false,
        grouping: LaneGrouping::Entry,
        ..TimelineQuery::default()
    }
}

fn viewport(dataset: &Dataset) -> TimelineViewport {
    TimelineViewport {
        origin_ns: dataset.facts.start_ns,
        from_ns: 0.0,
        to_ns: dataset.facts.end_ns.saturating_sub(dataset.facts.start_ns) as f64,
        width_px: 1000.0,
        scroll_px: 0.0,
        height_px: 400.0,
    }
}

fn ask(dataset: &Dataset, query: &TimelineQuery) -> TimelineAnswer {
    timeline(dataset, &TimelineIndex::build(dataset), query)
}

/// Lanes as text: indent, name, fact, place.
fn lanes(answer: &TimelineAnswer) -> Vec<String> {
    let line = |lane: &Lane| {
        let indent = if lane.indented { "  " } else { "" };
        let open = lane.expanded.map_or("", |open| if open { "- " } else { "+ " });
        let text =
            format!("{indent}{open}{} | {} | {}+{}", lane.name, lane.fact, lane.top_px, lane.height_px);
        text.replace(taskscope_engine::units::GROUP, " ")
    };
    answer.lanes.iter().map(line).collect()
}

/// The boxes of a lane as text.
fn boxes(answer: &TimelineAnswer, name: &str) -> Vec<String> {
    let lane = answer.lanes.iter().find(|lane| lane.name == name).expect("a lane of this name");
    let row = |row: u32| {
        let row = row as usize;
        let label = answer.labels.get(answer.label[row] as usize).map_or("", String::as_str);
        let (x0, x1) = (answer.x0_ns[row] / 100_000, answer.x1_ns[row] / 100_000);
        format!("{x0}-{x1} {:?}{} {label}", answer.mark[row], answer.colour[row])
    };
    (lane.boxes.0..lane.boxes.1).map(row).collect()
}

#[test]
fn lanes_stand_in_order() {
    let dataset = small_trace();
    assert_eq!(
        lanes(&ask(&dataset, &query(&dataset))),
        [
            "- Counters |  | 0+20",
            "  Heap in use | 60 MiB | 20+36",
            "  Goroutines | 4 | 56+36",
            "  Run queue | 1 ready | 92+36",
            "GC | STW 200 µs | 128+20",
            "- Processors | 2 | 148+20",
            "  P 0 | busy 25 % | 168+20",
            "  P 1 | busy 74 % | 188+20",
            "- net/http.(*conn).serve | 2 | 208+20",
            "  G 1861 | ran 51 % | 228+20",
            "  G 1893 | ran 33 % | 248+20",
            "- main.(*Cache).refresh | 1 | 268+20",
            "  G 58 | ran 0 % | 288+20",
            "- runtime.gcBgMarkWorker | 1 | 308+20",
            "  G 19 | ran 15 % | 328+20",
        ]
    );
}

#[test]
fn boxes_say_state_and_place() {
    let dataset = small_trace();
    let answer = ask(&dataset, &query(&dataset));
    assert_eq!(
        boxes(&answer, "G 1893"),
        [
            "0-20 Network0 network",
            "20-30 Running0 (*Cache).Get",
            "30-60 Sync0 sync · (*Cache).Get",
            "60-62 Ready0 ready",
            "62-80 Running0 reply",
            "80-85 Syscall0 syscall · reply",
            "85-90 Running0 ",
            "90-100 Network0 network",
        ]
    );
    assert_eq!(
        boxes(&answer, "G 1861"),
        ["0-10 Unknown0 ", "10-61 Running0 pause", "61-100 Sleep0 sleep · pause",]
    );
    assert_eq!(
        boxes(&answer, "P 0"),
        ["20-30 Run2 G 1893 · (*conn).serve", "40-55 Gc0 G 19 · gcBgMarkWorker"]
    );
    assert_eq!(boxes(&answer, "GC"), ["40-54 Gc0 GC 1 · mark 1.4 ms", "54-56 StopTheWorld0 STW · 200 µs"]);
}

#[test]
fn only_visible_lanes_are_sent() {
    let dataset = small_trace();
    let answer = ask(&dataset, &TimelineQuery { top_px: 230, height_px: 40, ..query(&dataset) });
    assert_eq!(
        lanes(&answer),
        [
            "  G 1861 | ran 51 % | 228+20",
            "  G 1893 | ran 33 % | 248+20",
            "- main.(*Cache).refresh | 1 | 268+20",
        ]
    );
    assert_eq!((answer.height_px, answer.lanes_all), (348, 10));
}

#[test]
fn a_lane_is_found_in_open_and_closed_groups() {
    let dataset = small_trace();
    let find = |key: u64, toggled: &[u64]| {
        let query = TimelineQuery { reveal: Some(key), toggled: toggled.to_vec(), ..query(&dataset) };
        ask(&dataset, &query).revealed.map(|lane| (lane.top_px, lane.height_px, lane.group))
    };
    let all = ask(&dataset, &query(&dataset));
    for lane in all.lanes.iter().filter(|lane| lane.kind != LaneKind::Group) {
        assert_eq!(find(lane.key, &[]), Some((lane.top_px, lane.height_px, None)), "{}", lane.name);
    }
    let head = all.lanes.iter().find(|lane| lane.name == "main.(*Cache).refresh").expect("a head");
    let task = all.lanes.iter().find(|lane| lane.name == "G 58").expect("a lane");
    assert_eq!(find(task.key, &[head.key]), Some((head.top_px, 20, Some(head.key))));
    assert_eq!(find(12345, &[]), None);
}

#[test]
fn groups_fold_filter_and_regroup() {
    let dataset = small_trace();
    let all = ask(&dataset, &query(&dataset));
    let key = |name: &str| all.lanes.iter().find(|lane| lane.name == name).expect("a lane").key;
    let toggled = vec![key("Counters"), key("Processors"), key("net/http.(*conn).serve")];
    let folded = ask(&dataset, &TimelineQuery { toggled: toggled.clone(), ..query(&dataset) });
    assert_eq!(
        lanes(&folded)[..4],
        [
            "+ Counters |  | 0+20",
            "GC | STW 200 µs | 20+20",
            "+ Processors | 2 | 40+20",
            "+ net/http.(*conn).serve | 2 | 60+20",
        ]
    );
    let tasks = |filter: &str, grouping| {
        let query = TimelineQuery {
            filter: filter.into(),
            grouping,
            toggled: toggled[..2].to_vec(),
            ..query(&dataset)
        };
        let names = lanes(&ask(&dataset, &query)).into_iter().skip(3);
        names.map(|line| line.split(" | ").next().unwrap_or_default().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(tasks("186", LaneGrouping::Entry), ["- net/http.(*conn).serve", "  G 1861"]);
    assert_eq!(tasks("/refresh$/", LaneGrouping::Entry), ["- main.(*Cache).refresh", "  G 58"]);
    assert_eq!(tasks("nothing", LaneGrouping::Entry), [""; 0]);
    assert_eq!(tasks("", LaneGrouping::Flat), ["G 1861", "G 1893", "G 58", "G 19"]);
    assert_eq!(tasks("conn", LaneGrouping::Parent), ["- spawned before the trace", "  G 1861", "  G 1893"]);
}

#[test]
fn heads_and_counters_carry_series() {
    let dataset = small_trace();
    let answer = ask(&dataset, &TimelineQuery { columns: 10, ..query(&dataset) });
    let lane = |name: &str| answer.lanes.iter().find(|lane| lane.name == name).expect("a lane");
    let near = |values: &[f32], expected: &[f32]| {
        assert_eq!(values.len(), expected.len());
        assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{values:?}");
    };
    // Running tasks of the group, of two that could run at once.
    near(&lane("net/http.(*conn).serve").series, &[0.0, 0.5, 1.0, 0.5, 0.5, 0.5, 0.45, 0.5, 0.25, 0.0]);
    near(&lane("net/http.(*conn).serve").series2, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0]);
    near(&lane("Heap in use").series, &[0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75]);
    near(&lane("Heap in use").series2, &[1.0; 10]);
    let map = minimap(&dataset, &TimelineIndex::build(&dataset), &MinimapQuery { columns: 5 });
    near(&map.running, &[0.5, 1.5, 1.75, 0.95, 0.25]);
    assert_eq!((map.gc, map.workers), (vec![(0.4, 0.55)], 2));
}

#[test]
fn details_tell_the_whole_story() {
    let dataset = small_trace();
    let index = TimelineIndex::build(&dataset);
    let details = span_details(&dataset, &index, 2).expect("a span");
    assert_eq!(
        (details.title.as_str(), details.task.as_str(), details.task_id),
        ("Blocked: sync", "G 1893", 1893)
    );
    let facts: Vec<String> = details.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    let facts = facts.join("; ").replace(taskscope_engine::units::GROUP, " ");
    assert_eq!(
        facts,
        "Start: 0.003 000 s; Reason: sync; Before: running on P 0, 1 ms; After: ready 200 µs, then P 1"
    );
    assert_eq!((details.previous, details.next), (Some(1), Some(3)));
    let waker = details.woken_by.expect("a waker");
    assert_eq!((waker.task.as_str(), waker.span), ("G 1861", Some(9)));
    assert_eq!(waker.by, "sync.(*Mutex).Unlock ← main.(*Cache).Get");
    assert_eq!(details.stack_title, "Stack when blocked");
    assert_eq!(details.stack[1].function, "main.(*Cache).Get");
    assert!(details.stack[1].own && !details.stack[0].own);
    let shares: Vec<_> = details
        .shares
        .iter()
        .map(|share| (share.state.as_str(), share.ns, share.per_mille, share.spans))
        .collect();
    assert_eq!(
        shares,
        [
            ("running", 3_100_000, 310, 3),
            ("ready", 200_000, 20, 1),
            ("blocked: sync", 3_000_000, 300, 1),
            ("blocked: network, I/O", 3_000_000, 300, 2),
            ("syscall", 500_000, 50, 1),
            ("GC assist", 200_000, 20, 1),
        ]
    );
    assert_eq!((details.life_ns, details.lane), (10_000_000, 8 << 56));
    // The other goroutine was running when it woke this one.
    assert_eq!(span_details(&dataset, &index, 9).and_then(|details| details.woke), Some(3));
    let ran = span_details(&dataset, &index, 1).expect("a span");
    assert_eq!((ran.title.as_str(), ran.stack_title.as_str()), ("Running", "Stack when the run ended"));
    assert_eq!(span_details(&dataset, &index, 99), None);
}

#[test]
fn the_picture_in_light_and_dark() {
    let dataset = small_trace();
    let answer = ask(&dataset, &TimelineQuery { columns: 90, ..query(&dataset) });
    let view = TimelineViewport { width_px: 900.0, ..viewport(&dataset) };
    let index = TimelineIndex::build(&dataset);
    let selection = TimelineSelection::from(&span_details(&dataset, &index, 2).expect("a span"));
    for (name, theme) in [("timeline-light", Theme::light()), ("timeline-dark", Theme::dark())] {
        let commands = scene::timeline(&answer, &view, &theme, Some(&selection), &Fixed);
        check_snapshot(name, &list(&commands));
    }
}

/// While the answer to a zoom is awaited, the old one is drawn scaled; labels are cut to what is left.
#[test]
fn an_old_answer_is_scaled_and_its_labels_cut() {
    let dataset = small_trace();
    let answer = ask(&dataset, &TimelineQuery { top_px: 230, height_px: 30, ..query(&dataset) });
    let view = TimelineViewport {
        from_ns: 2e6,
        to_ns: 8.2e6,
        width_px: 310.0,
        scroll_px: 228.0,
        ..viewport(&dataset)
    };
    check_snapshot("timeline-scaled", &list(&scene::timeline(&answer, &view, &Theme::light(), None, &Fixed)));
}

#[test]
fn a_point_hits_lane_and_box() {
    let dataset = small_trace();
    let answer = ask(&dataset, &query(&dataset));
    let view = viewport(&dataset);
    let hit = |x, y| scene::timeline_hit_test(&answer, &view, x, y);
    let in_lane = hit(450.0, 250.0).expect("a hit");
    assert_eq!((answer.lanes[in_lane.lane as usize].name.as_str(), in_lane.span), ("G 1893", Some(2)));
    assert_eq!(hit(199.0, 250.0).and_then(|hit| hit.span), Some(0));
    assert_eq!(hit(200.5, 250.0).and_then(|hit| hit.span), Some(1));
    let gap = hit(350.0, 170.0).expect("a hit");
    assert_eq!((answer.lanes[gap.lane as usize].name.as_str(), gap.row, gap.span), ("P 0", None, None));
    assert_eq!(hit(350.0, 348.5), None);
    // Zoomed in and scrolled, with the same answer.
    let zoomed = TimelineViewport { from_ns: 4e6, to_ns: 5e6, scroll_px: 240.0, ..view };
    let hit = scene::timeline_hit_test(&answer, &zoomed, 500.0, 9.0).expect("a hit");
    assert_eq!((answer.lanes[hit.lane as usize].name.as_str(), hit.span), ("G 1893", Some(2)));
}

/// A group of many lanes is closed by default; opened, its lanes are found without walking them.
#[test]
fn large_groups_are_closed() {
    let mut maker = Maker::new(0, 1_000, 1);
    for id in 0..500 {
        maker.task(id, "main.handler", &[run(id, 0), wait(id + 1, "chan receive", &[])]);
    }
    let dataset = maker.finish();
    let closed = ask(&dataset, &query(&dataset));
    let head = closed.lanes.last().expect("a head");
    assert_eq!((head.expanded, head.fact.as_str()), (Some(false), "500"));
    let query = TimelineQuery {
        toggled: vec![head.key],
        top_px: head.top_px + 20 + 300 * 20,
        height_px: 60,
        ..query(&dataset)
    };
    let open = ask(&dataset, &query);
    assert_eq!(open.lanes.len(), 3);
    assert_eq!(open.lanes[0].top_px, query.top_px);
    assert_eq!(open.height_px, head.top_px + 20 + 500 * 20);
}

/// Whatever a damaged or hostile file leaves in the tables, queries answer.
#[test]
fn odd_tables_are_no_reason_to_fail() {
    let empty = Dataset::default();
    let index = TimelineIndex::build(&empty);
    assert_eq!(timeline(&empty, &index, &query(&empty)).lanes, []);
    assert!(minimap(&empty, &index, &MinimapQuery { columns: 0 }).running.is_empty());

    let mut maker = Maker::new(500, 400, 1);
    let odd = [run(900, 0), wait(100, "no such", &[]), span(u64::MAX, TaskState::Gone), run(0, 7)];
    let task = maker.task(1, "", &odd);
    maker.task(2, "main.none", &[]);
    maker.wake(task, 1, TaskId(77));
    let mut dataset = maker.finish();
    dataset.spans.reason[1] = 999;
    dataset.tasks.rows[0].parent = TaskId(55);
    dataset.tasks.rows[0].name = Strings::EMPTY;
    let index = TimelineIndex::build(&dataset);
    for grouping in [LaneGrouping::Entry, LaneGrouping::Parent, LaneGrouping::Flat] {
        for (t0_ns, t1_ns) in [(0, u64::MAX), (400, 500), (900, 100), (u64::MAX, u64::MAX)] {
            for columns in [0, 1, 77, u32::MAX] {
                let query =
                    TimelineQuery { t0_ns, t1_ns, columns, grouping, height_px: u32::MAX, ..query(&dataset) };
                let answer = timeline(&dataset, &index, &query);
                assert!(answer.lanes.len() >= 2, "{query:?}");
                let view = TimelineViewport { from_ns: f64::NAN, ..viewport(&dataset) };
                scene::timeline(&answer, &view, &Theme::light(), None, &Fixed);
                scene::timeline_hit_test(&answer, &view, 5.0, 50.0);
            }
        }
    }
    for span in [0, 1, 2, 3, 4, u32::MAX] {
        assert_eq!(span_details(&dataset, &index, span).is_some(), span < 4);
    }
}

/// A task that wakes another in the same lane order as the picture of look.md: the arrow goes from
/// the waker's lane to the woken one's.
#[test]
fn the_arrow_needs_both_lanes() {
    let dataset = small_trace();
    let index = TimelineIndex::build(&dataset);
    let selection = TimelineSelection::from(&span_details(&dataset, &index, 3).expect("a span"));
    let lines = |top_px| {
        let query = TimelineQuery { top_px, height_px: 20, ..query(&dataset) };
        let answer = timeline(&dataset, &index, &query);
        let commands = scene::timeline_selection(&answer, &viewport(&dataset), &Theme::light(), &selection);
        list(&commands).lines().filter(|line| line.starts_with("line")).count()
    };
    assert_eq!((lines(248), lines(240)), (0, 3));
}
