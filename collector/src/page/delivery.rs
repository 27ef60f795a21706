//! What became of every event that browsers accepted: one table, by browser and by engine, and the reasons.

use maud::{Markup, html};

use super::amounts::{count, percent};
use crate::report::{Account, Delivery, Part};

/// The whole card.
pub(super) fn card(delivery: &Delivery) -> Markup {
    let total = &delivery.total;
    html! {
        section.card aria-labelledby="delivery" {
            header.card-head {
                h2 #delivery { "Delivery" }
                p { "What became of the events of the streams first heard of in this range, by the browsers' own count." }
            }
            @if total.streams == 0 { p.empty { "No stream in this range." } } @else {
                (table(delivery))
                (reasons(total))
                p.conclusion {
                    "Lost: " strong { (count(total.lost())) } " of " (count(total.accepted)) " accepted events, "
                    strong { (percent(total.loss_rate)) } "."
                }
            }
        }
    }
}

fn table(delivery: &Delivery) -> Markup {
    html! {
        table.accounts {
            caption { "Accepted = stored + rejected + dropped + outstanding + missing." }
            thead { tr {
                th scope="col" { "Streams of" }
                @for (label, _) in COLUMNS { th.number scope="col" { (label) } }
                th.number scope="col" { "Loss" }
            } }
            tbody { (row("All streams", &delivery.total)) }
            (group("By browser", &delivery.browsers, browser))
            (group("By engine", &delivery.engines, |name| name))
        }
    }
}

/// Head of a column and what stands in it.
type Column = (&'static str, fn(&Account) -> u64);

const COLUMNS: [Column; 8] = [
    ("Accepted", |account| account.accepted),
    ("Stored", |account| account.stored),
    ("Rejected", |account| account.rejected),
    ("Dropped", Account::given_up),
    ("Outstanding", |account| account.outstanding),
    ("Missing", |account| account.missing),
    ("Gaps", |account| account.gaps),
    ("Repeats", |account| account.duplicates),
];

fn group(heading: &str, parts: &[Part], label: fn(&str) -> &str) -> Markup {
    html! {
        tbody {
            tr.group { th scope="rowgroup" colspan=(COLUMNS.len() + 2) { (heading) } }
            @for part in parts { (row(label(&part.name), &part.account)) }
        }
    }
}

fn row(name: &str, account: &Account) -> Markup {
    html! {
        tr {
            th scope="row" { (name) small { (count(account.streams)) @if account.streams == 1 { " stream" } @else { " streams" } } }
            @for (label, value) in COLUMNS { td.number data-label=(label) { (count(value(account))) } }
            td.number.loss data-label="Loss" { (percent(account.loss_rate)) }
        }
    }
}

/// Why events were given up; and events that were never accepted, so that nobody looks for them in the table.
fn reasons(total: &Account) -> Markup {
    html! {
        @if !total.dropped.is_empty() || total.invalid > 0 {
            dl.facts {
                @for (reason, number) in &total.dropped {
                    div { dt { "Dropped: " code { (reason) } } dd { (count(*number)) } }
                }
                @if total.invalid > 0 { div { dt { "Wrong in the page and never accepted" } dd { (count(total.invalid)) } } }
            }
        }
    }
}

fn browser(name: &str) -> &str {
    match name {
        "chromium" => "Chromium",
        "firefox" => "Firefox",
        "webkit" => "Safari, WebKit",
        "other" => "Other",
        _ => "Unknown",
    }
}
