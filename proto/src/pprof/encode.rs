//! Tables to protobuf.
//!
//! Written is what a profile can hold: samples with stacks, values and labels, and the facts.
//! Only text, functions, mappings and locations that a sample refers to go into the file.

use std::collections::HashMap;
use std::io::Write;

use foldhash::fast::RandomState;
use prost::Message;

use crate::model::{
    Dataset, Frame, FrameId, FunctionId, Label, LabelValue, MappingId, StackId, StringId, Strings,
};
use crate::wire::profile;

/// The profile tables of `dataset` as an uncompressed pprof file.
pub fn encode(dataset: &Dataset) -> Vec<u8> {
    let mut writer = Writer::new(dataset);
    for row in 0..dataset.samples.len() {
        writer.add_sample(row);
    }
    writer.finish().encode_to_vec()
}

/// The profile tables of `dataset` as a pprof file as it is usually stored: gzipped.
pub fn encode_gzip(dataset: &Dataset) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory cannot fail; the plain bytes are a valid profile too.
    let plain = encode(dataset);
    match gzip.write_all(&plain).and_then(|()| gzip.finish()) {
        Ok(packed) => packed,
        Err(_) => plain,
    }
}

/// Builds the message, giving out ids from 1 in the order of first use.
struct Writer<'a> {
    dataset: &'a Dataset,
    message: profile::Profile,
    strings: HashMap<StringId, i64, RandomState>,
    mappings: HashMap<MappingId, u64, RandomState>,
    functions: HashMap<FunctionId, u64, RandomState>,
    /// Frames of a location, root first → its id.
    locations: HashMap<Vec<FrameId>, u64, RandomState>,
}

impl<'a> Writer<'a> {
    fn new(dataset: &'a Dataset) -> Self {
        let message = profile::Profile { string_table: vec![String::new()], ..Default::default() };
        let strings = HashMap::from_iter([(Strings::EMPTY, 0), (StringId::NONE, 0)]);
        let (mappings, functions, locations) = Default::default();
        Self { dataset, message, strings, mappings, functions, locations }
    }

    fn finish(mut self) -> profile::Profile {
        let facts = &self.dataset.facts;
        for column in &self.dataset.samples.columns {
            let value_type =
                profile::ValueType { r#type: self.string(column.kind), unit: self.string(column.unit) };
            self.message.sample_type.push(value_type);
        }
        let chosen = usize::try_from(self.dataset.samples.default_column).unwrap_or(usize::MAX);
        self.message.default_sample_type =
            self.message.sample_type.get(chosen).map_or(0, |chosen| chosen.r#type);
        self.message.time_nanos = facts.wall_start_ns.unwrap_or(0);
        self.message.duration_nanos = facts.duration_ns.and_then(|ns| i64::try_from(ns).ok()).unwrap_or(0);
        if let Some((period, kind, unit)) = &facts.period {
            self.message.period = *period;
            self.message.period_type =
                Some(profile::ValueType { r#type: self.text(kind), unit: self.text(unit) });
        }
        self.message.comment = facts.comments.iter().map(|comment| self.text(comment)).collect();
        self.message
    }

    fn add_sample(&mut self, row: usize) {
        let samples = &self.dataset.samples;
        let value =
            samples.columns.iter().map(|column| column.values.get(row).copied().unwrap_or(0)).collect();
        let location_id = self.locations_of(samples.stack.get(row).copied().unwrap_or_default());
        let label = samples.labels_of(row).iter().map(|label| self.label(label)).collect();
        self.message.sample.push(profile::Sample { location_id, value, label });
    }

    /// Location ids of a stack, leaf first. A location is a frame and all that was inlined there.
    fn locations_of(&mut self, stack: StackId) -> Vec<u64> {
        let mut ids = Vec::new();
        let mut group = Vec::new();
        for frame in self.dataset.stacks.leaf_first(stack) {
            group.push(frame);
            let row = self.dataset.frames.get(frame);
            if !row.is_some_and(|row| row.inlined) {
                ids.push(self.location(&group));
                group.clear();
            }
        }
        if !group.is_empty() {
            ids.push(self.location(&group));
        }
        ids
    }

    fn location(&mut self, frames: &[FrameId]) -> u64 {
        if let Some(&id) = self.locations.get(frames) {
            return id;
        }
        let rows: Vec<Frame> =
            frames.iter().filter_map(|&frame| self.dataset.frames.get(frame)).copied().collect();
        let outer = rows.last();
        let location = profile::Location {
            id: self.message.location.len() as u64 + 1,
            mapping_id: outer.map_or(0, |frame| self.mapping(frame.mapping)),
            address: outer.map_or(0, |frame| frame.address),
            line: rows.iter().filter_map(|frame| self.line(frame)).collect(),
            is_folded: false,
        };
        let id = location.id;
        self.message.location.push(location);
        self.locations.insert(frames.to_vec(), id);
        id
    }

    /// A frame without symbol is a location without line.
    fn line(&mut self, frame: &Frame) -> Option<profile::Line> {
        let bare = frame.function.is_none() && frame.line == 0 && !frame.inlined;
        let function_id = self.function(frame.function);
        (!bare).then(|| profile::Line { function_id, line: i64::from(frame.line), column: 0 })
    }

    fn function(&mut self, id: FunctionId) -> u64 {
        let Some(&row) = self.dataset.functions.get(id) else { return 0 };
        if let Some(&known) = self.functions.get(&id) {
            return known;
        }
        let name = self.string(row.name);
        let system_name = if row.system_name == Strings::EMPTY { name } else { self.string(row.system_name) };
        let function = profile::Function {
            id: self.message.function.len() as u64 + 1,
            name,
            system_name,
            filename: self.string(row.file),
            start_line: i64::from(row.start_line),
        };
        self.functions.insert(id, function.id);
        self.message.function.push(function);
        function.id
    }

    fn mapping(&mut self, id: MappingId) -> u64 {
        let Some(row) = self.dataset.mappings.get(id.index()) else { return 0 };
        if let Some(&known) = self.mappings.get(&id) {
            return known;
        }
        let mapping = profile::Mapping {
            id: self.message.mapping.len() as u64 + 1,
            memory_start: row.start,
            memory_limit: row.limit,
            file_offset: row.file_offset,
            filename: self.string(row.file),
            build_id: self.string(row.build_id),
            // Readers look for the binary unless these say that everything is there already.
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
        };
        self.mappings.insert(id, mapping.id);
        self.message.mapping.push(mapping);
        mapping.id
    }

    fn label(&mut self, label: &Label) -> profile::Label {
        let key = self.string(label.key);
        match label.value {
            LabelValue::Text(text) => profile::Label { key, str: self.string(text), num: 0, num_unit: 0 },
            LabelValue::Number(num, unit) => profile::Label { key, str: 0, num, num_unit: self.string(unit) },
        }
    }

    fn string(&mut self, id: StringId) -> i64 {
        if let Some(&known) = self.strings.get(&id) {
            return known;
        }
        let index = push_string(&mut self.message, self.dataset.strings.get(id));
        self.strings.insert(id, index);
        index
    }

    /// Text that is in the facts, and perhaps in no table.
    fn text(&mut self, text: &str) -> i64 {
        match self.dataset.strings.lookup(text) {
            Some(id) => self.string(id),
            None => push_string(&mut self.message, text),
        }
    }
}

fn push_string(message: &mut profile::Profile, text: &str) -> i64 {
    let index = message.string_table.len();
    message.string_table.push(text.to_owned());
    i64::try_from(index).unwrap_or(0)
}
