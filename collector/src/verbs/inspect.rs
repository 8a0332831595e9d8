//! `inspect`: what a file is, and counts of what is in it.

use std::fmt::Write as _;

use taskscope_engine::analysis::facts;
use taskscope_engine::api::{FactSection, FileFacts};
use taskscope_engine::report;
use taskscope_proto::load::Part;

use super::loaded::{self, Named};
use crate::cli::ReadArgs;
use crate::failure::Failure;
use crate::table::{self, BOLD, DIM, Side, WARNING};
use crate::{out, source};

/// Prints the facts of each part.
pub fn run(args: &ReadArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.file)?;
    let name = |part: &Part| {
        let file = source::file::name(&args.file);
        loaded::title(part).map_or(file, str::to_owned)
    };
    if args.json {
        let named = parts.iter().map(|part| Named::new(part, report::inspect(&name(part), &part.dataset)));
        out::json_parts(named.collect())?;
        loaded::tell_gaps(&parts);
        return loaded::ending(&parts);
    }
    let blocks: Vec<String> =
        parts.iter().map(|part| text(&facts::facts(&name(part), &part.dataset))).collect();
    out::styled(&blocks.join("\n"))?;
    loaded::ending(&parts)
}

fn text(facts: &FileFacts) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n{}\n", facts.name, facts.format);
    if !facts.headline.is_empty() {
        let _ = writeln!(text, "{DIM}{}{DIM:#}", facts.headline.join(" · "));
    }
    for notice in &facts.notices {
        let _ = writeln!(text, "{WARNING}notice{WARNING:#} {}\n  {}", notice.place, notice.message);
    }
    for section in &facts.sections {
        write_section(&mut text, section);
    }
    text
}

/// Values that are numbers line up at their ends, others at their starts.
fn write_section(text: &mut String, section: &FactSection) {
    let _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", section.title);
    let numbers = section.rows.iter().all(|(_, value)| value.starts_with(|c: char| c.is_ascii_digit()));
    let side = if numbers { Side::Right } else { Side::Left };
    let rows: Vec<Vec<String>> =
        section.rows.iter().map(|(label, value)| vec![format!("  {label}"), value.clone()]).collect();
    for line in table::align(&[Side::Left, side], &rows) {
        let _ = writeln!(text, "{line}");
    }
}
