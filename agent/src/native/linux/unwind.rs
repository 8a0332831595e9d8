//! From registers and stack memory to return addresses, by the unwind tables of all modules.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use framehop::{
    CacheNative, ExplicitModuleSectionInfo, FrameAddress, MustNotAllocateDuringUnwind, Unwinder,
    UnwinderNative,
};

use super::bounds;
use super::phdr::{self, Bytes, Changes, Loaded};
use super::registers::Registers;
use crate::native::modules::Modules;
use crate::native::raw::{Frames, RawStack};

type Native = UnwinderNative<Bytes, MustNotAllocateDuringUnwind>;

/// Rules that were looked up before, for one unwinding at a time.
pub(crate) type Cache = CacheNative<MustNotAllocateDuringUnwind>;

/// The modules of one moment and what unwinds their code.
pub(crate) struct Table {
    /// The modules.
    pub(crate) modules: Modules,
    unwinder: Native,
    changes: Changes,
}

/// The newest table. Locked for writing only to put another in its place, never while modules are
/// read: the loader's lock may be held by who waits here for reading.
static TABLE: RwLock<Option<Arc<Table>>> = RwLock::new(None);

/// Caches for the program's threads; several so that captures on all workers seldom wait.
static CACHES: [Mutex<Option<Cache>>; 4] = [const { Mutex::new(None) }; 4];

/// The table of the modules that are loaded now.
pub(crate) fn table() -> Arc<Table> {
    let known = TABLE.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(table) = known.filter(|table| table.changes == phdr::changes()) {
        return table;
    }
    let fresh = Arc::new(Table::new());
    let mut place = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    let old = place.replace(fresh.clone());
    drop(place);
    drop(old);
    fresh
}

/// Makes [`capture_into`] work.
pub(crate) fn prepare() {
    table();
    CACHES.iter().for_each(|cache| {
        cache.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Cache::new_in);
    });
}

/// The modules that are loaded now.
pub(crate) fn modules() -> Modules {
    table().modules.clone()
}

/// The stack of this thread without this function and the `skip` frames that called it. For normal
/// context, not for signal handlers.
#[inline(never)]
pub(crate) fn capture_here(skip: u32) -> RawStack {
    if TABLE.read().unwrap_or_else(PoisonError::into_inner).is_none() {
        table();
    }
    let mut frames = Frames::new(skip.saturating_add(1));
    capture(&mut frames, Registers::here());
    frames.to_raw()
}

/// The stack of this thread, this function included, by the modules that were known last: needs
/// [`table`] to have been called once. Allocates for the first captures of a process and of a thread
/// only, and never asks the loader.
#[inline(never)]
pub(crate) fn capture_into(frames: &mut Frames) {
    capture(frames, Registers::here());
}

#[inline(always)]
fn capture(frames: &mut Frames, registers: Registers) {
    let stack = bounds::of_this_thread();
    let known = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let (Some(table), true) = (&*known, stack.contains(&registers.sp)) else {
        frames.truncated = true;
        return;
    };
    let range = registers.sp..stack.end;
    let mut read = |address: u64| {
        let inside = range.start <= address && address.checked_add(8).is_some_and(|end| end <= range.end);
        // SAFETY: between this thread's stack pointer and the end of its stack, which is mapped, and
        // which only this thread writes.
        if inside { Ok(unsafe { (address as *const u64).read_unaligned() }) } else { Err(()) }
    };
    table.unwind(&registers, &mut read, cache().get_or_insert_with(Cache::new_in), frames);
}

