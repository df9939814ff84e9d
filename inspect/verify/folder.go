package verify

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhicha/inspect"
)

const (
	manifestName = "manifest.json"
	manifestTime = "2006-01-02T15:04:05-07:00"
	logDir       = "log"
)

// manifest is manifest.json: what the folder is, and the SHA-256 of every other file outside the
// log. Its field order is that of the file.
type manifest struct {
	Campaign  string                    `json:"campaign"`
	Log       string                    `json:"log,omitempty"`       // verifier key of the log
	Cosigners []string                  `json:"cosigners,omitempty"` // verifier keys of who signs its checkpoint besides
	AsOf      string                    `json:"asOf"`
	Demo      bool                      `json:"demo"`
	Site      string                    `json:"site,omitempty"` // edition of the pages
	Files     map[string]inspect.Digest `json:"files"`
}

// parseManifest accepts one spelling only: sorted, indented by one space, ended by one line feed.
func parseManifest(raw []byte) (*manifest, bool) {
	var m manifest
	if json.Unmarshal(raw, &m) != nil || m.Files == nil {
		return nil, false
	}
	again, err := json.MarshalIndent(m, "", " ")
	if err != nil || string(again)+"\n" != string(raw) {
		return nil, false
	}
	at, err := time.Parse(time.RFC3339, m.AsOf)
	if err != nil || at.In(inspect.Beijing).Format(manifestTime) != m.AsOf {
		return nil, false
	}
	return &m, true
}

// checkFiles compares the files that are there with those the manifest lists.
func (v *verifier) checkFiles(c *Check) {
	raw, ok := v.read(c, manifestName)
	if !ok {
		v.walk(c)
		return
	}
	m, ok := parseManifest(raw)
	if !ok {
		c.fail("verify.manifest-form", manifestName)
		v.walk(c)
		return
	}
	v.manifest, v.raw = m, raw
	v.report.Campaign, v.report.AsOf, v.report.Demo = m.Campaign, m.AsOf, m.Demo
	found := v.walk(c)
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		switch {
		case !fs.ValidPath(name) || name == manifestName || name == logDir || strings.HasPrefix(name, logDir+"/"):
			c.fail("verify.file-name", manifestName, "Name", name)
		case !found[name]:
			c.fail("verify.file-missing", name)
		default:
			v.checkFile(c, name, m.Files[name])
		}
		delete(found, name)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		c.fail("verify.file-extra", name)
	}
	v.whole = len(c.Problems) == 0
	c.say("N", len(m.Files))
}

// walk lists every file outside the log but the manifest, and files under c what the survey refused.
func (v *verifier) walk(c *Check) map[string]bool {
	c.Problems = append(c.Problems, v.fsys.problems...)
	found := map[string]bool{}
	for name := range v.fsys.sizes {
		if name != manifestName && !strings.HasPrefix(name, logDir+"/") {
			found[name] = true
		}
	}
	return found
}

func (v *verifier) checkFile(c *Check, name string, want inspect.Digest) {
	f, err := v.fsys.Open(name)
	if err != nil {
		v.broken(name, err)
		return
	}
	defer f.Close()
	h := sha256.New()
	if v.buffer == nil {
		v.buffer = make([]byte, 64<<10)
	}
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{f}, v.buffer); err != nil {
		v.broken(name, err)
		return
	}
	if got := inspect.Digest(h.Sum(nil)); got != want {
		c.fail("verify.file-changed", name, "Want", want, "Got", got)
	}
}

// checkManifest finds the manifest in the last entry that publishes one.
func (v *verifier) checkManifest(c *Check) {
	if v.manifest == nil || v.log == nil {
		c.skip()
		return
	}
	last := v.log.manifest
	if last == nil {
		c.fail("verify.not-published", manifestName)
		return
	}
	if got := inspect.DigestOf(v.raw); got != last.Body.Manifest {
		c.fail("verify.manifest-other", manifestName, "Seq", last.Seq, "Want", last.Body.Manifest, "Got", got)
	}
	c.say("Seq", last.Seq)
	c.say("At", last.Time.Format(time.DateTime))
}

// roundOf is the number of the wave whose proof a file belongs to.
func roundOf(name string) (int, bool) {
	rest, ok := strings.CutPrefix(name, "rounds/")
	dir, _, below := strings.Cut(rest, "/")
	no, err := strconv.Atoi(dir)
	return no, ok && below && err == nil && no > 0 && strconv.Itoa(no) == dir
}
