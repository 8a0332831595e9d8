//! The one line that a program needs, and a few tasks to look at:
//! `cargo run -p taskscope-agent --example one_line`, then `collector stack <pid>`.

use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), taskscope_agent::ListenError> {
    let _agent = taskscope_agent::Builder::new().shutdown_cleanup(true).listen()?;
    println!("pid {}", std::process::id());
    for _ in 0..3 {
        taskscope_agent::spawn(async { tokio::time::sleep(Duration::from_secs(3600)).await });
    }
    let _ = tokio::signal::ctrl_c().await;
    Ok(())
}
