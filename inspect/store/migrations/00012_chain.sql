-- +goose Up
-- Every entry of the ledger binds those before it also here, so that a decision signed by a person can say how far
-- the ledger had come: what no witness has cosigned yet is held by whoever decided something afterwards.
ALTER TABLE entry ADD COLUMN chain TEXT NOT NULL DEFAULT '';

-- The signed note of whoever took the first of two decisions, of which no entry tells before the second.
ALTER TABLE coding ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE unproven_act ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- What is published of a score, with the counts of findings that it was frozen with.
ALTER TABLE score ADD COLUMN public BLOB NOT NULL DEFAULT X'';

-- +goose Down
SELECT 'a campaign is never taken back a version';
