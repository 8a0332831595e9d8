//! The load under console-subscriber, to which no console is connected.

#[allow(dead_code, reason = "each program uses its part of it")]
#[path = "../../../benches/load/mod.rs"]
mod load;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let layer = console_subscriber::ConsoleLayer::builder().server_addr(address).spawn();
    tracing_subscriber::registry().with(layer).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    load::row(&runtime, "console-subscriber", load::Plain);
}
