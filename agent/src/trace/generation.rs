//! One generation of the file: gathered while it runs, written when it is over.

use std::io::{self, Write};

use taskscope_proto::gotrace::sidecar::{
    Counts, End, Lane, Outcome, Program, Reason, Sidecar, Site, Task, TaskEnd, Wait,
};
use taskscope_proto::gotrace::write::{self, END_OF_GENERATION, NONE, Sample, Tables};

use super::chunk::{Chunk, Content};
use super::names::{self, Names, Stacks};
use super::notes::{self, Note};
use super::slot::{self, Half};
use super::waits::REASONS;
use super::{clock, lanes};
use crate::tasks::record::Record;

/// Bytes of a sidecar message after which the next one begins; a batch has room for some more.
const MESSAGE: usize = 48 << 10;
/// Text of a site is cut here.
const MOST_TEXT: usize = 4 << 10;
/// Bytes of the recorder's own batch after which the next one begins.
const OWN_BATCH: usize = 60 << 10;

/// What came of one generation so far.
#[derive(Debug)]
pub(super) struct Generation {
    /// Its number in the process.
    pub(super) number: u32,
    /// Events, in the order of each thread.
    chunks: Vec<Chunk>,
    bytes: usize,
    /// Batches of the recorder itself, which belong to no thread: time of the batch, events.
    own: Vec<(u64, Vec<u8>)>,
    program: Option<Program>,
    tasks: Vec<Task>,
    ends: Vec<TaskEnd>,
    /// Tasks with names that it has.
    named: Vec<u64>,
    /// Tasks with names that ended in it.
    pub(super) ended: Vec<u64>,
    /// What was seen of waits.
    pub(super) waits: Vec<Wait>,
    /// CPU samples.
    pub(super) samples: Vec<Sample>,
    counts: slot::Counts,
    end: Option<End>,
}

impl Generation {
    /// Nothing yet.
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            chunks: Vec::new(),
            bytes: 0,
            own: Vec::new(),
            program: None,
            tasks: Vec::new(),
            ends: Vec::new(),
            named: Vec::new(),
            ended: Vec::new(),
            waits: Vec::new(),
            samples: Vec::new(),
            counts: slot::Counts::default(),
            end: None,
        }
    }

    /// Bytes of its events.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes in a chunk.
    pub(super) fn add(&mut self, chunk: Chunk, names: &mut Names) {
        match chunk.content {
            Content::Events => {
                self.bytes += chunk.bytes().len();
                self.chunks.push(chunk);
            }
            Content::Notes => notes::read(chunk.bytes(), |note| self.note(note, names)),
        }
    }

    /// Takes in what a thread had not handed over.
    pub(super) fn add_half(&mut self, half: Half, names: &mut Names) {
        let Half { events, notes, counts, .. } = half;
        events.into_iter().chain(notes).for_each(|chunk| self.add(*chunk, names));
        self.counts.add(&counts);
    }

    fn note(&mut self, note: Note, names: &mut Names) {
        match note {
            Note::Born { id, parent, site, kind, name } => {
                if !name.is_empty() {
                    names.add(id, &name, site);
                    self.named.push(id);
                }
                self.tasks.push(Task { id, parent, site, kind: kind as i32, name });
            }
            Note::Met { id } => self.named.push(id),
            Note::Over { id, outcome } => {
                if outcome != Outcome::Ready as u64 {
                    self.ends.push(TaskEnd { task: id, outcome: outcome as i32 });
                }
                self.ended.push(id);
            }
        }
    }

    /// A task that the recorder tells itself.
    pub(super) fn meet(&mut self, task: &Record, names: &mut Names) {
        let (name, site) = (task.name.as_deref().unwrap_or_default().to_owned(), task.site.number);
        let kind = notes::kind(task.kind);
        self.note(Note::Born { id: task.id, parent: task.parent, site, kind, name }, names);
    }

    /// An event of no thread. The first of `args` is `dt`.
    pub(super) fn own_event(&mut self, now: u64, kind: u8, args: &[u64]) {
        if self.own.last().is_none_or(|(_, events)| events.len() > OWN_BATCH) {
            self.own.push((now, Vec::new()));
        }
        if let Some((_, events)) = self.own.last_mut() {
            write::event(events, kind, args);
        }
    }

    /// The first one says whose trace it is.
    pub(super) fn begin_program(&mut self, tasks_at_start: u64) {
        let writer = concat!("taskscope-agent ", env!("CARGO_PKG_VERSION")).to_owned();
        let pid = u64::from(std::process::id());
        self.program = Some(Program { writer, runtime: "tokio".to_owned(), pid, tasks_at_start });
    }

    /// The last one says why.
    pub(super) fn end(&mut self, reason: Reason, dropped_bytes: u64, names_dropped: u64) {
        self.end = Some(End { reason: reason.into(), dropped_bytes, names_dropped });
    }
}

