//! Requests that no user interface would send, and data sets whose ids point nowhere.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use taskscope_engine::api::*;
use taskscope_engine::{Opening, Session};

/// Numbers that repeat from run to run (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of `choices`.
    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[(self.next() % choices.len() as u64) as usize]
    }

    /// Small numbers mostly, the largest at times.
    fn number(&mut self) -> u32 {
        let small = (self.next() % 300) as u32;
        self.of(&[small, small, small, 0, 1, u32::MAX, u32::MAX - 1, 1 << 31])
    }

    fn fraction(&mut self) -> f64 {
        let inside = (self.next() % 1_000_000) as f64 / 1e6;
        self.of(&[inside, inside, inside, 0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN, 1e300])
    }

    fn window(&mut self) -> Option<(u64, u64)> {
        let ends = [0, 1, 1 << 40, u64::MAX, self.next()];
        self.of(&[None, Some(())]).map(|()| (self.of(&ends), self.of(&ends)))
    }

    fn text(&mut self) -> String {
        self.of(&["", "main", "/main/", "/(/", "/.*/", "/", "//", "\u{feff}É", "(", "/(a|b)*c+$/"]).into()
    }

    fn source(&mut self) -> FlameSource {
        let kind = self.of(&[
            BlockingKind::Network,
            BlockingKind::Sync,
            BlockingKind::Syscall,
            BlockingKind::Scheduler,
        ]);
        let sample_type = self.of(&[0, 0, 0, 1, 2, 3, u32::MAX]);
        let samples = FlameSource::Samples(sample_type);
        let path = FlameSource::CriticalPath(WhySubject::Span(self.number()));
        self.of(&[samples, samples, FlameSource::Blocking(kind), FlameSource::Contentions(kind), path])
    }

    fn scope(&mut self) -> Scope {
        let some = |time: u32| (!time.is_multiple_of(3)).then_some(u64::from(time));
        let (t0_ns, t1_ns) = (some(self.number()), some(self.number()));
        let tasks = match self.next() % 8 {
            0 => ScopeTasks::Entry(self.of(&["", "main.main", "runtime.main"]).into()),
            1 => ScopeTasks::Tasks(vec![self.number(), self.number()]),
            2 => ScopeTasks::Lanes(vec![self.next(), 8 << 56 | u64::from(self.number()), 5 << 56]),
            _ => ScopeTasks::All,
        };
        let region = self.of(&[None, None, None, Some(""), Some("load")]).map(String::from);
        Scope { t0_ns, t1_ns, tasks, region }
    }

    fn request(&mut self) -> Request {
        let source = self.source();
        let scope = self.scope();
        let direction = self.of(&[Direction::TopDown, Direction::BottomUp]);
        match self.next() % 16 {
            0 => Request::Facts,
            10 => self.marked_request(),
            11 => self.why_request(),
            1 | 2 => Request::Flame(FlameQuery {
                source,
                scope,
                direction,
                x0: self.fraction(),
                x1: self.fraction(),
                width_px: self.fraction() as f32 * 2000.0,
                depth0: self.number(),
                depth1: self.number(),
                search: self.text(),
            }),
            3 => Request::FlameNode(FlameNodeQuery { source, scope, direction, node: self.number() }),
            4 => Request::Top(TopQuery {
                source,
                scope,
                sort: self.of(&[TopSort::Flat, TopSort::Cumulative, TopSort::Name]),
                search: self.text(),
                first: self.number(),
                count: self.number(),
            }),
            5 => Request::Minimap(MinimapQuery { columns: self.of(&[0, 1, 7, 4000]) }),
            6 => Request::SpanDetails(SpanQuery { span: self.number() }),
            7 => Request::Mmu(MmuQuery {
                window_ns: self.window(),
                work: GcWork {
                    stops: self.of(&[false, true]),
                    all_stops: self.of(&[false, true]),
                    sweep: self.of(&[false, true]),
                    ..GcWork::default()
                },
                per_worker: self.of(&[false, true]),
                percentiles: self.of(&[false, false, true]),
                round: self.of(&[false, true]),
                worst_of_ns: self.of(&[None, Some(0), Some(1), Some(1 << 20), Some(u64::MAX)]),
            }),
            8 => Request::Gc(GcQuery {
                window_ns: self.window(),
                first: self.number(),
                count: self.number(),
                sort: self.of(&[GcSort::Start, GcSort::Stopped, GcSort::HeapEnd]),
            }),
            9 => Request::Latency(LatencyQuery { window_ns: self.window() }),
            12 => Request::Findings,
            13 | 14 => self.scoped_request(),
            _ => Request::Leaks(LeaksQuery {
                min_wait_ns: self.next(),
                blocked_for_ns: self.of(&[None, Some(0), Some(u64::MAX), Some(1 << 24)]),
                grouping: self.of(&[LeakGrouping::Site, LeakGrouping::Wait, LeakGrouping::SiteAndWait]),
            }),
        }
    }

    fn scoped_request(&mut self) -> Request {
        let scope = self.scope();
        match self.next() % 3 {
            0 => Request::Blocking(BlockingQuery { scope }),
            1 => Request::Area(AreaQuery { scope, waits: self.number() }),
            _ => Request::Goroutines(GoroutinesQuery {
                rows: self.of(&[GoroutineRows::Groups, GoroutineRows::Each]),
                scope,
                filter: self.text(),
                sort: match self.next() % 6 {
                    0 => GoroutineSort::Name,
                    1 => GoroutineSort::Id,
                    2 => GoroutineSort::Count,
                    3 => GoroutineSort::Reason("sync".into()),
                    4 => GoroutineSort::Range(String::new()),
                    _ => GoroutineSort::Blocked,
                },
                reverse: self.of(&[false, true]),
                first: self.number(),
                count: self.number(),
            }),
        }
    }

    fn marked_request(&mut self) -> Request {
        let marked = self.of(&[Marked::Tasks, Marked::Regions]);
        let (search, reversed, first, count) =
            (self.text(), self.of(&[false, true]), self.number(), self.number());
        match self.next() % 3 {
            0 => Request::UserTask(UserTaskQuery { row: self.number(), count }),
            1 => {
                let sort = self.of(&[MarkTypeSort::Total, MarkTypeSort::Name, MarkTypeSort::P99]);
                Request::MarkTypes(MarkTypesQuery { marked, search, sort, reversed, first, count })
            }
            _ => Request::Marks(MarksQuery {
                marked,
                of_type: self.of(&[None, Some(0), Some(u32::MAX)]),
                of_task: self.of(&[None, Some(0), Some(u32::MAX)]),
                search,
                log: self.text(),
                min_ns: self.of(&[None, Some(0), Some(u64::MAX)]),
                max_ns: self.of(&[None, Some(0), Some(u64::MAX)]),
                complete: self.of(&[None, Some(true), Some(false)]),
                sort: self.of(&[MarkSort::Duration, MarkSort::Name, MarkSort::Blocked, MarkSort::Logs]),
                reversed,
                first,
                count,
            }),
        }
    }

    fn why_request(&mut self) -> Request {
        let (t0_ns, t1_ns) = self.window().map_or((None, None), |(t0, t1)| (Some(t0), Some(t1)));
        let (row, id) = (self.number(), self.next() % 100);
        Request::Why(WhyQuery {
            subject: self.of(&[
                WhySubject::Span(row),
                WhySubject::Goroutine { id, t0_ns, t1_ns },
                WhySubject::UserTask(row),
                WhySubject::Region(row % 8),
            ]),
            merge: self.of(&[
                WhyMerge::Nothing,
                WhyMerge::Fit,
                WhyMerge::Below(1),
                WhyMerge::Below(1 << 20),
                WhyMerge::Below(u64::MAX),
            ]),
            first: self.number(),
            count: self.number(),
        })
    }
}

