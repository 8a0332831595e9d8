//! Function names as rows of their own: frames that show the same name are one row to every table
//! and tree, whatever their line, address or binary, as in `go tool pprof`.

use std::borrow::Cow;
use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{Frame, FrameId, StackId, StringId, Strings};

/// Every distinct name that frames show, and the name of each frame.
#[derive(Clone, Debug, Default)]
pub struct Names {
    of_frame: Vec<u32>,
    texts: Vec<NameText>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum NameText {
    /// A symbol.
    Symbol(StringId),
    /// No symbol, but a binary: `[libc.so.6]`, as pprof prints it.
    Binary(String),
    /// Neither.
    Unknown,
}

impl Names {
    /// Names every frame of `dataset`.
    pub fn build(dataset: &Dataset) -> Self {
        let mut known: HashMap<NameText, u32> = HashMap::new();
        let mut names = Self::default();
        for frame in dataset.frames.rows() {
            let text = name_text(dataset, frame);
            let next = names.texts.len() as u32;
            let name = *known.entry(text.clone()).or_insert_with(|| {
                names.texts.push(text);
                next
            });
            names.of_frame.push(name);
        }
        names
    }

    /// How many distinct names there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The name that `frame` shows; `None` for no frame.
    pub fn of_frame(&self, frame: FrameId) -> Option<u32> {
        self.of_frame.get(frame.index()).copied()
    }

    /// The name of the leaf frame of `stack`; `None` for no stack.
    pub fn of_stack(&self, dataset: &Dataset, stack: StackId) -> Option<u32> {
        self.of_frame(dataset.stacks.frame(stack))
    }

    /// The text of row `name`; `<unknown>` for a row that is not there.
    pub fn text<'a>(&'a self, dataset: &'a Dataset, name: u32) -> &'a str {
        match self.texts.get(name as usize) {
            Some(NameText::Symbol(id)) => dataset.strings.get(*id),
            Some(NameText::Binary(text)) => text,
            Some(NameText::Unknown) | None => UNKNOWN,
        }
    }

    /// All texts by row.
    pub fn texts<'a>(&'a self, dataset: &'a Dataset) -> impl Iterator<Item = &'a str> + 'a {
        (0..self.texts.len() as u32).map(|name| self.text(dataset, name))
    }
}

/// What `frame` shows: its function, else its binary in brackets, else `<unknown>`.
pub fn frame_name(dataset: &Dataset, frame: FrameId) -> Cow<'_, str> {
    let Some(row) = dataset.frames.get(frame) else { return UNKNOWN.into() };
    match name_text(dataset, row) {
        NameText::Symbol(id) => dataset.strings.get(id).into(),
        NameText::Binary(text) => text.into(),
        NameText::Unknown => UNKNOWN.into(),
    }
}

const UNKNOWN: &str = "<unknown>";

fn name_text(dataset: &Dataset, frame: &Frame) -> NameText {
    let symbol = dataset.functions.get(frame.function).map(|function| function.name);
    if let Some(name) = symbol.filter(|&name| name != Strings::EMPTY && !name.is_none()) {
        return NameText::Symbol(name);
    }
    let file = dataset.mappings.get(frame.mapping.index()).map_or("", |map| dataset.strings.get(map.file));
    match file.rsplit('/').next().unwrap_or_default() {
        "" => NameText::Unknown,
        base => NameText::Binary(format!("[{base}]")),
    }
}
