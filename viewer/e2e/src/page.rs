//! One open viewer.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
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
        let driver = Driver::start()?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(driver::capabilities()).connect(&driver.address).await?;
        let page = Page { client, driver };
        if !script.is_empty() {
            page.client.issue_cmd(BeforeAll(script.to_owned())).await?;
        }
        page.client.goto(&server::start(dist())?).await?;
        if page.find("#view").await.is_err() {
            bail!("the viewer did not start; console: {:?}", log::errors(&page.client).await?);
        }
        Ok(page)
    }

    /// Waits for the first element of a CSS selector, and answers its text.
    pub async fn find(&self, selector: &str) -> Result<String> {
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector));
        let element = wait.await.with_context(|| format!("nothing on the page matches {selector}"))?;
        Ok(element.text().await?)
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
