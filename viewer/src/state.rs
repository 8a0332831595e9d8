//! The application's state: small, cheap to compare, changed by [`AppState::reduce`] alone.
//!
//! Facts of a file are behind an `Rc`; a view's zoom, filters and selection are its own business
//! (see [`crate::hooks::use_memory`]), and data stays in the worker.

use std::ops::Deref;
use std::rc::Rc;

use taskscope_engine::api::{FileFacts, OpenError, View};
use yew::{AttrValue, Reducible};

use crate::link::{FileId, Note, PartRef, Phase};
use crate::theme::{ThemeChoice, ThemeName};

/// A part's facts, compared by identity.
#[derive(Clone, Debug)]
pub struct Facts(Rc<FileFacts>);

/// Everything the shell draws from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppState {
    /// Files in the order they were opened.
    pub files: Vec<OpenFile>,
    /// The part in view; `None` shows the empty page.
    pub current: Option<PartRef>,
    /// What is searched for, in every view.
    pub search: AttrValue,
    /// What was chosen as theme.
    pub theme: ThemeChoice,
    /// Whether the system prefers dark.
    pub system_dark: bool,
    /// The one thing that lies over the page.
    pub over: Option<Over>,
    /// Whether files are being dragged over the page.
    pub dragging: bool,
    /// What was done last, said by the status bar: `Copied as issue text`.
    pub said: AttrValue,
}

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenFile {
    /// Its number.
    pub id: FileId,
    /// Its name.
    pub name: AttrValue,
    /// Bytes; 0 while unknown.
    pub size: u64,
    /// How it fares.
    pub fate: Fate,
    /// How far reading is while what was read so far is open already.
    pub rest: Option<Progress>,
}

/// How far reading is: what is being done, bytes dealt with, bytes in all.
pub type Progress = (Phase, u64, u64);

/// How a file fares.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is being read or decoded.
    Loading {
        /// What is being done.
        phase: Phase,
        /// Bytes dealt with.
        done: u64,
        /// Bytes in all; 0 if unknown.
        total: u64,
    },
    /// It is open.
    Open(Vec<OpenPart>),
    /// It cannot be shown.
    Failed(Rc<OpenError>),
    /// It was open when the worker was lost; it can be opened again.
    Lost,
}

/// One part of an open file.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenPart {
    /// The member's name in its zip; empty for a file that is no zip.
    pub name: AttrValue,
    /// Its facts.
    pub facts: Facts,
    /// The view it is seen in.
    pub view: View,
    /// How many findings there are, once somebody has counted.
    pub findings: Option<u32>,
    /// How often other data came in its place, as when a preview becomes the whole.
    pub revision: u32,
}

/// What can lie over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The menu of open files.
    Files,
    /// The notices of the part in view.
    Notices,
    /// The keys.
    Help,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// News of the worker.
    Link(Note),
    /// A file was closed, or its opening cancelled.
    Close(FileId),
    /// Look at this part.
    Select(PartRef),
    /// Look at the part in view in this way.
    SetView(View),
    /// Search for this.
    SetSearch(AttrValue),
    /// This theme was chosen.
    SetTheme(ThemeChoice),
    /// The system's preference is known, or changed.
    SystemDark(bool),
    /// Open this if it is closed, close it if it is open.
    Toggle(Over),
    /// Close whatever lies over the page.
    CloseOver,
    /// Files are dragged over the page, or no longer.
    Dragging(bool),
    /// Say this in the status bar.
    Say(AttrValue),
    /// The findings of a part were counted.
    Found(PartRef, u32),
}

/// Sends actions; compared by identity, so it can be a prop.
pub type Dispatch = yew::UseReducerDispatcher<AppState>;

impl AppState {
    /// The theme in use.
    pub fn theme_name(&self) -> ThemeName {
        self.theme.resolve(self.system_dark)
    }

    /// The file in view.
    pub fn current_file(&self) -> Option<&OpenFile> {
        self.file(self.current?.file)
    }

