package campaign_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
)

var secretText = bytes.Repeat([]byte("孩子住在这里。"), 40)

// holding is a campaign with everybody who holds evidence, and two who do not.
func holding(t testing.TB) *campaign.Campaign {
	t.Helper()
	c := rehearsal.NewCampaign(t, "review-1 reviewer", "audit-1 auditor", "draw-1 drawer", "score-1 scorer")
	if _, err := c.NewPerson("custody-1", []string{inspect.RoleCustodian}, "office"); err != nil {
		t.Fatal(err)
	}
	return c
}

func keep(t testing.TB, c *campaign.Campaign, data []byte) inspect.Digest {
	t.Helper()
	d := inspect.DigestOf(data)
	if err := c.KeepEvidence(d, data); err != nil {
		t.Fatal(err)
	}
	return d
}

func evidencePath(c *campaign.Campaign, d inspect.Digest) string {
	return c.Path(campaign.EvidenceDir, d.String()[:2], d.String())
}

// Whoever carries the folder away without a holder's key reads nothing of it.
func TestEvidenceIsClosed(t *testing.T) {
	t.Parallel()
	c := holding(t)
	d := keep(t, c, secretText)
	files := 0
	err := filepath.WalkDir(c.Path(campaign.EvidenceDir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for i := 0; i+12 <= len(secretText); i += 3 {
			if bytes.Contains(data, secretText[i:i+12]) {
				t.Fatalf("%s tells what is in it", path)
			}
		}
		return err
	})
	if err != nil || files != 1 {
		t.Fatalf("%d files, %v", files, err)
	}
	for _, id := range []string{"review-1", "audit-1", "custody-1"} {
		if got, err := rehearsal.Evidence(t, c, id, d); err != nil || !bytes.Equal(got, secretText) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"draw-1", "score-1"} {
		if _, err := rehearsal.Evidence(t, c, id, d); rehearsal.RuleOf(err) != "campaign.evidence-closed" || !errors.Is(err, campaign.ErrClosed) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := c.OpenEvidence(t.Context(), nil, d.String()); !errors.Is(err, campaign.ErrClosed) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := rehearsal.Evidence(t, c, "review-1", inspect.DigestOf(nil)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was never kept: %v", err)
	}
}

// What is there is not written again, and somebody appointed later cannot look back.
func TestEvidenceOfEarlier(t *testing.T) {
	t.Parallel()
	c := holding(t)
	d := keep(t, c, secretText)
	before := read(t, evidencePath(c, d))
	if _, err := c.NewPerson("review-2", []string{inspect.RoleReviewer}, ""); err != nil {
		t.Fatal(err)
	}
	keep(t, c, secretText)
	if !bytes.Equal(before, read(t, evidencePath(c, d))) {
		t.Error("it was written again")
	}
	if _, err := rehearsal.Evidence(t, c, "review-2", d); rehearsal.RuleOf(err) != "campaign.evidence-closed" {
		t.Errorf("appointed later: %v", err)
	}
	later := keep(t, c, []byte("later"))
	if got, err := rehearsal.Evidence(t, c, "review-2", later); err != nil || string(got) != "later" {
		t.Errorf("what came after: %v", err)
	}
}

// Every byte that is not as it was written is named with its file; so is another content, closed by
// whoever knows the public keys.
func TestEvidenceAltered(t *testing.T) {
	t.Parallel()
	c := holding(t)
	d := keep(t, c, secretText)
	closed := read(t, evidencePath(c, d))
	bent := func(data []byte) string {
		t.Helper()
		if err := os.WriteFile(evidencePath(c, d), data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := rehearsal.Evidence(t, c, "review-1", d)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Args["Digest"] != d.String() {
			t.Errorf("%v does not name the file", err)
		}
		return rehearsal.RuleOf(err)
	}
	shut := 0
	for i := range closed {
		data := bytes.Clone(closed)
		data[i] ^= 1
		switch rule := bent(data); rule {
		case "campaign.evidence-altered":
		case "campaign.evidence-closed": // the part of the head that is for this key
			shut++
		default:
			t.Fatalf("byte %d: %q", i, rule)
		}
	}
	if shut > 200 {
		t.Errorf("%d of %d bytes are the head for one key", shut, len(closed))
	}
	if rule := bent(nil); rule != "campaign.evidence-altered" {
		t.Errorf("an empty file: %s", rule)
	}
	other := keep(t, c, []byte("another"))
	if rule := bent(read(t, evidencePath(c, other))); rule != "campaign.evidence-altered" {
		t.Errorf("another file: %s", rule)
	}
	_, err := rehearsal.Evidence(t, c, "review-1", d)
	if inspect.ExitStatus(err) != int(inspect.Unverified) {
		t.Errorf("status %d", inspect.ExitStatus(err))
	}
}

// With nobody to open it nothing is taken in.
func TestEvidenceForNobody(t *testing.T) {
	t.Parallel()
	c := rehearsal.NewCampaign(t, "draw-1 drawer")
	if err := c.KeepEvidence(inspect.DigestOf(nil), nil); rehearsal.RuleOf(err) != "campaign.evidence-nobody" {
		t.Error(err)
	}
}

// A custodian's key signs nothing and still says who they are; nobody else's does.
func TestHolds(t *testing.T) {
	t.Parallel()
	c := holding(t)
	for id, want := range map[string]string{"custody-1": "", "review-1": "", "draw-1": "campaign.role", "nobody": "campaign.unknown-person", "": "campaign.as"} {
		if _, err := c.Holds(rehearsal.Who(c, id), inspect.RoleReviewer, inspect.RoleCustodian); rehearsal.RuleOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, x := range []struct{ id, secret, want string }{
		{"custody-1", "", "campaign.no-key"}, {"custody-1", rehearsal.Who(c, "review-1").Secret, "campaign.other-key"},
		{"review-1", rehearsal.Who(c, "custody-1").Secret, "campaign.bad-key"}, {"review-1", rehearsal.Who(c, "audit-1").Secret, "campaign.other-key"},
	} {
		if _, err := c.Holds(campaign.Actor{ID: x.id, Secret: x.secret}, inspect.RoleReviewer, inspect.RoleCustodian); rehearsal.RuleOf(err) != x.want {
			t.Errorf("%s: %v, want %s", x.id, err, x.want)
		}
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What closing costs beside the writing itself, which waits for the disk twice.
func BenchmarkKeepEvidence(b *testing.B) {
	for _, size := range []int{100 << 10, 2 << 20} {
		data := bytes.Repeat([]byte{7}, size)
		name := map[int]string{100 << 10: "100KiB", 2 << 20: "2MiB"}[size]
		b.Run("closed/"+name, func(b *testing.B) {
			c := holding(b)
			b.SetBytes(int64(size))
			for i := 0; b.Loop(); i++ {
				data[0], data[1], data[2] = byte(i), byte(i>>8), byte(i>>16)
				keep(b, c, data)
			}
		})
		b.Run("plain/"+name, func(b *testing.B) {
			dir := b.TempDir()
			b.SetBytes(int64(size))
			for i := 0; b.Loop(); i++ {
				data[0], data[1], data[2] = byte(i), byte(i>>8), byte(i>>16)
				if err := campaign.WriteFile(filepath.Join(dir, inspect.DigestOf(data).String()), data, 0o600); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
