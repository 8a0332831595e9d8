//! What a Rust task waits for, from the names of the functions on its stack.
//!
//! The agent asks with the names of symbols; the collector asks again once it knows inlined functions.

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wait {
    /// In Go's word for such a wait, which every reader of dumps and traces understands.
    pub go: &'static str,
    /// In the words of Rust's libraries.
    pub rust: &'static str,
}

/// More than one place can wake the task.
pub const SELECT: Wait = Wait { go: "select", rust: "select" };

/// A part of a function's name, or two, and the wait that it means.
type Rule = (&'static str, &'static str, &'static str, &'static str);

/// The first that fits a name counts; of a stack, the outermost function that is a library's.
const RULES: &[Rule] = &[
    ("tokio::sync::mpsc", "send", "chan send", "mpsc send"),
    ("tokio::sync::mpsc", "reserve", "chan send", "mpsc send"),
    ("tokio::sync::mpsc", "Sender", "chan send", "mpsc send"),
    ("tokio::sync::mpsc", "", "chan receive", "mpsc recv"),
    ("tokio::sync::oneshot", "Sender", "chan send", "oneshot closed"),
    ("tokio::sync::oneshot", "", "chan receive", "oneshot recv"),
    ("tokio::sync::broadcast", "", "chan receive", "broadcast recv"),
    ("tokio::sync::watch", "", "chan receive", "watch changed"),
    ("tokio::sync::rwlock", "read", "sync.RWMutex.RLock", "rwlock read"),
    ("tokio::sync::rwlock", "", "sync.RWMutex.Lock", "rwlock write"),
    ("tokio::sync::mutex", "", "sync.Mutex.Lock", "mutex lock"),
    ("tokio::sync::barrier", "", "sync.WaitGroup.Wait", "barrier wait"),
    ("tokio::sync::once_cell", "", "sync.Cond.Wait", "once cell"),
    ("tokio::sync::set_once", "", "sync.Cond.Wait", "set once"),
    ("tokio::sync::notify", "", "sync.Cond.Wait", "notified"),
    ("tokio::sync::semaphore", "", "semacquire", "semaphore acquire"),
    ("tokio::sync::batch_semaphore", "", "semacquire", "semaphore acquire"),
    ("tokio::sync::task::atomic_waker", "", "chan receive", "mpsc recv"),
    ("tokio::signal", "", "chan receive", "signal"),
    ("tokio::process", "", "IO wait", "child process"),
    ("tokio::time::timeout", "", "select", "timeout"),
    ("tokio::time::interval", "", "sleep", "interval tick"),
    ("tokio::time", "", "sleep", "sleep"),
    ("tokio::runtime::time", "", "sleep", "sleep"),
    ("tokio::net", "", "IO wait", "socket"),
    ("tokio::runtime::io", "", "IO wait", "readiness of a file descriptor"),
    ("tokio::io::async_fd", "", "IO wait", "readiness of a file descriptor"),
    ("tokio::io::poll_evented", "", "IO wait", "readiness of a file descriptor"),
    ("tokio::task::join_set", "", "sync.WaitGroup.Wait", "join set"),
    ("tokio::util::idle_notified_set", "", "sync.WaitGroup.Wait", "join set"),
    ("tokio::task::local", "", "select", "local set"),
    ("tokio::runtime::task", "", "sync.WaitGroup.Wait", "join"),
    ("tokio_util::sync::cancellation_token", "", "chan receive", "cancellation token"),
    ("tokio_util::sync::mpsc", "", "chan send", "mpsc send"),
    ("tokio_util::task::task_tracker", "", "sync.WaitGroup.Wait", "task tracker"),
    ("futures_channel::oneshot", "", "chan receive", "oneshot recv"),
    ("futures_channel::mpsc", "Sender", "chan send", "mpsc send"),
    ("futures_channel::mpsc", "", "chan receive", "mpsc recv"),
    ("futures_util::lock", "", "sync.Mutex.Lock", "mutex lock"),
    ("futures_util::stream::futures_unordered", "", "select", "futures unordered"),
    ("async_channel", "Send", "chan send", "channel send"),
    ("async_channel", "", "chan receive", "channel recv"),
    ("async_lock", "", "sync.Mutex.Lock", "async lock"),
    ("flume", "SendFut", "chan send", "channel send"),
    ("flume", "", "chan receive", "channel recv"),
    ("event_listener", "", "sync.Cond.Wait", "event listener"),
];

/// Names that say nothing: between a library's functions and those of the program.
const NEUTRAL: &[&str] =
    &["core::", "std::", "alloc::", "tokio::", "futures_", "pin_project", "taskscope_agent::tasks"];

/// What the innermost library functions of a stack wait for; `None` where they are not known. Names are
/// leaf first, as demanglers give them, with or without hashes at their ends.
pub fn wait_of<'a>(leaf_first: impl IntoIterator<Item = &'a str>) -> Option<Wait> {
    let mut wait = None;
    for name in leaf_first {
        let name = outer_type(name);
        if let Some(&(_, _, go, rust)) = RULES.iter().find(|rule| fits(name, rule)) {
            wait = Some(Wait { go, rust });
        } else if !NEUTRAL.iter().any(|start| name.starts_with(start)) {
            break;
        }
    }
    wait
}

fn fits(name: &str, rule: &Rule) -> bool {
    name.starts_with(rule.0) && name[rule.0.len()..].contains(rule.1)
}

/// `<tokio::sync::X as core::Future>::poll` is tokio's: what counts stands behind the brackets, and
/// references.
fn outer_type(name: &str) -> &str {
    name.trim_start_matches(['<', '&', '*']).trim_start_matches("mut ").trim_start_matches("dyn ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], rust: Option<&str>) {
        assert_eq!(wait_of(names.iter().copied()).map(|wait| wait.rust), rust, "{names:?}");
    }

    #[test]
    fn the_outermost_library_function_counts() {
        check(
            &[
                "<tokio::sync::batch_semaphore::Acquire as core::future::future::Future>::poll",
                "tokio::sync::mutex::Mutex<T>::acquire::{{closure}}",
                "tokio::sync::mutex::Mutex<T>::lock::{{closure}}",
                "shop::refill::{{closure}}",
                "tokio::sync::mpsc::bounded::Receiver<T>::recv::{{closure}}",
            ],
            Some("mutex lock"),
        );
        check(
            &[
                "tokio::sync::task::atomic_waker::AtomicWaker::register_by_ref",
                "tokio::sync::mpsc::chan::Rx<T,S>::recv",
                "core::future::poll_fn::PollFn<F>::poll",
                "app::main::{{closure}}",
            ],
            Some("mpsc recv"),
        );
    }

    #[test]
    fn names_of_release_builds() {
        check(&["tokio::time::sleep::Sleep::poll_elapsed", "app::f"], Some("sleep"));
        check(&["tokio::runtime::task::harness::can_read_output", "app::f"], Some("join"));
        check(
            &["<tokio::sync::batch_semaphore::Acquire as Future>::poll", "app::f"],
            Some("semaphore acquire"),
        );
        check(&["<tokio::sync::notify::Notified as Future>::poll"], Some("notified"));
    }

    #[test]
    fn the_programs_own_functions_end_the_search() {
        check(&["app::f", "tokio::time::sleep::Sleep::poll"], None);
        check(&[], None);
        check(&["core::task::wake::Waker::clone", ""], None);
    }
}
