//! The last answer to a request, kept on screen until the next one is there.

use std::rc::Rc;

use taskscope_engine::api::{Answer, Request};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::link::{Client, PartRef};

/// The last answer, compared by identity. `None` until the first one.
#[derive(Clone, Debug, Default)]
pub struct Answers(Option<Rc<(Request, Answer)>>);

impl Answers {
    /// The answer.
    pub fn get(&self) -> Option<&Answer> {
        self.0.as_deref().map(|(_, answer)| answer)
    }

    /// What it answers: while the next answer is awaited, not what was asked last.
    pub fn asked(&self) -> Option<&Request> {
        self.0.as_deref().map(|(request, _)| request)
    }
}

impl PartialEq for Answers {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

/// Asks whenever part or request change, and gives the last answer there was about this part.
/// `purpose` is as in [`Client::ask_in`].
#[hook]
pub fn use_answer(purpose: &'static str, part: PartRef, request: Option<Request>) -> Answers {
    let client = use_context::<Client>();
    let last = use_state_eq(|| (part, Answers::default()));
    let setter = last.setter();
    use_effect_with((client, part, request), move |(client, part, request)| {
        if let (Some(client), Some(request)) = (client, request.clone()) {
            let part = *part;
            let answer = client.ask_in(purpose, part, request.clone());
            spawn_local(async move {
                if let Some(answer) = answer.await {
                    setter.set((part, Answers(Some(Rc::new((request, answer))))));
                }
            });
        }
    });
    if last.0 == part { last.1.clone() } else { Answers::default() }
}
