package campaign

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// ledgerDir holds the log as static files; logKey is its signing key below secrets/, and logMeta
// where the verifier key is kept.
const (
	LedgerDir = "ledger"
	logKey    = "log.key"
	LogMeta   = "log"
)

// NewLogKey makes the key that signs the campaign's log, once, and returns the verifier key. It
// goes into the first entry, so that nobody can exchange it later.
func (c *Campaign) NewLogKey(tx *store.Tx) (string, error) {
	skey, vkey, err := note.GenerateKey(c.Rand, ledger.Origin(c.Config.Campaign.ID))
	if err != nil {
		return "", err
	}
	// a key that no entry names yet is left over from a freeze that did not finish
	if err := WriteFile(c.Path(SecretsDir, logKey), []byte(skey+"\n"), 0o600); err != nil {
		return "", err
	}
	return vkey, tx.SetMeta(LogMeta, vkey)
}

// Head is the state of the log as signed.
type Head struct {
	Size       int64  `json:"size"`
	Root       string `json:"root"` // base64
	Key        string `json:"key"`  // verifier key of the log
	Checkpoint string `json:"checkpoint"`
}

// Checkpoint brings every entry so far into the log's files and signs its head. Repeating it
// without new entries changes nothing.
func (c *Campaign) Checkpoint(ctx context.Context) (*Head, error) {
	var entries []store.Entry
	var vkey string
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		if vkey, err = tx.Meta(LogMeta); err != nil {
			return err
		}
		entries, err = tx.Entries()
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, inspect.Refuse("ledger.empty")
	}
	verifier, err := ledger.NewVerifier(vkey)
	if err != nil {
		return nil, inspect.Refuse("campaign.log-key", "Cause", err.Error())
	}
	if err := c.appendLog(entries, verifier); err != nil {
		return nil, err
	}
	text, err := Read(c.Path(LedgerDir, "checkpoint"), Small)
	if err != nil {
		return nil, err
	}
	head, err := ledger.OpenCheckpoint(text, verifier)
	if err != nil {
		return nil, err
	}
	return &Head{Size: head.Tree.N, Root: head.Tree.Hash.String(), Key: vkey, Checkpoint: string(text)}, nil
}

// appendLog adds what the files do not hold yet and commits it.
func (c *Campaign) appendLog(entries []store.Entry, verifier note.Verifier) error {
	skey, err := ReadKeyFile(c.Path(SecretsDir, logKey))
	var refused *inspect.Problem
	if errors.As(err, &refused) {
		return refused
	} else if err != nil {
		return inspect.Refuse("ledger.no-key", "File", SecretsDir+"/"+logKey)
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(skey)))
	if err != nil {
		return inspect.Refuse("campaign.log-key", "Cause", err.Error())
	}
	if err := os.MkdirAll(c.Path(LedgerDir), 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(c.Path(LedgerDir))
	if err != nil {
		return err
	}
	defer root.Close()
	dir := ledger.NewDir(root)
	if _, err := root.Stat("checkpoint"); errors.Is(err, fs.ErrNotExist) {
		if err := ledger.Create(dir, signer); err != nil {
			return err
		}
	}
	log, err := ledger.Open(dir, verifier)
	if err != nil {
		return inspect.Refuse("ledger.damaged", "Cause", err.Error())
	}
	if log.Size() > int64(len(entries)) { // an older database was put back: going on would fork the log
		return inspect.Refuse("ledger.database-older", "Log", log.Size(), "Database", len(entries))
	}
	encoded, err := encodings(entries)
	if err != nil {
		return err
	}
	if size := log.Size(); ledger.RootOf(encoded[:size]) != log.Root() { // what is decided by must be what was signed
		p := inspect.Refuse("ledger.database-other", "Log", size)
		p.Class = inspect.Unverified
		return p
	}
	for _, raw := range encoded[log.Size():] {
		if err := log.Append(raw); err != nil {
			return err
		}
	}
	return log.Commit(signer)
}

