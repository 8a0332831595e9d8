//! Whom to ask: from a pid or an address to something that can be connected to.

mod buildinfo;
mod explain;
mod places;
mod procfs;
mod registry;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::failure::{Failure, Report, plain};
use procfs::Process;

/// A target as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetSpec {
    /// A process of this machine.
    Pid(u32),
    /// `host:port`; an empty host is this one.
    Address {
        /// Name or address, without brackets.
        host: String,
        /// Port.
        port: u16,
    },
}

impl FromStr for TargetSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((host, port)) = text.rsplit_once(':') else { return pid(text) };
        if text.contains("://") {
            return Err("expected a pid or host:port; a gops agent has no URL".into());
        }
        let port = port.parse().map_err(|_| format!("`{port}` is not a port number"))?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Ok(Self::Address { host: host.to_owned(), port })
    }
}

fn pid(text: &str) -> Result<TargetSpec, String> {
    let number = text.parse().ok().filter(|&pid| pid > 0);
    number.map(TargetSpec::Pid).ok_or_else(|| "expected a pid, host:port or :port".into())
}

/// Somebody to connect to.
#[derive(Clone, Debug)]
pub struct Target {
    /// As people know it: `search-api (pid 4711)`, `build-7:6061`.
    pub label: String,
    /// Start of file names: `search-api-4711`.
    pub stem: String,
    /// The process, where it is known.
    pub pid: Option<u32>,
    /// Where to connect, in the order to try.
    pub addresses: Vec<SocketAddr>,
    /// The port file that named the port.
    pub port_file: Option<PathBuf>,
    /// What kind of agent listens there, as far as it is known without asking.
    pub agent: Agent,
}

/// The agent of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Of a Go program, or taken for one: it speaks the gops wire.
    Go,
    /// Of a Rust program: it speaks our wire too.
    Rust {
        /// What it wants to hear from people whom the kernel does not vouch for; empty if nobody knows it.
        token: String,
    },
    /// Only asking tells.
    Unknown,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl Target {
    /// What to add to a refused connection.
    pub fn explain_refusal(&self) -> Vec<String> {
        explain::refusal(self)
    }

    /// The executable's size where it can be read, to compare a copy with.
    pub fn executable_bytes(&self) -> Option<u64> {
        Process::find(self.pid?)?.executable_bytes()
    }

    /// Whether the executable was deleted or replaced since the process started.
    pub fn executable_deleted(&self) -> bool {
        self.pid.and_then(Process::find).is_some_and(|process| process.executable_deleted())
    }
}

/// Finds the target: reads the files that its agent left, looks up the name of a host. Who gives a
/// token means an agent of a Rust program.
pub fn resolve(spec: &TargetSpec, token: Option<&str>) -> Result<Target, Failure> {
    let mut target = match spec {
        TargetSpec::Pid(pid) => by_pid(*pid)?,
        TargetSpec::Address { host, port } => by_address(host, *port)?,
    };
    if let Some(token) = token {
        target.agent = Agent::Rust { token: token.to_owned() };
    }
    Ok(target)
}

fn by_address(host: &str, port: u16) -> Result<Target, Failure> {
    let name = if host.is_empty() { "127.0.0.1" } else { host };
    let label = if name.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") };
    let addresses: Vec<_> =
        (name, port).to_socket_addrs().map_err(|error| unknown_host(name, &error))?.collect();
    if addresses.is_empty() {
        return Err(Failure::failed(format!("host {name} has no address")));
    }
    let owner = addresses.iter().find_map(|&address| procfs::owner_of(address));
    Ok(Target {
        stem: owner.as_ref().map_or_else(|| file_safe(&format!("{name}-{port}")), stem_of),
        agent: owner.as_ref().map_or(Agent::Unknown, |owner| agent_of(owner, port)),
        pid: owner.map(|process| process.pid),
        label,
        addresses,
        port_file: None,
    })
}

/// What the process says about the agent on that port.
fn agent_of(process: &Process, port: u16) -> Agent {
    let places = places::for_process(process.pid, Some(process));
    match registry::find(&places, process) {
        Some((_, registry)) if registry.addr.port() == port => Agent::Rust { token: registry.token },
        _ => Agent::Go,
    }
}

fn unknown_host(name: &str, error: &std::io::Error) -> Failure {
    Report::new(format!("cannot find host {name}: {}", plain(error)))
        .and("Check the name, or give the address itself.")
        .into()
}

fn by_pid(pid: u32) -> Result<Target, Failure> {
    let process = Process::find(pid);
    let places = places::for_process(pid, process.as_ref());
    let registry = process.as_ref().and_then(|process| registry::find(&places, process));
    if let (Some(process), Some((file, registry))) = (&process, registry) {
        return by_registry(process, file, registry);
    }
    let Some((port_file, port)) = places::first_port(&places)? else {
        return Err(explain::no_port_file(pid, process.as_ref(), &places).into());
    };
    if procfs::is_available() && process.is_none() {
        return Err(explain::stale(pid, &port_file).into());
    }
    let address = match &process {
        Some(process) => listener_of(process, port, &port_file)?,
        None => (Ipv4Addr::LOCALHOST, port).into(),
    };
    Ok(Target {
        label: process.as_ref().map_or_else(|| format!("pid {pid}"), Process::label),
        stem: process.as_ref().map_or_else(|| format!("pid-{pid}"), stem_of),
        pid: Some(pid),
        addresses: vec![address],
        port_file: Some(port_file),
        agent: Agent::Go,
    })
}

fn by_registry(process: &Process, file: PathBuf, registry: registry::Registry) -> Result<Target, Failure> {
    process.check_network()?;
    Ok(Target {
        label: process.label(),
        stem: stem_of(process),
        pid: Some(process.pid),
        addresses: vec![procfs::reachable(registry.addr)],
        port_file: Some(file),
        agent: Agent::Rust { token: registry.token },
    })
}

/// Where the process listens on `port`, since the port file does not name the host; loopback
/// where that cannot be looked up. Asking somebody else's agent by mistake is an error.
fn listener_of(process: &Process, port: u16, port_file: &Path) -> Result<SocketAddr, Failure> {
    process.check_network()?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Some(listening) = process.listening() else { return Ok(loopback) };
    let own = listening.into_iter().filter(|address| address.port() == port).map(procfs::reachable);
    let nearest = own.min_by_key(|&address| (address != loopback, address.is_ipv6()));
    nearest.ok_or_else(|| explain::not_listening(process, port_file, port).into())
}

fn stem_of(process: &Process) -> String {
    format!("{}-{}", file_safe(&process.name()), process.pid)
}

/// A name without anything that means something in a path or a shell.
fn file_safe(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "._-+".contains(c) { c } else { '_' };
    let name: String = name.chars().map(safe).take(80).collect();
    name.trim_start_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, port: u16) -> Result<TargetSpec, String> {
        Ok(TargetSpec::Address { host: host.into(), port })
    }

    #[test]
    fn targets_are_pids_or_addresses() {
        assert_eq!("4711".parse(), Ok(TargetSpec::Pid(4711)));
        assert_eq!("build-7:6061".parse(), address("build-7", 6061));
        assert_eq!(":6061".parse(), address("", 6061));
        assert_eq!("[::1]:6061".parse(), address("::1", 6061));
        for bad in ["0", "-4", "search-api", "host:http", "http://host:80", ""] {
            assert!(bad.parse::<TargetSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_files_are_harmless() {
        assert_eq!(file_safe("../a b/c"), "_a_b_c");
        assert_eq!(file_safe("-rf"), "rf");
        assert_eq!(file_safe("größe"), "größe");
    }
}
