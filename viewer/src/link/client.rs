//! The UI thread's side of the bridge.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::mem::Discriminant;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo_events::{EventListener, EventListenerOptions};
use js_sys::{Array, Uint8Array};
use taskscope_engine::api::{Answer, OpenError, Request};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, File, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use super::codec::{self, FileId, FromWorker, OpenedPart, PartRef, Phase, ToWorker};
use super::queue::{Put, Queue};

/// Where the worker's loader is, relative to the page.
const WORKER_URL: &str = "./worker_loader.js";

/// What the application is told about its files, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A file is about to be opened.
    Added {
        /// Its number.
        file: FileId,
        /// Its name.
        name: String,
        /// Its size in bytes, 0 if unknown.
        size: u64,
    },
    /// How far opening is.
    Progress {
        /// The file.
        file: FileId,
        /// What is being done.
        phase: Phase,
        /// Bytes dealt with.
        done: u64,
        /// Bytes in all; 0 if unknown.
        total: u64,
    },
    /// A file is open.
    Opened {
        /// The file.
        file: FileId,
        /// Bytes read.
        size: u64,
        /// Its parts.
        parts: Vec<OpenedPart>,
        /// Whether that is all; else more progress and the whole follow.
        complete: bool,
    },
    /// A file could not be opened.
    Failed {
        /// The file.
        file: FileId,
        /// Bytes read.
        size: u64,
        /// Why.
        error: OpenError,
    },
    /// The worker is gone and a fresh one has started: no file is open any more.
    WorkerLost {
        /// The file it was busy with, if known.
        culprit: Option<FileId>,
        /// What it said.
        message: String,
    },
}

/// A handle to the worker. Clones share one worker; equal if they do.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    notes: Callback<Note>,
    worker: RefCell<Option<Running>>,
    queue: RefCell<Queue<Slot, Pending>>,
    sources: RefCell<Vec<(FileId, Source)>>,
    next_file: Cell<u32>,
}

/// A worker and what listens to it.
struct Running {
    worker: Worker,
    _listeners: [EventListener; 3],
    /// Messages wait here until the worker says that it listens.
    unsent: Option<Vec<(Vec<u8>, Option<File>)>>,
}

