package seal

import (
	"bytes"
	"testing"

	"zhicha/inspect"
)

// A locked key opens with its passphrase and with nothing else.
func TestLockKey(t *testing.T) {
	t.Parallel()
	const secret, passphrase = "PRIVATE+KEY+draw-1+00000000+AAAA", "一路平安，冬日有暖阳"
	file, err := LockKey(secret, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if !Locked(file) || Locked([]byte(secret)) || bytes.Contains(file, []byte("PRIVATE")) {
		t.Errorf("locked file:\n%s", file)
	}
	if got, err := UnlockKey(file, passphrase); err != nil || got != secret {
		t.Errorf("opened %q, %v", got, err)
	}
	altered := bytes.Clone(file)
	altered[len(altered)/2] ^= 1
	for name, c := range map[string]struct {
		file       []byte
		passphrase string
	}{"another passphrase": {file, passphrase + "。"}, "none": {file, ""}, "an altered file": {altered, passphrase}, "a file cut short": {file[:len(file)/2], passphrase}} {
		_, err := UnlockKey(c.file, c.passphrase)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "seal.passphrase" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LockKey(secret, "九个字还是太短了吧"); inspect.ExitStatus(err) != int(inspect.Usage) {
		t.Errorf("a passphrase of nine characters: %v", err)
	}
}
