//! What a user does with the viewer and must see then.

use anyhow::{Result, ensure};
use taskscope_e2e::{Page, fixture};

#[tokio::test]
async fn a_trace_opens_and_nothing_leaves_the_page() -> Result<()> {
    let page = Page::open().await?;
    page.sees("Drop").await?;
    page.screenshot("empty").await?;
    ensure!(!page.requests().await?.is_empty(), "the page itself was requested");

    page.drop_file("server.trace", &fixture("trace/go1.26.6.bin")?).await?;
    page.find("#view[role=tabpanel]").await?;
    page.sees("server.trace").await?;
    page.screenshot("trace").await?;

    let requests = page.requests().await?;
    ensure!(requests.is_empty(), "after load the page asked for {requests:?}");
    page.close().await
}
