//! No personal text leaves the tracker, wherever it came in: not in a batch, not in the log, not in what the browser keeps.
//! And what is none is left alone.
//!
//! `redact/personal.txt` has a text a line, the personal part of it in braces; `redact/innocent.txt` texts to be left as they are.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use milepost_core::json::{Map, Value, to_string};
use milepost_core::options::Options;
use milepost_core::redact::{self, redact};
use milepost_core::wire::decode;
use milepost_core::{Document, Effect, Facts, FormFact, FormMoment, Input, Markup, MediaFact, Now, Tracker};
use proptest::prelude::*;

const PERSONAL: &str = include_str!("redact/personal.txt");
const INNOCENT: &str = include_str!("redact/innocent.txt");
/// So many characters of a personal text in a row give it away.
const TELLTALE: usize = 5;

#[test]
fn the_corpora_are_large_enough_and_a_third_is_of_other_scripts_and_formats() {
    let personal: Vec<_> = lines(PERSONAL).collect();
    let other = personal.iter().filter(|text| !text.is_ascii() || text.contains('%')).count();
    assert!(personal.len() >= 500 && other * 3 >= personal.len(), "{} and {other}", personal.len());
    assert!(lines(INNOCENT).count() >= 200);
}

#[test]
fn personal_parts_of_texts_are_replaced_and_nothing_is_found_twice() {
    for (text, parts) in personal() {
        let once = redacted(&text);
        leaks_none(&once, &parts);
        assert_eq!(redacted(&once), once, "{text}");
    }
}

#[test]
fn innocent_texts_are_left_as_they_are() {
    let found: Vec<_> = lines(INNOCENT).map(|text| (redacted(&text), text)).filter(|(redacted, text)| redacted != text).collect();
    assert!(found.is_empty(), "{found:#?}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[0-9()+ ./@%a-f\u{e9}_:,\u{200b}-]{0,60}") {
        let _ = redacted(&text);
    }
}

#[test]
fn no_personal_text_leaves_the_tracker_wherever_it_came_in() {
    for (text, parts) in personal() {
        let told = run(&text);
        assert!(told.iter().any(|told| told.contains("own_mark")), "{told:?}");
        for told in told {
            leaks_none(&told, &parts);
            // Addresses come percent-encoded or not: neither may tell.
            leaks_none(&decoded(&told), &parts);
        }
    }
}

#[test]
fn a_collector_finds_what_a_client_overlooked_and_finds_nothing_twice() {
    for (text, parts) in personal() {
        let json = to_string(&Value::from(text.as_str()));
        let body = format!(
            r#"{{"v":1,"site":"s","stream":"k","sent_at":7,"engine":"other","session":{{"id":"9","number":1,"started_at":7,"landing":{json}}},
                "campaign":{{"source":{json},"medium":{json},"campaign":{json},"term":{json},"content":{json}}},
                "device":{{"class":"desktop","language":{json}}},"consent":{{"analytics":"granted","marketing":"granted","functional":"granted","source":"x","at":7}},
                "pages":[{{"id":0,"url":{json},"title":{json},"referrer":{json}}}],
                "events":[{{"seq":0,"name":"own","at":7,"page":0,"params":{{"note":{json},"items":[{{"item_name":{json}}}]}}}},{{"seq":1,"name":{json},"at":7,"params":{{"a":[{json}]}}}}]}}"#
        );
        let decoded = decode(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"));
        let (mut batch, mut rejected) = (decoded.batch, decoded.rejected);
        redact::batch(&mut batch);
        rejected.iter_mut().for_each(redact::rejected);
        leaks_none(&batch.encode(), &parts);
        leaks_none(&format!("{rejected:?}"), &parts);
        let before = (batch.clone(), rejected.clone());
        redact::batch(&mut batch);
        rejected.iter_mut().for_each(redact::rejected);
        assert_eq!((batch, rejected), before);
    }
}

