-- +goose Up
-- What two reviewers decided about one report, each without sight of the other. The visit's own
-- review is made of both, or of a third decision where they differ.
CREATE TABLE coding (
  visit    TEXT NOT NULL REFERENCES visit (id),
  digest   TEXT NOT NULL,      -- of the report's content that was judged
  by       TEXT NOT NULL,
  key      TEXT NOT NULL,      -- fingerprint of the reviewer's key
  decision TEXT NOT NULL,      -- approved, returned
  reason   TEXT NOT NULL,
  time     TEXT NOT NULL,
  PRIMARY KEY (visit, digest, by),
  UNIQUE (visit, digest, key)
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
