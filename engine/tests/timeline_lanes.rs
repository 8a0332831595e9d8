//! Lanes beyond states: folding, sorting, search, threads, user tasks, tables; against plain counting.

mod support;

use std::collections::BTreeSet;

use support::{Fixed, Made, Maker, check_snapshot, list, run, small_trace, span, wait};
use taskscope_engine::analysis::timeline::*;
use taskscope_engine::api::*;
use taskscope_engine::scene::{self, PathPart, Theme, TimelineViewport};
use taskscope_proto::model::*;

/// A trace of a real program with user tasks, regions, assists and CPU samples.
fn fixture() -> Dataset {
    let bytes = include_bytes!("../../proto/tests/data/trace/go1.26.6.bin");
    taskscope_proto::load::load(bytes.to_vec()).expect("a trace").remove(0).dataset
}

fn query(dataset: &Dataset) -> TimelineQuery {
    TimelineQuery {
        t0_ns: dataset.facts.start_ns,
        t1_ns: dataset.facts.end_ns,
        columns: 1200,
        height_px: u32::MAX,
        ..TimelineQuery::default()
    }
}

/// With all groups open.
fn open(dataset: &Dataset, index: &TimelineIndex, query: TimelineQuery) -> TimelineAnswer {
    let closed = timeline(dataset, index, &query);
    let heads = closed.lanes.iter().filter(|lane| lane.kind == LaneKind::Group);
    let toggled = heads.filter(|lane| lane.expanded == Some(false)).map(|lane| lane.key).collect();
    timeline(dataset, index, &TimelineQuery { toggled, ..query })
}

fn spans(dataset: &Dataset) -> impl Iterator<Item = (u32, Span)> + '_ {
    (0..dataset.spans.len() as u32).filter_map(|row| Some((row, dataset.span(SpanId(row))?)))
}

/// The spans of one task.
fn spans_of(dataset: &Dataset, task: TaskId) -> impl Iterator<Item = (u32, Span)> + '_ {
    let rows = dataset.spans.rows_of(task);
    rows.filter_map(|row| Some((row as u32, dataset.span(SpanId::from_index(row))?)))
}

fn awake(state: TaskState) -> bool {
    matches!(state, TaskState::Running | TaskState::Ready)
}

fn tasks_of(answer: &TimelineAnswer) -> Vec<u32> {
    answer.lanes.iter().filter(|lane| lane.kind == LaneKind::Task).filter_map(|lane| lane.task).collect()
}

#[test]
fn what_waits_through_the_whole_window_is_folded() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let (start, length) = (dataset.facts.start_ns, dataset.facts.end_ns - dataset.facts.start_ns);
    let all: Vec<Span> = spans(&dataset).map(|(_, span)| span).collect();
    for part in 0..40 {
        let t0_ns = start + length / 41 * part;
        let t1_ns = (t0_ns + (length >> (part % 17))).min(dataset.facts.end_ns);
        let query = TimelineQuery { t0_ns, t1_ns, grouping: LaneGrouping::Flat, ..query(&dataset) };
        let answer = timeline(&dataset, &index, &query);
        let shown: BTreeSet<u32> = tasks_of(&answer).into_iter().collect();
        let busy: BTreeSet<u32> = all
            .iter()
            .filter(|span| span.start_ns < t1_ns && span.end_ns > t0_ns)
            .filter(|span| {
                let ended = dataset.tasks.rows[span.task.index()].ended_ns;
                let ends = ended.is_some_and(|end| t0_ns < end && end < t1_ns);
                awake(span.state) || span.start_ns > t0_ns || ends
            })
            .map(|span| span.task.0)
            .collect();
        assert_eq!(shown, busy, "{t0_ns} to {t1_ns}");
        let idle = answer.lanes.iter().find(|lane| lane.kind == LaneKind::Idle).expect("a folded line");
        assert_eq!(idle.name, format!("{} more", dataset.tasks.len() - busy.len()));
        let all = timeline(&dataset, &index, &TimelineQuery { toggled: vec![idle.key], ..query });
        assert_eq!(tasks_of(&all).len(), dataset.tasks.len());
    }
}

