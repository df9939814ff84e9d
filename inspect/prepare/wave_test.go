package prepare_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/config"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/prepare"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
	"zhicha/inspect/store"
)

// A new wave copies the last one's settings under a fresh number; dates move with the window and
// the beacon's issue is never copied.
func TestWaveNew(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 9)
	n := rehearsal.Second("random")
	n.Issue, n.Reason = "", ""
	made, err := prepare.AddWave(t.Context(), o.Campaign, o.Who("draw-1"), n)
	o.OK(err)
	w, err := o.Config.Wave(2)
	o.OK(err)
	first, _ := o.Config.Wave(1)
	if made.No != 2 || w.Kind != "random" || w.Window != (inspect.Window{From: "2023-01-22", To: "2023-02-04"}) || w.PrivateFrame {
		t.Errorf("made %+v, configured %+v", made, w)
	}
	if w.Design != first.Design || len(w.Ceremony.Parties) != 3 || w.Ceremony.Beacon.Issue != "" || w.Ceremony.RevealBy != "2023-03-15" ||
		!w.Ceremony.Beacon.At.Equal(first.Ceremony.Beacon.At.AddDate(0, 0, 15)) {
		t.Errorf("copied %+v", w)
	}
	text, _ := os.ReadFile(o.Path(campaign.ConfigFile))
	if strings.Count(string(text), "# 每层县数") != 1 || !strings.Contains(string(text), "# 不得由同一人担任") {
		t.Error("comments were lost or copied")
	}
	again, err := campaign.Open(t.Context(), o.Dir, o.Env)
	o.OK(err)
	defer again.Close()
	if len(again.Config.Waves) != 2 {
		t.Error("the file has not two waves")
	}
	commitRefused(o, 2, "draw.beacon")
}

// commitRefused readies a wave but for what the rule asks.
func commitRefused(o *rehearsal.Office, wave int, rule string) {
	o.T.Helper()
	for _, p := range []string{"office", "discipline", "evaluator"} {
		_, public, err := ceremony.NewParty(o.Rand, o.SecretsDir(), o.Config.Campaign.ID, wave, p)
		o.OK(err)
		o.OK(ceremony.AddPartyFiles(o.T.Context(), o.Campaign, o.Who("draw-1"), wave, []string{public}))
	}
	o.Refused("the commit", rule, func() error { _, err := ceremony.Commit(o.T.Context(), o.Campaign, o.Who("draw-1"), wave); return err })
}

func TestWaveNewRefused(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 10)
	ctx := t.Context()
	o.Commit(1)
	units := o.File("units.csv", []byte("kind,id\nTS,640104001000\n"))
	try := func(what, rule string, change func(n *prepare.NewWave)) {
		t.Helper()
		n := rehearsal.Second("random")
		change(&n)
		o.Refused(what, rule, func() error { _, err := prepare.AddWave(ctx, o.Campaign, o.Who("draw-1"), n); return err })
	}
	list := func(name, text string) string { return o.File(name, []byte(text)) }
	o.Refused("by a reviewer", "campaign.role", func() error {
		_, err := prepare.AddWave(ctx, o.Campaign, o.Who("review-1"), rehearsal.Second("random"))
		return err
	})
	try("an unknown kind", "wave.kind", func(n *prepare.NewWave) { n.Kind = "rerun" })
	try("a redraw without reason", "wave.reason", func(n *prepare.NewWave) { n.Kind, n.Reason = "redraw", "" })
	try("a top-up without reason", "wave.reason", func(n *prepare.NewWave) { n.Kind, n.Reason, n.Units = "topup", "", units })
	try("a look-back without units", "wave.units", func(n *prepare.NewWave) { n.Kind = "lookback" })
	try("a top-up without units", "wave.units", func(n *prepare.NewWave) { n.Kind = "topup" })
	try("two lists", "wave.two-lists", func(n *prepare.NewWave) { n.Units, n.Import = units, "ab" })
	try("a number used", "wave.number", func(n *prepare.NewWave) { n.No = 1 })
	try("a number that is none", "wave.number", func(n *prepare.NewWave) { n.No = -2 })
	try("half a window", "wave.window", func(n *prepare.NewWave) { n.To = "" })
	try("a window backwards", "wave.window", func(n *prepare.NewWave) { n.To = "2023-01-01" })
	try("a day there is not", "wave.window", func(n *prepare.NewWave) { n.To = "2023-02-30" })
	try("an import there is not", "wave.import-unknown", func(n *prepare.NewWave) { n.Import = "abc" })
	try("a list there is not", "campaign.read", func(n *prepare.NewWave) { n.Units = "nowhere.csv" })
	try("a list without header", "wave.list-header", func(n *prepare.NewWave) { n.Units = list("a.csv", "TS,640104001000\n") })
	try("an empty list", "wave.list-empty", func(n *prepare.NewWave) { n.Units = list("b.csv", "kind,id\n") })
	try("no list at all", "wave.list-empty", func(n *prepare.NewWave) { n.Units = list("c.csv", "") })
	try("half a line", "wave.list", func(n *prepare.NewWave) { n.Units = list("d.csv", "kind,id\nTS\n") })
	try("an open quotation", "wave.list", func(n *prepare.NewWave) { n.Units = list("e.csv", "kind,id\n\"TS,1\n") })
	try("an unknown unit", "frame.unknown", func(n *prepare.NewWave) { n.Units = list("f.csv", "kind,id\nTS,999999999000\n") })
	try("a unit twice", "frame.listed-twice", func(n *prepare.NewWave) { n.Units = list("g.csv", "kind,id\nts,640104001000\nTS,640104001000\n") })
	// a number whose wave was taken out of the configuration by hand stays used
	text, _ := os.ReadFile(o.Path(campaign.ConfigFile))
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), bytes.Replace(text, []byte("- no: 1"), []byte("- no: 5"), 1), 0o600))
	o.Config, _ = config.Parse(campaign.ConfigFile, bytes.Replace(text, []byte("- no: 1"), []byte("- no: 5"), 1))
	try("a committed number", "wave.number", func(n *prepare.NewWave) { n.No = 1 })
	made, err := prepare.AddWave(ctx, o.Campaign, o.Who("draw-1"), rehearsal.Second("random"))
	o.OK(err)
	if made.No != 6 {
		t.Errorf("the next wave is %d", made.No)
	}
	// a file where the salt would go is kept
	o.OK(os.WriteFile(o.Path(campaign.SecretsDir, campaign.PrivateSaltFile(7)), []byte("kept"), 0o600))
	try("a salt over a file", "campaign.file-exists", func(n *prepare.NewWave) { n.Units = units })
}

