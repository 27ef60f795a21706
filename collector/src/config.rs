//! The configuration file: what is set for each site, and which proxies are trusted. It is read once, at the start,
//! and everything wrong in it is named at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use ipnet::IpNet;
use toml::{Table, Value};

use crate::options::is_origin;
use crate::secret::Secret;

const DAY_MS: i64 = 86_400_000;
const MOST_DAYS: i64 = 36_500;

/// What the file says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that may send, beside those of the command line.
    pub allow_origins: Vec<String>,
    /// How the sites are kept.
    pub sites: Sites,
}

/// Settings by site.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    /// How many days sites keep events for that have no number of their own; none means for ever.
    pub retention_days: Option<u32>,
    named: BTreeMap<String, Site>,
}

/// Settings of one site.
#[derive(Debug, Clone, Default)]
struct Site {
    retention_days: Option<u32>,
    erase_key: Option<Secret>,
}

/// Something that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `config_unreadable`, `config_not_toml`, `config_key_unknown` or `config_value_invalid`.
    pub code: &'static str,
    /// The key, as a path; empty when it is about the whole file.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, key, message } = self;
        if key.is_empty() { write!(out, "{code}: {message}") } else { write!(out, "{code}: `{key}` {message}") }
    }
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// With everything that is wrong in it.
    pub fn read(path: &Path) -> Result<Self, Vec<Problem>> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            vec![Problem { code: "config_unreadable", key: String::new(), message: format!("{}: {error}", path.display()) }]
        })?;
        Self::parse(&text)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// With everything that is wrong in it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| vec![Problem { code: "config_not_toml", key: String::new(), message: error.to_string() }])?;
        let mut reader = Reader::default();
        let mut config = Self::default();
        for (key, value) in &table {
            match key.as_str() {
                "trusted_proxies" => config.trusted_proxies = reader.list(key, value, "networks like 10.0.0.0/8 or addresses", network),
                "allow_origins" => config.allow_origins = reader.list(key, value, "origins like https://shop.example", origin),
                "retention_days" => config.sites.retention_days = reader.days(key, value),
                "sites" => config.sites.named = reader.sites(value),
                _ => reader.unknown(key),
            }
        }
        if reader.0.is_empty() { Ok(config) } else { Err(reader.0) }
    }
}

impl Sites {
    /// First ms that a site still keeps at this time, if it doesn't keep all.
    pub(crate) fn keep_from(&self, site: &str, now_ms: i64) -> Option<i64> {
        let days = self.named.get(site).and_then(|site| site.retention_days).or(self.retention_days)?;
        Some(now_ms.saturating_sub(i64::from(days) * DAY_MS))
    }

    /// The key under which a site's server proves that a visitor may be erased.
    pub(crate) fn erase_key(&self, site: &str) -> Option<&Secret> {
        self.named.get(site)?.erase_key.as_ref()
    }
}

/// Collects what is wrong.
#[derive(Default)]
struct Reader(Vec<Problem>);

impl Reader {
    fn sites(&mut self, value: &Value) -> BTreeMap<String, Site> {
        let Some(table) = value.as_table() else {
            self.invalid("sites", "takes a table for each site, like [sites.shop]");
            return BTreeMap::new();
        };
        table.iter().map(|(name, value)| (name.clone(), self.site(name, value))).collect()
    }

    fn site(&mut self, name: &str, value: &Value) -> Site {
        let mut site = Site::default();
        let Some(table) = value.as_table() else {
            self.invalid(&format!("sites.{name}"), "takes a table, like [sites.shop]");
            return site;
        };
        for (key, value) in table {
            let path = format!("sites.{name}.{key}");
            match key.as_str() {
                "retention_days" => site.retention_days = self.days(&path, value),
                "erase_key" => site.erase_key = self.secret(&path, value),
                _ => self.unknown(&path),
            }
        }
        site
    }

