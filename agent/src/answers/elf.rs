//! Sections of the program's own file, read where they stand: the file may be large.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// More than any section that is looked at has.
const MOST_BYTES: u64 = 256 << 20;
/// More sections than any program has.
const MOST_SECTIONS: u16 = 4096;

/// A 64-bit ELF file of this machine's byte order.
#[derive(Debug)]
pub(super) struct Elf {
    file: File,
    /// Offset and size.
    names: (u64, u64),
    sections: Vec<[u8; SECTION]>,
}

const HEADER: usize = 64;
const SECTION: usize = 64;

impl Elf {
    /// Reads the tables; an error for any other kind of file.
    pub(super) fn open(file: File) -> io::Result<Self> {
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0)?;
        let class = if cfg!(target_endian = "little") { [2, 1] } else { [2, 2] };
        if !header.starts_with(b"\x7fELF") || header[4..6] != class || half(&header, 58) != SECTION as u16 {
            return Err(odd());
        }
        let (table, count, names) = (word(&header, 40), half(&header, 60), half(&header, 62));
        if count > MOST_SECTIONS {
            return Err(odd());
        }
        let mut sections = vec![[0; SECTION]; count.into()];
        for (row, section) in sections.iter_mut().enumerate() {
            let at = table.checked_add((row * SECTION) as u64).ok_or_else(odd)?;
            file.read_exact_at(section, at)?;
        }
        let names = sections.get(usize::from(names)).map(extent).ok_or_else(odd)?;
        Ok(Self { file, names, sections })
    }

    /// Offset and size of a section in the file.
    pub(super) fn section(&self, name: &str) -> Option<(u64, u64)> {
        self.sections.iter().find(|section| self.has_name(section, name)).map(extent)
    }

    /// Reads a part of the file, as much as is there.
    pub(super) fn read(&self, (offset, size): (u64, u64)) -> io::Result<Vec<u8>> {
        let size = usize::try_from(size.min(MOST_BYTES)).map_err(|_| odd())?;
        let mut bytes = vec![0; size];
        let mut filled = 0;
        while filled < size {
            let at = offset.checked_add(filled as u64).ok_or_else(odd)?;
            match self.file.read_at(&mut bytes[filled..], at)? {
                0 => break,
                count => filled += count,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn has_name(&self, section: &[u8; SECTION], name: &str) -> bool {
        let Some(at) = self.names.0.checked_add(u64::from(quarter(section, 0))) else { return false };
        let mut found = vec![0; name.len() + 1];
        self.file.read_exact_at(&mut found, at).is_ok() && found == [name.as_bytes(), b"\0"].concat()
    }
}

fn extent(section: &[u8; SECTION]) -> (u64, u64) {
    (word(section, 24), word(section, 32))
}

fn odd() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an ELF file of this machine")
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_ne_bytes(*bytes))
}

fn quarter(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_ne_bytes(*bytes))
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}
