//! The events of format v1, as one table.

/// One kind of event: the name, the first header that has it, and how many varints it has on the wire, the step
/// in time included. What follows the varints (frames, texts) does not count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    /// Go's name.
    pub name: &'static str,
    /// Minor version of the first header that has it.
    pub since: u32,
    /// Varints on the wire. Those of a Stack are counted by the stack itself.
    pub arity: u8,
}

/// Most varints of any event but a Stack.
pub(crate) const MAX_ARITY: usize = 5;

/// Type bytes, without the two bits that count arguments.
pub(crate) mod kind {
    pub const BATCH: u8 = 1;
    pub const FREQUENCY: u8 = 2;
    pub const STACK: u8 = 3;
    pub const GOMAXPROCS: u8 = 4;
    pub const PROC_START: u8 = 5;
    pub const PROC_STOP: u8 = 6;
    pub const GC_START: u8 = 7;
    pub const GC_DONE: u8 = 8;
    pub const STW_START: u8 = 9;
    pub const STW_DONE: u8 = 10;
    pub const GC_SWEEP_START: u8 = 11;
    pub const GC_SWEEP_DONE: u8 = 12;
    pub const GO_CREATE: u8 = 13;
    pub const GO_START: u8 = 14;
    pub const GO_END: u8 = 15;
    pub const GO_STOP: u8 = 16;
    pub const GO_SCHED: u8 = 17;
    pub const GO_PREEMPT: u8 = 18;
    pub const GO_SLEEP: u8 = 19;
    pub const GO_BLOCK: u8 = 20;
    pub const GO_UNBLOCK: u8 = 21;
    pub const GO_BLOCK_SEND: u8 = 22;
    pub const GO_BLOCK_RECV: u8 = 23;
    pub const GO_BLOCK_SELECT: u8 = 24;
    pub const GO_BLOCK_SYNC: u8 = 25;
    pub const GO_BLOCK_COND: u8 = 26;
    pub const GO_BLOCK_NET: u8 = 27;
    pub const GO_SYS_CALL: u8 = 28;
    pub const GO_SYS_EXIT: u8 = 29;
    pub const GO_SYS_BLOCK: u8 = 30;
    pub const GO_WAITING: u8 = 31;
    pub const GO_IN_SYSCALL: u8 = 32;
    pub const HEAP_ALLOC: u8 = 33;
    pub const HEAP_GOAL: u8 = 34;
    pub const TIMER_GOROUTINE: u8 = 35;
    pub const FUTILE_WAKEUP: u8 = 36;
    pub const STRING: u8 = 37;
    pub const GO_START_LOCAL: u8 = 38;
    pub const GO_UNBLOCK_LOCAL: u8 = 39;
    pub const GO_SYS_EXIT_LOCAL: u8 = 40;
    pub const GO_START_LABEL: u8 = 41;
    pub const GO_BLOCK_GC: u8 = 42;
    pub const GC_MARK_ASSIST_START: u8 = 43;
    pub const GC_MARK_ASSIST_DONE: u8 = 44;
    pub const USER_TASK_CREATE: u8 = 45;
    pub const USER_TASK_END: u8 = 46;
    pub const USER_REGION: u8 = 47;
    pub const USER_LOG: u8 = 48;
    pub const CPU_SAMPLE: u8 = 49;
}

const fn spec(name: &'static str, since: u32, arity: u8) -> Spec {
    Spec { name, since, arity }
}

