//! Protobuf to tables, in steps.
//!
//! A profile's messages may come in any order and refer to each other, so the file is walked once
//! for each kind: text first, then what needs text, then locations, then samples. A walk skips what
//! it does not want by length; only one message at a time is held decoded.

use prost::Message;

use super::flaws::Flaw;
use super::kind::profile_kind;
use super::prune::Pruner;
use super::samples::SampleTaker;
use super::tables::Tables;
use super::walk::{Field, Value, next_field};
use crate::error::{Notice, ParseError, Phase};
use crate::model::{Dataset, Format, ValueColumn};
use crate::wire::profile;

/// Bytes walked in one step: some tens of milliseconds.
const STEP_BYTES: usize = 4 << 20;

const SAMPLE_TYPE: u32 = 1;
const SAMPLE: u32 = 2;
const MAPPING: u32 = 3;
const LOCATION: u32 = 4;
const FUNCTION: u32 = 5;
const STRING: u32 = 6;
const LAST_FIELD: u32 = 15;

/// Decodes a whole profile, not compressed.
///
/// # Errors
/// If nothing of a profile could be read; all lesser damage is in the notices.
pub fn decode(bytes: &[u8]) -> Result<Dataset, ParseError> {
    let mut decoder = Decoder::new();
    while decoder.step(bytes) {}
    decoder.finish(bytes)
}

/// Decodes a profile step by step. Every call takes the same bytes.
#[derive(Debug)]
pub struct Decoder {
    pass: Pass,
    at: usize,
    /// Where the walk ends: at the end, or where the file is broken.
    end: Option<usize>,
    broken: Option<ParseError>,
    header: profile::Profile,
    tables: Tables,
    taker: SampleTaker,
    out: Dataset,
}

