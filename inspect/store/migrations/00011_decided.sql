-- +goose Up
-- The signed note by which whoever decided what the rows under a root say stands by them; empty for a root of what
-- anybody can compute. Of a decision taken before there were such notes it is empty too.
ALTER TABLE root ADD COLUMN note TEXT NOT NULL DEFAULT '';
