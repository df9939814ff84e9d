package draw_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/draw"
)

// badVector is wrong in one way. Which fields are set depends on what it is: a record nobody
// should sign, a beacon that must not count, a share that does not open its commitment, a proof
// that proves nothing.
type badVector struct {
	Note   string                    `json:"note"`
	Rule   string                    `json:"rule"` // that refuses it; malformed where it cannot even be read
	Record json.RawMessage           `json:"record,omitempty"`
	Beacon *draw.Beacon              `json:"beacon,omitempty"`
	Signed *time.Time                `json:"signed,omitempty"` // the last signature
	Typed  []string                  `json:"typed,omitempty"`
	Stage  inspect.Stage             `json:"stage,omitempty"`
	Shares map[string]inspect.Digest `json:"shares,omitempty"`
	Root   inspect.Digest            `json:"root,omitzero"`
	Leaf   inspect.Digest            `json:"leaf,omitzero"`
	Proof  *draw.Proof               `json:"proof,omitempty"`
}

// broken returns the rule that refuses v, or nothing.
func (v *badVector) broken() string {
	var r draw.Record
	if v.Record != nil && json.Unmarshal(v.Record, &r) != nil {
		return "malformed"
	}
	switch {
	case v.Proof != nil:
		if draw.CheckProof(v.Root, v.Leaf, *v.Proof) != nil {
			return "proof"
		}
		return ""
	case v.Shares != nil:
		shares := map[string]draw.Share{}
		for id, s := range v.Shares {
			shares[id] = draw.Share(s)
		}
		_, err := r.StageKey(v.Stage, beacon, shares)
		return rules(err)
	case v.Signed != nil:
		return rules(v.Beacon.CheckLead(*v.Signed))
	case v.Beacon != nil:
		return rules(v.Beacon.Accept(v.Typed[0], v.Typed[1]))
	}
	return rules(draw.CheckRecord(&r))
}

// rules joins the ids of all rules that err names.
func rules(err error) string {
	var ids []string
	for _, p := range inspect.ProblemsOf(err) {
		ids = append(ids, p.Rule)
	}
	return strings.Join(ids, " ")
}

func TestVectorsBad(t *testing.T) {
	dir := filepath.Join(vectors, "bad")
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		for name, v := range freshBad(t) {
			writeVector(t, filepath.Join(dir, name+".json"), v)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d bad vectors, %v", len(files), err)
	}
	for _, file := range files {
		if v := readVector[badVector](t, file); v.broken() != v.Rule {
			t.Errorf("%s: refused by %q, want %q", file, v.broken(), v.Rule)
		}
	}
}

func freshBad(t *testing.T) map[string]badVector {
	out := map[string]badVector{}
	for name, x := range badRecords {
		r := record()
		x.spoil(&r)
		out["record-"+name] = badVector{Note: x.note, Rule: x.rule, Record: json.RawMessage(canonical(t, r))}
	}
	r := record()
	good := canonical(t, r)
	out["record-digest-upper-case"] = badVector{Note: "a digest in capitals", Rule: "malformed",
		Record: json.RawMessage(strings.Replace(good, r.Design.String(), strings.ToUpper(r.Design.String()), 1))}
	out["record-fraction"] = badVector{Note: "a number that is no integer", Rule: "malformed",
		Record: json.RawMessage(strings.Replace(good, `"wave":1`, `"wave":1.5`, 1))}
	badBeacons(out, r.Beacon)
	badShares(out, &r, json.RawMessage(good))
	badProofs(t, out)
	return out
}

