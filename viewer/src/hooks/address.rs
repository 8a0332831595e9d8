//! The page's address as views use it: values they had when the page was loaded, values to keep.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;

use crate::dom;
use crate::url::Fragment;

/// The address is written so long after the last change: browsers ration it, it takes them ms, and gestures
/// have many steps.
const WRITE_MS: u32 = 300;

/// The state in the page's address; clones are the same one.
#[derive(Clone, Default)]
pub struct Address(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    /// The address that the page was loaded with.
    loaded: Fragment,
    now: Fragment,
    /// Whether a writing is on its way.
    writing: bool,
    /// Whether something changed since that was last put off.
    changed: bool,
}

impl Address {
    /// The state in the address of this page.
    pub fn of_page() -> Self {
        let hash = dom::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
        Self::of_hash(&hash)
    }

    fn of_hash(hash: &str) -> Self {
        let loaded = Fragment::parse(hash);
        Self(Rc::new(RefCell::new(Inner { now: loaded.clone(), loaded, writing: false, changed: false })))
    }

    /// What the address said about `key` when the page was loaded, if it was about a file called `name`.
    pub fn loaded(&self, name: &str, key: &str) -> Option<String> {
        let inner = self.0.borrow();
        inner.loaded.get(key).filter(|_| inner.loaded.name() == name).map(str::to_owned)
    }

    /// Whether the page was loaded with an address about a file called `name`.
    pub fn names(&self, name: &str) -> bool {
        let inner = self.0.borrow();
        !name.is_empty() && inner.loaded.name() == name
    }

    /// Keeps `value` for `key` of the file called `name`; an empty one removes it.
    pub fn keep(&self, name: &str, key: &str, value: &str) {
        let mut inner = self.0.borrow_mut();
        if inner.now.name() == name && inner.now.get(key).unwrap_or_default() == value {
            return;
        }
        inner.now.turn_to(name);
        inner.now.set(key, value);
        inner.changed = true;
        if !std::mem::replace(&mut inner.writing, true) {
            drop(inner);
            self.write_later();
        }
    }

    fn write_later(&self) {
        self.0.borrow_mut().changed = false;
        let address = self.clone();
        Timeout::new(WRITE_MS, move || address.write()).forget();
    }

    /// Writes, unless a gesture goes on: then later.
    fn write(&self) {
        if self.0.borrow().changed {
            return self.write_later();
        }
        let mut inner = self.0.borrow_mut();
        inner.writing = false;
        if let Some(history) = dom::window().and_then(|window| window.history().ok()) {
            // A browser that refuses, refuses a convenience.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&inner.now.text()));
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_belongs_to_the_file_of_that_name() {
        let address = Address::of_hash("#name=a.trace&view=flame");
        assert_eq!(address.loaded("a.trace", "view").as_deref(), Some("flame"));
        assert_eq!(address.loaded("b.trace", "view"), None);
        assert_eq!(address.loaded("a.trace", "window"), None);
    }
}
