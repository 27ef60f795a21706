//! A collector as the wire promises it: an event is (stream, number), kept once however often it comes.

use std::collections::BTreeMap;

use milepost_core::wire::{Batch, Event};

/// What was kept.
#[derive(Default)]
pub(crate) struct Collector {
    streams: BTreeMap<String, BTreeMap<u64, Event>>,
}

impl Collector {
    /// Keeps what is new of a batch. An event that comes again is the same.
    pub(crate) fn take(&mut self, batch: &Batch) {
        let last = batch.events.windows(2).all(|pair| pair[0].seq < pair[1].seq);
        assert!(last, "numbers rise within a batch: {}", batch.encode());
        let ledger = &batch.ledger;
        assert!(batch.events.iter().all(|event| event.seq < ledger.accepted), "the ledger knows every event: {}", batch.encode());
        let stream = self.streams.entry(batch.stream.clone()).or_default();
        for event in &batch.events {
            let known = stream.entry(event.seq).or_insert_with(|| event.clone());
            assert_eq!(known, event, "one number, two events in {}", batch.stream);
        }
    }

    /// The events of a stream, by number.
    pub(crate) fn stream(&self, stream: &str) -> Option<&BTreeMap<u64, Event>> {
        self.streams.get(stream)
    }

    /// Every event.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.streams.values().flat_map(BTreeMap::values)
    }
}
