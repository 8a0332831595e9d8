//! The application on the UI thread.

fn main() {
    yew::Renderer::<taskscope_viewer::components::App>::new().render();
}
