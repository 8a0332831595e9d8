//! Where the numbers of `memstats` come from: the allocator and the kernel. What nobody tells is `None`.

use std::fs;
use std::sync::OnceLock;

/// glibc's own counts; bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Glibc {
    /// Obtained from the system.
    pub(super) system: u64,
    /// Handed out to the program and not freed.
    pub(super) used: u64,
    /// Freed and kept.
    pub(super) free: u64,
    /// Of that, what stands at the top of the heap and could be given back.
    pub(super) top: u64,
}

/// Asks glibc; `None` with another C library, one that is older than 2.33, or where the program's memory
/// comes from another allocator.
pub(super) fn glibc() -> Option<Glibc> {
    static IS_THE_PROGRAMS: OnceLock<bool> = OnceLock::new();
    let now = mallinfo2()?;
    IS_THE_PROGRAMS.get_or_init(counts_what_rust_allocates).then_some(now)
}

/// Whether glibc notices a large block that Rust allocates: with jemalloc or mimalloc it does not. What
/// other threads do meanwhile may hide it once, not every time.
fn counts_what_rust_allocates() -> bool {
    /// Never touched, so it costs no memory.
    const BYTES: u64 = 1 << 20;
    (0..4).any(|_| {
        let before = mallinfo2().map_or(0, |info| info.used);
        let block = std::hint::black_box(Vec::<u8>::with_capacity(BYTES as usize));
        let during = mallinfo2().map_or(0, |info| info.used);
        drop(block);
        during.saturating_sub(before).abs_diff(BYTES) < BYTES / 4
    })
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn mallinfo2() -> Option<Glibc> {
    None
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn mallinfo2() -> Option<Glibc> {
    // Looked up, not linked: a program must still start where glibc is older.
    // SAFETY: the name ends in NUL, and the default handle is legal.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
    if symbol.is_null() {
        return None;
    }
    // SAFETY: glibc declares the function of this name with this form.
    let mallinfo2: extern "C" fn() -> libc::mallinfo2 = unsafe { std::mem::transmute(symbol) };
    let info = mallinfo2();
    let bytes = |count: usize| count as u64;
    Some(Glibc {
        system: bytes(info.arena) + bytes(info.hblkhd),
        used: bytes(info.uordblks) + bytes(info.hblkhd),
        free: bytes(info.fordblks),
        top: bytes(info.keepcost),
    })
}

/// Lines of `/proc/self/status`.
#[derive(Clone, Debug, Default)]
pub(super) struct Status(String);

impl Status {
    /// Reads it; empty where there is none.
    pub(super) fn read() -> Self {
        Self(fs::read_to_string("/proc/self/status").unwrap_or_default())
    }

    /// A field in kB, in bytes.
    pub(super) fn bytes(&self, field: &str) -> Option<u64> {
        self.field(field)?.strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    }

    /// A field that is a number.
    pub(super) fn number(&self, field: &str) -> Option<u64> {
        self.field(field)?.parse().ok()
    }

    fn field(&self, field: &str) -> Option<&str> {
        self.0.lines().find_map(|line| Some(line.strip_prefix(field)?.strip_prefix(':')?.trim()))
    }
}

/// Faults since the start: with and without reading a disk.
pub(super) fn faults() -> Option<(u64, u64)> {
    let mut usage = std::mem::MaybeUninit::zeroed();
    // SAFETY: `usage` is written whole when the call succeeds, and zeros are legal too.
    let usage: libc::rusage = unsafe {
        if libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) != 0 {
            return None;
        }
        usage.assume_init()
    };
    Some((u64::try_from(usage.ru_majflt).ok()?, u64::try_from(usage.ru_minflt).ok()?))
}

/// What the control group uses and may use; the limit is `None` for none. Version 2 only.
pub(super) fn cgroup() -> Option<(u64, Option<u64>)> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?.trim();
    let number = |file: &str| {
        let text = fs::read_to_string(format!("/sys/fs/cgroup{path}/{file}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    Some((number("memory.current")?, number("memory.max")))
}