#[test]
fn innocent_texts_arrive_as_they_are() {
    for text in lines(INNOCENT) {
        let told = run(&text);
        let expected = to_string(&Value::from(text.as_str()));
        for param in ["note", "item_variant", "coupon"] {
            assert!(told.iter().any(|told| told.contains(&format!("\"{param}\":{expected}"))), "{param}: {text} in {told:?}");
        }
    }
}

#[test]
fn ids_of_the_sites_own_lose_only_e_mail_addresses() {
    for (id, expected) in [
        ("4111111111111111", "4111111111111111"),
        ("0151 23456789", "0151 23456789"),
        ("9f86d081884c7d659a2feaa0c55ad0159f86d081", "9f86d081884c7d659a2feaa0c55ad0159f86d081"),
        ("T-1 anna@example.com", "T-1 [email]"),
    ] {
        let mut text = id.into();
        redact(&mut text, true);
        assert_eq!(text, expected);
        let told = run_with(id, &format!("\"transaction_id\":\"{expected}\""));
        assert!(told, "{id}");
    }
}

#[test]
fn a_number_that_is_a_cards_is_replaced_too() {
    let mut params = Map::new();
    let Ok(number) = milepost_core::json::read("4111111111111111") else { panic!() };
    params.insert("pan", number);
    let told = told([Input::Track { name: "own".into(), params, at: None }]);
    assert!(told.iter().any(|text| text.contains(r#""pan":"[card]""#)), "{told:?}");
}

#[test]
fn addresses_keep_of_their_query_only_what_the_site_names() {
    let url = "https://one.test/s?q=mug&email=anna@example.com&page=2&to=anna%40example.com#anna@example.com";
    let mut params = Map::new();
    params.insert("link_url", url);
    let document = Document { url: url.into(), title: "S".into(), referrer: "https://one.test/?q=red&x=1".into() };
    let facts = Facts { document, ..Facts::default() };
    let told = told([Input::Started(facts), Input::Track { name: "own".into(), params, at: None }]).join("\n");
    for expected in [
        r#""url":"https://one.test/s?q=mug&to=[email]""#,
        r#""referrer":"https://one.test/?q=red""#,
        r#""link_url":"https://one.test/s?q=mug&to=[email]""#,
        r#""landing":"https://one.test/s""#,
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
}

#[test]
fn a_person_is_not_known_by_an_address() {
    let told = told([Input::Identify("anna@example.com".into()), Input::Identify("user-7".into())]).join("\n");
    assert!(told.contains("user_id_invalid") && told.contains(r#""user":"user-7""#) && !told.contains("anna"), "{told}");
}

#[test]
fn click_ids_are_no_tokens() {
    let gclid = "EAIaIQobChMI0eX5p7vq6AIVmaSyCh3bqQ0ZEAAYASAAEgKn1PD_BwE";
    let facts = Facts { document: Document { url: format!("https://one.test/?gclid={gclid}"), ..Document::default() }, ..Facts::default() };
    let told = told([Input::Started(facts)]).join("\n");
    assert!(told.contains(&format!(r#""gclid":"{gclid}""#)), "{told}");
}

/// What the tracker tells of a page where the text is wherever a text can be.
fn run(text: &str) -> Vec<String> {
    let escaped = escaped(text);
    let address = |text: &str| format!("https://one.test/a/{text}?utm_source={text}&utm_term={text}&x={text}&q={text}#{text}");
    let document = |text: &str| Document { url: address(text), title: text.into(), referrer: address(text).replace("one", "two") };
    let mut item = Map::new();
    for param in ["item_name", "item_variant", "item_brand"] {
        item.insert(param, text);
    }
    let mut params = Map::new();
    for param in ["note", "coupon", "item_list_name", "search_term"] {
        params.insert(param, text);
    }
    params.insert("link_url", address(&escaped));
    params.insert("items", Vec::from([Value::from(item)]));
    let mut marks = Map::new();
    for (name, text) in [("mpEvent", "own_mark"), ("mpLabel", text), ("mpItemName", text), ("mpItemListName", text)] {
        marks.insert(name, text);
    }
    let form = FormFact {
        element: 1,
        moment: FormMoment::Submitted,
        id: text.into(),
        name: text.into(),
        destination: address(&escaped),
        fields: text.into(),
    };
    let media = MediaFact { title: text.into(), url: address(&escaped), duration_ms: 9_000, ..MediaFact::default() };
    told([
        Input::Started(Facts { document: document(&escaped), ..Facts::default() }),
        Input::Track { name: "own".into(), params, at: None },
        Input::Marked(Markup { chain: [marks.into()].into(), inside: Vec::new() }),
        Input::Form(form),
        Input::Media(MediaFact { moment: milepost_core::MediaMoment::Play, ..media }),
        Input::Page(document(text)),
    ])
}

fn run_with(id: &str, expected: &str) -> bool {
    let mut params = Map::new();
    params.insert("transaction_id", id);
    told([Input::Track { name: "own".into(), params, at: None }]).iter().any(|told| told.contains(expected))
}

/// Texts of all effects of these inputs, and of leaving then.
fn told(inputs: impl IntoIterator<Item = Input>) -> Vec<String> {
    let options = r#"{"site":"s","collector":"/","consent":{"mode":"granted"},"urlParams":["q","to"]}"#;
    let mut tracker = Tracker::new(Options::parse(options).unwrap(), [0x9abc_def0_fedc_ba98, 0xacbd_efca_bdfe_cadb]);
    let granted = milepost_core::json::read(r#"{"source":"api","choices":{"marketing":"granted"}}"#).unwrap().into_map();
    let mut effects = Vec::new();
    let now = Now { wall_ms: 7, mono_ms: 1 };
    let before = [Input::Started(Facts::default()), Input::Consent(granted)];
    let mut inputs = inputs.into_iter().peekable();
    let started = matches!(inputs.peek(), Some(Input::Started(_)));
    for input in before.into_iter().skip(usize::from(started)).chain(inputs).chain([Input::Loaded(None), Input::Flush, Input::Left]) {
        tracker.handle(input, now, &mut effects);
    }
    // What only the page itself hears is no leak.
    let heard = |effect: Effect| match effect {
        Effect::Send { body, .. } => Some(body),
        Effect::Persist(text) | Effect::Log { text, .. } | Effect::Spill { text, .. } => Some(text),
        Effect::Diagnose(told) => Some(told.to_json()),
        _ => None,
    };
    effects.into_iter().filter_map(heard).collect()
}

fn redacted(text: &str) -> String {
    let mut text = text.into();
    redact(&mut text, false);
    text
}

/// The texts, each with its personal parts.
fn personal() -> impl Iterator<Item = (String, Vec<String>)> {
    lines(PERSONAL).map(|line| {
        let parts = line.split('{').skip(1).map(|part| part.split_once('}').unwrap().0.to_owned()).collect();
        (line.replace(['{', '}'], ""), parts)
    })
}

fn lines(corpus: &str) -> impl Iterator<Item = String> {
    let lines = corpus.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines.map(|line| line.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\"))
}

#[track_caller]
fn leaks_none(told: &str, parts: &[String]) {
    let told =
        ["[email]", "[token]", "[iban]", "[card]", "[phone]"].iter().fold(told.to_owned(), |told, marker| told.replace(marker, "[]"));
    for part in parts {
        let letters: Vec<_> = part.chars().collect();
        for telltale in letters.windows(TELLTALE.min(letters.len())) {
            let telltale: String = telltale.iter().collect();
            assert!(!told.contains(&telltale), "{telltale} of {part} in {told}");
        }
    }
}

/// As a browser writes a text into an address.
fn escaped(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%@:/+()'!*,;".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let escape =
            after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escape.filter(|_| *byte == b'%') {
            Some(decoded) => (bytes.push(decoded), rest = &after[2..]).0,
            None => (bytes.push(*byte), rest = after).0,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