#[test]
fn every_lane_is_located_where_it_stands() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    for stacks in [false, true] {
        let query = TimelineQuery { stacks, ..query(&dataset) };
        let shown = open(&dataset, &index, query.clone());
        let toggled = timeline(&dataset, &index, &query);
        let toggled = toggled.lanes.iter().filter(|lane| lane.expanded == Some(false)).map(|lane| lane.key);
        let locate: Vec<u64> =
            shown.lanes.iter().filter(|lane| lane.task.is_some()).map(|lane| lane.key).collect();
        let asked =
            TimelineQuery { locate, toggled: toggled.collect(), top_px: 90, height_px: 10, ..query.clone() };
        let answer = timeline(&dataset, &index, &asked);
        assert!(answer.lanes.len() <= 2);
        let places = shown.lanes.iter().filter(|lane| lane.kind == LaneKind::Task);
        for lane in places {
            let found = answer.located.iter().find(|(key, _)| *key == lane.key).expect("a place").1;
            assert_eq!((found.top_px, found.group), (lane.top_px, None), "{}", lane.name);
        }
    }
    let folded = TimelineQuery {
        grouping: LaneGrouping::Flat,
        t1_ns: dataset.facts.start_ns + 1_000,
        ..query(&dataset)
    };
    let answer = timeline(&dataset, &index, &folded);
    let line = answer.lanes.iter().find(|lane| lane.kind == LaneKind::Idle).expect("a folded line");
    let shown = tasks_of(&answer);
    let hidden = (0..dataset.tasks.len() as u32).find(|task| !shown.contains(task)).expect("a folded task");
    let asked = TimelineQuery { reveal: Some(8 << 56 | u64::from(hidden)), ..folded };
    let revealed = timeline(&dataset, &index, &asked).revealed.expect("a place");
    assert_eq!((revealed.group, revealed.top_px), (Some(line.key), line.top_px));
}

#[test]
fn lanes_are_sorted_by_any_column() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let time = |task: u32, counts: &dyn Fn(&Span) -> bool| -> u64 {
        let of_task = spans_of(&dataset, TaskId(task)).filter(|(_, span)| counts(span));
        of_task.map(|(_, span)| span.end_ns - span.start_ns).sum()
    };
    let kind = |span: &Span| dataset.reasons.get(span.reason.index()).map(|reason| reason.kind);
    let blocked = |span: &Span| span.state == TaskState::Blocked;
    let value = |column: LaneColumn, task: u32| -> u64 {
        let row = &dataset.tasks.rows[task as usize];
        match column {
            LaneColumn::Id => row.id,
            LaneColumn::Created => row.created_ns.unwrap_or(dataset.facts.start_ns),
            LaneColumn::Ready => time(task, &|span| span.state == TaskState::Ready),
            LaneColumn::Syscall => time(task, &|span| span.state == TaskState::Syscall),
            LaneColumn::Blocked => time(task, &blocked),
            LaneColumn::Sync => time(task, &|span| blocked(span) && kind(span) == Some(WaitKind::Sync)),
            LaneColumn::Network => time(task, &|span| blocked(span) && kind(span) == Some(WaitKind::Network)),
            LaneColumn::Spans => spans_of(&dataset, TaskId(task)).count() as u64,
            other => panic!("{other:?} is not checked"),
        }
    };
    // The busiest tasks have most of the spans; summing them up once a column is enough.
    let few = "/^G (1|37|40|41|43|44|45|53|56|59|60|64|66|8|3)$/";
    for (column, ascends) in [
        (LaneColumn::Id, true),
        (LaneColumn::Created, true),
        (LaneColumn::Ready, false),
        (LaneColumn::Syscall, false),
        (LaneColumn::Blocked, false),
        (LaneColumn::Sync, false),
        (LaneColumn::Network, false),
        (LaneColumn::Spans, false),
    ] {
        for reversed in [false, true] {
            let sort = LaneSort { column, reversed };
            let query =
                TimelineQuery { sort, grouping: LaneGrouping::Flat, filter: few.into(), ..query(&dataset) };
            let tasks = tasks_of(&timeline(&dataset, &index, &query));
            assert_eq!(tasks.len(), 15);
            let values: Vec<u64> = tasks.iter().map(|&task| value(column, task)).collect();
            let sorted = values.is_sorted_by(|a, b| if ascends != reversed { a <= b } else { a >= b });
            assert!(sorted && values.first() != values.last(), "{column:?}: {values:?}");
        }
    }
}

