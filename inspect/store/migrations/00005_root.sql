-- +goose Up
-- What opens the salted roots of the ledger: the salt and the rows under each. Never changed.
CREATE TABLE root (
  root TEXT PRIMARY KEY,
  salt BLOB NOT NULL,
  rows TEXT NOT NULL         -- JSON, a list of lists of text
) STRICT;
CREATE TRIGGER root_no_update BEFORE UPDATE ON root BEGIN SELECT RAISE(ABORT, 'what opens a root is never changed'); END;
CREATE TRIGGER root_no_delete BEFORE DELETE ON root BEGIN SELECT RAISE(ABORT, 'what opens a root is never deleted'); END;

-- The salt of what a frozen score publishes of itself, and the correction that it follows; 0: none.
ALTER TABLE score ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE score ADD COLUMN correction INTEGER NOT NULL DEFAULT 0;

-- Numbered corrections of a frozen score: proposed by one person, in force once another confirmed.
CREATE TABLE correction (
  wave      INTEGER NOT NULL REFERENCES wave (no),
  no        INTEGER NOT NULL,   -- from 1 in each wave
  proposed  TEXT NOT NULL,
  confirmed TEXT,               -- empty until a second person has
  body      BLOB NOT NULL,
  PRIMARY KEY (wave, no)
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
