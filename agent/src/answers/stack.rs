//! `stack`: every task and every thread, in the grammar of Go's dumps, so that one reader reads both.

use std::io::Write;

use crate::native::{self, Symbols};
use crate::service::{Ask, Ending, Refused, Stop};

/// Writes the tasks, then the threads, with an empty line between the blocks.
pub(super) fn write(ask: &Ask, out: &mut dyn Write, stop: &Stop) -> Result<Ending, Refused> {
    let (threads, notes) = native::thread_stacks(ask.signals);
    let mut symbols = Symbols::new();
    let mut blocks = Blocks { out, block: String::new(), first: true };
    for thread in &threads {
        if stop.is_set() {
            break;
        }
        blocks.put(|block| native::text::write_thread(block, thread, &mut symbols))?;
    }
    if blocks.first {
        return Err(Refused::Unavailable(
            "there is nothing to see: no task is described, and no thread".into(),
        ));
    }
    Ok(Ending { notes, ..Ending::default() })
}

/// Blocks with an empty line between them, written one by one: the memory of a dump is that of its longest block.
struct Blocks<'a> {
    out: &'a mut dyn Write,
    block: String,
    first: bool,
}

impl Blocks<'_> {
    fn put(&mut self, write: impl FnOnce(&mut String) -> std::fmt::Result) -> Result<(), Refused> {
        self.block.clear();
        if !self.first {
            self.block.push('\n');
        }
        self.first = false;
        // Writing into a string does not fail.
        let _ = write(&mut self.block);
        Ok(self.out.write_all(self.block.as_bytes())?)
    }
}
