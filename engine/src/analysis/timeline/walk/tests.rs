use super::*;
use crate::analysis::timeline::blocks::{BlockSlice, Blocks};

/// A task: starts, classes, end.
struct Plain<'a> {
    starts: Vec<u64>,
    classes: Vec<usize>,
    end: u64,
    blocks: BlockSlice<'a>,
}

impl Track for Plain<'_> {
    const CONTIGUOUS: bool = true;
    fn len(&self) -> usize {
        self.starts.len()
    }
    fn start(&self, at: usize) -> u64 {
        self.starts[at]
    }
    fn end(&self, at: usize) -> u64 {
        self.starts.get(at + 1).copied().unwrap_or(self.end)
    }
    fn class(&self, at: usize) -> usize {
        self.classes[at]
    }
    fn blocks(&self) -> BlockSlice<'_> {
        self.blocks
    }
}

/// Runs on a worker: starts, ends, classes.
struct Gappy(Vec<(u64, u64, usize)>);

impl Track for Gappy {
    const CONTIGUOUS: bool = false;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn start(&self, at: usize) -> u64 {
        self.0[at].0
    }
    fn end(&self, at: usize) -> u64 {
        self.0[at].1
    }
    fn class(&self, at: usize) -> usize {
        self.0[at].2
    }
    fn blocks(&self) -> BlockSlice<'_> {
        BlockSlice::default()
    }
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn pieces<T: Track>(track: &T, window: &Window) -> (Vec<Piece>, Sums) {
    let mut pieces = Vec::new();
    let sums = walk(track, window, |piece| pieces.push(piece));
    (pieces, sums)
}

/// A track of bursts and long waits.
fn bursts(seed: u64, spans: usize) -> Plain<'static> {
    let mut dice = Dice(seed);
    let mut time = 1_000;
    let mut track = Plain { starts: Vec::new(), classes: Vec::new(), end: 0, blocks: BlockSlice::default() };
    while track.starts.len() < spans {
        let scale = [3, 40, 2_000, 60_000][dice.roll(4) as usize];
        for _ in 0..dice.roll(300) {
            track.starts.push(time);
            track.classes.push(dice.roll(6) as usize);
            time += dice.roll(scale);
        }
    }
    track.end = time + 500;
    track
}

/// Exact time by class between two moments.
fn shares(track: &Plain<'_>, t0: u64, t1: u64) -> Sums {
    let mut sums = Sums::default();
    for at in 0..track.len() {
        sums[track.class(at)] += track.end(at).min(t1).saturating_sub(track.start(at).max(t0));
    }
    sums
}

fn check_order(pieces: &[Piece], columns: u32) {
    assert!(pieces.len() <= columns as usize, "{} boxes in {columns} columns", pieces.len());
    for piece in pieces {
        assert!(piece.x0 < piece.x1);
    }
    for pair in pieces.windows(2) {
        assert!(pair[0].x1 <= pair[1].x0, "{pair:?}");
    }
}

#[test]
fn boxes_are_ordered_and_no_more_than_columns_at_any_zoom() {
    for seed in 0..40 {
        let plain = bursts(seed, 2_000);
        let mut blocks = Blocks::new(3);
        blocks.add(1, &plain);
        let track = Plain { blocks: blocks.of(1), ..plain };
        let life = track.end - 1_000;
        for zoom in 0..14 {
            let length = (life >> zoom).max(1);
            let t0 = 900 + life / 3 * (zoom % 3);
            for columns in [1, 2, 50, 700] {
                let window = Window::new(t0, t0 + length, columns);
                let (pieces, sums) = pieces(&track, &window);
                check_order(&pieces, columns.max(2));
                check_long_intervals(&track, &window, &pieces);
                check_cover(&track, &window, &pieces);
                check_sums(&track, &window, &sums);
            }
        }
    }
}

/// An interval of two cells or more is a box with its own start, and its own end as far as the
/// what lies before the next box has won no cell of its own.
fn check_long_intervals(track: &Plain<'_>, window: &Window, pieces: &[Piece]) {
    for at in 0..track.len() {
        let (start, end) = (track.start(at), track.end(at));
        let seen = end.min(window.t1).saturating_sub(start.max(window.t0));
        if end - start >= window.unit && seen >= 2 * window.unit {
            let piece =
                pieces.iter().find(|piece| piece.item == Some(at)).expect("a box for a long interval");
            assert_eq!((piece.x0, piece.class), (start, track.class(at)));
            assert!(
                piece.x1 >= end.min(window.t1) && piece.x1 < end + 2 * window.unit,
                "{piece:?} ends at {end}"
            );
        }
    }
}

/// No hole inside the task's life; at its ends and the window's, less than a cell may be missing.
fn check_cover(track: &Plain<'_>, window: &Window, pieces: &[Piece]) {
    let (first, last) = (track.starts[0].max(window.t0), track.end.min(window.t1));
    if first + window.unit > last {
        return;
    }
    assert!(pieces.windows(2).all(|pair| pair[0].x1 == pair[1].x0));
    assert!(pieces[0].x0 < first + window.unit && pieces[pieces.len() - 1].x1 + window.unit > last);
}