#[test]
fn groups_follow_the_order_of_their_tasks() {
    let dataset = small_trace();
    let index = TimelineIndex::build(&dataset);
    let heads = |column, reversed| -> Vec<String> {
        let sort = LaneSort { column, reversed };
        let answer = timeline(&dataset, &index, &TimelineQuery { sort, ..query(&dataset) });
        let heads = answer.lanes.iter().filter(|lane| lane.kind == LaneKind::Group).skip(2);
        heads.map(|lane| lane.name.rsplit(['.', '/']).next().unwrap_or_default().to_string()).collect()
    };
    assert_eq!(heads(LaneColumn::Running, false), ["serve", "refresh", "gcBgMarkWorker"]);
    assert_eq!(heads(LaneColumn::Running, true), ["refresh", "gcBgMarkWorker", "serve"]);
    assert_eq!(heads(LaneColumn::Name, false), ["refresh", "serve", "gcBgMarkWorker"]);
    assert_eq!(heads(LaneColumn::Id, false), ["gcBgMarkWorker", "refresh", "serve"]);
    assert_eq!(heads(LaneColumn::Ready, false), ["gcBgMarkWorker", "serve", "refresh"]);
    assert_eq!(heads(LaneColumn::Assist, false), ["serve", "refresh", "gcBgMarkWorker"]);
    assert_eq!(heads(LaneColumn::Blocked, false), ["refresh", "serve", "gcBgMarkWorker"]);
}

#[test]
fn search_finds_what_plain_counting_finds() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let ask =
        |text: &str, step| search(&dataset, &index, &SearchQuery { text: text.into(), step, columns: 50 });
    let text = |id| dataset.strings.get(id);
    let by_reason = spans(&dataset).filter(|(_, span)| {
        dataset.reasons.get(span.reason.index()).is_some_and(|it| text(it.text).contains("network"))
    });
    let answer = ask("network", SearchStep::Count);
    let reasons = answer.kinds.iter().find(|(kind, _)| kind == "reasons").expect("reasons").1;
    assert_eq!(reasons as usize, by_reason.count());
    assert_eq!(answer.marks.iter().sum::<u32>(), answer.total);
    let in_stack = |span: &Span| {
        dataset.stacks.leaf_first(span.stack).any(|frame| dataset.frame_name(frame).contains("persistConn"))
    };
    let answer = ask("persistConn", SearchStep::Count);
    let functions = answer.kinds.iter().find(|(kind, _)| kind == "functions").expect("functions").1;
    assert_eq!(functions as usize, spans(&dataset).filter(|(_, span)| in_stack(span)).count());
    // Step by step through all, there and back.
    let mut places = Vec::new();
    let mut step = SearchStep::From(dataset.facts.start_ns);
    for number in 1..=answer.total {
        let hit = ask("persistConn", step).hit.expect("a hit");
        assert_eq!(hit.number, number);
        step = SearchStep::Next(hit.place);
        places.push(hit.place);
    }
    assert!(places.is_sorted() && places.len() > 10);
    assert_eq!(ask("persistConn", step).hit.map(|hit| hit.place), places.first().copied(), "round and round");
    let back = ask("persistConn", SearchStep::Previous(places[5])).hit.expect("a hit");
    assert_eq!((back.place, back.number), (places[4], 5));
}

#[test]
fn search_knows_ids_logs_regions_and_user_tasks() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let kinds = |text: &str| {
        let answer = search(&dataset, &index, &SearchQuery { text: text.into(), ..SearchQuery::default() });
        answer.kinds
    };
    assert_eq!(kinds("G 62"), [("goroutines".to_string(), 1)]);
    assert_eq!(kinds("62"), kinds("g62"));
    assert_eq!(kinds("99999999"), []);
    let name = |id| dataset.strings.get(id);
    let has = |text: &str, kind: &str| kinds(text).iter().any(|(found, count)| found == kind && *count > 0);
    assert!(has(name(dataset.logs[0].message), "logs"));
    assert!(has(name(dataset.regions[0].name), "regions"));
    assert!(has(name(dataset.user_tasks[0].name), "user tasks"));
    let bad = search(&dataset, &index, &SearchQuery { text: "/(/".into(), ..SearchQuery::default() });
    assert!(bad.error.contains("regular expression") && bad.total == 0);
    let hit =
        SearchQuery { text: name(dataset.user_tasks[0].name).into(), step: SearchStep::From(0), columns: 0 };
    assert!(search(&dataset, &index, &hit).hit.is_some_and(|hit| hit.lane != 0));
}

