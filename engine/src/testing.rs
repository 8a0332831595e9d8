//! Data sets written down in tests.

use taskscope_proto::Dataset;
use taskscope_proto::model::{
    Frame, FrameId, Function, Label, LabelValue, MappingId, StackId, Strings, ValueColumn,
};

/// A profile from folded stacks: `main.main;main.work 10`, one sample a line. Labels follow as
/// `key=value`, further sample types as further numbers.
pub fn folded(text: &str) -> Dataset {
    let mut dataset = Dataset::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split(' ');
        let stack = stack(&mut dataset, words.next().unwrap());
        dataset.samples.stack.push(stack);
        let (labels, values): (Vec<&str>, Vec<&str>) = words.partition(|word| word.contains('='));
        for (row, value) in values.into_iter().enumerate() {
            if dataset.samples.columns.len() == row {
                let (kind, unit) = (dataset.strings.intern("samples"), dataset.strings.intern("count"));
                dataset.samples.columns.push(ValueColumn { kind, unit, values: Vec::new() });
            }
            dataset.samples.columns[row].values.push(value.parse().unwrap());
        }
        for (key, value) in labels.into_iter().filter_map(|label| label.split_once('=')) {
            let (key, value) = (dataset.strings.intern(key), dataset.strings.intern(value));
            dataset.samples.labels.push(Label { key, value: LabelValue::Text(value) });
        }
        dataset.samples.label_ends.push(dataset.samples.labels.len() as u32);
    }
    dataset
}

/// The stack of names joined by `;`, root first; `-` for no stack.
pub fn stack(dataset: &mut Dataset, names: &str) -> StackId {
    if names == "-" {
        return StackId::NONE;
    }
    let frames: Vec<FrameId> = names.split(';').map(|name| frame(dataset, name)).collect();
    dataset.stacks.intern_root_first(frames)
}

/// The frame of `name`, optionally `name@dir/file.go:12`.
pub fn frame(dataset: &mut Dataset, name: &str) -> FrameId {
    let (name, place) = name.split_once('@').unwrap_or((name, ""));
    let (file, line) = place.split_once(':').unwrap_or((place, "0"));
    let (name, file) = (dataset.strings.intern(name), dataset.strings.intern(file));
    let function = Function { name, system_name: Strings::EMPTY, file, start_line: 0 };
    let function = dataset.functions.intern(function);
    let line = line.parse().unwrap();
    dataset.frames.intern(Frame { function, line, address: 0, mapping: MappingId::NONE, inlined: false })
}