fn check_sums(track: &Plain<'_>, window: &Window, sums: &Sums) {
    let exact = shares(track, window.t0, window.t1);
    for (sum, exact) in sums.iter().zip(exact).take(CLASSES) {
        assert!(sum.abs_diff(exact) <= window.unit, "{sum} instead of {exact}");
    }
}

#[test]
fn merged_boxes_show_the_larger_share() {
    let mut dice = Dice(7);
    let starts: Vec<u64> = (0..50_000).map(|at| at * 10).collect();
    let classes = (0..50_000).map(|_| if dice.roll(10) < 6 { 3 } else { 0 }).collect();
    let plain = Plain { starts, classes, end: 500_000, blocks: BlockSlice::default() };
    let mut blocks = Blocks::new(3);
    blocks.add(0, &plain);
    let track = Plain { blocks: blocks.of(0), ..plain };
    for columns in [10, 100, 1_000, 5_000] {
        let (pieces, _) = pieces(&track, &Window::new(0, 500_000, columns));
        check_order(&pieces, columns);
        for piece in &pieces {
            assert_eq!(piece.item, None);
            let exact = shares(&track, piece.x0, piece.x1);
            assert_eq!(exact[piece.class], *exact.iter().max().unwrap_or(&0), "{piece:?} {exact:?}");
        }
    }
}

/// Time by state in boxes is close to the truth where most of the time is in spans of a column or
/// more, with slivers between.
#[test]
fn time_by_state_is_close_at_a_coarse_zoom() {
    let mut dice = Dice(3);
    let (mut starts, mut classes, mut time) = (Vec::new(), Vec::new(), 0);
    for at in 0..20_000_u64 {
        starts.push(time);
        classes.push([0, 1, 3][at as usize % 3]);
        time += [900, 30, 4_000][at as usize % 3] + dice.roll(300);
    }
    let track = Plain { starts, classes, end: time, blocks: BlockSlice::default() };
    let window = Window::new(0, time, 40_000);
    let (pieces, _) = pieces(&track, &window);
    let exact = shares(&track, 0, time);
    let mut shown = Sums::default();
    for piece in &pieces {
        shown[piece.class] += piece.x1 - piece.x0;
    }
    for class in [0, 3] {
        let off = shown[class].abs_diff(exact[class]) as f64 / exact[class] as f64;
        assert!(off < 0.2, "class {class} is off by {off}");
    }
    assert!(time - shown.iter().sum::<u64>() < window.unit);
}

#[test]
fn panning_by_less_than_a_cell_moves_no_edge_inside() {
    let track = bursts(11, 3_000);
    let middle = (track.end + 1_000) / 2;
    let length = 900_000;
    let inner = |shift: u64| -> Vec<Piece> {
        let window = Window::new(middle + shift, middle + shift + length, 300);
        let inside = |piece: &Piece| piece.x0 >= middle + 3_000 && piece.x1 <= middle + length - 3_000;
        pieces(&track, &window).0.into_iter().filter(inside).collect()
    };
    assert!(inner(0).len() > 20, "{}", inner(0).len());
    for shift in [1, 77, 290] {
        assert_eq!(inner(0), inner(shift));
    }
}

#[test]
fn runs_keep_their_gaps_and_merge_to_their_length() {
    let mut runs = vec![(0, 400, 2), (500, 900, 5)];
    // Ten runs of 6 ns in two cells of 100: 30 ns each.
    runs.extend((0..10).map(|at| (1_000 + at * 20, 1_006 + at * 20, 1)));
    runs.push((1_300, 2_000, 6));
    let window = Window { t0: 100, t1: 1_900, unit: 100 };
    let (pieces, sums) = pieces(&Gappy(runs), &window);
    let shown: Vec<_> = pieces.iter().map(|piece| (piece.x0, piece.x1, piece.class, piece.item)).collect();
    assert_eq!(
        shown,
        [
            (0, 400, 2, Some(0)),
            (500, 900, 5, Some(1)),
            (1_000, 1_030, 1, None),
            (1_100, 1_130, 1, None),
            (1_300, 2_000, 6, Some(12)),
        ]
    );
    assert_eq!(sums[..CLASSES], [0, 60, 300, 0, 0, 400, 600, 0]);
}

#[test]
fn times_at_the_end_of_the_clock_do_not_overflow() {
    let starts = vec![0, u64::MAX - 10, u64::MAX - 5];
    let track = Plain { starts, classes: vec![0, 8, 1], end: u64::MAX, blocks: BlockSlice::default() };
    for (t0, t1) in [(0, u64::MAX), (u64::MAX - 8, u64::MAX), (u64::MAX, u64::MAX), (5, 3)] {
        let (pieces, _) = pieces(&track, &Window::new(t0, t1, 1_000));
        check_order(&pieces, 1_000);
    }
}
