//! `task`: everything about one user task.

use std::fmt::Write as _;
use std::path::Path;

use taskscope_engine::analysis::user_tasks::{self, UserIndex};
use taskscope_engine::api::{Marked, UserTaskPage, UserTaskQuery};
use taskscope_engine::units;
use taskscope_proto::load::Part;

use super::{loaded, marks};
use crate::cli::TaskArgs;
use crate::failure::{Failure, Report};
use crate::source;
use crate::table::{self, BOLD, DIM, Side};

/// Rows of each list that the text form shows.
const ROWS: u32 = 30;

/// Prints the page of the task in each part that has it.
pub fn run(args: &TaskArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.file)?;
    let count = if args.json { u32::MAX } else { ROWS };
    let pages: Vec<(&Part, UserTaskPage)> =
        parts.iter().filter_map(|part| Some((part, page(part, args.id, count)?))).collect();
    if pages.is_empty() {
        return Err(unknown(&source::file::name(&args.file), args.id));
    }
    loaded::print(&parts, pages, args.json, |part, page| text(part, page, &args.file))
}

/// The row of task `id`, of several the first.
pub(super) fn row(part: &Part, id: u64) -> Option<u32> {
    let row = part.dataset.user_tasks.iter().position(|task| task.id == id)?;
    u32::try_from(row).ok()
}

/// What to say where no part has the task.
pub(super) fn unknown(file: &str, id: u64) -> Failure {
    Report::new(format!("{file} has no user task {id}"))
        .and("List what it has with `collector tasks`.")
        .into()
}

fn page(part: &Part, id: u64, count: u32) -> Option<UserTaskPage> {
    let index = UserIndex::build(&part.dataset);
    user_tasks::page(&part.dataset, &index, UserTaskQuery { row: row(part, id)?, count })
}

fn text(part: &Part, page: &UserTaskPage, file: &Path) -> String {
    let (task, start) = (&page.task, part.dataset.facts.start_ns);
    let mut text = String::new();
    let _ = writeln!(text, "{BOLD}{} {}{BOLD:#}", task.name, task.id);
    let length = units::duration(task.end_ns - task.start_ns);
    let ends = match (task.begun, task.ended) {
        (true, true) => String::new(),
        (true, false) => format!(" · {}", marks::attention("did not end in the trace")),
        (false, _) => format!(" · {}", marks::attention("began before the trace")),
    };
    let _ = writeln!(text, "{length} from {} on{ends}", marks::since(task.start_ns, start));
    let _ = writeln!(text, "begun by {} · {}", task.goroutine, page.entry);
    if let Some(parent) = &page.parent {
        marks::write_list(
            &mut text,
            "Parent",
            &marks::task_rows(std::slice::from_ref(parent), start),
            Marked::Tasks,
        );
    }
    if !page.children.is_empty() {
        let title = titled("Children", page.children.len(), task.children);
        marks::write_list(&mut text, &title, &marks::task_rows(&page.children, start), Marked::Tasks);
    }
    write_workers(&mut text, page, start);
    if !page.regions.is_empty() {
        let title = titled("Regions", page.regions.len(), task.regions);
        marks::write_list(&mut text, &title, &marks::region_rows(&page.regions, start), Marked::Regions);
    }
    write_logs(&mut text, page);
    let file = file.display();
    let _ = writeln!(text, "\n{DIM}Where the time went: `collector why {file} --task {}`{DIM:#}", task.id);
    text
}

/// `Regions`, or `Regions, 30 of 400`.
fn titled(title: &str, shown: usize, all: u32) -> String {
    if shown == all as usize {
        title.into()
    } else {
        format!("{title}, {shown} of {}", units::count_u64(all.into()))
    }
}

fn write_workers(text: &mut String, page: &UserTaskPage, start: u64) {
    let title = titled("Goroutines", page.goroutines.len(), page.task.goroutines);
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}");
    for worker in &page.goroutines {
        let length = units::duration(worker.end_ns - worker.start_ns);
        let _ = writeln!(
            text,
            "{} · {}  {DIM}{} · {length} from {} on{DIM:#}",
            worker.goroutine,
            worker.entry,
            worker.why,
            marks::since(worker.start_ns, start)
        );
        if !worker.states.is_empty() {
            marks::write_states(text, &worker.states);
        }
    }
}

fn write_logs(text: &mut String, page: &UserTaskPage) {
    if page.logs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", titled("Logs", page.logs.len(), page.task.logs));
    let rows: Vec<Vec<String>> = page
        .logs
        .iter()
        .map(|log| {
            let category =
                if log.category.is_empty() { String::new() } else { format!("[{}]", log.category) };
            let since = format!("+{}", units::duration(log.since_ns));
            vec![since, log.goroutine.clone(), category, log.message.clone()]
        })
        .collect();
    for line in table::align(&[Side::Right, Side::Left, Side::Left, Side::Left], &rows) {
        let _ = writeln!(text, "{line}");
    }
}
