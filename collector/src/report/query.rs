//! Reads the query of a report request: known names only, each once, each checked. No report is computed here.

use super::funnel::By;
use super::marks::Bots;
use crate::refusal::Refusal;

/// The e-commerce funnel, for a request that names no steps.
pub(crate) const ECOMMERCE: [&str; 7] =
    ["page_view", "view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase"];

const MAX_STEPS: usize = 20;
const MAX_NAME_CHARS: usize = 100;

/// The pairs of a query string that nobody has asked for yet.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

/// Which events a report is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Name of the data set.
    pub(crate) site: String,
    /// First ms that counts.
    pub(crate) from: Option<i64>,
    /// First ms that counts no more.
    pub(crate) to: Option<i64>,
    /// Whether crawlers count.
    pub(crate) bots: Bots,
}

impl Query {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Takes the value of `name`; an empty one is as good as none, since that is how forms send it.
    pub(crate) fn take(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        let (mine, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key == name);
        self.0 = rest;
        let mut values = mine.into_iter().map(|(_, value)| value);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Refusal::param(name, "is given twice")),
            (first, None) => Ok(first.filter(|value| !value.is_empty())),
        }
    }

    pub(crate) fn take_scope(&mut self) -> Result<Scope, Refusal> {
        let site = self.take("site")?.ok_or(Refusal::ParamMissing("site"))?;
        let (from, to) = (self.take_time("from")?, self.take_time("to")?);
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            return Err(Refusal::param("to", "is not after `from`"));
        }
        Ok(Scope { site, from, to, bots: Bots::default() })
    }

    pub(crate) fn take_steps(&mut self) -> Result<Vec<String>, Refusal> {
        let Some(list) = self.take("steps")? else {
            return Ok(ECOMMERCE.map(String::from).into());
        };
        let steps: Vec<String> = list.split(',').map(|step| step.trim().to_owned()).collect();
        if steps.len() > MAX_STEPS {
            return Err(Refusal::param("steps", "has more than 20 names"));
        }
        if steps.iter().any(|step| step.is_empty() || step.chars().count() > MAX_NAME_CHARS) {
            return Err(Refusal::param("steps", "has a name that is empty or longer than 100 characters"));
        }
        Ok(steps)
    }

    pub(crate) fn take_by(&mut self) -> Result<By, Refusal> {
        match self.take("by")?.as_deref() {
            None | Some("session") => Ok(By::Session),
            Some("visitor") => Ok(By::Visitor),
            Some(_) => Err(Refusal::param("by", "is neither `session` nor `visitor`")),
        }
    }

    pub(crate) fn take_bots(&mut self) -> Result<Bots, Refusal> {
        match self.take("bots")?.as_deref() {
            None | Some("exclude") => Ok(Bots::Exclude),
            Some("include") => Ok(Bots::Include),
            Some(_) => Err(Refusal::param("bots", "is neither `exclude` nor `include`")),
        }
    }

    pub(crate) fn take_limit(&mut self, usual: u32, most: u32) -> Result<u32, Refusal> {
        let Some(text) = self.take("limit")? else { return Ok(usual) };
        let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
        limit.ok_or(Refusal::param("limit", "is not a whole number from 1 to 500"))
    }

    fn take_time(&mut self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.take(name)? else { return Ok(None) };
        let time = text.parse().ok().filter(|time| *time >= 0);
        time.map(Some).ok_or(Refusal::param(name, "is not a time in ms since the epoch"))
    }

    /// Refuses what is left, so that a misspelt name is not silently without effect.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(Refusal::ParamUnknown(name)),
            None => Ok(()),
        }
    }
}

impl Scope {
    /// The bounds as SQL takes them.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX))
    }
}
