//! Modules and their unwind tables, as the loader has them in memory.

use std::ffi::{CStr, c_int, c_void};
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::native::modules::{Module, Segment};

/// Unwind tables of libraries that are copied at most, all together.
const MAX_COPIED: usize = 128 << 20;

/// How often modules were loaded and unloaded since the start of the process.
pub(super) type Changes = (u64, u64);

/// A part of a module's memory.
#[derive(Clone, Debug)]
pub(super) enum Bytes {
    /// Of the program itself or the kernel's library, which are never unloaded.
    Mapped(&'static [u8]),
    /// Of a library, copied since the library may be unloaded at any time.
    Copied(Arc<[u8]>),
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Mapped(&[])
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(bytes) => bytes,
            Self::Copied(bytes) => bytes,
        }
    }
}

/// Where unwind tables are, in the module's own addresses, and their bytes.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) range: Range<u64>,
    pub(super) bytes: Bytes,
}

/// A module with its unwind tables: `.eh_frame_hdr` and `.eh_frame`.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) module: Module,
    pub(super) unwind: Option<(Section, Section)>,
}

/// All modules, the program first, and the moment they belong to.
pub(super) fn collect() -> (Vec<Loaded>, Changes) {
    let mut found = Found { modules: Vec::new(), copied: 0, changes: (0, 0) };
    // SAFETY: the callback gets exactly this pointer, during this call only, and does not unwind.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut found).cast()) };
    (found.modules, found.changes)
}

/// The moment alone: differs from that of [`collect`] when modules have come or gone.
pub(super) fn changes() -> Changes {
    let mut changes = (0, 0);
    // SAFETY: as above.
    unsafe { libc::dl_iterate_phdr(Some(count), (&raw mut changes).cast()) };
    changes
}

struct Found {
    modules: Vec<Loaded>,
    copied: usize,
    changes: Changes,
}

unsafe extern "C" fn count(info: *mut libc::dl_phdr_info, _size: usize, out: *mut c_void) -> c_int {
    // SAFETY: the loader passes a valid description, and our own pointer.
    unsafe { *out.cast::<Changes>() = ((*info).dlpi_adds, (*info).dlpi_subs) };
    1
}

unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _size: usize, out: *mut c_void) -> c_int {
    // SAFETY: the loader passes a valid description, and our own pointer, which nobody else uses now.
    let (info, found) = unsafe { (&*info, &mut *out.cast::<Found>()) };
    found.changes = (info.dlpi_adds, info.dlpi_subs);
    // SAFETY: the loader keeps the program headers of a module for as long as it holds its lock: now.
    let headers = unsafe { slice(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let name = if info.dlpi_name.is_null() {
        c""
    } else {
        // SAFETY: a C string of the loader's.
        unsafe { CStr::from_ptr(info.dlpi_name) }
    };
    let main = found.modules.is_empty();
    let image = Image { headers, bias: info.dlpi_addr, permanent: main || is_vdso(name) };
    let module = Module {
        path: path_of(name, main),
        main,
        bias: image.bias,
        range: image.range(),
        segments: image.segments(),
        build_id: image.build_id(),
    };
    let unwind = image.unwind(&mut found.copied);
    found.modules.push(Loaded { module, unwind });
    0
}

fn is_vdso(name: &CStr) -> bool {
    name.to_bytes().starts_with(b"linux-vdso.so")
}

fn path_of(name: &CStr, main: bool) -> Box<str> {
    if main {
        let exe = std::fs::read_link("/proc/self/exe").unwrap_or_default();
        return exe.to_string_lossy().trim_end_matches(" (deleted)").into();
    }
    if is_vdso(name) { "[vdso]".into() } else { name.to_string_lossy().into() }
}

/// # Safety
/// `pointer` has to be null or point to `len` valid values which live and stay the same as long as `'a`.
unsafe fn slice<'a, T>(pointer: *const T, len: usize) -> &'a [T] {
    if pointer.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(pointer, len) }
}

#[cfg(target_pointer_width = "64")]
type Header = libc::Elf64_Phdr;

/// A module's memory by its program headers.
struct Image<'a> {
    headers: &'a [Header],
    bias: u64,
    permanent: bool,
}

