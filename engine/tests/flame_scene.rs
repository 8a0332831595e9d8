//! The flame graph from answer to picture.

mod support;

use support::{Fixed, check_snapshot, list};
use taskscope_engine::api::FlameAnswer;
use taskscope_engine::scene::{FlameMarks, FlameViewport, Theme, flame, flame_hit_test};

/// `all` over two callees, one of them recursive.
fn answer() -> FlameAnswer {
    let names = ["all", "net/http.(*conn).serve", "main.(*Index).Score", "runtime.mallocgc"];
    FlameAnswer {
        total: 4_000_000_000,
        unit: "nanoseconds".into(),
        depth: 4,
        samples: 400,
        node: vec![0, 1, 2, 3, 4],
        row: vec![0, 1, 1, 2, 3],
        x0: vec![0.0, 0.0, 0.75, 0.0, 0.0],
        x1: vec![1.0, 0.75, 1.0, 0.5, 0.25],
        cum: vec![4_000_000_000, 3_000_000_000, 1_000_000_000, 2_000_000_000, 1_000_000_000],
        name: vec![0, 1, 3, 2, 2],
        module: vec![0, 0, 0, 1, 1],
        matched: vec![false, false, false, false, true],
        names: names.map(String::from).to_vec(),
        modules: vec!["standard library, runtime".into(), "main".into()],
        ..FlameAnswer::default()
    }
}

const VIEW: FlameViewport =
    FlameViewport { x0: 0.0, x1: 1.0, width_px: 600.0, scroll_px: 0.0, height_px: 90.0 };

#[test]
fn the_picture_in_light_and_dark() {
    let marks = FlameMarks { selected: Some(1), hovered: Some(3), only_matches: false };
    for (name, theme) in [("flame-light", Theme::light()), ("flame-dark", Theme::dark())] {
        check_snapshot(name, &list(&flame(&answer(), &VIEW, &theme, &marks, &Fixed)));
    }
}

#[test]
fn zoomed_boxes_keep_their_labels_in_view() {
    let view = FlameViewport { x0: 0.1, x1: 0.3, scroll_px: 18.0, ..VIEW };
    let marks = FlameMarks { only_matches: true, ..FlameMarks::default() };
    check_snapshot("flame-zoomed", &list(&flame(&answer(), &view, &Theme::light(), &marks, &Fixed)));
}

#[test]
fn a_point_hits_a_box() {
    let answer = answer();
    assert_eq!(flame_hit_test(&answer, &VIEW, 10.0, 5.0), Some(0));
    assert_eq!(flame_hit_test(&answer, &VIEW, 449.0, 20.0), Some(1));
    assert_eq!(flame_hit_test(&answer, &VIEW, 451.0, 20.0), Some(2));
    assert_eq!(flame_hit_test(&answer, &VIEW, 451.0, 40.0), None);
    let zoomed = FlameViewport { x0: 0.2, x1: 0.3, scroll_px: 54.0, ..VIEW };
    assert_eq!(flame_hit_test(&answer, &zoomed, 299.0, 3.0), Some(4));
    assert_eq!(flame_hit_test(&answer, &zoomed, 301.0, 3.0), None);
}