impl slot::Counts {
    fn add(&mut self, other: &Self) {
        self.spawned += other.spawned;
        self.polls += other.polls;
        self.wakes += other.wakes;
        self.woken_in_poll += other.woken_in_poll;
        self.unwoken_polls += other.unwoken_polls;
        self.ended += other.ended;
        self.dropped += other.dropped;
        self.panicked += other.panicked;
        self.resumed += other.resumed;
    }

    fn message(&self) -> Counts {
        let Self { spawned, polls, wakes, woken_in_poll, unwoken_polls, ended, dropped, panicked, resumed } =
            *self;
        Counts { spawned, polls, wakes, woken_in_poll, unwoken_polls, ended, dropped, panicked, resumed }
    }
}

/// What writing a generation needs besides.
#[derive(Debug)]
pub(super) struct Finished<'a> {
    /// Its number in the file.
    pub(super) number: u64,
    /// Units a second.
    pub(super) frequency: u64,
    /// First generation of the trace, as the process counts.
    pub(super) trace: u32,
    /// Names of tasks.
    pub(super) names: &'a Names,
    /// Stacks of waits.
    pub(super) stacks: &'a Stacks,
    /// Sites that earlier generations have told.
    pub(super) sites_told: &'a mut usize,
}

impl Finished<'_> {
    /// Writes `generation`; gives how many bytes that were.
    pub(super) fn write(&mut self, generation: &mut Generation, out: &mut dyn Write) -> io::Result<u64> {
        let mut written = 0;
        let mut buffer = Vec::new();
        let clocks = clock::clocks(self.frequency);
        write::sync(&mut buffer, self.number, &clocks);
        for (time, events) in generation.own.drain(..) {
            write::batch(&mut buffer, self.number, NONE, time, &events);
        }
        for chunk in generation.chunks.drain(..) {
            write::batch(&mut buffer, self.number, u64::from(chunk.thread), chunk.time, chunk.bytes());
            chunk.recycle();
            written += send(&mut buffer, out)?;
        }
        let sites = names::sites();
        let mut tables = Tables::new(self.number, clocks.time, REASONS);
        names::put_sites(&sites, &mut tables);
        generation.named.sort_unstable();
        generation.named.dedup();
        self.names.put(&generation.named, &sites, &mut tables);
        self.stacks.put(&mut tables);
        buffer.extend(tables.finish());
        write::samples(&mut buffer, self.number, clocks.time, &generation.samples);
        for message in self.sidecar(generation, &sites) {
            write::sidecar_batch(&mut buffer, self.number, clocks.time, &message);
        }
        buffer.push(END_OF_GENERATION);
        Ok(written + send(&mut buffer, out)?)
    }

    fn sidecar(
        &mut self,
        generation: &mut Generation,
        sites: &[&'static crate::tasks::site::Site],
    ) -> Vec<Sidecar> {
        let mut messages = Messages::default();
        messages.now().program = generation.program.take();
        for site in sites.iter().skip(*self.sites_told) {
            let text = |text: &str| text[..text.floor_char_boundary(MOST_TEXT)].to_owned();
            let place = site.location;
            let site = Site {
                number: site.number,
                file: text(place.file()),
                line: place.line(),
                column: place.column(),
                type_name: text(site.type_name),
                future_bytes: site.bytes,
            };
            let size = site.file.len() + site.type_name.len();
            messages.room(size).sites.push(site);
        }
        *self.sites_told = sites.len();
        for lane in lanes::given(self.trace) {
            let name = thread_name(lane.thread);
            let lane = Lane { p: lane.p, thread: u64::from(lane.thread), name, worker: lane.worker };
            messages.room(lane.name.len()).lanes.push(lane);
        }
        for task in generation.tasks.drain(..) {
            messages.room(task.name.len()).tasks.push(task);
        }
        for end in generation.ends.drain(..) {
            messages.room(0).ends.push(end);
        }
        for wait in generation.waits.drain(..) {
            messages.room(wait.what.len()).waits.push(wait);
        }
        let last = messages.room(100);
        last.counts = Some(generation.counts.message());
        last.end = generation.end.take();
        messages.list
    }
}

/// Messages that fit into batches.
#[derive(Debug, Default)]
struct Messages {
    list: Vec<Sidecar>,
    bytes: usize,
}

impl Messages {
    /// The one that is being filled.
    fn now(&mut self) -> &mut Sidecar {
        if self.list.is_empty() {
            self.list.push(Sidecar::default());
        }
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// One with room for an entry with so many bytes of text; other fields take 60 at most.
    fn room(&mut self, text: usize) -> &mut Sidecar {
        const FIELDS: usize = 60;
        if self.bytes + text + FIELDS > MESSAGE {
            self.list.push(Sidecar::default());
            self.bytes = 0;
        }
        self.bytes += text + FIELDS;
        self.now()
    }
}

fn send(buffer: &mut Vec<u8>, out: &mut dyn Write) -> io::Result<u64> {
    out.write_all(buffer)?;
    let bytes = buffer.len() as u64;
    buffer.clear();
    Ok(bytes)
}

/// The name of a thread of this process; empty where the system does not tell, or it has gone.
fn thread_name(thread: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/self/task/{thread}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}