/// A cache that nobody uses, or after some waiting one that somebody used. Who holds one takes no
/// other lock and does not allocate.
fn cache() -> MutexGuard<'static, Option<Cache>> {
    let free = CACHES.iter().find_map(|cache| cache.try_lock().ok());
    let [first, ..] = &CACHES;
    free.unwrap_or_else(|| first.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Table {
    fn new() -> Self {
        let (loaded, changes) = phdr::collect();
        let mut unwinder = Native::new();
        for module in &loaded {
            unwinder.add_module(unwinding(module));
        }
        let modules = Modules(loaded.into_iter().map(|loaded| loaded.module).collect());
        Self { modules, unwinder, changes }
    }

    /// Puts the frames of a stack into `frames`, leaf first. `read` gives 8 bytes of the stack.
    pub(crate) fn unwind(
        &self,
        registers: &Registers,
        read: &mut impl FnMut(u64) -> Result<u64, ()>,
        cache: &mut Cache,
        frames: &mut Frames,
    ) {
        let mut steps = self.unwinder.iter_frames(registers.pc, registers.native(), cache, read);
        loop {
            let pc = match steps.next() {
                Ok(Some(FrameAddress::InstructionPointer(pc))) => pc,
                Ok(Some(address)) if self.modules.find(address.address_for_lookup()).is_some() => {
                    address.address_for_lookup()
                }
                Ok(None) => return,
                Ok(Some(_)) | Err(_) => break,
            };
            if !frames.push(pc) {
                return;
            }
        }
        frames.truncated = true;
    }
}

/// A module as framehop wants it.
fn unwinding(loaded: &Loaded) -> framehop::Module<Bytes> {
    let mut sections: ExplicitModuleSectionInfo<Bytes> = ExplicitModuleSectionInfo::default();
    if let Some((hdr, frame)) = &loaded.unwind {
        sections.eh_frame_hdr_svma = Some(hdr.range.clone());
        sections.eh_frame_hdr = Some(hdr.bytes.clone());
        sections.eh_frame_svma = Some(frame.range.clone());
        sections.eh_frame = Some(frame.bytes.clone());
    }
    let module = &loaded.module;
    framehop::Module::new(String::new(), module.range.clone(), module.bias, sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn deeper(levels: u32) -> RawStack {
        let stack = if levels == 0 { capture_here(0) } else { deeper(levels - 1) };
        std::hint::black_box(stack)
    }

    #[test]
    fn a_thread_is_unwound_to_its_root() {
        let stack = std::thread::spawn(|| deeper(20)).join().expect("no panic");
        assert!(!stack.truncated, "the root was reached: {stack:x?}");
        let modules = modules();
        let unknown = stack.pcs.iter().filter(|&&pc| modules.find(pc).is_none()).count();
        assert_eq!(unknown, 0, "every frame is in a module: {stack:x?}");
        // The program's own code calls itself at one place; the leaf level calls `capture_here`.
        let repeated = stack.pcs.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert_eq!(repeated, 19);
    }

    #[test]
    fn frames_that_called_can_be_left_out() {
        let (all, some) = (deeper(5), capture_here(1));
        assert!(all.pcs.len() > some.pcs.len());
        let here = capture_here(0);
        assert_eq!(here.pcs[1..], some.pcs[..], "the same callers");
    }

    #[test]
    fn too_deep_a_stack_keeps_the_leaf() {
        let stack = deeper(400);
        assert!(stack.truncated);
        assert_eq!(stack.pcs.len(), crate::native::raw::MAX_FRAMES);
    }

    #[test]
    fn the_program_comes_first_and_has_a_build_id() {
        let modules = modules();
        let program = &modules.0[0];
        assert!(program.main);
        assert_eq!(std::path::Path::new(&*program.path), std::env::current_exe().expect("it has a path"));
        assert!(program.has_code(the_program_comes_first_and_has_a_build_id as *const () as u64));
        assert!(modules.0.iter().any(|module| &*module.path == "[vdso]"));
        let maps = std::fs::read_to_string("/proc/self/maps").expect("readable");
        for segment in &program.segments {
            let line = format!(
                "{:x}-{:x} r-xp {:08x} ",
                segment.range.start, segment.range.end, segment.file_offset
            );
            assert!(maps.contains(&line), "{line} is in {maps}");
        }
    }
}
