//! The executable that runs, even if its file was replaced or deleted meanwhile.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::PathBuf;

use crate::service::{Refused, Stop};

/// Copies it to `out`.
pub(super) fn copy(out: &mut dyn Write, stop: &Stop) -> Result<(), Refused> {
    let path = path()?;
    let mut file = File::open(&path)?;
    let mut buffer = vec![0; 128 << 10];
    while !stop.is_set() {
        match file.read(&mut buffer)? {
            0 => break,
            count => out.write_all(buffer.get(..count).unwrap_or_default())?,
        }
    }
    Ok(())
}

/// Linux keeps the file of a running program under this name, whatever became of its path.
pub(super) fn path() -> Result<PathBuf, Refused> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { Ok(std::env::current_exe()?) }
}
