package verify

import (
	"io/fs"
	"path"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
)

// pastEditions checks what other people hold of the log: cosignatures, an earlier edition, and what
// was published once.
func (v *verifier) pastEditions() {
	if len(v.witnesses) > 0 || v.manifest != nil && len(v.manifest.Cosigners) > 0 {
		v.check("witnesses", 0, v.checkWitnesses)
	}
	if v.since != nil {
		v.check("since", 0, v.checkSince)
	}
	v.check("editions", 0, v.checkEditions)
}

// pastCaveats says what was not compared.
func (v *verifier) pastCaveats(add func(string, int, map[string]any)) {
	if len(v.report.Awaited) > 0 {
		add("awaited", 0, map[string]any{"N": len(v.report.Awaited), "Signed": len(v.report.Witnesses)})
	}
	if v.since == nil {
		add("since", 0, nil)
	}
	for _, c := range slices.Concat(v.postponed, v.frames) {
		add(c.ID, c.Wave, c.Args)
	}
	if v.log == nil {
		return
	}
	for _, e := range v.log.gone {
		add("withdrawn", 0, map[string]any{"Seq": e.Seq, "Document": e.Body.Document.Fingerprint(), "Reason": string(e.Body.Reason)})
	}
}

// checkSince checks that the log extends the one of an earlier edition.
func (v *verifier) checkSince(c *Check) {
	if v.head == nil || v.log == nil {
		c.skip()
		return
	}
	const name = logDir + "/checkpoint"
	key, err := ledger.NewVerifier(v.report.Log)
	if err != nil {
		c.take(name, err)
		return
	}
	_, old, err := ledger.Bare(v.since, key)
	if err != nil {
		c.fail("verify.since-other", name, "Origin", v.head.Origin)
		return
	}
	dir, err := fs.Sub(v.fsys, logDir)
	if err != nil {
		v.broken(logDir, err)
		return
	}
	switch err := ledger.Extends(dir, v.head.Tree, old.Tree); {
	case old.Tree.N > v.head.Tree.N:
		c.fail("verify.since-older", name, "Old", old.Tree.N, "Size", v.head.Tree.N)
	case err != nil:
		c.fail("verify.since-fork", name, "Old", old.Tree.N, "Size", v.head.Tree.N)
	}
	c.say("Old", old.Tree.N)
	c.say("Size", v.head.Tree.N)
}

// checkEditions finds every document that an earlier edition held, or a withdrawal of it. One signed
// after the last edition was entered may still be on its way.
func (v *verifier) checkEditions(c *Check) {
	if v.manifest == nil || v.log == nil || v.log.manifest == nil {
		c.skip()
		return
	}
	here := map[inspect.Digest]bool{}
	for name, d := range v.manifest.Files {
		if path.Ext(name) == ".md" { // checkDocuments holds each of them against what is shown
			here[d] = true
		}
	}
	n := 0
	for _, e := range v.log.texts {
		d := e.Body.Document
		if e.Seq > v.log.manifest.Seq {
			continue
		}
		switch w := v.log.withdrawn[d]; {
		case here[d]:
			n++
		case w == nil || w.Seq < e.Seq:
			c.fail("verify.edition-missing", logDir, "Seq", e.Seq, "Digest", d)
		}
	}
	c.say("N", n)
	c.say("Withdrawn", len(v.log.withdrawn))
}

// checkWithdrawn holds the withdrawals that are shown against those of the log before this edition.
func (v *verifier) checkWithdrawn(c *Check) {
	if v.log.manifest == nil {
		return
	}
	var want []release.Withdrawn
	for _, g := range v.log.gone {
		if g.Seq < v.log.manifest.Seq {
			want = append(want, g.shown)
		}
	}
	v.same(c, slices.Equal(v.public.Withdrawn, want), "withdrawn")
}

// withdraw notes a withdrawal; one of what was never published makes no sense.
func (h *history) withdraw(e *entry[ledger.Withdrawal]) {
	b := &e.Body
	h.decided(e.at(), *b)
	if !h.documents[b.Document] {
		h.bad(e.Kind, e.Seq)
		return
	}
	h.withdrawn[b.Document] = e
	g := gone{e, release.Withdrawn{Document: b.Document, Date: inspect.DateOf(e.Time), Reason: string(b.Reason)}}
	for _, t := range h.texts {
		if t.Body.Document == b.Document {
			g.shown.Signed = inspect.DateOf(t.Time)
		}
	}
	h.gone = append(h.gone, g)
}
