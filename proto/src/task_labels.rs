//! What a dump of Rust tasks says in the labels of each block, beyond what Go's grammar has words for.
//!
//! ```text
//! goroutine 12 [sync.Mutex.Lock, 3 minutes] {name: refill, polls: 17, registered: 2, type: "shop::refill::{{closure}}", waiting_ms: 184210, wakers: 1}:
//! tokio::sync::batch_semaphore::Acquire::poll(...)
//!     /src/batch_semaphore.rs:12 +0x1d
//! created by shop::main in goroutine 3
//!     /src/main.rs:40
//! ```
//!
//! Keys are written in the order of the alphabet, as Go writes them. A value that is not known is left out.

/// The name that the program gave the task.
pub const NAME: &str = "name";

/// The future's type, as the compiler names it.
pub const TYPE: &str = "type";

/// How often the task was polled.
pub const POLLS: &str = "polls";

/// For how long the task has been in its state, in milliseconds; Go's minutes are too coarse for two looks
/// some seconds apart.
pub const WAITING_MS: &str = "waiting_ms";

/// What the task waits for in the words of Rust's libraries; the state says it in Go's.
pub const WAIT: &str = "wait";

/// How often it woke itself while it ran.
pub const SELF_WAKES: &str = "self_wakes";

/// How long ago the task was spawned, in milliseconds.
pub const AGE_MS: &str = "age_ms";

/// How often it was woken, or woken again while it ran.
pub const WAKES: &str = "wakes";

/// The task that woke it last, or `thread 123`.
pub const WOKEN_BY: &str = "woken_by";

/// How many wakers of the task live: 0 for a waiting task means that nothing is left that could wake it.
pub const WAKERS: &str = "wakers";

/// Whether the task ever handed out a waker: `0` or `1`. 0 for a task that was polled means that it never
/// asked anything to wake it.
pub const REGISTERED: &str = "registered";

/// The runtime that the task runs on.
pub const RUNTIME: &str = "runtime";

/// What runs the task, where it is not a runtime: one of the words below.
pub const KIND: &str = "kind";

/// [`KIND`]: a closure on a thread of the blocking pool.
pub const BLOCKING: &str = "blocking";

/// [`KIND`]: the future that `block_on` drives.
pub const ROOT: &str = "root";

/// [`KIND`]: a task that stays on its thread, of a `LocalSet`.
pub const LOCAL: &str = "local";

/// [`KIND`]: a future inside of another task.
pub const WRAPPED: &str = "wrapped";

/// [`KIND`]: a task that others spawned, which only the runtime's hooks know.
pub const FOREIGN: &str = "foreign";

/// Threads are blocks too: their ids are this plus the kernel's number, far above those of tasks.
pub const THREAD_IDS: u64 = 1_000_000_000_000_000;

/// The name of a thread; only threads have it.
pub const THREAD: &str = "thread";

/// The kernel's number of a thread.
pub const TID: &str = "tid";

/// The system call that a thread is in.
pub const SYSCALL: &str = "syscall";

/// CPU time that a thread has used, in milliseconds.
pub const CPU_MS: &str = "cpu_ms";

/// Why a thread has no stack: `not asked`, `no answer`.
pub const STACK: &str = "stack";

/// The task that runs on a thread.
pub const TASK: &str = "task";

/// The function whose code a future of this type is: for an async block the one where it stands.
pub fn function_of_type(type_name: &str) -> String {
    type_name.replace("::{{closure}}", "")
}
