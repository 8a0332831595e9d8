//! What is known of sampled blocks, in tables of a fixed size: mapped once, touched where needed.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering};

use super::lock::Lock;

/// The most frames that are kept of a stack.
pub(super) const FRAMES: usize = 128;
/// Different places (stack and size) that are told apart.
pub(super) const PLACES: usize = 1 << 14;
/// Addresses that all their stacks together have.
const ARENA: usize = 1 << 20;
const SHARDS: usize = 64;
/// Sampled blocks that a shard knows.
const LIVE: usize = 1 << 11;
const FILTER: usize = 1 << 16;

/// Where blocks of about one size were allocated, and how many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    hash: u64,
    /// Its addresses in the arena.
    start: u32,
    len: u32,
    /// The upper limit of the sizes that are counted together.
    pub(super) class: u64,
    /// Sampled blocks and their bytes.
    pub(super) allocs: u64,
    /// See `allocs`.
    pub(super) alloc_bytes: u64,
    /// Of those, what was freed.
    pub(super) frees: u64,
    /// See `frees`.
    pub(super) free_bytes: u64,
}

/// A sampled block that lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// 0 for a free entry.
    address: u64,
    size: u64,
    place: u32,
}

/// All zero is empty.
struct Places {
    used: u32,
    arena_used: u32,
    /// Rows of `rows` plus 1, by hash.
    index: [u32; PLACES * 2],
    /// The first one is for what finds no room.
    rows: [Place; PLACES],
    arena: [u64; ARENA],
}

struct Shard {
    used: u32,
    blocks: [Block; LIVE],
}

struct Tables {
    /// How many sampled blocks have an address of each hash: mostly 0, so that other blocks are freed quickly.
    filter: [AtomicU8; FILTER],
    shards: [Lock<Shard>; SHARDS],
    places: Lock<Places>,
    /// Samples whose block found no room.
    lost: AtomicU64,
}

static TABLES: AtomicPtr<Tables> = AtomicPtr::new(ptr::null_mut());

/// Maps the tables; false if there is no memory.
pub(super) fn prepare() -> bool {
    if tables().is_some() {
        return true;
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh mapping touches nothing that is there.
    let place = unsafe { libc::mmap(ptr::null_mut(), size_of::<Tables>(), access, flags, -1, 0) };
    if place == libc::MAP_FAILED {
        return false;
    }
    // Release: the kernel's zeros, which are empty tables, are there. If another thread was first, its
    // tables count and ours are never touched.
    let _ = TABLES.compare_exchange(ptr::null_mut(), place.cast(), Ordering::Release, Ordering::Relaxed);
    true
}

fn tables() -> Option<&'static Tables> {
    // SAFETY: null, or a mapping of that size that is never unmapped and began as zeros, which is a valid
    // value of every field.
    unsafe { TABLES.load(Ordering::Acquire).as_ref() }
}

