//! `POST /v1/batch` and `/v1/validate`: body to rows by the core's own decoder, rows to the store, the answer.
//! The schema is the core's; nothing is checked here that it checks.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use milepost_core::Decimal;
use milepost_core::conversion::Conversion;
use milepost_core::json::{Map, Value, to_string};
use milepost_core::wire::{Batch, Decoded, Event, Ledger, Page, Rejected, decode};
use serde::Serialize;

use crate::body::{receive, unpack};
use crate::refusal::Refusal;
use crate::routes::App;
use crate::store::{ConversionRow, Delivery, EventRow, LedgerRow, RejectedRow, SessionRow};

/// The answer to a batch that is on disk.
#[derive(Debug, Serialize)]
pub(crate) struct Receipt {
    accepted: u64,
    duplicates: u64,
    rejected: Vec<Problem>,
}

/// The answer to a batch that was only looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    valid: bool,
    events: usize,
    problems: Vec<Problem>,
}

/// Why one event was refused.
#[derive(Debug, Clone, Serialize)]
struct Problem {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<String>,
}

/// Stores a batch; answers once it is on disk.
pub(crate) async fn batch(State(app): State<Arc<App>>, body: Body) -> Result<Json<Receipt>, Refusal> {
    let delivery = delivery(&app, body).await?;
    let rejected = problems(&delivery);
    let outcome = app.store.append(delivery).await?;
    Ok(Json(Receipt { accepted: outcome.accepted, duplicates: outcome.duplicates, rejected }))
}

/// Says what is wrong with a batch; stores nothing.
pub(crate) async fn validate(State(app): State<Arc<App>>, body: Body) -> Result<Json<Verdict>, Refusal> {
    let delivery = delivery(&app, body).await?;
    let problems = problems(&delivery);
    Ok(Json(Verdict { valid: problems.is_empty(), events: delivery.events.len() + problems.len(), problems }))
}

/// Receives and decodes. Decoding runs beside the connections, only so many at once, so that large bodies can't
/// take all memory or hold up small ones.
async fn delivery(app: &Arc<App>, body: Body) -> Result<Delivery, Refusal> {
    let limits = &app.limits;
    let body = receive(body, limits.encoded_bytes, limits.body_wait).await?;
    let _turn = app.decoders.acquire().await.map_err(|_| Refusal::Internal)?;
    let decoded_bytes = limits.decoded_bytes;
    tokio::task::spawn_blocking(move || read(body, decoded_bytes)).await.map_err(|_| Refusal::Internal)?
}

fn read(body: Bytes, decoded_bytes: usize) -> Result<Delivery, Refusal> {
    let body = unpack(body, decoded_bytes)?;
    let weight = body.len();
    let Decoded { batch, rejected } = decode(&body)?;
    Ok(rows(batch, rejected, weight))
}

fn problems(delivery: &Delivery) -> Vec<Problem> {
    let problem = |row: &RejectedRow| Problem { seq: row.seq, code: row.code.clone(), param: row.param.clone() };
    delivery.rejected.iter().map(problem).collect()
}

fn rows(batch: Batch, rejected: Vec<Rejected>, weight: usize) -> Delivery {
    let mut rejected: Vec<RejectedRow> = rejected.into_iter().map(rejected_row).collect();
    let mut events = Vec::with_capacity(batch.events.len());
    for event in &batch.events {
        match event_row(event, &batch.pages) {
            Ok(row) => events.push(row),
            Err(field) => rejected.push(out_of_range(event, field)),
        }
    }
    Delivery {
        sent_at: signed(batch.sent_at),
        received_at: now(),
        session: SessionRow {
            id: batch.session.id,
            number: i64::from(batch.session.number),
            started_at: signed(batch.session.started_at),
            landing: filled(batch.session.landing),
        },
        campaign: batch.campaign.as_ref().map(to_string),
        device: batch.device.as_ref().map(to_string),
        consent: Some(to_string(&batch.consent)),
        ledger: LedgerRow {
            accepted: signed(batch.ledger.accepted),
            delivered: signed(batch.ledger.delivered),
            dropped: to_string(&losses(batch.ledger)),
        },
        site: batch.site,
        stream: batch.stream,
        engine: batch.engine,
        visitor: batch.visitor,
        user: batch.user,
        events,
        rejected,
        weight,
    }
}

/// Why events of a stream aren't here: those given up by reason, and those that were wrong in the page.
fn losses(ledger: Ledger) -> Map {
    let mut losses = ledger.dropped;
    if ledger.invalid > 0 {
        losses.insert("invalid", ledger.invalid);
    }
    losses
}

/// Fails with the name of the field that SQLite's signed 64 bits can't hold.
fn event_row(event: &Event, pages: &[Page]) -> Result<EventRow, &'static str> {
    let page = pages.iter().find(|page| page.id == event.page);
    Ok(EventRow {
        seq: i64::try_from(event.seq).map_err(|_| "seq")?,
        name: event.name.clone(),
        at: i64::try_from(event.at).map_err(|_| "at")?,
        page_url: page.map(|page| page.url.clone()),
        page_title: page.and_then(|page| filled(page.title.clone())),
        referrer: page.and_then(|page| filled(page.referrer.clone())),
        params: to_string(&event.params),
        conversion: event.conversion.as_ref().map(conversion_row),
        currency: text(&event.params, "currency"),
        value: event.params.get("value").and_then(Value::as_decimal).map(|value| value.to_text()),
    })
}

fn conversion_row(conversion: &Conversion) -> ConversionRow {
    ConversionRow {
        tier: word(&conversion.tier),
        category: conversion.category.as_ref().map(word),
        stage: conversion.stage.as_ref().map(word),
        macro_name: conversion.macro_name.clone(),
        primary: conversion.primary,
        worth: conversion.worth.map(Decimal::to_text),
    }
}

/// The name that a unit variant has on the wire.
fn word<T: Serialize>(variant: &T) -> String {
    to_string(variant).trim_matches('"').into()
}

fn rejected_row(event: Rejected) -> RejectedRow {
    RejectedRow {
        seq: event.seq.and_then(|seq| i64::try_from(seq).ok()),
        name: event.name,
        code: event.code.into(),
        param: event.param,
        raw: event.raw,
    }
}

fn out_of_range(event: &Event, field: &str) -> RejectedRow {
    RejectedRow {
        seq: i64::try_from(event.seq).ok(),
        name: Some(event.name.clone()),
        code: "field_invalid".into(),
        param: Some(field.into()),
        raw: to_string(event),
    }
}

fn text(params: &Map, name: &str) -> Option<String> {
    params.get(name).and_then(Value::as_str).map(String::from)
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
