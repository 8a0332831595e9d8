//! What Linux tells about a process under `/proc`. Elsewhere nothing is found, and everything
//! that depends on it is left out.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::buildinfo::{self, BuildInfo, RustInfo};
use crate::failure::{Failure, Report};

/// A process that exists.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its pid, as this process sees it.
    pub pid: u32,
    dir: PathBuf,
}

/// Whether there is a `/proc` to ask.
pub fn is_available() -> bool {
    Path::new("/proc/self/stat").exists()
}

/// The process of this machine that listens on `address`, where that may be looked up.
pub fn owner_of(address: SocketAddr) -> Option<Process> {
    let own = Process::find(std::process::id()).filter(|_| address.ip().is_loopback())?;
    let mut listeners = own.listeners().into_iter();
    let (_, socket) = listeners.find(|&(listener, _)| reachable(listener) == address)?;
    let entries = fs::read_dir("/proc").ok()?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(Process::find).find(|process| process.has_socket(socket))
}

/// Where to connect to reach a listener: the wildcard addresses are reached on loopback.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        // Go's `:port` listens on [::] for both families.
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl Process {
    /// The process of this pid, if it exists.
    pub fn find(pid: u32) -> Option<Self> {
        let dir = PathBuf::from(format!("/proc/{pid}"));
        dir.join("stat").exists().then_some(Self { pid, dir })
    }

    /// `search-api (pid 4711)`.
    pub fn label(&self) -> String {
        format!("{} (pid {})", self.name(), self.pid)
    }

    /// Name of the executable, or what the kernel calls the process where that is not readable.
    pub fn name(&self) -> String {
        let exe = self.link("exe").and_then(|exe| Some(exe.file_name()?.to_string_lossy().into_owned()));
        let exe = exe.map(|name| name.strip_suffix(DELETED).unwrap_or(&name).to_owned());
        exe.or_else(|| Some(self.text("comm")?.trim().to_owned())).unwrap_or_else(|| "unknown".into())
    }

    /// Its environment when it started, if this user may read it.
    pub fn environment(&self) -> Option<Vec<u8>> {
        fs::read(self.dir.join("environ")).ok()
    }

    /// Its working directory, as it sees it.
    pub fn cwd(&self) -> PathBuf {
        self.link("cwd").unwrap_or_else(|| "/".into())
    }

    /// When it started, in ticks of the kernel since boot: tells it from others that had its pid.
    pub fn start_time(&self) -> Option<u64> {
        let stat = self.text("stat")?;
        // The name in the second field may hold anything.
        stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().nth(19)?.parse().ok()
    }

    /// The uid it runs under.
    pub fn uid(&self) -> Option<u32> {
        self.status("Uid")?.split_whitespace().next()?.parse().ok()
    }

    /// Home of its user, by the password file that it sees.
    pub fn home(&self) -> Option<PathBuf> {
        let uid = self.uid()?.to_string();
        let file = File::open(self.seen_from_here(Path::new("/etc/passwd"))).ok()?;
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        lines.into_iter().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let home = (*fields.get(2)? == uid).then(|| fields.get(5).copied()).flatten()?;
            home.starts_with('/').then(|| home.into())
        })
    }

    /// Its pid as it sees itself, which is the name of its port file.
    pub fn inner_pid(&self) -> u32 {
        let last = |pids: String| pids.split_whitespace().last()?.parse().ok();
        self.status("NSpid").and_then(last).unwrap_or(self.pid)
    }

    /// A path of the target, as this process can open it.
    pub fn seen_from_here(&self, path: &Path) -> PathBuf {
        let root = self.dir.join("root");
        let same_root = fs::read_link(&root).is_ok_and(|root| root == Path::new("/"));
        if same_root && self.shares_namespace("mnt") {
            return path.to_owned();
        }
        root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// An error that says how to get there, if it lives in another network.
    pub fn check_network(&self) -> Result<(), Failure> {
        if self.shares_namespace("net") {
            return Ok(());
        }
        let pid = self.pid;
        Err(Report::new(format!("{} lives in another network namespace (a container?)", self.label()))
            .and("127.0.0.1 there is not 127.0.0.1 here. Enter that network first:")
            .and(format!("sudo nsenter --net=/proc/{pid}/ns/net collector VERB {pid}"))
            .into())
    }

    /// The addresses it listens on; `None` where this user may not look them up.
    pub fn listening(&self) -> Option<Vec<SocketAddr>> {
        let sockets: HashSet<u64> = self.sockets()?.collect();
        let own = self.listeners().into_iter().filter(|(_, inode)| sockets.contains(inode));
        Some(own.map(|(address, _)| address).collect())
    }

    /// All listeners of the network that it lives in, with their inodes.
    fn listeners(&self) -> Vec<(SocketAddr, u64)> {
        let tables = ["net/tcp", "net/tcp6"].into_iter().filter_map(|table| self.text(table));
        tables.flat_map(|table| table.lines().filter_map(listener).collect::<Vec<_>>()).collect()
    }

    fn has_socket(&self, inode: u64) -> bool {
        self.sockets().is_some_and(|mut sockets| sockets.any(|own| own == inode))
    }

    /// Go's build info in its executable: an error says why it cannot be read.
    pub fn build_info(&self) -> Result<Option<BuildInfo>, String> {
        buildinfo::read(&self.dir.join("exe"))
    }

    /// What the Rust compiler left in its executable.
    pub fn rust_info(&self) -> Option<RustInfo> {
        buildinfo::read_rust(&self.dir.join("exe"))
    }

    /// Size of its executable.
    pub fn executable_bytes(&self) -> Option<u64> {
        fs::metadata(self.dir.join("exe")).ok().map(|metadata| metadata.len())
    }

    /// Whether the file it was started from is gone from its path.
    pub fn executable_deleted(&self) -> bool {
        self.link("exe").is_some_and(|exe| exe.to_string_lossy().ends_with(DELETED))
    }

    /// Whether this user may not look into it.
    pub fn is_denied(&self) -> bool {
        fs::read_link(self.dir.join("exe")).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    }

    /// Whether it is a thread of the kernel, which has no executable.
    pub fn is_kernel(&self) -> bool {
        fs::read_link(self.dir.join("exe")).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// Inodes of its open sockets; `None` if this user may not list them.
    fn sockets(&self) -> Option<impl Iterator<Item = u64>> {
        let entries = fs::read_dir(self.dir.join("fd")).ok()?;
        let links = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
        Some(
            links.filter_map(|link| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()),
        )
    }

    fn shares_namespace(&self, kind: &str) -> bool {
        let own = fs::read_link(format!("/proc/self/ns/{kind}"));
        let other = fs::read_link(self.dir.join("ns").join(kind));
        // Where the link cannot be read, nothing says that they differ.
        !matches!((own, other), (Ok(own), Ok(other)) if own != other)
    }

    fn status(&self, field: &str) -> Option<String> {
        let status = self.text("status")?;
        status.lines().find_map(|line| Some(line.strip_prefix(field)?.strip_prefix(':')?.trim().to_owned()))
    }

    fn text(&self, file: &str) -> Option<String> {
        Some(String::from_utf8_lossy(&fs::read(self.dir.join(file)).ok()?).into_owned())
    }

    fn link(&self, file: &str) -> Option<PathBuf> {
        fs::read_link(self.dir.join(file)).ok()
    }
}

/// What Linux adds to the link of an executable whose file is gone.
const DELETED: &str = " (deleted)";

/// State `LISTEN` in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// Address and inode of a line of `/proc/net/tcp` or `tcp6` that is a listener.
fn listener(line: &str) -> Option<(SocketAddr, u64)> {
    let mut fields = line.split_whitespace().skip(1);
    let local = fields.next()?;
    let state = fields.nth(1)?;
    let inode = fields.nth(5)?.parse().ok()?;
    (state == LISTEN).then(|| Some((socket_address(local)?, inode))).flatten()
}

/// `0100007F:1F90`: the address as words in the machine's byte order, the port in hex.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = if address.len() == 8 {
        IpAddr::V4(word(0)?.into())
    } else {
        let words = [word(0)?, word(8)?, word(16)?, word(24)?];
        let bytes: [u8; 16] = words.concat().try_into().ok()?;
        Ipv6Addr::from(bytes).to_canonical()
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn kernel_tables_are_read() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7437 1 0 100";
        assert_eq!(listener(line), Some(("127.0.0.1:8080".parse().unwrap(), 7437)));
        let line = "   1: 00000000000000000000000001000000:17AC 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 99 1";
        assert_eq!(listener(line), Some(("[::1]:6060".parse().unwrap(), 99)));
        let connected = "   2: 0100007F:1F90 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 7438 1";
        assert_eq!(listener(connected), None);
        assert_eq!(listener("  sl  local_address rem_address   st tx_queue"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_finds_itself_by_its_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let own = Process::find(std::process::id()).unwrap();
        assert!(own.listening().unwrap().contains(&address));
        assert_eq!(owner_of(address).map(|process| process.pid), Some(own.pid));
        assert_eq!(own.inner_pid(), own.pid);
        assert_eq!(own.seen_from_here(Path::new("/etc/x")), Path::new("/etc/x"));
        assert!(Process::find(u32::MAX).is_none());
    }
}
