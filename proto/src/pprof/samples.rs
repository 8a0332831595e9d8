//! Samples: from location ids to interned stacks.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use prost::Message;

use super::flaws::Flaw;
use super::prune::Cut;
use super::tables::Tables;
use crate::model::{Dataset, Label, LabelValue, StackId, Strings};
use crate::wire::profile;

/// Frames from which on a location is looked up as a whole. Otherwise a hostile file of one such
/// location and many samples takes time by the product of both.
const CROWD: usize = 8;

/// Takes samples into a data set, one after the other.
#[derive(Debug, Default)]
pub(super) struct SampleTaker {
    /// The message being read; kept for its buffers.
    message: profile::Sample,
    /// (stack of the callers, location row) → stack, for locations of many inlined calls.
    crowded: HashMap<(StackId, u32), StackId, RandomState>,
    /// Stacks that may exist in all.
    stack_limit: usize,
}

impl SampleTaker {
    /// Bounds the stack table by the size of the file. Each location of a stack takes a byte or
    /// more and stands for a few frames, so a real profile stays far below.
    pub fn limit_stacks(&mut self, content_bytes: usize) {
        self.stack_limit = content_bytes.saturating_mul(8).saturating_add(1 << 16);
    }

    /// Takes one sample.
    pub fn take(&mut self, bytes: &[u8], offset: usize, tables: &mut Tables, out: &mut Dataset) {
        self.message.clear();
        if self.message.merge(bytes).is_err() {
            return tables.flaws.add(Flaw::Message, offset);
        }
        if self.message.value.len() != out.samples.columns.len() {
            return tables.flaws.add(Flaw::ValueCount, offset);
        }
        let stack = self.stack(offset, tables, out);
        out.samples.stack.push(stack);
        for (column, &value) in out.samples.columns.iter_mut().zip(&self.message.value) {
            column.values.push(value);
        }
        self.take_labels(offset, tables, out);
    }

    fn stack(&mut self, offset: usize, tables: &mut Tables, out: &mut Dataset) -> StackId {
        let mut stack = StackId::NONE;
        let mut shown = false;
        for &id in self.message.location_id.iter().rev() {
            let Some(row) = tables.locations.get(id) else {
                tables.flaws.add(Flaw::LocationId, offset);
                continue;
            };
            let (frames, cut) = tables.frames_of(row);
            if shown && cut == Cut::Whole {
                break;
            }
            if out.stacks.len() >= self.stack_limit {
                tables.flaws.add(Flaw::StackBudget, offset);
                break;
            }
            let mut call = || frames.iter().fold(stack, |parent, &frame| out.stacks.intern(parent, frame));
            stack = if frames.len() <= CROWD {
                call()
            } else {
                *self.crowded.entry((stack, row)).or_insert_with(call)
            };
            if shown && cut == Cut::Inlined {
                break;
            }
            shown |= cut == Cut::None;
        }
        stack
    }

    fn take_labels(&mut self, offset: usize, tables: &mut Tables, out: &mut Dataset) {
        let samples = &mut out.samples;
        for label in &self.message.label {
            let key = tables.text(label.key, offset);
            if key == Strings::EMPTY {
                continue;
            }
            let value = if label.str != 0 {
                LabelValue::Text(tables.text(label.str, offset))
            } else {
                LabelValue::Number(label.num, tables.text(label.num_unit, offset))
            };
            samples.labels.push(Label { key, value });
        }
        // The column stays empty until there is a label, so that most files do not pay for it.
        if !samples.labels.is_empty() {
            let end = u32::try_from(samples.labels.len()).unwrap_or(u32::MAX);
            samples.label_ends.resize(samples.stack.len() - 1, 0);
            samples.label_ends.push(end);
        }
    }
}
