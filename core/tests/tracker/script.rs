//! Scripts: one line for each thing that happens on a page, and what is expected to come of it.
//!
//! `site MEMBERS` opens a page with options (consent mode `granted` unless they say otherwise), `new [SEED]` another one on
//! the same storage, `+ 5s` lets time pass, `clock -1h` moves the wall clock alone, `send …` in an expectation is a request,
//! `beacon …` a beacon, `! …` a diagnostic.

use milepost_core::json::{Map, Value, read, to_string};
use milepost_core::{Document, Facts, FormFact, FormMoment, Input, Markup, MediaFact, MediaMoment, Outcome, ScrollPosition};

use crate::page::Page;

const GRANTED: &str = r#""consent":{"mode":"granted"}"#;

/// Runs the script and expects these requests, beacons and diagnostics, one a line.
#[track_caller]
pub(crate) fn check(script: &str, expected: &str) -> Page {
    check_lines(script, &["send", "beacon", "!"], expected)
}

/// Runs the script and expects these effects, one a line, wakes and storage among them.
#[track_caller]
pub(crate) fn check_all(script: &str, expected: &str) -> Page {
    check_lines(script, &[""], expected)
}

/// Runs the script, sends all that waits, and expects these events: `name page parameters`, one a line.
#[track_caller]
pub(crate) fn check_events(script: &str, expected: &str) -> Page {
    let mut page = run(script);
    page.drain();
    let events: Vec<_> = page
        .events()
        .iter()
        .map(|(batch, event)| {
            let url = batch.pages.iter().find(|page| page.id == event.page).map_or("?", |page| page.url.as_str());
            format!("{} {} {}", event.name, url.trim_start_matches("https://shop.example"), to_string(&event.params))
        })
        .collect();
    assert_eq!(events.join("\n"), trimmed(expected), "{script}");
    page
}

/// Runs the script.
#[track_caller]
pub(crate) fn run(script: &str) -> Page {
    let mut page = Page::new(GRANTED, 1, None);
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        step(&mut page, line);
    }
    page
}

#[track_caller]
fn check_lines(script: &str, kinds: &[&str], expected: &str) -> Page {
    let page = run(script);
    let lines: Vec<_> = page.log.iter().filter(|line| kinds.iter().any(|kind| line.starts_with(kind))).map(String::as_str).collect();
    assert_eq!(lines.join("\n"), trimmed(expected), "{script}");
    page
}

