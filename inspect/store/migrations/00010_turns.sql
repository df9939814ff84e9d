-- +goose Up
-- In which order the households of a register are tried, as a JSON list of its lines: up to 999 of them, which
-- no list of visits has to read. Of a visit stored before they stand in its body.
ALTER TABLE visit ADD COLUMN turns TEXT NOT NULL DEFAULT '';
