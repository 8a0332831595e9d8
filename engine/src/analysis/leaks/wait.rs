//! What a task waits for: the runtime's words, or a guess from the stack where there are none.

use taskscope_proto::model::TaskState;

use crate::api::Mark;

/// Kinds of waits that leak differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// On a worker, or ready for one.
    AtWork,
    /// A send to, or a receive from, a channel that was never made; `select {}`.
    ForEver,
    /// A send.
    ChanSend,
    /// A receive.
    ChanReceive,
    /// A select with cases.
    Select,
    /// A mutex or a read-write mutex.
    Mutex,
    /// A WaitGroup, until all of the group are done.
    Group,
    /// A condition variable.
    Cond,
    /// A semaphore that is none of these.
    Semaphore,
    /// Other tasks, until they end (Rust).
    Join,
    /// The other side of an iterator (`iter.Pull`).
    Coroutine,
    /// A socket, pipe or file, by the poller.
    Network,
    /// A timer.
    Sleep,
    /// A system call.
    Syscall,
    /// The runtime's own affairs.
    Runtime,
    /// Nobody says.
    Unknown,
}

impl Wait {
    /// The kind of a wait from its state, the runtime's words for it, and the stack, leaf first.
    pub fn classify(state: TaskState, words: &str, stack: &[&str]) -> Self {
        match state {
            TaskState::Running | TaskState::Ready => return Self::AtWork,
            TaskState::Syscall => return Self::Syscall,
            TaskState::Unknown | TaskState::Blocked | TaskState::Gone => {}
        }
        let words = words.split(" (durable)").next().unwrap_or_default();
        let words = words.split(" (synctest)").next().unwrap_or_default();
        match by_words(words) {
            Self::Semaphore => {
                by_stack(stack).filter(|wait| *wait != Self::Runtime).unwrap_or(Self::Semaphore)
            }
            Self::Unknown => by_stack(stack).unwrap_or(Self::Unknown),
            wait => wait,
        }
    }

    /// The kind of a Rust task's wait, from Go's words for it and Rust's.
    pub fn of_rust(go: &str, rust: &str) -> Self {
        match rust {
            "join" | "join set" | "task tracker" => Self::Join,
            _ => by_words(go),
        }
    }

    /// Words for a wait that the file has none for.
    pub fn words(self) -> &'static str {
        match self {
            Self::AtWork => "running",
            Self::ForEver => "forever",
            Self::ChanSend => "chan send",
            Self::ChanReceive => "chan receive",
            Self::Select => "select",
            Self::Mutex => "sync.Mutex.Lock",
            Self::Group => "sync.WaitGroup.Wait",
            Self::Cond => "sync.Cond.Wait",
            Self::Semaphore => "semacquire",
            Self::Join => "join",
            Self::Coroutine => "coroutine",
            Self::Network => "IO wait",
            Self::Sleep => "sleep",
            Self::Syscall => "syscall",
            Self::Runtime => "runtime",
            Self::Unknown => "waiting",
        }
    }

    /// How the wait is drawn.
    pub fn mark(self) -> Mark {
        match self {
            Self::AtWork => Mark::Running,
            Self::Network => Mark::Network,
            Self::Sleep => Mark::Sleep,
            Self::Syscall => Mark::Syscall,
            Self::Runtime => Mark::Gc,
            Self::Unknown => Mark::Unknown,
            _ => Mark::Sync,
        }
    }
}

