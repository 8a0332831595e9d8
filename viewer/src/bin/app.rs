//! The one module of the viewer: the application on the UI thread, the host of open files in the
//! worker. The two share most of their code, so users download and compile it once.

use taskscope_viewer::{components::App, link::host};

fn main() {
    if !host::run() {
        yew::Renderer::<App>::new().render();
    }
}
