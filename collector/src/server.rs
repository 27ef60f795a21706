//! Listens, accepts, limits and drains connections. What is answered on them is `routes`' work.
//!
//! `axum::serve` has no time limit for a request's head, so one half-sent header would hold a connection for
//! ever (<https://github.com/tokio-rs/axum/issues/2741>); hence this loop over hyper's own connection.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower_service::Service;

use crate::client::Peer;
use crate::config::Sites;
use crate::options::{Limits, Options};
use crate::routes;
use crate::store::{Store, StoreError, Writer};
use crate::upkeep;

/// Pause after a failed accept, which is mostly a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is left of the time to drain for the writer, once connections are closed.
const WRITER_SHARE: Duration = Duration::from_secs(2);

/// A collector that listens, with its store open.
#[derive(Debug)]
pub struct Collector {
    listener: TcpListener,
    address: SocketAddr,
    routes: Router,
    store: Store,
    sites: Sites,
    writer: Writer,
    limits: Limits,
    draining: Arc<AtomicBool>,
}

/// Why a collector could not start.
#[derive(Debug)]
pub enum StartError {
    /// The address can't be listened on.
    Listen {
        /// The address as it was asked for.
        address: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The database can't be opened.
    Store(StoreError),
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, cause } => write!(out, "can't listen on {address}: {cause}"),
            Self::Store(cause) => write!(out, "can't open the database: {cause}"),
        }
    }
}

impl std::error::Error for StartError {}

impl Collector {
    /// Opens the store and the port.
    ///
    /// # Errors
    /// When either can't be opened.
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        let listen = |cause| StartError::Listen { address: options.listen.clone(), cause };
        let listener = TcpListener::bind(&options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (store, writer) = Store::open(&options.data, &options.limits).map_err(StartError::Store)?;
        let (limits, draining) = (options.limits.clone(), Arc::new(AtomicBool::new(false)));
        let sites = options.sites.clone();
        let routes = routes::routes(store.clone(), options, Arc::clone(&draining));
        Ok(Self { listener, address, routes, store, sites, writer, limits, draining })
    }

    /// Where it listens; the real port, if 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves, gives notice of the end, lets open requests finish, and returns once
    /// everything taken is on disk.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { listener, routes, store, sites, writer, limits, draining, .. } = self;
        let upkeep = tokio::spawn(upkeep::keep_up(store, sites));
        let mut doors = Doors {
            listener,
            routes,
            slots: Arc::new(Semaphore::new(limits.connections)),
            head_wait: limits.head_wait,
            graceful: GracefulShutdown::new(),
            connections: JoinSet::new(),
        };
        doors.open_until(stop).await;
        draining.store(true, Ordering::Relaxed);
        tracing::info!("stopping");
        doors.open_until(tokio::time::sleep(limits.drain_notice)).await;
        let end = Instant::now() + limits.drain_wait;
        upkeep.abort();
        doors.close(end.checked_sub(WRITER_SHARE).unwrap_or(end)).await;
        if tokio::time::timeout_at(end, joined(writer)).await.is_err() {
            tracing::error!("what was not acknowledged is not all on disk");
        }
    }
}

/// The port and what came through it.
struct Doors {
    listener: TcpListener,
    routes: Router,
    slots: Arc<Semaphore>,
    head_wait: Duration,
    graceful: GracefulShutdown,
    connections: JoinSet<()>,
}

impl Doors {
    async fn open_until(&mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let taken = tokio::select! {
                () = &mut stop => return,
                Some(_) = self.connections.join_next() => continue,
                taken = accept(&self.listener, &self.slots) => taken,
            };
            if let Some((stream, peer, slot)) = taken {
                self.serve(stream, peer, slot);
            }
        }
    }

    fn serve(&mut self, stream: TcpStream, peer: Peer, slot: OwnedSemaphorePermit) {
        let routes = self.routes.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            routes.clone().call(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_wait)
            .serve_connection(TokioIo::new(stream), answer);
        let connection = self.graceful.watch(connection);
        self.connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(slot);
        });
    }

    /// Closes the port, waits for open requests, and at `end` cuts those that are left.
    async fn close(self, end: Instant) {
        let Self { listener, routes, graceful, mut connections, .. } = self;
        drop((listener, routes));
        if tokio::time::timeout_at(end, graceful.shutdown()).await.is_err() {
            tracing::warn!(open = connections.len(), "closing connections that are still busy");
        }
        connections.shutdown().await;
    }
}

/// Waits for the writer on a thread of its own, which may outlive the wait.
async fn joined(writer: Writer) {
    let (done, joined) = oneshot::channel();
    std::thread::spawn(move || {
        writer.join();
        // Whoever waits no longer has gone on to end the process.
        let _ = done.send(());
    });
    let _ = joined.await;
}

/// Takes the next connection once there is room for it; until then the system keeps it waiting.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
            Some((stream, Peer::new(address), slot))
        }
        Err(error) => {
            tracing::warn!(%error, "accept failed");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
