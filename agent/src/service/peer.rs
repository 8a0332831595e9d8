//! Who asks: the kernel's socket table says under which user the other end of a loopback
//! connection lives, and whether it lives at all.

use std::io::BufRead as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpStream};

/// Whether a client may be answered without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Same user as this process, or root.
    Proven,
    /// Another user.
    Foreign,
    /// It is remote, or the table is not there.
    Unknown,
}

/// The other end of a connection, as the kernel's table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    uid: u32,
    /// 0 once no process holds it; its uid means nothing then.
    inode: u64,
}

/// Who is at the other end.
pub(super) fn trust(stream: &TcpStream) -> Trust {
    let Some((near, far)) = ends(stream) else { return Trust::Unknown };
    if !far.ip().is_loopback() {
        return Trust::Unknown;
    }
    match row(far, near) {
        Ok(Some(Row { inode: 0, .. }) | None) | Err(_) => Trust::Unknown,
        Ok(Some(Row { uid, .. })) => {
            // SAFETY: it takes nothing and cannot fail.
            let own = unsafe { libc::geteuid() };
            if uid == own || uid == 0 { Trust::Proven } else { Trust::Foreign }
        }
    }
}

/// Whether no process holds the other end any more. False where nobody can tell.
pub(super) fn is_gone(stream: &TcpStream) -> bool {
    match ends(stream) {
        Some((near, far)) if far.ip().is_loopback() => {
            row(far, near).is_ok_and(|row| row.is_none_or(|row| row.inode == 0))
        }
        _ => false,
    }
}

fn ends(stream: &TcpStream) -> Option<(SocketAddr, SocketAddr)> {
    let plain = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    Some((plain(stream.local_addr().ok()?), plain(stream.peer_addr().ok()?)))
}

/// The socket from `local` to `remote`. An error: the table cannot be read.
fn row(local: SocketAddr, remote: SocketAddr) -> std::io::Result<Option<Row>> {
    let found = search("/proc/self/net/tcp", local, remote)?;
    // A machine without IPv6 has no second table.
    Ok(found.or_else(|| search("/proc/self/net/tcp6", local, remote).ok().flatten()))
}

fn search(table: &str, local: SocketAddr, remote: SocketAddr) -> std::io::Result<Option<Row>> {
    let mut reader = std::io::BufReader::new(std::fs::File::open(table)?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        if let Some((ends, row)) = parse(&line)
            && ends == (local, remote)
        {
            return Ok(Some(row));
        }
        line.clear();
    }
    Ok(None)
}

/// `  0: 0100007F:1F90 0100007F:D2F0 01 tx:rx timer retransmits uid timeout inode …`
fn parse(line: &str) -> Option<((SocketAddr, SocketAddr), Row)> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let local = address(fields.next()?)?;
    let remote = address(fields.next()?)?;
    let uid = fields.nth(4)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    Some(((local, remote), Row { uid, inode }))
}

/// `0100007F:1F90`: the address as words in the machine's byte order, the port in hex.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = if address.len() == 8 {
        IpAddr::V4(word(0)?.into())
    } else {
        let bytes: [u8; 16] = [word(0)?, word(8)?, word(16)?, word(24)?].concat().try_into().ok()?;
        Ipv6Addr::from(bytes).to_canonical()
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn rows_of_the_table_are_read() {
        let line = "   2: 0100007F:1F90 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000  1000        0 7438 1 0 20";
        let ends = ("127.0.0.1:8080".parse().unwrap(), "127.0.0.1:54000".parse().unwrap());
        assert_eq!(parse(line), Some((ends, Row { uid: 1000, inode: 7438 })));
        assert_eq!(parse("  sl  local_address rem_address   st tx_queue"), None);
        assert_eq!(address("0000000000000000FFFF00000100007F:17AC"), "127.0.0.1:6060".parse().ok());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_user_is_trusted_until_it_has_gone() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (server, _) = listener.accept().unwrap();
            assert_eq!((trust(&server), is_gone(&server)), (Trust::Proven, false));
            client.shutdown(std::net::Shutdown::Write).unwrap();
            assert!(!is_gone(&server));
            drop(client);
            assert!(is_gone(&server));
            assert_eq!(trust(&server), Trust::Unknown, "an orphan's row says uid 0");
        }
    }
}
