//! Requests against small data sets, with the answers written out.

use expect_test::{Expect, expect};
use taskscope_proto::Dataset;
use taskscope_proto::load::Part;

use super::*;
use crate::api::{Direction, FlameAnswer, FlameNodeQuery, FlameQuery, FlameSource, Scope, TopQuery, TopSort};
use crate::testing::folded;

const SERVER: &str = "
    main.main@main.go:3;net/http.serve@http/server.go:10;main.handle@main.go:20 60 shard=a
    main.main@main.go:3;net/http.serve@http/server.go:10;main.handle@main.go:21;x.org/y.Do@y/y.go:1 30 shard=b
    main.main@main.go:4;main.load@main.go:30 8 shard=a
    runtime.gcBgMarkWorker;runtime.scanobject 2";

fn session(dataset: Dataset) -> (Session, u32) {
    let mut session = Session::new();
    let part = session.add_part("file", None, Part { name: String::new(), dataset });
    (session, part.part)
}

fn ask(text: &str, request: &Request) -> Answer {
    let (mut session, part) = session(folded(text));
    session.ask(part, request)
}

fn all() -> FlameQuery {
    FlameQuery {
        source: FlameSource::Samples(0),
        scope: Scope::default(),
        direction: Direction::TopDown,
        x0: 0.0,
        x1: 1.0,
        width_px: 1000.0,
        depth0: 0,
        depth1: 1000,
        search: String::new(),
    }
}

fn root() -> FlameNodeQuery {
    FlameNodeQuery {
        source: FlameSource::Samples(0),
        scope: Scope::default(),
        direction: Direction::TopDown,
        node: 0,
    }
}

fn picture(answer: &Answer) -> String {
    let Answer::Flame(flame) = answer else { return format!("{answer:?}") };
    let mut text = format!(
        "{} {} in {} rows, {} samples; matches {} functions, {}\n",
        flame.total, flame.unit, flame.depth, flame.samples, flame.match_functions, flame.match_weight
    );
    for row in 0..flame.node.len() {
        text.push_str(&line(flame, row));
    }
    text
}

fn line(flame: &FlameAnswer, row: usize) -> String {
    let indent = "  ".repeat(flame.row[row] as usize);
    let name = &flame.names[flame.name[row] as usize];
    let mark = if flame.matched[row] { " *" } else { "" };
    let module = flame.module[row];
    format!(
        "{indent}{name} {:.3}..{:.3} = {} m{module}{mark}\n",
        flame.x0[row], flame.x1[row], flame.cum[row]
    )
}

fn check(text: &str, query: &FlameQuery, expected: &Expect) {
    expected.assert_eq(&picture(&ask(text, &Request::Flame(query.clone()))));
}

