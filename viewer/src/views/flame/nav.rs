//! From box to box by keys.

use taskscope_engine::api::FlameAnswer;

/// Where a key leads from a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the box one row up that this one hangs from.
    Up,
    /// To the widest box one row down.
    Down,
    /// To the neighbour on the left in the same row.
    Left,
    /// To the neighbour on the right.
    Right,
}

/// Index of the box that `step` leads to from box `from`; `None` where there is none in view.
pub fn step(answer: &FlameAnswer, from: usize, step: Step) -> Option<usize> {
    let row = *answer.row.get(from)?;
    let (x0, x1) = edges(answer, from)?;
    match step {
        Step::Up => {
            let middle = (x0 + x1) / 2.0;
            in_row(answer, row.checked_sub(1)?).find(|&at| holds(answer, at, middle))
        }
        Step::Down => {
            let below = in_row(answer, row.checked_add(1)?);
            below
                .filter(|&at| overlap(answer, at, x0, x1) > 0.0)
                .max_by(|&a, &b| width(answer, a).total_cmp(&width(answer, b)))
        }
        Step::Left => {
            let left = in_row(answer, row).filter(|&at| answer.x0[at] < x0);
            left.max_by(|&a, &b| answer.x0[a].total_cmp(&answer.x0[b]))
        }
        Step::Right => {
            let right = in_row(answer, row).filter(|&at| answer.x0[at] > x0);
            right.min_by(|&a, &b| answer.x0[a].total_cmp(&answer.x0[b]))
        }
    }
}

/// Index of the box of `node`, if it is in the answer.
pub fn index_of(answer: &FlameAnswer, node: u32) -> Option<usize> {
    answer.node.iter().position(|&other| other == node)
}

/// Index of the widest box of the function called `name`.
pub fn widest_of(answer: &FlameAnswer, name: &str) -> Option<usize> {
    let name = answer.names.iter().position(|other| other == name)?;
    let boxes =
        (0..answer.node.len()).filter(|&at| answer.name.get(at).is_some_and(|&of| of as usize == name));
    boxes.max_by(|&a, &b| width(answer, a).total_cmp(&width(answer, b)))
}

fn in_row(answer: &FlameAnswer, row: u32) -> impl Iterator<Item = usize> {
    (0..answer.row.len()).filter(move |&at| answer.row[at] == row && edges(answer, at).is_some())
}

fn edges(answer: &FlameAnswer, at: usize) -> Option<(f64, f64)> {
    Some((*answer.x0.get(at)?, *answer.x1.get(at)?))
}

fn holds(answer: &FlameAnswer, at: usize, x: f64) -> bool {
    answer.x0[at] <= x && x < answer.x1[at]
}

fn overlap(answer: &FlameAnswer, at: usize, x0: f64, x1: f64) -> f64 {
    answer.x1[at].min(x1) - answer.x0[at].max(x0)
}

fn width(answer: &FlameAnswer, at: usize) -> f64 {
    edges(answer, at).map_or(0.0, |(x0, x1)| x1 - x0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 0: all. Row 1: a (0 to 0.6), b (0.6 to 1). Row 2, under a: c (0 to 0.1), a (0.1 to 0.5).
    fn answer() -> FlameAnswer {
        FlameAnswer {
            node: vec![0, 1, 2, 3, 4],
            row: vec![0, 1, 1, 2, 2],
            x0: vec![0.0, 0.0, 0.6, 0.0, 0.1],
            x1: vec![1.0, 0.6, 1.0, 0.1, 0.5],
            name: vec![0, 1, 2, 3, 1],
            names: ["all", "a", "b", "c"].map(String::from).to_vec(),
            ..FlameAnswer::default()
        }
    }

    #[test]
    fn keys_walk_the_tree() {
        let answer = answer();
        assert_eq!(step(&answer, 0, Step::Down), Some(1));
        assert_eq!(step(&answer, 1, Step::Down), Some(4));
        assert_eq!(step(&answer, 4, Step::Up), Some(1));
        assert_eq!(step(&answer, 4, Step::Left), Some(3));
        assert_eq!(step(&answer, 1, Step::Right), Some(2));
        assert_eq!(step(&answer, 2, Step::Right), None);
        assert_eq!(step(&answer, 2, Step::Down), None);
        assert_eq!(step(&answer, 0, Step::Up), None);
    }

    #[test]
    fn a_function_is_found_where_it_is_widest() {
        assert_eq!(widest_of(&answer(), "a"), Some(1));
        assert_eq!(widest_of(&answer(), "nobody"), None);
        assert_eq!(index_of(&answer(), 3), Some(3));
    }

    #[test]
    fn columns_of_unequal_length_lead_nowhere() {
        let broken = FlameAnswer { x1: Vec::new(), ..answer() };
        assert_eq!(step(&broken, 0, Step::Down), None);
        assert_eq!(step(&FlameAnswer::default(), 7, Step::Down), None);
    }
}
