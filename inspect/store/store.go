// Package store keeps what a campaign must not lose in one SQLite file: the plan once opened,
// returns and reports with their history, reviews, findings, scores, signatures and the entries
// of the ledger.
//
// It serves inspect/campaign. An entry and its effect share one transaction, and what Update
// returned from is on disk. Update may run its function more than once, and under the build tag
// twice always does; what must happen once, or outside the database, is handed to Tx.After.
// It must never decide anything, and holds no plan before two
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
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite", without CGO

	"zhicha/inspect"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open campaign database: one connection that writes, and some that read what was committed
// when they began, so that no reader waits for a writer or makes one wait.
type DB struct {
	write, read *sql.DB
	last        atomic.Int64 // time of the ledger's last entry, in seconds, as the last transaction to write found it
}

const readers = 4

// Open opens the database at path, creating it and bringing it to the newest schema. Nobody but its owner
// reads it, whatever the umask: SQLite gives its log the mode of the file.
func Open(ctx context.Context, path string) (*DB, error) {
	return opened(ctx, path, "synchronous(FULL)")
}

// OpenScratch is Open for a database that is thrown away: where the machine dies, so may it.
func OpenScratch(ctx context.Context, path string) (*DB, error) {
	return opened(ctx, path, "synchronous(OFF)")
}

func opened(ctx context.Context, path, synchronous string) (*DB, error) {
	db, err := ours(ctx, path, synchronous)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	return db, nil
}

func ours(ctx context.Context, path, synchronous string) (*DB, error) {
	info, err := os.Stat(path)
	switch { // a file that is there is not opened: closing it would drop the locks of this process on it
	case errors.Is(err, fs.ErrNotExist):
		var f *os.File
		if f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
			err = errors.Join(f.Chmod(0o600), f.Close())
		}
	case err == nil && info.Mode().Perm() != 0o600:
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return connected(ctx, path, synchronous)
}

func connected(ctx context.Context, path, synchronous string) (*DB, error) {
	write, err := connect(path, "immediate", 1, "journal_mode(WAL)", synchronous)
	if err != nil {
		return nil, err
	}
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, write, sub, goose.WithVerbose(false))
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := connect(path, "deferred", readers, "query_only(1)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return &DB{write: write, read: read}, nil
}

func connect(path, lock string, most int, pragmas ...string) (*sql.DB, error) {
	conn, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": append(pragmas, "foreign_keys(1)", "busy_timeout(10000)"),
		"_txlock": {lock},
	}.Encode()}).String())
	if err == nil {
		conn.SetMaxOpenConns(most)
	}
	return conn, err
}

// Close closes the database and folds its log into the one file.
func (db *DB) Close() error {
	err := db.read.Close()
	_, folded := db.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, folded, db.write.Close())
}

// Tx is a transaction. Its methods return raw errors of the database; a row that is not there is
// reported by an ok result, not by an error.
type Tx struct {
	ctx   context.Context
	tx    *sql.Tx
	after []func() error
}

// After has f called once the transaction is on disk, and never where it is not: what leaves the
// database, a file or a word on a screen, follows the commit. An error of f is Update's; the
// transaction stands all the same, so f must be such that it can be made up for.
func (t *Tx) After(f func() error) { t.after = append(t.after, f) }

// Update runs f in one transaction: all of it is on disk when Update returns nil, none otherwise.
// f may be run more than once, as after a failure to serialise, and so must touch nothing outside
// the transaction: what it finds it returns, what it wants done it hands to After.
func Update[T any](ctx context.Context, db *DB, f func(*Tx) (T, error)) (T, error) {
	var none T
	if rehearsed { // once for nothing, as if another writer had been first
		if out, _, err := attempt(ctx, db.write, noting(db, f), (*sql.Tx).Rollback); err != nil {
			return out, err
		}
	}
	out, after, err := attempt(ctx, db.write, noting(db, f), (*sql.Tx).Commit)
	if err != nil {
		return out, err
	}
	for _, do := range after {
		if err := do(); err != nil {
			return none, err
		}
	}
	return out, nil
}

// noting is f after a look at the clock of the ledger: whatever f writes beside an entry has no earlier time.
func noting[T any](db *DB, f func(*Tx) (T, error)) func(*Tx) (T, error) {
	return func(t *Tx) (none T, err error) {
		h, err := t.Head(time.Time{})
		if err != nil {
			return none, err
		}
		db.last.Store(h.Next.Unix())
		return f(t)
	}
}

