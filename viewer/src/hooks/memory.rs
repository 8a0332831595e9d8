//! What a view wants to find again when people come back to it: zoom, filters, the selection.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use yew::prelude::*;

use super::shared::use_shared;
use crate::link::{FileId, PartRef};

/// Remembered values by part and type. Lives beside the state, because nothing is drawn from it.
#[derive(Clone, Default)]
pub struct Memory(Rc<RefCell<Values>>);

/// A list, because there are as many values as views were looked at.
type Values = Vec<((PartRef, TypeId), Rc<dyn Any>)>;

impl Memory {
    /// The value of type `T` remembered for `part`.
    pub fn of<T: Default + 'static>(&self, part: PartRef) -> Rc<RefCell<T>> {
        let key = (part, TypeId::of::<T>());
        let mut values = self.0.borrow_mut();
        let found = values.iter().find(|(other, _)| *other == key).map(|(_, value)| Rc::clone(value));
        let value = found.unwrap_or_else(|| {
            let value: Rc<dyn Any> = Rc::new(RefCell::new(T::default()));
            values.push((key, Rc::clone(&value)));
            value
        });
        // The key holds the type, so the value is of it.
        value.downcast().unwrap_or_default()
    }

    /// Forgets what belongs to a closed file.
    pub fn forget(&self, file: FileId) {
        self.0.borrow_mut().retain(|((part, _), _)| part.file != file);
    }
}

impl PartialEq for Memory {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

/// The value of type `T` that this view keeps about `part` while the file is open. `T` is a type
/// of the view's own. Changing it draws nothing; copy it into state to draw from it.
#[hook]
pub fn use_memory<T: Default + 'static>(part: PartRef) -> Rc<RefCell<T>> {
    let memory = use_shared().memory;
    (*use_memo((memory, part), |(memory, part)| memory.of::<T>(*part))).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_by_part_and_type_until_the_file_closes() {
        let memory = Memory::default();
        let part = |file, part| PartRef { file: FileId(file), part };
        *memory.of::<u32>(part(1, 0)).borrow_mut() = 7;
        *memory.of::<String>(part(1, 0)).borrow_mut() = "zoom".into();

        assert_eq!(*memory.of::<u32>(part(1, 0)).borrow(), 7);
        assert_eq!(*memory.of::<String>(part(1, 0)).borrow(), "zoom");
        assert_eq!(*memory.of::<u32>(part(1, 1)).borrow(), 0);
        memory.forget(FileId(1));
        assert_eq!(*memory.of::<u32>(part(1, 0)).borrow(), 0);
    }
}
