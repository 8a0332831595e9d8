//! How the agent is started.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;

use crate::service::{self, Presence, Service, Where};

/// Starts the agent. The one line that a program needs:
///
/// ```no_run
/// let _agent = taskscope_agent::Builder::new().listen()?;
/// # Ok::<(), taskscope_agent::ListenError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing listens until `listen` is called"]
pub struct Builder {
    addr: String,
    config_dir: Option<PathBuf>,
    shutdown_cleanup: bool,
    token: Option<String>,
    allow_remote: bool,
    runtimes: Vec<Handle>,
}

/// The running agent. It answers until it is dropped; dropping it removes its files.
#[derive(Debug)]
#[must_use = "the agent ends when this is dropped; bind it to a name such as `_agent`"]
pub struct Agent {
    // Dropped in this order: nobody finds what no longer listens.
    presence: Presence,
    service: Service,
    _claim: Claim,
}

/// Why the agent does not listen. The program can go on without it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address cannot be read, or its host is not known.
    #[error("cannot listen on {addr}: {source}")]
    Address {
        /// As it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// Anybody on the network could connect, and that was not allowed.
    #[error("{addr} can be reached from other machines; `Builder::allow_remote(true)` permits that")]
    Remote {
        /// As it was given.
        addr: SocketAddr,
    },
    /// This process has an agent.
    #[error("this process has an agent already, at {addr}")]
    AlreadyListening {
        /// Where it listens.
        addr: SocketAddr,
    },
    /// The system refused a thread or another resource.
    #[error("cannot start the agent: {0}")]
    System(#[source] io::Error),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            addr: "127.0.0.1:0".into(),
            config_dir: None,
            shutdown_cleanup: false,
            token: None,
            allow_remote: false,
            runtimes: Vec::new(),
        }
    }
}

impl Builder {
    /// Loopback, a port that the system chooses, files in the user's configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where to listen, as `host:port`; `:port` is every address of the machine. Port 0 lets the
    /// system choose, which is the default.
    pub fn addr(mut self, addr: impl Into<String>) -> Self {
        self.addr = addr.into();
        self
    }

    /// Where the port file and the registry file go, instead of `$GOPS_CONFIG_DIR` or `gops` in the
    /// user's configuration. The collector finds them there if its `GOPS_CONFIG_DIR` says so.
    pub fn config_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.config_dir = Some(dir.into());
        self
    }

    /// Whether SIGINT and SIGTERM remove the files before they do what they did without the agent.
    pub fn shutdown_cleanup(mut self, cleanup: bool) -> Self {
        self.shutdown_cleanup = cleanup;
        self
    }

    /// What clients must know that the kernel does not vouch for: other users and other machines.
    /// Without it the agent draws one and writes it to its registry file, which only its user can read.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Whether an address that other machines reach is accepted. The wire is not encrypted, and who
    /// knows the token can read memory contents out of profiles and the executable.
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// A runtime whose workers and tasks are counted. The one in which [`listen`](Self::listen) is called
    /// needs no mention.
    pub fn runtime(mut self, handle: Handle) -> Self {
        self.runtimes.push(handle);
        self
    }

    /// Starts the agent, on a thread of its own. A forked child has no agent: a daemon calls this after
    /// its forks.
    ///
    /// # Errors
    /// The address cannot be bound or needs [`allow_remote`](Self::allow_remote), the process has an
    /// agent already, or the system has no thread left. Nothing of it stays behind then.
    pub fn listen(mut self) -> Result<Agent, ListenError> {
        let addresses = self.addresses()?;
        let mut claim = Claim::make()?;
        let refuse = |source| ListenError::Address { addr: self.addr.clone(), source };
        let listener = TcpListener::bind(&addresses[..]).map_err(refuse)?;
        let (token, flaw) = match self.token.take().filter(|token| !token.is_empty()) {
            Some(token) => (token, None),
            None => {
                service::draw_token().map_or_else(|error| (String::new(), Some(error)), |token| (token, None))
            }
        };
        self.runtimes.extend(Handle::try_current());
        self.runtimes.sort_by_key(|handle| handle.id().to_string());
        self.runtimes.dedup_by_key(|handle| handle.id());
        crate::heap::start();
        let service = Service::start(listener, token.clone(), self.runtimes).map_err(ListenError::System)?;
        claim.publish(service.address);
        let place = Where { dir: self.config_dir, cleanup: self.shutdown_cleanup };
        let mut presence = Presence::publish(&place, service.address, &token);
        presence.notices.extend(flaw.map(|error| format!("no token, so only this user can ask: {error}")));
        Ok(Agent { presence, service, _claim: claim })
    }

    /// What the address means, all of it allowed.
    fn addresses(&self) -> Result<Vec<SocketAddr>, ListenError> {
        let full = if self.addr.starts_with(':') { format!("[::]{}", self.addr) } else { self.addr.clone() };
        let refuse = |source| ListenError::Address { addr: self.addr.clone(), source };
        let addresses: Vec<_> = full.to_socket_addrs().map_err(refuse)?.collect();
        let remote = addresses.iter().find(|address| !address.ip().is_loopback());
        match remote {
            Some(&addr) if !self.allow_remote => Err(ListenError::Remote { addr }),
            _ => Ok(addresses),
        }
    }
}

impl Agent {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.service.address
    }

    /// The port file, by which clients find it; `None` if it could not be written.
    #[must_use]
    pub fn port_file(&self) -> Option<PathBuf> {
        self.presence.port_file()
    }

    /// What could not be done at the start, such as writing the port file; a sentence each. The agent
    /// never prints: log them if you like.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.presence.notices
    }
}

/// The agent of this process: the process, because a forked child has none, and where it listens.
static LISTENING: Mutex<Option<(u32, SocketAddr)>> = Mutex::new(None);

/// Keeps a second agent from being started in this process.
#[derive(Debug)]
struct Claim {
    process: u32,
}

impl Claim {
    fn make() -> Result<Self, ListenError> {
        let process = std::process::id();
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, addr)) = listening.filter(|(owner, _)| *owner == process) {
            return Err(ListenError::AlreadyListening { addr });
        }
        *listening = Some((process, SocketAddr::from(([0; 4], 0))));
        Ok(Self { process })
    }

    fn publish(&mut self, addr: SocketAddr) {
        *LISTENING.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.process, addr));
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        *listening = listening.filter(|(owner, _)| *owner != self.process);
    }
}