// A wave over a list draws from the units listed and those above them, from a frame of its own that
// is committed under a salt.
func TestPrivateFrame(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 11)
	o.Draw(1)
	f, plainDigests, err := o.OpenFrame(nil)
	o.OK(err)
	var list strings.Builder
	list.WriteString("kind,id,why\n")
	for _, c := range f.Counties[:6] {
		for _, v := range f.VillagesOf(f.TownshipsOf(c.ID)[0].ID)[:2] {
			fmt.Fprintf(&list, "VC,%s,x\n", v.ID)
		}
	}
	n := rehearsal.Second("lookback")
	n.Units = o.File("units.csv", []byte(list.String()))
	made, err := prepare.AddWave(t.Context(), o.Campaign, o.Who("draw-1"), n)
	o.OK(err)
	if *made.Units != (frame.Count{Provinces: made.Units.Provinces, Prefectures: made.Units.Prefectures, Counties: 6, Townships: 6, Villages: 12}) || made.Frame != "frame-2.csv.gz" {
		t.Errorf("made %+v", made.Units)
	}
	w, _ := o.Config.Wave(2)
	own, d, err := o.OpenFrame(w)
	o.OK(err)
	salt, err := o.FrameSalt(2)
	o.OK(err)
	frozen := o.Entries("frame-frozen")[1]
	if !strings.Contains(frozen, d.Salted(salt).Units.String()) || strings.Contains(frozen, d.Units.String()) || strings.Contains(frozen, plainDigests.Frame.String()) {
		t.Errorf("frozen as %s", frozen)
	}
	o.Commit(2)
	var r *draw.Record
	o.Tx(func(tx *store.Tx) (err error) { _, r, err = o.Committed(tx, 2); return err })
	if r.Frame.Frame != d.Salted(salt).Frame || r.Frame.Counties != d.Salted(salt).Counties || r.Kind != "lookback" {
		t.Errorf("committed %+v", r.Frame)
	}
	// without the salt, with another, or with another frame there is no draw
	saltFile, frameFile := o.Path(campaign.SecretsDir, campaign.PrivateSaltFile(2)), o.Path(made.Frame)
	drawing := func() error {
		_, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 2, campaign.Custody{})
		return err
	}
	for what, c := range map[string]struct {
		path, rule string
		data       []byte
	}{
		"no salt":       {saltFile, "wave.salt", nil},
		"another salt":  {saltFile, "plan.changed", []byte(strings.Repeat("ab", 32))},
		"another frame": {frameFile, "plan.changed", rehearsal.Ningxia()},
	} {
		kept, err := os.ReadFile(c.path)
		o.OK(err)
		if c.data == nil {
			o.OK(os.Remove(c.path))
		} else {
			o.OK(os.WriteFile(c.path, c.data, 0o600))
		}
		o.Refused(what, c.rule, drawing)
		o.OK(os.WriteFile(c.path, kept, 0o600))
	}
	o.OK(drawing())
	o.Now = w.Window.From.Time()
	if packets := o.Make(2); len(packets.Files) != 15 || packets.Files[0] != "packets/wave-2/P-001-1.xlsx" {
		t.Errorf("packets %v", packets.Files)
	}
	o.Open(2)
	for _, v := range o.Visits(2, 0) {
		if _, ok := own.Unit(v.Visit.UnitKey().Kind, v.Unit); !ok {
			t.Errorf("%s visits %s, which was not listed", v.ID, v.Unit)
		}
	}
	if p, err := prepare.PreviewWave(t.Context(), o.Campaign, 2); err != nil || p.Legs != 4 || p.Visits[inspect.TS] != 4 {
		t.Errorf("preview %+v, %v", p, err)
	}
	// everything after goes by the wave's number
	o.Report(2, rehearsal.Best)
	o.Refused("a look-back is never scored", "score.kind", func() error { _, err := results.Compute(t.Context(), o.Campaign, 2); return err })
}

func FuzzReadUnits(f *testing.F) {
	f.Add([]byte("kind,id\nTS,640104001000\n"))
	f.Add([]byte("\ufeffkind,id\r\n\"VC\",1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := prepare.ReadUnits("u.csv", data)
		if err != nil && rehearsal.RuleOf(err) == "" || err == nil && len(keys) == 0 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			if k.At.Line < 2 {
				t.Errorf("key %+v has no line", k)
			}
		}
	})
}
