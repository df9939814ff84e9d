package verify

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/site"
)

// Options are what a stranger brings from elsewhere than the folder itself.
type Options struct {
	// Anchors are commits D as printed on the sheets handed out before the draw: 64 hexadecimal
	// digits, or the fingerprint of 32; spaces and capitals do not matter.
	Anchors []string
	// Key is the log's verifier key; where it is empty, the folder's own word is taken for it.
	Key string
	// Witnesses are verifier keys of whom the reader trusts to have cosigned the log, of whom Quorum
	// must have; where that is 0, all.
	Witnesses []string
	Quorum    int
	// Since is the checkpoint of an edition seen before, which the folder's log must extend.
	Since []byte
}

// State is how a check ended.
type State string

// A check is skipped where what it needs did not pass an earlier one.
const (
	OK      State = "ok"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Check is one thing that was looked into.
type Check struct {
	ID       string           `json:"id"`
	Wave     int              `json:"wave,omitempty"` // 0: the folder as a whole
	State    State            `json:"state"`
	Args     map[string]any   `json:"args,omitempty"` // what its sentence puts in
	Problems inspect.Problems `json:"problems,omitempty"`
}

// Caveat is something that this folder cannot prove.
type Caveat struct {
	ID   string         `json:"id"`
	Wave int            `json:"wave,omitempty"`
	Args map[string]any `json:"args,omitempty"`
}

// Wave is what the log says of one draw.
type Wave struct {
	No          int            `json:"no"`
	Commit      inspect.Digest `json:"commit"` // D; zero: none is logged
	Fingerprint string         `json:"fingerprint"`
	Committed   time.Time      `json:"committed,omitzero"`
	Beacon      string         `json:"beacon,omitempty"`
	Drawn       bool           `json:"drawn"`
	Revealed    bool           `json:"revealed"`
	Anchored    bool           `json:"anchored"`         // one of Options.Anchors names it
	Audits      []Audit        `json:"audits,omitempty"` // sound ones, in the order of the log
}

// Report is the verdict on a folder with everything it rests on.
type Report struct {
	Verified  bool     `json:"consistent"` // every check is OK: the folder agrees with itself
	Compared  bool     `json:"verified"`   // and with something outside it
	Campaign  string   `json:"campaign"`
	AsOf      string   `json:"asOf"`
	Demo      bool     `json:"demo"`
	Log       string   `json:"log"`                 // verifier key the log was opened with
	Witnesses []string `json:"witnesses,omitempty"` // of those the folder names, who cosigned its log
	Awaited   []string `json:"awaited,omitempty"`   // and who has not
	Entries   int64    `json:"entries"`             // in the log
	Root      string   `json:"root"`                // of the log's tree, base64
	Outside   []string `json:"outside"`             // of Outside, what the folder was compared with
	Waves     []Wave   `json:"waves"`
	Checks    []Check  `json:"checks"`
	Caveats   []Caveat `json:"caveats"`
}

// Outside is what a folder can be compared with beside itself. One that was compared with none of it agrees
// with itself and no more: all of it may have been made anew.
var Outside = []string{"sheet", "key", "witnesses", "earlier"}

// outside are those of Outside that a reader brought.
func (v *verifier) outside() []string {
	out := []string{}
	for i, brought := range []bool{len(v.anchors) > 0, v.key != "", len(v.witnesses) > 0, v.since != nil} {
		if brought {
			out = append(out, Outside[i])
		}
	}
	return out
}

// Problems is everything that is wrong, in the order in which it was found.
func (r *Report) Problems() inspect.Problems {
	var ps inspect.Problems
	for i := range r.Checks {
		ps = append(ps, r.Checks[i].Problems...)
	}
	return ps
}

// Folder checks a published folder. What is wrong with the folder stands in the report; the error
// is for options that make no sense and for files that cannot be read.
func Folder(fsys fs.FS, o Options) (*Report, error) {
	anchors, err := parseAnchors(o.Anchors)
	if err != nil {
		return nil, err
	}
	surveyed, err := survey(fsys)
	if err != nil {
		return nil, err
	}
	v := &verifier{fsys: surveyed, anchors: anchors, key: strings.TrimSpace(o.Key), report: Report{Waves: []Wave{}}}
	if err := checkKeyForm(v.key); err != nil {
		return nil, err
	}
	if v.witnesses, err = parseWitnesses(o.Witnesses, o.Quorum); err != nil {
		return nil, err
	}
	v.quorum, v.since = o.Quorum, o.Since
	v.check("files", 0, v.checkFiles)
	v.check("key", 0, v.checkKey)
	v.check("log", 0, v.checkLog)
	v.pastEditions()
	v.check("manifest", 0, v.checkManifest)
	v.check("public", 0, v.checkPublic)
	v.check("documents", 0, v.checkDocuments)
	v.check("site", 0, v.checkSite)
	v.check("order", 0, v.checkOrder)
	v.check("scores", 0, v.checkScores)
	for _, no := range v.waveNumbers() {
		v.round(no)
	}
	if len(anchors) > 0 {
		v.check("anchor", 0, v.checkAnchors)
	}
	if v.err != nil {
		return nil, v.err
	}
	v.caveats()
	v.report.Outside = v.outside()
	v.report.Verified = !slices.ContainsFunc(v.report.Checks, func(c Check) bool { return c.State != OK })
	v.report.Compared = v.report.Verified && len(v.report.Outside) > 0
	return &v.report, nil
}

// verifier is a folder being checked.
type verifier struct {
	fsys      *surveyed
	anchors   []string // lower-case hexadecimal
	key       string   // as the user gave it
	manifest  *manifest
	raw       []byte // manifest.json as it stands
	log       *history
	head      *ledger.Checkpoint // of the log, once it has been read
	witnesses []string           // verifier keys the user gave
	quorum    int
	since     []byte
	frames    []Caveat        // of frames that are not, or not all, in the official table
	postponed []Caveat        // of beacons of the issue after the committed one
	public    *release.Public // what the site was made from, once it has been read
	source    inspect.Digest  // of the file it was read from
	whole     bool            // every file is there as the manifest lists it
	list      *checklist.Checklist
	pages     bool  // this program makes pages as those of the folder were made
	private   []int // waves that drew from a frame which is not public
	buffer    []byte
	report    Report
	err       error // a file could not be read: there is no verdict
}

// check runs one check and files it.
func (v *verifier) check(id string, wave int, do func(*Check)) {
	if v.err != nil {
		return
	}
	c := Check{ID: id, Wave: wave, State: OK}
	do(&c)
	if len(c.Problems) > 0 {
		c.State = Failed
	}
	v.report.Checks = append(v.report.Checks, c)
}

// fail notes a problem in a file of the folder; args are alternating names and values.
func (c *Check) fail(rule, file string, args ...any) {
	p := inspect.Reject(rule, inspect.Place{File: file}, args...)
	p.Class = inspect.Unverified
	c.Problems = append(c.Problems, p)
}

// take files another room's problems as what they are here: a proof that does not hold.
func (c *Check) take(file string, err error) {
	found := inspect.ProblemsOf(err)
	if found == nil && err != nil {
		c.fail("verify.unreadable", file, "Cause", err.Error())
	}
	for _, p := range found {
		q := *p
		q.Class = inspect.Unverified
		if q.File == "" {
			q.File = file
		}
		c.Problems = append(c.Problems, &q)
	}
}

// skip says that the check could not be made.
func (c *Check) skip() { c.State = Skipped }

// say gives the check's sentence a value.
func (c *Check) say(name string, value any) {
	if c.Args == nil {
		c.Args = map[string]any{}
	}
	c.Args[name] = value
}

// read returns a file that must be there.
func (v *verifier) read(c *Check, name string) ([]byte, bool) {
	f, err := v.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		c.fail("verify.file-missing", name)
		return nil, false
	}
	if err != nil {
		v.broken(name, err)
		return nil, false
	}
	defer f.Close()
	data, err := io.ReadAll(f) // at most what the survey allows
	if err != nil {
		v.broken(name, err)
		return nil, false
	}
	return data, true
}

