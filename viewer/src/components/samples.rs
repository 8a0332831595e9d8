//! Two small real files kept inside the page, to try it without one's own.

use js_sys::{Array, Uint8Array};
use web_sys::File;
use yew::prelude::*;

use crate::link::Client;

/// A sample: what it is called, what it shows, and its bytes.
struct Sample {
    file: &'static str,
    title: &'static str,
    facts: &'static str,
    shows: &'static str,
    bytes: &'static [u8],
    /// Boxes of its picture: class, x, y, width.
    picture: &'static [(&'static str, u8, u8, u8)],
}

/// They come from the project's fixtures: the output of one program that leaks goroutines of nine kinds.
const SAMPLES: [Sample; 2] = [
    Sample {
        file: "goroutine.debug2.txt",
        title: "Tasks that never end",
        facts: "Go goroutine dump · 11.6 KiB",
        shows: "Leaks: nine kinds, and which of them are certain",
        bytes: include_bytes!("../../../proto/tests/data/dump/go1.27.3.goroutine.debug2.txt"),
        picture: &[
            ("p-bad", 4, 8, 4),
            ("p-idle", 14, 8, 62),
            ("p-bad", 4, 19, 4),
            ("p-idle", 14, 19, 90),
            ("p-warn", 4, 30, 4),
            ("p-idle", 14, 30, 48),
            ("p-none", 4, 41, 4),
            ("p-idle", 14, 41, 74),
        ],
    },
    Sample {
        file: "cpu.pb.gz",
        title: "Where the CPU goes",
        facts: "pprof, CPU · 3.2 KiB",
        shows: "Flame graph: top-down, bottom-up, search",
        bytes: include_bytes!("../../../proto/tests/data/pprof/go1.27.3.cpu.pb.gz"),
        picture: &[
            ("p-0", 0, 2, 120),
            ("p-1", 0, 11, 86),
            ("p-3", 87, 11, 33),
            ("p-2", 0, 20, 70),
            ("p-3", 87, 20, 22),
            ("p-2", 0, 29, 44),
            ("p-2", 45, 29, 25),
            ("p-1", 0, 38, 28),
            ("p-0", 30, 38, 10),
            ("p-0", 0, 47, 16),
        ],
    },
];

/// The samples as cards.
pub fn samples(client: &Client) -> Html {
    html! {
        <section>
            <h2>{ "Samples" }<em>{ "kept inside this page" }</em></h2>
            <div class="gal">{ for SAMPLES.iter().map(|sample| card(sample, client)) }</div>
        </section>
    }
}

fn card(sample: &'static Sample, client: &Client) -> Html {
    let client = client.clone();
    let onclick = Callback::from(move |_| {
        if let Some(file) = as_file(sample) {
            client.open(file);
        }
    });
    html! {
        <button type="button" class="card" {onclick}>
            <svg width="120" height="56" viewBox="0 0 120 56" aria-hidden="true">{ for sample.picture.iter().map(|&(class, x, y, width)| html! {
                <rect {class} x={x.to_string()} y={y.to_string()} width={width.to_string()} height="8" />
            }) }</svg>
            <span><b>{ sample.title }</b><small class="num">{ sample.facts }</small><small class="w">{ sample.shows }</small></span>
        </button>
    }
}

fn as_file(sample: &Sample) -> Option<File> {
    let content = Array::of1(&Uint8Array::from(sample.bytes));
    File::new_with_u8_array_sequence(&content, sample.file).ok()
}
