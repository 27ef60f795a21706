-- From version 2 to 3: whose a stream and a refused event are, marks of sessions, erasure, retention, cookieless visitors.
ALTER TABLE streams ADD COLUMN visitor INTEGER REFERENCES visitors (id);
ALTER TABLE streams ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN top INTEGER;
ALTER TABLE rejected ADD COLUMN visitor INTEGER REFERENCES visitors (id);
ALTER TABLE sessions ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN gpc INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sessions_marked ON sessions (site, bot, gpc) WHERE bot = 1 OR gpc = 1;

-- A tracker has one visitor as long as its stream lasts, so the stream's events say whose the rest is.
UPDATE streams SET visitor = (SELECT max(visitor) FROM events WHERE stream = streams.id);
UPDATE rejected SET visitor = (SELECT visitor FROM streams WHERE id = rejected.stream);

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