/// All kinds by type byte; 0 is none.
#[rustfmt::skip]
const SPECS: [Spec; 50] = [
    spec("None", u32::MAX, 0),
    spec("Batch", 11, 2),
    spec("Frequency", 11, 1),
    spec("Stack", 11, 0),
    spec("Gomaxprocs", 11, 3),
    spec("ProcStart", 11, 2),
    spec("ProcStop", 11, 1),
    spec("GCStart", 11, 3),
    spec("GCDone", 11, 1),
    spec("STWStart", 11, 2),
    spec("STWDone", 11, 1),
    spec("GCSweepStart", 11, 2),
    spec("GCSweepDone", 11, 3),
    spec("GoCreate", 11, 4),
    spec("GoStart", 11, 3),
    spec("GoEnd", 11, 1),
    spec("GoStop", 11, 2),
    spec("GoSched", 11, 2),
    spec("GoPreempt", 11, 2),
    spec("GoSleep", 11, 2),
    spec("GoBlock", 11, 2),
    spec("GoUnblock", 11, 4),
    spec("GoBlockSend", 11, 2),
    spec("GoBlockRecv", 11, 2),
    spec("GoBlockSelect", 11, 2),
    spec("GoBlockSync", 11, 2),
    spec("GoBlockCond", 11, 2),
    spec("GoBlockNet", 11, 2),
    spec("GoSysCall", 11, 2),
    spec("GoSysExit", 11, 4),
    spec("GoSysBlock", 11, 1),
    spec("GoWaiting", 11, 2),
    spec("GoInSyscall", 11, 2),
    spec("HeapAlloc", 11, 2),
    spec("HeapGoal", 11, 2),
    spec("TimerGoroutine", 11, 1),
    spec("FutileWakeup", 11, 1),
    spec("String", 11, 1),
    spec("GoStartLocal", 11, 2),
    spec("GoUnblockLocal", 11, 3),
    spec("GoSysExitLocal", 11, 3),
    spec("GoStartLabel", 11, 4),
    spec("GoBlockGC", 11, 2),
    spec("GCMarkAssistStart", 11, 2),
    spec("GCMarkAssistDone", 11, 1),
    spec("UserTaskCreate", 11, 5),
    spec("UserTaskEnd", 11, 3),
    spec("UserRegion", 11, 5),
    spec("UserLog", 11, 4),
    spec("CPUSample", 19, 5),
];

/// The kind of type byte `kind` in a file with header `minor`.
pub(crate) fn spec_of(kind: u8, minor: u32) -> Option<&'static Spec> {
    SPECS.get(usize::from(kind)).filter(|spec| spec.since <= minor)
}

/// Go's name of `kind`.
pub(crate) fn name(kind: u8) -> &'static str {
    SPECS.get(usize::from(kind)).map_or("", |spec| spec.name)
}

/// Why the world was stopped, by number. Headers before 1.21 know only the two of the collector, one lower.
pub(crate) fn stop_reason(number: u64, minor: u32) -> &'static str {
    const REASONS: [&str; 17] = [
        "unknown",
        "GC mark termination",
        "GC sweep termination",
        "write heap dump",
        "goroutine profile",
        "goroutine profile cleanup",
        "all goroutines stack trace",
        "read mem stats",
        "AllThreadsSyscall",
        "GOMAXPROCS",
        "start trace",
        "stop trace",
        "CountPagesInUse (test)",
        "ReadMetricsSlow (test)",
        "ReadMemStatsSlow (test)",
        "PageCachePagesLeaked (test)",
        "ResetDebugLog (test)",
    ];
    let number = match number {
        0 | 1 if minor < 21 => number + 1,
        _ if minor < 21 => 0,
        _ => number,
    };
    usize::try_from(number).ok().and_then(|number| REASONS.get(number)).copied().unwrap_or(REASONS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_its_type_bytes() {
        for (kind, wanted) in [
            (kind::BATCH, "Batch"),
            (kind::GO_CREATE, "GoCreate"),
            (kind::GO_SYS_EXIT, "GoSysExit"),
            (kind::STRING, "String"),
            (kind::GO_START_LABEL, "GoStartLabel"),
            (kind::CPU_SAMPLE, "CPUSample"),
        ] {
            assert_eq!(name(kind), wanted);
        }
        assert!(SPECS.iter().all(|spec| usize::from(spec.arity) <= MAX_ARITY));
        assert!(spec_of(0, 21).is_none() && spec_of(50, 21).is_none());
        assert!(spec_of(kind::CPU_SAMPLE, 11).is_none() && spec_of(kind::CPU_SAMPLE, 19).is_some());
    }

    #[test]
    fn reasons_to_stop_the_world_moved_in_1_21() {
        assert_eq!(stop_reason(0, 19), "GC mark termination");
        assert_eq!(stop_reason(1, 11), "GC sweep termination");
        assert_eq!(stop_reason(2, 19), "unknown");
        assert_eq!(stop_reason(1, 21), "GC mark termination");
        assert_eq!(stop_reason(11, 21), "stop trace");
        assert_eq!(stop_reason(u64::MAX, 21), "unknown");
    }
}
