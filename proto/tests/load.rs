//! Layers, limits and steps: from a file to its parts.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

mod support;

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use support::fixture;
use taskscope_proto::load::{Limits, LoadError, Loader, Part, Step, load};
use taskscope_proto::model::Format;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const DUMP: &str = "dump/go1.26.6.goroutine.debug2.txt";
const HEAP: &str = "pprof/go1.26.6.heap.pb.gz";
const TRACE: &str = "trace/go1.26.6.bin";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, method) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(*method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn names(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.name.as_str()).collect()
}

#[test]
fn every_format_opens_plain_gzipped_and_zipped() {
    for (path, format) in [
        (DUMP, Format::GoroutineDump),
        ("dump/go1.26.6.goroutine.debug1.txt", Format::GoroutineProfileText),
        ("dump/go1.26.6.heap.debug1.txt", Format::GoroutineProfileText),
        (HEAP, Format::Pprof),
        (TRACE, Format::GoTrace(26)),
    ] {
        let bytes = fixture(path);
        let plain = load(bytes.clone()).unwrap().remove(0).dataset;
        assert_eq!(plain.facts.format, format, "{path}");
        assert_eq!(plain.facts.file_bytes, bytes.len() as u64);
        let packed = gzip(&bytes);
        let gzipped = load(packed.clone()).unwrap().remove(0).dataset;
        assert_eq!(gzipped.facts.layers.first().map(String::as_str), Some("gzip"));
        assert_eq!(
            (gzipped.facts.file_bytes, gzipped.facts.content_bytes),
            (packed.len() as u64, plain.facts.content_bytes)
        );
        let zipped = load(zip(&[("a/b.x", &packed, CompressionMethod::Deflated)])).unwrap().remove(0);
        assert_eq!(
            (zipped.name.as_str(), &zipped.dataset.facts.layers[..2]),
            ("a/b.x", &["zip:a/b.x".to_owned(), "gzip".to_owned()][..])
        );
        assert_eq!(zipped.dataset.samples.len(), plain.samples.len());
        assert_eq!(
            (zipped.dataset.notices, gzipped.notices),
            (plain.notices.clone(), plain.notices),
            "{path}"
        );
    }
}

#[test]
fn members_become_parts_and_the_rest_is_told() {
    let inner = zip(&[("deep.txt", &fixture(DUMP), CompressionMethod::Deflated)]);
    let file = zip(&[
        ("heap.pb.gz", &fixture(HEAP), CompressionMethod::Stored),
        ("../../etc/\u{1b}evil", &fixture(DUMP), CompressionMethod::Deflated),
        ("README", b"read me", CompressionMethod::Deflated),
        ("inner.zip", &inner, CompressionMethod::Stored),
        ("__MACOSX/._heap.pb.gz", b"x", CompressionMethod::Stored),
    ]);
    let parts = load(file).unwrap();
    assert_eq!(names(&parts), ["heap.pb.gz", "../../etc/\u{fffd}evil", "inner.zip/deep.txt"]);
    let notices: Vec<_> = parts[0].dataset.notices.iter().map(|notice| notice.message.as_str()).collect();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].starts_with("README is not shown") && notices[0].contains("read me"), "{notices:?}");
    assert_eq!(parts[2].dataset.facts.layers, ["zip:inner.zip", "zip:deep.txt"]);
}

