//! The events of the format, as one table.

/// One kind of event as it stands on the wire: a type byte, then one varint for each argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The type byte.
    pub kind: u8,
    /// Go's name.
    pub name: &'static str,
    /// Minor version of the first format that has it.
    pub since: u8,
    /// Names of the arguments in wire order. `dt` first means a timed event. What follows the
    /// arguments (frames of a Stack, bytes of a String or of a batch) is not listed.
    pub args: &'static [&'static str],
}

const fn spec(kind: u8, name: &'static str, since: u8, args: &'static [&'static str]) -> Spec {
    Spec { kind, name, since, args }
}

/// All kinds, by ascending type byte. 53 to 127 are unused; from 128 on they are those of
/// experiment 1 (AllocFree).
#[rustfmt::skip]
pub const SPECS: &[Spec] = &[
    spec(1, "EventBatch", 22, &["gen", "m", "time", "size"]),
    spec(2, "Stacks", 22, &[]),
    spec(3, "Stack", 22, &["id", "nframes"]),
    spec(4, "Strings", 22, &[]),
    spec(5, "String", 22, &["id"]),
    spec(6, "CPUSamples", 22, &[]),
    spec(7, "CPUSample", 22, &["time", "m", "p", "g", "stack"]),
    spec(8, "Frequency", 22, &["freq"]),
    spec(9, "ProcsChange", 22, &["dt", "procs_value", "stack"]),
    spec(10, "ProcStart", 22, &["dt", "p", "p_seq"]),
    spec(11, "ProcStop", 22, &["dt"]),
    spec(12, "ProcSteal", 22, &["dt", "p", "p_seq", "m"]),
    spec(13, "ProcStatus", 22, &["dt", "p", "pstatus"]),
    spec(14, "GoCreate", 22, &["dt", "new_g", "new_stack", "stack"]),
    spec(15, "GoCreateSyscall", 22, &["dt", "new_g"]),
    spec(16, "GoStart", 22, &["dt", "g", "g_seq"]),
    spec(17, "GoDestroy", 22, &["dt"]),
    spec(18, "GoDestroySyscall", 22, &["dt"]),
    spec(19, "GoStop", 22, &["dt", "reason_string", "stack"]),
    spec(20, "GoBlock", 22, &["dt", "reason_string", "stack"]),
    spec(21, "GoUnblock", 22, &["dt", "g", "g_seq", "stack"]),
    spec(22, "GoSyscallBegin", 22, &["dt", "p_seq", "stack"]),
    spec(23, "GoSyscallEnd", 22, &["dt"]),
    spec(24, "GoSyscallEndBlocked", 22, &["dt"]),
    spec(25, "GoStatus", 22, &["dt", "g", "m", "gstatus"]),
    spec(26, "STWBegin", 22, &["dt", "kind_string", "stack"]),
    spec(27, "STWEnd", 22, &["dt"]),
    spec(28, "GCActive", 22, &["dt", "gc_seq"]),
    spec(29, "GCBegin", 22, &["dt", "gc_seq", "stack"]),
    spec(30, "GCEnd", 22, &["dt", "gc_seq"]),
    spec(31, "GCSweepActive", 22, &["dt", "p"]),
    spec(32, "GCSweepBegin", 22, &["dt", "stack"]),
    spec(33, "GCSweepEnd", 22, &["dt", "swept_value", "reclaimed_value"]),
    spec(34, "GCMarkAssistActive", 22, &["dt", "g"]),
    spec(35, "GCMarkAssistBegin", 22, &["dt", "stack"]),
    spec(36, "GCMarkAssistEnd", 22, &["dt"]),
    spec(37, "HeapAlloc", 22, &["dt", "heapalloc_value"]),
    spec(38, "HeapGoal", 22, &["dt", "heapgoal_value"]),
    spec(39, "GoLabel", 22, &["dt", "label_string"]),
    spec(40, "UserTaskBegin", 22, &["dt", "task", "parent_task", "name_string", "stack"]),
    spec(41, "UserTaskEnd", 22, &["dt", "task", "stack"]),
    spec(42, "UserRegionBegin", 22, &["dt", "task", "name_string", "stack"]),
    spec(43, "UserRegionEnd", 22, &["dt", "task", "name_string", "stack"]),
    spec(44, "UserLog", 22, &["dt", "task", "key_string", "value_string", "stack"]),
    spec(45, "GoSwitch", 23, &["dt", "g", "g_seq"]),
    spec(46, "GoSwitchDestroy", 23, &["dt", "g", "g_seq"]),
    spec(47, "GoCreateBlocked", 23, &["dt", "new_g", "new_stack", "stack"]),
    spec(48, "GoStatusStack", 23, &["dt", "g", "m", "gstatus", "stack"]),
    spec(49, "ExperimentalBatch", 23, &["exp", "gen", "m", "time"]),
    spec(50, "Sync", 25, &[]),
    spec(51, "ClockSnapshot", 25, &["dt", "mono", "sec", "nsec"]),
    spec(52, "EndOfGeneration", 26, &[]),
    spec(128, "Span", 23, &["dt", "id", "npages_value", "kindclass"]),
    spec(129, "SpanAlloc", 23, &["dt", "id", "npages_value", "kindclass"]),
    spec(130, "SpanFree", 23, &["dt", "id"]),
    spec(131, "HeapObject", 23, &["dt", "id", "type"]),
    spec(132, "HeapObjectAlloc", 23, &["dt", "id", "type"]),
    spec(133, "HeapObjectFree", 23, &["dt", "id"]),
    spec(134, "GoroutineStack", 23, &["dt", "id", "order"]),
    spec(135, "GoroutineStackAlloc", 23, &["dt", "id", "order"]),
    spec(136, "GoroutineStackFree", 23, &["dt", "id"]),
];

/// The type bytes that code refers to, by Go's names.
#[allow(missing_docs, reason = "the table above says what each is")]
pub mod kind {
    pub const EVENT_BATCH: u8 = 1;
    pub const STACKS: u8 = 2;
    pub const STACK: u8 = 3;
    pub const STRINGS: u8 = 4;
    pub const STRING: u8 = 5;
    pub const CPU_SAMPLES: u8 = 6;
    pub const CPU_SAMPLE: u8 = 7;
    pub const FREQUENCY: u8 = 8;
    pub const PROCS_CHANGE: u8 = 9;
    pub const PROC_START: u8 = 10;
    pub const PROC_STOP: u8 = 11;
    pub const PROC_STEAL: u8 = 12;
    pub const PROC_STATUS: u8 = 13;
    pub const GO_CREATE: u8 = 14;
    pub const GO_CREATE_SYSCALL: u8 = 15;
    pub const GO_START: u8 = 16;
    pub const GO_DESTROY: u8 = 17;
    pub const GO_DESTROY_SYSCALL: u8 = 18;
    pub const GO_STOP: u8 = 19;
    pub const GO_BLOCK: u8 = 20;
    pub const GO_UNBLOCK: u8 = 21;
    pub const GO_SYSCALL_BEGIN: u8 = 22;
    pub const GO_SYSCALL_END: u8 = 23;
    pub const GO_SYSCALL_END_BLOCKED: u8 = 24;
    pub const GO_STATUS: u8 = 25;
    pub const STW_BEGIN: u8 = 26;
    pub const STW_END: u8 = 27;
    pub const GC_ACTIVE: u8 = 28;
    pub const GC_BEGIN: u8 = 29;
    pub const GC_END: u8 = 30;
    pub const GC_SWEEP_ACTIVE: u8 = 31;
    pub const GC_SWEEP_BEGIN: u8 = 32;
    pub const GC_SWEEP_END: u8 = 33;
    pub const GC_MARK_ASSIST_ACTIVE: u8 = 34;
    pub const GC_MARK_ASSIST_BEGIN: u8 = 35;
    pub const GC_MARK_ASSIST_END: u8 = 36;
    pub const HEAP_ALLOC: u8 = 37;
    pub const HEAP_GOAL: u8 = 38;
    pub const GO_LABEL: u8 = 39;
    pub const USER_TASK_BEGIN: u8 = 40;
    pub const USER_TASK_END: u8 = 41;
    pub const USER_REGION_BEGIN: u8 = 42;
    pub const USER_REGION_END: u8 = 43;
    pub const USER_LOG: u8 = 44;
    pub const GO_SWITCH: u8 = 45;
    pub const GO_SWITCH_DESTROY: u8 = 46;
    pub const GO_CREATE_BLOCKED: u8 = 47;
    pub const GO_STATUS_STACK: u8 = 48;
    pub const EXPERIMENTAL_BATCH: u8 = 49;
    pub const SYNC: u8 = 50;
    pub const CLOCK_SNAPSHOT: u8 = 51;
    pub const END_OF_GENERATION: u8 = 52;
    /// The first type byte of experiment 1.
    pub const EXPERIMENTAL: u8 = 128;
}

/// Arguments after `dt` that a timed event may have.
pub const MAX_ARGS: usize = 4;

/// Marks a type byte that is no timed event in [`ARITY`].
pub const NOT_TIMED: u8 = u8::MAX;

/// How many varints follow `dt`, by type byte. A table of bytes, because every event asks it.
pub const ARITY: [u8; 256] = arity();

const fn arity() -> [u8; 256] {
    let mut table = [NOT_TIMED; 256];
    let mut row = 0;
    while row < SPECS.len() {
        let spec = SPECS[row];
        // ClockSnapshot has a dt but is legal only inside a Sync batch.
        if !spec.args.is_empty()
            && spec.args[0].len() == 2
            && spec.args[0].as_bytes()[0] == b'd'
            && spec.kind != kind::CLOCK_SNAPSHOT
        {
            table[spec.kind as usize] = spec.args.len() as u8 - 1;
        }
        row += 1;
    }
    table
}

/// Go's name of type byte `kind`, for messages.
pub fn name(kind: u8) -> &'static str {
    find(kind).map_or("an unknown event", |spec| spec.name)
}

