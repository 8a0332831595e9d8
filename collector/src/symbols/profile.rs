//! Functions and lines for a profile that has only addresses.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};

use prost::Message as _;
use taskscope_proto::wire::profile::{Function, Line, Location, Mapping, Profile};

use super::{Frame, Symbols};

/// The most bytes that a profile may have unpacked.
const LIMIT: u64 = 1 << 30;

/// The same gzipped profile with functions, files and lines, as far as the files of its mappings are there.
/// Gives it back as it was if it is none.
pub fn symbolize_profile(packed: Vec<u8>, symbols: &mut Symbols) -> Vec<u8> {
    let symbolized = unpack(&packed).and_then(|mut profile| {
        add_lines(&mut profile, symbols);
        pack(&profile)
    });
    symbolized.unwrap_or(packed)
}

fn unpack(packed: &[u8]) -> io::Result<Profile> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed).take(LIMIT).read_to_end(&mut plain)?;
    Profile::decode(&*plain).map_err(io::Error::other)
}

fn pack(profile: &Profile) -> io::Result<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&profile.encode_to_vec())?;
    gzip.finish()
}

fn add_lines(profile: &mut Profile, symbols: &mut Symbols) {
    let rows: HashMap<u64, usize> =
        profile.mapping.iter().enumerate().map(|(row, mapping)| (mapping.id, row)).collect();
    let mut tables = Tables::of(profile);
    let mut named = vec![Named::default(); profile.mapping.len()];
    let mut locations = std::mem::take(&mut profile.location);
    for location in locations.iter_mut().filter(|location| location.line.is_empty()) {
        let Some(&row) = rows.get(&location.mapping_id) else { continue };
        let frames = frames_of(profile, &profile.mapping[row], location, symbols);
        location.line = frames.iter().map(|frame| tables.line(profile, frame)).collect();
        named[row].note(&frames);
    }
    profile.location = locations;
    for (mapping, named) in profile.mapping.iter_mut().zip(named) {
        mapping.has_functions |= named.functions;
        mapping.has_filenames |= named.lines;
        mapping.has_line_numbers |= named.lines;
        mapping.has_inline_frames |= named.lines;
    }
}

fn frames_of(
    profile: &Profile,
    mapping: &Mapping,
    location: &Location,
    symbols: &mut Symbols,
) -> std::rc::Rc<[Frame]> {
    let text = |at: i64| {
        usize::try_from(at).ok().and_then(|at| profile.string_table.get(at)).map_or("", String::as_str)
    };
    let (path, build_id) = (text(mapping.filename), text(mapping.build_id));
    let offset = location.address.checked_sub(mapping.memory_start);
    let offset = offset.and_then(|inside| inside.checked_add(mapping.file_offset));
    let address = offset.and_then(|offset| symbols.address_of_offset(path, build_id, offset));
    address.map(|address| symbols.frames(path, build_id, address)).unwrap_or_default()
}

/// What was found for a mapping.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    functions: bool,
    lines: bool,
}

impl Named {
    fn note(&mut self, frames: &[Frame]) {
        self.functions |= frames.iter().any(|frame| !frame.name.is_empty());
        self.lines |= frames.iter().any(|frame| frame.line > 0);
    }
}

/// Strings and functions that the profile has, so that none comes twice.
struct Tables {
    strings: HashMap<String, i64>,
    functions: HashMap<(String, String), u64>,
    next_function: u64,
}

impl Tables {
    fn of(profile: &mut Profile) -> Self {
        if profile.string_table.is_empty() {
            profile.string_table.push(String::new());
        }
        let strings = profile.string_table.iter().enumerate();
        let strings = strings.map(|(at, text)| (text.clone(), i64::try_from(at).unwrap_or(0))).collect();
        let last = profile.function.iter().map(|function| function.id).max().unwrap_or(0);
        Self { strings, functions: HashMap::new(), next_function: last.saturating_add(1) }
    }

    fn line(&mut self, profile: &mut Profile, frame: &Frame) -> Line {
        Line { function_id: self.function(profile, frame), line: i64::from(frame.line), column: 0 }
    }

    fn function(&mut self, profile: &mut Profile, frame: &Frame) -> u64 {
        let key = (frame.system_name.clone(), frame.file.clone());
        if let Some(&known) = self.functions.get(&key) {
            return known;
        }
        let id = self.next_function;
        self.next_function = id.saturating_add(1);
        let name = self.string(profile, &frame.name);
        let system_name = self.string(profile, &frame.system_name);
        let filename = self.string(profile, &frame.file);
        profile.function.push(Function { id, name, system_name, filename, start_line: 0 });
        self.functions.insert(key, id);
        id
    }

    fn string(&mut self, profile: &mut Profile, text: &str) -> i64 {
        if let Some(&known) = self.strings.get(text) {
            return known;
        }
        let at = i64::try_from(profile.string_table.len()).unwrap_or(0);
        profile.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), at);
        at
    }
}
