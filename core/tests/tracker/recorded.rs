//! A visit from landing to order, as it goes over the wire: a change of the wire types or of what is captured changes
//! `tests/vectors/visit-*.json`.
//!
//! `MILEPOST_BLESS=1 cargo test -p milepost-core` writes them anew.

use std::fs;

use crate::page::Page;
use crate::script::step;

const VISIT: &str = r#"
    start /p/1?utm_source=news&utm_medium=email&utm_campaign=May%20sale&gclid=Abc-1 https://mail.example/inbox?user=7
    scroll 0/4000
    + 1200ms
    scroll 1200/4000
    media play 0/20
    media progress 6/20
    + 3s
    consent {"analytics":"granted"}
    mark [{"mpEvent":"add_to_cart"},{"mpItemId":"sku-1","mpItemName":"Mug \"Tide\"","mpPrice":"19.99","mpQuantity":"3"},{"mpItemListId":"new"}]
    + 5s
    answer 200 {"accepted":6,"duplicates":0,"rejected":[{"seq":1,"code":"param_type","param":"x"}]}
    consent {"marketing":"granted"}
    identify user-7
    route /checkout
    form touch address
    rule 0 []
    + 5s
    answer 200
    track purchase {"transaction_id":1001,"value":"59.970","tax":9.58,"shipping":0,"items":[{"item_id":"sku-1","price":19.99,"quantity":3}]}
    track own_event {"plan":"pro","seats":25,"ratio":0.30,"trial":true,"note":null,"text":"a \"b\" \\ é 😀"}
    hide
"#;
const OPTIONS: &str = r#""conversions":{"add_to_cart":{"tier":"micro","category":"process","stage":"decision","macro":"purchase","rate":0.1,"macroValue":"39.90"},
    "purchase":{"tier":"macro","stage":"decision","primary":true}},"currency":"EUR",
    "rules":[{"on":"submit","selector":"form","event":"add_shipping_info","params":{"shipping_tier":"Ground","value":"59.97","items":[{"item_id":"sku-1"}]}}]"#;

#[test]
fn a_visit_goes_over_the_wire_as_it_always_did() {
    let mut page = Page::new(OPTIONS, 0xdead_beef_0bad_cafe, None);
    for line in VISIT.lines().map(str::trim).filter(|line| !line.is_empty()) {
        step(&mut page, line);
    }
    assert_eq!(page.sent.len(), 4, "{:?}", page.log);
    for (at, sent) in page.sent.iter().enumerate() {
        let file = format!("{}/../tests/vectors/visit-{at}.json", env!("CARGO_MANIFEST_DIR"));
        let line = format!("{}\n", sent.body);
        if std::env::var_os("MILEPOST_BLESS").is_some() {
            fs::write(&file, &line).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap_or_default(), line, "{file} is not what is sent");
    }
}
