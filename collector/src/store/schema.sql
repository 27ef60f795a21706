-- Version 3. An event's identity is (stream, seq); a stream belongs to one site.
CREATE TABLE sites (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- One run of the tracker in one tab. Its ledger's counts are the largest ever seen, since batches arrive in any
-- order and again; `repeats` counts events that came once more. Heard times are by this collector's clock.
-- `pruned` counts what retention removed, `top` is the highest number among it. Once its visitor is erased, a
-- stream keeps only its counts, under a name that is a keyed hash.
CREATE TABLE streams (
    id          INTEGER PRIMARY KEY,
    site        INTEGER NOT NULL REFERENCES sites (id),
    name        TEXT NOT NULL,
    engine      TEXT NOT NULL DEFAULT 'unknown',
    browser     TEXT NOT NULL DEFAULT 'unknown',
    first_heard INTEGER NOT NULL DEFAULT 0,
    last_heard  INTEGER NOT NULL DEFAULT 0,
    accepted    INTEGER NOT NULL,
    delivered   INTEGER NOT NULL,
    invalid     INTEGER NOT NULL DEFAULT 0,
    repeats     INTEGER NOT NULL DEFAULT 0,
    visitor     INTEGER REFERENCES visitors (id),
    pruned      INTEGER NOT NULL DEFAULT 0,
    top         INTEGER,
    UNIQUE (site, name)
);

-- How many events a stream says it gave up, by reason.
CREATE TABLE drops (
    stream INTEGER NOT NULL REFERENCES streams (id),
    reason TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (stream, reason)
) WITHOUT ROWID;

-- Events that were given up one by one: each stands for a number that never comes. One that comes all the same
-- takes the place of its tombstone. Those of the reason `erased` stand for events of an erased visitor.
CREATE TABLE tombstones (
    stream      INTEGER NOT NULL REFERENCES streams (id),
    seq         INTEGER NOT NULL,
    name        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;

CREATE TABLE visitors (
    id   INTEGER PRIMARY KEY,
    site INTEGER NOT NULL REFERENCES sites (id),
    name TEXT NOT NULL,
    UNIQUE (site, name)
);

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES sites (id),
    name       TEXT NOT NULL,
    number     INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    landing    TEXT,
    bot        INTEGER NOT NULL DEFAULT 0,
    gpc        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (site, name)
);
CREATE INDEX sessions_marked ON sessions (site, bot, gpc) WHERE bot = 1 OR gpc = 1;

-- What the events of one delivery share. Kept only when it brought a new event.
CREATE TABLE batches (
    id          INTEGER PRIMARY KEY,
    stream      INTEGER NOT NULL REFERENCES streams (id),
    sent_at     INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    engine      TEXT NOT NULL,
    user        TEXT,
    campaign    TEXT,
    device      TEXT,
    consent     TEXT
);

-- Money is decimal text, exactly as it was sent; SQLite must never turn it into a REAL.
CREATE TABLE events (
    stream     INTEGER NOT NULL REFERENCES streams (id),
    seq        INTEGER NOT NULL,
    site       INTEGER NOT NULL REFERENCES sites (id),
    batch      INTEGER NOT NULL REFERENCES batches (id),
    session    INTEGER NOT NULL REFERENCES sessions (id),
    visitor    INTEGER REFERENCES visitors (id),
    name       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    page_url   TEXT,
    page_title TEXT,
    referrer   TEXT,
    params     TEXT NOT NULL,
    tier       TEXT,
    category   TEXT,
    stage      TEXT,
    macro      TEXT,
    is_primary INTEGER,
    currency   TEXT,
    value      TEXT,
    worth      TEXT,
    PRIMARY KEY (stream, seq)
);

-- Everything a funnel reads, in the order it reads it: the scan never touches the table itself.
CREATE INDEX events_in_time ON events (site, at, stream, seq, name, session, visitor);
CREATE INDEX events_of_visitor ON events (visitor) WHERE visitor IS NOT NULL;

-- Events that the schema refused. `identity` is their number in the stream, or a hash where they have none.
CREATE TABLE rejected (
    id          INTEGER PRIMARY KEY,
    stream      INTEGER NOT NULL REFERENCES streams (id),
    site        INTEGER NOT NULL REFERENCES sites (id),
    identity    TEXT NOT NULL,
    seq         INTEGER,
    name        TEXT,
    code        TEXT NOT NULL,
    param       TEXT,
    raw         TEXT NOT NULL,
    raw_bytes   INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    visitor     INTEGER REFERENCES visitors (id),
    UNIQUE (stream, identity)
);
CREATE INDEX rejected_in_time ON rejected (site, received_at);

-- Keys that exist nowhere else: what they hash can't be found out without this file.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Keyed hashes of erased visitors' ids, so that what comes late of them is refused.
CREATE TABLE erased (
    hash BLOB PRIMARY KEY,
    at   INTEGER NOT NULL
) WITHOUT ROWID;

-- Cookieless visitors: the salt of today, today's hashes under it, and the count of each day. Salt and hashes are
-- destroyed when the day (UTC) is over.
CREATE TABLE day_salt (
    day  INTEGER PRIMARY KEY,
    salt BLOB NOT NULL
);
CREATE TABLE day_hashes (
    site INTEGER NOT NULL REFERENCES sites (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (site, hash)
) WITHOUT ROWID;
CREATE TABLE day_visitors (
    site     INTEGER NOT NULL REFERENCES sites (id),
    day      INTEGER NOT NULL,
    visitors INTEGER NOT NULL,
    PRIMARY KEY (site, day)
) WITHOUT ROWID;
