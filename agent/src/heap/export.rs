//! The tables as a pprof file.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use super::tables::{self, PLACES, Place};
use super::{RATE, STATE, local};
use crate::native;
use crate::pprof::{Label, ProfileWriter};
use crate::service::{Ending, Refused};

/// Functions that only allocate: readers leave them and what they call out of every stack, so that the leaf
/// is who wanted memory. None of them ever calls the program's code.
const DROP_FRAMES: &str = concat!(
    r"(__rustc::)?__r(ust|g|dl)_(alloc|realloc|alloc_zeroed)|.*___rust_(alloc|realloc|alloc_zeroed)|",
    r"alloc::alloc::(alloc|alloc_zeroed|realloc|exchange_malloc|alloc_impl.*|allocate.*|grow.*|Global.*)|",
    r"<?alloc::raw_vec::.*|<alloc::alloc::Global as .*|.*taskscope_agent::heap::.*|",
    r"<?alloc::vec::(Vec<.*>::)?(with_capacity|with_capacity_in|reserve|reserve_exact|push|push_mut|extend_from_slice)|",
    r"<?alloc::vec::(from_elem|spec_from_elem::.*)|<.* as alloc::vec::spec_from_elem::.*|",
    r"<?alloc::string::(String::)?(with_capacity|push|push_str|reserve)|",
    r"<?alloc::boxed::(Box<.*>::)?(new|new_in|new_uninit|new_uninit_in|try_new_uninit_in|pin|box_new)"
);

/// Writes the heap profile. Refused where no allocator of ours is installed or it was not started.
pub(crate) fn profile(out: &mut dyn Write) -> Result<Ending, Refused> {
    if !super::is_on() {
        return Err(Refused::Unavailable(why_not().into()));
    }
    local::unsampled(|| write(out))
}

fn write(out: &mut dyn Write) -> Result<Ending, Refused> {
    let rate = RATE.load(Ordering::Relaxed);
    let mut writer = ProfileWriter::new(&[native::modules()], SystemTime::now(), Duration::ZERO);
    for (kind, unit) in [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ] {
        writer.sample_type(kind, unit);
    }
    writer.default_sample_type("inuse_space");
    writer.period("space", "bytes", rate);
    writer.drop_frames(DROP_FRAMES);
    let mut rows = Vec::with_capacity(PLACES);
    let lost = tables::visit(&mut rows, |place, stack| {
        if place.allocs > 0 {
            writer.add(stack, &values(place, rate), &[Label::bytes("bytes", place.class)]);
        }
    });
    let notes =
        Vec::from_iter((lost > 0).then(|| format!("{lost} sampled blocks found no room in the tables")));
    notes.iter().for_each(|note| writer.comment(note));
    writer.write(out)?;
    Ok(Ending { incomplete: false, notes, dropped: lost })
}

fn why_not() -> &'static str {
    if STATE.load(Ordering::Relaxed) == super::ABSENT {
        "heap profiles need our allocator: `#[global_allocator] static ALLOCATOR: taskscope_agent::heap::Allocator = \
         taskscope_agent::heap::Allocator::system();`"
    } else {
        "heap sampling was not started: the system refused the memory or the process was forked"
    }
}

fn values(place: &Place, rate: u64) -> [u64; 4] {
    let (alloc_objects, alloc_space) = scaled(place.allocs, place.alloc_bytes, rate);
    let live = place.allocs.saturating_sub(place.frees);
    let (objects, space) = scaled(live, place.alloc_bytes.saturating_sub(place.free_bytes), rate);
    [alloc_objects, alloc_space, objects, space]
}

/// From samples to what they stand for, as Go does it: a block of `size` bytes is sampled with probability
/// `1 - exp(-size / rate)`.
fn scaled(count: u64, bytes: u64, rate: u64) -> (u64, u64) {
    if count == 0 || bytes == 0 || rate <= 1 {
        return (count, bytes);
    }
    let average = bytes as f64 / count as f64;
    let scale = 1.0 / -(-average / rate as f64).exp_m1();
    ((count as f64 * scale).round() as u64, (bytes as f64 * scale).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stand_for_what_was_not_sampled() {
        let rate = 512 << 10;
        let (objects, bytes) = scaled(10, 10 * 64, rate);
        assert!((81_000..83_000).contains(&objects), "one in 8192 blocks of 64 bytes is seen: {objects}");
        assert!((5_200_000..5_300_000).contains(&bytes), "10 samples are about 5 MiB: {bytes}");
        assert_eq!(scaled(1, 64 << 20, rate), (1, 64 << 20), "large blocks are always seen");
        assert_eq!(scaled(0, 0, rate), (0, 0));
        assert_eq!(scaled(3, 30, 1), (3, 30), "everything is seen");
    }
}
