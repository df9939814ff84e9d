package results_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/exchange"
	"zhicha/inspect/prepare"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
)

// A province hands over what its wave found; the nation draws again among the same units and sees
// how far the two agree.
func TestTopUp(t *testing.T) {
	t.Parallel()
	province := rehearsal.NewOffice(t, 12)
	ctx := t.Context()
	out := filepath.Join(t.TempDir(), "wave-1.json")
	province.Refused("before the commit", "plan.not-committed", func() error {
		_, err := results.ExportWave(ctx, province.Campaign, province.Who("sign-1"), 1, out)
		return err
	})
	province.Draw(1)
	province.Refused("while somebody could be warned", "plan.reveal-open", func() error {
		_, err := results.ExportWave(ctx, province.Campaign, province.Who("sign-1"), 1, out)
		return err
	})
	province.Report(1, rehearsal.Best)
	province.CloseAll(1)
	province.Refused("by the drawer", "campaign.role", func() error {
		_, err := results.ExportWave(ctx, province.Campaign, province.Who("draw-1"), 1, out)
		return err
	})
	exported, err := results.ExportWave(ctx, province.Campaign, province.Who("sign-1"), 1, out)
	province.OK(err)
	data, err := os.ReadFile(out)
	province.OK(err)
	if exported.Units == 0 || bytes.Contains(data, []byte("insp-")) || bytes.Contains(data, []byte("HH")) {
		t.Errorf("exported %+v", exported)
	}

	nation := rehearsal.NewOffice(t, 13)
	imports := func(what, rule, key string, data []byte) {
		t.Helper()
		file := nation.File("in.json", data)
		nation.Refused(what, rule, func() error {
			_, err := results.ImportWave(ctx, nation.Campaign, nation.Who("draw-1"), file, key)
			return err
		})
	}
	imports("another key than was told", "wave.other-signer", nation.Config.People[7].Key, data)
	imports("an answer changed", "wave.signature", "", bytes.Replace(data, []byte(`"1/1"`), []byte(`"1/2"`), 1))
	imports("another signature", "wave.signature", "", bytes.Replace(data, []byte(province.Config.People[7].Key), []byte(nation.Config.People[7].Key), 1))
	imports("white space", "wave.export", "", bytes.Replace(data, []byte(`{"campaign"`), []byte(`{ "campaign"`), 1))
	imports("a member too many", "wave.export", "", bytes.Replace(data, []byte(`{"campaign"`), []byte(`{"answers":[],"campaign"`), 1))
	imports("cut off", "wave.export", "", data[:len(data)/2])
	imports("two values", "wave.export", "", append(slices.Clone(data), data...))
	imports("no JSON", "wave.export", "", []byte("PK"))
	badContent(nation, province)

	in := nation.File("in.json", data)
	imported, err := results.ImportWave(ctx, nation.Campaign, nation.Who("draw-1"), in, province.Config.People[7].Key)
	nation.OK(err)
	if imported.ID != exported.ID || imported.Known || imported.Units != exported.Units {
		t.Errorf("imported %+v, exported %+v", imported, exported)
	}
	if again, err := results.ImportWave(ctx, nation.Campaign, nation.Who("draw-1"), in, ""); err != nil || !again.Known {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	nation.Draw(1)
	nation.Refused("nothing to compare", "wave.none-both", func() error { _, err := results.AgreementOf(ctx, nation.Campaign, 1, imported.ID[:8]); return err })
	n := rehearsal.Second("topup")
	n.Import = imported.ID[:8]
	made, err := prepare.AddWave(ctx, nation.Campaign, nation.Who("draw-1"), n)
	nation.OK(err)
	nation.Draw(made.No)
	f, _, err := nation.OpenFrame(nil)
	nation.OK(err)
	checked, above := map[inspect.UnitKey]bool{}, map[inspect.UnitKey]bool{}
	for _, v := range province.Visits(1, 0) {
		checked[v.Visit.UnitKey()] = true
		u, _ := f.Unit(v.Visit.UnitKey().Kind, v.Unit)
		above[inspect.UnitKey{Kind: inspect.CO, ID: u.County}] = true // an institution may lie in another county of the prefecture
	}
	for _, v := range nation.Visits(2, 0) {
		if !checked[v.Visit.UnitKey()] && !above[v.Visit.UnitKey()] {
			t.Errorf("the top-up visits %s %s, which the province did not check", v.Kind, v.Unit)
		}
	}
	// the nation finds townships worse on every item
	nation.Report(2, func(v *inspect.Visit, item *checklist.Item) string {
		if v.Kind == inspect.TS && item.Answer.Type == checklist.YesPartlyNo {
			return "no"
		}
		return rehearsal.Best(v, item)
	})
	got, err := results.AgreementOf(ctx, nation.Campaign, 2, "")
	nation.OK(err)
	compare(nation, got, imported.ID, checked)
}

// compare recounts the agreement from the visits.
func compare(o *rehearsal.Office, got *results.Agreement, id string, checked map[inspect.UnitKey]bool) {
	o.T.Helper()
	list, err := o.Checklist()
	o.OK(err)
	units, n, worse := map[inspect.UnitKey]bool{}, 0, 0
	for _, v := range o.Visits(2, 0) {
		leg := slices.IndexFunc(rehearsal.Must(o.Legs(o.T.Context(), 2)), func(l inspect.StandingLeg) bool { return l.No == v.Leg && l.Primary() })
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
		o.T.Errorf("agreement %+v; %d units, %d grades, %d worse", got.All, len(units), n, worse)
	}
	for _, item := range got.Items {
		if item.Small != (item.N < 8) && item.Kappa == nil || item.N == 0 {
			o.T.Errorf("item %+v", item)
		}
	}
	if raw, err := json.Marshal(got); err != nil || !strings.Contains(string(raw), `"kappa":null`) {
		o.T.Errorf("an item on which all agree has a kappa: %s, %v", raw, err)
	}
}

// badContent signs what no wave can have found: the signature holds and the content does not.
func badContent(o *rehearsal.Office, signer *rehearsal.Office) {
	o.T.Helper()
	list, err := o.Checklist()
	o.OK(err)
	good := exchange.Export{Schema: exchange.Schema, Campaign: "winter-care-2023", Wave: 1, Kind: "random", Checklist: list.Digest(),
		Units: []exchange.Unit{{Kind: inspect.CO, Unit: "640104000000", Grades: map[string]string{list.Items[0].Code: "1/2"}}}}
	for what, c := range map[string]struct {
		rule   string
		change func(e *exchange.Export)
	}{
		"another checklist":  {"wave.other-checklist", func(e *exchange.Export) { e.Checklist[0]++ }},
		"another schema":     {"wave.export", func(e *exchange.Export) { e.Schema = "zhicha/2 wave" }},
		"an unknown unit":    {"wave.export-unit", func(e *exchange.Export) { e.Units[0].Unit = "640199000000" }},
		"a household":        {"wave.export-unit", func(e *exchange.Export) { e.Units[0].Kind = inspect.HH }},
		"a unit twice":       {"wave.export-unit", func(e *exchange.Export) { e.Units = append(e.Units, e.Units[0]) }},
		"an unknown item":    {"wave.export-grade", func(e *exchange.Export) { e.Units[0].Grades = map[string]string{"Z9-99": "1/2"} }},
		"more than all":      {"wave.export-grade", func(e *exchange.Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "3/2"} }},
		"words for a grade":  {"wave.export-grade", func(e *exchange.Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "演示数据"} }},
		"a sign":             {"wave.export-grade", func(e *exchange.Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "+1/2"} }},
		"divided by nothing": {"wave.export-grade", func(e *exchange.Export) { e.Units[0].Grades = map[string]string{list.Items[0].Code: "0/0"} }},
	} {
		e := good
		e.Units = slices.Clone(good.Units)
		c.change(&e)
		raw, err := inspect.CanonicalJSON(e)
		o.OK(err)
		p, err := signer.Acts(signer.Who("sign-1"), inspect.RoleSigner)
		o.OK(err)
		signed, err := p.Sign(exchange.Text(inspect.DigestOf(raw)))
		o.OK(err)
		file, err := inspect.CanonicalJSON(exchange.File{Export: raw, Key: p.Key, Signature: signed})
		o.OK(err)
		in := o.File("in.json", file)
		o.Refused(what, c.rule, func() error {
			_, err := results.ImportWave(o.T.Context(), o.Campaign, o.Who("draw-1"), in, "")
			return err
		})
	}
}
