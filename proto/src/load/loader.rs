//! The work list of a file: layers to peel, members to open, content to decode.

use std::collections::VecDeque;

use super::decoding::{Decoded, Decoding};
use super::{Damage, Limits, LoadError, Part, Step};
use crate::error::{Notice, ParseError, Phase};
use crate::layers::{Inflated, Inflater, Member, Shared, members};
use crate::model::Dataset;
use crate::sniff::{Kind, sniff};

/// Members of a zip that are named in notices when they cannot be shown.
const TOLD: usize = 20;

/// Loads a file step by step. A step is a few MiB of a layer or a profile, a generation of a
/// trace, or a whole text.
#[derive(Debug)]
pub struct Loader {
    limits: Limits,
    file_bytes: u64,
    /// Bytes of content after which the next preview may be made.
    preview_at: u64,
    /// Bytes of all layers that are dealt with.
    finished: u64,
    inflated: u64,
    work: Option<Work>,
    waiting: VecDeque<(Item, Member)>,
    parts: Vec<Part>,
    failures: Vec<(String, LoadError)>,
}

/// Something between the file and its content.
#[derive(Debug)]
struct Item {
    /// Name in the zip, or empty.
    name: String,
    /// Layers peeled so far.
    layers: Vec<String>,
    notices: Vec<Notice>,
}

impl Item {
    /// Adds what is known of the way to the content.
    fn describe(&self, dataset: &mut Dataset, file_bytes: u64, content_bytes: u64) {
        dataset.facts.layers = self.layers.clone();
        dataset.facts.file_bytes = file_bytes;
        dataset.facts.content_bytes = content_bytes;
        dataset.notices.splice(0..0, self.notices.iter().cloned());
    }
}

#[derive(Debug)]
enum Work {
    Open(Item, Shared),
    Inflate(Item, Box<Inflater>, Shared),
    Decode(Item, Decoding, u64),
}

