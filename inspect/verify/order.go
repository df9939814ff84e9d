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
}

// order checks one wave: nothing before what it rests on, nothing after what ends it.
func (c *Check) order(no int, h *history, w *ceremony) {
	after := func(later, before *stamp, kind ledger.Kind) {
		if later != nil && (before == nil || later.Seq < before.Seq) {
			c.fail("verify.order", logDir, "Wave", no, "Seq", later.Seq, "Later", string(later.Kind), "Before", string(kind))
		}
	}
	var frozen *stamp
	if len(h.frozen) > 0 {
		frozen = h.frozen[0].at()
	}
	after(w.committed.at(), frozen, ledger.FrameFrozen)
	after(w.postponed.at(), w.committed.at(), ledger.DrawCommitted)
	if w.beacon != nil && w.postponed != nil {
		after(w.beacon.at(), w.postponed.at(), ledger.BeaconPostponed)
	}
	after(w.beacon.at(), w.committed.at(), ledger.DrawCommitted)
	after(w.drawn.at(), w.beacon.at(), ledger.Beacon)
	after(w.released.at(), w.drawn.at(), ledger.Drawn)
	for _, seq := range w.misplaced {
		c.fail("verify.packets", logDir, "Wave", no, "Seq", seq)
	}
	for _, d := range slices.Concat(w.reviewed, w.acted) {
		after(d, w.released.at(), ledger.RungReleased)
	}
	c.afterScore(no, w)
	for _, s := range w.substituted {
		after(s.at(), w.drawn.at(), ledger.Drawn)
	}
	for _, a := range w.audits {
		for _, stage := range ledger.PublicStages {
			after(a.at(), w.revealed[stage].at(), ledger.Revealed)
		}
	}
	for _, stage := range inspect.Stages {
		r := w.revealed[stage]
		if w.drawn != nil || w.released != nil { // a cancelled wave is revealed without a draw
			after(r.at(), w.drawn.at(), ledger.Drawn)
		}
		if r == nil {
			continue
		}
		if w.lastReleased != nil {
			after(r.at(), w.lastReleased.at(), ledger.RungReleased)
		}
		for _, s := range w.substituted {
			after(r.at(), s.at(), ledger.LegSubstituted)
		}
		if h.manifest != nil && w.isRevealed() {
			after(h.manifest.at(), r.at(), ledger.Revealed)
		}
	}
}

// isRevealed reports whether everything was revealed that is to be published.
func (w *ceremony) isRevealed() bool {
	return !slices.ContainsFunc(ledger.PublicStages, func(s inspect.Stage) bool { return w.revealed[s] == nil })
}

// afterScore names what was decided about a wave after its score was frozen, and what the first score did not
// wait for: from then on there are corrections only.
func (c *Check) afterScore(no int, w *ceremony) {
	if len(w.scored) == 0 {
		return
	}
	first := w.scored[0]
	decided := slices.Concat(w.reviewed, w.acted)
	for _, s := range w.substituted {
		decided = append(decided, s.at())
	}
	for _, d := range decided {
		if d.Seq > first.Seq {
			c.fail("verify.after-score", logDir, "Wave", no, "Seq", d.Seq, "Kind", string(d.Kind), "Score", first.Seq)
		}
	}
	if d := w.drawn; d != nil {
		for leg := 1; leg <= d.Body.Legs+d.Body.Overlap; leg++ {
			if w.closed[leg] == 0 {
				c.fail("verify.leg-open", logDir, "Wave", no, "Leg", leg, "Seq", first.Seq)
			}
		}
	}
	for _, s := range w.scored {
		if got := s.Body.Scored + s.Body.Left; got > w.approved && len(w.corrected) == 0 {
			c.fail("verify.visits", logDir, "Wave", no, "Scored", got, "Approved", w.approved)
		}
	}
}