func (v *verifier) broken(name string, err error) {
	if v.err == nil {
		v.err = inspect.Fail("verify.read", err, "File", name)
	}
}

// waveNumbers are the waves that the log or the folder speaks of, in order.
func (v *verifier) waveNumbers() []int {
	seen := map[int]bool{}
	if v.log != nil {
		for no := range v.log.waves {
			seen[no] = true
		}
	}
	if v.manifest != nil {
		for name := range v.manifest.Files {
			if no, ok := roundOf(name); ok {
				seen[no] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// caveats says what no folder can prove about itself, and what this one leaves open.
func (v *verifier) caveats() {
	add := func(id string, wave int, args map[string]any) {
		v.report.Caveats = append(v.report.Caveats, Caveat{id, wave, args})
	}
	for _, w := range v.report.Waves {
		if !w.Anchored && w.Commit != (inspect.Digest{}) {
			add("time", w.No, map[string]any{"Fingerprint": w.Fingerprint})
		}
		if w.Beacon != "" {
			add("beacon", w.No, map[string]any{"Value": w.Beacon})
		}
		if !w.Revealed {
			add("unrevealed", w.No, nil)
		}
		if slices.Contains(v.private, w.No) {
			add("private-frame", w.No, nil)
		}
	}
	v.pastCaveats(add)
	if v.key == "" {
		add("key", 0, map[string]any{"Key": v.report.Log})
	}
	if !v.audited(add) {
		add("units", 0, nil)
	}
	if v.public != nil && !v.pages {
		add("pages", 0, map[string]any{"Site": v.manifest.Site, "Own": site.Edition})
	}
	for _, id := range []string{"visits", "means", "second-log"} {
		add(id, 0, nil)
	}
}
