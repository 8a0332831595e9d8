//! What stands between the parentheses of an attribute: `flavor = "multi_thread", worker_threads = 4`.

use proc_macro::{Delimiter, Span, TokenStream, TokenTree};

use crate::expand::Kind;
use crate::fault::Fault;

/// The options, checked against each other.
#[derive(Debug)]
pub struct Options {
    /// Workers of their own, instead of the calling thread.
    pub multi_thread: bool,
    /// How many of them.
    pub worker_threads: Option<usize>,
    /// The clock stands still.
    pub start_paused: bool,
    /// The runtime's name.
    pub name: Option<String>,
    /// Patterns of tasks that may stay.
    pub ignore: Vec<String>,
    /// The path of the agent.
    pub agent: String,
}

/// An option as it is written.
struct Written {
    name: String,
    span: Span,
    value: TokenTree,
}

const KNOWN: &str = "flavor, worker_threads, start_paused, name, ignore and crate";

/// Reads the options of an attribute.
pub fn parse(kind: Kind, tokens: TokenStream) -> Result<Options, Fault> {
    let mut options = Options {
        multi_thread: kind == Kind::Main,
        worker_threads: None,
        start_paused: false,
        name: None,
        ignore: Vec::new(),
        agent: "::taskscope_agent".into(),
    };
    let written = split(tokens)?;
    for (at, option) in written.iter().enumerate() {
        if written.iter().take(at).any(|earlier| earlier.name == option.name) {
            return Err(Fault::new(option.span, format!("`{}` is given twice", option.name)));
        }
        options.take(kind, option)?;
    }
    let span = |name: &str| written.iter().find(|option| option.name == name).map(|option| option.span);
    if let (Some(span), false) = (span("worker_threads"), options.multi_thread) {
        let message = "`worker_threads` needs `flavor = \"multi_thread\"`: the current thread is one worker";
        return Err(Fault::new(span, message));
    }
    if let (Some(span), true, true) = (span("start_paused"), options.start_paused, options.multi_thread) {
        let message =
            "`start_paused` needs `flavor = \"current_thread\"`: only there tokio's clock can stand still";
        return Err(Fault::new(span, message));
    }
    Ok(options)
}

impl Options {
    fn take(&mut self, kind: Kind, option: &Written) -> Result<(), Fault> {
        match option.name.as_str() {
            "flavor" => self.multi_thread = flavor(option)?,
            "worker_threads" => self.worker_threads = Some(number(option)?),
            "start_paused" => self.start_paused = boolean(option)?,
            "name" => self.name = Some(string(option, &option.value)?),
            "crate" => self.agent = string(option, &option.value)?,
            "ignore" if kind == Kind::Test => self.ignore = strings(option)?,
            "ignore" => {
                return Err(Fault::new(
                    option.span,
                    "`ignore` is an option of `test`: `main` checks for no leaks",
                ));
            }
            other => {
                let message = format!("there is no option `{other}`; the options are {KNOWN}");
                return Err(Fault::new(option.span, message));
            }
        }
        Ok(())
    }
}

/// `name = value`, separated by commas.
fn split(tokens: TokenStream) -> Result<Vec<Written>, Fault> {
    let mut options = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(name) = &token else {
            return Err(Fault::new(
                token.span(),
                format!("expected an option like `worker_threads = 4`; they are {KNOWN}"),
            ));
        };
        let (name, span) = (name.to_string(), name.span());
        match tokens.next() {
            Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => {}
            _ => return Err(Fault::new(span, format!("expected a value: `{name} = …`"))),
        }
        let value =
            tokens.next().ok_or_else(|| Fault::new(span, format!("expected a value behind `{name} =`")))?;
        match tokens.next() {
            None => {}
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
            Some(other) => return Err(Fault::new(other.span(), "expected `,` between options")),
        }
        options.push(Written { name, span, value });
    }
    Ok(options)
}

fn flavor(option: &Written) -> Result<bool, Fault> {
    match string(option, &option.value)?.as_str() {
        "multi_thread" => Ok(true),
        "current_thread" => Ok(false),
        other => {
            let message = format!("no flavor `{other}`; there are \"current_thread\" and \"multi_thread\"");
            Err(Fault::new(option.value.span(), message))
        }
    }
}

fn number(option: &Written) -> Result<usize, Fault> {
    let text = option.value.to_string().replace('_', "");
    let number = text.strip_suffix("usize").unwrap_or(&text).parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| {
        Fault::new(option.value.span(), format!("`{}` must be a whole number from 1", option.name))
    })
}

fn boolean(option: &Written) -> Result<bool, Fault> {
    let value = option.value.to_string();
    value
        .parse()
        .map_err(|_| Fault::new(option.value.span(), format!("`{}` must be `true` or `false`", option.name)))
}

/// The text of a plain string literal; escapes other than `\"` and `\\` have no use here.
fn string(option: &Written, value: &TokenTree) -> Result<String, Fault> {
    let text = value.to_string();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inner {
        Some(inner) => Ok(inner.replace("\\\"", "\"").replace("\\\\", "\\")),
        None => Err(Fault::new(value.span(), format!("`{}` must be a string in quotes", option.name))),
    }
}

/// A string, or several in brackets.
fn strings(option: &Written) -> Result<Vec<String>, Fault> {
    let TokenTree::Group(group) = &option.value else { return Ok(vec![string(option, &option.value)?]) };
    if group.delimiter() != Delimiter::Bracket {
        return Err(Fault::new(group.span(), "`ignore` must be a string, or several in [ ]"));
    }
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    group.stream().into_iter().filter(|token| !comma(token)).map(|token| string(option, &token)).collect()
}
