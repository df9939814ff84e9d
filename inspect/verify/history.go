package verify

import (
	"encoding/json"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/ledger"
)

// body is what the entries read here may say; each kind says part of it.
type body struct {
	Wave       int                       `json:"wave"`
	Frame      draw.FrameDigests         `json:"frame"`       // frame-frozen
	Log        string                    `json:"log"`         // the first entry
	Record     inspect.Digest            `json:"record"`      // draw-committed: D
	Signatures map[string]inspect.Digest `json:"signatures"`  // draw-committed, by party
	RevealBy   inspect.Date              `json:"revealBy"`    // draw-committed
	Value      string                    `json:"value"`       // beacon
	Legs       int                       `json:"legs"`        // drawn: primary legs
	Overlap    int                       `json:"overlap"`     // drawn
	Stages     map[string]inspect.Digest `json:"stages"`      // drawn: what each stage chose
	Stage      inspect.Stage             `json:"stage"`       // revealed, leg-substituted
	Shares     map[string]string         `json:"shares"`      // revealed, by party
	Visits     int                       `json:"visits"`      // visit-approved
	Manifest   *inspect.Digest           `json:"manifest"`    // published: a site
	Document   *inspect.Digest           `json:"document"`    // published: a text
	Leg        int                       `json:"leg"`         // leg-substituted: the primary leg
	No         int                       `json:"no"`          // leg-substituted: counts a wave's substitutions
	Approvals  []inspect.Digest          `json:"approvals"`   // leg-substituted: who approved it
	Change     *inspect.Digest           `json:"change"`      // leg-substituted: commits to the places
	Opened     []substitution            `json:"substituted"` // revealed: the county stage's changes
	Scored     *int                      `json:"scored"`      // score-frozen: visits
}

// substitution opens what a change committed to: a county that gave way, and its reserve.
type substitution struct {
	No       int    `json:"no"`
	Leg      int    `json:"leg"`
	Replaced string `json:"replaced"`
	Reserve  string `json:"reserve"`
	Salt     string `json:"salt"` // 64 hexadecimal digits
}

// entry is an entry of the log with its body read.
type entry struct {
	Kind ledger.Kind
	Seq  int64
	Time time.Time
	body
}

// ceremony is what the log holds of one wave. Whatever may happen once only is nil until it has.
type ceremony struct {
	committed, beacon, drawn *entry
	revealed                 map[inspect.Stage]*entry
	released, lastReleased   *entry // the first and the last rung
	substituted              []*entry
}

// history is the log as far as the checks need it.
type history struct {
	count     int64
	first     *entry
	frozen    []*entry
	waves     map[int]*ceremony
	manifest  *entry // the last that publishes a site
	documents map[inspect.Digest]bool
	scored    map[int]*entry // by wave, the last
	approved  int            // visits, over all entries
	approval  *entry         // the first
	last      time.Time
	check     Check // gathers entries that cannot be
}

// add takes in the next entry.
func (h *history) add(in ledger.Entry) error {
	h.count, h.last = in.Seq, in.Time
	e := &entry{Kind: in.Kind, Seq: in.Seq, Time: in.Time}
	switch in.Kind {
	case ledger.FrameFrozen, ledger.DrawCommitted, ledger.Beacon, ledger.Drawn, ledger.Revealed,
		ledger.RungReleased, ledger.LegSubstituted, ledger.VisitApproved, ledger.ScoreFrozen, ledger.Published:
		if err := json.Unmarshal(in.Body, &e.body); err != nil {
			h.check.fail("verify.entry", logDir, "Seq", in.Seq, "Kind", string(in.Kind))
			return nil
		}
	}
	if h.first == nil {
		h.first = e
	}
	switch in.Kind {
	case ledger.FrameFrozen:
		h.frozen = append(h.frozen, e)
	case ledger.VisitApproved:
		h.approved += max(e.Visits, 0)
		if h.approval == nil {
			h.approval = e
		}
	case ledger.ScoreFrozen:
		h.scored[e.Wave] = e
	case ledger.Published:
		if e.Document != nil {
			h.documents[*e.Document] = true
		}
		if e.Manifest != nil {
			h.manifest = e
		}
	case ledger.DrawCommitted, ledger.Beacon, ledger.Drawn, ledger.Revealed, ledger.RungReleased, ledger.LegSubstituted:
		h.addToWave(e)
	}
	return nil
}

func (h *history) addToWave(e *entry) {
	if e.Wave < 1 {
		h.check.fail("verify.entry", logDir, "Seq", e.Seq, "Kind", string(e.Kind))
		return
	}
	w := h.waves[e.Wave]
	if w == nil {
		w = &ceremony{revealed: map[inspect.Stage]*entry{}}
		h.waves[e.Wave] = w
	}
	once := func(slot **entry) {
		if *slot != nil {
			h.check.fail("verify.entry-twice", logDir, "Seq", e.Seq, "Kind", string(e.Kind), "Wave", e.Wave, "First", (*slot).Seq)
			return
		}
		*slot = e
	}
	switch e.Kind {
	case ledger.DrawCommitted:
		once(&w.committed)
	case ledger.Beacon:
		once(&w.beacon)
	case ledger.Drawn:
		once(&w.drawn)
	case ledger.Revealed:
		slot := w.revealed[e.Stage]
		once(&slot)
		w.revealed[e.Stage] = slot
	case ledger.RungReleased:
		if w.released == nil {
			w.released = e
		}
		w.lastReleased = e
	case ledger.LegSubstituted:
		w.substituted = append(w.substituted, e)
	}
}

