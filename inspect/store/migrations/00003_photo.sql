-- +goose Up
-- With which visits a photo came: the same photo at two visits is worth a look.
CREATE TABLE photo (
  digest   TEXT NOT NULL,      -- SHA-256 of its bytes
  visit    TEXT NOT NULL,
  at       TEXT NOT NULL,      -- when it was taken, by the telephone's clock
  returned TEXT NOT NULL,      -- SHA-256 of the file it came in
  PRIMARY KEY (digest, visit)
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
