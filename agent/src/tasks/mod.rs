//! What the agent knows of every task: who spawned it, what it does, how often it ran.

pub(crate) mod record;
pub(crate) mod site;
