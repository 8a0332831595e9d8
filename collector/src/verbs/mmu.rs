//! `mmu`: how much of the CPU garbage collection leaves a program, at the least.

use std::fmt::Write as _;

use taskscope_engine::analysis::gc::{self, Work};
use taskscope_engine::api::{GcWork, MmuAnswer, MmuQuery};
use taskscope_engine::units;

use super::loaded;
use crate::cli::{MmuArgs, WorkFlag};
use crate::failure::Failure;
use crate::table::{self, DIM, Side};

/// Prints the table of each trace; JSON has the curve.
pub fn run(args: &MmuArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.read.file)?;
    let query = MmuQuery {
        window_ns: None,
        work: work(&args.flags),
        per_worker: args.per_p,
        percentiles: true,
        round: !args.read.json,
        worst_of_ns: args.window.map(super::ns),
    };
    let traces = loaded::traces(&args.read.file, &parts)?;
    let answers = traces.into_iter().map(|part| (part, gc::mmu(&Work::build(&part.dataset), &query)));
    loaded::print(&parts, answers.collect(), args.read.json, |_, answer| text(answer))
}

fn work(flags: &[WorkFlag]) -> GcWork {
    let has = |flag| flags.contains(&flag);
    GcWork {
        stops: has(WorkFlag::Stw),
        all_stops: has(WorkFlag::AllStw),
        background: has(WorkFlag::Background),
        assist: has(WorkFlag::Assist),
        sweep: has(WorkFlag::Sweep),
    }
}

fn text(answer: &MmuAnswer) -> String {
    let mut text = format!(
        "The program has {} of the CPU over {}, counting {}\nIt does not run at all for at most {}\n\n",
        share(answer.mean),
        units::duration(answer.t1_ns - answer.t0_ns),
        answer.counted,
        units::duration(answer.max_pause_ns)
    );
    let mut rows = vec![vec!["window".to_owned(), "least".to_owned()]];
    rows[0].extend(answer.percentiles.iter().map(|curve| curve.name.clone()));
    for (row, (&length, &least)) in answer.lengths_ns.iter().zip(&answer.minimum).enumerate() {
        let percentiles = answer.percentiles.iter().filter_map(|curve| curve.values.get(row));
        let shares = [least].into_iter().chain(percentiles.copied()).map(share);
        rows.push([units::duration(length)].into_iter().chain(shares).chain([table::bar(least)]).collect());
    }
    text += &table::headed(&SIDES, &rows);
    let _ = writeln!(text, "{DIM}The columns after least say what so many of all windows reach.{DIM:#}");
    if !answer.worst.is_empty() {
        let _ = writeln!(text, "\nWorst windows of {}", units::duration(answer.worst_of_ns));
    }
    for window in &answer.worst {
        let at = units::moment(window.place.t0_ns - answer.t0_ns);
        let _ = writeln!(text, "  at {at}  {}", share(window.utilisation));
    }
    text
}

const SIDES: [Side; 6] = [Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left];

/// A share of 1 in percent.
pub(super) fn share(value: f64) -> String {
    units::percent((value * 1e6).round() as i64, 1_000_000)
}
