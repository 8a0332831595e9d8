//! Profiles as pprof files: addresses with their mappings and build ids. Names and lines are for the
//! collector, which has the files and the memory to look them up.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use taskscope_proto::wire::profile;

use crate::native::{Module, Modules};

/// A label of a sample.
#[derive(Clone, Debug)]
pub(crate) struct Label<'a> {
    key: &'static str,
    text: Option<Cow<'a, str>>,
    number: u64,
    unit: &'static str,
}

impl<'a> Label<'a> {
    /// With a text.
    pub(crate) fn text(key: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self { key, text: Some(text.into()), number: 0, unit: "" }
    }

    /// With a number.
    pub(crate) fn number(key: &'static str, number: u64) -> Self {
        Self { key, text: None, number, unit: "" }
    }

    /// With a number of bytes.
    pub(crate) fn bytes(key: &'static str, number: u64) -> Self {
        Self { key, text: None, number, unit: "bytes" }
    }
}

/// A profile in the making.
#[derive(Debug)]
pub(crate) struct ProfileWriter {
    message: profile::Profile,
    strings: HashMap<String, i64>,
    /// By address.
    locations: HashMap<u64, u64>,
    /// Executable addresses with the ids of their mappings, the first that fits counts.
    mappings: Vec<(std::ops::Range<u64>, u64)>,
}

impl ProfileWriter {
    /// A profile that was begun at `wall` and took `duration`, of code in these modules; where two were
    /// loaded at one address after another, the first in the list counts.
    pub(crate) fn new(modules: &[Modules], wall: SystemTime, duration: Duration) -> Self {
        let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let message = profile::Profile {
            string_table: vec![String::new()],
            time_nanos: nanos(since),
            duration_nanos: nanos(duration),
            ..Default::default()
        };
        let strings = HashMap::from([(String::new(), 0)]);
        let mut writer = Self { message, strings, locations: HashMap::new(), mappings: Vec::new() };
        for module in modules.iter().flat_map(|modules| &*modules.0) {
            writer.mapping(module);
        }
        writer
    }

    /// Another value that every sample has.
    pub(crate) fn sample_type(&mut self, kind: &str, unit: &str) {
        let value = self.value_type(kind, unit);
        self.message.sample_type.push(value);
    }

    /// Which of the values to show first.
    pub(crate) fn default_sample_type(&mut self, kind: &str) {
        self.message.default_sample_type = self.string(kind);
    }

    /// What was counted between two samples, and how much.
    pub(crate) fn period(&mut self, kind: &str, unit: &str, period: u64) {
        self.message.period_type = Some(self.value_type(kind, unit));
        self.message.period = i64::try_from(period).unwrap_or(i64::MAX);
    }

    /// Functions that readers leave out, with what they call (a regular expression).
    pub(crate) fn drop_frames(&mut self, pattern: &str) {
        self.message.drop_frames = self.string(pattern);
    }

    /// A line for people.
    pub(crate) fn comment(&mut self, text: &str) {
        let text = self.string(text);
        self.message.comment.push(text);
    }

    /// A sample: its stack leaf first, and a value for every sample type.
    pub(crate) fn add(&mut self, pcs: &[u64], values: &[u64], labels: &[Label<'_>]) {
        let location_id = pcs.iter().map(|&pc| self.location(pc)).collect();
        let value = values.iter().map(|&value| i64::try_from(value).unwrap_or(i64::MAX)).collect();
        let label = labels.iter().map(|label| self.label(label)).collect();
        self.message.sample.push(profile::Sample { location_id, value, label });
    }

    /// Writes the file, packed.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut gzip = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
        gzip.write_all(&self.message.encode_to_vec())?;
        gzip.finish()?.flush()
    }

    fn value_type(&mut self, kind: &str, unit: &str) -> profile::ValueType {
        profile::ValueType { r#type: self.string(kind), unit: self.string(unit) }
    }

    fn mapping(&mut self, module: &Module) {
        for segment in &module.segments {
            if self.mappings.iter().any(|(range, _)| *range == segment.range) {
                continue;
            }
            let id = self.message.mapping.len() as u64 + 1;
            let mapping = profile::Mapping {
                id,
                memory_start: segment.range.start,
                memory_limit: segment.range.end,
                file_offset: segment.file_offset,
                filename: self.string(&module.path),
                build_id: self.string(&module.build_id),
                ..Default::default()
            };
            self.message.mapping.push(mapping);
            self.mappings.push((segment.range.clone(), id));
        }
    }

    fn location(&mut self, pc: u64) -> u64 {
        if let Some(&known) = self.locations.get(&pc) {
            return known;
        }
        let id = self.message.location.len() as u64 + 1;
        let mapping = self.mappings.iter().find(|(range, _)| range.contains(&pc));
        let mapping_id = mapping.map_or(0, |&(_, id)| id);
        self.message.location.push(profile::Location { id, mapping_id, address: pc, ..Default::default() });
        self.locations.insert(pc, id);
        id
    }

    fn label(&mut self, label: &Label<'_>) -> profile::Label {
        let key = self.string(label.key);
        let str = label.text.as_ref().map_or(0, |text| self.string(text));
        profile::Label {
            key,
            str,
            num: i64::try_from(label.number).unwrap_or(i64::MAX),
            num_unit: self.string(label.unit),
        }
    }

    fn string(&mut self, text: &str) -> i64 {
        if let Some(&known) = self.strings.get(text) {
            return known;
        }
        let index = i64::try_from(self.message.string_table.len()).unwrap_or(0);
        self.message.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
