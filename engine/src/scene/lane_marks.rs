//! Boxes with the marks of look.md's table, collected so that equal styles stand together.

use super::{Align, Colour, DrawCmd, Face, Rect, Theme};
use crate::api::Mark;

/// A box under this width shows its ink only.
const THIN_PX: f32 = 3.0;

/// Kinds of box: the marks, then the colours of runs.
const RUNS: usize = Mark::Match as usize + 1;
const KINDS: usize = RUNS + 7;

/// What is drawn over what. Boxes do not overlap, so those of one pass may come in any order.
#[derive(Clone, Copy)]
enum Pass {
    Fill,
    Ink,
    Shape,
    Edge,
    Patch,
    Text,
}

const PASSES: usize = 6;

/// Draw commands by pass and kind.
pub(super) struct Sheets {
    sheets: Vec<Vec<DrawCmd>>,
}

/// How a box looks: its mark, and for a run its colour.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) mark: Mark,
    pub(super) colour: u8,
}

impl Style {
    fn kind(self) -> usize {
        match self.mark {
            Mark::Run => RUNS + usize::from(self.colour.min(6)),
            mark => mark as usize,
        }
    }

    fn fill(self, theme: &Theme) -> Colour {
        match self.mark {
            Mark::Run => theme.frame(u32::from(self.colour)).fill,
            Mark::StopTheWorld => theme.bad,
            Mark::Sweep => theme.state(Mark::Gc).fill,
            Mark::Match => theme.matched.fill,
            mark => theme.state(mark).fill,
        }
    }

    fn ink(self, theme: &Theme) -> Colour {
        match self.mark {
            Mark::Run | Mark::StopTheWorld | Mark::Match => self.fill(theme),
            Mark::Sweep => theme.state(Mark::Gc).ink,
            Mark::Tick => theme.fg,
            mark => theme.state(mark).ink,
        }
    }

    fn text(self, theme: &Theme) -> Colour {
        match self.mark {
            Mark::Run => theme.frame(u32::from(self.colour)).text,
            Mark::StopTheWorld => theme.bg_panel,
            Mark::Sweep => theme.state(Mark::Gc).text,
            mark => theme.state(mark).text,
        }
    }

    /// Px at the bottom that a rail takes.
    fn rail_px(self) -> f32 {
        match self.mark {
            Mark::Sync | Mark::Network | Mark::Sleep => 3.0,
            _ => 0.0,
        }
    }
}

impl Sheets {
    pub(super) fn new() -> Self {
        Self { sheets: (0..PASSES * KINDS).map(|_| Vec::new()).collect() }
    }

    /// A box with its mark.
    pub(super) fn mark(&mut self, rect: Rect, style: Style, theme: &Theme) {
        let kind = style.kind();
        let (fill, ink) = (style.fill(theme), style.ink(theme));
        if rect.w < THIN_PX {
            return self.push(Pass::Ink, kind, DrawCmd::Fill(rect, ink));
        }
        if style.mark != Mark::Unknown {
            self.push(Pass::Fill, kind, DrawCmd::Fill(rect, fill));
        }
        let bottom = |h: f32| Rect { y: rect.y + rect.h - h, h, ..rect };
        match style.mark {
            Mark::Running | Mark::Run | Mark::StopTheWorld => {}
            Mark::Ready => self.push(Pass::Edge, kind, DrawCmd::Stroke(rect, ink, 1.0)),
            Mark::Sync => self.push(Pass::Shape, kind, DrawCmd::Rail(bottom(3.0), ink, None)),
            Mark::Network => self.push(Pass::Shape, kind, DrawCmd::Rail(bottom(3.0), ink, Some((6.0, 3.0)))),
            Mark::Sleep => self.push(Pass::Shape, kind, DrawCmd::Rail(bottom(3.0), ink, Some((3.0, 3.0)))),
            Mark::Syscall => {
                self.push(Pass::Shape, kind, DrawCmd::Rail(Rect { h: 2.0, ..rect }, ink, None));
                self.push(Pass::Shape, kind, DrawCmd::Rail(bottom(2.0), ink, None));
            }
            Mark::Gc => {
                self.push(Pass::Shape, kind, DrawCmd::Hatch(rect, ink));
                self.push(Pass::Edge, kind, DrawCmd::Stroke(rect, ink, 1.0));
            }
            Mark::Sweep => self.push(Pass::Edge, kind, DrawCmd::Stroke(rect, ink, 1.0)),
            Mark::Unknown => self.push(Pass::Edge, kind, DrawCmd::StrokeDashed(rect, ink)),
            // Overlays have a shape of their own, see `overlay`.
            Mark::Tick | Mark::Match => {}
        }
    }

    /// A label of `width` px whose left end is at `x`, on the box `rect`.
    pub(super) fn label(
        &mut self,
        rect: Rect,
        x: f32,
        width: f32,
        text: String,
        style: Style,
        theme: &Theme,
    ) {
        if style.mark == Mark::Gc {
            // Text on a hatch cannot be read; it stands on the plain fill.
            let patch = Rect { x: x - 2.0, y: rect.y + 1.0, w: width + 4.0, h: rect.h - 2.0 };
            self.push(Pass::Patch, style.kind(), DrawCmd::Fill(patch, style.fill(theme)));
        }
        let y = rect.y + (rect.h - style.rail_px()) / 2.0;
        let colour = style.text(theme);
        let command = DrawCmd::Text { x, y, text, colour, face: Face::Ui, align: Align::Left };
        self.push(Pass::Text, style.kind(), command);
    }

    /// All commands, pass by pass.
    pub(super) fn finish(self) -> impl Iterator<Item = DrawCmd> {
        self.sheets.into_iter().flatten()
    }

    fn push(&mut self, pass: Pass, kind: usize, command: DrawCmd) {
        if let Some(sheet) = self.sheets.get_mut(pass as usize * KINDS + kind) {
            sheet.push(command);
        }
    }
}
