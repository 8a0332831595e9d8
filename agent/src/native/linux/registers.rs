//! The few registers that unwinding begins with.

#[cfg(target_arch = "aarch64")]
use framehop::aarch64::UnwindRegsAarch64 as Native;
#[cfg(target_arch = "x86_64")]
use framehop::x86_64::UnwindRegsX86_64 as Native;

/// Registers of one moment of one thread.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Registers {
    /// The instruction that is running.
    pub(crate) pc: u64,
    /// The stack pointer.
    pub(crate) sp: u64,
    /// The frame pointer, if the code keeps one there.
    pub(crate) fp: u64,
    /// The link register.
    #[cfg(target_arch = "aarch64")]
    pub(crate) lr: u64,
}

impl Registers {
    /// None.
    pub(crate) const ZERO: Self = Self {
        pc: 0,
        sp: 0,
        fp: 0,
        #[cfg(target_arch = "aarch64")]
        lr: 0,
    };

    /// Those of this very place.
    #[inline(always)]
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn here() -> Self {
        let (pc, sp, fp);
        // SAFETY: only reads registers.
        unsafe {
            std::arch::asm!(
                "lea {pc}, [rip]", "mov {sp}, rsp", "mov {fp}, rbp",
                pc = out(reg) pc, sp = out(reg) sp, fp = out(reg) fp,
                options(nomem, nostack, preserves_flags)
            );
        }
        Self { pc, sp, fp }
    }

    /// Those of this very place.
    #[inline(always)]
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn here() -> Self {
        let (pc, sp, fp, lr);
        // SAFETY: only reads registers.
        unsafe {
            std::arch::asm!(
                "adr {pc}, .", "mov {sp}, sp", "mov {fp}, x29", "mov {lr}, x30",
                pc = out(reg) pc, sp = out(reg) sp, fp = out(reg) fp, lr = out(reg) lr,
                options(nomem, nostack, preserves_flags)
            );
        }
        Self { pc, sp, fp, lr }
    }

    /// Those of the moment at which a signal came.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn of_signal(context: &libc::ucontext_t) -> Self {
        let register = |which: libc::c_int| {
            let index = usize::try_from(which).unwrap_or(usize::MAX);
            context.uc_mcontext.gregs.get(index).map_or(0, |&value| value.cast_unsigned())
        };
        Self { pc: register(libc::REG_RIP), sp: register(libc::REG_RSP), fp: register(libc::REG_RBP) }
    }

    /// Those of the moment at which a signal came.
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn of_signal(context: &libc::ucontext_t) -> Self {
        let machine = &context.uc_mcontext;
        let [.., fp, lr] = machine.regs;
        Self { pc: machine.pc, sp: machine.sp, fp, lr }
    }

    #[cfg(target_arch = "x86_64")]
    pub(super) fn native(&self) -> Native {
        Native::new(self.pc, self.sp, self.fp)
    }

    #[cfg(target_arch = "aarch64")]
    pub(super) fn native(&self) -> Native {
        Native::new(self.lr, self.sp, self.fp)
    }
}
