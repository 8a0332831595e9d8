//! Goroutines that wait for good reasons, by name: those of the runtime, the standard library and
//! widely used libraries that every healthy process has.

use super::wait::Wait;

/// Why a task with this stack (leaf first) is healthy; `None` if it is none of the known ones.
pub fn explanation(wait: Wait, stack: &[&str]) -> Option<&'static str> {
    let known = KNOWN.iter().find(|known| {
        let waits = known.waits.is_empty() || known.waits.contains(&wait);
        waits && stack.iter().any(|function| matches(function, known.function)) && !serves(stack, known)
    });
    known.map(|known| known.why)
}

/// Whether the task is one of the runtime's own: every frame of it is.
pub fn is_runtime(entry: &str, stack: &[&str]) -> bool {
    let runtime = |function: &str| function.starts_with("runtime.") && function != "runtime.main";
    match stack {
        [] => runtime(entry),
        stack => stack.iter().all(|function| runtime(function)) && (entry.is_empty() || runtime(entry)),
    }
}

struct Known {
    /// A function in the stack; with a `*` at its end any that begins so.
    function: &'static str,
    /// Kinds of waits that are healthy there; all if empty.
    waits: &'static [Wait],
    /// A frame that makes it something else: a handler at work.
    unless: &'static str,
    /// Why it is healthy.
    why: &'static str,
}

const fn known(function: &'static str, waits: &'static [Wait], why: &'static str) -> Known {
    Known { function, waits, unless: "", why }
}

const IO: &[Wait] = &[Wait::Network, Wait::Syscall, Wait::Unknown];
const IDLE: &[Wait] = &[Wait::Select, Wait::ChanReceive, Wait::Network, Wait::Cond, Wait::Unknown];
const SIGNAL: &str = "waits for the process's signals";
const HTTP_CLIENT: &str = "an HTTP client connection, kept for the next request";
const HTTP2: &str = "serves an HTTP/2 connection as long as it is open";
const GRPC: &str = "serves a gRPC connection as long as it is open";
const SQL: &str = "one per database handle, until it is closed";
const TEST: &str = "the test runner waits for its tests";
const PROFILER: &str = "collects the profile or trace that is being taken";
const GOPS: &str = "the gops agent waits for its clients";
const DAEMON: &str = "a background loop that its library starts once per process";

const KNOWN: &[Known] = &[
    known("os/signal.signal_recv", &[], SIGNAL),
    known("os/signal.loop", &[], SIGNAL),
    known("os/signal.NotifyContext.func1", &[], SIGNAL),
    known("runtime.ensureSigM*", &[], SIGNAL),
    known("runtime.ReadTrace", &[], PROFILER),
    known("runtime/trace.Start.func1", &[], PROFILER),
    known("runtime/trace.(*traceMultiplexer)*", &[], PROFILER),
    known("runtime/pprof.profileWriter", &[], PROFILER),
    known("runtime/pprof.readProfile", &[], PROFILER),
    known("github.com/google/gops/agent.*", IO, GOPS),
    known("github.com/google/gops/agent.*", &[Wait::ChanReceive, Wait::Select], GOPS),
    known("internal/poll.(*FD).Accept", &[], "a listener waits for connections"),
    known("net.(*netFD).accept", &[], "a listener waits for connections"),
    known("net/http.(*connReader).backgroundRead", IO, "watches an HTTP connection while its handler runs"),
    Known {
        function: "net/http.(*conn).serve",
        waits: IO,
        unless: "net/http.serverHandler.ServeHTTP",
        why: "an HTTP server connection waits for its next request",
    },
    known("net/http.(*persistConn).readLoop", IO, HTTP_CLIENT),
    known("net/http.(*persistConn).writeLoop", &[Wait::Select], HTTP_CLIENT),
    known("net/http.(*Server).Shutdown", &[], "waits until the HTTP server's connections are done"),
    known("net/http.(*http2*", IDLE, HTTP2),
    known("net/http/internal/http2.(*", IDLE, HTTP2),
    known("golang.org/x/net/http2.(*", IDLE, HTTP2),
    known("google.golang.org/grpc/internal/transport.*", IDLE, GRPC),
    known("google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run", &[], GRPC),
    known("google.golang.org/grpc.(*ccBalancerWrapper).watcher", &[], GRPC),
    known("google.golang.org/grpc.(*addrConn)*", IDLE, GRPC),
    known("database/sql.(*DB).connectionOpener", &[], SQL),
    known("database/sql.(*DB).connectionResetter", &[], SQL),
    known("database/sql.(*DB).connectionCleaner", &[], SQL),
    known("testing.(*M).Run", &[], TEST),
    known("testing.(*T).Run", &[Wait::ChanReceive], TEST),
    known("testing.(*T).Parallel", &[Wait::ChanReceive], TEST),
    known("testing.RunTests", &[], TEST),
    known("testing.runFuzzing", &[Wait::ChanReceive], TEST),
    known("testing.runFuzzTests", &[Wait::ChanReceive], TEST),
    known("testing.(*M).startAlarm*", &[], TEST),
    known("go.opencensus.io/stats/view.(*worker).start", &[], DAEMON),
    known("go.opentelemetry.io/otel/sdk/trace.(*batchSpanProcessor).processQueue", &[], DAEMON),
    known("go.opentelemetry.io/otel/sdk/metric.(*PeriodicReader).run", &[], DAEMON),
    known("github.com/golang/glog.(*fileSink).flushDaemon", &[], DAEMON),
    known("github.com/golang/glog.(*loggingT).flushDaemon", &[], DAEMON),
    known("k8s.io/klog/v2.(*flushDaemon)*", &[], DAEMON),
    known("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun", &[], DAEMON),
    known("github.com/natefinch/lumberjack.(*Logger).millRun", &[], DAEMON),
];

fn matches(function: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => function.starts_with(prefix),
        None => function == pattern,
    }
}

fn serves(stack: &[&str], known: &Known) -> bool {
    !known.unless.is_empty() && stack.contains(&known.unless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_connections_are_healthy_and_stuck_handlers_are_not() {
        let idle =
            ["internal/poll.runtime_pollWait", "net/http.(*connReader).Read", "net/http.(*conn).serve"];
        assert!(explanation(Wait::Network, &idle).is_some_and(|why| why.contains("next request")));
        let stuck = ["main.handle", "net/http.serverHandler.ServeHTTP", "net/http.(*conn).serve"];
        assert_eq!(explanation(Wait::Network, &stuck), None);
        assert_eq!(explanation(Wait::ChanReceive, &["main.handle", "net/http.(*conn).serve"]), None);
    }

    #[test]
    fn the_runtime_is_told_from_main() {
        assert!(is_runtime("runtime.bgsweep", &["runtime.gopark", "runtime.bgsweep"]));
        assert!(is_runtime("runtime.gcBgMarkWorker", &[]));
        assert!(!is_runtime("runtime.main", &[]));
        assert!(!is_runtime("main.work", &["runtime.gopark", "main.work"]));
        assert!(!is_runtime("", &[]));
    }
}
