//! Erasing and exporting what is held of one visitor: for a browser with its site's proof, for an administrator.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query as Pairs, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::body::receive;
use crate::clock::now_ms;
use crate::refusal::Refusal;
use crate::report::Query;
use crate::routes::App;
use crate::store;

/// Bytes of a request to erase: three short texts.
const BODY_LIMIT: usize = 4096;

/// `POST /v1/erase`: a browser asks to be forgotten, with a proof that its site's server made.
///
/// Whether the site, its key or the proof is what isn't right is not told.
pub(crate) async fn forget(State(app): State<Arc<App>>, body: Body) -> Result<Json<Value>, Refusal> {
    let body = receive(body, BODY_LIMIT, app.limits.body_wait).await?;
    let body = serde_json::from_slice::<Value>(&body).map_err(|_| Refusal::NotJson)?;
    let text = |name: &'static str| body.get(name).and_then(Value::as_str).map(String::from).ok_or(Refusal::FieldMissing(name));
    let (site, visitor, proof) = (text("site")?, text("visitor")?, text("proof")?);
    let message = format!("erase\n{site}\n{visitor}");
    if !app.sites.erase_key(&site).is_some_and(|key| key.proves(&message, &proof)) {
        return Err(Refusal::EraseForbidden);
    }
    erase(&app, site, visitor).await
}

/// `DELETE /api/visitors/{visitor}?site=`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Path(visitor): Path<String>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let site = site(pairs)?;
    erase(&app, site, visitor).await
}

/// `GET /api/visitors/{visitor}?site=`
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Path(visitor): Path<String>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let site = site(pairs)?;
    let held = app.read(move |connection| store::export(connection, &site, &visitor)).await?;
    Ok(Json(held).into_response())
}

/// Answers once nothing of the visitor is in the database, and the files were cleaned as far as that doesn't take long.
async fn erase(app: &App, site: String, visitor: String) -> Result<Json<Value>, Refusal> {
    let erased = app.store.write(move |connection| store::erase(connection, &site, &visitor, now_ms())).await?;
    if let Err(error) = app.store.write(|connection| store::scrub(connection, false)).await {
        tracing::warn!(%error, "the files are cleaned later");
    }
    tracing::info!(events = erased, "a visitor was erased");
    Ok(Json(json!({ "erased": erased })))
}

fn site(pairs: Vec<(String, String)>) -> Result<String, Refusal> {
    let mut query = Query::new(pairs);
    let site = query.take("site")?.ok_or(Refusal::ParamMissing("site"))?;
    query.finish()?;
    Ok(site)
}
