package campaign

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Env is what a use case may not take for itself.
type Env struct {
	Now      func() time.Time
	Rand     io.Reader
	Progress func(done, total int) // told during long work; may be nil
}

// Worked tells how far long work has come.
func (e Env) Worked(done, total int) {
	if e.Progress != nil {
		e.Progress(done, total)
	}
}

// Campaign is an open campaign folder.
type Campaign struct {
	Dir    string
	Config *config.Config
	Env
	db      *store.DB
	scratch bool           // a copy in which an audit plays
	people  *ledger.People // as the log has them
	parsed  *parsed
}

// parsed is the checklist as it was last read, for as long as its file stays the same. Nobody changes it.
type parsed struct {
	sync.Mutex
	of   inspect.Digest
	list *checklist.Checklist
}

// holidays are the rows of the State Council's notices for the years this campaign touches.
const holidays = `date,kind
2023-01-02,off
2023-01-21,off
2023-01-22,off
2023-01-23,off
2023-01-24,off
2023-01-25,off
2023-01-26,off
2023-01-27,off
2023-01-28,work
2023-01-29,work
`

// Init makes a campaign folder from the reference configuration, or from text where it is not
// nil. A folder that holds anything already is refused.
func Init(ctx context.Context, dir string, text []byte, env Env) error {
	if text == nil {
		text = zhicha.Config
	}
	cfg, err := config.Parse(ConfigFile, text)
	if err != nil {
		return err
	}
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return inspect.Misuse("campaign.not-empty", "Dir", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, sub := range []string{"", EvidenceDir, PacketsDir, SealedDir, returnsDir, CeremonyDir, SecretsDir,
		ContentDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	for name, data := range map[string][]byte{ConfigFile: text, checklistFile: checklist.Embedded(), cfg.Holidays: []byte(holidays)} {
		if err := WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	db, err := store.Open(ctx, filepath.Join(dir, DatabaseFile))
	if err != nil {
		return err
	}
	return errors.Join(db.Update(ctx, func(tx *store.Tx) error { return noteFixed(tx, cfg, config.AtInit, 0) }), db.Close())
}

// Open opens the campaign folder dir.
func Open(ctx context.Context, dir string, env Env) (*Campaign, error) {
	if _, err := os.Stat(filepath.Join(dir, DatabaseFile)); err != nil {
		return nil, inspect.Misuse("campaign.not-one", "Dir", dir)
	}
	data, err := Read(filepath.Join(dir, ConfigFile), Small)
	if err != nil {
		return nil, inspect.Misuse("campaign.no-config", "Dir", dir)
	}
	cfg, err := config.Parse(ConfigFile, data)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, filepath.Join(dir, DatabaseFile))
	if err != nil {
		return nil, inspect.Fail("campaign.database", err)
	}
	err = db.View(ctx, func(tx *store.Tx) error {
		s, was, err := changed(tx, cfg, config.AtInit, 0)
		if s != nil {
			return inspect.Refuse("campaign.changed-since-init", "Setting", s.Path, "Was", was, "Now", s.Value)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &Campaign{Dir: dir, parsed: &parsed{}, Config: cfg, Env: env, db: db}
	c.Now = func() time.Time { return db.NotBefore(env.Now()) } // entries never go back, and what stands beside them has their times
	if err := c.readPeople(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}

// Scratch is the folder over a copy of its database at path and with a clock of its own, for an audit that
// plays once more what was done. Nothing done to it touches what stands.
func (c *Campaign) Scratch(ctx context.Context, path string, now func() time.Time) (*Campaign, error) {
	if err := c.db.CopyTo(ctx, path); err != nil {
		return nil, err
	}
	db, err := store.OpenScratch(ctx, path)
	if err != nil {
		return nil, err
	}
	out := *c
	out.db, out.Now, out.Progress, out.scratch = db, now, nil, true
	return &out, nil
}

// OtherSchema names what somebody made otherwise in the folder's database than this program makes it: a trigger or a
// constraint could change rows while they are played again. A new database is made at path to compare with.
func (c *Campaign) OtherSchema(ctx context.Context, path string) (names []string, err error) {
	fresh, err := store.OpenScratch(ctx, path)
	if err != nil {
		return nil, err
	}
	defer fresh.Close()
	var made [2][]store.Made
	for i, db := range []*store.DB{fresh, c.db} {
		if err := db.View(ctx, func(tx *store.Tx) (err error) { made[i], err = tx.Schema(); return err }); err != nil {
			return nil, err
		}
	}
	if names, err = store.View(ctx, c.db, (*store.Tx).Sound); err != nil {
		return nil, err
	}
	times := map[store.Made]int{}
	for i, sign := range []int{1, -1} {
		for _, m := range made[i] {
			times[m] += sign
		}
	}
	for m, n := range times {
		if n != 0 {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Close lets go of the folder.
func (c *Campaign) Close() error { return c.db.Close() }

// Update runs f in one transaction of the folder's database; see store.Update for what f must not do.
func (c *Campaign) Update(ctx context.Context, f func(*store.Tx) error) error {
	return c.db.Update(ctx, f)
}

// View runs f on the database as it stands.
func (c *Campaign) View(ctx context.Context, f func(*store.Tx) error) error { return c.db.View(ctx, f) }

// Update runs f in one transaction of a folder's database and returns what it found; see store.Update
// for what f must not do.
func Update[T any](ctx context.Context, c *Campaign, f func(*store.Tx) (T, error)) (T, error) {
	return store.Update(ctx, c.db, f)
}

// View runs f on a folder's database as it stands and returns what it found.
func View[T any](ctx context.Context, c *Campaign, f func(*store.Tx) (T, error)) (T, error) {
	return store.View(ctx, c.db, f)
}

// Path is a file or folder of the campaign's.
func (c *Campaign) Path(parts ...string) string {
	return filepath.Join(append([]string{c.Dir}, parts...)...)
}

// Wave returns the configured wave and how far its draw has come; it need not be committed yet.
func (c *Campaign) Wave(tx *store.Tx, no int) (*config.Wave, store.Wave, error) {
	cfg, err := c.Config.Wave(no)
	if err != nil {
		return nil, store.Wave{}, err
	}
	w, ok, err := tx.Wave(no)
	if err == nil && ok {
		_, _, err = c.Committed(tx, no)
	}
	return cfg, w, err
}

// CheckVariables refuses what the environment tells Zhicha beyond how to speak.
func CheckVariables(environ []string) error { return config.CheckVariables(environ) }
