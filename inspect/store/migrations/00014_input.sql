-- +goose Up
-- What a wave committed to, as it was then: the folder may hold another by now, for a later wave.
CREATE TABLE input (
  wave    INTEGER NOT NULL,
  part    TEXT NOT NULL,       -- holidays, roster, teams
  no      INTEGER NOT NULL,    -- from 1; only the people of a roster change after the commit
  after   INTEGER NOT NULL,    -- how many entries the log had when it came to hold
  content BLOB NOT NULL,
  PRIMARY KEY (wave, part, no)
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