/// Which messages a walk takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Text,
    Tables,
    Locations,
    Samples,
    Done,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder at the start of a file.
    pub fn new() -> Self {
        Self {
            pass: Pass::Text,
            at: 0,
            end: None,
            broken: None,
            header: profile::Profile::default(),
            tables: Tables::default(),
            taker: SampleTaker::default(),
            out: Dataset::default(),
        }
    }

    /// Works for one step; whether there is more to do.
    pub fn step(&mut self, bytes: &[u8]) -> bool {
        let end = self.end.unwrap_or(bytes.len()).min(bytes.len());
        let until = self.at.saturating_add(STEP_BYTES).min(end);
        while self.at < until {
            match next_field(&bytes[..end], self.at) {
                Some(Ok(field)) => {
                    self.take(bytes, &field);
                    self.at = field.end;
                }
                Some(Err(error)) => {
                    self.end = Some(self.at);
                    self.broken = Some(error);
                    break;
                }
                None => break,
            }
        }
        if self.at >= self.end.unwrap_or(end) {
            self.next_pass(bytes.len());
        }
        self.pass != Pass::Done
    }

    /// How much of the work is done, in bytes of `length`.
    pub fn done(&self, length: u64) -> u64 {
        match self.pass {
            Pass::Text | Pass::Tables | Pass::Locations => 0,
            Pass::Samples => (self.at as u64).min(length),
            Pass::Done => length,
        }
    }

    /// The data set, after the last step.
    ///
    /// # Errors
    /// If nothing of a profile could be read.
    pub fn finish(mut self, bytes: &[u8]) -> Result<Dataset, ParseError> {
        if self.out.samples.columns.is_empty() {
            let missing = ParseError::new(Phase::Decode, 0, "at least one sample type", "none");
            return Err(self.broken.unwrap_or(missing));
        }
        self.tell_where_it_broke(bytes.len());
        self.out.notices.extend(self.tables.flaws.notices());
        self.fill_facts(bytes.len());
        self.shrink();
        Ok(self.out)
    }

    /// Gives back what the growing tables set aside: up to half of their memory.
    fn shrink(&mut self) {
        let samples = &mut self.out.samples;
        samples.stack.shrink_to_fit();
        samples.columns.iter_mut().for_each(|column| column.values.shrink_to_fit());
        samples.labels.shrink_to_fit();
        samples.label_ends.shrink_to_fit();
        self.out.stacks.shrink_to_fit();
    }

    fn next_pass(&mut self, length: usize) {
        self.at = 0;
        self.pass = match self.pass {
            Pass::Text => {
                self.set_up_pruning();
                Pass::Tables
            }
            Pass::Tables => Pass::Locations,
            Pass::Locations => {
                self.taker.limit_stacks(length);
                Pass::Samples
            }
            Pass::Samples | Pass::Done => Pass::Done,
        };
    }

    fn take(&mut self, bytes: &[u8], field: &Field<'_>) {
        let Value::Bytes(content) = field.value else {
            return self.take_scalar(bytes, field);
        };
        let offset = field.end - content.len();
        match (self.pass, field.number) {
            (Pass::Text, STRING) => self.take_text(content, offset),
            (Pass::Tables, SAMPLE_TYPE) => self.take_sample_type(content, offset),
            (Pass::Tables, MAPPING) => {
                if let Some(message) = self.tables.message(content, offset) {
                    self.tables.add_mapping(&message, offset, &mut self.out);
                }
            }
            (Pass::Tables, FUNCTION) => {
                if let Some(message) = self.tables.message(content, offset) {
                    self.tables.add_function(&message, offset, &mut self.out);
                }
            }
            (Pass::Locations, LOCATION) => {
                if let Some(message) = self.tables.message(content, offset) {
                    self.tables.add_location(&message, offset, &mut self.out);
                }
            }
            (Pass::Samples, SAMPLE) => self.taker.take(content, offset, &mut self.tables, &mut self.out),
            _ => self.take_scalar(bytes, field),
        }
    }

    /// Numbers about the profile as a whole, by prost: they are few and small.
    fn take_scalar(&mut self, bytes: &[u8], field: &Field<'_>) {
        let wanted = self.pass == Pass::Text && (STRING + 1..=LAST_FIELD).contains(&field.number);
        if wanted && self.header.merge(&bytes[field.start..field.end]).is_err() {
            self.tables.flaws.add(Flaw::Message, field.start);
        }
    }

    fn take_text(&mut self, content: &[u8], offset: usize) {
        let text = String::from_utf8_lossy(content);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.tables.flaws.add(Flaw::Text, offset);
        }
        self.tables.strings.push(self.out.strings.intern(&text));
    }

    fn take_sample_type(&mut self, content: &[u8], offset: usize) {
        let Some(message) = self.tables.message::<profile::ValueType>(content, offset) else { return };
        let kind = self.tables.text(message.r#type, offset);
        let unit = self.tables.text(message.unit, offset);
        self.out.samples.columns.push(ValueColumn { kind, unit, values: Vec::new() });
    }

    fn set_up_pruning(&mut self) {
        let drop = self.tables.text(self.header.drop_frames, 0);
        let keep = self.tables.text(self.header.keep_frames, 0);
        match Pruner::new(self.out.strings.get(drop), self.out.strings.get(keep)) {
            Ok(pruner) => self.tables.pruner = pruner,
            Err(notice) => self.out.notices.push(notice),
        }
    }

    fn tell_where_it_broke(&mut self, length: usize) {
        let Some((error, end)) = self.broken.take().zip(self.end) else { return };
        let lost = length.saturating_sub(end);
        let message = format!(
            "{error}. The last {lost} bytes are not read, and what they hold (samples, names) is missing."
        );
        self.out.notices.push(Notice::new(Phase::Frame, error.offset, message));
    }

    fn fill_facts(&mut self, length: usize) {
        let header = std::mem::take(&mut self.header);
        let default = self.tables.text(header.default_sample_type, 0);
        let samples = &mut self.out.samples;
        let last = samples.columns.len().saturating_sub(1);
        let chosen = samples.columns.iter().position(|column| column.kind == default).unwrap_or(last);
        samples.default_column = u32::try_from(chosen).unwrap_or(0);

        let period_type = header.period_type.unwrap_or_default();
        let period_kind = self.tables.text(period_type.r#type, 0);
        let period_unit = self.tables.text(period_type.unit, 0);
        let comments: Vec<_> = header.comment.iter().map(|&comment| self.tables.text(comment, 0)).collect();

        let strings = &self.out.strings;
        let text = |id| strings.get(id).to_owned();
        let kinds: Vec<_> = self.out.samples.columns.iter().map(|column| strings.get(column.kind)).collect();
        let facts = &mut self.out.facts;
        facts.format = Format::Pprof;
        facts.content_bytes = length as u64;
        facts.profile_kind = profile_kind(&kinds, strings.get(default)).to_owned();
        facts.wall_start_ns = Some(header.time_nanos).filter(|&time| time != 0);
        facts.duration_ns = u64::try_from(header.duration_nanos).ok().filter(|&duration| duration != 0);
        let period = (header.period, text(period_kind), text(period_unit));
        facts.period = Some(period).filter(|period| *period != (0, String::new(), String::new()));
        facts.comments = comments.into_iter().map(text).collect();
    }
}
