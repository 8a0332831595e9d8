//! One open viewer.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::driver::{self, Driver};
use crate::{dist, log, screenshots, server};

/// How long anything may take on a busy machine; what is there earlier is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes a file of the arguments and drops it on the middle of the page, as a user's hand does.
const DROP: &str = "
    const [name, content] = arguments;
    const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    const [clientX, clientY] = [innerWidth / 2, innerHeight / 2];
    const on = document.elementFromPoint(clientX, clientY) ?? document.body;
    for (const kind of ['dragenter', 'dragover', 'drop'])
        on.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer, clientX, clientY }));";

/// A table as it is on the page.
#[derive(Debug)]
pub struct Grid {
    /// Heads of the columns, with their units: `Total, ms`.
    pub heads: Vec<String>,
    /// Texts of the cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// The cell of a row in the column whose head begins with `head`.
    pub fn cell(&self, row: usize, head: &str) -> Result<&str> {
        let column = self.heads.iter().position(|name| name.starts_with(head));
        let column = column.with_context(|| format!("no column {head} among {:?}", self.heads))?;
        let cell = self.rows.get(row).and_then(|cells| cells.get(column));
        cell.map(String::as_str).with_context(|| format!("no row {row}"))
    }

    /// Fails unless the cell shows a time, to the last digit shown; its unit is in the head, or in the
    /// head of the first column that has one.
    pub fn shows_ns(&self, row: usize, head: &str, ns: &Value) -> Result<()> {
        let own = self.heads.iter().find(|name| name.starts_with(head)).and_then(|name| unit(name));
        let unit = own.or_else(|| self.heads.iter().find_map(|name| unit(name))).context("a unit of time")?;
        let text = self.cell(row, head)?;
        let shown: f64 = plain(text).parse().with_context(|| format!("{head} of row {row} is {text:?}"))?;
        let expected = ns.as_f64().with_context(|| format!("{ns} is a time"))? / unit;
        ensure!(
            (shown - expected).abs() <= 0.000_501,
            "row {row}, {head}: shown {shown}, expected {expected}"
        );
        Ok(())
    }

    /// Fails unless the cell shows a number.
    pub fn shows(&self, row: usize, head: &str, number: &Value) -> Result<()> {
        let text = plain(self.cell(row, head)?);
        ensure!(text == plain(&number.to_string()), "row {row}, {head}: shown {text}, expected {number}");
        Ok(())
    }
}

/// Digits without the spaces between groups of three.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '"').collect()
}

fn unit(head: &str) -> Option<f64> {
    match head.rsplit_once(", ")?.1 {
        "ns" => Some(1.0),
        "µs" => Some(1e3),
        "ms" => Some(1e6),
        "s" => Some(1e9),
        _ => None,
    }
}

/// A viewer in a browser of its own. Call [`Page::close`] at the end of a story.
pub struct Page {
    client: Client,
    // Ends the browser when a story fails half-way.
    driver: Driver,
}

impl Page {
    /// Opens the viewer from a static host and waits until it has drawn itself.
    pub async fn open() -> Result<Page> {
        Page::open_with("").await
    }

    /// The same, with a script that runs before any of the page's own.
    pub async fn open_with(script: &str) -> Result<Page> {
        Page::open_at(&server::start(dist())?, script).await
    }

    /// Opens the viewer at an address, with a script that runs before any of the page's own.
    pub async fn open_at(url: &str, script: &str) -> Result<Page> {
        let driver = Driver::start()?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(driver::capabilities()).connect(&driver.address).await?;
        let page = Page { client, driver };
        if !script.is_empty() {
            page.client.issue_cmd(BeforeAll(script.to_owned())).await?;
        }
        page.client.goto(url).await?;
        if page.find("#view").await.is_err() {
            bail!("the viewer did not start; console: {:?}", log::errors(&page.client).await?);
        }
        Ok(page)
    }

    /// Waits for the first element of a CSS selector, and answers its text.
    pub async fn find(&self, selector: &str) -> Result<String> {
        loop {
            match self.element(selector).await?.text().await {
                Err(error) if error.is_stale_element_reference() => {}
                text => return Ok(text?),
            }
        }
    }

    /// Clicks on the first element of a CSS selector.
    pub async fn click(&self, selector: &str) -> Result<()> {
        loop {
            match self.element(selector).await?.click().await {
                Err(error) if error.is_stale_element_reference() => {}
                clicked => return Ok(clicked?),
            }
        }
    }

