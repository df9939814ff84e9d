-- +goose Up
-- A code book holds one rung of one day. One that was opened before held all three of the legs that began on
-- the day after.
CREATE TABLE opened (
  wave INTEGER NOT NULL REFERENCES wave (no),
  day  TEXT NOT NULL,
  rung TEXT NOT NULL,
  time TEXT NOT NULL,
  PRIMARY KEY (wave, day, rung)
) STRICT;
INSERT INTO opened SELECT wave, day, 'province', time FROM book;
INSERT INTO opened SELECT wave, date(day, '+1 day'), 'county', time FROM book;
INSERT INTO opened SELECT wave, date(day, '+1 day'), 'village', time FROM book;
DROP TABLE book;
ALTER TABLE opened RENAME TO book;
