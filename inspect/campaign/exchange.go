package campaign

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
)

const exportSchema = "zhicha/1 wave"

// maxExport is the largest file of an export that is read, in bytes.
const maxExport = 64 << 20

// Export is what a wave's approved visits found, for the office that checks the check: grades per
// unit and item. No inspector, no text and no household is in it: no list of homes may travel.
type Export struct {
	Schema    string         `json:"schema"` // exportSchema
	Campaign  string         `json:"campaign"`
	Wave      int            `json:"wave"`
	Kind      string         `json:"kind"`
	Record    inspect.Digest `json:"record"` // D of the wave
	Checklist inspect.Digest `json:"checklist"`
	Units     []ExportedUnit `json:"units"` // by kind, then id
}

// ExportedUnit is one unit that was checked.
type ExportedUnit struct {
	Kind   inspect.Kind      `json:"kind"`
	Unit   string            `json:"unit"`
	Grades map[string]string `json:"grades"` // item → fraction in lowest terms such as 1/2, or na, or unverified
}

// exportFile is an export as it travels: Signature is a signed note on the digest of the canonical
// JSON of Export, Key its verifier key.
type exportFile struct {
	Export    json.RawMessage `json:"export"`
	Key       string          `json:"key"`
	Signature string          `json:"signature"`
}

func exportText(d inspect.Digest) string { return fmt.Sprintf("%s\n%s\n", exportSchema, d) }

// Exported says what was written or taken in.
type Exported struct {
	ID       string `json:"id"` // SHA-256 of the content
	File     string `json:"file"`
	Campaign string `json:"campaign"`
	Wave     int    `json:"wave"`
	Units    int    `json:"units"`
	Key      string `json:"key"`             // verifier key of who signed it: to be compared over another channel
	Known    bool   `json:"known,omitempty"` // it had been taken in before
}

// WaveExport writes what the wave found to a new file, signed.
func (c *Campaign) WaveExport(ctx context.Context, as string, wave int, file string) (*Exported, error) {
	p, err := c.actor(as, signer)
	if err != nil {
		return nil, err
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	e := Export{Schema: exportSchema, Campaign: c.Config.Campaign.ID, Wave: wave, Checklist: list.Digest()}
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.mayReveal(tx, wave); err != nil { // it names villages: nothing leaves while somebody could be warned
			return err
		}
		st, r, err := c.committed(tx, wave)
		if err != nil {
			return err
		}
		e.Kind, e.Record = r.Kind, inspect.DigestOf(st.Record)
		e.Units, err = found(tx, wave, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(e.Units) == 0 {
		return nil, inspect.Refuse("wave.nothing", "Wave", wave)
	}
	raw, err := inspect.CanonicalJSON(e)
	if err != nil {
		return nil, err
	}
	d := inspect.DigestOf(raw)
	signed, err := c.sign(p, exportText(d))
	if err != nil {
		return nil, err
	}
	out, err := inspect.CanonicalJSON(exportFile{raw, p.Key, signed})
	if err != nil {
		return nil, err
	}
	return &Exported{ID: d.String(), File: file, Campaign: e.Campaign, Wave: wave, Units: len(e.Units), Key: p.Key}, createFile(file, append(out, '\n'))
}

// found grades every unit that approved visits of primary legs saw; of two visits to one unit the
// first counts.
func found(tx *store.Tx, wave int, list *checklist.Checklist) ([]ExportedUnit, error) {
	legs, err := tx.Legs(wave)
	if err != nil {
		return nil, err
	}
	scored := map[int]bool{}
	for _, l := range legs {
		scored[l.No] = l.Primary() && l.Excluded == ""
	}
	visits, err := tx.Visits(wave)
	if err != nil {
		return nil, err
	}
	var out []ExportedUnit
	seen := map[inspect.UnitKey]bool{}
	for _, v := range visits {
		at := inspect.UnitKey{Kind: v.Kind, ID: v.Unit}
		if v.Kind == inspect.HH || v.State != inspect.VisitApproved || !scored[v.Leg] || seen[at] {
			continue
		}
		seen[at] = true
		u := ExportedUnit{Kind: v.Kind, Unit: v.Unit, Grades: map[string]string{}}
		for _, a := range v.Report.Answers {
			if item := list.Item(a.Item); item != nil {
				u.Grades[a.Item] = grade(item, a)
			}
		}
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b ExportedUnit) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Unit, b.Unit)) })
	return out, nil
}

// grade is an answer as the share of the item's credit it earned, or why it earned none.
func grade(item *checklist.Item, a inspect.Answer) string {
	if num, den, ok := item.Fraction(a); ok {
		return fmt.Sprintf("%d/%d", num, den)
	}
	if a.Value == inspect.NotApplicable {
		return a.Value
	}
	return inspect.NotVerified
}

