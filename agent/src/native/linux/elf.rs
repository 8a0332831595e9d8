//! The symbol table of an ELF file, read piece by piece: large files are never in memory as a whole.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Symbols that are read at most.
const MAX_SYMBOLS: u64 = 1 << 22;
/// The longest name.
const MAX_NAME: usize = 4096;
const ENTRY: usize = 24;
const SECTION: usize = 64;

const SHT_SYMTAB: u32 = 2;
const SHT_DYNSYM: u32 = 11;

/// A function: its address in the file's terms, its size, and where its name is in the string table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    address: u64,
    size: u32,
    name: u32,
}

/// The functions of one file, by address.
#[derive(Debug)]
pub(super) struct SymbolTable {
    file: File,
    functions: Vec<Function>,
    names: Section,
}

#[derive(Clone, Copy, Debug, Default)]
struct Section {
    kind: u32,
    offset: u64,
    size: u64,
    link: u32,
}

impl SymbolTable {
    /// Reads `.symtab`, or `.dynsym` where that was stripped. `None` if it has neither or is no ELF file of
    /// this machine's kind.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let sections = sections(&file)?;
        let of_kind = |kind| sections.iter().find(|section| section.kind == kind && section.size > 0);
        let symbols = of_kind(SHT_SYMTAB).or_else(|| of_kind(SHT_DYNSYM))?;
        let names = *sections.get(usize::try_from(symbols.link).ok()?)?;
        let functions = functions(&file, symbols)?;
        Some(Self { file, functions, names })
    }

    /// The name of the function around an address in the file's terms, and where that function begins.
    pub(super) fn find(&self, address: u64) -> Option<(String, u64)> {
        let after = self.functions.partition_point(|function| function.address <= address);
        let function = self.functions.get(after.checked_sub(1)?)?;
        let offset = address - function.address;
        // Functions written in assembly often have no size.
        (function.size == 0 || offset < u64::from(function.size)).then_some(())?;
        Some((self.name(function.name)?, function.address))
    }

    fn name(&self, at: u32) -> Option<String> {
        let left = self.names.size.checked_sub(u64::from(at))?;
        let mut bytes = vec![0; MAX_NAME.min(usize::try_from(left).ok()?)];
        let read = self.file.read_at(&mut bytes, self.names.offset.checked_add(u64::from(at))?).ok()?;
        bytes.truncate(read);
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        bytes.truncate(end);
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn sections(file: &File) -> Option<Vec<Section>> {
    let mut header = [0; 64];
    file.read_exact_at(&mut header, 0).ok()?;
    // 64 bits, little-endian.
    header.starts_with(b"\x7fELF\x02\x01").then_some(())?;
    let (start, size, count) = (u64_at(&header, 40)?, u16_at(&header, 58)?, u16_at(&header, 60)?);
    (usize::from(size) == SECTION).then_some(())?;
    let mut bytes = vec![0; usize::from(count) * SECTION];
    file.read_exact_at(&mut bytes, start).ok()?;
    let section = |entry: &[u8]| {
        Some(Section {
            kind: u32_at(entry, 4)?,
            offset: u64_at(entry, 24)?,
            size: u64_at(entry, 32)?,
            link: u32_at(entry, 40)?,
        })
    };
    bytes.chunks_exact(SECTION).map(section).collect()
}

fn functions(file: &File, symbols: &Section) -> Option<Vec<Function>> {
    let count = (symbols.size / ENTRY as u64).min(MAX_SYMBOLS);
    let mut functions = Vec::new();
    let mut chunk = vec![0; ENTRY * 2048];
    let (mut at, mut left) = (symbols.offset, count * ENTRY as u64);
    while left > 0 {
        let take = chunk.len().min(usize::try_from(left).ok()?);
        let piece = chunk.get_mut(..take)?;
        if file.read_exact_at(piece, at).is_err() {
            break;
        }
        functions.extend(piece.chunks_exact(ENTRY).filter_map(function));
        at = at.checked_add(take as u64)?;
        left -= take as u64;
    }
    functions.sort_unstable();
    Some(functions)
}

/// A symbol that is a function with a place.
fn function(entry: &[u8]) -> Option<Function> {
    const STT_FUNC: u8 = 2;
    const STT_GNU_IFUNC: u8 = 10;
    let defined = u16_at(entry, 6)? != 0;
    let code = matches!(entry.get(4)? & 15, STT_FUNC | STT_GNU_IFUNC);
    (defined && code).then_some(())?;
    let size = u32::try_from(u64_at(entry, 16)?).unwrap_or(u32::MAX);
    Some(Function { address: u64_at(entry, 8)?, size, name: u32_at(entry, 0)? })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_elf_file_has_no_symbols() {
        assert!(SymbolTable::open(Path::new("/proc/self/maps")).is_none());
        assert!(SymbolTable::open(Path::new("/nowhere")).is_none());
        assert!(SymbolTable::open(Path::new("/proc/self")).is_none());
    }
}
