//! What a user does with the viewer and must see then.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use taskscope_e2e::{Page, fixture};

#[tokio::test]
async fn a_trace_opens_and_nothing_leaves_the_page() -> Result<()> {
    let page = Page::open().await?;
    page.sees("Drop").await?;
    page.screenshot("empty").await?;
    ensure!(!page.requests().await?.is_empty(), "the page itself was requested");

    page.drop_file("server.trace", &fixture("trace/go1.26.6.bin")?).await?;
    page.find("[data-canvas=lanes][data-painted]").await?;
    page.sees("server.trace").await?;
    for lane in ["P 0", "P 1", "GC", "main.main.func4", "net/http.(*conn).serve"] {
        page.sees(lane).await?;
    }
    page.screenshot("trace").await?;

    page.find("[data-canvas=timeline]").await?;
    click_into_a_span(&page).await?;
    page.find(".tl-details .mini").await?;
    page.sees("100.0").await?;
    page.screenshot("trace-span").await?;

    let before = page.find("[data-fact=window]").await?;
    page.keys("[data-canvas=timeline]", "www").await?;
    page.until(
        "a shorter window",
        &format!("document.querySelector('[data-fact=window]').innerText != {before:?}"),
    )
    .await?;
    page.darken().await?;
    page.screenshot("trace-dark").await?;

    let requests = page.requests().await?;
    ensure!(requests.is_empty(), "after load the page asked for {requests:?}");
    page.close().await
}

#[tokio::test]
async fn a_cpu_profile_shows_the_numbers_of_pprof() -> Result<()> {
    let page = Page::open().await?;
    page.requests().await?;
    page.drop_file("cpu.pb.gz", &fixture("pprof/go1.26.6.cpu.pb.gz")?).await?;
    page.find("[data-canvas=flame]").await?;
    page.find(".vt-row[aria-rowindex='1']").await?;
    page.screenshot("flame").await?;

    // Go's own answer lies beside the profile among the fixtures.
    let truth: Value = serde_json::from_slice(&fixture("pprof/go1.26.6.cpu.truth.json")?)?;
    let cpu = truth.get("cpu").context("the truth has the sample type cpu")?;
    let expected = cpu["rows"].as_object().context("rows")?;
    let total = cpu["total"].as_f64().context("total")?;
    let rows = page.script("return Number(document.querySelector('.vt').ariaRowCount)").await?;
    ensure!(rows == expected.len(), "{rows} rows, pprof has {}", expected.len());
    let shown = page.script(ROWS).await?;
    let shown = shown.as_array().context("rows of the table")?;
    ensure!(shown.len() > 10, "only {} rows are shown", shown.len());
    for row in shown {
        let name = row[0].as_str().context("a name")?;
        let values = expected.get(name).with_context(|| format!("pprof does not know {name}"))?;
        for (cell, value) in [(&row[1], &values[0]), (&row[2], &values[1])] {
            let share = value.as_f64().context("a value")? / total * 100.0;
            let shown: f64 = cell.as_str().and_then(number).with_context(|| format!("{cell} is a share"))?;
            ensure!((shown - share).abs() < 0.051, "{name}: shown {shown} %, pprof says {share:.3} %");
        }
    }

    page.keys(".flame-crumb input", "runtime").await?;
    page.until(
        "marked functions",
        "/function/.test(document.querySelector('[data-fact=matches]').innerText)",
    )
    .await?;
    page.screenshot("flame-search").await?;
    let requests = page.requests().await?;
    ensure!(requests.is_empty(), "after load the page asked for {requests:?}");
    page.close().await
}

#[tokio::test]
async fn a_goroutine_dump_lists_its_leaks() -> Result<()> {
    let page = Page::open().await?;
    page.requests().await?;
    page.drop_file("goroutines.txt", &fixture("dump/go1.26.6.goroutine.debug2.txt")?).await?;
    page.sees("27 of 35").await?;
    for wait in ["chan receive (nil chan)", "select (no cases)", "sync.Mutex.Lock", "sync.Cond.Wait"] {
        page.sees(wait).await?;
    }
    page.sees("certain").await?;
    page.screenshot("leaks").await?;
    page.darken().await?;
    page.screenshot("leaks-dark").await?;
    let requests = page.requests().await?;
    ensure!(requests.is_empty(), "after load the page asked for {requests:?}");
    page.close().await
}

#[tokio::test]
async fn files_that_cannot_be_read_say_why() -> Result<()> {
    let page = Page::open().await?;
    page.requests().await?;
    let mut broken = fixture("trace/go1.26.6.bin")?;
    broken.truncate(4096);
    broken[16..].fill(0);
    page.drop_file("zeros.trace", &broken).await?;
    page.find("[role=alert] .hex").await?;
    page.sees("byte 16").await?;
    page.screenshot("error").await?;

    page.drop_file("<img src=x onerror=alert(1)>.txt", b"only some text\n").await?;
    page.sees("<img src=x onerror=alert(1)>.txt").await?;
    page.sees("plain text").await?;
    let injected = page.script("return document.querySelectorAll('img').length").await?;
    ensure!(injected == 0, "a file's name became an element");
    let requests = page.requests().await?;
    ensure!(requests.is_empty(), "after load the page asked for {requests:?}");
    page.close().await
}

#[tokio::test]
async fn a_cut_trace_opens_with_a_notice() -> Result<()> {
    let page = Page::open().await?;
    let mut cut = fixture("trace/go1.27.3.bin")?;
    cut.truncate(cut.len() * 2 / 3);
    page.drop_file("cut.trace", &cut).await?;
    page.find("[data-canvas=lanes][data-painted]").await?;
    page.sees("notice").await?;
    page.sees("P 0").await?;
    page.screenshot("cut").await?;
    page.close().await
}

/// Name, self share and total share of each row of the top table that is there.
const ROWS: &str = "
    return [...document.querySelectorAll('.vt-row[aria-rowindex]')].map((row) => {
        const cells = [...row.children];
        return [cells[0].title.split('\\n')[0], cells[2].innerText, cells[5].innerText];
    });";

/// Clicks into the lane of a goroutine that is ready through most of the trace, so that a span is there.
async fn click_into_a_span(page: &Page) -> Result<()> {
    let clicked = page
        .script(
            "const canvas = document.querySelector('[data-canvas=timeline]');
             const lane = [...document.querySelectorAll('[data-lane]')].find((lane) => /^G 60/.test(lane.innerText));
             const [box, row] = [canvas.getBoundingClientRect(), lane.getBoundingClientRect()];
             return [box.left + box.width / 2, row.top + row.height / 2];",
        )
        .await?;
    let at = |index: usize| clicked[index].as_f64().context("a position");
    page.click_at(at(0)?, at(1)?).await
}

/// The 12.3 of `12.3`, `12.3 %` or `< 0.1`; the last counts as nothing.
fn number(text: &str) -> Option<f64> {
    let text = text.trim_end_matches('%').trim();
    if text.starts_with('<') { Some(0.05) } else { text.parse().ok() }
}
