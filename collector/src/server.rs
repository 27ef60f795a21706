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
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::options::{Limits, Options};
use crate::routes;
use crate::store::{Store, StoreError, Writer};

/// Pause after a failed accept, which is mostly a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A collector that listens, with its store open.
#[derive(Debug)]
pub struct Collector {
    listener: TcpListener,
    address: SocketAddr,
    routes: Router,
    writer: Writer,
    limits: Limits,
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
        let limits = options.limits.clone();
        Ok(Self { listener, address, routes: routes::routes(store, options), writer, limits })
    }

    /// Where it listens; the real port, if 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves, lets open requests finish, and returns once everything taken is on disk.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { listener, routes, writer, limits, .. } = self;
        let mut stop = pin!(stop);
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let slots = Arc::new(Semaphore::new(limits.connections));
        loop {
            let taken = tokio::select! {
                () = &mut stop => break,
                Some(_) = connections.join_next() => continue,
                taken = accept(&listener, &slots) => taken,
            };
            let Some((stream, slot)) = taken else { continue };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.head_wait)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()));
            let connection = graceful.watch(connection);
            connections.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended");
                }
                drop(slot);
            });
        }
        drop((listener, routes));
        if tokio::time::timeout(limits.drain_wait, graceful.shutdown()).await.is_err() {
            tracing::warn!(open = connections.len(), "closing connections that are still busy");
        }
        connections.shutdown().await;
        if tokio::task::spawn_blocking(|| writer.join()).await.is_err() {
            tracing::error!("waiting for the writer failed");
        }
    }
}

/// Takes the next connection once there is room for it; until then the system keeps it waiting.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
            Some((stream, slot))
        }
        Err(error) => {
            tracing::warn!(%error, "accept failed");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