    /// The part in view, if its file is open.
    pub fn current_part(&self) -> Option<&OpenPart> {
        self.part(self.current?)
    }

    /// A file by number.
    pub fn file(&self, id: FileId) -> Option<&OpenFile> {
        self.files.iter().find(|file| file.id == id)
    }

    /// A part of an open file.
    pub fn part(&self, part: PartRef) -> Option<&OpenPart> {
        match &self.file(part.file)?.fate {
            Fate::Open(parts) => parts.get(part.part as usize),
            _ => None,
        }
    }

    /// The state after `action`.
    pub fn after(mut self, action: Action) -> Self {
        match action {
            Action::Link(note) => self.note(note),
            Action::Close(file) => self.close(file),
            Action::Select(part) => self.select(part),
            Action::SetView(view) => self.set_view(view),
            Action::SetSearch(text) => self.search = text,
            Action::SetTheme(theme) => self.theme = theme,
            Action::SystemDark(dark) => self.system_dark = dark,
            Action::Toggle(over) => self.over = if self.over == Some(over) { None } else { Some(over) },
            Action::CloseOver => self.over = None,
            Action::Dragging(on) => self.dragging = on,
            Action::Say(text) => self.said = text,
            Action::Found(part, count) => self.found(part, count),
        }
        self
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Added { file, name, size } => self.add(file, name, size),
            Note::Progress { file, phase, done, total } => {
                self.progress(file, (phase, done, total));
            }
            Note::Opened { file, size, parts, complete } => {
                let parts = parts.into_iter().map(OpenPart::new).collect();
                self.opened(file, size, parts, complete);
            }
            Note::Failed { file, size, error } => {
                self.set_fate(file, Some(size), Fate::Failed(Rc::new(error)));
            }
            Note::WorkerLost { culprit, message } => self.worker_lost(culprit, &message),
        }
    }

    fn found(&mut self, at: PartRef, count: u32) {
        let file = self.files.iter_mut().find(|file| file.id == at.file);
        if let Some(Fate::Open(parts)) = file.map(|file| &mut file.fate)
            && let Some(part) = parts.get_mut(at.part as usize)
        {
            part.findings = Some(count);
        }
    }

    fn add(&mut self, id: FileId, name: String, size: u64) {
        let fate = Fate::Loading { phase: Phase::Reading, done: 0, total: size };
        // Of several files that come together the first one is shown.
        let busy = self.current_file().is_some_and(OpenFile::is_loading);
        self.files.push(OpenFile { id, name: name.into(), size, fate, rest: None });
        if !busy {
            self.select(PartRef { file: id, part: 0 });
        }
        self.dragging = false;
    }

    fn progress(&mut self, id: FileId, progress: Progress) {
        let Some(file) = self.files.iter_mut().find(|file| file.id == id) else { return };
        let (phase, done, total) = progress;
        match &mut file.rest {
            Some(rest) => *rest = progress,
            None => file.fate = Fate::Loading { phase, done, total },
        }
    }

    /// Parts are open. Where a preview of them was, they are seen in the same way as that.
    fn opened(&mut self, id: FileId, size: u64, mut parts: Vec<OpenPart>, complete: bool) {
        let Some(file) = self.files.iter_mut().find(|file| file.id == id) else { return };
        let progress = match &file.fate {
            &Fate::Loading { phase, done, total } => (phase, done, total),
            _ => file.rest.unwrap_or((Phase::Decoding, 0, 0)),
        };
        if let (Fate::Open(before), Some(_)) = (&file.fate, file.rest) {
            for (part, before) in parts.iter_mut().zip(before) {
                part.revision = before.revision + 1;
                part.view = if part.offers(before.view) { before.view } else { part.view };
            }
        }
        file.rest = (!complete).then_some(progress);
        self.set_fate(id, Some(size), Fate::Open(parts));
    }

    fn set_fate(&mut self, id: FileId, size: Option<u64>, fate: Fate) {
        // News of a file that was closed meanwhile find no file, and are dropped.
        if let Some(file) = self.files.iter_mut().find(|file| file.id == id) {
            file.size = size.unwrap_or(file.size);
            file.rest = file.rest.filter(|_| matches!(fate, Fate::Open(_)));
            file.fate = fate;
        }
    }

    fn worker_lost(&mut self, culprit: Option<FileId>, message: &str) {
        // Without a name, the file that was on its way is the likely one, then the one in view.
        let loading = self.files.iter().find(|file| file.is_loading());
        let culprit = culprit.or(loading.map(|file| file.id)).or(self.current.map(|part| part.file));
        for file in &mut self.files {
            file.rest = None;
            if Some(file.id) == culprit {
                file.fate = Fate::Failed(Rc::new(defect(message)));
            } else if !matches!(file.fate, Fate::Failed(_)) {
                file.fate = Fate::Lost;
            }
        }
    }

    fn close(&mut self, id: FileId) {
        let Some(at) = self.files.iter().position(|file| file.id == id) else { return };
        self.files.remove(at);
        if self.current.is_some_and(|part| part.file == id) {
            let next = self.files.get(at).or(self.files.last());
            self.current = next.map(|file| PartRef { file: file.id, part: 0 });
            self.search = AttrValue::default();
        }
        if self.files.is_empty() {
            self.over = None;
        }
    }

    fn select(&mut self, part: PartRef) {
        if self.current != Some(part) {
            self.search = AttrValue::default();
        }
        self.current = Some(part);
        self.over = None;
        self.said = AttrValue::default();
    }

    fn set_view(&mut self, view: View) {
        let Some(current) = self.current else { return };
        let Some(file) = self.files.iter_mut().find(|file| file.id == current.file) else { return };
        let Fate::Open(parts) = &mut file.fate else { return };
        if let Some(part) = parts.get_mut(current.part as usize).filter(|part| part.offers(view)) {
            part.view = view;
        }
        self.over = None;
        self.said = AttrValue::default();
    }
}

