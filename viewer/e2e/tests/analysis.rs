//! The views of a trace say what the collector says, number by number.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use taskscope_e2e::collector::{Serving, answer};
use taskscope_e2e::{Page, fixture};

/// A trace with user tasks, regions, collections, CPU samples and leaks.
const TRACE: &str = "trace/go1.26.6.bin";

#[tokio::test]
async fn views_of_a_trace_equal_the_collector() -> Result<()> {
    let page = Page::open().await?;
    page.requests().await?;
    page.drop_file("server.trace", &fixture(TRACE)?).await?;
    page.find("[data-canvas=lanes][data-painted]").await?;

    goroutines(&page).await?;
    user_tasks(&page).await?;
    collections(&page).await?;
    findings(&page).await?;
    waits(&page).await?;

    page.darken().await?;
    for (view, drawn) in [
        ("goroutines", "#goroutines .vt-row[aria-rowindex='1']"),
        ("usertasks", "#marks .vt-row[aria-rowindex='1']"),
        ("gc", ".plot path.p1"),
        ("findings", ".fine"),
        ("flame", "[data-canvas=flame][data-painted]"),
    ] {
        page.click(&format!("#tab-{view}")).await?;
        page.find(drawn).await?;
        page.screenshot(&format!("{view}-dark")).await?;
    }
    let requests = page.requests().await?;
    ensure!(requests.is_empty(), "after load the page asked for {requests:?}");
    page.close().await
}

async fn goroutines(page: &Page) -> Result<()> {
    let told = answer("goroutines", TRACE)?;
    page.click("#tab-goroutines").await?;
    let grid = page.grid("goroutines").await?;
    let rows = list(&told, "goroutines")?;
    ensure!(grid.rows.len() == rows.len(), "{} groups, told {}", grid.rows.len(), rows.len());
    for shown in 0..grid.rows.len() {
        let name = grid.cell(shown, "Entry function")?;
        // Goroutines of which no stack was seen have no entry function, and a sentence on the page.
        let entry = if name.starts_with('(') { "" } else { name };
        let row = rows.iter().find(|row| row["name"] == entry).with_context(|| format!("no group {name}"))?;
        grid.shows(shown, "Count", &row["count"])?;
        for (head, field) in [
            ("Total", "total_ns"),
            ("Execution", "execution_ns"),
            ("Sched wait", "sched_wait_ns"),
            ("Syscall", "syscall_ns"),
            ("Sys block", "syscall_block_ns"),
        ] {
            grid.shows_ns(shown, head, &row[field])?;
        }
        let reasons = row["block_ns"].as_object().context("block times by reason")?;
        let blocked: u64 = reasons.values().filter_map(Value::as_u64).sum();
        grid.shows_ns(shown, "Blocked", &blocked.into())?;
    }
    page.click("#goroutines .vt-row[aria-rowindex='1']").await?;
    page.find(".det .sbar").await?;
    page.find(".det .hist").await?;
    page.screenshot("goroutines").await
}

async fn user_tasks(page: &Page) -> Result<()> {
    let told = answer("tasks", TRACE)?;
    page.click("#tab-usertasks").await?;
    let types = page.grid("types").await?;
    for (at, row) in list(&told, "types")?.iter().enumerate() {
        ensure!(types.cell(at, "Task type")? == row["name"], "row {at} is another type than {}", row["name"]);
        types.shows(at, "Count", &row["count"])?;
        for (head, field) in
            [("Total", "total_ns"), ("Median", "p50_ns"), ("p99", "p99_ns"), ("Max", "max_ns")]
        {
            types.shows_ns(at, head, &row["durations"][field])?;
        }
    }
    let marks = page.grid("marks").await?;
    for (at, task) in list(&told, "tasks")?.iter().enumerate() {
        marks.shows(at, "Task", &task["id"])?;
        let length = task["end_ns"].as_u64().zip(task["start_ns"].as_u64()).context("times")?;
        marks.shows_ns(at, "Duration", &(length.0 - length.1).into())?;
    }
    page.click("#marks .vt-row[aria-rowindex='1']").await?;
    page.find("[data-fact=why] .sbar").await?;
    page.sees("100.0").await?;
    page.screenshot("usertasks").await
}

async fn collections(page: &Page) -> Result<()> {
    let told = answer("gctrace", TRACE)?;
    page.click("#tab-gc").await?;
    let grid = page.grid("collections").await?;
    let rows = list(&told, "rows")?;
    ensure!(grid.rows.len() == rows.len(), "{} collections, told {}", grid.rows.len(), rows.len());
    for (at, row) in rows.iter().enumerate() {
        grid.shows(at, "GC", &row["number"])?;
        for (head, field) in [
            ("Mark", "mark_ns"),
            ("Stop 1", "stop_before_ns"),
            ("Background", "background_ns"),
            ("Assists", "assist_ns"),
        ] {
            grid.shows_ns(at, head, &row[field])?;
        }
    }
    page.find(".plot path.main").await?;
    page.find(".plot path.p1").await?;
    page.screenshot("gc").await
}

async fn findings(page: &Page) -> Result<()> {
    let told = answer("findings", TRACE)?;
    page.click("#tab-findings").await?;
    let found = list(&told, "findings")?.len();
    let shown = page.find("[data-fact=findings]").await?;
    ensure!(shown.starts_with(&format!("{found} ")), "{shown}, told {found}");
    for check in list(&told, "checks")?.iter().filter(|check| check["found"] == 0) {
        for field in ["title", "measured"] {
            // Numbers have thin spaces, which JSON keeps and XPath does not.
            let text = &check[field];
            page.until("what was measured", &format!("document.body.innerText.includes({text})")).await?;
        }
    }
    page.screenshot("findings").await
}

/// Each kind of wait has a flame graph, and taking the chips off leads back to the whole trace.
async fn waits(page: &Page) -> Result<()> {
    page.click("#tab-flame").await?;
    page.find("[data-canvas=flame][data-painted]").await?;
    for (at, name) in [(1, "Network wait"), (2, "Sync wait"), (3, "Syscalls"), (4, "Scheduler wait")] {
        let choose = format!(
            "const list = document.querySelector('.tools select');
             list.value = '{at}';
             list.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        );
        page.script(&choose).await?;
        page.until(name, &format!("document.querySelector('[data-fact=source]').innerText === '{name}'"))
            .await?;
        page.find(".flame-table .vt-row[aria-rowindex='1']").await?;
    }
    page.screenshot("flame-waits").await
}

#[tokio::test]
async fn collector_view_opens_its_file() -> Result<()> {
    let serving = Serving::start(TRACE)?;
    let page = Page::open_at(&serving.url, "").await?;
    page.find("[data-canvas=lanes][data-painted]").await?;
    page.sees("go1.26.6.bin").await?;
    page.sees("P 0").await?;
    page.close().await
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a Vec<Value>> {
    value[field].as_array().with_context(|| format!("the collector tells no {field}"))
}
