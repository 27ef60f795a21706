-- From version 1 to 2: the ledger by its largest counts, drops in rows of their own, who was heard when, tombstones.
CREATE TABLE drops (
    stream INTEGER NOT NULL REFERENCES streams (id),
    reason TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (stream, reason)
) WITHOUT ROWID;

CREATE TABLE tombstones (
    stream      INTEGER NOT NULL REFERENCES streams (id),
    seq         INTEGER NOT NULL,
    name        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;

ALTER TABLE streams ADD COLUMN engine TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE streams ADD COLUMN browser TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE streams ADD COLUMN first_heard INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN last_heard INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN invalid INTEGER NOT NULL DEFAULT 0;

-- Version 1 noted when something came with batches and refused events only; the sender's clock is all there is of others.
CREATE TEMP TABLE heard AS
SELECT stream, received_at, CASE WHEN engine IN ('wasm', 'js') THEN engine WHEN engine = '' THEN 'unknown' ELSE 'other' END AS engine
FROM batches
UNION ALL
SELECT stream, received_at, 'unknown' FROM rejected;
CREATE INDEX temp.heard_of ON heard (stream);
UPDATE streams SET
    first_heard = coalesce((SELECT min(received_at) FROM heard WHERE stream = streams.id), sent_at),
    last_heard = coalesce((SELECT max(received_at) FROM heard WHERE stream = streams.id), sent_at),
    engine = coalesce((SELECT engine FROM heard WHERE stream = streams.id AND engine <> 'unknown' LIMIT 1), 'unknown'),
    accepted = min(accepted, 2147483647),
    delivered = min(delivered, 2147483647);
DROP TABLE heard;

-- Version 1 kept `{"reason": count}` as text, with the events that were wrong in the page among the reasons.
CREATE TEMP TABLE told AS
SELECT streams.id AS stream, part.key AS reason, min(part.value, 2147483647) AS count
FROM streams, json_each(streams.dropped) AS part
WHERE json_valid(streams.dropped) AND part.type = 'integer' AND part.value > 0;
UPDATE streams SET invalid = coalesce((SELECT count FROM told WHERE stream = streams.id AND reason = 'invalid'), 0);
INSERT INTO drops (stream, reason, count)
SELECT stream, CASE WHEN length(reason) BETWEEN 1 AND 40 AND reason NOT GLOB '*[^a-z0-9_]*' THEN reason ELSE 'other' END AS word, sum(count)
FROM told WHERE reason <> 'invalid' GROUP BY stream, word;
DROP TABLE told;

ALTER TABLE streams DROP COLUMN dropped;
ALTER TABLE streams DROP COLUMN sent_at;
