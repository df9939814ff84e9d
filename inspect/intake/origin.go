package intake

import (
	"crypto/subtle"
	"slices"

	"zhicha/inspect"
)

// Secret derives what a workbook brings back of a packet, where visit is empty, or of a visit; empty where
// the office has made no packets.
type Secret func(campaign string, wave, packet int, visit string) string

// Unproven takes out of a return the reports that do not prove where they come from, and counts them. A
// report is proven where the file opened under its packet's own key, or brought back the secrets of its
// packet and of the report's visit, as secret derives them for what the file says it belongs to (visit empty:
// the packet's own). known is false where not even the packet was proven. What the plan holds plays no part in it, so
// that nothing said of such a return can tell of it. The reports that ret shares with others stay as they are.
func Unproven(ret *inspect.Return, secret Secret) (unproven int, known bool) {
	brings := func(visit string) bool {
		want := secret(ret.Campaign, ret.Wave, ret.Packet, visit)
		return want != "" && subtle.ConstantTimeCompare([]byte(ret.Secrets[visit]), []byte(want)) == 1
	}
	if ret.Authentic {
		return 0, true
	}
	if !brings("") {
		return len(ret.Reports), false
	}
	all := len(ret.Reports)
	ret.Reports = slices.DeleteFunc(slices.Clone(ret.Reports), func(r inspect.Report) bool { return r.Visit == "" || !brings(r.Visit) })
	return all - len(ret.Reports), true
}
