//! What the browser logged: requests over the network, and messages on the console.

use anyhow::Result;
use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// Addresses requested since the last call, those left out that never leave the page.
pub async fn requests(client: &Client) -> Result<Vec<String>> {
    let entries = read(client, "performance").await?;
    let sent = entries.iter().filter_map(|entry| {
        let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
        let message = &event["message"];
        let sent = message["method"] == "Network.requestWillBeSent";
        sent.then(|| message["params"]["request"]["url"].as_str().map(str::to_owned))?
    });
    Ok(sent.filter(|url| !url.starts_with("blob:") && !url.starts_with("data:")).collect())
}

/// Errors on the console since the last call: panics, broken policies, files that are missing.
pub async fn errors(client: &Client) -> Result<Vec<String>> {
    let entries = read(client, "browser").await?;
    let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
    Ok(severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect())
}

async fn read(client: &Client, kind: &'static str) -> Result<Vec<Value>> {
    let answer = client.issue_cmd(ReadLog(kind)).await?;
    Ok(answer.as_array().cloned().unwrap_or_default())
}

/// chromedriver's own command: hands out a log and empties it.
#[derive(Debug)]
struct ReadLog(&'static str);

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": self.0 }).to_string()))
    }
}
