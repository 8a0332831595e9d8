//! The shop's customers: each has a connection of its own and asks for one thing after another.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::counted;

const PATHS: [&str; 8] = ["/price", "/stock", "/order", "/receipt", "/search", "/archive", "/gift", "/wait"];

/// Between two requests of a customer.
const PAUSE: Duration = Duration::from_millis(2);

/// The customers, at work or at rest.
pub struct Load {
    shop: SocketAddr,
    clients: usize,
    on: std::sync::Mutex<Arc<AtomicBool>>,
}

impl Load {
    /// At rest.
    pub fn new(shop: SocketAddr, clients: usize) -> Self {
        Self { shop, clients, on: std::sync::Mutex::default() }
    }

    /// Customers come; those of an earlier start leave.
    pub fn start(&self) {
        let on = Arc::new(AtomicBool::new(true));
        self.switch(on.clone());
        for number in 0..self.clients {
            counted::spawn("customer", customer(self.shop, number, on.clone()));
        }
    }

    /// Customers leave after their present request.
    pub fn stop(&self) {
        self.switch(Arc::default());
    }

    fn switch(&self, on: Arc<AtomicBool>) {
        let Ok(mut current) = self.on.lock() else { return };
        std::mem::replace(&mut *current, on).store(false, Relaxed);
    }
}

async fn customer(shop: SocketAddr, number: usize, on: Arc<AtomicBool>) {
    let connected = async {
        let stream = TcpStream::connect(shop).await.ok()?;
        handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await.ok()
    };
    let Some((mut door, connection)) = connected.await else {
        eprintln!("sample: customer {number} found no shop");
        return;
    };
    let connection = counted::spawn("customer's connection", async move { drop(connection.await) });
    for turn in number.. {
        let start = Instant::now();
        if !on.load(Relaxed) || ask(&mut door, PATHS[turn % PATHS.len()]).await.is_none() {
            break;
        }
        counted::request(start.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    drop(door);
    // It ends because its door is gone; a panic there has been told already.
    let _ = connection.await;
}

async fn ask(door: &mut SendRequest<Empty<Bytes>>, path: &str) -> Option<()> {
    let request = Request::get(path).header("host", "shop").body(Empty::new()).ok()?;
    door.ready().await.ok()?;
    let answer = door.send_request(request).await.ok()?;
    answer.into_body().collect().await.ok()?;
    Some(())
}
