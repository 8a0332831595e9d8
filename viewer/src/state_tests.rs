//! The reducer, action by action.

use taskscope_engine::api::{FileFacts, OpenError, View};

use super::*;
use crate::link::codec::OpenedPart;

fn facts(name: &str, views: &[View]) -> FileFacts {
    FileFacts {
        name: name.into(),
        format: "pprof profile".into(),
        views: views.to_vec(),
        headline: Vec::new(),
        sections: Vec::new(),
        sample_types: Vec::new(),
        default_sample_type: 0,
        span_ns: None,
        notices: Vec::new(),
        leak_groups: None,
    }
}

fn added(state: AppState, id: u32, name: &str) -> AppState {
    state.after(Action::Link(Note::Added { file: FileId(id), name: name.into(), size: 10 }))
}

fn opened(state: AppState, id: u32, views: &[View]) -> AppState {
    let parts = vec![OpenedPart { name: String::new(), facts: facts("f", views) }];
    state.after(Action::Link(Note::Opened { file: FileId(id), size: 12, parts, complete: true }))
}

fn part(file: u32) -> PartRef {
    PartRef { file: FileId(file), part: 0 }
}

#[test]
fn a_file_is_shown_at_once_and_in_its_best_view_when_open() {
    let state = added(AppState::default(), 1, "cpu.pb.gz");
    assert_eq!(state.current, Some(part(1)));
    assert!(state.current_part().is_none());

    let state = opened(state, 1, &[View::Flame, View::Summary]);
    assert_eq!(state.current_file().map(|file| file.size), Some(12));
    assert_eq!(state.current_part().map(|part| part.view), Some(View::Flame));
}

#[test]
fn only_views_that_a_part_offers_are_taken() {
    let state = opened(added(AppState::default(), 1, "a"), 1, &[View::Flame]);
    let view = |state: &AppState| state.current_part().map(|part| part.view);

    let state = state.after(Action::SetView(View::Timeline));
    assert_eq!(view(&state), Some(View::Flame));
    let state = state.after(Action::SetView(View::Summary));
    assert_eq!(view(&state), Some(View::Summary));
}

#[test]
fn news_of_a_closed_file_are_dropped() {
    let state = added(AppState::default(), 1, "a").after(Action::Close(FileId(1)));
    assert_eq!(opened(state.clone(), 1, &[View::Flame]), state);
    assert_eq!(state.current, None);
}

#[test]
fn closing_shows_the_neighbour() {
    let state = (1..=3).fold(AppState::default(), |state, id| added(state, id, "f"));
    let state = state.after(Action::Select(part(2))).after(Action::Close(FileId(2)));
    assert_eq!(state.current, Some(part(3)));
    let state = state.after(Action::Close(FileId(3)));
    assert_eq!(state.current, Some(part(1)));
}

#[test]
fn a_search_belongs_to_a_part() {
    let state = (1..=2).fold(AppState::default(), |state, id| added(state, id, "f"));
    let state = state.after(Action::SetSearch("mutex".into())).after(Action::Select(part(1)));
    assert_eq!(state.search, "mutex");
    let state = state.after(Action::Select(part(2)));
    assert_eq!(state.search, "");
}

#[test]
fn of_files_that_come_together_the_first_is_shown() {
    let state = (1..=3).fold(AppState::default(), |state, id| added(state, id, "f"));
    assert_eq!(state.current, Some(part(1)));
    let state = added(opened(state, 1, &[View::Flame]), 4, "later");
    assert_eq!(state.current, Some(part(4)));
}

#[test]
fn a_lost_worker_fails_its_file_and_marks_the_others() {
    let state = (1..=3).fold(AppState::default(), |state, id| added(state, id, "f"));
    let state = opened(opened(state, 1, &[View::Flame]), 2, &[View::Flame]);
    let lost = Note::WorkerLost { culprit: None, message: "index out of bounds".into() };
    let state = state.after(Action::Link(lost));

    assert_eq!(state.files[0].fate, Fate::Lost);
    assert_eq!(state.files[1].fate, Fate::Lost);
    let Fate::Failed(error) = &state.files[2].fate else { panic!("the loading file is the culprit") };
    assert_eq!(error.found, "index out of bounds");
}

#[test]
fn a_failed_file_stays_failed_when_the_worker_is_lost() {
    let state = added(added(AppState::default(), 1, "bad"), 2, "next");
    let error = OpenError { title: "empty".into(), ..defect("") };
    let failed = Note::Failed { file: FileId(1), size: 0, error: error.clone() };
    let lost = Note::WorkerLost { culprit: Some(FileId(2)), message: String::new() };
    let state = state.after(Action::Link(failed)).after(Action::Link(lost));
    assert_eq!(state.files[0].fate, Fate::Failed(Rc::new(error)));
}

#[test]
fn what_changes_nothing_draws_nothing() {
    let state = Rc::new(added(AppState::default(), 1, "a"));
    let same = Rc::clone(&state).reduce(Action::CloseOver);
    assert!(Rc::ptr_eq(&state, &same));
    let other = Rc::clone(&state).reduce(Action::Toggle(Over::Help));
    assert_eq!(other.over, Some(Over::Help));
    assert_eq!(other.reduce(Action::Toggle(Over::Help)).over, None);
}

#[test]
fn a_preview_is_looked_at_until_the_whole_takes_its_place() {
    let state = added(AppState::default(), 1, "a.trace");
    let news = |state: AppState, complete| {
        let parts =
            vec![OpenedPart { name: String::new(), facts: facts("f", &[View::Timeline, View::Leaks]) }];
        state.after(Action::Link(Note::Opened { file: FileId(1), size: 12, parts, complete }))
    };
    let progress = |state: AppState, done| {
        let note = Note::Progress { file: FileId(1), phase: Phase::Decoding, done, total: 12 };
        state.after(Action::Link(note))
    };
    let state = news(progress(state, 3), false);
    assert_eq!(state.files[0].progress(), Some((Phase::Decoding, 3, 12)), "the bar stays");
    let state = progress(state.after(Action::SetView(View::Leaks)), 6);
    assert_eq!(state.files[0].progress(), Some((Phase::Decoding, 6, 12)));
    assert_eq!(state.current_part().map(|part| (part.view, part.revision)), Some((View::Leaks, 0)));
    let state = news(state, true);
    assert_eq!(state.files[0].progress(), None);
    assert_eq!(state.current_part().map(|part| (part.view, part.revision)), Some((View::Leaks, 1)));
}
