//! `stack`: every task and every thread, in the grammar of Go's dumps, so that one reader reads both.

use std::io::Write;

use taskscope_proto::agent::What;

use crate::native::{self, Symbols};
use crate::service::{Ask, Ending, Refused, Shared, Stop};
use crate::tasks::snapshot::{self, DumpLimits};
use crate::tasks::{self, registry};

/// Writes the tasks, then the threads unless only tasks are asked for, with an empty line between the blocks.
pub(super) fn write(ask: &Ask, out: &mut dyn Write, stop: &Stop, shared: &Shared) -> Result<Ending, Refused> {
    let mut notes: Vec<_> = coverage(shared).into_iter().collect();
    let tasks = snapshot::snapshot(&DumpLimits { stacks: ask.polls, ..DumpLimits::default() });
    let mut symbols = Symbols::new();
    let mut blocks = Blocks { out, block: String::new(), first: true };
    for task in &tasks {
        if stop.is_set() {
            return Ok(Ending { incomplete: true, notes, dropped: 0 });
        }
        blocks.put(|block| tasks::text::write_task(block, task, &mut symbols))?;
    }
    // Late, so that a thread's stack is as old as the end of the dump, not as its beginning.
    if ask.what == What::Stack {
        let (threads, flaws) = native::thread_stacks(ask.signals);
        notes.extend(flaws);
        for thread in &threads {
            blocks.put(|block| native::text::write_thread(block, thread, &mut symbols))?;
        }
    }
    Ok(Ending { notes, ..Ending::default() })
}

/// What to say where runtimes have tasks that nobody described to us.
fn coverage(shared: &Shared) -> Option<String> {
    let described = registry::count();
    let alive = shared.alive_tasks();
    (alive > described).then(|| {
        format!(
            "{alive} tasks alive, {described} described: the others were not spawned through taskscope_agent, \
             and the program was built without --cfg tokio_unstable"
        )
    })
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
