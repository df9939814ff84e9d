-- +goose Up
-- A text is reviewed anew where its reviewer has left since: what they signed counts no more.
CREATE TABLE signature_new (
  document TEXT NOT NULL,      -- path below content/, or the digest of a text that is withdrawn
  digest   TEXT NOT NULL,
  role     TEXT NOT NULL,      -- drafter, reviewer, signer
  by       TEXT NOT NULL,
  time     TEXT NOT NULL,
  note     TEXT NOT NULL,      -- signed note
  PRIMARY KEY (document, digest, role, note)
) STRICT;
INSERT INTO signature_new SELECT document, digest, role, by, time, note FROM signature;
DROP TABLE signature;
ALTER TABLE signature_new RENAME TO signature;

-- +goose Down
SELECT 'a campaign is never taken back a version';
