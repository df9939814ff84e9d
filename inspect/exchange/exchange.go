package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/frame"
)

const Schema = "zhicha/1 wave"

// Export is what a wave's approved visits found, for the office that checks the check: grades per
// unit and item. No inspector, no text and no household is in it: no list of homes may travel.
type Export struct {
	Schema    string         `json:"schema"` // exportSchema
	Campaign  string         `json:"campaign"`
	Wave      int            `json:"wave"`
	Kind      string         `json:"kind"`
	Record    inspect.Digest `json:"record"` // D of the wave
	Checklist inspect.Digest `json:"checklist"`
	Units     []Unit         `json:"units"` // by kind, then id
}

// Unit is one unit that was checked.
type Unit struct {
	Kind   inspect.Kind      `json:"kind"`
	Unit   string            `json:"unit"`
	Grades map[string]string `json:"grades"` // item → fraction in lowest terms such as 1/2, or na, or unverified
}

// File is an export as it travels: Signature is a signed note on the digest of the canonical
// JSON of Export, Key its verifier key.
type File struct {
	Export    json.RawMessage `json:"export"`
	Key       string          `json:"key"`
	Signature string          `json:"signature"`
}

// Text is what the signer of an export signs.
func Text(d inspect.Digest) string { return fmt.Sprintf("%s\n%s\n", Schema, d) }

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

// Parse reads an export and checks its signature against the key it names.
func Parse(name string, raw []byte) (*Export, inspect.Digest, string, error) {
	var file File
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
	if e.Schema != Schema {
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
	if err != nil || n.Text != Text(d) || len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return nil, d, "", inspect.Refuse("wave.signature", "File", name)
	}
	return &e, d, file.Key, nil
}

// Check finds units and items this campaign does not know, and grades that are none.
func Check(name string, e *Export, f *frame.Frame, list *checklist.Checklist) error {
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
