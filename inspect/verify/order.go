package verify

import (
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

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
	if h.approval != nil && h.approval.Seq < h.firstRelease() {
		c.fail("verify.order", logDir, "Wave", h.approval.Wave, "Seq", h.approval.Seq, "Later", string(ledger.VisitApproved), "Before", string(ledger.RungReleased))
	}
}

// firstRelease is the number of the first entry that opens a rung, past the end where none does.
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
	for _, a := range w.audits {
		for _, stage := range publicStages {
			after(a, w.revealed[stage], ledger.Revealed)
		}
	}
	for _, stage := range inspect.Stages {
		r := w.revealed[stage]
		if w.drawn != nil || w.released != nil { // a cancelled wave is revealed without a draw
			after(r, w.drawn, ledger.Drawn)
		}
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
