//! Forms: started once a page view, submitted, refused by the browser. Field values never get here.

use alloc::vec::Vec;

use super::Captured;
use crate::address::bare;
use crate::input::short;
use crate::json::Map;

/// Moments, as js/host.js numbers them: a field took the focus or changed; it was submitted. Else the browser refused that.
const TOUCHED: u64 = 0;
const SUBMITTED: u64 = 1;
/// Most forms of one page view that are followed.
const MAX_FORMS: usize = 256;

/// The forms of one page view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forms(Vec<u32>);

impl Forms {
    /// What a fact amounts to, an event at a time; the fact is used up then.
    #[expect(clippy::manual_contains, reason = "`contains`, made for speed, costs the browser 0.1 kB")]
    pub(crate) fn take(&mut self, fact: &mut Map) -> Option<Captured> {
        let element = short(fact, "element");
        // A form that is submitted without a touch (filled in by the browser, a button's click) began all the same.
        if self.0.len() < MAX_FORMS && !self.0.iter().any(|known| *known == element) {
            self.0.push(element);
            return Some(event(fact, "_start"));
        }
        let what = match fact.number("moment", TOUCHED) {
            TOUCHED => return None,
            SUBMITTED => "_submit",
            _ => "_error",
        };
        fact.take("moment");
        Some(event(fact, what))
    }
}

fn event(fact: &Map, what: &str) -> Captured {
    let mut captured = Captured::of("form");
    captured.add_text("_id", fact.text("id"));
    captured.add_text("_name", fact.text("name"));
    captured.add_text("_destination", &bare(fact.text("action")));
    captured.add_text("_fields", fact.text("fields"));
    captured.name.push_str(what);
    captured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{FormFact, FormMoment, Input};
    use crate::json::to_string;
    use core::iter::from_fn;

    fn fact(element: u32, moment: FormMoment) -> FormFact {
        FormFact { element, moment, id: "news".into(), destination: "https://shop.example/join?email=x".into(), ..FormFact::default() }
    }

    fn told(fact: &FormFact) -> Map {
        Input::Form(fact.clone()).told().1
    }

    #[test]
    fn a_form_starts_once_and_is_submitted_as_often_as_it_is() {
        use FormMoment::{Submitted, Touched};
        let mut forms = Forms::default();
        let facts = [fact(1, Touched), fact(1, Touched), fact(2, Touched), fact(1, Submitted), fact(1, Submitted), fact(3, Submitted)];
        let take = |fact: &FormFact| {
            let mut told = told(fact);
            from_fn(|| forms.take(&mut told)).collect::<Vec<_>>()
        };
        let names: Vec<_> = facts.iter().flat_map(take).map(|captured| captured.name).collect();
        assert_eq!(names, ["form_start", "form_start", "form_submit", "form_submit", "form_start", "form_submit"]);
    }

    #[test]
    fn it_tells_the_form_and_the_names_of_invalid_fields() {
        let mut refused = told(&FormFact { fields: "email,zip".into(), ..fact(1, FormMoment::Invalid) });
        let mut forms = Forms::default();
        let captured = from_fn(|| forms.take(&mut refused)).nth(1).unwrap();
        assert_eq!(captured.name, "form_error");
        assert_eq!(
            to_string(&captured.params),
            r#"{"form_id":"news","form_destination":"https://shop.example/join","form_fields":"email,zip"}"#
        );
    }
}
