//! The table of routes, what they share, and the handlers that need no file of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Query as Pairs, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router, middleware};
use ipnet::IpNet;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::access;
use crate::assets::{Assets, NAMES};
use crate::clock::now_ms;
use crate::config::Sites;
use crate::cors::{Origins, guard};
use crate::intake;
use crate::options::{Limits, Options};
use crate::page;
use crate::refusal::Refusal;
use crate::report::{self, Query};
use crate::secret::Secret;
use crate::store::{Store, StoreError};
use crate::visitors;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) limits: Limits,
    pub(crate) decoders: Semaphore,
    pub(crate) sites: Sites,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) token: Option<Secret>,
    pub(crate) count_headless: bool,
    reports: Semaphore,
    draining: Arc<AtomicBool>,
}

type Asked = Pairs<Vec<(String, String)>>;

/// Puts the routes together.
///
/// `draining` is set from outside once the collector was asked to stop.
pub(crate) fn routes(store: Store, options: Options, draining: Arc<AtomicBool>) -> Router {
    let Options { assets, origins, sites, trusted_proxies, token, count_headless, limits, .. } = options;
    let decoders = Semaphore::new(limits.decoders);
    let reports = Semaphore::new(limits.reports);
    let app = Arc::new(App { store, limits, decoders, sites, trusted_proxies, token, count_headless, reports, draining });
    let intake = Router::new()
        .route("/v1/batch", post(intake::batch))
        .route("/v1/validate", post(intake::validate))
        .route("/v1/erase", post(visitors::forget))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Origins::new(origins), guard));
    let assets = Arc::new(Assets::new(assets));
    let installed = Arc::clone(&assets);
    let guarded = Router::new()
        .route("/", get(page::show))
        .route("/install", get(async move |request: HeaderMap, pairs| page::install::show(&installed, &request, pairs)))
        .route("/api/report/funnel", get(funnel))
        .route("/api/report/events", get(events))
        .route("/api/report/rejected", get(rejected))
        .route("/api/report/delivery", get(delivery))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), access::guard));
    let administration = Router::new()
        .route("/api/visitors/{visitor}", get(visitors::export))
        .route("/api/visitors/{visitor}", delete(visitors::remove))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), access::strict_guard));
    let private = Router::new()
        .route("/report.css", get(page::style))
        .route("/icon.svg", get(page::icon))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .merge(guarded)
        .merge(administration)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::map_response(uncached));
    Router::new()
        .merge(intake)
        .merge(private)
        .merge(assets_routes(&assets).method_not_allowed_fallback(wrong_method))
        .fallback(async || Refusal::NotFound("there is nothing at this path".into()))
        .layer(middleware::map_response(unsniffed))
        .with_state(app)
}

impl App {
    /// Runs `work` on a read-only connection, beside the connections of others, only so many at once.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let _turn = self.reports.acquire().await.map_err(|_| Refusal::Internal)?;
        let app = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || work(&app.store.reader()?)).await.map_err(|_| Refusal::Internal)?;
        answer.map_err(|error| {
            tracing::error!(%error, "report failed");
            error.into()
        })
    }
}

fn assets_routes(assets: &Arc<Assets>) -> Router<Arc<App>> {
    NAMES.into_iter().fold(Router::new(), |routes, (name, kind)| {
        let assets = Arc::clone(assets);
        routes.route(&format!("/{name}"), get(async move |request: HeaderMap| assets.answer(name, kind, &request)))
    })
}

async fn health(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    app.read(|connection| Ok(report::sites(connection)?.len())).await?;
    Ok(Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })))
}

/// Whether to send requests here: not while the collector is about to stop, though it still takes them.
async fn ready(state: State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    if state.draining.load(Ordering::Relaxed) { Err(Refusal::Draining) } else { health(state).await }
}

async fn funnel(State(app): State<Arc<App>>, Pairs(pairs): Asked) -> Result<Response, Refusal> {
    let mut query = Query::new(pairs);
    let (mut scope, steps, by) = (query.take_scope()?, query.take_steps()?, query.take_by()?);
    scope.bots = query.take_bots()?;
    query.finish()?;
    let funnel = app.read(move |connection| report::funnel(connection, &scope, &steps, by)).await?;
    Ok(Json(funnel).into_response())
}

async fn events(State(app): State<Arc<App>>, Pairs(pairs): Asked) -> Result<Response, Refusal> {
    let mut query = Query::new(pairs);
    let mut scope = query.take_scope()?;
    scope.bots = query.take_bots()?;
    query.finish()?;
    let events = app.read(move |connection| report::events(connection, &scope)).await?;
    Ok(Json(events).into_response())
}

async fn rejected(State(app): State<Arc<App>>, Pairs(pairs): Asked) -> Result<Response, Refusal> {
    let mut query = Query::new(pairs);
    let site = query.take("site")?.ok_or(Refusal::ParamMissing("site"))?;
    let limit = query.take_limit(50, 500)?;
    query.finish()?;
    let rejected = app.read(move |connection| report::rejected(connection, &site, limit)).await?;
    Ok(Json(rejected).into_response())
}

async fn delivery(State(app): State<Arc<App>>, Pairs(pairs): Asked) -> Result<Response, Refusal> {
    let mut query = Query::new(pairs);
    let scope = query.take_scope()?;
    query.finish()?;
    let delivery = app.read(move |connection| report::delivery(connection, &scope, now_ms())).await?;
    Ok(Json(delivery).into_response())
}

async fn wrong_method() -> Refusal {
    Refusal::MethodNotAllowed
}

async fn uncached(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn unsniffed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(HeaderName::from_static("cross-origin-resource-policy")).or_insert(HeaderValue::from_static("same-origin"));
    response
}
