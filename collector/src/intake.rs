//! `POST /v1/batch` and `/v1/validate`: body to rows by the core's own decoder, rows to the store, the answer.
//! The schema is the core's; nothing is checked here that it checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use milepost_core::Decimal;
use milepost_core::conversion::Conversion;
use milepost_core::json::{Map, Value, to_string};
use milepost_core::redact;
use milepost_core::wire::{Batch, Decoded, Event, Ledger, Page, Rejected, decode, is_code};
use serde::Serialize;

use crate::body::{receive, unpack};
use crate::client::Peer;
use crate::clock::now_ms;
use crate::refusal::Refusal;
use crate::routes::App;
use crate::store::{ConversionRow, Delivery, EventRow, LedgerRow, RejectedRow, Room, SessionRow, TombstoneRow};
use crate::{bots, browser};

/// Most that one stream may claim to have counted: sums over streams then stay within 64 bits.
const COUNT_LIMIT: i64 = i32::MAX as i64;

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
pub(crate) async fn batch(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Receipt>, Refusal> {
    let (mut delivery, room) = delivery(&app, body).await?;
    delivery.keep_from = app.sites.keep_from(&delivery.site, delivery.received_at);
    mark(&mut delivery, &app, peer, &headers);
    let rejected = problems(&delivery);
    let outcome = app.store.append(delivery, room).await?;
    Ok(Json(Receipt { accepted: outcome.accepted, duplicates: outcome.duplicates, rejected }))
}

/// Says what is wrong with a batch; stores nothing.
pub(crate) async fn validate(State(app): State<Arc<App>>, body: Body) -> Result<Json<Verdict>, Refusal> {
    let (delivery, _room) = delivery(&app, body).await?;
    let problems = problems(&delivery);
    let events = delivery.events.len() + delivery.tombstones.len() + problems.len();
    Ok(Json(Verdict { valid: problems.is_empty(), events, problems }))
}

/// Notes what the request's head says of its sender: no more than is told apart by it.
fn mark(delivery: &mut Delivery, app: &App, peer: Peer, headers: &HeaderMap) {
    delivery.browser = browser::family(headers);
    delivery.session.bot = bots::is_bot(headers, app.count_headless);
    delivery.session.gpc |= headers.get("sec-gpc").is_some_and(|value| value == "1");
    if delivery.visitor.is_none() && !delivery.session.bot {
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        delivery.features = Some(format!("{} {agent}", peer.network(headers, &app.trusted_proxies)));
    }
}

/// Receives and decodes. What finds no room is refused before any work is spent on it. Decoding runs beside the
/// connections, only so many at once, so that large bodies can't take all memory or hold up small ones.
async fn delivery(app: &Arc<App>, body: Body) -> Result<(Delivery, Room), Refusal> {
    let limits = &app.limits;
    let body = receive(body, limits.encoded_bytes, limits.body_wait).await?;
    let mut room = app.store.reserve(body.len())?;
    let _turn = app.decoders.acquire().await.map_err(|_| Refusal::Internal)?;
    let decoded_bytes = limits.decoded_bytes;
    let delivery = tokio::task::spawn_blocking(move || read(body, decoded_bytes)).await.map_err(|_| Refusal::Internal)??;
    app.store.widen(&mut room, delivery.weight)?;
    Ok((delivery, room))
}

pub(crate) fn read(body: Bytes, decoded_bytes: usize) -> Result<Delivery, Refusal> {
    let body = unpack(body, decoded_bytes)?;
    let weight = body.len();
    let Decoded { mut batch, mut rejected } = decode(&body)?;
    // Trackers have done so; whoever else sends may not have.
    redact::batch(&mut batch);
    rejected.iter_mut().for_each(redact::rejected);
    Ok(rows(batch, rejected, weight))
}

fn problems(delivery: &Delivery) -> Vec<Problem> {
    let problem = |row: &RejectedRow| Problem { seq: row.seq, code: row.code.clone(), param: row.param.clone() };
    delivery.rejected.iter().map(problem).collect()
}

fn rows(batch: Batch, rejected: Vec<Rejected>, weight: usize) -> Delivery {
    let (sent_at, received_at) = (signed(batch.sent_at), now_ms());
    let clock = Clock { behind: behind(sent_at, received_at), now: received_at };
    let mut rejected: Vec<RejectedRow> = rejected.into_iter().map(rejected_row).collect();
    let (mut events, mut tombstones) = (Vec::with_capacity(batch.events.len()), Vec::new());
    for event in &batch.events {
        let row = match &event.dropped {
            Some(reason) => tombstone_row(event, reason, clock).map(|row| tombstones.push(row)),
            None => event_row(event, &batch.pages, clock).map(|row| events.push(row)),
        };
        if let Err(field) = row {
            rejected.push(out_of_range(event, field));
        }
    }
    Delivery {
        sent_at,
        received_at,
        session: SessionRow {
            id: batch.session.id,
            number: i64::from(batch.session.number),
            started_at: clock.right(signed(batch.session.started_at)),
            landing: filled(batch.session.landing),
            bot: false,
            gpc: batch.consent.gpc,
        },
        campaign: batch.campaign.as_ref().map(to_string),
        device: batch.device.as_ref().map(to_string),
        consent: Some(to_string(&batch.consent)),
        ledger: ledger_row(&batch.ledger),
        site: batch.site,
        stream: batch.stream,
        engine: batch.engine,
        browser: "unknown",
        visitor: batch.visitor,
        features: None,
        keep_from: None,
        user: batch.user,
        events,
        rejected,
        tombstones,
        weight,
    }
}

/// The counts as the store takes them: what can't be one is left out, what is no code is called `other`.
fn ledger_row(ledger: &Ledger) -> LedgerRow {
    let mut dropped = BTreeMap::new();
    for (reason, count) in ledger.dropped.iter() {
        if let Some(count) = count.as_u64().filter(|count| *count > 0) {
            let sum: &mut i64 = dropped.entry(if is_code(reason) { reason.into() } else { "other".into() }).or_default();
            *sum = (*sum + bounded(count)).min(COUNT_LIMIT);
        }
    }
    LedgerRow { accepted: bounded(ledger.accepted), delivered: bounded(ledger.delivered), invalid: bounded(ledger.invalid), dropped }
}

fn bounded(count: u64) -> i64 {
    signed(count).min(COUNT_LIMIT)
}

/// A browser's clock, by which its events' times are set right.
#[derive(Clone, Copy)]
struct Clock {
    /// By how much it is slow; less than zero when it is fast, zero when it is about right.
    behind: i64,
    /// The right time.
    now: i64,
}

impl Clock {
    fn right(self, at: i64) -> i64 {
        if self.behind == 0 { at } else { at.saturating_add(self.behind).min(self.now) }
    }
}

/// What a batch takes to get here says nothing of a clock.
fn behind(sent_at: i64, received_at: i64) -> i64 {
    const UNDER_WAY_MS: u64 = 60_000;
    let behind = received_at.saturating_sub(sent_at);
    if behind.unsigned_abs() > UNDER_WAY_MS { behind } else { 0 }
}

/// Fails with the name of the field that SQLite's signed 64 bits can't hold.
fn event_row(event: &Event, pages: &[Page], clock: Clock) -> Result<EventRow, &'static str> {
    let page = pages.iter().find(|page| page.id == event.page);
    Ok(EventRow {
        seq: i64::try_from(event.seq).map_err(|_| "seq")?,
        name: event.name.clone(),
        at: clock.right(i64::try_from(event.at).map_err(|_| "at")?),
        page_url: page.map(|page| page.url.clone()),
        page_title: page.and_then(|page| filled(page.title.clone())),
        referrer: page.and_then(|page| filled(page.referrer.clone())),
        params: to_string(&event.params),
        conversion: event.conversion.as_ref().map(conversion_row),
        currency: text(&event.params, "currency"),
        value: event.params.get("value").and_then(Value::as_decimal).map(|value| value.to_text()),
    })
}

fn tombstone_row(event: &Event, reason: &str, clock: Clock) -> Result<TombstoneRow, &'static str> {
    Ok(TombstoneRow {
        seq: i64::try_from(event.seq).map_err(|_| "seq")?,
        name: event.name.clone(),
        at: clock.right(i64::try_from(event.at).map_err(|_| "at")?),
        reason: reason.into(),
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
