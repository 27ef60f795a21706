//! The JavaScript API's types are those of the Rust options: `js/types.ts` is written from them and must not be stale.
//! Deliberately not here: the methods of a tracker, which the facade in `js/` declares.
//!
//! `MILEPOST_BLESS=1 cargo test -p milepost-core --features typescript --test typescript` writes the file anew.
#![cfg(feature = "typescript")]

use milepost_core::consent::Grant;
use milepost_core::conversion::{Category, Definition, Stage, Tier};
use milepost_core::json::{Value, read, to_string};
use milepost_core::options::types::{BatchOptions, Capture, ConsentMode, ConsentOptions, Rule, ScrollOptions, Trigger};
use milepost_core::options::{Options, types};
use milepost_core::schema::{self, Fault, MAX_ITEMS, MAX_NAME, MAX_PARAMS, MAX_TEXT};
use milepost_core::{DropReason, Effect, Input, Now, Tracker};
use ts_rs::{Config, TS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../js/types.ts");
const HEADER: &str = "\
// The types of the JavaScript API, made from the Rust types of the core. Don't edit:
// MILEPOST_BLESS=1 cargo test -p milepost-core --features typescript --test typescript
";

const PRESETS: [&str; 4] = ["ecommerce", "saas", "lead", "media"];
const CHOICES: [Grant; 3] = [Grant::Granted, Grant::Denied, Grant::Unknown];
const PURPOSES: [(&str, &str); 3] = [
    ("analytics", "Storing and sending events."),
    ("marketing", "Click ids, advertising destinations, audiences."),
    ("functional", "What the site itself needs."),
];

const CONSENT_SIGNAL: &str = "\
/** Something besides `setConsent` that says what the visitor agreed to. */
export interface ConsentSignal {
  /** Its name in the consent record: 1 to 40 letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  /** What it has a say in: unknown until it has answered. */
  readonly governs: readonly Purpose[];
  /** Begins to listen: `tell` takes each answer, and what the signal calls its version. Returns what ends it. */
  start(tell: (choices: ConsentChoices, version?: string) => void): () => void;
}
";
const TEXT: &str = "string";
const ID: &str = "string | number";
const MONEY: &str = "Money";
const EVENT_FIELDS: [(&str, &str); 9] = [
    ("currency", TEXT),
    ("value", MONEY),
    ("transaction_id", ID),
    ("tax", MONEY),
    ("shipping", MONEY),
    ("coupon", TEXT),
    ("item_list_id", ID),
    ("item_list_name", TEXT),
    ("items", "readonly Item[]"),
];
const ITEM_FIELDS: [(&str, &str); 17] = [
    ("item_id", ID),
    ("item_name", TEXT),
    ("item_brand", TEXT),
    ("item_category", TEXT),
    ("item_category2", TEXT),
    ("item_category3", TEXT),
    ("item_category4", TEXT),
    ("item_category5", TEXT),
    ("item_variant", TEXT),
    ("item_list_id", ID),
    ("item_list_name", TEXT),
    ("affiliation", TEXT),
    ("coupon", TEXT),
    ("price", MONEY),
    ("discount", MONEY),
    ("quantity", "number | string"),
    ("index", "number | string"),
];

#[test]
fn the_types_of_the_javascript_api_are_those_of_the_core() {
    let types = types();
    if std::env::var_os("MILEPOST_BLESS").is_some() {
        std::fs::write(FILE, &types).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(committed == types, "js/types.ts is stale; write it anew with MILEPOST_BLESS=1. It should be:\n{types}");
}

#[test]
fn what_is_declared_by_hand_is_what_the_core_takes() {
    for preset in PRESETS {
        Options::parse(&format!(r#"{{"site":"s","collector":"/","conversions":"{preset}"}}"#)).expect(preset);
    }
    for (purpose, _) in PURPOSES {
        for choice in CHOICES {
            assert!(accepts(&format!(r#""{purpose}":"{}""#, text(choice))), "{purpose}");
        }
        Options::parse(&format!(r#"{{"site":"s","collector":"/","consent":{{"gpc":["{purpose}"]}}}}"#)).expect(purpose);
    }
    assert!(!accepts(r#""ads":"granted""#));
    let params = format!("{{{},\"items\":[{{{}}}]}}", samples(&EVENT_FIELDS), samples(&ITEM_FIELDS));
    let Ok(Value::Map(mut params)) = read(&params) else { panic!("{params} is no object") };
    assert_eq!(schema::check("purchase", &mut params), Ok(()));
}

/// Whether `setConsent` takes these choices.
fn accepts(choices: &str) -> bool {
    let mut tracker = Tracker::new(Options::parse(r#"{"site":"s","collector":"/"}"#).unwrap(), [1, 2]);
    let Ok(Value::Map(told)) = read(&format!(r#"{{"source":"api","choices":{{{choices}}}}}"#)) else { panic!("{choices}") };
    let mut effects = Vec::new();
    tracker.handle(Input::Consent(told), Now::default(), &mut effects);
    !effects.iter().any(|effect| matches!(effect, Effect::Diagnose(_)))
}

/// A sample of each field, as its type lets a page write it.
fn samples(fields: &[(&str, &str)]) -> String {
    let sample = |kind: &str| match kind {
        TEXT => "\"EUR\"",
        ID => "7",
        _ => "\"3\"",
    };
    let plain = fields.iter().filter(|(name, _)| *name != "items");
    plain.map(|(name, kind)| format!("\"{name}\":{}", sample(kind))).collect::<Vec<_>>().join(",")
}

fn types() -> String {
    let mut out = String::from(HEADER);
    for declared in [
        from_rust::<types::Options>(),
        from_rust::<ConsentOptions>(),
        from_rust::<ConsentMode>(),
        from_rust::<Capture>(),
        from_rust::<ScrollOptions>(),
        from_rust::<BatchOptions>(),
        from_rust::<Rule>(),
        from_rust::<Trigger>(),
        union("Preset", "A conversion map for a kind of business, to start from.", PRESETS.map(String::from)),
        from_rust::<Definition>(),
        from_rust::<Tier>(),
        from_rust::<Category>(),
        from_rust::<Stage>(),
        event_params(),
        item(),
        "/** An amount: as text it is carried exactly; a number loses what a double adds past its 15th digit. */\n\
         export type Money = number | string;\n"
            .into(),
        format!(
            "/** A parameter's value: a text of at most {MAX_TEXT} bytes, a number or a boolean; `null` and `undefined` leave it out. */\n\
             export type ParamValue = string | number | boolean | null | undefined;\n"
        ),
        union("Purpose", "What a visitor is asked for.", PURPOSES.map(|(purpose, _)| purpose.into())),
        union("Choice", "What a visitor answers. Unknown is never granted.", CHOICES.map(text)),
        consent_choices(),
        CONSENT_SIGNAL.into(),
        diagnostic(),
    ] {
        out.push('\n');
        out.push_str(&declared);
    }
    out
}

/// A declaration of ts-rs in the layout of prettier: an object is an interface, a comment of one line takes one.
fn from_rust<T: TS>() -> String {
    let (config, mut out) = (Config::new(), String::new());
    let source = format!("{}export {}", T::docs().unwrap_or_default(), T::decl(&config));
    let (object, mut inside) = (source.contains("= {"), false);
    let mut lines = source.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let indent = if inside { "  " } else { "" };
        if line == "/**" {
            let comment: Vec<_> = lines.by_ref().take_while(|line| *line != "*/").map(|line| line.trim_start_matches('*').trim()).collect();
            out += &format!("{indent}/** {} */\n", comment.join(" "));
        } else if object && line.ends_with("= {") {
            out += &format!("{} {{\n", line.trim_end_matches(" = {").replacen("type", "interface", 1));
            inside = true;
        } else if let Some(last) = line.strip_suffix(", };") {
            out += &format!("{indent}{};\n}}\n", array(last));
        } else {
            out += &format!("{indent}{}\n", array(&line.strip_suffix(',').map_or(line.into(), |member| format!("{member};"))));
        }
    }
    assert!(!out.contains("bigint") && !out.contains(" = {"), "{out}");
    out
}

/// `Array<Rule>` is `Rule[]`.
fn array(line: &str) -> String {
    line.split_once("Array<").map_or(line.into(), |(before, rest)| before.to_owned() + &rest.replacen('>', "[]", 1))
}

fn union<const N: usize>(name: &str, doc: &str, members: [String; N]) -> String {
    format!("/** {doc} */\nexport type {name} = {};\n", members.map(|member| format!("\"{member}\"")).join(" | "))
}

fn event_params() -> String {
    format!(
        "/** Parameters of an event, in GA4's terms, and any others of the site's own: at most {MAX_PARAMS}, \
         named by a letter and up to {} letters, digits and underscores. */\n\
         export interface EventParams {{\n{}  [param: string]: ParamValue | readonly Item[];\n}}\n",
        MAX_NAME - 1,
        members(&EVENT_FIELDS),
    )
}

fn item() -> String {
    format!(
        "/** One of at most {MAX_ITEMS} items of an event; `item_id` or `item_name` must be there. */\n\
         export interface Item {{\n{}  [param: string]: ParamValue;\n}}\n",
        members(&ITEM_FIELDS),
    )
}

fn members(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, kind)| format!("  {name}?: {kind};\n")).collect()
}

fn consent_choices() -> String {
    let members: String = PURPOSES.iter().map(|(purpose, doc)| format!("  /** {doc} */\n  {purpose}?: Choice;\n")).collect();
    format!(
        "/** What `setConsent` takes: purposes that are left out keep their choice. */\nexport interface ConsentChoices {{\n{members}}}\n"
    )
}

fn diagnostic() -> String {
    let codes = |codes: &[&str]| codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
    format!(
        "/** Something the site's developers should know. */\n\
         export interface Diagnostic {{\n  \
           /**\n   \
            * What it is.\n   \
            * Of an event that isn't taken: {}.\n   \
            * Of events given up: {}.\n   \
            */\n  \
           code: string;\n  \
           /** The event it is about. */\n  \
           event?: string;\n  \
           /** The parameter, option or purpose it is about. */\n  \
           param?: string;\n\
         }}\n",
        codes(&FAULTS.map(Fault::code)),
        codes(&REASONS.map(DropReason::code)),
    )
}

const FAULTS: [Fault; 12] = [
    Fault::EventName,
    Fault::EventNameReserved,
    Fault::ParamName,
    Fault::ParamMissing,
    Fault::ParamType,
    Fault::ParamTooLong,
    Fault::ParamTooMany,
    Fault::Decimal,
    Fault::OutOfRange,
    Fault::Currency,
    Fault::ItemsTooMany,
    Fault::ItemUnnamed,
];
const REASONS: [DropReason; 4] = [DropReason::QueueFull, DropReason::ConsentWithdrawn, DropReason::Rejected, DropReason::Refused];

/// A unit variant's name on the wire.
fn text(grant: Grant) -> String {
    to_string(&grant).trim_matches('"').into()
}