/// From the words of Go's dumps (1.18 on) and traces. Words of later versions are unknown.
fn by_words(words: &str) -> Wait {
    match words {
        "forever" | "chan send (nil chan)" | "chan receive (nil chan)" | "select (no cases)" => Wait::ForEver,
        "chan send" => Wait::ChanSend,
        "chan receive" => Wait::ChanReceive,
        "select" => Wait::Select,
        "sync.Mutex.Lock" | "sync.RWMutex.RLock" | "sync.RWMutex.Lock" => Wait::Mutex,
        "sync.WaitGroup.Wait" => Wait::Group,
        "sync.Cond.Wait" | "sync.(*Cond).Wait" => Wait::Cond,
        "semacquire" | "sync" => Wait::Semaphore,
        "coroutine" => Wait::Coroutine,
        "IO wait" | "network" => Wait::Network,
        "sleep" => Wait::Sleep,
        "syscall" | "waiting for cgo callback" => Wait::Syscall,
        "running" | "runnable" | "preempted" | "runtime.Gosched" => Wait::AtWork,
        "system goroutine wait"
        | "finalizer wait"
        | "cleanup wait"
        | "panicwait"
        | "debug call"
        | "wait for debug call"
        | "wait until GC ends"
        | "wait for GC cycle"
        | "trace reader (blocked)"
        | "stopping the world"
        | "flushing proc caches"
        | "dumping heap"
        | "page trace flush"
        | "garbage collection"
        | "garbage collection scan"
        | "trace goroutine status"
        | "trace proc status" => Wait::Runtime,
        _ if words.starts_with("GC ") || words.ends_with(" (idle)") || words.starts_with("synctest") => {
            Wait::Runtime
        }
        _ => Wait::Unknown,
    }
}

/// From the runtime functions at the leaf: profiles keep them, and say nothing else.
fn by_stack(stack: &[&str]) -> Option<Wait> {
    stack.iter().take(12).find_map(|function| {
        Some(match *function {
            "runtime.block" => Wait::ForEver,
            "runtime.chansend" | "runtime.chansend1" => Wait::ChanSend,
            "runtime.chanrecv" | "runtime.chanrecv1" | "runtime.chanrecv2" => Wait::ChanReceive,
            "runtime.selectgo" | "reflect.rselect" => Wait::Select,
            "sync.(*Mutex).Lock"
            | "sync.(*Mutex).lockSlow"
            | "internal/sync.(*Mutex).lockSlow"
            | "internal/sync.(*Mutex).Lock"
            | "sync.(*RWMutex).Lock"
            | "sync.(*RWMutex).RLock"
            | "sync.runtime_SemacquireMutex"
            | "sync.runtime_SemacquireRWMutex"
            | "sync.runtime_SemacquireRWMutexR"
            | "internal/sync.runtime_SemacquireMutex" => Wait::Mutex,
            "sync.(*WaitGroup).Wait" | "sync.runtime_SemacquireWaitGroup" => Wait::Group,
            "sync.(*Cond).Wait" | "sync.runtime_notifyListWait" => Wait::Cond,
            "internal/poll.runtime_pollWait" | "runtime.netpollblock" => Wait::Network,
            "time.Sleep" | "runtime.timeSleep" => Wait::Sleep,
            "runtime.coroswitch_m" | "runtime.coroswitch" => Wait::Coroutine,
            "runtime.bgsweep"
            | "runtime.bgscavenge"
            | "runtime.forcegchelper"
            | "runtime.gcBgMarkWorker"
            | "runtime.runfinq"
            | "runtime.runFinalizers"
            | "runtime.runCleanups" => Wait::Runtime,
            _ => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_semaphores_are_told_apart_by_their_stack() {
        let classify = |words, stack: &[&str]| Wait::classify(TaskState::Blocked, words, stack);
        assert_eq!(
            classify("semacquire", &["sync.runtime_Semacquire", "sync.(*WaitGroup).Wait"]),
            Wait::Group
        );
        assert_eq!(classify("semacquire", &["sync.runtime_SemacquireMutex"]), Wait::Mutex);
        assert_eq!(classify("semacquire", &["internal/poll.runtime_Semacquire"]), Wait::Semaphore);
        assert_eq!(classify("", &["runtime.gopark", "runtime.chanrecv", "main.f"]), Wait::ChanReceive);
        assert_eq!(classify("chan receive (durable)", &[]), Wait::ChanReceive);
        assert_eq!(classify("GC worker (idle)", &[]), Wait::Runtime);
        assert_eq!(classify("something new", &["main.f"]), Wait::Unknown);
        assert_eq!(Wait::classify(TaskState::Running, "", &[]), Wait::AtWork);
    }
}
