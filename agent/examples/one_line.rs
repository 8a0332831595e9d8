//! The one line that a program needs, and a few tasks to look at:
//! `cargo run -p taskscope-agent --example one_line`, then `collector stack <pid>`.

use std::error::Error;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _agent = taskscope_agent::Builder::new().shutdown_cleanup(true).listen()?;
    for _ in 0..3 {
        taskscope_agent::spawn(async { tokio::time::sleep(Duration::from_secs(3600)).await });
    }
    // A handler of the program's own, beside the agent's.
    let mut interrupt = signal(SignalKind::interrupt())?;
    println!("pid {}", std::process::id());
    interrupt.recv().await;
    Ok(())
}
