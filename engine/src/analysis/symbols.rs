//! What a function's name tells: its package or crate, and whether that belongs to the language.

/// Whether `function` belongs to the standard library or a runtime (Go's, or Rust's and tokio's),
/// or to the system below them (symbols without a package).
pub fn is_standard(function: &str) -> bool {
    let package = package(function);
    if is_rust(function) {
        return RUST_STANDARD.contains(&package) || package.is_empty();
    }
    let first = package.split('/').next().unwrap_or_default();
    // Without a package: C symbols, assembly, `<unknown>`. Linker-made names begin `type:` or `go:`.
    package.is_empty() || first.contains(':') || GO_STANDARD.contains(&first)
}

/// The import path or crate that `function` lies in, empty if its name has none:
/// `net/http.(*conn).serve` → `net/http`, `<a::B as c::D>::e` → `a`.
pub fn package(function: &str) -> &str {
    if is_rust(function) { crate_of(function) } else { go_package(function) }
}

/// The module that a Go import path most likely lies in: `github.com/a/b/c` → `github.com/a/b`.
/// Where the module ends is not in the name, so hosts are known by their habits.
pub fn module_of(package: &str) -> &str {
    let Some((host, _)) = package.split_once('/') else { return package };
    let elements = match host {
        "github.com" | "gitlab.com" | "bitbucket.org" | "golang.org" | "codeberg.org" | "git.sr.ht" => 3,
        _ if host.contains('.') => 2,
        _ => 1,
    };
    match package.match_indices('/').nth(elements - 1) {
        Some((end, _)) => &package[..end],
        None => package,
    }
}

/// Rust crates that come with the language or are the runtime under every task.
const RUST_STANDARD: [&str; 9] =
    ["alloc", "backtrace", "compiler_builtins", "core", "mio", "proc_macro", "std", "test", "tokio"];

/// First elements of the import paths of Go's standard library, and of names that its linker makes.
const GO_STANDARD: [&str; 55] = [
    "archive",
    "arena",
    "bufio",
    "builtin",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "simd",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "type",
    "unicode",
    "unique",
    "unsafe",
    "vendor",
    "weak",
    "_cgo",
];

fn is_rust(function: &str) -> bool {
    // Type arguments of Go generics may not make a Rust path of it, nor Go's `type:.eq.` names.
    function.split('[').next().is_some_and(|head| head.contains("::"))
}

fn go_package(function: &str) -> &str {
    // Type arguments hold slashes and dots of their own.
    let name = &function[..function.find('[').unwrap_or(function.len())];
    let last = name.rfind('/').map_or(0, |at| at + 1);
    match name[last..].find('.') {
        Some(dot) => &name[..last + dot],
        None => "",
    }
}

fn crate_of(function: &str) -> &str {
    let start = function.trim_start_matches(['<', '&', '*', '(', '[', ' ']);
    let start =
        ["mut ", "dyn ", "const ", "impl "].iter().fold(start, |rest, word| rest.trim_start_matches(word));
    let end = start.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(start.len());
    &start[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages() {
        for (function, expected) in [
            ("net/http.(*conn).serve", "net/http"),
            ("main.main", "main"),
            ("main.work.func1.2", "main"),
            ("example.test/work/queue.(*Q).Push", "example.test/work/queue"),
            ("slices.SortFunc[go.shape.struct { example.com/x.Y }]", "slices"),
            ("gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml%2ev3"),
            ("memcpy", ""),
            ("", ""),
            ("tokio::runtime::park::CachedParkThread::park", "tokio"),
            ("<alloc::vec::Vec<T> as core::ops::Drop>::drop", "alloc"),
            ("<&mut app::Job as core::future::Future>::poll", "app"),
        ] {
            assert_eq!(package(function), expected, "{function}");
        }
    }

    #[test]
    fn standard_or_own() {
        for standard in [
            "runtime.goexit",
            "net/http.(*conn).serve",
            "type:.eq.main.T",
            "memcpy",
            "core::ptr::drop",
            "<unknown>",
            "vendor/golang.org/x/net/http2/hpack.(*Decoder).Write",
            "internal/poll.(*FD).Read",
            "tokio::task::yield_now",
        ] {
            assert!(is_standard(standard), "{standard}");
        }
        for own in [
            "main.main",
            "example.test/work.run",
            "github.com/a/b.(*C).D",
            "app::run",
            "golang.org/x/net/http2.f",
        ] {
            assert!(!is_standard(own), "{own}");
        }
    }

    #[test]
    fn modules_by_host() {
        assert_eq!(module_of("github.com/a/b/c/d"), "github.com/a/b");
        assert_eq!(module_of("go.opentelemetry.io/otel/sdk/trace"), "go.opentelemetry.io/otel");
        assert_eq!(module_of("example.test/work"), "example.test/work");
        assert_eq!(module_of("main"), "main");
        assert_eq!(module_of("work/internal/queue"), "work");
    }
}
