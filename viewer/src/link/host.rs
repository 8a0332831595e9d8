//! The worker's side of the bridge: it owns the session, opens files one after the other and
//! answers requests between the steps.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo_events::EventListener;
use js_sys::{Array, Date, Reflect, Uint8Array};
use taskscope_engine::api::{Answer, FileFacts, OpenPart, Request};
use taskscope_engine::{FileHandle, Opening, Session};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageChannel, MessageEvent};

use super::codec::{self, FileId, FromWorker, OpenedPart, PartRef, Phase, ToWorker};
use super::read::{self, ReadError};

/// Decoding hands control back after so many ms, for requests and cancelling.
const TURN_MS: f64 = 12.0;
/// Progress is told no more often than this.
const PROGRESS_MS: f64 = 50.0;

thread_local! {
    /// The file that is being worked on, for the panic hook.
    static BUSY: Cell<Option<FileId>> = const { Cell::new(None) };
}

/// Runs the worker if this is one: listens for messages until the page ends it. Whether it is.
pub fn run() -> bool {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return false };
    report_panics(&scope);
    let host = Rc::new(Host::new(scope.clone()));
    let listening = Rc::clone(&host);
    EventListener::new(&scope, "message", move |event| {
        if let Some(event) = event.dyn_ref::<MessageEvent>() {
            listening.hear(&event.data());
        }
    })
    .forget();
    host.tell(&FromWorker::Ready);
    true
}

struct Host {
    scope: DedicatedWorkerGlobalScope,
    session: RefCell<Session>,
    open: RefCell<Vec<OpenedFile>>,
    /// Files to open, in order, and whether somebody is at it.
    jobs: RefCell<VecDeque<Job>>,
    working: Cell<bool>,
    /// Files whose opening was cancelled.
    stopped: RefCell<Vec<FileId>>,
    told_at: Cell<f64>,
}

struct OpenedFile {
    file: FileId,
    handle: FileHandle,
    /// The session's number of each part.
    parts: Vec<u32>,
}

struct Job {
    file: FileId,
    name: String,
    source: Source,
}

enum Source {
    File(File),
    Url(String),
}

impl Host {
    fn new(scope: DedicatedWorkerGlobalScope) -> Self {
        Self {
            scope,
            session: RefCell::new(Session::new()),
            open: RefCell::default(),
            jobs: RefCell::default(),
            working: Cell::new(false),
            stopped: RefCell::default(),
            told_at: Cell::new(0.0),
        }
    }

    fn hear(self: &Rc<Self>, data: &JsValue) {
        let items: Array = data.clone().unchecked_into();
        match codec::decode(&items.get(0).unchecked_into::<Uint8Array>().to_vec()) {
            Some(ToWorker::Open { file, name }) => {
                if let Ok(handle) = items.get(1).dyn_into::<File>() {
                    self.enqueue(Job { file, name, source: Source::File(handle) });
                }
            }
            Some(ToWorker::Fetch { file, name, url }) => {
                self.enqueue(Job { file, name, source: Source::Url(url) });
            }
            Some(ToWorker::Cancel(file) | ToWorker::Close(file)) => self.close(file),
            Some(ToWorker::Ask { id, part, request }) => {
                let answer = self.answer(part, &request);
                self.tell(&FromWorker::Answer { id, answer: Box::new(answer) });
            }
            None => self.tell(&FromWorker::Panicked {
                file: None,
                message: "page and worker are of different versions; reload the page".into(),
            }),
        }
    }

    fn enqueue(self: &Rc<Self>, job: Job) {
        self.stopped.borrow_mut().retain(|file| *file != job.file);
        self.jobs.borrow_mut().push_back(job);
        if !self.working.replace(true) {
            let host = Rc::clone(self);
            spawn_local(async move { host.work().await });
        }
    }

    async fn work(&self) {
        let pause = Pause::new();
        loop {
            let job = self.jobs.borrow_mut().pop_front();
            let Some(job) = job else { break };
            self.open(&job, &pause).await;
        }
        self.working.set(false);
    }

    async fn open(&self, job: &Job, pause: &Pause) {
        let heard = |done, total| {
            self.progress(job.file, Phase::Reading, done, total);
            !self.is_stopped(job.file)
        };
        let read = match &job.source {
            Source::File(file) => read::file(file, heard).await,
            Source::Url(url) => read::url(&self.scope, url, heard).await,
        };
        match read {
            Ok(bytes) => self.decode(job, bytes, pause).await,
            Err(error) => self.unread(job.file, &error),
        }
    }

    fn unread(&self, file: FileId, error: &ReadError) {
        if let Some(error) = error.explain() {
            self.tell(&FromWorker::Failed { file, size: 0, error });
        }
    }

    async fn decode(&self, job: &Job, bytes: Vec<u8>, pause: &Pause) {
        let size = bytes.len() as u64;
        let handle = self.session.borrow_mut().open(&job.name, bytes);
        let mut turn = Date::now();
        loop {
            let opening = busy_with(job.file, || self.session.borrow_mut().step(handle));
            if self.is_stopped(job.file) {
                return self.session.borrow_mut().close(handle);
            }
            match opening {
                Opening::Working { done, total } => {
                    self.progress(job.file, Phase::Decoding, done, total);
                    let preview = busy_with(job.file, || self.session.borrow_mut().preview(handle));
                    if let Some(part) = preview {
                        self.opened(job.file, size, handle, vec![part], false);
                    }
                }
                Opening::Open(parts) => return self.opened(job.file, size, handle, parts, true),
                Opening::Failed(error) => {
                    return self.tell(&FromWorker::Failed { file: job.file, size, error });
                }
            }
            if Date::now() - turn > TURN_MS {
                pause.take().await;
                turn = Date::now();
                if self.is_stopped(job.file) {
                    return self.session.borrow_mut().close(handle);
                }
            }
        }
    }

