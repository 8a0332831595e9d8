//! Gives tasks their time to end.

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::aside::aside;
use super::options::Options;
use super::report::Report;
use super::survivors::{self, Look};

/// Tasks that are about to end need no more than to run once or twice.
const YIELDS: u32 = 8;

/// The first pause; each is twice as long as the one before.
const FIRST: Duration = Duration::from_millis(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_millis(64);

/// Looks until nothing is left or the patience is at its end, then describes what is left.
pub(super) async fn settle(options: &Options) -> Report {
    let runtime = Handle::current();
    let start = Instant::now();
    let mut look = survivors::look(&runtime, options);
    for _ in 0..YIELDS {
        if done(&look, options) {
            return Report::none(start.elapsed());
        }
        tokio::task::yield_now().await;
        look = survivors::look(&runtime, options);
    }
    let mut pause = FIRST;
    while !done(&look, options) && start.elapsed() < options.patience {
        let longest = options.patience.saturating_sub(start.elapsed()).min(LONGEST);
        let wait = pause.min(longest);
        if aside(move || thread::sleep(wait)).await.is_none() {
            tokio::task::yield_now().await;
        }
        pause = pause.saturating_mul(2);
        look = survivors::look(&runtime, options);
    }
    match done(&look, options) {
        true => Report::none(start.elapsed()),
        false => described(look, options, start.elapsed()).await,
    }
}

/// Whether no more is left than may stay. Where stacks decide, nothing is done before they are taken.
fn done(look: &Look, options: &Options) -> bool {
    look.tasks.len() as u64 + look.untracked <= options.allowed
}

/// Takes the stacks of what is left; those that ended meanwhile, or that their stack excuses, go.
async fn described(mut look: Look, options: &Options, waited: Duration) -> Report {
    let ids: HashSet<u64> = look.tasks.iter().map(|task| task.id).collect();
    if let Some(stacks) = aside(move || survivors::stacks(&ids)).await {
        survivors::attach(&mut look.tasks, stacks);
    }
    look.tasks.retain(|task| !options.ignores(task));
    match done(&look, options) {
        true => Report::none(waited),
        false => Report::new(look, waited),
    }
}
