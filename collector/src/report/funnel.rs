//! The funnel: one ordered scan of a site's events, folded into how far each session or visitor came.
//! A closed funnel: a step counts only after every earlier one.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use serde::Serialize;

use super::marks::{BotCount, Marks, Sieve};
use super::query::Scope;
use super::rate::Rate;
use crate::store::StoreError;

/// Whose steps are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// Each session by itself.
    Session,
    /// Each visitor over all sessions; in cookieless use a session is all there is of a visitor.
    Visitor,
}

/// How many came how far.
#[derive(Debug, Serialize)]
pub(crate) struct Funnel {
    pub(crate) site: String,
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
    pub(crate) by: By,
    /// Sessions or visitors with any event at all.
    pub(crate) considered: u64,
    pub(crate) steps: Vec<Step>,
    /// Share of the first step that reached the last.
    pub(crate) overall_rate: Option<Rate>,
    pub(crate) largest_drop: Option<Drop>,
    pub(crate) bots: BotCount,
}

/// One step and what is lost before it.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) count: u64,
    /// Share of the step before; none for the first step.
    pub(crate) step_rate: Option<Rate>,
    /// Share of the step before that was lost.
    pub(crate) drop_off: Option<Rate>,
    /// How many were lost.
    pub(crate) lost: Option<u64>,
    /// Share of the first step.
    pub(crate) overall_rate: Option<Rate>,
}

/// The transition that loses the largest share.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Drop {
    /// Position of the step that was not reached, counted from 0.
    pub(crate) step: usize,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) lost: u64,
    pub(crate) drop_off: Rate,
}

/// Computes the funnel of `steps` within `scope`.
pub(crate) fn funnel(connection: &Connection, scope: &Scope, steps: &[String], by: By) -> Result<Funnel, StoreError> {
    let marks = Marks::of(connection, &scope.site)?;
    let mut sieve = marks.sieve(scope.bots);
    let progress = progress(connection, scope, steps, by, &mut sieve)?;
    let counts: Vec<u64> = (1..=steps.len()).map(|depth| progress.values().filter(|reached| **reached >= depth).count() as u64).collect();
    let first = counts.first().copied().unwrap_or(0);
    let before = std::iter::once(None).chain(counts.iter().copied().map(Some));
    let steps: Vec<Step> = steps.iter().zip(&counts).zip(before).map(|((name, count), before)| step(name, *count, before, first)).collect();
    Ok(Funnel {
        site: scope.site.clone(),
        from: scope.from,
        to: scope.to,
        by,
        considered: progress.len() as u64,
        overall_rate: steps.last().and_then(|last| last.overall_rate),
        largest_drop: largest_drop(&steps),
        bots: sieve.count(),
        steps,
    })
}

/// How many steps each session or visitor has done in order. Ids of visitors and of sessions are numbers of
/// their own, hence the flag.
fn progress(
    connection: &Connection,
    scope: &Scope,
    steps: &[String],
    by: By,
    sieve: &mut Sieve<'_>,
) -> Result<HashMap<(bool, i64), usize>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, session, visitor FROM events INDEXED BY events_in_time \
         WHERE site = (SELECT id FROM sites WHERE name = ?1) AND at >= ?2 AND at < ?3 ORDER BY at, stream, seq",
    )?;
    let (from, to) = scope.bounds();
    let mut rows = statement.query(params![scope.site, from, to])?;
    let mut progress: HashMap<(bool, i64), usize> = HashMap::new();
    while let Some(row) = rows.next()? {
        let session: i64 = row.get(1)?;
        if !sieve.keeps(session) {
            continue;
        }
        let visitor: Option<i64> = if by == By::Visitor { row.get(2)? } else { None };
        let reached = progress.entry(visitor.map_or((false, session), |visitor| (true, visitor))).or_default();
        if steps.get(*reached).is_some_and(|step| row.get_ref(0).and_then(|name| Ok(name.as_str()? == step)).unwrap_or(false)) {
            *reached += 1;
        }
    }
    Ok(progress)
}

fn step(name: &str, count: u64, before: Option<u64>, first: u64) -> Step {
    Step {
        name: name.to_owned(),
        count,
        step_rate: before.and_then(|before| Rate::of(count, before)),
        drop_off: before.and_then(|before| Rate::of(before - count, before)),
        lost: before.map(|before| before - count),
        overall_rate: Rate::of(count, first),
    }
}

/// The largest share wins; of equal shares the larger number, then the earlier step.
fn largest_drop(steps: &[Step]) -> Option<Drop> {
    let mut largest: Option<Drop> = None;
    for (position, (from, to)) in steps.iter().zip(steps.iter().skip(1)).enumerate() {
        let (Some(drop_off), Some(lost)) = (to.drop_off, to.lost) else { continue };
        if lost > 0 && largest.as_ref().is_none_or(|most| (drop_off, lost) > (most.drop_off, most.lost)) {
            largest = Some(Drop { step: position + 1, from: from.name.clone(), to: to.name.clone(), lost, drop_off });
        }
    }
    largest
}