impl Reducible for AppState {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let next = (*self).clone().after(action);
        // The same `Rc` means that nothing is drawn again.
        if next == *self { self } else { Rc::new(next) }
    }
}

impl OpenFile {
    /// Whether it is on its way, a preview open or not.
    pub fn is_loading(&self) -> bool {
        self.progress().is_some()
    }

    /// How far reading is, if it is on its way.
    pub fn progress(&self) -> Option<Progress> {
        match self.fate {
            Fate::Loading { phase, done, total } => Some((phase, done, total)),
            _ => self.rest,
        }
    }
}

impl OpenPart {
    fn new(opened: crate::link::codec::OpenedPart) -> Self {
        let view = opened.facts.views.first().copied().unwrap_or(View::Summary);
        Self { name: opened.name.into(), facts: Facts::new(opened.facts), view, findings: None, revision: 0 }
    }

    /// Whether the part can be seen in this way. A summary there always is.
    pub fn offers(&self, view: View) -> bool {
        view == View::Summary || self.facts.views.contains(&view)
    }
}

impl Facts {
    /// Wraps facts.
    pub fn new(facts: FileFacts) -> Self {
        Self(Rc::new(facts))
    }
}

impl Deref for Facts {
    type Target = FileFacts;

    fn deref(&self) -> &FileFacts {
        &self.0
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// What the error panel says about a defect of ours.
fn defect(message: &str) -> OpenError {
    OpenError {
        title: "Taskscope failed on this file".into(),
        body: "The part of Taskscope that reads files stopped and was started again. \
               This is a defect of Taskscope, not of the file; the report helps to mend it."
            .into(),
        place: String::new(),
        expected: "an answer, or a reason why there is none".into(),
        found: if message.is_empty() { "it stopped without a word".into() } else { message.to_owned() },
        cause: "a defect of Taskscope, or too little memory".into(),
        bytes: Vec::new(),
        bytes_offset: 0,
        offset: 0,
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