fn mixed(value: u64) -> u64 {
    let value = (value ^ value >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value ^ value >> 29
}

fn index(hash: u64, len: usize) -> usize {
    usize::try_from(hash % len as u64).unwrap_or(0)
}

/// Notes a sampled block.
pub(super) fn insert(address: u64, size: u64, stack: &[u64]) {
    let Some(tables) = tables() else { return };
    let place = tables.places.with(|places| {
        let place = places.find(stack, class(size));
        let row = places.row(place);
        row.allocs += 1;
        row.alloc_bytes += size;
        place
    });
    put_back(address, Block { address, size, place });
}

/// Notes a block again that [`take`] gave.
pub(super) fn put_back(address: u64, block: Block) {
    let Some(tables) = tables() else { return };
    let hash = mixed(address);
    let Some(shard) = tables.shards.get(index(hash, SHARDS)) else { return };
    if shard.with(|shard| shard.insert(hash, Block { address, ..block })) {
        tables.count(hash, |count| count.saturating_add(1));
    } else {
        // As if it was freed: better a leak that is not seen than one that is none.
        tables.lost.fetch_add(1, Ordering::Relaxed);
        free(block);
    }
}

/// Whether a block at this address may be a sampled one; nearly always false if it is not.
#[inline]
pub(super) fn may_be_sampled(address: u64) -> bool {
    let Some(tables) = tables() else { return false };
    let entry = tables.filter.get(index(mixed(address) >> 40, FILTER));
    // Relaxed: the program hands the block from thread to thread in some order of its own, and our count
    // was made by the thread that allocated it.
    entry.is_some_and(|count| count.load(Ordering::Relaxed) != 0)
}

/// Forgets the block at this address, and gives what was known of it.
pub(super) fn take(address: u64) -> Option<Block> {
    let tables = tables()?;
    let hash = mixed(address);
    let block = tables.shards.get(index(hash, SHARDS))?.with(|shard| shard.remove(hash, address))?;
    // A count that has reached its limit is not exact any more, and stays.
    tables.count(hash, |count| if count == u8::MAX { count } else { count.saturating_sub(1) });
    Some(block)
}

/// Counts a block that was taken as freed.
pub(super) fn free(block: Block) {
    let Some(tables) = tables() else { return };
    tables.places.with(|places| {
        let row = places.row(block.place);
        row.frees += 1;
        row.free_bytes += block.size;
    });
}

/// Calls `each` with every place and its stack, and gives how many samples found no room. `rows` has room for
/// [`PLACES`] already, since nothing is allocated while the table is locked.
pub(super) fn visit(rows: &mut Vec<Place>, mut each: impl FnMut(&Place, &[u64])) -> u64 {
    let Some(tables) = tables() else { return 0 };
    let arena = tables.places.with(|places| {
        let used = usize::try_from(places.used).unwrap_or(0) + 1;
        let room = rows.capacity();
        rows.extend_from_slice(places.rows.get(..used.min(PLACES).min(room)).unwrap_or_default());
        &raw const places.arena
    });
    for row in &*rows {
        let range = usize::try_from(row.start).unwrap_or(0)..;
        let len = usize::try_from(row.len).unwrap_or(0);
        if range.start + len > ARENA {
            continue;
        }
        // SAFETY: inside the arena; the addresses of a row are written once, before the row is, under the
        // lock that was held above.
        let stack = unsafe { std::slice::from_raw_parts(arena.cast::<u64>().add(range.start), len) };
        each(row, stack);
    }
    tables.lost.load(Ordering::Relaxed)
}

/// Sizes are counted together in steps of an eighth of a power of 2.
fn class(size: u64) -> u64 {
    let step = (size.checked_next_power_of_two().unwrap_or(1 << 63) >> 4).max(1);
    size.checked_next_multiple_of(step).unwrap_or(size)
}

impl Tables {
    fn count(&self, hash: u64, change: impl Fn(u8) -> u8) {
        if let Some(count) = self.filter.get(index(hash >> 40, FILTER)) {
            // Relaxed: see `may_be_sampled`.
            let _ = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| Some(change(count)));
        }
    }
}

impl Places {
    /// A row that [`Places::find`] gave.
    fn row(&mut self, place: u32) -> &mut Place {
        let row = usize::try_from(place).unwrap_or(0).min(PLACES - 1);
        &mut self.rows[row]
    }

    /// The row of a stack and a class; 0 if there is no room for another one.
    fn find(&mut self, stack: &[u64], class: u64) -> u32 {
        let stack = stack.get(..stack.len().min(FRAMES)).unwrap_or_default();
        let hash = stack.iter().fold(mixed(class), |hash, &pc| mixed(hash.rotate_left(5) ^ pc));
        let slots = self.index.len();
        for step in 0..64 {
            let slot = (index(hash, slots) + step) % slots;
            let row = self.index.get(slot).copied().unwrap_or(0);
            if row == 0 {
                return self.add(slot, hash, stack, class);
            }
            if self.is(row, hash, stack, class) {
                return row;
            }
        }
        0
    }

    fn is(&self, row: u32, hash: u64, stack: &[u64], class: u64) -> bool {
        let row = usize::try_from(row).ok().and_then(|row| self.rows.get(row));
        row.is_some_and(|row| row.hash == hash && row.class == class && self.stack(row) == Some(stack))
    }

    fn stack(&self, row: &Place) -> Option<&[u64]> {
        let start = usize::try_from(row.start).ok()?;
        self.arena.get(start..start.checked_add(usize::try_from(row.len).ok()?)?)
    }

