//! The worker that owns the open files.

fn main() {
    taskscope_viewer::link::host::run();
}
