package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/draw"
	"zhicha/inspect/estimate"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
)

// second is a wave after the first of a test office.
func second(kind string) NewWave {
	return NewWave{Kind: kind, Reason: "演示数据", From: "2023-01-22", To: "2023-02-04", Issue: "2023009"}
}

// around lists townships of the counties that wave 1 drew, at most so many to a county, with their
// villages: those visited first, so that a wave over them is bound to come back to some.
func (o *office) around(most int) string {
	o.t.Helper()
	f, _, err := o.openFrame(nil)
	o.ok(err)
	visited := map[string]bool{}
	for _, v := range o.visits(1, 0) {
		visited[v.Unit] = v.Kind == inspect.TS
	}
	var list bytes.Buffer
	list.WriteString("\ufeffkind,id\r\n")
	o.tx(func(tx *store.Tx) error {
		for _, c := range must(tx.Counties(1)) {
			townships := slices.Clone(f.TownshipsOf(c.County))
			slices.SortStableFunc(townships, func(a, b inspect.Unit) int {
				if visited[a.ID] == visited[b.ID] {
					return 0
				} else if visited[a.ID] {
					return -1
				}
				return 1
			})
			for _, u := range townships[:min(most, len(townships))] {
				fmt.Fprintf(&list, "TS,%s\r\n", u.ID)
				for _, v := range f.VillagesOf(u.ID) {
					fmt.Fprintf(&list, "VC,%s\r\n", v.ID)
				}
			}
		}
		return nil
	})
	return o.file("units.csv", list.Bytes())
}

// A township that another wave visits within fourteen days gives way; a look-back goes there all
// the same.
func TestBurden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, from string
		townships  int // listed to a county; two of them were visited
		gives      bool
	}{{"redraw", "2023-01-12", 4, true}, {"lookback", "2023-01-12", 4, false}, {"redraw", "2023-03-06", 99, false}} {
		o := newOffice(t, 8)
		o.draw(1)
		n := second(c.kind)
		n.Units, n.From = o.around(c.townships), inspect.Date(c.from)
		n.To = n.From.Add(13)
		made, err := o.WaveNew(t.Context(), "draw-1", n)
		o.ok(err)
		o.draw(made.No)
		was := map[string]inspect.Date{}
		for _, v := range o.visits(1, 0) {
			if v.Kind == inspect.TS {
				was[v.Unit] = v.Day
			}
		}
		soon := 0
		for _, v := range o.visits(2, 0) {
			day, visited := was[v.Unit]
			if v.Kind == inspect.TS && visited && day.Days(v.Day) <= 14 && v.Day.Days(day) <= 14 && v.State != inspect.VisitSubstituted {
				soon++
			}
		}
		log := o.entries("leg-substituted")
		if c.gives != (len(log) > 0) || c.kind == "redraw" != (soon == 0) {
			t.Errorf("%s from %s: %d gave way, %d townships visited again too soon", c.kind, c.from, len(log), soon)
		}
		for _, e := range log {
			if !strings.Contains(e, `"reason":"burden"`) || !strings.Contains(e, `"change"`) || strings.Contains(e, "approvals") {
				t.Errorf("entry %s", e)
			}
		}
		if c.gives { // opening again changes nothing
			before := o.tree()
			o.make(2)
			if after := o.tree(); after["database"] != before["database"] {
				t.Error("a second opening changed the plan")
			}
		}
	}
}

// A new wave copies the last one's settings under a fresh number; dates move with the window and
// the beacon's issue is never copied.
func TestWaveNew(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 9)
	n := second("random")
	n.Issue, n.Reason = "", ""
	made, err := o.WaveNew(t.Context(), "draw-1", n)
	o.ok(err)
	w, err := o.Config.wave(2)
	o.ok(err)
	first, _ := o.Config.wave(1)
	if made.No != 2 || w.Kind != "random" || w.Window != (inspect.Window{From: "2023-01-22", To: "2023-02-04"}) || w.PrivateFrame {
		t.Errorf("made %+v, configured %+v", made, w)
	}
	if w.Design != first.Design || len(w.Ceremony.Parties) != 3 || w.Ceremony.Beacon.Issue != "" || w.Ceremony.RevealBy != "2023-03-15" ||
		!w.Ceremony.Beacon.At.Equal(first.Ceremony.Beacon.At.AddDate(0, 0, 15)) {
		t.Errorf("copied %+v", w)
	}
	text, _ := os.ReadFile(o.path(configFile))
	if strings.Count(string(text), "# 每层县数") != 1 || !strings.Contains(string(text), "# 不得由同一人担任") {
		t.Error("comments were lost or copied")
	}
	again, err := Open(t.Context(), o.Dir, o.Env)
	o.ok(err)
	defer again.Close()
	if len(again.Config.Waves) != 2 {
		t.Error("the file has not two waves")
	}
	o.commitRefused(2, "draw.beacon")
}

