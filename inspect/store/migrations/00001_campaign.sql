-- +goose Up
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- What was committed, drawn, received, scored and published, in order; never changed, never deleted.
CREATE TABLE entry (
  seq  INTEGER PRIMARY KEY AUTOINCREMENT,
  time TEXT NOT NULL,
  kind TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;

CREATE TABLE party (
  wave      INTEGER NOT NULL,
  id        TEXT NOT NULL,
  body      BLOB NOT NULL,   -- its public file
  signature TEXT,            -- signed note on D
  signed    TEXT,            -- when the signature arrived
  PRIMARY KEY (wave, id)
) STRICT;

-- Shares sealed to two custodians of different bodies; the files lie in sealed/.
CREATE TABLE deposit (
  wave   INTEGER NOT NULL,
  party  TEXT NOT NULL,
  name   TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (wave, party, name),
  FOREIGN KEY (wave, party) REFERENCES party (wave, id)
) STRICT;

CREATE TABLE wave (
  no        INTEGER PRIMARY KEY,
  record    BLOB NOT NULL,  -- the commit record, canonical JSON
  committed TEXT NOT NULL,
  beacon    TEXT,
  drawn     TEXT,
  plan      TEXT,           -- SHA-256 of the plan's canonical JSON
  opened    TEXT            -- when two custodians opened the plan
) STRICT;

CREATE TABLE beacon (
  wave   INTEGER NOT NULL REFERENCES wave (no),
  typist TEXT NOT NULL,
  value  TEXT NOT NULL,
  time   TEXT NOT NULL,
  PRIMARY KEY (wave, typist)
) STRICT;

CREATE TABLE reveal (
  wave  INTEGER NOT NULL REFERENCES wave (no),
  stage TEXT NOT NULL,
  body  BLOB NOT NULL,       -- party id → share, hexadecimal
  time  TEXT NOT NULL,
  PRIMARY KEY (wave, stage)
) STRICT;

CREATE TABLE county (
  wave INTEGER NOT NULL REFERENCES wave (no),
  id   TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (wave, id)
) STRICT;

CREATE TABLE leg (
  wave   INTEGER NOT NULL REFERENCES wave (no),
  no     INTEGER NOT NULL,
  body   BLOB NOT NULL,
  closed TEXT,
  reason TEXT NOT NULL DEFAULT '',
  suspended TEXT NOT NULL DEFAULT '',  -- why nothing more of it is handed out; empty: it goes on
  excluded  TEXT NOT NULL DEFAULT '',  -- why it is kept and not scored; empty: it is scored
  PRIMARY KEY (wave, no)
) STRICT;

-- Who suspended, resumed or excluded a leg, when and why.
CREATE TABLE leg_act (
  wave   INTEGER NOT NULL,
  leg    INTEGER NOT NULL,
  act    TEXT NOT NULL,      -- suspended, resumed, excluded
  by     TEXT NOT NULL,
  reason TEXT NOT NULL,
  time   TEXT NOT NULL,
  FOREIGN KEY (wave, leg) REFERENCES leg (wave, no)
) STRICT;

-- Units that gave way to the next in order.
CREATE TABLE substitution (
  wave INTEGER NOT NULL REFERENCES wave (no),
  no   INTEGER NOT NULL,     -- from 1 in each wave
  time TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (wave, no)
) STRICT;

-- What other offices' waves found, as they signed it.
CREATE TABLE import (
  digest   TEXT PRIMARY KEY, -- of the signed content
  received TEXT NOT NULL,
  body     BLOB NOT NULL
) STRICT;

CREATE TABLE visit (
  id    TEXT PRIMARY KEY,
  wave  INTEGER NOT NULL,
  leg   INTEGER NOT NULL,
  seq   INTEGER NOT NULL,
  kind  TEXT NOT NULL,
  state TEXT NOT NULL,
  body  BLOB NOT NULL,
  FOREIGN KEY (wave, leg) REFERENCES leg (wave, no)
) STRICT;
CREATE INDEX visit_leg ON visit (wave, leg, seq);

CREATE TABLE returned (
  digest   TEXT PRIMARY KEY,   -- SHA-256 of the file
  name     TEXT NOT NULL,
  wave     INTEGER NOT NULL,
  leg      INTEGER NOT NULL,
  received TEXT NOT NULL,
  complete INTEGER NOT NULL    -- 1: nothing of it was refused, so a repetition has nothing to add
) STRICT;

-- Children reported in danger (E1), kept whatever becomes of the visit's report.
CREATE TABLE alarm (
  visit    TEXT NOT NULL,
  at       TEXT NOT NULL,
  told     TEXT NOT NULL,      -- codes of who was called
  receipt  TEXT NOT NULL,
  returned TEXT NOT NULL,      -- SHA-256 of the file it came in
  PRIMARY KEY (visit, at, returned)
) STRICT;

CREATE TABLE report (
  visit    TEXT NOT NULL REFERENCES visit (id),
  version  INTEGER NOT NULL,   -- counts what was received for the visit
  state    TEXT NOT NULL,      -- current, superseded, held
  digest   TEXT NOT NULL,      -- of the content
  grade    TEXT NOT NULL,
  returned TEXT NOT NULL REFERENCES returned (digest),
  received TEXT NOT NULL,
  body     BLOB NOT NULL,
  PRIMARY KEY (visit, version)
) STRICT;
CREATE UNIQUE INDEX report_current ON report (visit) WHERE state = 'current';

CREATE TABLE review (
  visit    TEXT NOT NULL REFERENCES visit (id),
  digest   TEXT NOT NULL,
  decision TEXT NOT NULL,      -- approved, returned
  by       TEXT NOT NULL,
  reason   TEXT NOT NULL,
  time     TEXT NOT NULL
) STRICT;

CREATE TABLE finding (
  id    TEXT PRIMARY KEY,
  visit TEXT NOT NULL REFERENCES visit (id),
  state TEXT NOT NULL,
  body  BLOB NOT NULL
) STRICT;
CREATE INDEX finding_visit ON finding (visit);

CREATE TABLE score (
  no     INTEGER PRIMARY KEY AUTOINCREMENT,
  wave   INTEGER NOT NULL REFERENCES wave (no),
  time   TEXT NOT NULL,
  by     TEXT NOT NULL,
  digest TEXT NOT NULL,
  body   BLOB NOT NULL
) STRICT;

CREATE TABLE signature (
  document TEXT NOT NULL,      -- path below content/
  digest   TEXT NOT NULL,
  role     TEXT NOT NULL,      -- drafter, reviewer, signer
  by       TEXT NOT NULL,
  time     TEXT NOT NULL,
  note     TEXT NOT NULL,      -- signed note
  PRIMARY KEY (document, digest, role)
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
