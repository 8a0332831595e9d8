//! What the program itself wrote: tasks, regions, logs; and the runtime's labels.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::counts::{GoState, Other};
use super::super::emulator::{Emulator, Label};
use super::super::notes::Odd;
use super::super::staging::NO_REASON;
use super::super::state::{Cx, Rule};
use super::super::timed::Event;
use crate::model::{Log, Region, StringId, TaskId, UserTask, UserTaskId, WaitKind};

/// How deep an end that does not match the innermost region is searched for.
const MAX_SEARCH: usize = 64;

/// An open region: its task by number and row.
#[derive(Clone, Copy, Debug)]
struct OpenRegion {
    user_task: u64,
    name: StringId,
    row: usize,
}

/// User tasks by their numbers, and open regions by goroutine.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserState {
    tasks: HashMap<u64, UserTaskId, RandomState>,
    regions: HashMap<u32, Vec<OpenRegion>, RandomState>,
}

impl UserState {
    /// Open regions are not known any more.
    pub fn forget_regions(&mut self) {
        self.regions.clear();
    }

    /// The row of task `id`; none for the background task 0 or an unknown one.
    fn task(&self, id: u64) -> UserTaskId {
        self.tasks.get(&id).filter(|_| id != 0).copied().unwrap_or(UserTaskId::NONE)
    }
}

impl Emulator {
    /// UserTaskBegin task parent_task name_string stack.
    pub(crate) fn user_task_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, parent, name, stack] = event.args;
        cx.needs_all()?;
        let now = self.annotate(cx, event, Other::TaskBegin, stack);
        let parent = self.user.task(parent);
        let row = UserTaskId::from_index(self.data.user_tasks.len());
        match self.user.tasks.insert(id, row).and_then(|before| self.data.user_tasks.get(before.index())) {
            None => self.counts.user_tasks += 1,
            Some(before) if before.start_ns.is_none() => self.counts.user_tasks += 1,
            Some(before) if before.end_ns.is_none() => self.notes.odd(Odd::TaskConflict, event.offset),
            Some(_) => {}
        }
        let name = self.text(name, event.offset);
        let task = TaskId(cx.g);
        self.data.user_tasks.push(UserTask { id, name, parent, start_ns: Some(now), end_ns: None, task });
        Ok(())
    }

    /// UserTaskEnd task stack. It may come without a begin, or twice.
    pub(crate) fn user_task_end(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, stack, ..] = event.args;
        cx.needs_all()?;
        let now = self.annotate(cx, event, Other::TaskEnd, stack);
        let row = self.user.task(id);
        if let Some(task) = self.data.user_tasks.get_mut(row.index()) {
            task.end_ns.get_or_insert(now);
            return Ok(());
        }
        self.user.tasks.insert(id, UserTaskId::from_index(self.data.user_tasks.len()));
        let (name, parent, task) = (StringId(0), UserTaskId::NONE, TaskId(cx.g));
        self.data.user_tasks.push(UserTask { id, name, parent, start_ns: None, end_ns: Some(now), task });
        Ok(())
    }

    /// UserRegionBegin task name_string stack.
    pub(crate) fn user_region_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        let [user_task, name, stack, _] = event.args;
        cx.needs_all()?;
        let now = self.annotate(cx, event, Other::RegionBegin, stack);
        let name = self.text(name, event.offset);
        let row = self.push_region(cx, user_task, name, Some(now), None);
        self.data.regions[row].stack = self.stack(stack, event.offset).id;
        self.user.regions.entry(cx.g).or_default().push(OpenRegion { user_task, name, row });
        Ok(())
    }

    /// UserRegionEnd task name_string stack. Without a begin, the region is older than the trace.
    pub(crate) fn user_region_end(&mut self, cx: Cx, event: &Event) -> Rule {
        let [user_task, name, stack, _] = event.args;
        cx.needs_all()?;
        let now = self.annotate(cx, event, Other::RegionEnd, stack);
        let name = self.text(name, event.offset);
        match self.close_region(cx.g, user_task, name, event.offset) {
            Some(row) => self.data.regions[row].end_ns = Some(now),
            None => _ = self.push_region(cx, user_task, name, None, Some(now)),
        }
        Ok(())
    }

    /// Takes the innermost region of that task and name off the goroutine's stack.
    fn close_region(&mut self, g: u32, user_task: u64, name: StringId, offset: u64) -> Option<usize> {
        let open = self.user.regions.get_mut(&g).filter(|open| !open.is_empty())?;
        let matches = |region: &OpenRegion| region.user_task == user_task && region.name == name;
        let depth = open.iter().rev().take(MAX_SEARCH).position(matches);
        if depth != Some(0) {
            self.notes.odd(Odd::RegionMisuse, offset);
        }
        Some(open.remove(open.len() - 1 - depth?).row)
    }

    fn push_region(
        &mut self,
        cx: Cx,
        user_task: u64,
        name: StringId,
        start_ns: Option<u64>,
        end_ns: Option<u64>,
    ) -> usize {
        let (task, user_task, stack) = (TaskId(cx.g), self.user.task(user_task), Default::default());
        self.data.regions.push(Region { name, task, user_task, start_ns, end_ns, stack });
        self.data.regions.len() - 1
    }

    /// Ends the open regions of a goroutine that ends.
    pub(crate) fn end_regions(&mut self, g: u32, now: u64) {
        if self.user.regions.is_empty() {
            return;
        }
        for open in self.user.regions.remove(&g).unwrap_or_default() {
            self.data.regions[open.row].end_ns = Some(now);
        }
    }

    /// UserLog task key_string value_string stack.
    pub(super) fn user_log(&mut self, cx: Cx, event: &Event) -> Rule {
        let [user_task, category, message, stack] = event.args;
        let message = self.text(message, event.offset);
        self.log(cx, event, [user_task, category, stack], message)
    }

    /// A log of user task, category and stack, whose message is known.
    pub(crate) fn log(&mut self, cx: Cx, event: &Event, args: [u64; 3], message: StringId) -> Rule {
        let [user_task, category, stack] = args;
        cx.needs_all()?;
        let time_ns = self.annotate(cx, event, Other::Log, stack);
        let log = Log {
            time_ns,
            task: TaskId(cx.g),
            user_task: self.user.task(user_task),
            category: self.text(category, event.offset),
            message,
            stack: self.stack(stack, event.offset).id,
        };
        self.data.logs.push(log);
        Ok(())
    }

    /// Counts an annotation of the running goroutine, whose stack may name its entry.
    fn annotate(&mut self, cx: Cx, event: &Event, kind: Other, stack: u64) -> u64 {
        self.counts.other(kind);
        if !self.gos[cx.g as usize].named {
            let root = self.stack(stack, event.offset).root;
            self.name_task(cx.g, root);
        }
        self.tick(event.time)
    }

    /// GoLabel label_string: the mode of a GC worker, as the reason of its running span. Ordinary
    /// goroutines that are labelled by mistake lose it when their entry is known.
    pub(crate) fn go_label(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_all()?;
        self.counts.other(Other::Label);
        self.tick(event.time);
        let go = self.gos[cx.g as usize];
        let label = self.text(event.args[0], event.offset);
        let Some(span) = go.room.spans.checked_sub(1).filter(|_| go.state == GoState::Running) else {
            return Ok(());
        };
        let reason = self.reason_row(label, event.offset);
        if reason != NO_REASON {
            self.data.reasons[usize::from(reason)].kind = WaitKind::Gc;
            self.labelled.push(Label { task: cx.g, span, reason });
        }
        Ok(())
    }
}
