// Package store keeps what a campaign must not lose in one SQLite file: the plan once opened,
// returns and reports with their history, reviews, findings, scores, signatures and the entries
// of the ledger.
//
// It serves inspect/campaign. An entry and its effect share one transaction, and what Update
// returned from is on disk. It must never decide anything, and holds no plan before two
// custodians opened it.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite", without CGO

	"zhicha/inspect"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open campaign database.
type DB struct{ sql *sql.DB }

// Open opens the database at path, creating it and bringing it to the newest schema.
func Open(ctx context.Context, path string) (*DB, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"foreign_keys(1)", "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)"},
		"_txlock": {"immediate"},
	}.Encode()}).String()
	conn, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	conn.SetMaxOpenConns(1) // one writer; readers are as short as writers here
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, conn, sub, goose.WithVerbose(false))
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	return &DB{conn}, nil
}

// Close closes the database and folds its log into the one file.
func (db *DB) Close() error {
	_, err := db.sql.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, db.sql.Close())
}

// Tx is a transaction. Its methods return raw errors of the database; a row that is not there is
// reported by an ok result, not by an error.
type Tx struct {
	ctx context.Context
	tx  *sql.Tx
}

// Update runs f in one transaction: all of it is on disk when Update returns nil, none otherwise.
func (db *DB) Update(ctx context.Context, f func(*Tx) error) error {
	tx, err := db.sql.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	if err := f(&Tx{ctx, tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// View runs f and throws away whatever it wrote.
func (db *DB) View(ctx context.Context, f func(*Tx) error) error {
	tx, err := db.sql.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	return f(&Tx{ctx, tx})
}

func (t *Tx) exec(q string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, q, args...)
	return err
}

// one scans a single row; ok is false where there is none.
func (t *Tx) one(dest []any, q string, args ...any) (ok bool, err error) {
	err = t.tx.QueryRowContext(t.ctx, q, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each calls f for every row of the query.
func (t *Tx) each(f func(scan func(...any) error) error, q string, args ...any) error {
	rows, err := t.tx.QueryContext(t.ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bodies decodes one JSON column of every row into a T.
func bodies[T any](t *Tx, q string, args ...any) ([]T, error) {
	var out []T
	err := t.each(func(scan func(...any) error) error {
		var raw []byte
		var v T
		if err := scan(&raw); err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	}, q, args...)
	return out, err
}

// stamp is how instants are stored: RFC 3339 in Beijing time, to the second.
func stamp(at time.Time) string { return at.In(inspect.Beijing).Format(time.RFC3339) }

func parseStamp(s string) time.Time {
	at, _ := time.Parse(time.RFC3339, s)
	return at.In(inspect.Beijing)
}

// Meta returns a setting of the campaign; empty where it was never set.
func (t *Tx) Meta(key string) (string, error) {
	var v string
	_, err := t.one([]any{&v}, "SELECT value FROM meta WHERE key = ?1", key)
	return v, err
}

// SetMeta stores a setting of the campaign.
func (t *Tx) SetMeta(key, value string) error {
	return t.exec("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", key, value)
}

// Entry is one line of the ledger.
type Entry struct {
	Seq  int64           `json:"seq"`
	Time time.Time       `json:"time"`
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// Append adds an entry: body's canonical JSON, digests and public facts only. Times never go
// back: where the clock did, the entry takes the time of the one before it.
func (t *Tx) Append(at time.Time, kind string, body any) error {
	raw, err := inspect.CanonicalJSON(body)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO entry (time, kind, body) SELECT max(?1, coalesce(max(time), '')), ?2, ?3 FROM entry", stamp(at), kind, raw)
}

// Entries returns the whole ledger in order.
func (t *Tx) Entries() ([]Entry, error) {
	var out []Entry
	err := t.each(func(scan func(...any) error) error {
		var e Entry
		var at string
		if err := scan(&e.Seq, &at, &e.Kind, (*[]byte)(&e.Body)); err != nil {
			return err
		}
		e.Time = parseStamp(at)
		out = append(out, e)
		return nil
	}, "SELECT seq, time, kind, body FROM entry ORDER BY seq")
	return out, err
}