    fn add(&mut self, slot: usize, hash: u64, stack: &[u64], class: u64) -> u32 {
        let (row, start) = (self.used + 1, self.arena_used);
        let (Ok(at), Ok(from), Ok(len)) =
            (usize::try_from(row), usize::try_from(start), u32::try_from(stack.len()))
        else {
            return 0;
        };
        let (Some(place), Some(arena), Some(index)) =
            (self.rows.get_mut(at), self.arena.get_mut(from..from + stack.len()), self.index.get_mut(slot))
        else {
            return 0;
        };
        arena.copy_from_slice(stack);
        *place = Place { hash, start, len, class, ..Place::default() };
        *index = row;
        self.used = row;
        self.arena_used = start + len;
        row
    }
}

impl Shard {
    /// False if there is no room.
    fn insert(&mut self, hash: u64, block: Block) -> bool {
        // Some room has to stay, so that searches end soon.
        if usize::try_from(self.used).unwrap_or(LIVE) >= LIVE / 8 * 7 {
            return false;
        }
        let mut slot = home(hash);
        while let Some(entry) = self.blocks.get_mut(slot) {
            if entry.address == 0 {
                *entry = block;
                self.used += 1;
                return true;
            }
            slot = (slot + 1) % LIVE;
        }
        false
    }

    fn remove(&mut self, hash: u64, address: u64) -> Option<Block> {
        let mut slot = home(hash);
        for _ in 0..LIVE {
            let block = *self.blocks.get(slot)?;
            if block.address == 0 {
                return None;
            }
            if block.address == address {
                self.used -= 1;
                self.close(slot);
                return Some(block);
            }
            slot = (slot + 1) % LIVE;
        }
        None
    }

    /// Empties a slot: later blocks that would not be found past it move up.
    fn close(&mut self, mut hole: usize) {
        let mut slot = hole;
        loop {
            slot = (slot + 1) % LIVE;
            let Some(&block) = self.blocks.get(slot) else { return };
            if block.address == 0 {
                break;
            }
            let wanted = home(mixed(block.address));
            let distance = |from: usize, to: usize| (to + LIVE - from) % LIVE;
            if distance(wanted, slot) >= distance(hole, slot) {
                if let Some(place) = self.blocks.get_mut(hole) {
                    *place = block;
                }
                hole = slot;
            }
        }
        if let Some(place) = self.blocks.get_mut(hole) {
            *place = Block::default();
        }
    }
}

/// Where the search for a block begins: by other bits than those that choose the shard.
fn home(hash: u64) -> usize {
    index(hash >> 16, LIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Tables of a test's own would need their size on the heap; the shard alone is enough.
    fn shard() -> Box<Shard> {
        Box::new(Shard { used: 0, blocks: [Block::default(); LIVE] })
    }

    #[test]
    fn blocks_come_and_go_in_any_order() {
        let mut shard = shard();
        let mut model = HashMap::new();
        let mut random = 1u64;
        for round in 0..200_000u64 {
            random = mixed(random.wrapping_add(round));
            let address = (random % 1500 + 1) * 16;
            let hash = mixed(address);
            if let Some(size) = model.remove(&address) {
                assert_eq!(shard.remove(hash, address).map(|block| block.size), Some(size));
            } else {
                assert_eq!(shard.remove(hash, address), None);
                assert!(shard.insert(hash, Block { address, size: round, place: 0 }));
                model.insert(address, round);
            }
        }
        assert_eq!(usize::try_from(shard.used).unwrap(), model.len());
    }

    #[test]
    fn a_full_shard_refuses() {
        let mut shard = shard();
        let taken = (1..=LIVE as u64)
            .filter(|&at| shard.insert(mixed(at * 8), Block { address: at * 8, size: 1, place: 0 }))
            .count();
        assert_eq!(taken, LIVE / 8 * 7);
    }

    #[test]
    fn classes_are_near() {
        for size in [1, 2, 15, 16, 17, 100, 4096, 5000, 1 << 20, (1 << 40) + 1, u64::MAX] {
            let class = class(size);
            assert!(class >= size && class - size <= size / 8, "{size} {class}");
        }
    }
}
