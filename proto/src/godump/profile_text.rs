//! debug=1: records of values, addresses and symbolized frames.

use super::labels::parse_labels;
use super::lines::lines;
use super::symbols::{Place, frame, parse_place};
use crate::error::{Notice, ParseError, Phase};
use crate::model::{
    Dataset, Format, FrameId, Label, LabelValue, Observation, ReasonId, StackId, Strings, TaskId, TaskState,
    ValueColumn,
};

/// Whether the text begins as a profile of counts does: `goroutine profile: total 12`.
pub(crate) fn is_profile_text(start: &[u8]) -> bool {
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    std::str::from_utf8(line).is_ok_and(|line| profile_head(line).is_some())
}

/// Decodes a profile of counts: goroutine, goroutineleak, threadcreate, or one that a program made.
///
/// Fills samples, and for goroutines observations without task: the format gives counts only.
///
/// # Errors
/// If the first line is no head of such a profile.
pub fn decode_profile_text(bytes: &[u8]) -> Result<Dataset, ParseError> {
    let head = lines(bytes).find(|line| !line.text.trim().is_empty());
    let Some((name, total)) = head.as_ref().and_then(|line| profile_head(&line.text)) else {
        return Err(ParseError::new(Phase::Frame, 0, "`NAME profile: total N`", "another line"));
    };
    let mut out = new_dataset(bytes, name);
    let records = read_records(bytes, 1, &mut out, |text| Some(vec![text.trim().parse().ok()?]));
    let read = records.iter().filter_map(|record| u64::try_from(*record.values.first()?).ok());
    let read = read.fold(0, u64::saturating_add);
    if read != total {
        let message =
            format!("The file states {total} in all, but its records add up to {read}; some are missing.");
        out.notices.push(Notice::new(Phase::Decode, 0, message));
    }
    add_samples(&records, &[(name, "count")], &mut out);
    if name.starts_with("goroutine") {
        add_observations(&records, name == "goroutineleak", &mut out);
    }
    Ok(out)
}

/// Decodes a heap or allocs profile.
///
/// The text holds what was sampled; as in pprof's own form, values are scaled up to what the
/// sample stands for, given that larger objects are met more often.
///
/// # Errors
/// If the first line is no head of such a profile.
pub fn decode_heap_text(bytes: &[u8]) -> Result<Dataset, ParseError> {
    let head = lines(bytes).find(|line| !line.text.trim().is_empty());
    let Some(rate) = head.as_ref().and_then(|line| heap_rate(&line.text)) else {
        let expected = "`heap profile: N: N [N: N] @ heap/RATE`";
        return Err(ParseError::new(Phase::Frame, 0, expected, "another line"));
    };
    let mut out = new_dataset(bytes, "heap");
    let records = read_records(bytes, 4, &mut out, |text| {
        let [inuse_count, inuse_bytes, count, size] = heap_values(text)?;
        let (count, size) = unsampled(count, size, rate);
        let (inuse_count, inuse_bytes) = unsampled(inuse_count, inuse_bytes, rate);
        Some(vec![count, size, inuse_count, inuse_bytes])
    });
    let columns = [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ];
    add_samples(&records, &columns, &mut out);
    out.facts.period = Some((rate, "space".into(), "bytes".into()));
    Ok(out)
}

/// Stacks with equal values, before they become samples.
struct Record {
    values: Vec<i64>,
    stack: StackId,
    labels: Vec<(String, String)>,
}

/// `goroutine profile: total 12` → (goroutine, 12).
fn profile_head(line: &str) -> Option<(&str, u64)> {
    let (name, total) = line.trim().split_once(" profile: total ")?;
    let plain = !name.is_empty() && name.len() < 200 && !name.contains(char::is_whitespace);
    Some((name, total.parse().ok().filter(|_| plain)?))
}

/// The sampling rate in `… @ heap/1048576`: the text gives twice the rate.
fn heap_rate(line: &str) -> Option<i64> {
    let (_, method) = line.trim().strip_prefix("heap profile: ")?.rsplit_once(" @ ")?;
    let twice: i64 = method.strip_prefix("heap/")?.parse().ok()?;
    Some(twice / 2)
}

/// `1: 16 [2: 32]`.
fn heap_values(text: &str) -> Option<[i64; 4]> {
    let mut numbers = text.split([':', '[', ']']).map(str::trim).filter(|number| !number.is_empty());
    let mut next = || numbers.next()?.parse().ok();
    Some([next()?, next()?, next()?, next()?])
}

/// What `count` objects of `size` bytes in all, met at one in `rate` bytes, stand for.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pprof computes in f64 too")]
fn unsampled(count: i64, size: i64, rate: i64) -> (i64, i64) {
    if count <= 0 || size <= 0 || rate <= 1 {
        return (count, size);
    }
    let average = size as f64 / count as f64;
    let scale = 1.0 / (1.0 - (-average / rate as f64).exp());
    ((count as f64 * scale) as i64, (size as f64 * scale) as i64)
}

