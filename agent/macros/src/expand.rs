//! From a function and its options to what the compiler gets.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::fault::Fault;
use crate::function::{self, Function};
use crate::options::{self, Options};

/// Which attribute it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `#[taskscope_agent::main]`
    Main,
    /// `#[taskscope_agent::test]`
    Test,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Main => "main",
            Kind::Test => "test",
        }
    }
}

/// The function with a body that starts a runtime; with a fault, the error instead of it.
pub fn expand(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    let function = match function::parse(kind, item.clone()) {
        Ok(function) => function,
        Err(fault) => return [fault.into_tokens(), item].into_iter().collect(),
    };
    match options::parse(kind, options) {
        Ok(options) => rewritten(kind, &options, function),
        // The function stays, as one that is not async: the compiler has nothing more to complain about.
        Err(fault) => {
            let mut out: TokenStream = function.head.into_iter().collect();
            out.extend(template("{ ::core::unimplemented!() }", Span::call_site(), None));
            out.extend(fault.into_tokens());
            out
        }
    }
}

fn rewritten(kind: Kind, options: &Options, function: Function) -> TokenStream {
    let mut out = TokenStream::new();
    if kind == Kind::Test {
        out.extend(template("#[::core::prelude::v1::test]", Span::call_site(), None));
    }
    out.extend(function.head);
    let pause = if options.start_paused { "::tokio::time::pause();" } else { "" };
    let body = template(&format!("let body = async {{ {pause} $ }};"), function.end, Some(&function.body));
    let call = template(&call(kind, options, &function.output), function.end, None);
    let block: TokenStream = body.into_iter().chain(call).collect();
    let mut block = Group::new(Delimiter::Brace, block);
    block.set_span(function.body.span());
    out.extend([TokenTree::Group(block)]);
    out
}

/// The last expression: what runs `body`.
fn call(kind: Kind, options: &Options, output: &TokenStream) -> String {
    let Options { multi_thread, agent, .. } = options;
    let support = format!("{agent}::__private");
    let workers = options.worker_threads.unwrap_or(0);
    let name = options.name.as_deref().unwrap_or_default();
    let plan = format!(
        "{support}::Plan {{ multi_thread: {multi_thread}, worker_threads: {workers}usize, name: {name:?} }}"
    );
    if kind == Kind::Main {
        return format!("{support}::run_main({plan}, body)");
    }
    let output = if output.is_empty() { "()".to_owned() } else { output.to_string() };
    let ignore = &options.ignore;
    format!(
        "let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = {output}>> = ::core::pin::pin!(body); \
         {support}::run_test({plan}, &{ignore:?}, body)"
    )
}

/// Rust text as tokens that stand at `span`, with `body` in the place of `$`.
fn template(text: &str, span: Span, body: Option<&Group>) -> TokenStream {
    // The text is ours but for a `crate = "…"` that is none; the compiler then says so at the function.
    let tokens: TokenStream = text.parse().unwrap_or_else(|_| {
        Fault::new(Span::call_site(), "`crate` must be the path of taskscope_agent").into_tokens()
    });
    place(tokens, span.resolved_at(Span::mixed_site()), body)
}

fn place(tokens: TokenStream, span: Span, body: Option<&Group>) -> TokenStream {
    let placed = tokens.into_iter().map(|token| match token {
        TokenTree::Punct(mark) if mark.as_char() == '$' => {
            body.map_or(TokenTree::Punct(mark), |body| TokenTree::Group(body.clone()))
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), place(group.stream(), span, body));
            inner.set_span(span);
            TokenTree::Group(inner)
        }
        mut token => {
            token.set_span(span);
            token
        }
    });
    placed.collect()
}
