//! The frame of the page: head, the form that chooses what is shown, key figures, and the order of the cards.

use maud::{DOCTYPE, Markup, html};

use super::amounts::{count, percent};
use super::{RANGES, by_text, delivery, funnel, install, steps_text, tables};
use crate::report::{By, Delivery, ECOMMERCE, Events, Funnel, Rate, RejectedEvents};

/// What the address of the page asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) site: Option<String>,
    pub(super) range: String,
    pub(super) from: Option<i64>,
    pub(super) by: By,
    pub(super) steps: Vec<String>,
}

/// What the reports answered.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) funnel: Funnel,
    pub(super) events: Events,
    pub(super) delivery: Delivery,
    pub(super) rejected: RejectedEvents,
}

/// The report of one site.
pub(super) fn report(sites: &[String], asked: &Asked, shown: &Shown) -> Markup {
    let site = &shown.funnel.site;
    frame(
        &format!("{site} \u{b7} Milepost"),
        &html! {
            (form(sites, asked, shown))
            @if !sites.contains(site) { p.notice { "No batch for the site " strong { (site) } " has arrived yet." } }
            (figures(shown))
            (funnel::card(&shown.funnel))
            div.pair {
                div { (tables::macros(&shown.events)) (tables::others(&shown.events)) }
                div { (tables::micros(&shown.events)) }
            }
            (delivery::card(&shown.delivery))
            (tables::rejected(&shown.rejected))
        },
    )
}

/// What is shown before the first batch.
pub(super) fn welcome() -> Markup {
    frame(
        "Milepost",
        &html! {
            section.card {
                header.card-head {
                    h2 { "Nothing has arrived yet" }
                    p { "The report appears here with the first batch. Put this on a page, with this collector's address: " a href="/install" { "filled in here" } "." }
                }
                pre.copy { (install::snippet("shop", "https://collect.example.com")) }
            }
        },
    )
}

/// What all pages share.
pub(super) fn frame(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/report.css";
            }
            body {
                header.top { a.brand href="/" { img src="/icon.svg" alt="" width="26" height="26"; h1 { "Milepost" } } span { "Conversion report" } a.aside href="/install" { "Install" } }
                main { (content) }
            }
        }
    }
}

fn form(sites: &[String], asked: &Asked, shown: &Shown) -> Markup {
    let (site, bots) = (&shown.funnel.site, &shown.funnel.bots);
    html! {
        form.choose method="get" action="/" {
            label { span { "Site" } select name="site" {
                @if !sites.iter().any(|known| known == site) { option value=(site) selected { (site) } }
                @for known in sites { option value=(known) selected[known == site] { (known) } }
            } }
            label { span { "Time" } select name="range" {
                @for (value, label, _) in RANGES { option value=(value) selected[value == asked.range] { (label) } }
            } }
            label { span { "Count by" } select name="by" {
                @for by in [By::Session, By::Visitor] { option value=(by_text(by)) selected[by == asked.by] { (by_text(by)) } }
            } }
            @if bots.sessions > 0 {
                label { span { "Bots" } select name="bots" {
                    option value="exclude" selected[!bots.included] { "left out" }
                    option value="include" selected[bots.included] { "counted" }
                } }
            }
            label.steps { span { "Steps, in order" }
                input name="steps" value=(steps_text(&asked.steps)) placeholder=(ECOMMERCE.join(", ")) spellcheck="false" autocomplete="off";
            }
            button type="submit" { "Show" }
        }
    }
}

fn figures(shown: &Shown) -> Markup {
    let totals = &shown.events.totals;
    // A secondary macro conversion is watched, not counted among the results.
    let revenue = shown.events.events.iter().filter(|line| !line.revenue.is_empty() && line.conversion.primary != Some(false));
    html! {
        dl.figures {
            div { dt { "Sessions" } dd { (count(totals.sessions)) } }
            div { dt { "Visitors" } dd { (count(totals.visitors)) } }
            @if totals.day_visitors > 0 { div { dt { "Cookieless, by day" } dd { (count(totals.day_visitors)) } } }
            div { dt { "Events" } dd { (count(totals.events)) } }
            div { dt { "Funnel, start to end" } dd { (percent(shown.funnel.overall_rate)) } }
            @for line in revenue {
                div.money-figure { dt { "Revenue, " code { (line.name) } } dd { (tables::revenue(&line.revenue)) } }
            }
            @if totals.bots.sessions > 0 {
                div { dt { @if totals.bots.included { "Bot sessions, counted" } @else { "Bot sessions, left out" } } dd { (count(totals.bots.sessions)) } }
            }
            @if totals.gpc_sessions > 0 { div { dt { "Sessions with GPC" } dd { (percent(Rate::of(totals.gpc_sessions, totals.sessions))) } } }
            div.bad[totals.rejected > 0] { dt { "Rejected" } dd { (count(totals.rejected)) } }
        }
    }
}