// NotBefore is a moment, or that of the ledger's last entry where the clock went back since.
func (db *DB) NotBefore(at time.Time) time.Time {
	if last := time.Unix(db.last.Load(), 0).In(inspect.Beijing); at.Before(last) {
		return last
	}
	return at
}

// attempt runs f in a transaction of its own and ends it by end. What f returned beside an error is
// returned too: a refusal may say how far it came.
func attempt[T any](ctx context.Context, conn *sql.DB, f func(*Tx) (T, error), end func(*sql.Tx) error) (T, []func() error, error) {
	var none T
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return none, nil, fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	t := &Tx{ctx: ctx, tx: tx}
	out, err := f(t)
	if err != nil {
		return out, nil, err
	}
	if err := end(tx); err != nil {
		return none, nil, fmt.Errorf("commit: %w", err)
	}
	return out, t.after, nil
}

// View runs f on what was committed when it began; f cannot write.
func View[T any](ctx context.Context, db *DB, f func(*Tx) (T, error)) (T, error) {
	out, _, err := attempt(ctx, db.read, f, (*sql.Tx).Rollback)
	return out, err
}

// Update is the function Update for what returns nothing.
func (db *DB) Update(ctx context.Context, f func(*Tx) error) error {
	_, err := Update(ctx, db, func(tx *Tx) (struct{}, error) { return struct{}{}, f(tx) })
	return err
}

// View is the function View for what returns nothing.
func (db *DB) View(ctx context.Context, f func(*Tx) error) error {
	_, err := View(ctx, db, func(tx *Tx) (struct{}, error) { return struct{}{}, f(tx) })
	return err
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

// Chained is the hash of the ledger up to e, where prev is that of the entry before it.
func (e *Entry) Chained(prev inspect.Digest) inspect.Digest {
	return inspect.DigestOf(inspect.LP("zhicha/1 entry", string(prev[:]), strconv.FormatInt(e.Seq, 10), stamp(e.Time), e.Kind, string(e.Body)))
}

// Append adds an entry: body's canonical JSON, digests and public facts only. Times never go
// back: where the clock did, the entry takes the time of the one before it.
func (t *Tx) Append(at time.Time, kind string, body any) error {
	raw, err := inspect.CanonicalJSON(body)
	if err != nil {
		return err
	}
	h, err := t.Head(at)
	if err != nil {
		return err
	}
	e := Entry{h.Size + 1, h.Next, kind, raw}
	return t.exec("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5)", e.Seq, stamp(e.Time), kind, raw, e.Chained(h.Hash).String())
}

// Head is how far the ledger has come.
type Head struct {
	Size int64          // entries
	Hash inspect.Digest // of the last, chained; zeros where there is none
	Next time.Time      // of an entry that is added now
}

// Head is the ledger's head, to which at would add an entry.
func (t *Tx) Head(at time.Time) (h Head, err error) {
	var last, hash string
	if _, err = t.one([]any{&h.Size, &last, &hash}, "SELECT seq, time, chain FROM entry ORDER BY seq DESC LIMIT 1"); err != nil {
		return h, err
	}
	h.Hash, h.Next = digestOr(hash), parseStamp(max(stamp(at), last))
	return h, nil
}

// Entries returns the whole ledger in order.
func (t *Tx) Entries() ([]Entry, error) {
	return t.entries("SELECT seq, time, kind, body FROM entry ORDER BY seq")
}

// LastEntry is the last entry of the log; the zero one where there is none.
func (t *Tx) LastEntry() (Entry, error) {
	all, err := t.entries("SELECT seq, time, kind, body FROM entry ORDER BY seq DESC LIMIT 1")
	if err != nil || len(all) == 0 {
		return Entry{}, err
	}
	return all[0], nil
}

// EntriesOf returns the ledger's entries of some kinds in order.
func (t *Tx) EntriesOf(kinds ...string) ([]Entry, error) {
	list, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	return t.entries("SELECT seq, time, kind, body FROM entry WHERE kind IN (SELECT value FROM json_each(?1)) ORDER BY seq", string(list))
}

func (t *Tx) entries(query string, args ...any) ([]Entry, error) {
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
	}, query, args...)
	return out, err
}
