//! What threads tell the recorder about tasks, besides events: names and ends.

use taskscope_proto::cursor::{Cursor, Fault};
use taskscope_proto::gotrace::write::{MAX_STRING, MAX_VARINT, put_varint};

use super::chunk::Chunk;
use crate::tasks::record::{Kind, Outcome, Record};

/// The most bytes of one note.
pub(super) const LONGEST: usize = 8 * MAX_VARINT + MAX_STRING;

const BORN: u64 = 1;
const MET: u64 = 2;
const OVER: u64 = 3;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// First event of a task in the trace.
    Born { id: u64, parent: u64, site: u32, kind: u64, name: String },
    /// First event of a task with a name in a later generation.
    Met { id: u64 },
    /// The end of a task, unless it is as usual and the task has no name.
    Over { id: u64, outcome: u64 },
}

/// Notes a task that the trace has not had yet. The chunk has room for [`LONGEST`].
pub(super) fn born(chunk: &mut Chunk, task: &Record) {
    let name = task.name.as_deref().unwrap_or_default();
    let name = &name[..name.floor_char_boundary(MAX_STRING)];
    let head = [BORN, task.id, task.parent, u64::from(task.site.number), kind(task.kind), name.len() as u64];
    put(chunk, &head);
    let room = chunk.room();
    if let Some(room) = room.get_mut(..name.len()) {
        room.copy_from_slice(name.as_bytes());
        chunk.wrote(name.len());
    }
}

/// Notes that a task with a name is in this generation.
pub(super) fn met(chunk: &mut Chunk, task: &Record) {
    put(chunk, &[MET, task.id]);
}

/// Notes how a task ended.
pub(super) fn over(chunk: &mut Chunk, task: &Record) {
    put(chunk, &[OVER, task.id, task.outcome() as u64]);
}

fn put(chunk: &mut Chunk, fields: &[u64]) {
    for &field in fields {
        let bytes = put_varint(chunk.room(), field);
        chunk.wrote(bytes);
    }
}

/// As in the sidecar.
pub(super) fn kind(kind: Kind) -> u64 {
    match kind {
        Kind::Async => 1,
        Kind::Local => 2,
        Kind::Blocking => 3,
        Kind::Root => 4,
        Kind::Wrapped => 5,
        Kind::Foreign => 6,
    }
}

/// Whether the end of `task` is worth a note.
pub(super) fn is_end_noted(task: &Record) -> bool {
    task.name.is_some() || task.outcome() != Outcome::Ready
}

/// Reads the notes of a chunk, in order.
pub(super) fn read(bytes: &[u8], mut each: impl FnMut(Note)) {
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_empty() {
        match one(&mut cursor) {
            Ok(note) => each(note),
            // Only this program writes them.
            Err(_) => return,
        }
    }
}

fn one(cursor: &mut Cursor<'_>) -> Result<Note, Fault> {
    Ok(match cursor.varint()? {
        BORN => {
            let (id, parent, site) = (cursor.varint()?, cursor.varint()?, cursor.varint()? as u32);
            let (kind, length) = (cursor.varint()?, cursor.varint()?);
            let name = String::from_utf8_lossy(cursor.take(length)?).into_owned();
            Note::Born { id, parent, site, kind, name }
        }
        MET => Note::Met { id: cursor.varint()? },
        _ => Note::Over { id: cursor.varint()?, outcome: cursor.varint()? },
    })
}
