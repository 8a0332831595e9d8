//! Where tasks are spawned.

use std::cell::Cell;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A place in the program that spawns tasks of one type; lives as long as the process.
#[derive(Debug)]
pub(crate) struct Site {
    /// Dense, from 1, in the order in which sites were first seen.
    pub(crate) number: u32,
    /// The call of `spawn`.
    pub(crate) location: &'static Location<'static>,
    /// The future's type, as the compiler names it.
    pub(crate) type_name: &'static str,
    /// The future's size.
    pub(crate) bytes: u64,
    /// Tasks spawned here since the start of the process.
    pub(crate) spawned: AtomicU64,
    /// Those that ended.
    pub(crate) ended: AtomicU64,
}

impl Site {
    /// Tasks of this site that are alive.
    pub(crate) fn alive(&self) -> u64 {
        // Ended first: tasks that come and go in between must not make the difference negative.
        let ended = self.ended.load(Ordering::Relaxed);
        self.spawned.load(Ordering::Relaxed).saturating_sub(ended)
    }
}

type Key = (&'static str, u32, u32, &'static str);

/// All sites. The code of the program bounds their number.
static SITES: Mutex<Option<Sites>> = Mutex::new(None);

#[derive(Default)]
struct Sites {
    by_place: HashMap<Key, &'static Site>,
    in_order: Vec<&'static Site>,
}

const CACHED: usize = 32;

thread_local! {
    /// The sites this thread used last, by the address of their location.
    static CACHE: [Cell<Option<&'static Site>>; CACHED] = const { [const { Cell::new(None) }; CACHED] };
}

/// The site of futures of type `F` that are spawned at `location`.
#[inline]
pub(crate) fn site<F>(location: &'static Location<'static>) -> &'static Site {
    find(location, std::any::type_name::<F>(), size_of::<F>())
}

fn find(location: &'static Location<'static>, type_name: &'static str, bytes: usize) -> &'static Site {
    let address = std::ptr::from_ref(location) as usize ^ type_name.as_ptr() as usize;
    CACHE.with(|cache| {
        let cell = &cache[(address >> 3) % CACHED];
        match cell.get() {
            Some(site)
                if std::ptr::eq(site.location, location) && std::ptr::eq(site.type_name, type_name) =>
            {
                site
            }
            _ => {
                let site = look_up(location, type_name, bytes);
                cell.set(Some(site));
                site
            }
        }
    })
}

/// One place may have several addresses, in several units of code: its text decides.
#[cold]
fn look_up(location: &'static Location<'static>, type_name: &'static str, bytes: usize) -> &'static Site {
    let key = (location.file(), location.line(), location.column(), type_name);
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    let sites = sites.get_or_insert_default();
    if let Some(site) = sites.by_place.get(&key) {
        return site;
    }
    let number = u32::try_from(sites.in_order.len()).unwrap_or(u32::MAX - 1) + 1;
    let (spawned, ended) = (AtomicU64::new(0), AtomicU64::new(0));
    let site: &'static Site =
        Box::leak(Box::new(Site { number, location, type_name, bytes: bytes as u64, spawned, ended }));
    sites.by_place.insert(key, site);
    sites.in_order.push(site);
    site
}

/// All sites so far, by number.
pub(crate) fn sites() -> Vec<&'static Site> {
    let sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    sites.as_ref().map(|sites| sites.in_order.clone()).unwrap_or_default()
}