var badRecords = map[string]struct {
	note, rule string
	spoil      func(*draw.Record)
}{
	"authority":         {"no approved plan", "draw.no-authority", func(r *draw.Record) { r.Plan = "" }},
	"algorithm":         {"another algorithm", "draw.algorithm", func(r *draw.Record) { r.Algorithm = "zhicha/2" }},
	"campaign":          {"a campaign id with capitals", "draw.campaign", func(r *draw.Record) { r.Campaign = "Winter-care" }},
	"wave":              {"wave 0", "draw.wave", func(r *draw.Record) { r.Wave = 0 }},
	"kind":              {"an unknown kind", "draw.kind", func(r *draw.Record) { r.Kind = "lucky" }},
	"digest":            {"a digest of zeros", "draw.no-digest", func(r *draw.Record) { r.Frame.Units = inspect.Digest{} }},
	"window":            {"the window ends before it begins", "draw.window", func(r *draw.Record) { r.Window.From = "2023-01-21" }},
	"date":              {"a day that does not exist", "draw.window", func(r *draw.Record) { r.Window.From = "2023-02-30" }},
	"reveal-by":         {"the reveal is due on the window's last day", "draw.reveal-by", func(r *draw.Record) { r.RevealBy = "2023-01-20" }},
	"closed-order":      {"closed days out of order", "draw.closed", func(r *draw.Record) { r.Closed = []inspect.Date{"2023-01-15", "2023-01-14"} }},
	"closed-twice":      {"a closed day twice", "draw.closed", func(r *draw.Record) { r.Closed = []inspect.Date{"2023-01-14", "2023-01-14"} }},
	"leg-days":          {"legs without days", "draw.leg-days", func(r *draw.Record) { r.LegDays = 0 }},
	"rules-count":       {"counts under ten would be published", "draw.rules", func(r *draw.Record) { r.Rules.MinCount = 9 }},
	"rules-confidence":  {"intervals of hundred percent", "draw.rules", func(r *draw.Record) { r.Rules.Confidence = 100 }},
	"rules-coder":       {"more second coders than visits", "draw.rules", func(r *draw.Record) { r.Rules.SecondCoder = 101 }},
	"rules-variance":    {"no variance", "draw.rules", func(r *draw.Record) { r.Rules.Variance = "" }},
	"hours":             {"a time of day without its zero", "draw.hours", func(r *draw.Record) { r.Hours[0].From = "9:00" }},
	"hours-order":       {"the day ends before it begins", "draw.hours", func(r *draw.Record) { r.Hours[0].To = "11:00" }},
	"beacon-rule":       {"a broken expression", "draw.beacon", func(r *draw.Record) { r.Beacon.Rule = "(" }},
	"beacon-issue":      {"no issue", "draw.beacon", func(r *draw.Record) { r.Beacon.Issue = "" }},
	"beacon-late":       {"the beacon falls in the window", "draw.beacon-late", func(r *draw.Record) { r.Beacon.At = time.Date(2023, 1, 7, 0, 0, 0, 0, inspect.Beijing) }},
	"beacon-zone":       {"the beacon's time in another zone", "draw.beacon-zone", func(r *draw.Record) { r.Beacon.At = r.Beacon.At.UTC() }},
	"two-parties":       {"two parties", "draw.few-parties", func(r *draw.Record) { r.Parties = r.Parties[1:] }},
	"party-key":         {"a party without a key", "draw.party", func(r *draw.Record) { r.Parties[1].Key = "" }},
	"party-order":       {"parties out of order", "draw.order", func(r *draw.Record) { r.Parties[0], r.Parties[1] = r.Parties[1], r.Parties[0] }},
	"same-key":          {"two parties with one key", "draw.same-key", func(r *draw.Record) { r.Parties[1].Key = r.Parties[0].Key }},
	"commitment-more":   {"a commitment to no stage", "draw.commitments", func(r *draw.Record) { r.Parties[1].Commitments["lunch"] = made("lunch") }},
	"commitment-echo":   {"a party echoes another's commitment", "draw.commitment", func(r *draw.Record) { r.Parties[1].Commitments["county"] = r.Parties[0].Commitments["county"] }},
	"custodian":         {"a custodian without a recipient", "draw.custodian", func(r *draw.Record) { r.Custodians[0].Recipient = "" }},
	"custodian-order":   {"custodians out of order", "draw.order", func(r *draw.Record) { r.Custodians[0], r.Custodians[1] = r.Custodians[1], r.Custodians[0] }},
	"custodians-office": {"custodians of one body", "draw.few-bodies", func(r *draw.Record) { r.Custodians[1].Body = "office" }},
}

func badBeacons(out map[string]badVector, b draw.Beacon) {
	for name, x := range map[string]struct{ note, rule, first, second string }{
		"differs":    {"the two readings differ", "draw.beacon-differs", beacon, "ssq/2023003/01-05-11-18-22-31/07"},
		"line-break": {"a line break at the end", "draw.beacon-rule", beacon + "\n", beacon + "\n"},
		"before":     {"something before the match", "draw.beacon-rule", "x" + beacon, "x" + beacon},
		"after":      {"something after the match", "draw.beacon-rule", beacon + "0", beacon + "0"},
		"order":      {"the balls in another order", "draw.beacon-spelling", "ssq/2023003/05-01-11-18-22-30/07", "ssq/2023003/05-01-11-18-22-30/07"},
		"twice":      {"a ball twice", "draw.beacon-spelling", "ssq/2023003/01-05-05-18-22-30/07", "ssq/2023003/01-05-05-18-22-30/07"},
		"issue":      {"an earlier issue", "draw.beacon-issue", "ssq/2023002/01-05-11-18-22-30/07", "ssq/2023002/01-05-11-18-22-30/07"},
	} {
		out["beacon-"+name] = badVector{Note: x.note, Rule: x.rule, Beacon: &b, Typed: []string{x.first, x.second}}
	}
	loose, strict, of := b, b, func(list string) []string { return []string{"ssq/2023003/" + list, "ssq/2023003/" + list} }
	loose.Rule = "ssq/2023003/.*" // what a rule admits may still be written in one way only
	strict.Rule = "ssq/[0-9]{7}/(0[1-9]|[12][0-9]|3[0-3])(-(0[1-9]|[12][0-9]|3[0-3])){5}/(0[1-9]|1[0-6])"
	for name, x := range map[string]struct {
		note, rule string
		b          *draw.Beacon
		list       string
	}{
		"zero":   {"no such red ball", "draw.beacon-rule", &strict, "00-05-11-18-22-30/07"},
		"red":    {"a red ball too high", "draw.beacon-rule", &strict, "01-05-11-18-22-34/07"},
		"blue":   {"a blue ball too high", "draw.beacon-rule", &strict, "01-05-11-18-22-30/17"},
		"width":  {"numbers of different lengths", "draw.beacon-spelling", &loose, "1-05"},
		"commas": {"another separator", "draw.beacon-spelling", &loose, "05,01"},
		"spaces": {"blanks", "draw.beacon-spelling", &loose, "05 01"},
		"words":  {"letters in a list", "draw.beacon-spelling", &loose, "a-b"},
		"empty":  {"an empty piece", "draw.beacon-spelling", &loose, "/07"},
	} {
		out["beacon-"+name] = badVector{Note: x.note, Rule: x.rule, Beacon: x.b, Typed: of(x.list)}
	}
	out["beacon-next"] = badVector{Note: "the next issue, which counts only once two people have postponed", Rule: "draw.beacon-issue", Beacon: &b,
		Typed: []string{"ssq/2023004/01-05-11-18-22-30/07", "ssq/2023004/01-05-11-18-22-30/07"}}
	second := b.At.Add(-draw.Lead + time.Second)
	out["beacon-early"] = badVector{Note: "a second less than 24 hours after the last signature", Rule: "draw.beacon-early", Beacon: &b, Signed: &second}
}

