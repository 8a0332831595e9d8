//! What the shell shares with views beside the worker's client. It changes once, when the shell is mounted.

use yew::prelude::*;

use super::{Address, CommandBus, Memory};
use crate::components::Slots;

/// Shared by context.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// How key presses reach views.
    pub bus: CommandBus,
    /// The state in the address of the page.
    pub address: Address,
    /// What views find again.
    pub memory: Memory,
    /// Places in the shell that views fill; `None` until the shell is mounted.
    pub slots: Option<Slots>,
}

/// What the shell shares; empty outside it.
#[hook]
pub fn use_shared() -> Shared {
    use_context::<Shared>().unwrap_or_default()
}
