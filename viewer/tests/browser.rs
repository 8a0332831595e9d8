//! The page in a real browser, without its worker: what is drawn, what keys do, what is escaped,
//! and what happens when the worker is gone.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use taskscope_engine::api::Request;
use taskscope_viewer::components::App;
use taskscope_viewer::link::{Client, FileId, Note, PartRef};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Document, Element, File, HtmlElement, KeyboardEvent, KeyboardEventInit};
use yew::{Callback, Renderer};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_empty_page_says_what_opens_and_how_to_record_it() {
    let page = Page::new().await;
    assert_eq!(page.text("h1"), "Drop a trace, a profile or a dump");
    assert!(page.text(".opens").contains("Go 1.11 and later"));
    assert!(page.text(".code").contains("collector trace 4711"));
    assert!(page.find(".tool").unwrap().has_attribute("hidden"));
}

#[wasm_bindgen_test]
async fn the_help_lists_the_keys_and_closes() {
    let page = Page::new().await;
    page.press("Slash", "?").await;
    assert!(page.text("dialog").contains("theme: system, light, dark"));
    page.press("Slash", "?").await;
    assert!(page.find("dialog").is_none());
}

#[wasm_bindgen_test]
async fn a_chosen_theme_is_shown_and_kept() {
    let page = Page::new().await;
    let root = document().document_element().unwrap();
    let storage = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    for expected in [Some("light"), Some("dark"), None] {
        page.press_with("KeyT", "T", true).await;
        assert_eq!(root.get_attribute("data-theme").as_deref(), expected);
        let kept = storage.get_item("taskscope.theme").unwrap();
        assert_eq!(kept.as_deref(), Some(expected.unwrap_or("system")));
    }
}

#[wasm_bindgen_test]
async fn names_of_files_are_text_never_markup() {
    let page = Page::new().await;
    page.drop_file("<img src=x onerror=alert(1)>.pb").await;
    page.wait_for(".file").await;
    assert!(page.find("img").is_none());
    assert!(page.text(".file .name").contains("<img src=x"));
    assert!(document().title().contains("<img src=x"));
}

#[wasm_bindgen_test]
async fn a_worker_that_cannot_start_is_said_not_hidden() {
    let page = Page::new().await;
    page.drop_file("cpu.pb.gz").await;
    page.wait_for("[role=alert]").await;
    assert!(page.text("[role=alert]").contains("Taskscope failed on this file"));
    assert!(page.text("[role=alert]").contains("Copy report"));
}

#[wasm_bindgen_test]
async fn closing_the_last_file_leads_back_to_the_empty_page() {
    let page = Page::new().await;
    page.drop_file("a.trace").await;
    page.wait_for(".file").await;
    page.click(".file").await;
    page.click("[aria-label='Close a.trace']").await;
    assert_eq!(page.text("h1"), "Drop a trace, a profile or a dump");
    assert!(page.find(".pop").is_none());
}

#[wasm_bindgen_test]
async fn askers_of_a_lost_worker_are_told() {
    let notes: Rc<RefCell<Vec<Note>>> = Rc::default();
    let heard = Rc::clone(&notes);
    let client = Client::new(Callback::from(move |note| heard.borrow_mut().push(note)));
    let part = PartRef { file: FileId(1), part: 0 };
    // No worker script is served here, so the browser reports an error in place of an answer.
    assert_eq!(client.ask(part, Request::Facts).await, None);
    assert!(matches!(notes.borrow().as_slice(), [Note::WorkerLost { culprit: None, .. }]));
}

/// The application in an element of its own, unmounted when dropped.
struct Page {
    root: Element,
    handle: Option<yew::AppHandle<App>>,
}

impl Page {
    async fn new() -> Self {
        let root = document().create_element("div").unwrap();
        document().body().unwrap().append_child(&root).unwrap();
        let handle = Renderer::<App>::with_root(root.clone()).render();
        yew::scheduler::flush().await;
        let page = Self { root, handle: Some(handle) };
        page.wait_for("h1").await;
        page
    }

    fn find(&self, selector: &str) -> Option<Element> {
        self.root.query_selector(selector).unwrap()
    }

    fn text(&self, selector: &str) -> String {
        self.find(selector).and_then(|element| element.text_content()).unwrap_or_default()
    }

    async fn click(&self, selector: &str) {
        self.find(selector).unwrap().unchecked_into::<HtmlElement>().click();
        yew::scheduler::flush().await;
    }

    async fn press(&self, code: &str, key: &str) {
        self.press_with(code, key, false).await;
    }

    async fn press_with(&self, code: &str, key: &str, shift: bool) {
        let init = KeyboardEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        init.set_code(code);
        init.set_key(key);
        init.set_shift_key(shift);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        self.root.dispatch_event(&event).unwrap();
        yew::scheduler::flush().await;
    }

    /// Drops a file of this name on the page.
    async fn drop_file(&self, name: &str) {
        let content = Array::of1(&JsValue::from_str("bytes"));
        let file = File::new_with_str_sequence(&content, name).unwrap();
        let transfer = web_sys::DataTransfer::new().unwrap();
        transfer.items().add_with_file(&file).unwrap();
        let init = web_sys::DragEventInit::new();
        init.set_bubbles(true);
        init.set_data_transfer(Some(&transfer));
        let event = web_sys::DragEvent::new_with_event_init_dict("drop", &init).unwrap();
        self.root.dispatch_event(&event).unwrap();
        yew::scheduler::flush().await;
    }

    /// Waits until an element is there, five seconds at most.
    async fn wait_for(&self, selector: &str) {
        for _ in 0..500 {
            if self.find(selector).is_some() {
                return;
            }
            TimeoutFuture::new(10).await;
        }
        panic!("no {selector} in {}", self.root.inner_html());
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            handle.destroy();
        }
        self.root.remove();
    }
}

fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}