// WaveImport takes in what another office's wave found, all or nothing: its signature must hold,
// under key where one is given; its units must stand in this campaign's frame and its checklist be
// this one's. Repeating it changes nothing.
func (c *Campaign) WaveImport(ctx context.Context, file, key string) (*Exported, error) {
	raw, err := readExport(file)
	if err != nil {
		return nil, err
	}
	e, d, signer, err := parseExport(file, raw)
	if err != nil {
		return nil, err
	}
	if key != "" && key != signer {
		return nil, inspect.Refuse("wave.other-signer", "Have", signer, "Want", key)
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	if list.Digest() != e.Checklist {
		return nil, inspect.Reject("wave.other-checklist", inspect.Place{File: file}, "Have", e.Checklist.Fingerprint(), "Want", list.Digest().Fingerprint())
	}
	f, _, err := c.openFrame(nil)
	if err != nil {
		return nil, err
	}
	if err := checkExport(file, e, f, list); err != nil {
		return nil, err
	}
	out := &Exported{ID: d.String(), File: file, Campaign: e.Campaign, Wave: e.Wave, Units: len(e.Units), Key: signer}
	return out, c.Update(ctx, func(tx *store.Tx) error {
		fresh, err := tx.PutImport(out.ID, raw, c.Now())
		out.Known = !fresh
		return err
	})
}

func readExport(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", file)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxExport+1))
	switch {
	case err != nil:
		return nil, inspect.Fail("campaign.read", err, "File", file)
	case len(raw) > maxExport:
		return nil, inspect.Reject("wave.export-large", inspect.Place{File: file}, "Max", maxExport>>20)
	}
	return raw, nil
}

// strict decodes exactly one JSON value without unknown members.
func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// parseExport reads an export and checks its signature against the key it names.
func parseExport(name string, raw []byte) (*Export, inspect.Digest, string, error) {
	var file exportFile
	var e Export
	malformed := func(cause string) (*Export, inspect.Digest, string, error) {
		return nil, inspect.Digest{}, "", inspect.Reject("wave.export", inspect.Place{File: name}, "Cause", cause)
	}
	if err := strict(raw, &file); err != nil {
		return malformed(err.Error())
	}
	if err := strict(file.Export, &e); err != nil {
		return malformed(err.Error())
	}
	if e.Schema != exportSchema {
		return malformed("schema")
	}
	canonical, err := inspect.CanonicalJSON(e)
	if err != nil || !bytes.Equal(canonical, file.Export) {
		return malformed("not canonical")
	}
	d := inspect.DigestOf(canonical)
	verifier, err := note.NewVerifier(file.Key)
	if err != nil {
		return malformed("key")
	}
	n, err := note.Open([]byte(file.Signature), note.VerifierList(verifier))
	if err != nil || n.Text != exportText(d) || len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return nil, d, "", inspect.Refuse("wave.signature", "File", name)
	}
	return &e, d, file.Key, nil
}

// checkExport finds units and items this campaign does not know, and grades that are none.
func checkExport(name string, e *Export, f *frame.Frame, list *checklist.Checklist) error {
	var ps inspect.Problems
	seen := map[inspect.UnitKey]bool{}
	for _, u := range e.Units {
		at := inspect.Place{File: name, Field: string(u.Kind) + " " + u.Unit}
		if _, ok := f.Unit(u.Kind, u.Unit); !ok || seen[inspect.UnitKey{Kind: u.Kind, ID: u.Unit}] {
			ps = append(ps, inspect.Reject("wave.export-unit", at, "Kind", string(u.Kind), "ID", u.Unit))
		}
		seen[inspect.UnitKey{Kind: u.Kind, ID: u.Unit}] = true
		for item, grade := range u.Grades {
			if list.Item(item) == nil || !isGrade(grade) {
				ps = append(ps, inspect.Reject("wave.export-grade", at, "Item", item, "Grade", grade))
			}
		}
	}
	slices.SortStableFunc(ps, func(a, b *inspect.Problem) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(fmt.Sprint(a.Args["Item"]), fmt.Sprint(b.Args["Item"])))
	})
	return ps.Err()
}

func isGrade(s string) bool {
	num, den, ok := strings.Cut(s, "/")
	if !ok {
		return s == inspect.NotApplicable || s == inspect.NotVerified
	}
	n, err1 := strconv.ParseUint(num, 10, 31)
	d, err2 := strconv.ParseUint(den, 10, 31)
	return err1 == nil && err2 == nil && d > 0 && n <= d && s == fmt.Sprintf("%d/%d", n, d)
}

// importOf returns the one import whose id begins with prefix.
func importOf(tx *store.Tx, prefix string) (*Export, string, error) {
	all, err := tx.Imports(prefix)
	if err != nil {
		return nil, "", err
	}
	if len(all) != 1 {
		return nil, "", inspect.Misuse("wave.import-unknown", "ID", prefix, "N", len(all))
	}
	e, _, _, err := parseExport(all[0].Digest, all[0].Body)
	return e, all[0].Digest, err
}
