-- +goose Up
-- Who was shown what, and when: each row carries the hash of the one before it. Never changed.
CREATE TABLE access (
  seq    INTEGER PRIMARY KEY,  -- from 1, without gaps
  time   TEXT NOT NULL,
  person TEXT NOT NULL,
  key    TEXT NOT NULL,        -- fingerprint of the key they showed
  act    TEXT NOT NULL,
  object TEXT NOT NULL,
  prev   TEXT NOT NULL,
  hash   TEXT NOT NULL
) STRICT;
CREATE TRIGGER access_no_update BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'the access record is never changed'); END;
CREATE TRIGGER access_no_delete BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'the access record is never deleted'); END;

-- +goose Down
SELECT 'a campaign is never taken back a version';
