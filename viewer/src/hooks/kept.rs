//! What people chose in a view: drawn from, and found again when they come back to it.

use yew::prelude::*;

use super::use_memory;
use crate::link::PartRef;

/// What was chosen about `part`, and how to change it. `T` is a type of the view's own.
#[hook]
pub fn use_kept<T: Clone + Default + PartialEq + 'static>(part: PartRef) -> (T, Callback<T>) {
    let memory = use_memory::<T>(part);
    let kept = {
        let memory = memory.clone();
        use_state_eq(move || memory.borrow().clone())
    };
    let change = {
        let setter = kept.setter();
        use_callback(memory, move |next: T, memory| {
            *memory.borrow_mut() = next.clone();
            setter.set(next);
        })
    };
    ((*kept).clone(), change)
}
