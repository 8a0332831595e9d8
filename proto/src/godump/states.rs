//! From Go's words for a goroutine's state to the model's.

use crate::model::{TaskState, WaitKind};

/// The state and kind of wait that `text` names. Words that a future Go may add mean a wait.
pub(super) fn state_of(text: &str) -> (TaskState, WaitKind) {
    let state = match text {
        "running" => TaskState::Running,
        "runnable" | "copystack" | "preempted" => TaskState::Ready,
        "syscall" => TaskState::Syscall,
        "dead" => TaskState::Gone,
        "idle" | "???" => TaskState::Unknown,
        _ => TaskState::Blocked,
    };
    (state, kind_of(text))
}

fn kind_of(text: &str) -> WaitKind {
    match text {
        "IO wait" => WaitKind::Network,
        "sleep" => WaitKind::Sleep,
        "preempted" => WaitKind::Yield,
        "semacquire" | "coroutine" => WaitKind::Sync,
        "finalizer wait"
        | "cleanup wait"
        | "trace reader (blocked)"
        | "GC scavenge wait"
        | "GC sweep wait" => WaitKind::Idle,
        "wait for GC cycle" => WaitKind::Gc,
        _ if text.ends_with(" (idle)") => WaitKind::Idle,
        _ if ["chan ", "select", "sync.", "synctest."].iter().any(|start| text.starts_with(start)) => {
            WaitKind::Sync
        }
        _ if ["GC ", "garbage collection"].iter().any(|start| text.starts_with(start)) => WaitKind::Gc,
        _ => WaitKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_states() {
        for (text, state, kind) in [
            ("running", TaskState::Running, WaitKind::Other),
            ("runnable", TaskState::Ready, WaitKind::Other),
            ("syscall", TaskState::Syscall, WaitKind::Other),
            ("chan receive (nil chan)", TaskState::Blocked, WaitKind::Sync),
            ("select (durable)", TaskState::Blocked, WaitKind::Sync),
            ("sync.WaitGroup.Wait", TaskState::Blocked, WaitKind::Sync),
            ("semacquire", TaskState::Blocked, WaitKind::Sync),
            ("IO wait", TaskState::Blocked, WaitKind::Network),
            ("sleep", TaskState::Blocked, WaitKind::Sleep),
            ("GC worker (idle)", TaskState::Blocked, WaitKind::Idle),
            ("GC assist wait", TaskState::Blocked, WaitKind::Gc),
            ("GOMAXPROCS updater (idle)", TaskState::Blocked, WaitKind::Idle),
            ("quantum entanglement", TaskState::Blocked, WaitKind::Other),
        ] {
            assert_eq!(state_of(text), (state, kind), "{text}");
        }
    }
}
