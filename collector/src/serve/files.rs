//! The files to show: named once on the command line, then known by number.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::http::Response;
use super::with_headers;
use crate::failure::{Failure, Report, plain};
use crate::source;

/// Files that may be fetched, and no others.
pub struct Files {
    paths: Vec<PathBuf>,
}

impl Files {
    /// Makes sure that each can be opened, before a browser is.
    pub fn check(paths: &[PathBuf]) -> Result<Self, Failure> {
        for path in paths {
            let file = File::open(path).and_then(|file| file.metadata());
            match file {
                Ok(metadata) if metadata.is_file() => {}
                Ok(_) => return Err(Failure::failed(format!("{} is no file", path.display()))),
                Err(error) => return Err(unreadable(path, &plain(&error))),
            }
        }
        Ok(Self { paths: paths.to_vec() })
    }

    /// What the page finds behind `#`: `file=files/0/slow.trace&file=files/1/a%20b`.
    pub fn fragment(&self) -> String {
        let names = self.paths.iter().enumerate();
        let parts =
            names.map(|(number, path)| format!("file=files/{number}/{}", encoded(&source::file::name(path))));
        parts.collect::<Vec<_>>().join("&")
    }

    /// The file of `0/slow.trace`. Only the number counts; the name is for people.
    pub fn response(&self, path: &str) -> Option<Response> {
        let (number, name) = path.split_once('/')?;
        if name.contains('/') {
            return None;
        }
        let file = File::open(self.paths.get(number.parse::<usize>().ok()?)?).ok()?;
        let length = file.metadata().ok()?.len();
        Some(with_headers(200, file, length, "application/octet-stream"))
    }
}

/// Everything but letters, digits and `-._~` as `%XX`.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Report::new(format!("cannot read {}: {why}", path.display())).and("Nothing was opened.").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_for_addresses() {
        let files = Files { paths: vec!["/x/slow.trace".into(), "a b&c#ü".into()] };
        assert_eq!(files.fragment(), "file=files/0/slow.trace&file=files/1/a%20b%26c%23%C3%BC");
    }

    #[test]
    fn only_named_files_are_found() {
        let files = Files::check(&[std::env::current_exe().unwrap()]).unwrap();
        assert!(files.response("0/any").is_some());
        for path in ["1/any", "0", "x/any", "0/../1", "../0/any", "-1/any"] {
            assert!(files.response(path).is_none(), "{path}");
        }
        assert!(Files::check(&["/nonexistent".into()]).is_err());
        assert!(Files::check(&["/".into()]).is_err());
    }
}
