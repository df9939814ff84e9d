package verify

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// parseWitnesses refuses keys and numbers by which nothing could be judged. A key counts once.
func parseWitnesses(keys []string, quorum int) ([]string, error) {
	var out []string
	for _, k := range keys {
		key := strings.TrimSpace(k)
		if _, err := ledger.NewVerifier(key); err != nil {
			return nil, inspect.Misuse("verify.key-malformed", "Key", k)
		}
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	if quorum < 0 || quorum > len(out) {
		return nil, inspect.Misuse("verify.quorum", "Quorum", quorum, "N", len(out))
	}
	return out, nil
}

// logKeys are the keys that signed the checkpoint: the log's, and of those of its declared witnesses
// and the reader's own that have cosigned it. A line by anybody else is no part of a checkpoint.
func (v *verifier) logKeys(c *Check) ([]note.Verifier, bool) {
	log, err := ledger.NewVerifier(v.report.Log)
	if err != nil {
		c.take(manifestName, err)
		return nil, false
	}
	var witnesses []note.Verifier
	for _, k := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(v.manifest.Cosigners, v.witnesses)))) {
		w, err := ledger.NewVerifier(k)
		if err != nil {
			c.take(manifestName, err)
			return nil, false
		}
		if w.Name() == log.Name() && w.KeyHash() == log.KeyHash() {
			c.fail("verify.witness-log", manifestName, "Key", k)
			return nil, false
		}
		witnesses = append(witnesses, w)
	}
	text, err := v.checkpoint()
	if err != nil {
		return []note.Verifier{log}, true // ledger.Verify says what is wrong with the file
	}
	keys, err := ledger.Signers(text, log, witnesses...)
	v.takeLog(c, err)
	return keys, err == nil
}

// checkpoint is the log's checkpoint as it stands; one too large ledger.Verify refuses.
func (v *verifier) checkpoint() ([]byte, error) {
	f, err := v.fsys.Open(logDir + "/checkpoint")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// checkWitnesses counts who cosigned this very head. Whom the folder itself names may yet be
// awaited, since they can only sign what is published; the reader's quorum must be there.
func (v *verifier) checkWitnesses(c *Check) {
	if v.head == nil || v.log == nil {
		c.skip()
		return
	}
	signed := func(vkey string) bool {
		w, err := ledger.NewVerifier(vkey)
		return err == nil && slices.ContainsFunc(v.head.Signed[1:], func(s ledger.Signature) bool { return s.Name == w.Name() && s.Key == w.KeyHash() })
	}
	for _, k := range v.manifest.Cosigners {
		if name, _, _ := strings.Cut(k, "+"); signed(k) {
			v.report.Witnesses = append(v.report.Witnesses, name)
		} else {
			v.report.Awaited = append(v.report.Awaited, name)
		}
	}
	n := 0
	for _, k := range v.witnesses {
		if signed(k) {
			n++
		}
	}
	want := v.quorum
	if want == 0 {
		want = len(v.witnesses)
	}
	if n < want {
		c.fail("verify.witnesses", logDir+"/checkpoint", "N", n, "Want", want, "Of", len(v.witnesses))
	}
	c.say("N", len(v.head.Signed)-1)
	c.say("Of", len(v.manifest.Cosigners))
}