fn open(session: &mut Session, bytes: Vec<u8>) -> Vec<u32> {
    let file = session.open("fixture", bytes);
    loop {
        match session.step(file) {
            Opening::Working { .. } => {}
            Opening::Open(parts) => return parts.iter().map(|part| part.part).collect(),
            Opening::Failed(_) => return Vec::new(),
        }
    }
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data").join(path)).unwrap()
}

fn consistent(answer: &Answer) {
    if let Answer::Flame(flame) = answer {
        let boxes = flame.node.len();
        let columns = [flame.row.len(), flame.x0.len(), flame.x1.len(), flame.cum.len(), flame.name.len()];
        assert!(columns.into_iter().chain([flame.module.len(), flame.matched.len()]).all(|len| len == boxes));
        assert!(flame.name.iter().all(|&name| (name as usize) < flame.names.len()));
        assert!(flame.module.iter().all(|&module| (module as usize) < flame.modules.len()));
        assert!(
            flame.x0.iter().zip(&flame.x1).all(|(x0, x1)| (0.0..=1.0).contains(x0) && x0 <= x1 && *x1 <= 1.0)
        );
    }
}

const FIXTURES: [&str; 6] = [
    "pprof/go1.26.6.heap.pb.gz",
    "pprof/go1.27.3.goroutine.pb.gz",
    "pprof/go1.19.mutex.pb.gz",
    "dump/go1.27.3.goroutine.debug2.txt",
    "dump/go1.25.5.heap.debug1.txt",
    "trace/go1.23.9.bin",
];

