//! The tables below the funnel: macro conversions, micro conversions, other events, refused events.
//! Revenue and estimated worth never share a table, so that nobody adds them up.

use maud::{Markup, html};

use super::amounts::{amount, count, moment};
use crate::report::{Amounts, EventLine, Events, RejectedEvent, RejectedEvents};

/// Outcomes and their revenue.
pub(super) fn macros(events: &Events) -> Markup {
    let lines: Vec<_> = of_tier(events, Some("macro")).collect();
    html! {
        section.card aria-labelledby="macros" {
            header.card-head {
                h2 #macros { "Macro conversions" span.tag.macro { "revenue" } }
                p { "Outcomes, with the sum of their values." }
            }
            @if lines.is_empty() { p.empty { "No macro conversion in this range." } } @else {
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Event" }
                        th.number scope="col" { "Count" }
                        th.number scope="col" { "Sessions" }
                        th.number scope="col" { "Revenue" }
                    } }
                    tbody { @for line in lines { tr {
                        th scope="row" { code { (line.name) } small { (rank(line)) } }
                        td.number { (count(line.count)) }
                        td.number { (count(line.sessions)) }
                        td.number { (revenue(&line.revenue)) }
                    } } }
                } }
            }
        }
    }
}

/// Steps and what they are estimated to be worth.
pub(super) fn micros(events: &Events) -> Markup {
    let lines: Vec<_> = of_tier(events, Some("micro")).collect();
    html! {
        section.card aria-labelledby="micros" {
            header.card-head {
                h2 #micros { "Micro conversions" span.tag.micro { "estimated worth" } }
                p { "Steps on the way. Worth is an estimate and no part of revenue." }
            }
            @if lines.is_empty() { p.empty { "No micro conversion in this range." } } @else {
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Event" }
                        th.number scope="col" { "Count" }
                        th.number scope="col" { "Sessions" }
                        th.number scope="col" { "Worth" }
                    } }
                    tbody { @for line in lines { tr {
                        th scope="row" { code { (line.name) } small { (kind(line)) } }
                        td.number { (count(line.count)) }
                        td.number { (count(line.sessions)) }
                        td.number { (line.worth.as_deref().map_or_else(|| "\u{2013}".into(), amount)) }
                    } } }
                } }
            }
        }
    }
}

/// Events that the conversion map doesn't name.
pub(super) fn others(events: &Events) -> Markup {
    let lines: Vec<_> = of_tier(events, None).collect();
    html! {
        @if !lines.is_empty() {
            section.card aria-labelledby="others" {
                header.card-head {
                    h2 #others { "Other events" }
                    p { "Not named in the site's conversion map." }
                }
                div.scroll { table {
                    thead { tr { th scope="col" { "Event" } th.number scope="col" { "Count" } th.number scope="col" { "Sessions" } } }
                    tbody { @for line in lines { tr {
                        th scope="row" { code { (line.name) } }
                        td.number { (count(line.count)) }
                        td.number { (count(line.sessions)) }
                    } } }
                } }
            }
        }
    }
}

/// Events that the schema refused.
pub(super) fn rejected(rejected: &RejectedEvents) -> Markup {
    html! {
        section.card.wide aria-labelledby="rejected" {
            header.card-head {
                h2 #rejected { "Rejected events" }
                p {
                    @if rejected.total == 0 { "Every event passed the schema." }
                    @else { "Kept aside with their reasons; the latest " (rejected.rejected.len()) " of " (count(rejected.total)) "." }
                }
            }
            @if !rejected.rejected.is_empty() {
                ul.rejected { @for event in &rejected.rejected { (rejected_event(event)) } }
            }
        }
    }
}

fn rejected_event(event: &RejectedEvent) -> Markup {
    let shown = event.raw.len() as u64;
    html! {
        li {
            p.reason {
                code.code { (event.code) }
                @if let Some(param) = &event.param { code { (param) } }
                @if let Some(name) = &event.name { span { "in " code { (name) } } }
                span.when { (moment(event.received_at)) }
            }
            details {
                summary {
                    "stream " code { (event.stream) }
                    @if let Some(seq) = event.seq { ", event " (seq) }
                }
                pre { (event.raw) }
                @if shown < event.raw_bytes { p.empty { "The first " (count(shown)) " of " (count(event.raw_bytes)) " bytes." } }
            }
        }
    }
}

/// Amounts by currency, one a line.
pub(super) fn revenue(amounts: &Amounts) -> Markup {
    html! {
        @if amounts.is_empty() { "\u{2013}" }
        @for (currency, sum) in amounts { span.money { (amount(sum)) " " small { (currency) } } }
    }
}

fn of_tier<'a>(events: &'a Events, tier: Option<&'a str>) -> impl Iterator<Item = &'a EventLine> {
    events.events.iter().filter(move |line| line.conversion.tier.as_deref() == tier)
}

fn rank(line: &EventLine) -> &'static str {
    match line.conversion.primary {
        Some(true) => "primary",
        Some(false) => "secondary",
        None => "",
    }
}

fn kind(line: &EventLine) -> String {
    let conversion = &line.conversion;
    let parts = [conversion.category.as_deref(), conversion.stage.as_deref()];
    let kind = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    match &conversion.macro_name {
        Some(name) => format!("{kind} \u{2192} {name}"),
        None => kind,
    }
}
