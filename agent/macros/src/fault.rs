//! Errors, shown by the compiler at the token they are about.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// What is wrong, and where.
#[derive(Debug)]
pub struct Fault {
    span: Span,
    message: String,
}

impl Fault {
    /// An error at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }

    /// `::core::compile_error! { "…" }` at the span.
    pub fn into_tokens(self) -> TokenStream {
        let span = self.span;
        let text = spanned(Literal::string(&self.message).into(), span);
        let message = TokenTree::Group(Group::new(Delimiter::Brace, text.into()));
        let colon = |spacing| TokenTree::Punct(Punct::new(':', spacing));
        let path = [
            colon(Spacing::Joint),
            colon(Spacing::Alone),
            Ident::new("core", span).into(),
            colon(Spacing::Joint),
            colon(Spacing::Alone),
            Ident::new("compile_error", span).into(),
            Punct::new('!', Spacing::Alone).into(),
            message,
        ];
        path.into_iter().map(|token| spanned(token, span)).collect()
    }
}

fn spanned(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(span);
    token
}
