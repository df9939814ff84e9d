package campaign

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// office is a provincial office with a clock of its own: Ningxia, four counties to a wave, one of
// them visited by two teams.
type office struct {
	*Campaign
	t   *testing.T
	now time.Time
}

// ningxia is the frame of 64, as imported, with a made-up institution to every county.
var ningxia = sync.OnceValue(func() []byte {
	national, err := frame.National()
	if err != nil {
		panic(err)
	}
	var rows []frame.Row
	for _, table := range [][]inspect.Unit{national.Counties, national.Townships, national.Villages()} {
		for _, u := range table {
			if u.ReportingUnit != "64" {
				continue
			}
			size := ""
			if u.Size > 0 {
				size = fmt.Sprint(u.Size)
			}
			rows = append(rows, frame.Row{Fields: []string{string(u.Kind), u.ID, u.Name, u.AreaCode, u.ReportingUnit, u.County, u.Township, size, ""}})
			if u.Kind == inspect.CO {
				rows = append(rows, frame.Row{Fields: []string{"WI", "WI" + u.ID[:6], u.Name + "儿童福利机构（演示数据）", u.AreaCode, "64", u.ID, "", "", ""}})
			}
		}
	}
	f, err := frame.Build(func(yield func(frame.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		panic(err)
	}
	return out.Bytes()
})

var outsiders = sync.OnceValue(func() []byte {
	var people []inspect.Inspector
	for no := 1; no <= 6; no++ {
		kind := inspect.National
		if no > 3 {
			kind = inspect.ThirdParty
		}
		for i := range 2 {
			people = append(people, inspect.Inspector{ID: fmt.Sprintf("insp-%d%c", no, 'a'+i), Name: "演示数据", Team: no, Kind: kind, Woman: i == 0})
		}
	}
	var out bytes.Buffer
	if err := workbook.WriteRosterTemplate(&out, people, true); err != nil {
		panic(err)
	}
	return out.Bytes()
})

func newOffice(t *testing.T, seed byte) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2023, 1, 3, 9, 0, 0, 0, inspect.Beijing)}
	env := Env{Now: func() time.Time { return o.now }, Rand: rand.NewChaCha8([32]byte{seed})}
	config := strings.NewReplacer("demo: false ", "demo: true ", "level: national ", "level: province ", `area: "" `, `area: "64" `,
		`plan_no: ""`, `plan_no: "演示数据〔1〕号"`, "counties: 6 ", "counties: 4 ", "households: 3 ", "households: 1 ", "second_coder_percent: 10", "second_coder_percent: 0").Replace(string(zhicha.Config))
	dir := filepath.Join(t.TempDir(), "c")
	o.ok(Init(t.Context(), dir, []byte(config), env))
	c, err := Open(t.Context(), dir, env)
	o.ok(err)
	o.Campaign = c
	t.Cleanup(func() { c.Close() })
	for _, p := range [][3]string{{"draw-1", "drawer"}, {"witness-1", "witness"}, {"witness-2", "witness"}, {"custody-1", "custodian", "office"},
		{"custody-2", "custodian", "discipline"}, {"review-1", "reviewer"}, {"privacy-1", "privacy_officer"}, {"sign-1", "signer"}, {"score-1", "scorer"}} {
		_, err := c.NewPerson(p[0], []string{p[1]}, p[2])
		o.ok(err)
	}
	o.ok(os.WriteFile(c.path(frameFile), ningxia(), 0o600)) // importing would check every code against the nation's
	_, err = c.FrameFreeze(t.Context(), "draw-1")
	o.ok(err)
	_, err = c.RosterImport(o.file("roster.xlsx", outsiders()), 1)
	o.ok(err)
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// file writes an input that lies outside the campaign folder.
func (o *office) file(name string, data []byte) string {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), name)
	o.ok(os.WriteFile(path, data, 0o600))
	return path
}

func (o *office) keys() []string {
	return []string{o.path(secretsDir, "custody-1.key"), o.path(secretsDir, "custody-2.key")}
}

