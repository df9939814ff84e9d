package verify

import (
	"bytes"
	"encoding/json"
	"strings"

	"zhicha/inspect"
)

// strict reads canonical JSON into out and accepts only the bytes that out would be written as
// again, so that nothing can stand in a file which is not read.
func strict[T any](raw []byte, out *T, settle func(*T)) bool {
	if crowded(raw) || json.Unmarshal(raw, out) != nil {
		return false
	}
	if settle != nil {
		settle(out)
	}
	again, err := inspect.CanonicalJSON(out)
	return err == nil && bytes.Equal(again, raw)
}

// load reads one of a wave's files strictly; what is wrong with it is filed under c.
func load[T any](v *verifier, c *Check, name string, settle func(*T)) (out *T, raw []byte, ok bool) {
	raw, ok = v.read(c, name)
	if !ok {
		return nil, nil, false
	}
	out = new(T)
	if !strict(raw, out, settle) {
		c.fail("verify.not-canonical", name)
		return nil, raw, false
	}
	return out, raw, true
}

// parseAnchors reads what stands on a commit sheet: D, its fingerprint, or the text of its code
// ("zhicha/1 commit", campaign, wave, D).
func parseAnchors(texts []string) ([]string, error) {
	var out []string
	for _, text := range texts {
		fields := strings.Fields(text)
		if len(fields) == 5 && fields[0] == "zhicha/1" && fields[1] == "commit" {
			fields = fields[4:]
		}
		hex := strings.ToLower(strings.Join(fields, ""))
		if len(hex) != 64 && len(hex) != 32 || strings.Trim(hex, "0123456789abcdef") != "" {
			return nil, inspect.Misuse("verify.anchor-malformed", "Anchor", text)
		}
		out = append(out, hex)
	}
	return out, nil
}

// checkAnchors looks for each printed commit among those of the log.
func (v *verifier) checkAnchors(c *Check) {
	if v.log == nil {
		c.skip()
		return
	}
	for _, anchor := range v.anchors {
		found := false
		for i := range v.report.Waves {
			w := &v.report.Waves[i]
			if w.Commit != (inspect.Digest{}) && strings.HasPrefix(w.Commit.String(), anchor) {
				w.Anchored, found = true, true
				c.say("Wave", w.No)
			}
		}
		if !found {
			c.fail("verify.anchor", logDir, "Anchor", anchor)
		}
	}
	c.say("N", len(v.anchors))
}