#[test]
fn threads_ran_what_workers_ran() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let answer = open(&dataset, &index, query(&dataset));
    let threads: Vec<&Lane> = answer.lanes.iter().filter(|lane| lane.kind == LaneKind::Thread).collect();
    assert_eq!(threads.len(), dataset.threads.len());
    let rows = |lane: &Lane, first| {
        let asked = SpanTableQuery {
            lane: lane.key,
            t0_ns: dataset.facts.start_ns,
            t1_ns: dataset.facts.end_ns,
            first,
            count: 1_000,
        };
        span_table(&dataset, &index, &asked)
    };
    let mut seen = BTreeSet::new();
    for lane in threads {
        let (mut first, mut end) = (0, 0);
        loop {
            let table = rows(lane, first);
            for row in &table.rows {
                assert!(row.start_ns >= end, "{} does two things at once", lane.name);
                end = row.start_ns + row.ns;
                assert!(seen.insert(row.span));
            }
            first += table.rows.len() as u32;
            if first >= table.all {
                break;
            }
        }
    }
    let on_workers: BTreeSet<u32> = dataset.worker_runs.rows.iter().map(|id| id.0).collect();
    assert!(on_workers.is_subset(&seen), "{} of {}", seen.len(), on_workers.len());
    let detached = |row: &u32| {
        let row = *row as usize;
        dataset.spans.state[row] == TaskState::Syscall && dataset.spans.worker[row].is_none()
    };
    assert!(seen.difference(&on_workers).all(detached));
    assert!(seen.len() > on_workers.len());
}

#[test]
fn user_tasks_and_regions_have_lanes() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let answer = open(&dataset, &index, query(&dataset));
    let items = |kind, of_tasks: bool| -> BTreeSet<u32> {
        let lanes = answer.lanes.iter().filter(|lane| lane.kind == kind && lane.task.is_some() == of_tasks);
        lanes.flat_map(|lane| lane.boxes.0..lane.boxes.1).map(|row| answer.span[row as usize]).collect()
    };
    let all = |count: usize| (0..count as u32).collect::<BTreeSet<u32>>();
    assert_eq!(items(LaneKind::UserTask, false), all(dataset.user_tasks.len()));
    assert_eq!(items(LaneKind::Region, true), all(dataset.regions.len()));
    let known = |region: &&Region| !region.user_task.is_none();
    assert_eq!(items(LaneKind::Region, false).len(), dataset.regions.iter().filter(known).count());
    let head = answer.lanes.iter().find(|lane| lane.name == "request").expect("a type of tasks");
    assert_eq!(head.fact, "2 tasks");
    for lane in answer
        .lanes
        .iter()
        .filter(|lane| matches!(lane.kind, LaneKind::UserTask | LaneKind::Region | LaneKind::Gc))
    {
        for row in lane.boxes.0 as usize..lane.boxes.1 as usize {
            let (item, mark) = (answer.span[row], answer.mark[row]);
            if item == u32::MAX {
                continue;
            }
            let asked = ItemQuery { lane: lane.key, item, mark };
            let Some(details) = item_details(&dataset, &index, &asked) else {
                panic!("{asked:?} is not known")
            };
            assert_eq!((details.lane, details.mark), (lane.key, mark));
            assert_eq!(details.start_ns as i64 - answer.t0_ns as i64, answer.x0_ns[row], "{}", details.title);
        }
    }
}

#[test]
fn assists_and_samples_lie_over_their_tasks() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let answer = open(&dataset, &index, TimelineQuery { search: "network".into(), ..query(&dataset) });
    let (mut assists, mut ticks, mut hits) = (0, 0, 0);
    for lane in &answer.lanes {
        for row in lane.overlay.0 as usize..lane.overlay.1 as usize {
            match (answer.mark[row], answer.span[row]) {
                (Mark::Gc, u32::MAX) => assists += 1,
                (Mark::Gc, range) => {
                    let range = &dataset.ranges[range as usize];
                    assert_eq!(range.scope, RangeScope::Task(TaskId(lane.task.expect("a task"))));
                    assists += 1;
                }
                (Mark::Tick, _) => ticks += 1,
                (Mark::Match, _) => hits += 1,
                other => panic!("{other:?} lies over {}", lane.name),
            }
        }
    }
    assert!(assists > 0 && ticks > 10 && hits > 5, "{assists} assists, {ticks} ticks, {hits} hits");
}

