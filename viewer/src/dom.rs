//! The few things asked of the browser itself: window, storage, clipboard, the file dialog.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, File, FileList, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition, Storage,
    Window,
};

/// Id of the hidden file input.
pub const CHOOSER_ID: &str = "chooser";

/// The window; `None` outside a browser.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// The document.
pub fn document() -> Option<Document> {
    window()?.document()
}

/// Opens the browser's file dialog.
pub fn choose_files() {
    if let Some(input) = by_id(CHOOSER_ID) {
        input.click();
    }
}

/// Gives an element the focus.
pub fn focus(id: &str) {
    if let Some(element) = by_id(id) {
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Scrolls as little as needed for an element to be in view.
pub fn reveal(id: &str) {
    if let Some(element) = by_id(id) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// All elements that a selector finds.
pub fn all(selector: &str) -> Vec<HtmlElement> {
    let found = document().and_then(|document| document.query_selector_all(selector).ok());
    let Some(found) = found else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

/// The element that has the focus.
pub fn focused() -> Option<Element> {
    document()?.active_element()
}

/// An element by id.
pub fn by_id(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Puts text on the clipboard; whether the browser allowed it.
pub async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    // Pages that are not served over https or from this machine have no clipboard.
    if !window.is_secure_context() {
        return false;
    }
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}

/// A kept setting; `None` where the browser keeps nothing.
pub fn kept(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a setting, if the browser does that.
pub fn keep(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // Full or forbidden storage only means that the setting lasts as long as the page.
        let _ = storage.set_item(key, value);
    }
}

/// The files of a list.
pub fn files(list: Option<FileList>) -> Vec<File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// Whether typing into `element` writes text, so that letters are no commands.
pub fn takes_text(element: &Element) -> bool {
    let input = element.dyn_ref::<web_sys::HtmlInputElement>();
    let kind = input.map(|input| input.type_().to_lowercase());
    match kind.as_deref() {
        Some("button" | "checkbox" | "radio" | "range" | "submit" | "file") => false,
        Some(_) => true,
        None => matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT"),
    }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}
