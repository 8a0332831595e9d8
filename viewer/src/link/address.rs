//! Files named in the page's address, as `collector view` writes it: `#file=NAME&file=NAME`.

/// The paths named in `hash`, relative to the page or absolute on its host. Addresses of other
/// hosts are left out: nobody's link makes this page fetch from elsewhere.
pub fn files_in(hash: &str) -> Vec<String> {
    let pairs = hash.trim_start_matches('#').split('&');
    let values = pairs.filter_map(|pair| pair.strip_prefix("file="));
    values.filter(|path| is_local(&decoded(path))).map(str::to_owned).collect()
}

/// The name people see for a path: its last segment, decoded.
pub fn name_of(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = decoded(last);
    if name.is_empty() { "file".into() } else { name }
}

fn is_local(path: &str) -> bool {
    // A colon in the first segment would be a scheme; two slashes or backslashes name a host.
    let first = path.split('/').next().unwrap_or_default();
    let names_host = path.starts_with("//") || path.contains('\\');
    !path.is_empty() && !first.contains(':') && !names_host && !path.chars().any(char::is_control)
}

/// `%41` to `A`; what is no valid escape stays, what is no UTF-8 is replaced.
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = if byte == b'%' { bytes.get(at + 1..at + 3).and_then(hex_byte) } else { None };
        out.push(escape.unwrap_or(byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_in_the_hash() {
        assert_eq!(
            files_in("#file=a.trace&x=1&file=/s3cret/b%20c.pb.gz"),
            ["a.trace", "/s3cret/b%20c.pb.gz"]
        );
        assert_eq!(files_in(""), Vec::<String>::new());
        assert_eq!(files_in("#file="), Vec::<String>::new());
    }

    #[test]
    fn other_hosts_are_not_asked() {
        for hostile in
            ["https://evil/x", "//evil/x", "data:text/plain,x", "%2F%2Fevil/x", "\\\\evil\\x", "%68ttps:x"]
        {
            assert_eq!(files_in(&format!("#file={hostile}")), Vec::<String>::new(), "{hostile}");
        }
    }

    #[test]
    fn names_are_decoded_last_segments() {
        assert_eq!(name_of("files/b%20c.pb.gz"), "b c.pb.gz");
        assert_eq!(name_of("100%.trace"), "100%.trace");
        assert_eq!(name_of("%ff?x"), "\u{fffd}");
        assert_eq!(name_of("/"), "file");
    }
}
