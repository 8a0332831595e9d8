//! The function below an attribute, taken apart as far as needed.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::expand::Kind;
use crate::fault::Fault;

/// An `async fn` without arguments.
pub struct Function {
    /// Attributes, visibility and `fn name() -> T`, without `async`.
    pub head: Vec<TokenTree>,
    /// What it returns; empty for `()`.
    pub output: TokenStream,
    /// The block.
    pub body: Group,
    /// Where its last expression ends: wrong types are reported there.
    pub end: Span,
}

/// Takes a function apart.
pub fn parse(kind: Kind, item: TokenStream) -> Result<Function, Fault> {
    let mut head: Vec<TokenTree> = item.into_iter().collect();
    let needs = format!("`#[taskscope_agent::{}]` needs an `async fn`", kind.name());
    let body = match head.pop() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
        other => return Err(Fault::new(other.map_or(Span::call_site(), |token| token.span()), needs)),
    };
    let at = head.iter().position(|token| is(token, "fn"));
    let at = at.ok_or_else(|| Fault::new(Span::call_site(), needs.clone()))?;
    let Some(async_at) = head.iter().take(at).position(|token| is(token, "async")) else {
        return Err(Fault::new(head[at].span(), format!("{needs}: the keyword `async` is missing here")));
    };
    check_arguments(kind, head.get(at + 1..).unwrap_or_default())?;
    if kind == Kind::Test {
        check_attributes(head.get(..at).unwrap_or_default())?;
    }
    let output = output(head.get(at..).unwrap_or_default());
    head.remove(async_at);
    let end = body.stream().into_iter().last().map_or(body.span(), |token| token.span());
    Ok(Function { head, output, body, end })
}

fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

/// `name ( )`: nobody would give arguments.
fn check_arguments(kind: Kind, signature: &[TokenTree]) -> Result<(), Fault> {
    if let Some(TokenTree::Punct(generic)) = signature.get(1) {
        return Err(Fault::new(generic.span(), "a function that the system calls cannot be generic"));
    }
    match signature.get(1) {
        Some(TokenTree::Group(arguments)) if !arguments.stream().is_empty() => {
            let message = format!("the {} function takes no arguments", kind.name());
            Err(Fault::new(arguments.span(), message))
        }
        _ => Ok(()),
    }
}

/// A second `#[test]` would run the function twice.
fn check_attributes(attributes: &[TokenTree]) -> Result<(), Fault> {
    for token in attributes {
        let TokenTree::Group(group) = token else { continue };
        let path: Vec<TokenTree> = group
            .stream()
            .into_iter()
            .take_while(|token| matches!(token, TokenTree::Ident(_) | TokenTree::Punct(_)))
            .collect();
        if path.last().is_some_and(|last| is(last, "test")) {
            let message = "a second test attribute: `#[taskscope_agent::test]` is one already, remove this";
            return Err(Fault::new(group.span(), message));
        }
    }
    Ok(())
}

/// What stands behind `->`, up to a `where`.
fn output(signature: &[TokenTree]) -> TokenStream {
    let punct = |token: &TokenTree, c| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c);
    let arrow = signature.windows(2).position(|pair| punct(&pair[0], '-') && punct(&pair[1], '>'));
    let Some(arrow) = arrow else { return TokenStream::new() };
    let rest = signature.iter().skip(arrow + 2);
    rest.take_while(|token| !is(token, "where")).cloned().collect()
}
