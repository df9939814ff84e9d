package verify

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

const (
	manifestName = "manifest.json"
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
	if err != nil || at.In(inspect.Beijing).Format("2006-01-02T15:04:05-07:00") != m.AsOf {
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
	if _, err := io.Copy(h, f); err != nil {
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

// checkDocuments finds every signed text in the log.
func (v *verifier) checkDocuments(c *Check) {
	if v.manifest == nil || v.log == nil {
		c.skip()
		return
	}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(v.manifest.Files)) {
		if path.Ext(name) != ".md" {
			continue
		}
		n++
		if d := v.manifest.Files[name]; !v.log.documents[d] {
			c.fail("verify.document-unsigned", name, "Digest", d)
		}
	}
	c.say("N", n)
}

// checkVisits compares the number of visits published as scored with the frozen score, and that
// with the visits the log saw approved. A visit sent back and approved again counts twice there,
// so that the log's number may be higher.
func (v *verifier) checkVisits(c *Check) {
	const name = "data/regions.json"
	if v.manifest == nil || v.log == nil {
		c.skip()
		return
	}
	raw, ok := v.read(c, name)
	if !ok {
		return
	}
	var rows []regionRow
	if crowded(raw) {
		c.fail("verify.results", name)
		return
	}
	err := json.Unmarshal(raw, &rows)
	i := slices.IndexFunc(rows, func(r regionRow) bool { return r.Region == "CN" })
	if err != nil || i < 0 {
		c.fail("verify.results", name)
		return
	}
	if scored := rows[i].Visits; scored > v.log.approved {
		c.fail("verify.visits", name, "Scored", scored, "Approved", v.log.approved)
	}
	if m := v.log.manifest; m != nil {
		e := v.log.scored[m.Body.Wave]
		if e == nil || e.Seq > m.Seq {
			c.fail("verify.no-entry", name, "Kind", string(ledger.ScoreFrozen), "Wave", m.Body.Wave)
		} else if e.Body.Scored != rows[i].Visits {
			c.fail("verify.scored", name, "Seq", e.Seq, "Scored", rows[i].Visits, "Frozen", e.Body.Scored)
		}
	}
	c.say("Scored", rows[i].Visits)
	c.say("Approved", v.log.approved)
}

// regionRow is what is read of a row of the results; CN is the whole nation.
type regionRow struct {
	Region string `json:"region"`
	Visits int    `json:"visits"`
}

// roundOf is the number of the wave whose proof a file belongs to.
func roundOf(name string) (int, bool) {
	rest, ok := strings.CutPrefix(name, "rounds/")
	dir, _, below := strings.Cut(rest, "/")
	no, err := strconv.Atoi(dir)
	return no, ok && below && err == nil && no > 0 && strconv.Itoa(no) == dir
}