#[test]
fn wakes_go_both_ways_and_chains_go_back() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let (mut wakes, mut links) = (0, 0);
    for row in (0..dataset.spans.len() as u32).step_by(997) {
        let details = span_details(&dataset, &index, row).expect("a span");
        assert!(details.wakes.len() as u32 <= details.wakes_all);
        assert_eq!(details.woke, details.wakes.first().map(|woken| woken.span));
        for woken in &details.wakes {
            assert!((details.start_ns..=details.end_ns).contains(&woken.at_ns));
            let other = span_details(&dataset, &index, woken.span).expect("a span");
            assert_eq!(other.woken_by.and_then(|waker| waker.lane), Some(details.lane));
            wakes += 1;
        }
        let chain = wake_chain(&dataset, row);
        assert!(!chain.end.is_empty());
        assert_eq!(chain.links.first().map(|link| &link.waker), details.woken_by.as_ref());
        assert!(chain.links.is_sorted_by(|a, b| a.waker.at_ns >= b.waker.at_ns), "backwards in time");
        links += chain.links.len();
    }
    assert!(wakes > 50 && links > 100, "{wakes} wakes, {links} links");
    assert_eq!(wake_chain(&dataset, u32::MAX), WakeChain::default());
}

#[test]
fn tables_hold_the_same_numbers_as_spans() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let length = dataset.facts.end_ns - dataset.facts.start_ns;
    let (t0_ns, t1_ns) = (dataset.facts.start_ns + length / 3, dataset.facts.start_ns + length / 2);
    let lanes = TimelineQuery { t0_ns, t1_ns, ..query(&dataset) };
    let table = lane_table(&dataset, &index, &LaneTableQuery { lanes: lanes.clone(), first: 0, count: 500 });
    assert_eq!((table.rows.len(), table.all as usize), (dataset.tasks.len(), dataset.tasks.len()));
    let part = lane_table(&dataset, &index, &LaneTableQuery { lanes, first: 7, count: 5 });
    assert_eq!(part.rows, table.rows[7..12]);
    let overlap = |span: &Span| span.end_ns.min(t1_ns).saturating_sub(span.start_ns.max(t0_ns));
    for row in &table.rows {
        let task = TaskId(row.key as u32);
        let touching = |&(_, span): &(u32, Span)| span.start_ns < t1_ns && span.end_ns > t0_ns;
        let inside: Vec<(u32, Span)> = spans_of(&dataset, task).filter(touching).collect();
        let ran: u64 = inside
            .iter()
            .filter(|(_, span)| span.state == TaskState::Running)
            .map(|(_, span)| overlap(span))
            .sum();
        assert_eq!((row.ns[0], row.spans as usize), (ran, inside.len()), "{}", row.name);
        let there = inside.iter().filter(|(_, span)| span.state != TaskState::Gone);
        assert_eq!(row.ns.iter().sum::<u64>(), there.map(|(_, span)| overlap(span)).sum::<u64>());
        let asked = SpanTableQuery { lane: row.key, t0_ns, t1_ns, first: 0, count: 1_000 };
        let spans = span_table(&dataset, &index, &asked);
        assert_eq!(spans.all as usize, inside.len());
        let listed = spans.rows.iter().map(|row| (row.span, row.start_ns, row.ns));
        let expected = inside.iter().map(|(id, span)| (*id, span.start_ns, span.end_ns - span.start_ns));
        assert!(listed.eq(expected.take(1_000)));
        assert!(spans.rows.iter().all(|row| !row.text.is_empty() && !row.state.is_empty()));
    }
}