fn trimmed(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Does one line of a script.
pub(crate) fn step(page: &mut Page, line: &str) {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let input = match verb {
        "site" => {
            let members = if rest.contains("\"mode\"") { rest.into() } else { format!("{GRANTED},{rest}") };
            return replace(page, &members, 1);
        }
        "new" => {
            return replace(page, GRANTED, rest.parse().unwrap_or(2));
        }
        "+" => return page.pass(milliseconds(rest)),
        "clock" => {
            let ms = milliseconds(rest.trim_start_matches(['+', '-']));
            page.now.wall_ms = if rest.starts_with('-') { page.now.wall_ms - ms } else { page.now.wall_ms + ms };
            return;
        }
        "answer" => {
            let (status, body) = rest.split_once(' ').unwrap_or((rest, ""));
            let retry = body.strip_prefix("after ").map(milliseconds);
            return page.answer(
                status.parse().unwrap(),
                retry,
                if retry.is_some() || body.is_empty() { r#"{"accepted":1}"# } else { body },
            );
        }
        "fail" => return page.settle(Outcome::Failed),
        "start" => Input::Started(facts(document(rest))),
        "starts" => {
            let (browser, page) = rest.split_once(' ').unwrap();
            let [gpc, dnt, seen] = ["gpc", "dnt", "seen"].map(|fact| browser.contains(fact));
            Input::Started(Facts { gpc, dnt, seen, ..facts(document(page)) })
        }
        "route" => Input::Routed(document(rest)),
        "page" => Input::Page(document(rest)),
        "return" => Input::Returned(document(rest)),
        "show" => Input::Shown,
        "hide" => Input::Hidden,
        "leave" => Input::Left,
        "online" => Input::Online,
        "scroll" => Input::Scrolled(position(rest)),
        "media" => Input::Media(media(rest)),
        "form" => Input::Form(form(rest)),
        "mark" => Input::Marked(markup(rest)),
        "rule" => {
            let (rule, attributes) = rest.split_once(' ').unwrap();
            Input::Ruled { rule: rule.parse().unwrap(), markup: markup(attributes) }
        }
        "track" => {
            let (name, params) = rest.split_once(' ').unwrap_or((rest, "{}"));
            Input::Track { name: name.into(), params: map(params), at: None }
        }
        "tracked" => {
            let (ago, call) = rest.split_once(' ').unwrap();
            let (name, params) = call.split_once(' ').unwrap_or((call, "{}"));
            let at = page.now.wall_ms.checked_sub_signed(ago.parse().unwrap());
            Input::Track { name: name.into(), params: map(params), at }
        }
        "identify" => Input::Identify(rest.into()),
        "consent" => Input::Consent(map(&format!(r#"{{"source":"api","choices":{rest}}}"#))),
        "signal" => {
            let (source, told) = rest.split_once(' ').unwrap();
            let mut told = map(told);
            told.insert("source", source);
            Input::Consent(told)
        }
        "flush" => Input::Flush,
        "reset" => Input::Reset,
        "forget" => Input::Forget,
        "elsewhere" => Input::Elsewhere(Some(rest.into()).filter(|text: &String| !text.is_empty())),
        "stop" => Input::Stop,
        _ => panic!("no such line: {line}"),
    };
    page.tell(input);
}

/// Another page takes over the browser's storage, and the log.
fn replace(page: &mut Page, members: &str, seed: u64) {
    let next = Page::new(members, seed, page.store.take());
    let old = std::mem::replace(page, next);
    (page.now, page.log, page.written, page.spilled) = (old.now, old.log, old.written, old.spilled);
}

/// What a desktop browser says of a page.
pub(crate) fn facts(document: Document) -> Facts {
    let text = |text: &str| text.into();
    let language = text("en-US");
    let (screen, viewport, engine) = (text("1920x1080"), text("1280x720"), text("wasm"));
    Facts { document, language, screen, viewport, engine, ..Facts::default() }
}

/// `ADDRESS [REFERRER]`, addresses of the shop without their host.
fn document(text: &str) -> Document {
    let (url, referrer) = text.split_once(' ').unwrap_or((text, ""));
    let whole = |address: &str| if address.starts_with('/') { format!("https://shop.example{address}") } else { address.into() };
    Document { url: whole(url), title: "Mugs".into(), referrer: whole(referrer) }
}

/// `TOP/PAGE`, in a window of 1000.
fn position(text: &str) -> ScrollPosition {
    let (top, page) = text.split_once('/').unwrap();
    ScrollPosition { top: top.parse().unwrap(), window: 1_000, page: page.parse().unwrap() }
}

/// `MOMENT WATCHED/DURATION [audio]`, in seconds.
fn media(text: &str) -> MediaFact {
    let (moment, rest) = text.split_once(' ').unwrap();
    let (times, kind) = rest.split_once(' ').unwrap_or((rest, ""));
    let (watched, duration) = times.split_once('/').unwrap();
    let moment = match moment {
        "play" => MediaMoment::Play,
        "progress" => MediaMoment::Progress,
        "ended" => MediaMoment::Ended,
        _ => MediaMoment::Changed,
    };
    let ms = |text: &str| text.parse::<u64>().unwrap() * 1_000;
    let (watched_ms, duration_ms) = (ms(watched), ms(duration));
    let title = "Tour".into();
    MediaFact { element: 1, moment, audio: kind == "audio", position_ms: watched_ms, duration_ms, watched_ms, title, url: String::new() }
}

/// `MOMENT ID`
fn form(text: &str) -> FormFact {
    let (moment, id) = text.split_once(' ').unwrap();
    let moment = match moment {
        "touch" => FormMoment::Touched,
        "submit" => FormMoment::Submitted,
        _ => FormMoment::Invalid,
    };
    FormFact { element: id.bytes().map(u32::from).sum(), moment, id: id.into(), ..FormFact::default() }
}

/// `CHAIN [INSIDE]`: lists of attribute objects, divided by ` | `.
fn markup(text: &str) -> Markup {
    let (chain, inside) = text.split_once(" | ").unwrap_or((text, "[]"));
    let maps = |text| match read(text) {
        Ok(Value::List(maps)) => maps,
        _ => Vec::new(),
    };
    Markup { chain: maps(chain), inside: maps(inside) }
}

/// A JSON object.
pub(crate) fn map(text: &str) -> Map {
    match read(text) {
        Ok(Value::Map(map)) => map,
        _ => panic!("{text} is no object"),
    }
}

fn milliseconds(text: &str) -> u64 {
    let unit = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..unit].parse().unwrap();
    number
        * match &text[unit..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            unit => panic!("no such unit: {unit}"),
        }
}
