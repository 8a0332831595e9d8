//! Frames, stacks and places as people read them.

use taskscope_proto::Dataset;
use taskscope_proto::model::{FrameId, StackId};

use super::names::frame_name;
use super::symbols::is_standard;
use crate::api::FrameText;

/// Frames that a stack shows at most; deeper ones are counted in a last entry.
pub const SHOWN_FRAMES: usize = 200;

/// One frame.
pub fn frame(dataset: &Dataset, id: FrameId) -> FrameText {
    let function = frame_name(dataset, id).into_owned();
    FrameText {
        location: location(dataset, id, 2),
        own: !of_language(dataset, id, &function),
        inlined: dataset.frames.get(id).is_some_and(|row| row.inlined),
        function,
    }
}

/// Whether a frame belongs to the language or its runtime: by its name, or by its file where debug information
/// gives inlined functions short names.
pub fn of_language(dataset: &Dataset, id: FrameId, name: &str) -> bool {
    let function = dataset.frames.get(id).and_then(|row| dataset.functions.get(row.function));
    let file = function.map_or("", |function| dataset.strings.get(function.file));
    is_standard(name)
        || file.starts_with("/rustc/")
        || file.contains("/registry/src/") && file.contains("/tokio-")
}

/// The frames of `stack`, leaf first; a very deep one ends in an entry that says how many follow.
pub fn stack(dataset: &Dataset, stack: StackId) -> Vec<FrameText> {
    let mut frames: Vec<FrameText> =
        dataset.stacks.leaf_first(stack).take(SHOWN_FRAMES).map(|id| frame(dataset, id)).collect();
    let hidden = dataset.stacks.leaf_first(stack).skip(SHOWN_FRAMES).count();
    if hidden > 0 {
        let function = format!("… {} more frames", crate::units::count_u64(hidden as u64));
        frames.push(FrameText { function, location: String::new(), own: false, inlined: false });
    }
    frames
}

/// `dir/file.go:42` with the last `elements` elements of the path; without the line where that is
/// unknown, the address in hex where the file is, empty where nothing is.
pub fn location(dataset: &Dataset, id: FrameId, elements: usize) -> String {
    let Some(row) = dataset.frames.get(id) else { return String::new() };
    let file = dataset.functions.get(row.function).map_or("", |function| dataset.strings.get(function.file));
    match (file, row.line, row.address) {
        ("", _, 0) => String::new(),
        ("", _, address) => format!("{address:#x}"),
        (file, 0, _) => tail(file, elements).into(),
        (file, line, _) => format!("{}:{line}", tail(file, elements)),
    }
}

/// The last `elements` elements of a path, with either kind of slash.
pub fn tail(path: &str, elements: usize) -> &str {
    let wanted = elements.saturating_sub(1);
    match path.rmatch_indices(['/', '\\']).nth(wanted) {
        Some((at, _)) => &path[at + 1..],
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_tail() {
        assert_eq!(tail("/usr/local/go/src/net/http/server.go", 2), "http/server.go");
        assert_eq!(tail("main.go", 2), "main.go");
        assert_eq!(tail("C:\\src\\work\\main.go", 1), "main.go");
        assert_eq!(tail("", 2), "");
    }
}