// commitRefused readies a wave but for what the rule asks.
func (o *office) commitRefused(wave int, rule string) {
	o.t.Helper()
	for _, p := range []string{"office", "discipline", "evaluator"} {
		_, public, err := NewParty(o.Rand, o.SecretsDir(), o.Config.Campaign.ID, wave, p)
		o.ok(err)
		o.ok(o.PartyAdd(o.t.Context(), wave, []string{public}))
	}
	o.refused("the commit", rule, func() error { _, err := o.Commit(o.t.Context(), "draw-1", wave); return err })
}

func TestWaveNewRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 10)
	ctx := t.Context()
	o.commit(1)
	units := o.file("units.csv", []byte("kind,id\nTS,640104001000\n"))
	try := func(what, rule string, change func(n *NewWave)) {
		t.Helper()
		n := second("random")
		change(&n)
		o.refused(what, rule, func() error { _, err := o.WaveNew(ctx, "draw-1", n); return err })
	}
	list := func(name, text string) string { return o.file(name, []byte(text)) }
	o.refused("by a reviewer", "campaign.role", func() error { _, err := o.WaveNew(ctx, "review-1", second("random")); return err })
	try("an unknown kind", "wave.kind", func(n *NewWave) { n.Kind = "rerun" })
	try("a redraw without reason", "wave.reason", func(n *NewWave) { n.Kind, n.Reason = "redraw", "" })
	try("a top-up without reason", "wave.reason", func(n *NewWave) { n.Kind, n.Reason, n.Units = "topup", "", units })
	try("a look-back without units", "wave.units", func(n *NewWave) { n.Kind = "lookback" })
	try("a top-up without units", "wave.units", func(n *NewWave) { n.Kind = "topup" })
	try("two lists", "wave.two-lists", func(n *NewWave) { n.Units, n.Import = units, "ab" })
	try("a number used", "wave.number", func(n *NewWave) { n.No = 1 })
	try("a number that is none", "wave.number", func(n *NewWave) { n.No = -2 })
	try("half a window", "wave.window", func(n *NewWave) { n.To = "" })
	try("a window backwards", "wave.window", func(n *NewWave) { n.To = "2023-01-01" })
	try("a day there is not", "wave.window", func(n *NewWave) { n.To = "2023-02-30" })
	try("an import there is not", "wave.import-unknown", func(n *NewWave) { n.Import = "abc" })
	try("a list there is not", "campaign.read", func(n *NewWave) { n.Units = "nowhere.csv" })
	try("a list without header", "wave.list-header", func(n *NewWave) { n.Units = list("a.csv", "TS,640104001000\n") })
	try("an empty list", "wave.list-empty", func(n *NewWave) { n.Units = list("b.csv", "kind,id\n") })
	try("no list at all", "wave.list-empty", func(n *NewWave) { n.Units = list("c.csv", "") })
	try("half a line", "wave.list", func(n *NewWave) { n.Units = list("d.csv", "kind,id\nTS\n") })
	try("an open quotation", "wave.list", func(n *NewWave) { n.Units = list("e.csv", "kind,id\n\"TS,1\n") })
	try("an unknown unit", "frame.unknown", func(n *NewWave) { n.Units = list("f.csv", "kind,id\nTS,999999999000\n") })
	try("a unit twice", "frame.listed-twice", func(n *NewWave) { n.Units = list("g.csv", "kind,id\nts,640104001000\nTS,640104001000\n") })
	// a number whose wave was taken out of the configuration by hand stays used
	text, _ := os.ReadFile(o.path(configFile))
	o.ok(os.WriteFile(o.path(configFile), bytes.Replace(text, []byte("- no: 1"), []byte("- no: 5"), 1), 0o600))
	o.Config, _ = ParseConfig(configFile, bytes.Replace(text, []byte("- no: 1"), []byte("- no: 5"), 1))
	try("a committed number", "wave.number", func(n *NewWave) { n.No = 1 })
	made, err := o.WaveNew(ctx, "draw-1", second("random"))
	o.ok(err)
	if made.No != 6 {
		t.Errorf("the next wave is %d", made.No)
	}
	// a file where the salt would go is kept
	o.ok(os.WriteFile(o.path(secretsDir, privateSaltFile(7)), []byte("kept"), 0o600))
	try("a salt over a file", "campaign.file-exists", func(n *NewWave) { n.Units = units })
}