    fn days(&mut self, key: &str, value: &Value) -> Option<u32> {
        let days = value.as_integer().filter(|days| (1..=MOST_DAYS).contains(days)).and_then(|days| u32::try_from(days).ok());
        if days.is_none() {
            self.invalid(key, "takes a whole number of days from 1 to 36500");
        }
        days
    }

    /// The value itself is never repeated: it may be a secret that is only a little wrong.
    fn secret(&mut self, key: &str, value: &Value) -> Option<Secret> {
        let secret = value.as_str().ok_or_else(|| "takes text".to_owned()).and_then(Secret::new);
        secret.map_err(|why| self.invalid(key, &why)).ok()
    }

    fn list<T>(&mut self, key: &str, value: &Value, what: &str, read: fn(&str) -> Option<T>) -> Vec<T> {
        let Some(list) = value.as_array() else {
            self.invalid(key, &format!("takes a list of {what}"));
            return Vec::new();
        };
        let mut values = Vec::new();
        for (position, value) in list.iter().enumerate() {
            match value.as_str().and_then(read) {
                Some(value) => values.push(value),
                None => self.invalid(&format!("{key}[{position}]"), &format!("isn't one of {what}")),
            }
        }
        values
    }

    fn unknown(&mut self, key: &str) {
        self.0.push(Problem { code: "config_key_unknown", key: key.into(), message: "is no key of this file".into() });
    }

    fn invalid(&mut self, key: &str, message: &str) {
        self.0.push(Problem { code: "config_value_invalid", key: key.into(), message: message.into() });
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

fn origin(text: &str) -> Option<String> {
    is_origin(text).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_says_what_each_site_keeps() {
        let config = Config::parse(
            "trusted_proxies = ['10.0.0.0/8', '::1', '192.0.2.7']\nallow_origins = ['https://shop.example']\nretention_days = 400\n\
             [sites.shop]\nretention_days = 90\nerase_key = '0123456789abcdef'\n[sites.'a blog']\n",
        )
        .unwrap();
        assert_eq!(config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]);
        assert_eq!(config.allow_origins, ["https://shop.example"]);
        let from = |site| config.sites.keep_from(site, 500 * DAY_MS).unwrap() / DAY_MS;
        assert_eq!((from("shop"), from("a blog"), from("another")), (410, 100, 100));
        assert!(config.sites.erase_key("shop").is_some() && config.sites.erase_key("a blog").is_none());
        assert_eq!(Config::parse("").unwrap().sites.keep_from("shop", 0), None);
    }

    #[test]
    fn everything_wrong_is_named_at_once_and_no_secret_is_shown() {
        let problems = Config::parse(
            "retention_day = 9\nretention_days = 0\ntrusted_proxies = ['10.0.0.0/8', 'proxy', 7]\nallow_origins = 'https://shop.example'\n\
             [sites]\nblog = 5\n[sites.shop]\nretention_days = '90'\nerase_key = 'too short'\norigins = []\n[sites.news]\nerase_key = 4\n",
        )
        .unwrap_err();
        let mut named: Vec<_> = problems.iter().map(|problem| (problem.key.as_str(), problem.code)).collect();
        named.sort_unstable();
        let (unknown, invalid) = ("config_key_unknown", "config_value_invalid");
        assert_eq!(
            named,
            [
                ("allow_origins", invalid),
                ("retention_day", unknown),
                ("retention_days", invalid),
                ("sites.blog", invalid),
                ("sites.news.erase_key", invalid),
                ("sites.shop.erase_key", invalid),
                ("sites.shop.origins", unknown),
                ("sites.shop.retention_days", invalid),
                ("trusted_proxies[1]", invalid),
                ("trusted_proxies[2]", invalid),
            ]
        );
        assert!(problems.iter().all(|problem| !problem.to_string().contains("too short")));
        assert_eq!(Config::parse("a = ").unwrap_err()[0].code, "config_not_toml");
        assert_eq!(Config::read(Path::new("/nowhere/at/all")).unwrap_err()[0].code, "config_unreadable");
    }
}