// commit lets every party make its secret, commits the wave, and lets every party sign.
func (o *office) commit(wave int) {
	o.t.Helper()
	ctx := o.t.Context()
	w, err := o.Config.wave(wave)
	o.ok(err)
	o.now = w.Ceremony.Beacon.At.AddDate(0, 0, -2)
	for _, p := range w.Ceremony.Parties {
		_, public, err := NewParty(o.Rand, o.SecretsDir(), o.Config.Campaign.ID, wave, p.ID)
		o.ok(err)
		o.ok(o.PartyAdd(ctx, wave, []string{public}))
	}
	_, err = o.Commit(ctx, "draw-1", wave)
	o.ok(err)
	for _, p := range w.Ceremony.Parties {
		files, _, err := PartySign(o.path(ceremonyDir, fmt.Sprintf("commit-%d.json", wave)), o.path(secretsDir, PartySecretFile(wave, p.ID)), o.SecretsDir())
		o.ok(err)
		o.ok(o.PartyAdd(ctx, wave, files))
	}
	o.now = w.Ceremony.Beacon.At.Add(30 * time.Minute)
	for _, id := range []string{"witness-1", "witness-2"} {
		_, err := o.Beacon(ctx, id, wave, "ssq/"+w.Ceremony.Beacon.Issue+"/01-05-11-18-22-30/07")
		o.ok(err)
	}
}

// draw goes from a configured wave to packets.
func (o *office) draw(wave int) {
	o.t.Helper()
	o.commit(wave)
	_, err := o.Draw(o.t.Context(), "draw-1", wave, nil)
	o.ok(err)
	w, _ := o.Config.wave(wave)
	o.now = w.Window.From.Time().Add(-4 * time.Hour)
	o.make(wave)
	o.open(wave)
}

// make writes the workbooks of a wave's packets; forms cost a third of a second each.
func (o *office) make(wave int, only ...int) *Made {
	o.t.Helper()
	made, err := o.PacketMake(o.t.Context(), "draw-1", MakeAct{Wave: wave, Only: only, Formats: []string{WorkbookFormat}, Keys: o.keys()})
	o.ok(err)
	return made
}