// A wave over a list draws from the units listed and those above them, from a frame of its own that
// is committed under a salt.
func TestPrivateFrame(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 11)
	o.draw(1)
	f, plainDigests, err := o.openFrame(nil)
	o.ok(err)
	var list strings.Builder
	list.WriteString("kind,id,why\n")
	for _, c := range f.Counties[:6] {
		for _, v := range f.VillagesOf(f.TownshipsOf(c.ID)[0].ID)[:2] {
			fmt.Fprintf(&list, "VC,%s,x\n", v.ID)
		}
	}
	n := second("lookback")
	n.Units = o.file("units.csv", []byte(list.String()))
	made, err := o.WaveNew(t.Context(), "draw-1", n)
	o.ok(err)
	if *made.Units != (frame.Count{Provinces: made.Units.Provinces, Prefectures: made.Units.Prefectures, Counties: 6, Townships: 6, Villages: 12}) || made.Frame != "frame-2.csv.gz" {
		t.Errorf("made %+v", made.Units)
	}
	w, _ := o.Config.wave(2)
	own, d, err := o.openFrame(w)
	o.ok(err)
	salt, err := o.frameSalt(2)
	o.ok(err)
	frozen := o.entries("frame-frozen")[1]
	if !strings.Contains(frozen, d.Salted(salt).Units.String()) || strings.Contains(frozen, d.Units.String()) || strings.Contains(frozen, plainDigests.Frame.String()) {
		t.Errorf("frozen as %s", frozen)
	}
	o.commit(2)
	var r *draw.Record
	o.tx(func(tx *store.Tx) (err error) { _, r, err = o.committed(tx, 2); return err })
	if r.Frame.Frame != d.Salted(salt).Frame || r.Frame.Counties != d.Salted(salt).Counties || r.Kind != "lookback" {
		t.Errorf("committed %+v", r.Frame)
	}
	// without the salt, with another, or with another frame there is no draw
	saltFile, frameFile := o.path(secretsDir, privateSaltFile(2)), o.path(made.Frame)
	drawing := func() error { _, err := o.Draw(t.Context(), "draw-1", 2, nil); return err }
	for what, c := range map[string]struct {
		path, rule string
		data       []byte
	}{
		"no salt":       {saltFile, "wave.salt", nil},
		"another salt":  {saltFile, "plan.changed", []byte(strings.Repeat("ab", 32))},
		"another frame": {frameFile, "plan.changed", ningxia()},
	} {
		kept, err := os.ReadFile(c.path)
		o.ok(err)
		if c.data == nil {
			o.ok(os.Remove(c.path))
		} else {
			o.ok(os.WriteFile(c.path, c.data, 0o600))
		}
		o.refused(what, c.rule, drawing)
		o.ok(os.WriteFile(c.path, kept, 0o600))
	}
	o.ok(drawing())
	o.now = w.Window.From.Time()
	if packets := o.make(2); len(packets.Files) != 15 || packets.Files[0] != "packets/wave-2/P-001-1.xlsx" {
		t.Errorf("packets %v", packets.Files)
	}
	o.open(2)
	for _, v := range o.visits(2, 0) {
		if _, ok := own.Unit(v.Visit.UnitKey().Kind, v.Unit); !ok {
			t.Errorf("%s visits %s, which was not listed", v.ID, v.Unit)
		}
	}
	if p, err := o.PlanPreview(t.Context(), 2); err != nil || p.Legs != 4 || p.Visits[inspect.TS] != 4 {
		t.Errorf("preview %+v, %v", p, err)
	}
	// everything after goes by the wave's number
	o.report(2, best)
	o.refused("a look-back is never scored", "score.kind", func() error { _, _, err := o.Score(t.Context(), "score-1", 2); return err })
}

