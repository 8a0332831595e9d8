//! Ctrl-C, SIGTERM and SIGHUP: noted by a handler, looked at by every loop that waits.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::failure::Failure;

/// How often a loop that waits looks up.
pub const TICK: Duration = Duration::from_millis(100);

static REQUESTED: AtomicBool = AtomicBool::new(false);
static INSTALLED: Once = Once::new();

/// From here on an interrupt sets a flag instead of ending the process.
///
/// To be called only where [`check`] is looked at every [`TICK`] from then on.
pub fn install() {
    INSTALLED.call_once(|| {
        // A process without handlers still ends on Ctrl-C, only less tidily.
        let _ = ctrlc::set_handler(|| REQUESTED.store(true, Ordering::SeqCst));
    });
}

/// Whether an interrupt came.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// An error once an interrupt came.
pub fn check() -> Result<(), Failure> {
    if requested() { Err(Failure::Interrupted) } else { Ok(()) }
}