/// What can be asked side by side: requests of one kind, about one part, for one purpose.
type Slot = (PartRef, Discriminant<Request>, &'static str);

struct Pending {
    part: PartRef,
    request: Request,
    asker: oneshot::Sender<Answer>,
}

#[derive(Clone)]
enum Source {
    File(File),
    Url { name: String, url: String },
}

impl Client {
    /// A handle whose news go to `notes`. The worker starts with the first message.
    pub fn new(notes: Callback<Note>) -> Self {
        Self(Rc::new(Inner {
            notes,
            worker: RefCell::new(None),
            queue: RefCell::new(Queue::new()),
            sources: RefCell::default(),
            next_file: Cell::new(1),
        }))
    }

    /// Starts the worker, so that it is there when the first file comes.
    pub fn start(&self) {
        self.0.ensure_worker();
    }

    /// Opens a file that was dropped, chosen or pasted.
    pub fn open(&self, file: File) -> FileId {
        self.add(Source::File(file))
    }

    /// Fetches and opens a file of this site; `url` is absolute, `name` is what people see.
    pub fn open_url(&self, name: String, url: String) -> FileId {
        self.add(Source::Url { name, url })
    }

    /// Opens a file again under its old number, after the worker was lost.
    pub fn reopen(&self, file: FileId) {
        let sources = self.0.sources.borrow();
        if let Some((_, source)) = sources.iter().find(|(id, _)| *id == file) {
            self.0.notes.emit(Note::Progress { file, phase: Phase::Reading, done: 0, total: 0 });
            self.0.post_source(file, source);
        }
    }

    /// Stops opening a file and forgets it.
    pub fn cancel(&self, file: FileId) {
        self.drop_file(file, &ToWorker::Cancel(file));
    }

    /// Forgets an open file.
    pub fn close(&self, file: FileId) {
        self.drop_file(file, &ToWorker::Close(file));
    }

    /// Asks about a part. `None` if the question is stale: a newer one of the same kind about the
    /// same part took its place before it was sent, the file was closed, or the worker is gone.
    /// The newest question of a kind is always answered.
    pub fn ask(&self, part: PartRef, request: Request) -> impl Future<Output = Option<Answer>> + use<> {
        self.ask_in("", part, request)
    }

    /// The same, for a purpose of its own: questions of one kind for different purposes do not
    /// overtake each other (a tooltip's span and the selected one).
    pub fn ask_in(
        &self,
        purpose: &'static str,
        part: PartRef,
        request: Request,
    ) -> impl Future<Output = Option<Answer>> + use<> {
        let (asker, answer) = oneshot::channel();
        let slot = (part, std::mem::discriminant(&request), purpose);
        let message = |id| ToWorker::Ask { id, part, request: request.clone() };
        let put = self.0.queue.borrow_mut().put(slot, Pending { part, request: request.clone(), asker });
        if let Put::Send(id) = put {
            self.0.post(&message(id), None);
        }
        async move { answer.await.ok() }
    }

    fn add(&self, source: Source) -> FileId {
        let file = FileId(self.0.next_file.get());
        self.0.next_file.set(file.0 + 1);
        let (name, size) = match &source {
            Source::File(file) => (file.name(), file.size() as u64),
            Source::Url { name, .. } => (name.clone(), 0),
        };
        self.0.notes.emit(Note::Added { file, name, size });
        self.0.post_source(file, &source);
        self.0.sources.borrow_mut().push((file, source));
        file
    }

    fn drop_file(&self, file: FileId, message: &ToWorker) {
        self.0.sources.borrow_mut().retain(|(id, _)| *id != file);
        self.0.queue.borrow_mut().forget(|slot| slot.0.file == file);
        self.0.post(message, None);
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Inner {
    fn post_source(self: &Rc<Self>, id: FileId, source: &Source) {
        match source {
            Source::File(file) => {
                self.post(&ToWorker::Open { file: id, name: file.name() }, Some(file));
            }
            Source::Url { name, url } => {
                self.post(&ToWorker::Fetch { file: id, name: name.clone(), url: url.clone() }, None);
            }
        }
    }

    fn post(self: &Rc<Self>, message: &ToWorker, file: Option<&File>) {
        self.ensure_worker();
        if let Some(running) = self.worker.borrow_mut().as_mut() {
            let bytes = codec::encode(message);
            match &mut running.unsent {
                Some(unsent) => unsent.push((bytes, file.cloned())),
                None => send(&running.worker, &bytes, file),
            }
        }
    }

    fn ensure_worker(self: &Rc<Self>) {
        if self.worker.borrow().is_some() {
            return;
        }
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        match Worker::new_with_options(WORKER_URL, &options) {
            Ok(worker) => {
                let listeners = self.listen(&worker);
                // The loader's first message is this page's module, compiled. Browsers clone modules
                // to workers; one that did not would report an error, which ends the worker.
                let _ = worker.post_message(&wasm_bindgen::module());
                *self.worker.borrow_mut() =
                    Some(Running { worker, _listeners: listeners, unsent: Some(Vec::new()) });
            }
            Err(_) => self.notes.emit(Note::WorkerLost {
                culprit: None,
                message: "this browser does not start background workers for this page".into(),
            }),
        }
    }

    fn listen(self: &Rc<Self>, worker: &Worker) -> [EventListener; 3] {
        let on = |kind: &'static str, heard: fn(&Rc<Self>, &web_sys::Event)| {
            let weak = Rc::downgrade(self);
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(worker, kind, options, move |event| {
                if let Some(inner) = weak.upgrade() {
                    heard(&inner, event);
                }
            })
        };
        [on("message", Self::on_message), on("error", Self::on_error), on("messageerror", Self::on_error)]
    }

    fn on_message(self: &Rc<Self>, event: &web_sys::Event) {
        let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
        // A view on the buffer that was handed over; copied once, into this module's memory.
        let bytes: Uint8Array = event.data().unchecked_into();
        match codec::decode(&bytes.to_vec()) {
            Some(message) => self.hear(message),
            None => self.lost(None, "page and worker are of different versions; reload the page".into()),
        }
    }

    fn on_error(self: &Rc<Self>, event: &web_sys::Event) {
        event.prevent_default();
        let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        self.lost(None, message);
    }

    fn hear(self: &Rc<Self>, message: FromWorker) {
        match message {
            FromWorker::Ready => self.flush(),
            FromWorker::Answer { id, answer } => self.deliver(id, *answer),
            FromWorker::Panicked { file, message } => self.lost(file, message),
            FromWorker::Progress { file, phase, done, total } => {
                self.notes.emit(Note::Progress { file, phase, done, total });
            }
            FromWorker::Opened { file, size, parts, complete } => {
                self.notes.emit(Note::Opened { file, size, parts, complete });
            }
            FromWorker::Failed { file, size, error } => {
                self.notes.emit(Note::Failed { file, size, error });
            }
        }
    }

    fn flush(&self) {
        if let Some(running) = self.worker.borrow_mut().as_mut() {
            for (bytes, file) in running.unsent.take().unwrap_or_default() {
                send(&running.worker, &bytes, file.as_ref());
            }
        }
    }

    fn deliver(self: &Rc<Self>, id: u32, answer: Answer) {
        let answered = self.queue.borrow_mut().answered(id);
        let Some((slot, pending)) = answered else { return };
        let next = self.queue.borrow_mut().advance(&slot).map(|(id, waiting)| ToWorker::Ask {
            id,
            part: waiting.part,
            request: waiting.request.clone(),
        });
        if let Some(ask) = next {
            self.post(&ask, None);
        }
        // The asker may have gone with its component; then nobody minds.
        let _ = pending.asker.send(answer);
    }

    /// Ends this worker. Every asker gets `None`, and the next message starts a fresh worker.
    fn lost(self: &Rc<Self>, culprit: Option<FileId>, message: String) {
        if let Some(running) = self.worker.borrow_mut().take() {
            running.worker.terminate();
        } else {
            return;
        }
        self.queue.borrow_mut().forget(|_| true);
        self.notes.emit(Note::WorkerLost { culprit, message });
    }
}

/// Posts `[bytes, file?]`, handing the bytes' buffer over.
fn send(worker: &Worker, bytes: &[u8], file: Option<&File>) {
    let head = Uint8Array::from(bytes);
    let message = Array::of1(&head);
    if let Some(file) = file {
        message.push(file);
    }
    let transfer = Array::of1(&head.buffer());
    if worker.post_message_with_transfer(&message, &transfer).is_err() {
        // Only a value that cannot be cloned is refused, and both of ours can.
        web_sys::console::error_1(&JsValue::from_str("a message to the worker was refused"));
    }
}
