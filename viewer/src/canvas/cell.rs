//! Where a component keeps the host of its canvases.

use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use yew::prelude::*;

/// A place for a host, which comes when the canvases are mounted and goes with them. Clones name
/// the same place, and are equal.
pub struct HostCell<H>(Rc<RefCell<Option<H>>>);

impl<H: Clone + 'static> HostCell<H> {
    /// The host, while there is one.
    pub fn get(&self) -> Option<H> {
        self.0.borrow().clone()
    }

    /// Puts a host in, or takes it out.
    pub fn set(&self, host: Option<H>) {
        let before = self.0.replace(host);
        // Dropped after the borrow has ended: its listeners may look here.
        drop(before);
    }

    /// A callback that does something with the host while there is one.
    pub fn call<T: 'static>(&self, act: fn(&H, T)) -> Callback<T> {
        let cell = self.clone();
        Callback::from(move |value| {
            if let Some(host) = cell.get() {
                act(&host, value);
            }
        })
    }
}

/// [`HostCell::call`], and the same callback at every drawing: a component that is given it is not
/// drawn anew for it.
#[hook]
pub fn use_call<H: Clone + 'static, T: 'static>(cell: &HostCell<H>, act: fn(&H, T)) -> Callback<T> {
    (*use_memo(cell.clone(), move |cell| cell.call(act))).clone()
}

/// A function for the outside that calls `call` while the host lives.
pub fn upgrade<H: 'static, T: 'static>(
    weak: &Weak<H>,
    call: fn(&Rc<H>, T),
) -> impl Fn(T) + Clone + use<H, T> + 'static {
    let weak = weak.clone();
    move |value| {
        if let Some(host) = weak.upgrade() {
            call(&host, value);
        }
    }
}

impl<H> Default for HostCell<H> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<H> Clone for HostCell<H> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<H> PartialEq for HostCell<H> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<H> fmt::Debug for HostCell<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostCell")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn calls_reach_the_host_while_there_is_one() {
        let cell = HostCell::<Rc<Cell<u32>>>::default();
        let add = cell.call(|host, more: u32| host.set(host.get() + more));
        add.emit(1);
        let host = Rc::new(Cell::new(0));
        cell.set(Some(host.clone()));
        add.emit(2);
        cell.set(None);
        add.emit(4);
        assert_eq!(host.get(), 2);
        assert_eq!(cell, cell.clone());
    }
}