/// Names of the arguments of type byte `kind`.
pub fn args(kind: u8) -> &'static [&'static str] {
    find(kind).map_or(&[], |spec| spec.args)
}

fn find(kind: u8) -> Option<&'static Spec> {
    let row = SPECS.binary_search_by_key(&kind, |spec| spec.kind).ok()?;
    SPECS.get(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_itself() {
        assert!(SPECS.windows(2).all(|pair| pair[0].kind < pair[1].kind), "ascending, no kind twice");
        for spec in SPECS {
            assert!(matches!(spec.since, 22 | 23 | 25 | 26), "{}", spec.name);
            let dts = spec.args.iter().filter(|&&arg| arg == "dt").count();
            assert_eq!(dts, usize::from(spec.args.first() == Some(&"dt")), "{}: dt comes first", spec.name);
            let timed = dts == 1 && spec.kind != kind::CLOCK_SNAPSHOT;
            let arity = ARITY[usize::from(spec.kind)];
            assert_eq!(arity != NOT_TIMED, timed, "{}", spec.name);
            assert!(!timed || usize::from(arity) <= MAX_ARGS, "{}", spec.name);
            assert_eq!(name(spec.kind), spec.name);
        }
        let names: std::collections::HashSet<_> = SPECS.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), SPECS.len());
        assert_eq!(SPECS.iter().filter(|spec| spec.kind < kind::EXPERIMENTAL).count(), 52);
        assert_eq!(ARITY.iter().filter(|&&arity| arity != NOT_TIMED).count(), 49);
        assert_eq!(name(0), "an unknown event");
        assert_eq!(ARITY[0], NOT_TIMED);
    }

    #[test]
    fn the_named_kinds_are_those_of_the_table() {
        assert_eq!(name(kind::EVENT_BATCH), "EventBatch");
        assert_eq!(name(kind::GO_SYSCALL_END_BLOCKED), "GoSyscallEndBlocked");
        assert_eq!(name(kind::GO_STATUS_STACK), "GoStatusStack");
        assert_eq!(name(kind::END_OF_GENERATION), "EndOfGeneration");
    }
}
