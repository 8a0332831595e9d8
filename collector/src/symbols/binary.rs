//! One file with code, and what its symbols and its debug information say.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use addr2line::Loader;
use object::read::{Object as _, ObjectSection as _, ObjectSegment as _, ReadCache};

use super::{Frame, modules, places};

/// More inlined calls at one place than that are a broken file.
const MAX_INLINED: usize = 256;

/// A file whose addresses can be looked up.
pub(super) struct Binary {
    /// Of the file, for its symbols, and its debug information if that is inside.
    own: Loader,
    /// Of the separate file with the debug information.
    debug: Option<Loader>,
    /// Loaded parts: where they are in the file, how long, and their address.
    segments: Vec<(u64, u64, u64)>,
}

/// What has to be known of a file before it is used.
struct Outline {
    build_id: String,
    has_debug: bool,
    segments: Vec<(u64, u64, u64)>,
}

impl Binary {
    /// Opens the file of a module; `None` where there is none, or only another one of that name.
    pub(super) fn open(pid: Option<u32>, path: &str, build_id: &str) -> Option<Self> {
        let (place, outline) = places::of_file(pid, path).into_iter().find_map(|place| {
            let outline = Outline::read(&place)?;
            (build_id.is_empty() || outline.build_id == build_id).then_some((place, outline))
        })?;
        let own = Loader::new(&place).ok()?;
        let debug = if outline.has_debug { None } else { debug_file(path, &outline.build_id) };
        let debug = debug.and_then(|place| Loader::new(place).ok());
        Some(Self { own, debug, segments: outline.segments })
    }

    /// Innermost first.
    pub(super) fn frames(&self, address: u64) -> Vec<Frame> {
        let loader = self.debug.as_ref().unwrap_or(&self.own);
        let mut frames = inlined(loader, address).unwrap_or_default();
        if frames.is_empty() {
            frames.extend(self.symbol(address));
        }
        // Line tables alone have bare names. The outermost function is a symbol, which has the full one.
        if let Some(outer) = frames.last_mut().filter(|outer| is_bare(&outer.name))
            && let Some(symbol) = self.symbol(address)
            && (outer.name.is_empty() || !is_bare(&symbol.name))
        {
            (outer.name, outer.system_name) = (symbol.name, symbol.system_name);
        }
        frames.iter_mut().filter(|frame| is_bare(&frame.name)).for_each(|frame| {
            if let Some(module) = modules::of_file(&frame.file) {
                frame.name = format!("{module}::{}", frame.name);
            }
        });
        frames
    }

    /// Where a part of the file is loaded, in its own terms.
    pub(super) fn address_of_offset(&self, offset: u64) -> Option<u64> {
        let inside =
            |&&(start, size, _): &&(u64, u64, u64)| offset.checked_sub(start).is_some_and(|at| at < size);
        let &(start, _, address) = self.segments.iter().find(inside)?;
        address.checked_add(offset - start)
    }

    fn symbol(&self, address: u64) -> Option<Frame> {
        let find = |loader: &Loader| loader.find_symbol(address).map(str::to_owned);
        let system_name = find(&self.own).or_else(|| self.debug.as_ref().and_then(find))?;
        Some(Frame { name: demangled(&system_name), system_name, ..Frame::default() })
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binary").field("segments", &self.segments).finish_non_exhaustive()
    }
}

impl Outline {
    fn read(place: &Path) -> Option<Self> {
        let cache = ReadCache::new(File::open(place).ok()?);
        let file = object::File::parse(&cache).ok()?;
        let build_id = file.build_id().ok().flatten().unwrap_or_default();
        let build_id = build_id.iter().map(|byte| format!("{byte:02x}")).collect();
        let has_debug = file.section_by_name(".debug_info").is_some_and(|section| section.size() > 0);
        let segments = file.segments().map(|segment| {
            let (offset, size) = segment.file_range();
            (offset, size, segment.address())
        });
        Some(Self { build_id, has_debug, segments: segments.collect() })
    }
}

fn debug_file(path: &str, build_id: &str) -> Option<PathBuf> {
    places::of_debug_file(path, build_id).into_iter().find(|place| {
        Outline::read(place).is_some_and(|outline| outline.has_debug && outline.build_id == build_id)
    })
}

/// What the debug information says; `None` if it cannot be read.
fn inlined(loader: &Loader, address: u64) -> Option<Vec<Frame>> {
    let mut frames = Vec::new();
    let mut found = loader.find_frames(address).ok()?;
    while let Ok(Some(frame)) = found.next() {
        let system_name =
            frame.function.as_ref().and_then(|function| Some(function.raw_name().ok()?.into_owned()));
        let system_name = system_name.unwrap_or_default();
        let location = frame.location.unwrap_or(addr2line::Location { file: None, line: None, column: None });
        frames.push(Frame {
            name: demangled(&system_name),
            system_name,
            file: location.file.unwrap_or_default().to_owned(),
            line: location.line.unwrap_or(0),
        });
        if frames.len() >= MAX_INLINED {
            break;
        }
    }
    // A place without any line says less than the symbol table.
    frames.retain(|frame| !(frame.name.is_empty() && frame.line == 0));
    Some(frames)
}

/// Whether a name says nothing of where the function is.
fn is_bare(name: &str) -> bool {
    let before_types = name.split('<').next().unwrap_or_default();
    !(before_types.contains("::") || name.starts_with('<'))
}

/// Without the hash; what is not Rust's stays as it is.
fn demangled(name: &str) -> String {
    let demangled = rustc_demangle::try_demangle(name);
    demangled.map_or_else(|_| name.to_owned(), |demangled| format!("{demangled:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_do_not_say_where_a_function_is() {
        for bare in ["poll", "call_once<fn() -> a::B, ()>", "{closure#0}<a::B>", ""] {
            assert!(is_bare(bare), "{bare}");
        }
        for full in ["a::poll", "<a::B as c::D>::poll", "a::call<b::C>"] {
            assert!(!is_bare(full), "{full}");
        }
    }
}
