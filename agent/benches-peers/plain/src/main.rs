//! tokio by itself, built as the others are.

#[allow(dead_code, reason = "each program uses its part of it")]
#[path = "../../../benches/load/mod.rs"]
mod load;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    load::row(&runtime, "plain tokio, unstable", load::Plain);
}
