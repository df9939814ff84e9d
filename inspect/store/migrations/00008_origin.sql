-- +goose Up
ALTER TABLE returned ADD COLUMN by TEXT NOT NULL DEFAULT '';       -- who took it in
ALTER TABLE returned ADD COLUMN clear INTEGER NOT NULL DEFAULT 0;  -- 1: it came without encryption
ALTER TABLE waiting ADD COLUMN by TEXT NOT NULL DEFAULT '';

-- Returns that do not prove where they come from: kept as evidence, judged where two people say so.
CREATE TABLE unproven (
  wave     INTEGER NOT NULL,
  digest   TEXT NOT NULL,      -- SHA-256 of the file
  name     TEXT NOT NULL,
  packet   INTEGER NOT NULL,   -- as the file says
  reports  INTEGER NOT NULL,   -- how many of its reports are not proven
  received TEXT NOT NULL,
  by       TEXT NOT NULL,
  decision TEXT NOT NULL,      -- admitted, dismissed; empty: it waits
  PRIMARY KEY (wave, digest)
) STRICT;

-- What each of the people who judge such a return decided.
CREATE TABLE unproven_act (
  wave     INTEGER NOT NULL,
  digest   TEXT NOT NULL,
  by       TEXT NOT NULL,
  key      TEXT NOT NULL,      -- fingerprint of the person's key
  decision TEXT NOT NULL,      -- admitted, dismissed
  reason   TEXT NOT NULL,
  time     TEXT NOT NULL,
  PRIMARY KEY (wave, digest, by),
  UNIQUE (wave, digest, key),
  FOREIGN KEY (wave, digest) REFERENCES unproven (wave, digest)
) STRICT;

-- +goose Down
SELECT 'a campaign is never taken back a version';