func badShares(out map[string]badVector, r *draw.Record, good json.RawMessage) {
	for name, x := range map[string]struct {
		note, rule string
		spoil      func(map[string]inspect.Digest)
	}{
		"missing": {"a share is missing", "draw.share-missing", func(s map[string]inspect.Digest) { delete(s, "office") }},
		"bit":     {"one bit of a share is wrong", "draw.share-wrong", func(s map[string]inspect.Digest) { d := s["office"]; d[31] ^= 1; s["office"] = d }},
		"swapped": {"two parties' shares are swapped", "draw.share-wrong", func(s map[string]inspect.Digest) { s["office"], s["evaluator"] = s["evaluator"], s["office"] }},
		"stage": {"a share of another stage", "draw.share-wrong", func(s map[string]inspect.Digest) {
			s["office"] = inspect.Digest(share(r, "office", "assign", secrets()))
		}},
		"the-secret": {"the secret in place of the share", "draw.share-wrong", func(s map[string]inspect.Digest) { s["office"] = secrets()["office"] }},
	} {
		shares := map[string]inspect.Digest{}
		for id := range secrets() {
			shares[id] = inspect.Digest(share(r, id, "county", secrets()))
		}
		x.spoil(shares)
		out["share-"+name] = badVector{Note: x.note, Rule: x.rule, Record: good, Stage: "county", Shares: shares}
	}
}

// badProofs spoils the proof of one county of the small sample.
func badProofs(t *testing.T, out map[string]badVector) {
	in := freshSelect()
	s, keys := selectOf(t, &in, in.Cases[0].Design)
	tree, id := s.Trees(keys)["county"], s.Counties[1].Unit.ID
	leaf := draw.Leaf(draw.Salt(keys("county"), id), inspect.CO, id, nil)
	for name, x := range map[string]struct {
		note  string
		spoil func(*badVector)
	}{
		"index":   {"another place", func(v *badVector) { v.Proof.Index ^= 1 }},
		"outside": {"a place outside the tree", func(v *badVector) { v.Proof.Index = v.Proof.Size }},
		"size":    {"another size", func(v *badVector) { v.Proof.Size *= 2 }},
		"sibling": {"one bit of a neighbour is wrong", func(v *badVector) { v.Proof.Path[1][0] ^= 1 }},
		"short":   {"a neighbour is missing", func(v *badVector) { v.Proof.Path = v.Proof.Path[:len(v.Proof.Path)-1] }},
		"long":    {"a neighbour too many", func(v *badVector) { v.Proof.Path = append(v.Proof.Path, made("more")) }},
		"leaf":    {"a unit of another kind", func(v *badVector) { v.Leaf = draw.Leaf(draw.Salt(keys("county"), id), inspect.TS, id, nil) }},
		"leaf-salt": {"the salt of another unit", func(v *badVector) {
			v.Leaf = draw.Leaf(draw.Salt(keys("county"), s.Counties[0].Unit.ID), inspect.CO, id, nil)
		}},
	} {
		p, err := tree.Proof(id)
		if err != nil {
			t.Fatal(err)
		}
		v := badVector{Note: x.note, Rule: "proof", Root: tree.Root(), Leaf: leaf, Proof: &p}
		x.spoil(&v)
		out["proof-"+name] = v
	}
}
