package verify

import (
	"io/fs"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

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
	keys, ok := v.logKeys(c)
	if !ok {
		return
	}
	if want := ledger.Origin(v.manifest.Campaign); keys[0].Name() != want {
		c.fail("verify.key-name", manifestName, "Name", keys[0].Name(), "Want", want)
	}
	dir, err := fs.Sub(v.fsys, logDir)
	if err != nil {
		v.broken(logDir, err)
		return
	}
	h := &history{waves: map[int]*ceremony{}, documents: map[inspect.Digest]bool{}, withdrawn: map[inspect.Digest]*entry[ledger.Withdrawal]{}}
	head, err := ledger.Verify(dir, h.add, keys...)
	v.head = head
	v.takeLog(c, err)
	if head == nil || h.count != head.Tree.N {
		return // the entries are not all there: nothing is to be built on them
	}
	v.log = h
	v.report.Entries, v.report.Root = head.Tree.N, head.Tree.Hash.String()
	c.say("N", head.Tree.N)
	if h.key != v.report.Log {
		c.fail("verify.first-entry", logDir, "Key", v.report.Log)
	}
	if h.demo != v.manifest.Demo {
		c.fail("verify.demo", manifestName, "Demo", v.manifest.Demo, "Log", h.demo)
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
