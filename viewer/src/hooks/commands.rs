//! How a key press reaches the view that is shown.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use yew::prelude::*;

use super::shared::use_shared;
use crate::commands::Command;

type Handler = Callback<Command, bool>;

/// Hands commands to whoever listens, the latest first, until one takes it.
#[derive(Clone, Default)]
pub struct CommandBus(Rc<RefCell<Handlers>>);

#[derive(Default)]
struct Handlers {
    next: u32,
    list: Vec<(u32, Handler)>,
}

impl CommandBus {
    /// Offers a command; whether somebody took it.
    pub fn offer(&self, command: Command) -> bool {
        let list: Vec<Handler> =
            self.0.borrow().list.iter().rev().map(|(_, handler)| handler.clone()).collect();
        list.iter().any(|handler| handler.emit(command))
    }

    fn add(&self, handler: Handler) -> u32 {
        let mut handlers = self.0.borrow_mut();
        handlers.next += 1;
        let id = handlers.next;
        handlers.list.push((id, handler));
        id
    }

    fn remove(&self, id: u32) {
        self.0.borrow_mut().list.retain(|(other, _)| *other != id);
    }
}

impl PartialEq for CommandBus {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for CommandBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommandBus")
    }
}

/// Listens to commands while the component is mounted. The callback says whether it took the
/// command; what nobody takes goes to the shell.
#[hook]
pub fn use_commands(handler: Callback<Command, bool>) {
    let bus = use_shared().bus;
    use_effect_with((bus, handler), |(bus, handler)| {
        let id = bus.add(handler.clone());
        let bus = bus.clone();
        move || bus.remove(id)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_listener_comes_first_and_may_pass() {
        let bus = CommandBus::default();
        assert!(!bus.offer(Command::Copy));
        let below = bus.add(Callback::from(|command| command == Command::Copy));
        let above = bus.add(Callback::from(|command| command == Command::Back));
        assert!(bus.offer(Command::Copy) && bus.offer(Command::Back));
        bus.remove(below);
        assert!(!bus.offer(Command::Copy) && bus.offer(Command::Back));
        bus.remove(above);
        assert!(!bus.offer(Command::Back));
    }
}
