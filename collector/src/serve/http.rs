//! As much of HTTP/1.1 as a page and its files need: one request a connection, one thread each.
//!
//! A browser opens several connections at once and keeps some of them idle; with a thread of its
//! own and a time limit, none of them can hold up another.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long a browser may take to send its request, or to take more of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest head of a request; browsers send less than 2 KiB.
const MOST_HEAD: u64 = 16 << 10;

/// What is asked.
pub struct Request {
    /// `GET`.
    pub method: String,
    /// The path, with what follows `?`.
    pub url: String,
    /// Every `Host` header.
    pub hosts: Vec<String>,
}

/// What is answered.
pub struct Response {
    /// 200, 404 and the like.
    pub status: u16,
    /// Names and values, ASCII.
    pub headers: Vec<(&'static str, &'static str)>,
    /// How long the body is.
    pub length: u64,
    /// The body; no more than `length` of it is sent.
    pub body: Box<dyn Read + Send>,
}

/// Reads one request, answers it by `respond`, and closes the connection.
pub fn answer(stream: &TcpStream, respond: impl FnOnce(&Request) -> Response) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Some(request) = read(stream)? else { return Ok(()) };
    send(stream, respond(&request), request.method == "HEAD")
}

/// The request; `None` if this is none.
fn read(stream: &TcpStream) -> io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream.take(MOST_HEAD)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ');
    let (Some(method), Some(url)) = (words.next(), words.next()) else { return Ok(None) };
    let mut request = Request { method: method.into(), url: url.into(), hosts: Vec::new() };
    for line in lines {
        let line = line?;
        if line.is_empty() {
            return Ok(Some(request));
        }
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("host") => {
                request.hosts.push(value.trim().into());
            }
            _ => {}
        }
    }
    Ok(None)
}

fn send(mut stream: &TcpStream, response: Response, head_only: bool) -> io::Result<()> {
    let reason = match response.status {
        200 => "OK",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Method Not Allowed",
    };
    let mut head =
        format!("HTTP/1.1 {} {reason}\r\nContent-Length: {}\r\n", response.status, response.length);
    for (name, value) in response.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "Connection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    if !head_only {
        io::copy(&mut response.body.take(response.length), &mut stream)?;
    }
    stream.flush()
}
