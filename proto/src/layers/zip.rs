//! The table of contents of a zip. Members are inflated by [`Inflater`], so that it can be done in
//! steps; their names are shown and never used as paths.

use std::io::Cursor;

use zip::{CompressionMethod, ZipArchive};

use super::{Inflater, Shared};
use crate::error::{ParseError, Phase};

/// Members that are looked at; a snapshot has a dozen.
const MEMBERS: usize = 4096;
/// Characters of a name that are kept.
const NAME_CHARS: usize = 256;

/// A file in a zip.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name in the archive, without control characters.
    pub name: String,
    data: Shared,
    method: CompressionMethod,
    encrypted: bool,
    promised: (u32, u64),
}

impl Member {
    /// Bytes in the archive.
    pub fn compressed_bytes(&self) -> u64 {
        self.data.as_ref().len() as u64
    }

    /// The compressed bytes.
    pub fn data(&self) -> Shared {
        self.data.clone()
    }

    /// What gives the member's content.
    ///
    /// # Errors
    /// Why it cannot be unpacked, in words.
    pub fn inflater(&self, limit: u64) -> Result<Inflater, String> {
        let data = self.data.clone();
        match self.method {
            _ if self.encrypted => Err("the member is encrypted; unpack the archive first".into()),
            CompressionMethod::Deflated => Ok(Inflater::deflate(data, self.promised, limit)),
            CompressionMethod::Stored => Ok(Inflater::stored(data, self.promised, limit)),
            other => Err(format!("the member is compressed by {other}; unpack the archive first")),
        }
    }
}

/// The files in a zip, in the archive's order; folders and what macOS adds are left out.
///
/// # Errors
/// If the table of contents, at the end of the file, cannot be read.
pub(crate) fn members(bytes: &Shared) -> Result<Vec<Member>, ParseError> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes.clone())).map_err(|error| no_directory(bytes, &error))?;
    let count = archive.len().min(MEMBERS);
    let found = (0..count).filter_map(|index| member(&mut archive, index, bytes));
    Ok(found.collect())
}

fn member(archive: &mut ZipArchive<Cursor<Shared>>, index: usize, bytes: &Shared) -> Option<Member> {
    let file = archive.by_index_raw(index).ok()?;
    let clutter = file.name().starts_with("__MACOSX/") || file.name().ends_with(".DS_Store");
    if file.is_dir() || clutter {
        return None;
    }
    Some(Member {
        name: file.name().chars().map(shown).take(NAME_CHARS).collect(),
        data: bytes.part(file.data_start()?, file.compressed_size()),
        method: file.compression(),
        encrypted: file.encrypted(),
        promised: (file.crc32(), file.size()),
    })
}

fn shown(character: char) -> char {
    if character.is_control() { char::REPLACEMENT_CHARACTER } else { character }
}

fn no_directory(bytes: &Shared, error: &zip::result::ZipError) -> ParseError {
    let end = bytes.as_ref().len() as u64;
    ParseError::new(Phase::Decompress, end, "a zip's table of contents at the end", error.to_string())
        .with_hint("The file is cut off or damaged. Get it again.")
}
