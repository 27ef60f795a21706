//! What is captured without a call: scroll depth, media, forms, markup, rules; and what the switches turn off.

use crate::script::check_events;

#[test]
fn scroll_depth_is_told_once_a_page_view() {
    check_events(
        "start /
         scroll 0/10000
         scroll 1600/10000
         scroll 4000/10000
         scroll 0/10000
         scroll 1600/10000
         route /b
         scroll 8000/10000",
        r#"page_view / {}
         scroll / {"percent_scrolled":25}
         scroll / {"percent_scrolled":50}
         page_view /b {}
         scroll /b {"percent_scrolled":25}
         scroll /b {"percent_scrolled":50}
         scroll /b {"percent_scrolled":75}
         scroll /b {"percent_scrolled":90}"#,
    );
}

#[test]
fn what_is_seen_without_scrolling_counts_after_a_second_or_on_leaving() {
    check_events("start /\nscroll 0/4000\n+ 990ms", "page_view / {}");
    check_events("start /\nscroll 0/4000\n+ 1s", "page_view / {}\nscroll / {\"percent_scrolled\":25}");
    check_events("start /\nscroll 0/4000\nroute /b", "page_view / {}\nscroll / {\"percent_scrolled\":25}\npage_view /b {}");
    check_events("start /\nscroll 0/4000\nhide", "page_view / {}\nscroll / {\"percent_scrolled\":25}");
}

#[test]
fn depths_and_short_pages_are_options() {
    check_events(
        "site \"scroll\":{\"depths\":[80,10],\"shortPages\":true}\nstart /\nscroll 0/900\nhide",
        "page_view / {}\nscroll / {\"percent_scrolled\":10}\nscroll / {\"percent_scrolled\":80}",
    );
}

#[test]
fn media_tell_how_much_was_watched() {
    check_events(
        "start /
         media play 0/20
         media progress 3/20
         media progress 3/20
         media ended 20/20
         media changed 0/0
         media play 0/0 audio",
        r#"page_view / {}
         video_start / {"video_current_time":0,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         video_progress / {"video_percent":10,"video_current_time":3,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         video_progress / {"video_percent":25,"video_current_time":20,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         video_progress / {"video_percent":50,"video_current_time":20,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         video_progress / {"video_percent":75,"video_current_time":20,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         video_progress / {"video_percent":90,"video_current_time":20,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         video_complete / {"video_percent":100,"video_current_time":20,"video_duration":20,"video_provider":"html5","video_title":"Tour"}
         audio_start / {"audio_current_time":0,"audio_provider":"html5","audio_title":"Tour"}"#,
    );
}

#[test]
fn a_form_starts_once_a_page_view() {
    check_events(
        "start /
         form touch join
         form touch join
         form invalid join
         form submit join
         route /b
         form touch join",
        r#"page_view / {}
         form_start / {"form_id":"join"}
         form_error / {"form_id":"join"}
         form_submit / {"form_id":"join"}
         page_view /b {}
         form_start /b {"form_id":"join"}"#,
    );
}

#[test]
fn marked_elements_tell_their_event_with_items_list_and_exact_value() {
    check_events(
        r#"start /
         mark [{"mpEvent":"add_to_cart"},{"mpItemId":"sku-1","mpPrice":"19.99","mpQuantity":"3"},{"mpItemListId":"new"},{"mpCurrency":"EUR"}]
         mark [{"mpEvent":"begin_checkout","mpCoupon":"MAY"},{"mpItems":"","mpCurrency":"EUR"}] | [{"mpItemId":"a","mpPrice":"0.10"},{"mpItemName":"b","mpPrice":"0.20"}]
         mark [{"mpOn":"click"}]"#,
        r#"page_view / {}
         add_to_cart / {"item_list_id":"new","currency":"EUR","items":[{"item_id":"sku-1","price":19.99,"quantity":3}],"value":59.97}
         begin_checkout / {"coupon":"MAY","currency":"EUR","items":[{"item_id":"a","price":0.1},{"item_name":"b","price":0.2}],"value":0.3}"#,
    );
}

#[test]
fn rules_tell_events_of_markup_that_says_nothing() {
    check_events(
        r#"site "rules":[{"on":"click","selector":".buy","event":"add_to_cart","params":{"currency":"EUR","value":"5.00","items":[{"item_id":7}]}}]
         start /
         rule 0 []
         rule 1 []"#,
        r#"page_view / {}
         add_to_cart / {"currency":"EUR","value":5,"items":[{"item_id":"7"}]}"#,
    );
}

#[test]
fn each_kind_of_capture_can_be_switched_off() {
    let script = r#"start /
        scroll 5000/9000
        media play 0/20
        form touch join
        mark [{"mpEvent":"add_to_cart","mpItemId":"a"}]
        mark [{"mpEvent":"remove_from_cart","mpItemId":"a"}]
        mark [{"mpEvent":"view_cart","mpItemId":"a"}]
        mark [{"mpEvent":"begin_checkout","mpItemId":"a"}]
        mark [{"mpEvent":"add_shipping_info","mpItemId":"a"}]
        mark [{"mpEvent":"add_payment_info","mpItemId":"a"}]
        mark [{"mpEvent":"purchase","mpItemId":"a","mpTransactionId":"T","mpValue":"1","mpCurrency":"EUR"}]
        mark [{"mpEvent":"view_item","mpItemId":"a"}]"#;
    let all = [
        "page_view",
        "scroll",
        "scroll",
        "video_start",
        "form_start",
        "add_to_cart",
        "remove_from_cart",
        "view_cart",
        "begin_checkout",
        "add_shipping_info",
        "add_payment_info",
        "purchase",
        "view_item",
    ];
    for (switch, gone) in [
        ("", ""),
        ("pageViews", "page_view"),
        ("scroll", "scroll"),
        ("media", "video_start"),
        ("forms", "form_start"),
        ("cart", "add_to_cart remove_from_cart view_cart"),
        ("checkout", "begin_checkout add_shipping_info add_payment_info purchase"),
    ] {
        let site = if switch.is_empty() { "\"capture\":{}".into() } else { format!("\"capture\":{{\"{switch}\":false}}") };
        let mut page = crate::script::run(&format!("site {site}\n{script}"));
        page.drain();
        let names: Vec<_> = page.events().iter().map(|(_, event)| event.name.clone()).collect();
        let expected: Vec<_> = all.into_iter().filter(|name| !gone.split(' ').any(|gone| gone == *name)).collect();
        assert_eq!(names, expected, "without {switch}");
    }
}

#[test]
fn a_switch_does_not_silence_calls() {
    check_events(
        r#"site "capture":{"cart":false,"checkout":false}
         start /
         track add_to_cart {"items":[{"item_id":"a"}]}"#,
        r#"page_view / {}
         add_to_cart / {"items":[{"item_id":"a"}]}"#,
    );
}
