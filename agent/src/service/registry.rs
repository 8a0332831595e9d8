//! The registry file: JSON, a key a line, so that reading it back needs no JSON reader here.

use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;

use super::identity::{self, Identity};
use crate::native;

/// Version of the file; a reader that does not know it leaves the file alone.
const FORMAT: u32 = 1;

/// Name of the file of a process.
pub(super) fn name(pid: u32) -> String {
    format!("{pid}.json")
}

/// The whole file.
pub(super) fn text(identity: &Identity, address: SocketAddr, token: &str) -> String {
    let modules = native::modules();
    let build_id = modules.0.iter().find(|module| module.main).map_or("", |module| &module.build_id);
    let mut text = format!("{{\n  \"taskscope_agent\": {FORMAT},\n  \"pid\": {},\n", identity.pid);
    text.push_str(&format!("  \"start_time\": {},\n", identity.start_time));
    for (key, value) in [
        ("boot", identity.boot.as_str()),
        ("pid_namespace", &identity.pid_namespace),
        ("addr", &address.to_string()),
        ("token", token),
        ("exe", &identity::executable().to_string_lossy()),
        ("build_id", build_id),
        ("agent", env!("CARGO_PKG_VERSION")),
    ] {
        text.push_str(&format!("  \"{key}\": {},\n", quoted(value)));
    }
    text.push_str(&format!("  \"protocol\": {}\n}}\n", taskscope_proto::agent::PROTOCOL));
    text
}

/// Whose file this is; `None` if it is none of ours.
pub(super) fn read(path: &Path) -> Option<Identity> {
    let pid: u32 = path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok()?;
    let mut text = String::new();
    File::open(path).ok()?.take(64 << 10).read_to_string(&mut text).ok()?;
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(&format!("\"{key}\": ")))?;
        Some(line.trim_end_matches(',').trim_matches('"').to_owned())
    };
    let ours = value("taskscope_agent")? == FORMAT.to_string() && value("pid")? == pid.to_string();
    ours.then_some(())?;
    Some(Identity {
        pid,
        start_time: value("start_time")?.parse().ok()?,
        boot: value("boot")?,
        pid_namespace: value("pid_namespace")?,
    })
}

/// As JSON writes text.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted() {
        assert_eq!(quoted("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
    }
}