fn new_dataset(bytes: &[u8], kind: &str) -> Dataset {
    let mut out = Dataset::default();
    out.facts.format = Format::GoroutineProfileText;
    out.facts.content_bytes = bytes.len() as u64;
    out.facts.profile_kind = kind.into();
    out
}

/// Reads all records; `values` reads what stands left of the `@` into `width` values.
fn read_records(
    bytes: &[u8],
    width: usize,
    out: &mut Dataset,
    values: impl Fn(&str) -> Option<Vec<i64>>,
) -> Vec<Record> {
    let mut records = Vec::new();
    let mut current: Option<Building> = None;
    let mut skipped: Option<(u64, u64)> = None;
    for line in lines(bytes).skip(1) {
        let text = line.text.trim_end();
        if let Some(comment) = text.strip_prefix('#') {
            if let Some(building) = &mut current {
                building.take_comment(comment, out);
            }
            continue;
        }
        records.extend(current.take().map(|building| building.record(out)));
        if let Some((left, addresses)) = text.split_once(" @") {
            match values(left).filter(|values| values.len() == width) {
                Some(values) => current = Some(Building::new(values, addresses)),
                None => skipped.get_or_insert((0, line.offset)).0 += 1,
            }
        }
    }
    records.extend(current.map(|building| building.record(out)));
    if let Some((count, offset)) = skipped {
        let message = format!("{count} records could not be read and were left out.");
        out.notices.push(Notice::new(Phase::Decode, offset, message));
    }
    records
}

/// A record being read.
struct Building {
    values: Vec<i64>,
    addresses: Vec<u64>,
    frames: Vec<FrameId>,
    labels: Vec<(String, String)>,
}

impl Building {
    fn new(values: Vec<i64>, addresses: &str) -> Self {
        let addresses = addresses.split_whitespace().map_while(parse_hex).collect();
        Self { values, addresses, frames: Vec::new(), labels: Vec::new() }
    }

    /// `# labels: {…}`, or address, function and place between tabs.
    fn take_comment(&mut self, text: &str, out: &mut Dataset) {
        if let Some(labels) = text.trim().strip_prefix("labels: {") {
            self.labels = parse_labels(labels.strip_suffix('}').unwrap_or(labels));
            return;
        }
        let mut columns = text.split('\t').map(str::trim).filter(|column| !column.is_empty());
        let Some(address) = columns.next().and_then(parse_hex) else { return };
        let function = columns.next().unwrap_or_default();
        let function = function.rsplit_once("+0x").map_or(function, |(name, _)| name);
        let place = columns.next().and_then(parse_place).unwrap_or_default();
        self.frames.push(frame(out, function, &Place { address, ..place }, false));
    }

    fn record(mut self, out: &mut Dataset) -> Record {
        if self.frames.is_empty() {
            let bare = |&address| frame(out, "", &Place { address, ..Default::default() }, false);
            self.frames = self.addresses.iter().map(bare).collect();
        }
        let stack = out.stacks.intern_root_first(self.frames.iter().rev().copied());
        Record { values: self.values, stack, labels: self.labels }
    }
}

fn parse_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

fn add_samples(records: &[Record], columns: &[(&str, &str)], out: &mut Dataset) {
    let samples = &mut out.samples;
    samples.stack = records.iter().map(|record| record.stack).collect();
    for (index, (kind, unit)) in columns.iter().enumerate() {
        let values = records.iter().map(|record| record.values.get(index).copied().unwrap_or(0)).collect();
        let (kind, unit) = (out.strings.intern(kind), out.strings.intern(unit));
        samples.columns.push(ValueColumn { kind, unit, values });
    }
    samples.default_column = u32::try_from(columns.len().saturating_sub(1)).unwrap_or(0);
    if records.iter().all(|record| record.labels.is_empty()) {
        return;
    }
    for record in records {
        for (key, value) in &record.labels {
            let (key, value) = (out.strings.intern(key), out.strings.intern(value));
            samples.labels.push(Label { key, value: LabelValue::Text(value) });
        }
        samples.label_ends.push(u32::try_from(samples.labels.len()).unwrap_or(u32::MAX));
    }
}

fn add_observations(records: &[Record], leaked: bool, out: &mut Dataset) {
    for record in records {
        let pairs: Vec<_> = record.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let labels = if pairs.is_empty() { Strings::EMPTY } else { out.strings.intern(&pairs.join(",")) };
        out.observations.rows.push(Observation {
            task: TaskId::NONE,
            count: record.values.first().map_or(0, |&count| u64::try_from(count).unwrap_or(0)),
            state: TaskState::Unknown,
            reason: ReasonId::NONE,
            wait_ns: None,
            stack: record.stack,
            spawn_stack: StackId::NONE,
            parent: TaskId::NONE,
            leaked,
            locked: false,
            labels,
        });
    }
}
