package campaign_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

// outsider is a witness with a key of their own and a file of what they signed.
type outsider struct{ vkey, secret, state, out string }

func newOutsider(t *testing.T, name string) *outsider {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := &outsider{vkey, filepath.Join(dir, "key"), filepath.Join(dir, "state"), filepath.Join(dir, "out")}
	if err := os.WriteFile(w.secret, []byte(skey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *outsider) attend(o *rehearsal.Office, key string) error {
	_, err := campaign.Attend(o.Path(campaign.PublicDir), w.state, w.secret, w.out, key, nil, o.Now)
	return err
}

// shows copies the log's files to where an edition would have them.
func shows(o *rehearsal.Office) *campaign.Head {
	o.T.Helper()
	head, err := o.Checkpoint(o.T.Context())
	o.OK(err)
	o.OK(os.RemoveAll(o.Path(campaign.PublicDir)))
	o.OK(os.CopyFS(o.Path(campaign.PublicDir, "log"), os.DirFS(o.Path(campaign.LedgerDir))))
	return head
}

// A witness outside the office keeps what they signed, and signs only what extends it; the office takes in
// only what somebody declared has signed, of a log that its own extends.
func TestOutsideWitness(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 61)
	ctx := t.Context()
	head := shows(o)
	w, stranger := newOutsider(t, "paper.example"), newOutsider(t, "stranger.example")
	want := func(what string, err error, rule string) {
		t.Helper()
		if ruleOf(err) != rule || rule == "" && err != nil {
			t.Errorf("%s: %v, want %q", what, err, rule)
		}
	}
	want("no key at the first time", w.attend(o, ""), "ledger.witness-key")
	want("another log's key", w.attend(o, stranger.vkey), "ledger.origin")
	if _, err := os.Stat(w.state); err == nil {
		t.Fatal("a refusal left a memory behind")
	}
	want("attended", w.attend(o, head.Key), "")
	first := rehearsal.Must(os.ReadFile(w.out))
	state := rehearsal.Must(os.ReadFile(w.state))
	if !bytes.HasSuffix(state, first) || !strings.HasPrefix(string(state), head.Key+"\n") {
		t.Errorf("the memory is %s", state)
	}
	want("another key from now on", w.attend(o, stranger.vkey), "ledger.witness-other")

	add := func(text []byte) error {
		_, err := o.AddCosigned(ctx, text)
		return err
	}
	o.Refused("a witness nobody declared", "ledger.witness-unknown", func() error { return add(first) })
	o.Config.Publish.Witnesses = []string{w.vkey}
	o.Refused("no cosignature at all", "ledger.witness-unknown", func() error { return add([]byte(head.Checkpoint)) })
	o.Refused("a text that is none", "ledger.checkpoint-malformed", func() error { return add([]byte("x")) })
	published := o.Path(campaign.PublicDir, "log", "checkpoint")
	want("added", add(first), "")
	if got := rehearsal.Must(os.ReadFile(published)); !bytes.Equal(got, first) {
		t.Errorf("published is %s", got)
	}

	// the log goes on: what was signed of the shorter one is still taken in, but not published with the longer
	short, fork := o.Copied(t), o.Copied(t)
	o.Draw(1)
	second := shows(o)
	want("an older head", add(first), "")
	if got := rehearsal.Must(os.ReadFile(published)); string(got) != second.Checkpoint {
		t.Errorf("published is %s", got)
	}
	want("attended again", w.attend(o, ""), "")
	want("added again", add(rehearsal.Must(os.ReadFile(w.out))), "")
	if got := rehearsal.Must(os.ReadFile(published)); !strings.HasPrefix(string(got), second.Checkpoint) || string(got) == second.Checkpoint {
		t.Errorf("published is %s", got)
	}

	// a log cut back or rewritten under the same key is not signed, and what the witness keeps stays as it was
	state = rehearsal.Must(os.ReadFile(w.state))
	fork.Tx(func(tx *store.Tx) error {
		for n := range 100 { // more than the draw enters
			if err := campaign.Enter(tx, o.Now, ledger.SitePublished(1, inspect.DigestOf([]byte{byte(n)}))); err != nil {
				return err
			}
		}
		return nil
	})
	shows(fork)
	want("a log rewritten", w.attend(fork, ""), "ledger.inconsistent")
	want("a log cut back", w.attend(short, ""), "ledger.older")
	if got := rehearsal.Must(os.ReadFile(w.state)); !bytes.Equal(got, state) {
		t.Error("a refusal changed the memory")
	}
	fork.Config.Publish.Witnesses = []string{w.vkey}
	fork.Refused("a head of the log before it was rewritten", "ledger.inconsistent", func() error {
		_, err := fork.AddCosigned(ctx, rehearsal.Must(os.ReadFile(w.out)))
		return err
	})
}