// A province hands over what its wave found; the nation draws again among the same units and sees
// how far the two agree.
func TestTopUp(t *testing.T) {
	t.Parallel()
	province := newOffice(t, 12)
	ctx := t.Context()
	out := filepath.Join(t.TempDir(), "wave-1.json")
	province.refused("before the commit", "plan.not-committed", func() error { _, err := province.WaveExport(ctx, "sign-1", 1, out); return err })
	province.draw(1)
	province.refused("while somebody could be warned", "plan.reveal-open", func() error { _, err := province.WaveExport(ctx, "sign-1", 1, out); return err })
	province.report(1, best)
	province.closeAll(1)
	province.refused("by the drawer", "campaign.role", func() error { _, err := province.WaveExport(ctx, "draw-1", 1, out); return err })
	exported, err := province.WaveExport(ctx, "sign-1", 1, out)
	province.ok(err)
	data, err := os.ReadFile(out)
	province.ok(err)
	if exported.Units == 0 || bytes.Contains(data, []byte("insp-")) || bytes.Contains(data, []byte("HH")) {
		t.Errorf("exported %+v", exported)
	}

	nation := newOffice(t, 13)
	imports := func(what, rule, key string, data []byte) {
		t.Helper()
		file := nation.file("in.json", data)
		nation.refused(what, rule, func() error { _, err := nation.WaveImport(ctx, file, key); return err })
	}
	imports("another key than was told", "wave.other-signer", nation.Config.People[7].Key, data)
	imports("an answer changed", "wave.signature", "", bytes.Replace(data, []byte(`"1/1"`), []byte(`"1/2"`), 1))
	imports("another signature", "wave.signature", "", bytes.Replace(data, []byte(province.Config.People[7].Key), []byte(nation.Config.People[7].Key), 1))
	imports("white space", "wave.export", "", bytes.Replace(data, []byte(`{"campaign"`), []byte(`{ "campaign"`), 1))
	imports("a member too many", "wave.export", "", bytes.Replace(data, []byte(`{"campaign"`), []byte(`{"answers":[],"campaign"`), 1))
	imports("cut off", "wave.export", "", data[:len(data)/2])
	imports("two values", "wave.export", "", append(slices.Clone(data), data...))
	imports("no JSON", "wave.export", "", []byte("PK"))
	nation.badContent(province)

	in := nation.file("in.json", data)
	imported, err := nation.WaveImport(ctx, in, province.Config.People[7].Key)
	nation.ok(err)
	if imported.ID != exported.ID || imported.Known || imported.Units != exported.Units {
		t.Errorf("imported %+v, exported %+v", imported, exported)
	}
	if again, err := nation.WaveImport(ctx, in, ""); err != nil || !again.Known {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	nation.draw(1)
	nation.refused("nothing to compare", "wave.none-both", func() error { _, err := nation.WaveAgreement(ctx, 1, imported.ID[:8]); return err })
	n := second("topup")
	n.Import = imported.ID[:8]
	made, err := nation.WaveNew(ctx, "draw-1", n)
	nation.ok(err)
	nation.draw(made.No)
	f, _, err := nation.openFrame(nil)
	nation.ok(err)
	checked, above := map[inspect.UnitKey]bool{}, map[inspect.UnitKey]bool{}
	for _, v := range province.visits(1, 0) {
		checked[v.Visit.UnitKey()] = true
		u, _ := f.Unit(v.Visit.UnitKey().Kind, v.Unit)
		above[inspect.UnitKey{Kind: inspect.CO, ID: u.County}] = true // an institution may lie in another county of the prefecture
	}
	for _, v := range nation.visits(2, 0) {
		if !checked[v.Visit.UnitKey()] && !above[v.Visit.UnitKey()] {
			t.Errorf("the top-up visits %s %s, which the province did not check", v.Kind, v.Unit)
		}
	}
	// the nation finds townships worse on every item
	nation.report(2, func(v *inspect.Visit, item *checklist.Item) string {
		if v.Kind == inspect.TS && item.Answer.Type == checklist.YesPartlyNo {
			return "no"
		}
		return best(v, item)
	})
	got, err := nation.WaveAgreement(ctx, 2, "")
	nation.ok(err)
	nation.compare(got, imported.ID, checked)
}

// compare recounts the agreement from the visits.
func (o *office) compare(got *Agreement, id string, checked map[inspect.UnitKey]bool) {
	o.t.Helper()
	list, err := o.Checklist()
	o.ok(err)
	units, n, worse := map[inspect.UnitKey]bool{}, 0, 0
	for _, v := range o.visits(2, 0) {
		leg := slices.IndexFunc(must(o.Legs(o.t.Context(), 2)), func(l inspect.StandingLeg) bool { return l.No == v.Leg && l.Primary() })
		if v.Kind == inspect.HH || leg < 0 || units[v.Visit.UnitKey()] || !checked[v.Visit.UnitKey()] {
			continue
		}
		units[v.Visit.UnitKey()] = true
		for _, a := range v.Report.Answers {
			n++
			if v.Kind == inspect.TS && list.Item(a.Item).Answer.Type == checklist.YesPartlyNo {
				worse++
			}
		}
	}
	if got.Import != id || got.Units != len(units) || got.All.N != n || got.All.Alike != n-worse || worse == 0 || got.All.Kappa == nil || *got.All.Kappa > 0.95 || got.All.Percent >= 100 {
		o.t.Errorf("agreement %+v; %d units, %d grades, %d worse", got.All, len(units), n, worse)
	}
	for _, item := range got.Items {
		if item.Small != (item.N < 8) && item.Kappa == nil || item.N == 0 {
			o.t.Errorf("item %+v", item)
		}
	}
	if raw, err := json.Marshal(got); err != nil || !strings.Contains(string(raw), `"kappa":null`) {
		o.t.Errorf("an item on which all agree has a kappa: %s, %v", raw, err)
	}
}

// badContent signs what no wave can have found: the signature holds and the content does not.
func (o *office) badContent(signer *office) {
	o.t.Helper()
	list, err := o.Checklist()
	o.ok(err)
	good := Export{Schema: exportSchema, Campaign: "winter-care-2023", Wave: 1, Kind: "random", Checklist: list.Digest(),
		Units: []ExportedUnit{{Kind: inspect.CO, Unit: "640104000000", Grades: map[string]string{list.Items[0].Code: "1/2"}}}}
	for what, c := range map[string]struct {
		rule   string
		change func(e *Export)
	}{
		"another checklist":  {"wave.other-checklist", func(e *Export) { e.Checklist[0]++ }},
		"another schema":     {"wave.export", func(e *Export) { e.Schema = "zhicha/2 wave" }},
		"an unknown unit":    {"wave.export-unit", func(e *Export) { e.Units[0].Unit = "640199000000" }},
		"a household":        {"wave.export-unit", func(e *Export) { e.Units[0].Kind = inspect.HH }},
		"a unit twice":       {"wave.export-unit", func(e *Export) { e.Units = append(e.Units, e.Units[0]) }},
		"an unknown item":    {"wave.export-grade", func(e *Export) { e.Units[0].Grades = map[string]string{"Z9-99": "1/2"} }},
		"more than all":      {"wave.export-grade", func(e *Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "3/2"} }},
		"words for a grade":  {"wave.export-grade", func(e *Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "演示数据"} }},
		"a sign":             {"wave.export-grade", func(e *Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "+1/2"} }},
		"divided by nothing": {"wave.export-grade", func(e *Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "0/0"} }},
	} {
		e := good
		e.Units = slices.Clone(good.Units)
		c.change(&e)
		raw, err := inspect.CanonicalJSON(e)
		o.ok(err)
		p := &signer.Config.People[7]
		signed, err := signer.sign(p, exportText(inspect.DigestOf(raw)))
		o.ok(err)
		file, err := inspect.CanonicalJSON(exportFile{raw, p.Key, signed})
		o.ok(err)
		in := o.file("in.json", file)
		o.refused(what, c.rule, func() error { _, err := o.WaveImport(o.t.Context(), in, ""); return err })
	}
}

// What two offices could not verify is no disagreement.
func TestAgreed(t *testing.T) {
	got := agreed([]estimate.Judged{{A: "1/1", B: "1/1"}, {A: "1/2", B: "1/1"}, {A: "na", B: "na"}})
	if got.N != 3 || got.Alike != 2 || got.Percent != 66.7 || got.Kappa == nil || *got.Kappa != 0.5 || !got.Small {
		t.Errorf("%+v", got)
	}
}

func FuzzParseExport(f *testing.F) {
	f.Add([]byte(`{"export":{"campaign":"a"},"key":"k","signature":"s"}`))
	f.Add([]byte(`{"export":null,"key":"","signature":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, _, _, err := parseExport("x", data); err == nil || e != nil || ruleOf(err) == "" {
			t.Errorf("unsigned bytes were taken: %v", err)
		}
	})
}

func FuzzReadUnits(f *testing.F) {
	f.Add([]byte("kind,id\nTS,640104001000\n"))
	f.Add([]byte("\ufeffkind,id\r\n\"VC\",1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := readUnits("u.csv", data)
		if err != nil && ruleOf(err) == "" || err == nil && len(keys) == 0 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			if k.At.Line < 2 {
				t.Errorf("key %+v has no line", k)
			}
		}
	})
}