impl Image<'_> {
    fn of_type(&self, kind: u32) -> impl Iterator<Item = &Header> {
        self.headers.iter().filter(move |header| header.p_type == kind)
    }

    fn range(&self) -> Range<u64> {
        let ends = self.of_type(libc::PT_LOAD).map(|load| load.p_vaddr.saturating_add(load.p_memsz));
        let start = self.of_type(libc::PT_LOAD).map(|load| load.p_vaddr).min().unwrap_or(0);
        self.bias.wrapping_add(start)..self.bias.wrapping_add(ends.max().unwrap_or(0))
    }

    fn segments(&self) -> Vec<Segment> {
        let code = self.of_type(libc::PT_LOAD).filter(|load| load.p_flags & libc::PF_X != 0);
        code.map(|load| self.segment(load)).collect()
    }

    /// By whole pages, as they are mapped.
    fn segment(&self, load: &Header) -> Segment {
        let page = page_size();
        let start = self.bias.wrapping_add(load.p_vaddr);
        let lead = start % page;
        let end = start.saturating_add(load.p_memsz).next_multiple_of(page);
        Segment { range: start - lead..end, file_offset: load.p_offset.saturating_sub(lead) }
    }

    /// `len` bytes at `address` (the module's own), if they lie in what is loaded from the file.
    fn bytes(&self, address: u64, len: u64) -> Option<&[u8]> {
        let end = address.checked_add(len)?;
        let inside = |load: &&Header| {
            load.p_flags & libc::PF_R != 0
                && load.p_vaddr <= address
                && end <= load.p_vaddr.saturating_add(load.p_filesz)
        };
        self.of_type(libc::PT_LOAD).find(inside)?;
        let start = self.bias.wrapping_add(address) as *const u8;
        // SAFETY: a readable part of a loaded segment; the loader holds its lock, so it stays mapped.
        Some(unsafe { slice(start, usize::try_from(len).ok()?) })
    }

    /// The end of the loaded file content around `address`.
    fn end_of_segment(&self, address: u64) -> Option<u64> {
        let ends = self.of_type(libc::PT_LOAD).map(|load| (load.p_vaddr, load.p_vaddr + load.p_filesz));
        ends.into_iter().find(|&(start, end)| start <= address && address < end).map(|(_, end)| end)
    }

    fn build_id(&self) -> Box<str> {
        let notes = self.of_type(libc::PT_NOTE).filter_map(|note| self.bytes(note.p_vaddr, note.p_memsz));
        notes.into_iter().find_map(build_id_in).unwrap_or_default()
    }

    fn unwind(&self, copied: &mut usize) -> Option<(Section, Section)> {
        let header = self.of_type(libc::PT_GNU_EH_FRAME).next()?;
        let hdr = header.p_vaddr..header.p_vaddr.checked_add(header.p_memsz)?;
        let start = eh_frame_of(self.bytes(hdr.start, header.p_memsz)?, hdr.start)?;
        let frame = start..self.end_of_segment(start)?;
        let hdr = self.section(hdr, copied)?;
        Some((hdr, self.section(frame, copied)?))
    }

    fn section(&self, range: Range<u64>, copied: &mut usize) -> Option<Section> {
        let bytes = self.bytes(range.start, range.end.checked_sub(range.start)?)?;
        if self.permanent {
            // SAFETY: this module is never unloaded, and its segments without PF_W never change.
            let bytes = unsafe { slice(bytes.as_ptr(), bytes.len()) };
            return Some(Section { range, bytes: Bytes::Mapped(bytes) });
        }
        *copied = copied.saturating_add(bytes.len());
        (*copied <= MAX_COPIED).then(|| Section { range, bytes: Bytes::Copied(bytes.into()) })
    }
}

/// The address of `.eh_frame`, from the start of `.eh_frame_hdr` at `address`. Linkers write it in one
/// way only: relative to its own place, signed, 4 bytes.
fn eh_frame_of(hdr: &[u8], address: u64) -> Option<u64> {
    let &[1, 0x1b, _, _, a, b, c, d, ..] = hdr else { return None };
    (address + 4).checked_add_signed(i64::from(i32::from_le_bytes([a, b, c, d])))
}

const NT_GNU_BUILD_ID: u32 = 3;

fn build_id_in(mut notes: &[u8]) -> Option<Box<str>> {
    let word = |bytes: &[u8], at: usize| {
        let bytes = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    loop {
        let name_len = usize::try_from(word(notes, 0)?).ok()?;
        let len = usize::try_from(word(notes, 4)?).ok()?;
        let start = 12usize.checked_add(name_len.checked_next_multiple_of(4)?)?;
        let end = start.checked_add(len)?;
        if word(notes, 8)? == NT_GNU_BUILD_ID && notes.get(12..16)? == b"GNU\0" {
            return Some(hex(notes.get(start..end)?));
        }
        notes = notes.get(end.checked_next_multiple_of(4)?..)?;
    }
}

fn hex(bytes: &[u8]) -> Box<str> {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn page_size() -> u64 {
    // SAFETY: asks for a constant.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).ok().filter(|size| size.is_power_of_two()).unwrap_or(4096)
}
