//! `bench FILE`: opens a large trace in the viewer as a user does, and says as JSON how long the first picture and
//! all of it took, how much memory the page's process needed, how long scripts ran on the UI thread in each frame of
//! a pan, a zoom and a scroll, and how long the worker took to answer meanwhile. Run by `cargo xtask bench traces`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use taskscope_e2e::{Page, processes};

/// The longest that opening may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Notes when a file was chosen, when lanes were first painted, and when nothing is on its way any more.
const WATCH: &str = "
    const marks = window.__marks = {};
    document.addEventListener('change', (event) => {
        if (event.target.type === 'file') marks.chosen = performance.now();
    }, true);
    const look = () => {
        const painted = document.querySelector('[data-canvas=lanes][data-painted]');
        if (painted) marks.first ??= performance.now();
        const busy = document.querySelector('[role=progressbar]');
        if (painted && !busy) marks.complete ??= performance.now(); else delete marks.complete;
    };
    new MutationObserver(look).observe(document.body,
        { subtree: true, childList: true, attributes: true, attributeFilter: ['data-painted'] });";

/// Times every callback that the page is called by (frames, events, answers of the worker, timers), with the promises
/// it leaves behind, and adds it to the frame that it falls into; no moment counts twice. Notes beside it how long
/// the worker took for each answer, from asking to hearing. `drive(name, steps, wheel)` turns the wheel once a frame.
const METER: &str = "
    const meter = window.__meter = { frames: {}, answers: [], script: 0, counted: 0 };
    const timed = (call) => function (...args) {
        const start = performance.now();
        let rounds = 8;
        const stop = () => {
            if (rounds-- > 0) return queueMicrotask(stop);
            const now = performance.now();
            meter.script += now - Math.max(start, meter.counted);
            meter.counted = now;
        };
        if (meter.depth) return call.apply(this, args);
        meter.depth = 1;
        try { return call.apply(this, args); } finally { meter.depth = 0; queueMicrotask(stop); }
    };
    const frame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (call) => frame(timed(call));
    const timer = window.setTimeout.bind(window);
    window.setTimeout = (call, ...rest) => timer(typeof call === 'function' ? timed(call) : call, ...rest);
    const add = EventTarget.prototype.addEventListener;
    const wrapped = new WeakMap();
    EventTarget.prototype.addEventListener = function (kind, call, options) {
        if (typeof call !== 'function') return add.call(this, kind, call, options);
        const wrapper = wrapped.get(call) ?? timed(call);
        wrapped.set(call, wrapper);
        return add.call(this, kind, wrapper, options);
    };
    const remove = EventTarget.prototype.removeEventListener;
    EventTarget.prototype.removeEventListener = function (kind, call, options) {
        return remove.call(this, kind, wrapped.get(call) ?? call, options);
    };
    const post = Worker.prototype.postMessage;
    const asked = [];
    Worker.prototype.postMessage = function (...args) {
        if (!meter.heard) add.call(this, 'message', meter.heard = () => {
            // The worker answers in order.
            if (asked.length) meter.answers.push(performance.now() - asked.shift());
        });
        if (meter.driving) asked.push(performance.now());
        return post.apply(this, args);
    };
    meter.drive = (name, steps, wheel) => {
        const canvas = document.querySelector('[data-canvas=timeline]');
        const box = canvas.getBoundingClientRect();
        const at = { clientX: box.x + box.width / 2, clientY: box.y + Math.min(250, box.height / 2) };
        const frames = meter.frames[name] = [];
        let left = steps;
        meter.driving = true;
        const next = () => {
            if (left < steps) frames.push(meter.script);
            meter.script = 0;
            if (left-- === 0) return;
            canvas.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ...at, ...wheel }));
            frame(next);
        };
        frame(next);
    };";

/// What is done after opening, a wheel turn a frame.
const MOVES: [(&str, u32, &str); 5] = [
    ("zoom in", 90, "{ deltaY: -60, ctrlKey: true }"),
    ("pan", 120, "{ deltaX: 60 }"),
    ("zoom out", 90, "{ deltaY: 60, ctrlKey: true }"),
    ("pan at full width", 60, "{ deltaX: -40 }"),
    ("scroll", 120, "{ deltaY: 40 }"),
];

#[tokio::main]
async fn main() -> Result<()> {
    let file: PathBuf = std::env::args_os().nth(1).context("usage: bench FILE")?.into();
    let page = Page::open_with(METER).await?;
    page.script(WATCH).await?;
    page.choose_file(&file).await?;
    let opened = measure(&page, &file).await?;
    page.close().await?;
    println!("{opened}");
    Ok(())
}

async fn measure(page: &Page, file: &Path) -> Result<Value> {
    page.until_within(LIMIT, "all of the trace", "window.__marks.complete").await?;
    // What is complete must stay so for a moment.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let marks = page.script("return window.__marks").await?;
    let at = |name: &str| marks[name].as_f64().with_context(|| format!("{name} was not seen: {marks}"));
    let (chosen, first, complete) = (at("chosen")?, at("first")?, at("complete")?);
    let mut frames = Vec::new();
    let mut moves = serde_json::Map::new();
    for (name, steps, wheel) in MOVES {
        let times = drive(page, name, steps, wheel).await?;
        moves.insert(
            name.into(),
            json!({ "p50_ms": quantile(&times, 0.5), "p99_ms": quantile(&times, 0.99) }),
        );
        frames.extend(times);
    }
    let answers = numbers(&page.script("return window.__meter.answers").await?);
    let bytes = std::fs::metadata(file)?.len();
    Ok(json!({
        "first_picture_s": rounded((first - chosen) / 1e3),
        "complete_s": rounded((complete - chosen) / 1e3),
        "mib_per_s": rounded(bytes as f64 / (1 << 20) as f64 / ((complete - chosen) / 1e3)),
        "peak_mib": processes::largest_peak(page.driver_pid()).map(|bytes| bytes >> 20),
        "frames": frames.len(),
        "frame_script_p50_ms": quantile(&frames, 0.5),
        "frame_script_p99_ms": quantile(&frames, 0.99),
        "answers": answers.len(),
        "answer_p50_ms": quantile(&answers, 0.5),
        "answer_p99_ms": quantile(&answers, 0.99),
        "moves": moves,
    }))
}

/// Script time of each frame while the wheel turns, in ms.
async fn drive(page: &Page, name: &str, steps: u32, wheel: &str) -> Result<Vec<f64>> {
    page.script(&format!("window.__meter.drive({name:?}, {steps}, {wheel})")).await?;
    let done = format!("window.__meter.frames[{name:?}].length === {steps}");
    page.until_within(LIMIT, "the last frame", &done).await?;
    let times = page.script(&format!("return window.__meter.frames[{name:?}]")).await?;
    Ok(numbers(&times))
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn quantile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    let found = sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default();
    rounded(found)
}

/// With as many digits as the browser's clock can tell.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
