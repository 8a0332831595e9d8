//! The shop's door: HTTP/1.1 by hyper, a task for each connection.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::counted;
use crate::work::Shop;

/// Opens the door on a free port of loopback.
pub async fn start(shop: &Arc<Shop>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    counted::spawn("acceptor", accept(listener, shop.clone()));
    Ok(address)
}

async fn accept(listener: TcpListener, shop: Arc<Shop>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(counted::spawn("connection", connection(stream, shop.clone()))),
            Err(error) => eprintln!("sample: accept: {error}"),
        }
    }
}

async fn connection(stream: TcpStream, shop: Arc<Shop>) {
    let service = service_fn(|request: Request<Incoming>| answer(shop.clone(), request));
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A customer who runs away is no fault of the shop.
    let _ = served.await;
}

async fn answer(shop: Arc<Shop>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let text = shop.answer(request.uri().path()).await;
    let mut response = Response::new(Full::from(text.clone().unwrap_or_default()));
    if text.is_none() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}