#[test]
fn counters_at_the_cursor_are_counted() {
    let dataset = fixture();
    let index = TimelineIndex::build(&dataset);
    let length = dataset.facts.end_ns - dataset.facts.start_ns;
    let kinds = timeline(&dataset, &index, &query(&dataset));
    let key = |name: &str| kinds.lanes.iter().find(|lane| lane.name == name).expect("a counter").key;
    let (ready_key, tasks_key) = (key("Run queue"), key("Goroutines"));
    let all: Vec<Span> = spans(&dataset).map(|(_, span)| span).collect();
    for part in 1..9 {
        let at_ns = dataset.facts.start_ns + length / 9 * part;
        let answer = cursor(&dataset, &index, &CursorQuery { at_ns });
        let fact = |key| answer.facts.iter().find(|(found, _)| *found == key).expect("a fact").1.as_str();
        let now = |span: &Span| span.start_ns <= at_ns && at_ns < span.end_ns;
        let ready = all.iter().filter(|span| now(span) && span.state == TaskState::Ready).count();
        assert_eq!(fact(ready_key), format!("{ready} ready"));
        let there = |task: &&Task| {
            task.created_ns.is_none_or(|at| at <= at_ns) && task.ended_ns.is_none_or(|end| end > at_ns)
        };
        assert_eq!(fact(tasks_key), dataset.tasks.rows.iter().filter(there).count().to_string());
    }
}

/// Folded lanes, regions, stacks, an assist, a search hit, lost events, arrows and a path.
#[test]
fn the_picture_with_everything_in_it() {
    const MS: u64 = 1_000_000;
    let mut maker = Maker::new(0, 10 * MS, 1);
    let lock: &[&str] = &["sync.(*Mutex).Lock", "main.(*Cache).Get", "main.serve"];
    let first =
        maker.task(7, "main.serve", &[wait(0, "sync", lock), span(4 * MS, TaskState::Ready), run(5 * MS, 0)]);
    let second =
        maker.task(8, "main.load", &[run(MS, 0), Made { stack: lock, ..wait(4 * MS, "chan receive", lock) }]);
    for id in 100..130 {
        maker.task(id, "main.idle", &[wait(0, "chan receive", &["main.idle"])]);
    }
    maker.wake(first, 1, second);
    maker.range("GC mark assist", RangeScope::Task(second), 2 * MS, 3 * MS);
    maker.range("GC concurrent mark phase", RangeScope::Global, MS, 2 * MS);
    maker.range("GC incremental sweep", RangeScope::Worker(WorkerId(0)), 3 * MS, 4 * MS);
    let name = maker.data.strings.intern("decode");
    let (start_ns, end_ns) = (Some(5 * MS), Some(7 * MS));
    let user_task = UserTaskId::NONE;
    maker.data.regions.push(Region { name, task: first, user_task, start_ns, end_ns, stack: StackId::NONE });
    maker.data.missing.push((8 * MS, 9 * MS));
    let dataset = maker.finish();
    let index = TimelineIndex::build(&dataset);
    let view = TimelineViewport {
        origin_ns: 0,
        from_ns: 0.0,
        to_ns: 10.0 * MS as f64,
        width_px: 500.0,
        scroll_px: 0.0,
        height_px: 400.0,
    };
    let all = TimelineQuery { columns: 50, grouping: LaneGrouping::Flat, stacks: true, ..query(&dataset) };
    let all = TimelineQuery { search: "chan".into(), t1_ns: 10 * MS, ..all };
    let answer = timeline(&dataset, &index, &all);
    let mut commands = scene::timeline(&answer, &view, &Theme::light(), None, &Fixed);
    let details = span_details(&dataset, &index, 1).expect("a span");
    commands.extend(scene::wake_arrows(&answer, &view, &Theme::light(), &details, false));
    let part =
        |lane, t0: u64, t1: u64, mark| PathPart { lane: Some(lane), t0_ns: t0 * MS, t1_ns: t1 * MS, mark };
    let lane = |task: TaskId| 8 << 56 | u64::from(task.0);
    let path = [part(lane(second), 1, 4, Mark::Running), part(lane(first), 4, 5, Mark::Ready)];
    commands.extend(scene::timeline_path(&answer, &view, &Theme::light(), &path));
    let names: Vec<String> =
        answer.lanes.iter().map(|lane| format!("{:?} {}\n", lane.kind, lane.name)).collect();
    check_snapshot("timeline-lanes", &(names.concat() + &list(&commands)));
    let hit = |x, y| scene::timeline_hit_test(&answer, &view, x, y).and_then(|hit| hit.item);
    let load = answer.lanes.iter().find(|lane| lane.name == "G 8").expect("a lane");
    assert_eq!(hit(125.0, load.top_px as f32 + 9.0), Some((0, Mark::Gc)), "the assist");
    assert_eq!(hit(175.0, load.top_px as f32 + 9.0), None);
}

