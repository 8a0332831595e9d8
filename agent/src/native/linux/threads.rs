//! The threads of this process, as the kernel lists them.

use std::fs;

/// A thread, without its stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Thread {
    /// The kernel's number of it.
    pub(crate) tid: u32,
    /// Its name, at most 15 bytes.
    pub(crate) name: String,
    /// The kernel's letter: R, S, D, T, Z …
    pub(crate) state: char,
    /// CPU time it used, ns.
    pub(crate) cpu_ns: u64,
    /// When it started, in ticks since the system did: tells threads with the same number apart.
    pub(crate) started: u64,
}

/// What a thread does in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InKernel {
    /// The system call; negative when it waits for something else, like a page.
    pub(super) call: i64,
    /// Its stack pointer in the program.
    pub(super) sp: u64,
}

/// The numbers of all threads; empty if the system does not tell.
pub(crate) fn tids() -> Vec<u32> {
    let entries = fs::read_dir("/proc/self/task").into_iter().flatten();
    let mut tids: Vec<u32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    tids.sort_unstable();
    tids
}

/// What is known of a thread; `None` if it has ended.
pub(crate) fn look(tid: u32) -> Option<Thread> {
    // The name is in parentheses and may contain anything, so the last one ends it.
    let stat = fs::read(format!("/proc/self/task/{tid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let (head, tail) = stat.rsplit_once(')')?;
    let mut fields = tail.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // Field 22 of the whole line, of which 3 are behind us.
    let started = fields.nth(18)?.parse().ok()?;
    let name = head.split_once('(').map(|(_, name)| name.to_owned()).unwrap_or_default();
    Some(Thread { tid, name, state, cpu_ns: cpu_ns(tid).unwrap_or(0), started })
}

/// The system call that a thread is in; `None` if it runs in the program or the kernel does not tell.
pub(super) fn in_kernel(tid: u32) -> Option<InKernel> {
    let text = fs::read_to_string(format!("/proc/self/task/{tid}/syscall")).ok()?;
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let call = fields.first()?.parse().ok()?;
    // The last two are the stack pointer and the instruction; arguments come between for a real call.
    let sp = fields.len().checked_sub(2).and_then(|at| fields.get(at)).filter(|_| fields.len() >= 3)?;
    Some(InKernel { call, sp: u64::from_str_radix(sp.strip_prefix("0x")?, 16).ok()? })
}

/// The clock of a thread's CPU time.
pub(crate) fn cpu_clock(tid: u32) -> libc::clockid_t {
    // CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED, as the kernel builds these numbers.
    (!tid << 3 | 6).cast_signed()
}

fn cpu_ns(tid: u32) -> Option<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct; a thread that has ended is an error.
    let status = unsafe { libc::clock_gettime(cpu_clock(tid), &raw mut time) };
    (status == 0).then(|| time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned())
}

/// The system calls in which threads are met, by name.
pub(super) fn call_name(call: i64) -> Option<&'static str> {
    let names = [
        (libc::SYS_futex, "futex"),
        (libc::SYS_epoll_pwait, "epoll_wait"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_epoll_wait, "epoll_wait"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_poll, "poll"),
        (libc::SYS_ppoll, "poll"),
        (libc::SYS_pselect6, "select"),
        (libc::SYS_read, "read"),
        (libc::SYS_write, "write"),
        (libc::SYS_readv, "readv"),
        (libc::SYS_writev, "writev"),
        (libc::SYS_pread64, "pread"),
        (libc::SYS_pwrite64, "pwrite"),
        (libc::SYS_recvfrom, "recvfrom"),
        (libc::SYS_recvmsg, "recvmsg"),
        (libc::SYS_sendto, "sendto"),
        (libc::SYS_sendmsg, "sendmsg"),
        (libc::SYS_connect, "connect"),
        (libc::SYS_accept, "accept"),
        (libc::SYS_accept4, "accept"),
        (libc::SYS_nanosleep, "nanosleep"),
        (libc::SYS_clock_nanosleep, "nanosleep"),
        (libc::SYS_restart_syscall, "restart_syscall"),
        (libc::SYS_rt_sigtimedwait, "sigwait"),
        (libc::SYS_wait4, "wait"),
        (libc::SYS_waitid, "wait"),
        (libc::SYS_fsync, "fsync"),
        (libc::SYS_fdatasync, "fdatasync"),
        (libc::SYS_flock, "flock"),
        (libc::SYS_io_uring_enter, "io_uring_enter"),
        (libc::SYS_openat, "openat"),
        (libc::SYS_getdents64, "getdents"),
        (libc::SYS_madvise, "madvise"),
        (libc::SYS_mmap, "mmap"),
        (libc::SYS_munmap, "munmap"),
    ];
    names.into_iter().find(|&(number, _)| number == call).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_thread_is_listed_with_its_call() {
        let (tell, told) = std::sync::mpsc::channel();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("odd) name (".into());
        let thread = thread.spawn(move || {
            // SAFETY: no arguments, cannot fail.
            tell.send(unsafe { libc::gettid() }.cast_unsigned()).expect("somebody listens");
            finished.recv().expect_err("the other end is dropped");
        });
        let tid = told.recv().expect("it tells");
        assert!(tids().contains(&tid));
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while in_kernel(tid).is_none_or(|call| call_name(call.call) != Some("futex")) {
            assert!(std::time::Instant::now() < deadline, "it waits on a futex");
            std::thread::yield_now();
        }
        let seen = look(tid).expect("it lives");
        assert_eq!((seen.name.as_str(), seen.state), ("odd) name (", 'S'));
        assert!(seen.cpu_ns > 0 && seen.started > 0);
        drop(finish);
        thread.expect("started").join().expect("no panic");
        assert_eq!(look(0), None, "there is no thread 0");
    }
}
