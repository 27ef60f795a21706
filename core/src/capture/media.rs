//! Video and audio: started, how much was watched, complete. A seek does not count as watching.

use alloc::vec::Vec;

use super::Captured;
use crate::address::bare;
use crate::decimal::Decimal;
use crate::input::short;
use crate::json::{Map, Value};

/// Shares of the whole that are told, percent; at the last of them it is complete.
const MILESTONES: [u64; 6] = [10, 25, 50, 75, 90, 100];
/// A medium is complete when so much of it, percent, was played: browsers leave out fractions of a second at both ends.
const COMPLETE: u64 = 99;
/// It is also complete when it reaches its end after so much.
const COMPLETE_AT_END: u64 = 95;
/// Moments, as js/host.js numbers them: it reached its end; it shows something else from now on.
const ENDED: u64 = 2;
const CHANGED: u64 = 3;
/// Most media of one page that are followed.
const MAX_MEDIA: usize = 64;

/// The media elements of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Media(Vec<Playing>);

#[derive(Clone, Debug)]
struct Playing {
    element: u32,
    told: u64,
}

impl Media {
    /// What a fact amounts to, an event at a time.
    pub(crate) fn take(&mut self, fact: &Map) -> Option<Captured> {
        let (element, moment) = (short(fact, "element"), fact.number("moment", 0));
        let changed = moment >= CHANGED;
        let Some(at) = self.0.iter().position(|playing| playing.element == element) else {
            if changed || self.0.len() >= MAX_MEDIA {
                return None;
            }
            self.0.push(Playing { element, told: 0 });
            return Some(event(fact, "_start", 0));
        };
        if changed {
            self.0.swap_remove(at);
            return None;
        }
        let playing = self.0.get_mut(at)?;
        let share = (fact.number("watched", 0).min(u64::MAX / 100) * 100).checked_div(fact.number("duration", 0))?;
        for milestone in MILESTONES {
            let enough = match milestone {
                ..100 => milestone,
                _ if moment == ENDED => COMPLETE_AT_END,
                _ => COMPLETE,
            };
            if share >= enough && playing.told < milestone {
                playing.told = milestone;
                return Some(event(fact, if milestone < 100 { "_progress" } else { "_complete" }, milestone));
            }
        }
        None
    }
}

fn event(fact: &Map, what: &str, percent: u64) -> Captured {
    let mut captured = Captured::of(if fact.flag("audio", false) { "audio" } else { "video" });
    if percent > 0 {
        captured.add("_percent", percent.into());
    }
    captured.add("_current_time", seconds(fact.number("position", 0)));
    let duration = fact.number("duration", 0);
    if duration > 0 {
        captured.add("_duration", seconds(duration));
    }
    captured.add_text("_provider", "html5");
    captured.add_text("_title", fact.text("title"));
    captured.add_text("_url", &bare(fact.text("url")));
    captured.name.push_str(what);
    captured
}

/// GA4 gives times of media in seconds; milliseconds stay after the point.
#[inline(never)]
fn seconds(milliseconds: u64) -> Value {
    Decimal::from_thousandths(i32::try_from(milliseconds).unwrap_or(0)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Input, MediaFact, MediaMoment};
    use crate::json::to_string;
    use alloc::format;
    use alloc::string::String;
    use core::iter::from_fn;

    fn fact(moment: MediaMoment, watched_ms: u64) -> MediaFact {
        let url = "https://cdn.example/tour.mp4?token=x".into();
        MediaFact { element: 1, moment, position_ms: 1_500, duration_ms: 20_000, watched_ms, title: "Tour".into(), url, audio: false }
    }

    fn told(fact: &MediaFact) -> Map {
        Input::Media(fact.clone()).told().1
    }

    fn names(facts: &[MediaFact]) -> Vec<String> {
        let mut media = Media::default();
        let name = |captured: Captured| match captured.params.get("video_percent") {
            Some(percent) => format!("{} {}", captured.name, to_string(percent)),
            None => captured.name,
        };
        facts.iter().flat_map(|fact| from_fn(|| media.take(&told(fact))).collect::<Vec<_>>()).map(name).collect()
    }

    #[test]
    fn watching_all_of_it_tells_each_milestone_once() {
        use MediaMoment::{Ended, Play, Progress};
        let facts = [
            fact(Play, 0),
            fact(Progress, 2_000),
            fact(Progress, 5_100),
            fact(Play, 5_100),
            fact(Progress, 18_000),
            fact(Ended, 19_900),
            fact(Progress, 20_000),
        ];
        let expected = ["start", "progress 10", "progress 25", "progress 50", "progress 75", "progress 90", "complete 100"];
        assert_eq!(names(&facts), expected.map(|name| format!("video_{name}")));
    }

    #[test]
    fn seeking_to_the_end_is_not_watching() {
        assert_eq!(names(&[fact(MediaMoment::Play, 0), fact(MediaMoment::Ended, 1_000)]), ["video_start"]);
    }

    #[test]
    fn a_loop_is_complete_without_an_end() {
        assert!(names(&[fact(MediaMoment::Play, 0), fact(MediaMoment::Progress, 19_900)]).contains(&"video_complete 100".into()));
    }

    #[test]
    fn another_source_starts_again_and_a_live_stream_only_starts() {
        use MediaMoment::{Changed, Play};
        assert_eq!(names(&[fact(Play, 0), fact(Changed, 0), fact(Play, 0)]), ["video_start", "video_start"]);
        assert_eq!(names(&[MediaFact { duration_ms: 0, ..fact(Play, 60_000) }]), ["video_start"]);
    }

    #[test]
    fn parameters_are_ga4s_and_the_address_is_bare() {
        let captured = Media::default().take(&told(&fact(MediaMoment::Play, 0))).unwrap();
        assert_eq!(
            to_string(&captured.params),
            r#"{"video_current_time":1.5,"video_duration":20,"video_provider":"html5","video_title":"Tour","video_url":"https://cdn.example/tour.mp4"}"#
        );
        let audio = Media::default().take(&told(&MediaFact { audio: true, ..fact(MediaMoment::Play, 0) })).unwrap();
        assert_eq!(audio.name, "audio_start");
    }
}