#[test]
fn icicle_is_merged_by_function_and_ordered_by_weight() {
    check(
        SERVER,
        &all(),
        &expect![[r#"
        100 count in 5 rows, 100 samples; matches 0 functions, 0
        all 0.000..1.000 = 100 m0
          main.main 0.000..0.980 = 98 m1
          runtime.gcBgMarkWorker 0.980..1.000 = 2 m0
            net/http.serve 0.000..0.900 = 90 m0
            main.load 0.900..0.980 = 8 m1
            runtime.scanobject 0.980..1.000 = 2 m0
              main.handle 0.000..0.900 = 90 m1
                x.org/y.Do 0.000..0.300 = 30 m2
    "#]],
    );
}

#[test]
fn bottom_up_begins_with_leaves() {
    check(
        SERVER,
        &FlameQuery { direction: Direction::BottomUp, ..all() },
        &expect![[r#"
        100 count in 5 rows, 100 samples; matches 0 functions, 0
        all 0.000..1.000 = 100 m0
          main.handle 0.000..0.600 = 60 m1
          x.org/y.Do 0.600..0.900 = 30 m2
          main.load 0.900..0.980 = 8 m1
          runtime.scanobject 0.980..1.000 = 2 m0
            net/http.serve 0.000..0.600 = 60 m0
            main.handle 0.600..0.900 = 30 m1
            main.main 0.900..0.980 = 8 m1
            runtime.gcBgMarkWorker 0.980..1.000 = 2 m0
              main.main 0.000..0.600 = 60 m1
              net/http.serve 0.600..0.900 = 30 m0
                main.main 0.600..0.900 = 30 m1
    "#]],
    );
}

#[test]
fn search_counts_a_sample_once() {
    check(
        SERVER,
        &FlameQuery { search: "MAIN".into(), ..all() },
        &expect![[r#"
        100 count in 5 rows, 100 samples; matches 3 functions, 98
        all 0.000..1.000 = 100 m0
          main.main 0.000..0.980 = 98 m1 *
          runtime.gcBgMarkWorker 0.980..1.000 = 2 m0
            net/http.serve 0.000..0.900 = 90 m0
            main.load 0.900..0.980 = 8 m1 *
            runtime.scanobject 0.980..1.000 = 2 m0
              main.handle 0.000..0.900 = 90 m1 *
                x.org/y.Do 0.000..0.300 = 30 m2
    "#]],
    );
}

#[test]
fn only_the_window_is_answered() {
    check(
        SERVER,
        &FlameQuery { x0: 0.91, x1: 1.0, depth0: 1, depth1: 3, ..all() },
        &expect![[r#"
        100 count in 5 rows, 100 samples; matches 0 functions, 0
          main.main 0.000..0.980 = 98 m1
          runtime.gcBgMarkWorker 0.980..1.000 = 2 m0
            main.load 0.900..0.980 = 8 m1
            runtime.scanobject 0.980..1.000 = 2 m0
    "#]],
    );
}

#[test]
fn narrow_siblings_become_one_box() {
    check(
        "main.a 9000
         main.b 3
         main.c 3
         main.d 3
         main.e 991",
        &FlameQuery { width_px: 1000.0, ..all() },
        &expect![[r#"
            10000 count in 2 rows, 10000 samples; matches 0 functions, 0
            all 0.000..1.000 = 10000 m0
              main.a 0.000..0.900 = 9000 m1
              main.e 0.900..0.999 = 991 m1
              3 narrow functions 0.999..1.000 = 9 m0
        "#]],
    );
}

#[test]
fn recursion_is_kept_and_counted_once_in_the_table() {
    let text = "main.f;main.f;main.g;main.f 5\nmain.g 2";
    check(
        text,
        &all(),
        &expect![[r#"
        7 count in 5 rows, 7 samples; matches 0 functions, 0
        all 0.000..1.000 = 7 m0
          main.f 0.000..0.714 = 5 m1
          main.g 0.714..1.000 = 2 m1
            main.f 0.000..0.714 = 5 m1
              main.g 0.000..0.714 = 5 m1
                main.f 0.000..0.714 = 5 m1
    "#]],
    );
    let answer = ask(text, &Request::Top(top()));
    expect![[r#"
        7 count in 2 of 2 rows
            5     5 main.f 
            2     7 main.g 
    "#]]
    .assert_eq(&table(&answer));
}

#[test]
fn differences_have_width_and_sign() {
    check(
        "main.main;main.slower 30\nmain.main;main.faster -50\n- 7",
        &all(),
        &expect![[r#"
        87 count in 3 rows, 87 samples; matches 0 functions, 0
        all 0.000..1.000 = -13 m0
          main.main 0.000..0.920 = -20 m1
            main.faster 0.000..0.575 = -50 m1
            main.slower 0.575..0.920 = 30 m1
    "#]],
    );
    let answer = ask("main.main;main.slower 30\nmain.main;main.faster -50\n- 7", &Request::Top(top()));
    expect![[r#"
        87 count in 3 of 3 rows
          -50   -50 main.faster 
           30    30 main.slower 
            0   -20 main.main 
    "#]]
    .assert_eq(&table(&answer));
}

#[test]
fn a_bad_search_says_so() {
    let Answer::Flame(flame) = ask(SERVER, &Request::Flame(FlameQuery { search: "/(/".into(), ..all() }))
    else {
        panic!("no flame graph")
    };
    assert!(flame.search_error.starts_with("This is not a regular expression"), "{}", flame.search_error);
    assert_eq!(flame.match_weight, 0);
}

#[test]
fn a_box_tells_everything() {
    let (mut session, part) = session(folded(SERVER));
    let Answer::Flame(flame) = session.ask(part, &Request::Flame(all())) else { panic!("no flame graph") };
    let handle = flame.names.iter().position(|name| name == "main.handle").unwrap();
    let row = flame.name.iter().position(|&name| name as usize == handle).unwrap();
    let query = FlameNodeQuery { node: flame.node[row], ..root() };
    expect![[r#"
        FlameNode(
            Some(
                FlameNode {
                    function: "main.handle",
                    location: "main.go:20",
                    module: "main",
                    cum: 90,
                    flat: 60,
                    total: 100,
                    parent_cum: 90,
                    x0: 0.0,
                    x1: 0.9,
                    row: 3,
                    path: [
                        "all",
                        "main.main",
                        "net/http.serve",
                        "main.handle",
                    ],
                    path_nodes: [
                        0,
                        1,
                        3,
                        6,
                    ],
                    by_label: Some(
                        LabelShares {
                            key: "shard",
                            rows: [
                                (
                                    "a",
                                    60,
                                ),
                                (
                                    "b",
                                    30,
                                ),
                            ],
                            others: 0,
                            other_weight: 0,
                        },
                    ),
                },
            ),
        )"#]]
    .assert_eq(&format!("{:#?}", session.ask(part, &Request::FlameNode(query))));
}

#[test]
fn a_million_deep_recursion_is_a_picture() {
    let mut dataset = folded("main.f;main.f 1");
    let frame = dataset.stacks.frame(dataset.samples.stack[0]);
    let deep = dataset.stacks.intern_root_first(std::iter::repeat_n(frame, 1_000_000));
    dataset.samples.stack[0] = deep;
    let (mut session, part) = session(dataset);
    let query = FlameQuery { depth0: 999_990, depth1: 2_000_000, ..all() };
    let Answer::Flame(flame) = session.ask(part, &Request::Flame(query)) else { panic!("no flame graph") };
    assert_eq!((flame.depth, flame.node.len()), (1_000_001, 11));
    let Answer::Top(top) = session.ask(part, &Request::Top(top())) else { panic!("no table") };
    assert_eq!((top.rows.len(), top.rows[0].cum), (1, 1));
}

fn top() -> TopQuery {
    TopQuery {
        source: FlameSource::Samples(0),
        scope: Scope::default(),
        sort: TopSort::Flat,
        search: String::new(),
        first: 0,
        count: 100,
    }
}

fn table(answer: &Answer) -> String {
    let Answer::Top(top) = answer else { return format!("{answer:?}") };
    let mut text = format!("{} {} in {} of {} rows\n", top.total, top.unit, top.matching, top.all);
    for row in &top.rows {
        text.push_str(&format!("{:>5} {:>5} {} {}\n", row.flat, row.cum, row.function, row.location));
    }
    text
}

#[test]
fn the_table_is_sorted_searched_and_cut() {
    let all = ask(SERVER, &Request::Top(top()));
    expect![[r#"
        100 count in 7 of 7 rows
           60    90 main.handle main.go:20
           30    30 x.org/y.Do y/y.go:1
            8     8 main.load main.go:30
            2     2 runtime.scanobject 
            0    98 main.main main.go:3
            0    90 net/http.serve http/server.go:10
            0     2 runtime.gcBgMarkWorker 
    "#]]
    .assert_eq(&table(&all));
    let part = ask(
        SERVER,
        &Request::Top(TopQuery {
            sort: TopSort::Cumulative,
            search: "/^main/".into(),
            first: 1,
            count: 1,
            ..top()
        }),
    );
    expect![[r#"
        100 count in 3 of 7 rows
           60    90 main.handle main.go:20
    "#]]
    .assert_eq(&table(&part));
}

#[test]
fn unknown_handles_and_ids_get_a_sentence() {
    let (mut session, part) = session(folded(SERVER));
    let node = FlameNodeQuery { direction: Direction::BottomUp, node: 77, ..root() };
    assert_eq!(session.ask(part, &Request::FlameNode(node)), Answer::FlameNode(None));
    for (part, request) in [
        (99, Request::Facts),
        (part, Request::Flame(FlameQuery { source: FlameSource::Samples(9), ..all() })),
        (part, Request::Minimap(crate::api::MinimapQuery { columns: 9 })),
    ] {
        assert!(matches!(session.ask(part, &request), Answer::Unavailable(_)), "{request:?}");
    }
    assert!(matches!(session.step(FileHandle(5)), Opening::Failed(_)));
    session.close(FileHandle(5));
}