#[test]
fn a_zip_of_nothing_useful_says_what_is_in_it() {
    let error = load(zip(&[("a.txt", b"hello", CompressionMethod::Stored)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a trace, profile or dump that Taskscope knows: plain text that begins “hello”"
    );
    let error =
        load(zip(&[("a.txt", b"hello", CompressionMethod::Stored), ("b", b"", CompressionMethod::Stored)]))
            .unwrap_err();
    assert!(error.to_string().contains("a zip of 2 files; the first, a.txt:"), "{error}");
    let error = load(zip(&[])).unwrap_err();
    assert_eq!(error.to_string(), "the zip is empty");
    let error = load(zip(&[("b", b"", CompressionMethod::Stored)])).unwrap_err();
    assert_eq!(error.to_string(), "b in the zip is empty");
}

#[test]
fn limits_hold() {
    let limits = Limits { inflated_bytes: 1 << 20, depth: 3, ..Limits::default() };
    let run = |bytes: Vec<u8>| {
        let mut loader = Loader::new(bytes, limits);
        loop {
            match loader.step() {
                Step::Working { .. } => {}
                Step::Done(parts) => return Ok(parts),
                Step::Failed(error) => return Err(error),
            }
        }
    };
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(run(bomb.clone()).unwrap_err(), LoadError::TooLarge { limit: 1 << 20 });
    let member = ("bomb", bomb.as_slice(), CompressionMethod::Stored);
    assert_eq!(run(zip(&[member])).unwrap_err(), LoadError::TooLarge { limit: 1 << 20 });
    // Many members share one limit.
    let half = vec![b'x'; 600 << 10];
    let file = zip(&[("a", &half, CompressionMethod::Deflated), ("b", &half, CompressionMethod::Deflated)]);
    assert_eq!(run(file).unwrap_err(), LoadError::TooLarge { limit: 1 << 20 });

    let dump = fixture(DUMP);
    let three = gzip(&gzip(&gzip(&dump)));
    assert_eq!(run(three.clone()).unwrap().len(), 1);
    let error = run(gzip(&three)).unwrap_err();
    assert!(
        matches!(&error, LoadError::Unsupported { reason, .. } if reason.contains("3 layers")),
        "{error}"
    );
}

#[test]
fn a_cut_gzip_gives_what_came_out() {
    let packed = gzip(&fixture(DUMP));
    let dataset = load(packed[..packed.len() / 2].to_vec()).unwrap().remove(0).dataset;
    assert!(dataset.tasks.len() > 3);
    assert!(dataset.notices[0].message.contains("cut off"), "{:?}", dataset.notices);
    // Trailing bytes and a wrong checksum are told too, and lose nothing.
    let whole = load(packed.clone()).unwrap().remove(0).dataset;
    let mut long = packed.clone();
    long.extend_from_slice(b"trailing");
    let mut wrong = packed.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    for bytes in [long, wrong] {
        let dataset = load(bytes).unwrap().remove(0).dataset;
        assert_eq!(
            (dataset.tasks.len(), dataset.notices.len()),
            (whole.tasks.len(), 1),
            "{:?}",
            dataset.notices
        );
    }
    let error = load(packed[..10].to_vec()).unwrap_err();
    assert!(
        matches!(&error, LoadError::Damaged(damage) if damage.format == "gzip" && !damage.bytes.is_empty()),
        "{error}"
    );
}

#[test]
fn a_zip_with_a_bad_member_shows_the_others() {
    let dump = fixture(DUMP);
    let mut file =
        zip(&[("good", &dump, CompressionMethod::Deflated), ("bad", &dump, CompressionMethod::Stored)]);
    // The dump lies in the file as it is; change a byte of it.
    let at = file.windows(40).position(|window| window == &dump[200..240]).unwrap();
    file[at] ^= 1;
    let parts = load(file.clone()).unwrap();
    assert_eq!(names(&parts), ["good", "bad"]);
    assert!(parts[1].dataset.notices[0].message.contains("checksum"), "{:?}", parts[1].dataset.notices);
    let error = load(file[..file.len() - 30].to_vec()).unwrap_err();
    assert!(matches!(&error, LoadError::Damaged(damage) if damage.error.hint.is_some()), "{error}");
}

#[test]
fn steps_are_small_and_progress_only_grows() {
    // 100 MB of log before a dump: inflating takes many steps.
    let mut text = b"2026 INFO nothing happened\n".repeat(4_000_000);
    text.extend(fixture(DUMP));
    let mut loader = Loader::new(gzip(&text), Limits::default());
    let mut steps = 0;
    let mut last = 0;
    let parts = loop {
        match loader.step() {
            Step::Working { done, total } => {
                assert!(done >= last && done <= total, "{last} {done} {total}");
                (last, steps) = (done, steps + 1);
            }
            Step::Done(parts) => break parts,
            Step::Failed(error) => panic!("{error}"),
        }
    };
    assert!(steps > 10, "{steps}");
    assert!(parts[0].dataset.tasks.len() > 10);
}