// open takes every leg of a wave into the database and releases it at once, whatever its day: an
// office that plays two waves at a time would have to turn its clock back.
func (o *office) open(wave int) {
	o.t.Helper()
	o.tx(func(tx *store.Tx) error { return o.made(tx, wave) })
	var days []inspect.Date
	o.tx(func(tx *store.Tx) (err error) { days, err = o.closedBooks(tx, wave); return err })
	for _, day := range days {
		legs, err := o.openBook(wave, day, o.keys())
		o.ok(err)
		packets, err := o.takeDay(o.t.Context(), wave, day, legs)
		o.ok(err)
		o.tx(func(tx *store.Tx) error {
			for _, no := range packets {
				for _, rung := range inspect.Rungs {
					if err := tx.PutRelease(wave, no, rung, "draw-1", o.now); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

// code is what opens the forms of a packet.
func (o *office) code(wave, packet int) (code string) {
	o.tx(func(tx *store.Tx) error {
		code = must(tx.Codes(wave))[packet][inspect.RungVillage]
		return nil
	})
	return code
}

func (o *office) tx(f func(tx *store.Tx) error) {
	o.t.Helper()
	o.ok(o.Update(o.t.Context(), f))
}

func (o *office) visits(wave, leg int) []inspect.StandingVisit {
	o.t.Helper()
	v, err := o.Visits(o.t.Context(), wave, leg)
	o.ok(err)
	return v
}

// unit is the first unit of a kind that a leg still visits.
func (o *office) unit(wave, leg int, kind inspect.Kind) string {
	o.t.Helper()
	for _, v := range o.visits(wave, leg) {
		if v.Kind == kind && v.State != inspect.VisitSubstituted {
			return v.Unit
		}
	}
	o.t.Fatalf("leg %d visits no %s", leg, kind)
	return ""
}

// overlapped is the primary leg that a second team visits too, and that team's leg; alone is one
// that nobody else visits.
func (o *office) overlapped() (primary, twin, alone int) {
	o.t.Helper()
	legs, err := o.Legs(o.t.Context(), 1)
	o.ok(err)
	for _, l := range legs {
		if l.Twin != 0 {
			primary, twin = l.Twin, l.No
		}
	}
	for _, l := range legs {
		if l.Primary() && l.No != primary {
			alone = l.No
		}
	}
	if primary == 0 || alone == 0 {
		o.t.Fatal("no overlap leg was drawn")
	}
	return primary, twin, alone
}

// report files and approves a report for every standing visit of a wave; answer gives the value
// for an item of a unit.
func (o *office) report(wave int, answer func(v *inspect.Visit, item *checklist.Item) string) {
	o.t.Helper()
	o.ok(o.VisitApprove(o.t.Context(), "review-1", o.submit(wave, answer)))
}

// submit files a report for every standing visit of a wave.
func (o *office) submit(wave int, answer func(v *inspect.Visit, item *checklist.Item) string) (ids []string) {
	o.t.Helper()
	list, err := o.Checklist()
	o.ok(err)
	o.tx(func(tx *store.Tx) error {
		for _, v := range must(tx.Visits(wave)) {
			if v.State != inspect.VisitOpen {
				continue
			}
			file := fmt.Sprintf("file-%d-%d", wave, v.Leg)
			if err := tx.PutReturned(file, "x", wave, v.Leg, true, o.now); err != nil {
				return err
			}
			r := inspect.Report{Visit: v.ID, Inspectors: []string{"insp-1a"}, Revision: 1}
			if v.Kind == inspect.HH { // one household a village: the first line of its order that the register has
				r.Register = 20
				r.Household = v.Order[slices.IndexFunc(v.Order, func(line int) bool { return line <= r.Register })]
			}
			for i := range list.Items {
				if item := &list.Items[i]; slices.ContainsFunc(inspect.Kinds, func(k inspect.Kind) bool { n, _ := item.KindWeight(k); return n > 0 && k == v.Kind }) {
					r.Answers = append(r.Answers, inspect.Answer{Item: item.Code, Value: answer(&v.Visit, item), Method: item.Methods[0]})
				}
			}
			if err := tx.PutReport(&r, false, v.ID, inspect.GradeA, file, o.now); err != nil {
				return err
			}
			if err := tx.SetVisitState(v.ID, inspect.VisitSubmitted); err != nil {
				return err
			}
			ids = append(ids, v.ID)
		}
		return nil
	})
	return ids
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// best is the first option, or full credit.
func best(_ *inspect.Visit, item *checklist.Item) string {
	switch item.Answer.Type {
	case checklist.Count:
		return fmt.Sprint(item.Answer.Max)
	case checklist.Ratio:
		return "4/4"
	}
	return item.Answer.Options[0].Code
}

// refused asks for a refusal by a rule that leaves not a byte of the folder changed.
func (o *office) refused(what string, rule string, act func() error) {
	o.t.Helper()
	before := o.tree()
	if err := act(); ruleOf(err) != rule {
		o.t.Errorf("%s: got %v, want %s", what, err, rule)
	}
	after := o.tree()
	for name, d := range before {
		if after[name] != d {
			o.t.Errorf("%s: %s has changed or is gone", what, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			o.t.Errorf("%s: %s was left behind", what, name)
		}
	}
}

// tree is every file of the folder by digest, and the content of the database in words.
func (o *office) tree() map[string]inspect.Digest {
	o.t.Helper()
	out := map[string]inspect.Digest{}
	o.ok(filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(d.Name(), databaseFile) {
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = inspect.DigestOf(data)
		return err
	}))
	o.ok(o.View(o.t.Context(), func(tx *store.Tx) error {
		var all bytes.Buffer
		fmt.Fprintln(&all, must(tx.Entries()), must(tx.Imports("")))
		for _, w := range o.Config.Waves {
			fmt.Fprintln(&all, w.No, must(tx.Legs(w.No)), must(tx.Counties(w.No)), must(tx.Substitutions(w.No)), must(tx.Meta(privateKey(w.No))))
			for _, v := range must(tx.Visits(w.No)) {
				fmt.Fprintln(&all, v.ID, v.State, v.Unit)
			}
		}
		out["database"] = inspect.DigestOf(all.Bytes())
		return nil
	}))
	return out
}

// entries are the bodies of one kind of the ledger's entries.
func (o *office) entries(kind string) (out []string) {
	o.t.Helper()
	all, err := o.Entries(o.t.Context())
	o.ok(err)
	for _, e := range all {
		if e.Kind == kind {
			out = append(out, string(e.Body))
		}
	}
	return out
}

// closeAll closes every leg of a wave, whatever is missing.
func (o *office) closeAll(wave int) {
	o.t.Helper()
	legs, err := o.Legs(o.t.Context(), wave)
	o.ok(err)
	for _, l := range legs {
		if l.Closed.IsZero() {
			o.ok(o.LegClose(o.t.Context(), "review-1", wave, []int{l.No}, "演示数据"))
		}
	}
}
