//! One GET on loopback, which is all that the demo's own check needs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// An address on loopback, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    path: String,
    /// What follows `#`, without it.
    pub fragment: String,
}

impl Address {
    /// Takes apart `http://host:port/path#fragment`.
    pub fn parse(url: &str) -> Option<Address> {
        let rest = url.strip_prefix("http://")?;
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        Some(Address { host: host.to_owned(), path: format!("/{path}"), fragment: fragment.to_owned() })
    }

    /// The address of a file that is named relative to this one, or from the root of the same host.
    pub fn join(&self, name: &str) -> Address {
        let folder = self.path.rfind('/').map_or("/", |end| &self.path[..=end]);
        let path = if name.starts_with('/') { name.to_owned() } else { format!("{folder}{name}") };
        Address { path, fragment: String::new(), ..self.clone() }
    }
}

/// The body of a page that answers 200; anything else is an error.
pub fn get(address: &Address) -> Result<Vec<u8>> {
    let Address { host, path, .. } = address;
    let mut stream = TcpStream::connect(host).with_context(|| format!("connecting to {host}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(|| format!("reading {path} from {host}"))?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("an answer without a head")?;
    let head = String::from_utf8_lossy(&answer[..end]);
    if head.split_whitespace().nth(1) != Some("200") {
        bail!("{path} answers {}", head.lines().next().unwrap_or_default());
    }
    Ok(answer.split_off(end + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_fragment_are_found_beside_the_page_or_below_the_host() {
        let page = Address::parse("http://127.0.0.1:4000/secret/#file=a.trace").expect("an address");
        assert_eq!(page.fragment, "file=a.trace");
        assert_eq!(page.join("a.trace").path, "/secret/a.trace");
        assert_eq!(page.join("/secret/files/a.trace").path, "/secret/files/a.trace");
    }

    #[test]
    fn only_plain_http_is_an_address() {
        assert_eq!(Address::parse("https://127.0.0.1/"), None);
    }
}