    /// Waits for the first element of a CSS selector. The page may draw it anew at once, which makes this one stale.
    async fn element(&self, selector: &str) -> Result<Element> {
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector));
        wait.await.with_context(|| format!("nothing on the page matches {selector}"))
    }

    /// Waits for the rows of a long table, and answers its heads and the texts of its cells.
    pub async fn grid(&self, id: &str) -> Result<Grid> {
        self.find(&format!("#{id} .vt-row[aria-rowindex='1']")).await?;
        let script = format!(
            "const rows = [...document.querySelectorAll('#{id} .vt-row')];
             return rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()));"
        );
        let mut rows: Vec<Vec<String>> = serde_json::from_value(self.script(&script).await?)?;
        ensure!(!rows.is_empty(), "the table {id} has no head");
        let heads = rows.remove(0);
        Ok(Grid { heads, rows })
    }

    /// Waits until the page's text has a part.
    pub async fn sees(&self, part: &str) -> Result<()> {
        let xpath = format!("//body[contains(normalize-space(.), {part:?})]");
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&xpath)).await;
        if wait.is_err() {
            let text = self.find("body").await?;
            bail!("the page does not say {part:?}, but:\n{text}");
        }
        Ok(())
    }

    /// Drops a file on the page.
    pub async fn drop_file(&self, name: &str, content: &[u8]) -> Result<()> {
        let arguments = vec![json!(name), json!(STANDARD.encode(content))];
        self.client.execute(DROP, arguments).await.context("dropping a file")?;
        Ok(())
    }

    /// Chooses a file of this machine in the page's file dialog: it is read from disk, however large.
    pub async fn choose_file(&self, path: &Path) -> Result<()> {
        let input = self.client.find(Locator::Css("input[type=file]")).await?;
        let path = path.to_str().context("a path in UTF-8")?;
        input.send_keys(path).await.context("choosing a file")?;
        Ok(())
    }

    /// Process id of the chromedriver, whose children are the browser's processes.
    pub fn driver_pid(&self) -> u32 {
        self.driver.pid()
    }

    /// Waits until a JavaScript expression holds.
    pub async fn until(&self, what: &str, expression: &str) -> Result<()> {
        self.until_within(PATIENCE, what, expression).await
    }

    /// The same, for what may take longer than anything a user waits for.
    pub async fn until_within(&self, limit: Duration, what: &str, expression: &str) -> Result<()> {
        let deadline = tokio::time::Instant::now() + limit;
        let script = format!("return Boolean({expression})");
        while self.script(&script).await? != true {
            ensure!(tokio::time::Instant::now() < deadline, "there never was {what}: {expression}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Types keys with the focus on an element.
    pub async fn keys(&self, selector: &str, keys: &str) -> Result<()> {
        self.script(&format!("document.querySelector({selector:?}).focus()")).await?;
        let mut typing = KeyActions::new("keys".into());
        for value in keys.chars() {
            typing = typing.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(typing).await?)
    }

    /// Chooses the dark theme by the button that goes from theme to theme.
    pub async fn darken(&self) -> Result<()> {
        for _ in 0..3 {
            self.script("document.querySelector('button[aria-label^=Theme]').click()").await?;
            if self.script("return document.documentElement.dataset.theme === 'dark'").await? == true {
                return self
                    .until(
                        "a frame in the dark",
                        "requestAnimationFrame(() => window.dark = 1) && window.dark",
                    )
                    .await;
            }
        }
        bail!("the button does not lead to the dark theme")
    }

    /// Clicks at a place in the window, in CSS px.
    pub async fn click_at(&self, x: f64, y: f64) -> Result<()> {
        let button = MOUSE_BUTTON_LEFT;
        let mouse = MouseActions::new("mouse".into())
            .then(PointerAction::MoveTo { duration: None, x, y })
            .then(PointerAction::Down { button })
            .then(PointerAction::Up { button });
        Ok(self.client.perform_actions(mouse).await?)
    }

    /// Runs a script in the page and answers what it returns.
    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Addresses that the page asked for since the last call.
    pub async fn requests(&self) -> Result<Vec<String>> {
        log::requests(&self.client).await
    }

    /// Saves what the window shows.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let folder = screenshots();
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await?)?;
        Ok(())
    }

    /// Ends the story: nothing may have gone wrong on the console.
    pub async fn close(self) -> Result<()> {
        let errors = log::errors(&self.client).await?;
        self.client.close().await?;
        ensure!(errors.is_empty(), "errors on the console:\n{}", errors.join("\n"));
        Ok(())
    }
}

/// chromedriver's own command to the browser's debugger: have a script run before any page's own.
#[derive(Debug)]
struct BeforeAll(String);

impl WebDriverCompatibleCommand for BeforeAll {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let params = json!({ "source": self.0 });
        let body = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": params });
        (Method::POST, Some(body.to_string()))
    }
}