/// Whatever a damaged file leaves in the tables, questions have answers.
#[test]
fn odd_tables_are_no_reason_to_fail() {
    let mut maker = Maker::new(500, 400, 2);
    for id in 0..25 {
        maker.task(
            id,
            "main.odd",
            &[run(900, 0), wait(100, "no such", &[]), span(u64::MAX, TaskState::Syscall)],
        );
    }
    let name = maker.data.strings.intern("odd");
    let ends = [None, Some(0), Some(u64::MAX), Some(450)];
    for (at, start_ns) in ends.into_iter().enumerate() {
        for end_ns in ends {
            let (task, user_task) = (TaskId(at as u32 * 9), UserTaskId(at as u32));
            let stack = StackId(77);
            maker.data.regions.push(Region { name, task, user_task, start_ns, end_ns, stack });
            let parent = UserTaskId(at as u32);
            maker.data.user_tasks.push(UserTask { id: u64::MAX, name, parent, start_ns, end_ns, task });
        }
        let (time_ns, user_task) = (u64::MAX, UserTaskId(3));
        let (category, message, stack) = (name, name, StackId::NONE);
        maker.data.logs.push(Log { time_ns, task: TaskId(99), user_task, category, message, stack });
    }
    maker.range("GC mark assist", RangeScope::Task(TaskId(99)), 9, 3);
    maker.range("GC mark assist", RangeScope::Task(TaskId(1)), u64::MAX, u64::MAX);
    maker.range("GC concurrent mark phase", RangeScope::Global, 0, u64::MAX);
    maker.range("stop-the-world (odd)", RangeScope::Global, u64::MAX - 1, u64::MAX);
    let (worker, thread) = (WorkerId(7), ThreadId(9));
    maker.data.worker_spans.push(WorkerSpan { worker, thread, start_ns: 9, end_ns: 3 });
    maker.data.threads.push(Thread { id: 1, name: Strings::EMPTY });
    maker.data.samples.time_ns = vec![0, u64::MAX];
    maker.data.samples.task = vec![TaskId(1), TaskId(1)];
    maker.data.missing.push((u64::MAX, 0));
    let dataset = maker.finish();
    let index = TimelineIndex::build(&dataset);
    for (t0_ns, t1_ns) in [(0, u64::MAX), (400, 500), (900, 100), (u64::MAX, u64::MAX), (0, 0)] {
        for column in
            [LaneColumn::Running, LaneColumn::Name, LaneColumn::Total, LaneColumn::Assist, LaneColumn::GcWait]
        {
            let lanes = TimelineQuery {
                t0_ns,
                t1_ns,
                sort: LaneSort { column, reversed: true },
                stacks: true,
                search: "odd".into(),
                locate: vec![0, u64::MAX, 8 << 56 | 99],
                ..query(&dataset)
            };
            let answer = open(&dataset, &index, lanes.clone());
            assert!(answer.lanes.len() > 5);
            for lane in &answer.lanes {
                for item in [0, 1, 20, u32::MAX] {
                    for mark in [Mark::Gc, Mark::Tick, Mark::Run] {
                        item_details(&dataset, &index, &ItemQuery { lane: lane.key, item, mark });
                    }
                }
                let asked = SpanTableQuery { lane: lane.key, t0_ns, t1_ns, first: u32::MAX, count: u32::MAX };
                assert_eq!(span_table(&dataset, &index, &asked).rows, []);
            }
            let asked = LaneTableQuery { lanes, first: 3, count: u32::MAX };
            assert_eq!(lane_table(&dataset, &index, &asked).rows.len(), 22);
        }
    }
    for at_ns in [0, 450, u64::MAX] {
        assert!(!cursor(&dataset, &index, &CursorQuery { at_ns }).facts.is_empty());
        let place = SearchPlace { at_ns, kind: SearchKind::Log, row: 2 };
        for step in [SearchStep::From(at_ns), SearchStep::Next(place), SearchStep::Previous(place)] {
            let asked = SearchQuery { text: "odd".into(), step, columns: u32::MAX };
            assert!(search(&dataset, &index, &asked).hit.is_some());
        }
    }
    (0..80).for_each(|row| assert!(wake_chain(&dataset, row).links.is_empty()));
}
