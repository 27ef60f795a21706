//! Forms: started once a page view, submitted, refused by the browser. Field values never get here.

use alloc::vec::Vec;

use super::Captured;
use crate::address::bare;
use crate::input::{FormFact, FormMoment};

/// Most forms of one page view that are followed.
const MAX_FORMS: usize = 256;

/// The forms of one page view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forms(Vec<u32>);

impl Forms {
    /// Takes a fact; returns what it amounts to.
    pub(crate) fn take(&mut self, fact: &FormFact) -> Vec<Captured> {
        let mut events = Vec::new();
        // A form that is submitted without a touch (filled in by the browser, a button's click) began all the same.
        if !self.0.contains(&fact.element) && self.0.len() < MAX_FORMS {
            self.0.push(fact.element);
            events.push(event(fact, "_start"));
        }
        match fact.moment {
            FormMoment::Touched => {}
            FormMoment::Submitted => events.push(event(fact, "_submit")),
            FormMoment::Invalid => events.push(event(fact, "_error")),
        }
        events
    }
}

fn event(fact: &FormFact, what: &str) -> Captured {
    let mut captured = Captured::of("form");
    captured.add_text("_id", &fact.id);
    captured.add_text("_name", &fact.name);
    captured.add_text("_destination", &bare(&fact.destination));
    captured.add_text("_fields", &fact.fields);
    captured.name.push_str(what);
    captured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_string;

    fn fact(element: u32, moment: FormMoment) -> FormFact {
        FormFact { element, moment, id: "news".into(), destination: "https://shop.example/join?email=x".into(), ..FormFact::default() }
    }

    #[test]
    fn a_form_starts_once_and_is_submitted_as_often_as_it_is() {
        use FormMoment::{Submitted, Touched};
        let mut forms = Forms::default();
        let facts = [fact(1, Touched), fact(1, Touched), fact(2, Touched), fact(1, Submitted), fact(1, Submitted), fact(3, Submitted)];
        let names: Vec<_> = facts.iter().flat_map(|fact| forms.take(fact)).map(|captured| captured.name).collect();
        assert_eq!(names, ["form_start", "form_start", "form_submit", "form_submit", "form_start", "form_submit"]);
    }

    #[test]
    fn it_tells_the_form_and_the_names_of_invalid_fields() {
        let refused = FormFact { fields: "email,zip".into(), ..fact(1, FormMoment::Invalid) };
        let captured = Forms::default().take(&refused).remove(1);
        assert_eq!(captured.name, "form_error");
        assert_eq!(
            to_string(&captured.params),
            r#"{"form_id":"news","form_destination":"https://shop.example/join","form_fields":"email,zip"}"#
        );
    }
}
