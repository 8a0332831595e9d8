//! A stack as addresses.

/// The most frames that are kept of a stack; the frames nearest to the leaf are.
pub(crate) const MAX_FRAMES: usize = 256;

/// A stack as addresses, leaf first.
///
/// Every address lies inside the instruction that was running or calling, so it can be looked up as
/// it is: return addresses have 1 subtracted already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct RawStack {
    /// The addresses in the process's memory.
    pub(crate) pcs: Box<[u64]>,
    /// Whether the root is missing: too deep, or the unwinder lost its way.
    pub(crate) truncated: bool,
}

/// Room for a stack that is being taken; lives on the stack of who takes it.
#[derive(Debug)]
pub(crate) struct Frames {
    pcs: [u64; MAX_FRAMES],
    len: usize,
    skip: u32,
    /// See [`RawStack::truncated`].
    pub(crate) truncated: bool,
}

impl Frames {
    /// No frames yet; the first `skip` that come are left out.
    pub(crate) fn new(skip: u32) -> Self {
        Self { pcs: [0; MAX_FRAMES], len: 0, skip, truncated: false }
    }

    /// The addresses so far, leaf first.
    pub(crate) fn pcs(&self) -> &[u64] {
        self.pcs.get(..self.len).unwrap_or_default()
    }

    /// Adds a frame; false when there is no room for more.
    pub(crate) fn push(&mut self, pc: u64) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return true;
        }
        let Some(place) = self.pcs.get_mut(self.len) else {
            self.truncated = true;
            return false;
        };
        *place = pc;
        self.len += 1;
        true
    }

    /// The same, to keep.
    pub(crate) fn to_raw(&self) -> RawStack {
        RawStack { pcs: self.pcs().into(), truncated: self.truncated }
    }
}