impl Loader {
    /// Starts on the bytes of a file.
    pub fn new(bytes: Vec<u8>, limits: Limits) -> Self {
        let item = Item { name: String::new(), layers: Vec::new(), notices: Vec::new() };
        let file_bytes = bytes.len() as u64;
        Self {
            limits,
            file_bytes,
            preview_at: limits.preview_bytes,
            finished: 0,
            inflated: 0,
            work: Some(Work::Open(item, Shared::new(bytes))),
            waiting: VecDeque::new(),
            parts: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Works for one step. After `Done` or `Failed` there is nothing more to call.
    pub fn step(&mut self) -> Step {
        match self.work.take() {
            Some(Work::Open(item, bytes)) => self.open(item, bytes),
            Some(Work::Inflate(item, inflater, packed)) => self.inflate(item, inflater, packed),
            Some(Work::Decode(item, decoding, length)) => self.decode(item, decoding, length),
            None => match self.waiting.pop_front() {
                Some((item, member)) => self.open_member(item, &member),
                None => self.finish(),
            },
        }
    }

    /// What was read so far of a large trace, now and then: after the first few MiB, and whenever
    /// four times as much is there. All previews together take a tenth of the time of reading.
    /// Files of several parts have none.
    pub fn preview(&mut self) -> Option<Part> {
        let Some(Work::Decode(item, decoding, length)) = &mut self.work else { return None };
        let done = decoding.done();
        let several = !self.parts.is_empty() || !self.waiting.is_empty();
        if several || done < self.preview_at || done > *length / 2 {
            return None;
        }
        self.preview_at = done.saturating_mul(4);
        let mut dataset = *decoding.preview()?;
        item.describe(&mut dataset, self.file_bytes, *length);
        Some(Part { name: item.name.clone(), dataset })
    }

    /// Whether a trace is read and only remains to be sorted, in the next step. Who holds a
    /// preview of it drops it now, to make room.
    pub fn is_read(&self) -> bool {
        matches!(&self.work, Some(Work::Decode(_, decoding, _)) if decoding.is_read())
    }

    fn open(&mut self, mut item: Item, bytes: Shared) -> Step {
        let length = bytes.as_ref().len() as u64;
        let kind = sniff(bytes.as_ref());
        let layer = matches!(kind, Kind::Gzip | Kind::Zip);
        if layer && item.layers.len() as u64 >= u64::from(self.limits.depth) {
            let reason =
                format!("it lies under {} layers of compression; unpack some first", item.layers.len());
            return self.fail(item, LoadError::Unsupported { format: "the content".into(), reason });
        }
        match kind {
            Kind::Empty => {
                let what = item.layers.last().map_or_else(|| "the file".to_owned(), |layer| in_words(layer));
                self.fail(item, LoadError::Empty { what })
            }
            Kind::Gzip => {
                item.layers.push("gzip".into());
                let inflater = Inflater::gzip(bytes.clone(), self.left());
                self.work = Some(Work::Inflate(item, Box::new(inflater), bytes));
                self.working(0, length)
            }
            Kind::Zip => self.open_zip(item, &bytes),
            kind => match Decoding::new(&kind, bytes, self.limits.threads) {
                Ok(decoding) => {
                    self.work = Some(Work::Decode(item, decoding, length));
                    self.working(0, length)
                }
                Err(error) => self.fail(item, error),
            },
        }
    }

    fn open_zip(&mut self, item: Item, bytes: &Shared) -> Step {
        match members(bytes) {
            Ok(members) if members.is_empty() => self.fail(item, LoadError::Empty { what: "the zip".into() }),
            Ok(members) => {
                for member in members {
                    let mut layers = item.layers.clone();
                    layers.push(format!("zip:{}", member.name));
                    let name = match item.name.as_str() {
                        "" => member.name.clone(),
                        outer => format!("{outer}/{}", member.name),
                    };
                    self.waiting.push_back((Item { name, layers, notices: Vec::new() }, member));
                }
                self.working(0, 0)
            }
            Err(error) => self.fail(item, Damage::new("zip", error, bytes.as_ref()).into()),
        }
    }

    fn open_member(&mut self, item: Item, member: &Member) -> Step {
        match member.inflater(self.left()) {
            Ok(inflater) => {
                let packed = member.data();
                let length = packed.as_ref().len() as u64;
                self.work = Some(Work::Inflate(item, Box::new(inflater), packed));
                self.working(0, length)
            }
            Err(reason) => self.fail(item, LoadError::Unsupported { format: "the zip".into(), reason }),
        }
    }

    fn inflate(&mut self, mut item: Item, mut inflater: Box<Inflater>, packed: Shared) -> Step {
        let length = packed.as_ref().len() as u64;
        match inflater.step() {
            Inflated::More => {
                let at = inflater.position();
                self.work = Some(Work::Inflate(item, inflater, packed));
                self.working(at, length)
            }
            Inflated::TooLarge => self.fail(item, LoadError::TooLarge { limit: self.limits.inflated_bytes }),
            Inflated::Done(bytes, Some(damage)) if bytes.is_empty() => {
                let error = ParseError::new(Phase::Decompress, 0, "compressed bytes", damage);
                let format = item.layers.last().map_or("layer", |layer| kind_of(layer)).to_owned();
                self.fail(item, Damage::new(format, error, packed.as_ref()).into())
            }
            Inflated::Done(bytes, damage) => {
                if let Some(damage) = damage {
                    let notice = damaged_layer(&item, bytes.len() as u64, &damage);
                    item.notices.push(notice);
                }
                self.finished += length;
                self.inflated += bytes.len() as u64;
                let (done, total) = (0, bytes.len() as u64);
                self.work = Some(Work::Open(item, Shared::new(bytes)));
                self.working(done, total)
            }
        }
    }

    fn decode(&mut self, item: Item, mut decoding: Decoding, length: u64) -> Step {
        match decoding.step() {
            Decoded::More(done) => {
                self.work = Some(Work::Decode(item, decoding, length));
                self.working(done, length)
            }
            Decoded::Done(mut dataset) => {
                self.finished += length;
                item.describe(&mut dataset, self.file_bytes, length);
                self.parts.push(Part { name: item.name, dataset: *dataset });
                self.next()
            }
            Decoded::Failed(error) => self.fail(item, error),
        }
    }

    fn fail(&mut self, item: Item, error: LoadError) -> Step {
        self.failures.push((item.name, error));
        self.next()
    }

    /// The end, unless there are more members.
    fn next(&mut self) -> Step {
        if self.waiting.is_empty() { self.finish() } else { self.working(0, 0) }
    }

    fn finish(&mut self) -> Step {
        let mut failures = std::mem::take(&mut self.failures);
        let mut parts = std::mem::take(&mut self.parts);
        if let Some(first) = parts.first_mut() {
            first.dataset.notices.extend(untold(&failures));
            return Step::Done(parts);
        }
        let too_large = failures.iter().position(|(_, error)| matches!(error, LoadError::TooLarge { .. }));
        match failures.len() {
            0 => Step::Failed(LoadError::Empty { what: "the file".into() }),
            1 => Step::Failed(failures.swap_remove(0).1),
            _ if too_large.is_some() => Step::Failed(failures.swap_remove(too_large.unwrap_or(0)).1),
            count => {
                let (name, error) = failures.swap_remove(0);
                let looks_like = format!("a zip of {count} files; the first, {name}: {error}");
                Step::Failed(LoadError::Unrecognized { looks_like })
            }
        }
    }

    fn left(&self) -> u64 {
        self.limits.inflated_bytes.saturating_sub(self.inflated)
    }

    fn working(&self, done: u64, total: u64) -> Step {
        let waiting: u64 = self.waiting.iter().map(|(_, member)| member.compressed_bytes()).sum();
        let finished = self.finished + done;
        Step::Working { done: finished, total: (self.finished + total + waiting).max(finished) }
    }
}

/// What went wrong in members beside those that can be shown.
fn untold(failures: &[(String, LoadError)]) -> Vec<Notice> {
    let told = failures.iter().take(TOLD).map(|(name, error)| format!("{name} is not shown: {error}."));
    let rest = failures.len().saturating_sub(TOLD);
    let rest = (rest > 0).then(|| format!("{rest} more members of the zip are not shown."));
    told.chain(rest).map(|message| Notice::new(Phase::Sniff, 0, message)).collect()
}

fn damaged_layer(item: &Item, read: u64, damage: &str) -> Notice {
    let layer = item.layers.last().map_or("layer", |layer| kind_of(layer));
    let message =
        format!("The {layer} layer is damaged: {damage}. What could be unpacked ({read} bytes) is shown.");
    Notice::new(Phase::Decompress, read, message)
}

/// `gzip` or `zip`, without the member.
fn kind_of(layer: &str) -> &str {
    layer.split(':').next().unwrap_or(layer)
}

fn in_words(layer: &str) -> String {
    match layer.split_once(':') {
        Some((_, member)) => format!("{member} in the zip"),
        None => format!("the {layer} layer"),
    }
}
