//! Why a target cannot be found or reached, in words that say what to do next.

use std::path::Path;

use super::Target;
use super::buildinfo::RustInfo;
use super::places::Place;
use super::procfs::{self, Process};
use crate::failure::Report;

/// No place had a port file.
pub fn no_port_file(pid: u32, process: Option<&Process>, places: &[Place]) -> Report {
    let Some(process) = process else { return no_process(pid, places) };
    let report = Report::new(format!("{} has no gops port file", process.label()));
    let report = looked_in(report, places).and_maybe(not_readable(process));
    advice(process).into_iter().fold(report, Report::and)
}

/// The port file names a process that is gone.
pub fn stale(pid: u32, port_file: &Path) -> Report {
    Report::new(format!("no process has pid {pid}"))
        .and(format!("Its port file {} was left behind; it can be deleted.", port_file.display()))
        .and("For a process of another pid namespace give the agent's host:port.")
}

/// The port file names a port on which the process does not listen.
pub fn not_listening(process: &Process, port_file: &Path, port: u16) -> Report {
    Report::new(format!("{} does not listen on port {port}", process.label()))
        .and(format!("That port comes from {}, which is left over", port_file.display()))
        .and("from an earlier process with this pid, or from an agent that was closed.")
        .and_maybe(listening_elsewhere(process))
}

/// Nobody listens where the target should.
pub fn refusal(target: &Target) -> Vec<String> {
    let Some(port_file) = &target.port_file else {
        return vec![
            "Nothing listens there. Check the port: the agent picks a new one at every start unless the"
                .into(),
            "program sets one (agent.Options.Addr, Builder::addr). On the same machine the pid is enough."
                .into(),
        ];
    };
    let process = target.pid.and_then(Process::find);
    let listening = process.as_ref().and_then(listening_elsewhere);
    let stale = format!("The port comes from {}, which may be left over", port_file.display());
    let stale = format!("{stale} from an earlier process or a closed agent.");
    std::iter::once(stale).chain(listening).collect()
}

fn no_process(pid: u32, places: &[Place]) -> Report {
    if !procfs::is_available() {
        let report = looked_in(Report::new(format!("pid {pid} has no gops port file")), places);
        return report
            .and("Does the process exist, and does it call agent.Listen of github.com/google/gops?");
    }
    let report = Report::new(format!("no process has pid {pid}"));
    let port = u16::try_from(pid).ok().filter(|&port| port >= 1024);
    report.and_maybe(port.map(|port| format!("If {port} is the agent's port, write :{port}")))
}

fn looked_in(report: Report, places: &[Place]) -> Report {
    let line = |place: &Place| format!("looked for {} ({})", place.path.display(), place.why);
    places.iter().map(line).fold(report, Report::and)
}

fn not_readable(process: &Process) -> Option<String> {
    let owner = process.uid().map_or_else(String::new, |uid| format!(" (uid {uid})"));
    let advice = format!("Its files are not readable for this user. Run this as its user{owner} or as root.");
    if process.is_kernel() {
        return Some("It is a thread of the kernel, not a program.".into());
    }
    process.is_denied().then_some(advice)
}

/// What the executable says about the agent.
fn advice(process: &Process) -> Vec<String> {
    let Ok(info) = process.build_info() else { return Vec::new() };
    let Some(info) = info else {
        if let Some(rust) = process.rust_info() {
            return rust_advice(process, &rust);
        }
        return vec!["It is no Go or Rust program, or what says so was removed from its executable.".into()];
    };
    let Some(version) = info.gops_version() else { return not_linked(&info.go_version, &info.modules) };
    let version = if version.is_empty() { String::new() } else { format!(" {version}") };
    let linked =
        format!("github.com/google/gops{version} is linked in, so the agent is not started (agent.Listen)");
    let elsewhere =
        "or writes its port file elsewhere (agent.Options.ConfigDir): set GOPS_CONFIG_DIR to that folder.";
    [linked, elsewhere.into()].into_iter().chain(listening_elsewhere(process)).collect()
}

fn rust_advice(process: &Process, rust: &RustInfo) -> Vec<String> {
    let is = format!("It is a Rust program (rustc {})", rust.version);
    if !rust.has_agent {
        return vec![
            format!("{is} without our agent."),
            "Add the crate taskscope-agent and, in main: let _agent = taskscope_agent::Builder::new().listen()?;"
                .into(),
        ];
    }
    let linked = format!("{is} with our agent linked in, so the agent does not run (Builder::listen)");
    let elsewhere =
        "or writes its files elsewhere (Builder::config_dir): set GOPS_CONFIG_DIR to that folder.";
    [linked, elsewhere.into()].into_iter().chain(listening_elsewhere(process)).collect()
}

fn not_linked(go_version: &str, modules: &str) -> Vec<String> {
    if modules.is_empty() {
        return vec![
            "It is a Go program; its build info does not say whether the agent is linked in.".into(),
        ];
    }
    vec![
        format!("It is a Go program ({go_version}) without github.com/google/gops in its build info."),
        "Import github.com/google/gops/agent and call agent.Listen(agent.Options{}) in main.".into(),
    ]
}

fn listening_elsewhere(process: &Process) -> Option<String> {
    let addresses = process.listening().filter(|addresses| !addresses.is_empty())?;
    let list: Vec<String> =
        addresses.into_iter().map(|address| procfs::reachable(address).to_string()).collect();
    Some(format!("It listens on {}; one may be the agent: give that as the target.", list.join(", ")))
}