    fn opened(&self, file: FileId, size: u64, handle: FileHandle, parts: Vec<OpenPart>, complete: bool) {
        let numbers = parts.iter().map(|part| part.part).collect();
        {
            let mut open = self.open.borrow_mut();
            // A preview of it may be there.
            open.retain(|open| open.file != file);
            open.push(OpenedFile { file, handle, parts: numbers });
        }
        let parts = parts.into_iter().map(|part| self.describe(file, part)).collect();
        self.tell(&FromWorker::Opened { file, size, parts, complete });
    }

    fn describe(&self, file: FileId, part: OpenPart) -> OpenedPart {
        let answer = busy_with(file, || self.session.borrow_mut().ask(part.part, &Request::Facts));
        let facts = match answer {
            Answer::Facts(facts) => facts,
            _ => FileFacts { name: part.name.clone(), ..no_facts() },
        };
        OpenedPart { name: part.name, facts }
    }

    fn answer(&self, part: PartRef, request: &Request) -> Answer {
        let open = self.open.borrow();
        let file = open.iter().find(|open| open.file == part.file);
        match file.and_then(|file| file.parts.get(part.part as usize)) {
            Some(&number) => busy_with(part.file, || self.session.borrow_mut().ask(number, request)),
            None => Answer::Unavailable("This file is not open any more.".into()),
        }
    }

    fn close(&self, file: FileId) {
        self.jobs.borrow_mut().retain(|job| job.file != file);
        let mut open = self.open.borrow_mut();
        if let Some(at) = open.iter().position(|open| open.file == file) {
            self.session.borrow_mut().close(open.swap_remove(at).handle);
        }
        // It may be on its way still, perhaps with a preview open; files have a number once.
        self.stopped.borrow_mut().push(file);
    }

    fn is_stopped(&self, file: FileId) -> bool {
        self.stopped.borrow().contains(&file)
    }

    fn progress(&self, file: FileId, phase: Phase, done: u64, total: u64) {
        let now = Date::now();
        if now - self.told_at.get() >= PROGRESS_MS {
            self.told_at.set(now);
            self.tell(&FromWorker::Progress { file, phase, done, total });
        }
    }

    fn tell(&self, message: &FromWorker) {
        tell(&self.scope, message);
    }
}

/// Posts a message, handing its buffer over.
fn tell(scope: &DedicatedWorkerGlobalScope, message: &FromWorker) {
    let bytes = Uint8Array::from(codec::encode(message).as_slice());
    let transfer = Array::of1(&bytes.buffer());
    // A plain buffer is always cloneable; were it not, the page's own timeout for the user is Cancel.
    let _ = scope.post_message_with_transfer(&bytes, &transfer);
}

fn busy_with<T>(file: FileId, work: impl FnOnce() -> T) -> T {
    let before = BUSY.replace(Some(file));
    let result = work();
    BUSY.set(before);
    result
}

/// A panic ends the worker: the page is told why, and starts a fresh one. So is what ends it
/// without a panic, as running out of memory does.
fn report_panics(scope: &DedicatedWorkerGlobalScope) {
    let page = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        let message = info.to_string();
        tell(&page, &FromWorker::Panicked { file: BUSY.get(), message });
    }));
    let page = scope.clone();
    EventListener::new(scope, "unhandledrejection", move |event| {
        let reason = Reflect::get(event, &JsValue::from_str("reason")).unwrap_or_default();
        let message =
            Reflect::get(&reason, &JsValue::from_str("message")).ok().and_then(|text| text.as_string());
        tell(&page, &FromWorker::Panicked { file: BUSY.get(), message: message.unwrap_or_default() });
    })
    .forget();
}

/// Facts of a part that has none to tell.
fn no_facts() -> FileFacts {
    FileFacts {
        name: String::new(),
        format: String::new(),
        views: Vec::new(),
        headline: Vec::new(),
        sections: Vec::new(),
        sample_types: Vec::new(),
        default_sample_type: 0,
        span_ns: None,
        notices: Vec::new(),
        leak_groups: None,
    }
}

/// Lets the event loop run what waits. A message to oneself, because nested timers are slowed to 4 ms.
struct Pause {
    channel: Option<MessageChannel>,
    waiting: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    _listener: Option<EventListener>,
}

impl Pause {
    fn new() -> Self {
        let waiting: Rc<RefCell<Option<oneshot::Sender<()>>>> = Rc::default();
        let channel = MessageChannel::new().ok();
        let woken = Rc::clone(&waiting);
        let listener = channel.as_ref().map(|channel| {
            let port = channel.port1();
            let listener = EventListener::new(&port, "message", move |_| {
                if let Some(sender) = woken.borrow_mut().take() {
                    // Whoever paused may have been dropped; then nobody goes on.
                    let _ = sender.send(());
                }
            });
            port.start();
            listener
        });
        Self { channel, waiting, _listener: listener }
    }

    async fn take(&self) {
        let (sender, woken) = oneshot::channel();
        let Some(channel) = &self.channel else { return };
        *self.waiting.borrow_mut() = Some(sender);
        if channel.port2().post_message(&JsValue::NULL).is_ok() {
            // Only dropping the pause ends it without a word, and then nobody awaits it.
            let _ = woken.await;
        }
    }
}