// checkKeyForm refuses a key that is none before anything is judged by it.
func checkKeyForm(key string) error {
	if key == "" {
		return nil
	}
	if _, err := ledger.NewVerifier(key); err != nil {
		return inspect.Misuse("verify.key-malformed", "Key", key)
	}
	return nil
}

// checkKey finds the key the log is to be opened with, and whether everybody names the same.
func (v *verifier) checkKey(c *Check) {
	v.report.Log = v.key
	if v.manifest == nil {
		if v.key == "" {
			c.skip()
		}
		return
	}
	if v.key == "" {
		v.report.Log = v.manifest.Log
	}
	switch {
	case v.manifest.Log == "":
		c.fail("verify.no-log", manifestName)
	case v.report.Log != v.manifest.Log:
		c.fail("verify.key-other", manifestName, "Want", v.key, "Got", v.manifest.Log)
	}
	c.say("Key", v.report.Log)
}

// checkLog reads the whole log.
func (v *verifier) checkLog(c *Check) {
	if v.report.Log == "" || v.manifest == nil {
		c.skip()
		return
	}
	var keys []note.Verifier
	for _, k := range append([]string{v.report.Log}, v.manifest.Cosigners...) {
		key, err := ledger.NewVerifier(k)
		if err != nil {
			c.take(manifestName, err)
			return
		}
		keys = append(keys, key)
	}
	if want := ledger.Origin(v.manifest.Campaign); keys[0].Name() != want {
		c.fail("verify.key-name", manifestName, "Name", keys[0].Name(), "Want", want)
	}
	dir, err := fs.Sub(v.fsys, logDir)
	if err != nil {
		v.broken(logDir, err)
		return
	}
	h := &history{waves: map[int]*ceremony{}, documents: map[inspect.Digest]bool{}, scored: map[int]*entry{}}
	head, err := ledger.Verify(dir, h.add, keys...)
	v.takeLog(c, err)
	if head == nil || h.count != head.Tree.N {
		return // the entries are not all there: nothing is to be built on them
	}
	v.log = h
	v.report.Entries, v.report.Root = head.Tree.N, head.Tree.Hash.String()
	c.say("N", head.Tree.N)
	if h.first == nil || h.first.Kind != ledger.FrameFrozen || h.first.Log != v.report.Log {
		c.fail("verify.first-entry", logDir, "Key", v.report.Log)
	}
}

// takeLog files what is wrong with the log, whose files are named from inside it.
func (v *verifier) takeLog(c *Check, err error) {
	found := inspect.ProblemsOf(err)
	if err != nil && found == nil {
		v.broken(logDir, err)
	}
	for _, p := range found {
		if p.Class == inspect.Failed {
			v.broken(logDir, err)
			return
		}
		q := *p
		if q.File = logDir; p.File != "" {
			q.File += "/" + p.File
		}
		c.take(q.File, &q)
	}
}

// checkOrder holds the log against the only order in which a campaign can have happened.
func (v *verifier) checkOrder(c *Check) {
	h := v.log
	if h == nil {
		c.skip()
		return
	}
	c.Problems = append(c.Problems, h.check.Problems...)
	waves := v.waveNumbers()
	for _, no := range waves {
		if w := h.waves[no]; w != nil {
			c.order(no, h, w)
		}
	}
	c.say("Waves", len(waves))
	first := slices.IndexFunc(waves, func(no int) bool { return h.waves[no] != nil && h.waves[no].released != nil })
	if h.approval != nil && (first < 0 || h.approval.Seq < h.firstRelease()) {
		c.fail("verify.order", logDir, "Wave", h.approval.Wave, "Seq", h.approval.Seq, "Later", string(ledger.VisitApproved), "Before", string(ledger.RungReleased))
	}
}

// firstRelease is the number of the first entry that opens a rung.
func (h *history) firstRelease() int64 {
	first := h.count + 1
	for _, w := range h.waves {
		if w.released != nil {
			first = min(first, w.released.Seq)
		}
	}
	return first
}

// order checks one wave: nothing before what it rests on, nothing after what ends it.
func (c *Check) order(no int, h *history, w *ceremony) {
	after := func(later, before *entry, kind ledger.Kind) {
		if later != nil && (before == nil || later.Seq < before.Seq) {
			c.fail("verify.order", logDir, "Wave", no, "Seq", later.Seq, "Later", string(later.Kind), "Before", string(kind))
		}
	}
	var frozen *entry
	if len(h.frozen) > 0 {
		frozen = h.frozen[0]
	}
	after(w.committed, frozen, ledger.FrameFrozen)
	after(w.beacon, w.committed, ledger.DrawCommitted)
	after(w.drawn, w.beacon, ledger.Beacon)
	after(w.released, w.drawn, ledger.Drawn)
	for _, s := range w.substituted {
		after(s, w.drawn, ledger.Drawn)
	}
	for _, stage := range inspect.Stages {
		r := w.revealed[stage]
		after(r, w.drawn, ledger.Drawn)
		if r == nil {
			continue
		}
		if w.lastReleased != nil {
			after(r, w.lastReleased, ledger.RungReleased)
		}
		for _, s := range w.substituted {
			after(r, s, ledger.LegSubstituted)
		}
		if h.manifest != nil && w.isRevealed() {
			after(h.manifest, r, ledger.Revealed)
		}
	}
}

// publicStages are those whose shares are published.
var publicStages = []inspect.Stage{inspect.StageCounty, inspect.StageAssign}

// isRevealed reports whether everything was revealed that is to be published.
func (w *ceremony) isRevealed() bool {
	return !slices.ContainsFunc(publicStages, func(s inspect.Stage) bool { return w.revealed[s] == nil })
}