#[test]
fn any_request_gets_an_answer() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut session = Session::new();
    for path in FIXTURES {
        let parts = open(&mut session, fixture(path));
        assert_eq!(parts.len(), 1, "{path}");
        for _ in 0..600 {
            let part = random.of(&[parts[0], parts[0], parts[0], u32::MAX]);
            let request = random.request();
            consistent(&session.ask(part, &request));
        }
    }
}

#[test]
fn damaged_files_open_or_say_why_and_answer_all_the_same() {
    let mut random = Random(42);
    for path in FIXTURES {
        let bytes = fixture(path);
        for _ in 0..12 {
            let mut damaged = bytes.clone();
            if random.next().is_multiple_of(2) {
                damaged.truncate(random.next() as usize % bytes.len());
            }
            for _ in 0..random.next() % 8 {
                let at = random.next() as usize % damaged.len().max(1);
                if let Some(byte) = damaged.get_mut(at) {
                    *byte = random.next() as u8;
                }
            }
            let mut session = Session::new();
            for part in open(&mut session, damaged) {
                for _ in 0..30 {
                    consistent(&session.ask(part, &random.request()));
                }
            }
        }
    }
}

#[test]
fn boxes_nest_under_their_callers() {
    let mut session = Session::new();
    let part = open(&mut session, fixture("pprof/go1.25.5.cpu.pb.gz"))[0];
    for direction in [Direction::TopDown, Direction::BottomUp] {
        let query = FlameQuery {
            source: FlameSource::Samples(1),
            scope: Scope::default(),
            direction,
            x0: 0.0,
            x1: 1.0,
            width_px: 4000.0,
            depth0: 0,
            depth1: u32::MAX,
            search: String::new(),
        };
        let Answer::Flame(flame) = session.ask(part, &Request::Flame(query)) else {
            panic!("no flame graph")
        };
        assert!(flame.node.len() > 100);
        for (row, &node) in flame.node.iter().enumerate() {
            let query =
                FlameNodeQuery { source: FlameSource::Samples(1), scope: Scope::default(), direction, node };
            let Answer::FlameNode(Some(details)) = session.ask(part, &Request::FlameNode(query)) else {
                panic!("no details")
            };
            assert_eq!((details.cum, details.row), (flame.cum[row], flame.row[row]));
            assert_eq!(details.path.len(), details.row as usize + 1);
            let parent = details.path_nodes.iter().rev().nth(1).copied().unwrap_or(node);
            let above = flame.node.iter().position(|&shown| shown == parent).unwrap();
            assert!(flame.x0[above] <= flame.x0[row] && flame.x1[row] <= flame.x1[above] + 1e-9);
            assert_eq!(details.parent_cum, flame.cum[above]);
        }
    }
}

#[test]
fn closing_ends_all_parts_and_handles_are_not_reused() {
    let mut session = Session::new();
    let first = session.open("a", fixture("pprof/go1.27.3.cpu.pb.gz"));
    while matches!(session.step(first), Opening::Working { .. }) {}
    let Opening::Open(parts) = session.step(first) else { panic!("not open") };
    assert_eq!(parts[0].name, "a");
    session.close(first);
    assert!(matches!(session.ask(parts[0].part, &Request::Facts), Answer::Unavailable(_)));
    assert!(matches!(session.step(first), Opening::Failed(_)));
    let second = open(&mut session, fixture("pprof/go1.27.3.cpu.pb.gz"));
    assert_ne!(second[0], parts[0].part);
    assert!(matches!(session.ask(second[0], &Request::Facts), Answer::Facts(_)));
}
