//! The funnel as a table with bars. A bar is an SVG attribute, since the page's policy allows no inline style.

use maud::{Markup, html};

use super::amounts::{count, percent};
use crate::report::{By, Funnel, Step};

/// The whole card.
pub(super) fn card(funnel: &Funnel) -> Markup {
    let largest = funnel.largest_drop.as_ref().map(|drop| drop.step);
    html! {
        section.card aria-labelledby="funnel" {
            header.card-head {
                h2 #funnel { "Funnel" }
                p { "Each step counts only after every step before it, by " (who(funnel.by)) "." }
            }
            table.funnel {
                thead { tr {
                    th scope="col" { "Step" }
                    th scope="col" { "Of the first step" }
                    th.number scope="col" { "Reached" }
                    th.number scope="col" { "Step rate" }
                    th.number scope="col" { "Drop-off" }
                } }
                tbody {
                    @for (position, step) in funnel.steps.iter().enumerate() {
                        (row(position, step, largest == Some(position)))
                    }
                }
            }
            p.conclusion {
                @match &funnel.largest_drop {
                    Some(drop) => {
                        "Largest drop: " code { (drop.from) } " to " code { (drop.to) } ", "
                        strong { (percent(Some(drop.drop_off))) } " lost (" (count(drop.lost)) " of " (count(before(funnel, drop.step))) ")."
                    }
                    None if funnel.steps.iter().all(|step| step.count == 0) => { "Nobody has reached the first step in this range." }
                    None => { "Nobody was lost between these steps." }
                }
            }
        }
    }
}

fn row(position: usize, step: &Step, largest: bool) -> Markup {
    let width = step.overall_rate.map_or_else(|| "0".into(), |rate| format!("{}%", rate.percent()));
    html! {
        tr.largest[largest] {
            th scope="row" {
                span.position { (position + 1) }
                code { (step.name) }
            }
            td.share {
                svg.bar aria-hidden="true" {
                    rect.track width="100%" height="100%" rx="4" {}
                    rect.fill width=(width) height="100%" rx="4" {}
                }
                span.share-text { (percent(step.overall_rate)) }
            }
            td.number.reached data-label="Reached" { (count(step.count)) }
            td.number data-label="Step rate" { (percent(step.step_rate)) }
            td.number.drop data-label="Drop-off" {
                (percent(step.drop_off))
                @if let Some(lost) = step.lost.filter(|lost| *lost > 0) {
                    " " span.lost { "\u{2212}" (count(lost)) }
                }
            }
        }
    }
}

fn before(funnel: &Funnel, step: usize) -> u64 {
    step.checked_sub(1).and_then(|before| funnel.steps.get(before)).map_or(0, |before| before.count)
}

fn who(by: By) -> &'static str {
    match by {
        By::Session => "session",
        By::Visitor => "visitor, over all of their sessions",
    }
}
