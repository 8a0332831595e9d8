//! `view`: serve the viewer and the files on loopback, and open a browser on them.

use crate::cli::ViewArgs;
use crate::failure::{Failure, note, warn};
use crate::serve::{App, Server};
use crate::{interrupt, out};

/// Serves until Ctrl-C. The address is the last line of stdout.
pub fn run(args: &ViewArgs) -> Result<(), Failure> {
    let app = App::find(args.app.as_deref())?;
    let server = Server::start(app, &args.files, args.port)?;
    interrupt::install();
    let url = server.url();
    out::text(&format!("{url}\n"))?;
    if !args.no_open
        && let Err(error) = open::that_detached(url)
    {
        warn(format_args!("cannot start a browser ({error}); open the address yourself"));
    }
    note("Serving on this machine only; Ctrl-C ends it.");
    server.run()
}