// CheckLog compares the database's entries with those of the signed log, as far as that goes, and writes
// nothing.
func (c *Campaign) CheckLog(entries []store.Entry, vkey string) error {
	verifier, err := ledger.NewVerifier(vkey)
	if err != nil {
		return inspect.Refuse("campaign.log-key", "Cause", err.Error())
	}
	if _, err := os.Stat(c.Path(LedgerDir, "checkpoint")); errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is signed yet
	}
	head, err := ledger.Verify(os.DirFS(c.Path(LedgerDir)), nil, verifier)
	if err != nil {
		return inspect.Refuse("ledger.damaged", "Cause", err.Error())
	}
	if head.Tree.N > int64(len(entries)) {
		return inspect.Refuse("ledger.database-older", "Log", head.Tree.N, "Database", len(entries))
	}
	encoded, err := encodings(entries[:head.Tree.N])
	if err != nil || ledger.RootOf(encoded) != head.Tree.Hash {
		return inspect.Refuse("ledger.database-other", "Log", head.Tree.N)
	}
	return nil
}

// encodings are entries as the log holds them.
func encodings(entries []store.Entry) ([][]byte, error) {
	out := make([][]byte, len(entries))
	for i, e := range entries {
		entry, err := ledger.NewEntry(ledger.Kind(e.Kind), e.Seq, e.Time, e.Body)
		if err != nil {
			return nil, err
		}
		if out[i], err = entry.Encode(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Enter appends an entry. One that makes no sense by itself is an error: it could not be taken back.
func Enter(tx *store.Tx, at time.Time, body ledger.Body) error {
	if err := body.Check(); err != nil {
		return err
	}
	return tx.Append(at, string(body.Kind()), body)
}

// NewSalt draws what hides the content behind an entry's root. It is drawn before the transaction,
// which may run twice.
func (c *Campaign) NewSalt() (salt ledger.Salt, err error) {
	_, err = io.ReadFull(c.Rand, salt[:])
	return salt, err
}

// Bind returns the salted root over rows, for an entry to carry, and keeps what opens it.
func Bind(tx *store.Tx, salt ledger.Salt, rows [][]string) (inspect.Digest, error) {
	root := ledger.Root(salt, rows)
	return root, tx.PutRoot(root, salt[:], rows, "")
}

// EnterDecided enters what a person decided under a salted root over rows, and keeps what opens it with their
// signature: whoever holds the log's key and the database decides nothing in another's name.
func (c *Campaign) EnterDecided(tx *store.Tx, p *Acting, salt ledger.Salt, at time.Time, wave int, rows [][]string, body func(root inspect.Digest) ledger.Body) error {
	root := ledger.Root(salt, rows)
	b := body(root)
	signed, _, err := c.SignHead(tx, p, at, b.Kind(), wave, root)
	if err != nil {
		return err
	}
	if err := tx.PutRoot(root, salt[:], rows, signed); err != nil {
		return err
	}
	return Enter(tx, at, b)
}

// SignHead is the signed note of a person on an entry that is about to be added, with its time.
func (c *Campaign) SignHead(tx *store.Tx, p *Acting, at time.Time, kind ledger.Kind, wave int, root inspect.Digest) (signed string, entered time.Time, err error) {
	head, err := tx.Head(at)
	if err != nil {
		return "", at, err
	}
	signed, err = c.decided(tx, p, head, ledger.Decided{Entry: kind, Wave: wave, Root: root, At: head.Next})
	return signed, head.Next, err
}

// DecideFirst is the signed note of a person on a decision of theirs of which no entry tells yet. A line of the access
// record tells of it, so that it cannot be taken away before an entry does.
func (c *Campaign) DecideFirst(tx *store.Tx, p *Acting, wave int, d inspect.Decision) (string, error) {
	head, err := tx.Head(d.Time)
	if err != nil {
		return "", err
	}
	signed, err := c.decided(tx, p, head, ledger.Decided{First: true, Entry: ledger.KindOf(d.Decision), Wave: wave, Root: firstRoot(d), At: d.Time})
	if err != nil {
		return "", err
	}
	return signed, c.Seen(tx, p, inspect.DidDecide, inspect.Kept(wave, inspect.DigestOf([]byte(signed)).String()))
}

func firstRoot(d inspect.Decision) inspect.Digest {
	return ledger.Root(ledger.Salt{}, ledger.DecisionRows([]inspect.Decision{d}))
}

func (c *Campaign) decided(tx *store.Tx, p *Acting, head store.Head, d ledger.Decided) (_ string, err error) {
	d.Campaign, d.Log, d.Head = c.Config.Campaign.ID, head.Size, head.Hash
	if d.Lines, d.Access, err = tx.AccessHead(); err != nil {
		return "", err
	}
	return p.Sign(d.Text())
}

// EachBody reads the bodies of the log's entries of one kind in order. T is the type of that kind.
func EachBody[T ledger.Body](tx *store.Tx, f func(at time.Time, body T)) error {
	var kind T
	entries, err := tx.Entries()
	for _, e := range entries {
		if e.Kind != string(kind.Kind()) {
			continue
		}
		body, err := ledger.Decode[T](e.Body)
		if err != nil {
			return err
		}
		f(e.Time, body)
	}
	return err
}

// Entries returns the log's entries from the database, signed or not yet.
func (c *Campaign) Entries(ctx context.Context) (entries []store.Entry, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		entries, err = tx.Entries()
		return err
	})
	return entries, err
}

// Prove returns the proof that entry number seq stands in the log.
func (c *Campaign) Prove(ctx context.Context, seq int64) ([]byte, error) {
	head, err := c.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	if seq < 1 || seq > head.Size {
		return nil, inspect.Misuse("ledger.no-entry", "Seq", seq, "Size", head.Size)
	}
	verifier, err := ledger.NewVerifier(head.Key)
	if err != nil {
		return nil, err
	}
	return ledger.Prove(os.DirFS(c.Path(LedgerDir)), seq, verifier)
}

// Cosign adds a person's signature to the log's head and writes the cosigned checkpoint into
// ceremony/, for the person to keep: whoever holds it can show that the log had this head. A log
// that does not extend the head they cosigned last is refused. Where the published head is this
// one, the signature is published with it.
func (c *Campaign) Cosign(ctx context.Context, who Actor) (file, checkpoint string, err error) {
	p, err := c.Acts(who, inspect.RoleWitness)
	if err != nil {
		return "", "", err
	}
	head, err := c.Checkpoint(ctx)
	if err != nil {
		return "", "", err
	}
	witness, err := ledger.NewWitness(p.Secret, c.Now())
	if err != nil {
		return "", "", inspect.Refuse("campaign.bad-key", "ID", p.ID)
	}
	verifier, err := ledger.NewVerifier(head.Key)
	if err != nil {
		return "", "", err
	}
	file = filepath.Join(CeremonyDir, "checkpoint-"+p.ID)
	if err := c.extends(head, file); err != nil {
		return "", "", err
	}
	text, err := ledger.Cosign([]byte(head.Checkpoint), witness, verifier)
	if err != nil {
		return "", "", err
	}
	if err := WriteFile(c.Path(file), text, 0o600); err != nil {
		return "", "", err
	}
	return file, string(text), c.publishCosigned(head.Key)
}

// Completed is when the last signature or deposit arrived: when the commit was entered in the log.
func Completed(tx *store.Tx, wave int) (at time.Time, err error) {
	err = EachBody(tx, func(entered time.Time, b ledger.Commit) {
		if b.Wave == wave {
			at = entered
		}
	})
	if err == nil && at.IsZero() {
		err = inspect.Refuse("plan.not-committed", "Wave", wave)
	}
	return at, err
}

// AuditsOf are the audits of a wave in the order of the ledger.
func AuditsOf(tx *store.Tx, wave int) (audits []ledger.Audit, err error) {
	err = EachBody(tx, func(_ time.Time, b ledger.Audit) {
		if b.Wave == wave {
			audits = append(audits, b)
		}
	})
	return audits, err
}
