package verify

import (
	"encoding/json"
	"time"

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
	Plan       inspect.Digest            `json:"plan"`        // drawn: of the sealed plan
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
	Rung       inspect.Rung              `json:"rung"`        // rung-released: which
	Told       []int                     `json:"told"`        // rung-released: packets whose code of it was told
	Packet     int                       `json:"packet"`      // return-received
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
	audit *ledger.Audit // audited
}

// ceremony is what the log holds of one wave. Whatever may happen once only is nil until it has.
type ceremony struct {
	committed, beacon, drawn *entry
	revealed                 map[inspect.Stage]*entry
	released, lastReleased   *entry // the first and the last rung
	substituted              []*entry
	audits                   []*entry
	inField                  map[int]bool // packets whose last rung was released
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
		ledger.RungReleased, ledger.LegSubstituted, ledger.ReturnReceived, ledger.VisitApproved, ledger.ScoreFrozen, ledger.Published:
		if err := json.Unmarshal(in.Body, &e.body); err != nil {
			h.check.fail("verify.entry", logDir, "Seq", in.Seq, "Kind", string(in.Kind))
			return nil
		}
	case ledger.Audited:
		var err error
		if e.audit, err = ledger.ReadAudit(in.Body); err != nil {
			h.check.fail("verify.entry", logDir, "Seq", in.Seq, "Kind", string(in.Kind))
			return nil
		}
		e.Wave = e.audit.Wave
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
	case ledger.DrawCommitted, ledger.Beacon, ledger.Drawn, ledger.Revealed, ledger.RungReleased, ledger.LegSubstituted, ledger.ReturnReceived, ledger.Audited:
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
		w = &ceremony{revealed: map[inspect.Stage]*entry{}, inField: map[int]bool{}}
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
		if e.Rung == inspect.RungVillage {
			for _, packet := range e.Told {
				w.inField[packet] = true
			}
		}
	case ledger.ReturnReceived:
		if !w.inField[e.Packet] {
			h.check.fail("verify.return-sealed", logDir, "Seq", e.Seq, "Wave", e.Wave, "Packet", e.Packet)
		}
	case ledger.LegSubstituted:
		w.substituted = append(w.substituted, e)
	case ledger.Audited:
		w.audits = append(w.audits, e)
	}
}
