//! A small shop over HTTP that puts load on itself, with the agent inside: what the demo records, and what
//! the agent's own tests drive.
//!
//! `cargo run --release -p taskscope-agent --example sample -- --load --leak all --seconds 60`
//!
//! The first line on stdout is `pid N`, the last one the program's own counts as JSON.

mod clients;
mod commands;
mod counted;
mod leaks;
mod options;
mod server;
mod work;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use options::Options;

#[global_allocator]
static HEAP: taskscope_agent::heap::Allocator = taskscope_agent::heap::Allocator::system();

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => run(options),
        Ok(None) => {
            println!("{}", options::USAGE);
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("sample: {wrong}\n\n{}", options::USAGE);
            ExitCode::from(2)
        }
    }
}

fn run(options: Options) -> ExitCode {
    let listening = taskscope_agent::Builder::new().shutdown_cleanup(true).listen();
    // Without an agent the program goes on, as every program should.
    let _agent = listening.inspect_err(|refused| eprintln!("sample: no agent: {refused}")).ok();
    let mut builder = taskscope_agent::runtime::Builder::new_multi_thread().enable_all();
    if let Some(workers) = options.workers {
        builder = builder.worker_threads(workers);
    }
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sample: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    counted::count_wakes(options.count_wakes);
    let outcome = runtime.block_on_named("main", serve(options));
    // Leaked tasks would be waited for by nobody; blocking ones are given a moment.
    runtime.shutdown_timeout(Duration::from_millis(200));
    if let Err(error) = outcome {
        eprintln!("sample: {error}");
        return ExitCode::FAILURE;
    }
    say(&counted::counts());
    ExitCode::SUCCESS
}

/// The shop, until its time is over or it is told to quit.
async fn serve(options: Options) -> std::io::Result<()> {
    let shop = Arc::new(work::Shop::new());
    let address = server::start(&shop).await?;
    let load = clients::Load::new(address, options.clients);
    if options.load {
        load.start();
    }
    for kind in &options.leaks {
        leaks::plant(*kind, options.each);
    }
    say(&format!("pid {}", std::process::id()));
    let over = tokio::time::sleep(options.seconds.unwrap_or(Duration::MAX));
    if options.commands {
        tokio::select! {
            () = over => {}
            () = commands::obey(&load) => {}
        }
    } else {
        over.await;
    }
    load.stop();
    Ok(())
}

/// One line, at once: whoever started us may wait for it.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: then it does not matter.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
