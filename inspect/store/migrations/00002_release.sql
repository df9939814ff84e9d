-- +goose Up
ALTER TABLE wave ADD COLUMN legs INTEGER NOT NULL DEFAULT 0; -- how many the draw gave, overlap legs among them

-- Days whose code book two custodians opened; the legs of other days exist sealed only.
CREATE TABLE book (
  wave INTEGER NOT NULL REFERENCES wave (no),
  day  TEXT NOT NULL,
  time TEXT NOT NULL,
  PRIMARY KEY (wave, day)
) STRICT;

-- The unlock codes of the legs in opened books.
CREATE TABLE code (
  wave     INTEGER NOT NULL,
  leg      INTEGER NOT NULL,
  province TEXT NOT NULL,
  county   TEXT NOT NULL,
  village  TEXT NOT NULL,
  PRIMARY KEY (wave, leg),
  FOREIGN KEY (wave, leg) REFERENCES leg (wave, no)
) STRICT;

-- Every time a code was told: who asked for it, when.
CREATE TABLE release (
  wave INTEGER NOT NULL,
  leg  INTEGER NOT NULL,
  rung TEXT NOT NULL,
  by   TEXT NOT NULL,
  time TEXT NOT NULL,
  FOREIGN KEY (wave, leg) REFERENCES leg (wave, no)
) STRICT;

-- Returns of legs whose last rung is not logged yet: kept as evidence, judged once it is.
CREATE TABLE waiting (
  digest   TEXT PRIMARY KEY,   -- SHA-256 of the file
  name     TEXT NOT NULL,
  wave     INTEGER NOT NULL,
  leg      INTEGER NOT NULL,
  received TEXT NOT NULL
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
