package rehearsal

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/ledger"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// fieldMaster is the key from which the return keys of a test campaign follow.
var fieldMaster = [32]byte{1, 2, 3}

// Fieldwork is a campaign whose plan of so many legs was opened, and whose teams are under way: two
// households, their village and the county office to a leg, every sixth leg the same team.
func Fieldwork(t testing.TB, legs int) *campaign.Campaign {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "c")
	now := time.Date(2023, 1, 23, 9, 0, 0, 0, inspect.Beijing)
	return FieldworkIn(t, dir, FieldPlan(legs), campaign.Env{Now: func() time.Time { return now }, Rand: rand.NewChaCha8([32]byte{byte(legs)})})
}

func FieldworkIn(t testing.TB, dir string, plan *inspect.Plan, e campaign.Env) *campaign.Campaign {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(campaign.Init(t.Context(), dir, demoConfig(), e))
	c, err := campaign.Open(t.Context(), dir, e)
	ok(err)
	t.Cleanup(func() { c.Close() })
	for _, p := range [][2]string{{"draw-1", inspect.RoleDrawer}, {"review-1", inspect.RoleReviewer}, {"review-2", inspect.RoleReviewer}, {"review-3", inspect.RoleReviewer}} {
		_, err := c.NewPerson(p[0], []string{p[1]}, "")
		ok(err)
	}
	people := Must(workbook.ReadRoster("roster.xlsx", outsiders(), inspect.Regions))
	ok(os.WriteFile(c.Path(campaign.SecretsDir, "return-1.key"), []byte(hex.EncodeToString(fieldMaster[:])+"\n"), 0o600))
	calendar, err := campaign.View(t.Context(), c, func(tx *store.Tx) (*inspect.Calendar, error) { return c.Calendar(tx, 1) })
	ok(err)
	record, err := json.Marshal(map[string]any{"checklist": checklist.Default().Digest(), "kind": "random", "calendar": inspect.DigestOf(calendar.Canonical())})
	ok(err)
	office := Must(c.Acts(Who(c, "draw-1"), inspect.RoleDrawer))
	everybody := Must(c.Everybody(office.Person))
	ok(c.Update(t.Context(), func(tx *store.Tx) error {
		key, err := c.NewLogKey(tx)
		if err != nil {
			return err
		}
		d := inspect.DigestOf([]byte("frame"))
		if err := campaign.Enter(tx, c.Now(), ledger.CampaignFrame(ledger.FrameDigests{Counties: d, Townships: d, Units: d, Frame: d}, key, c.Config.Campaign.Demo)); err != nil {
			return err
		}
		if err := c.EnterPeople(tx, c.Now(), everybody, office); err != nil {
			return err
		}
		if err := tx.CommitWave(1, record, plan.Legs[0].Start.Time()); err != nil {
			return err
		}
		return errors.Join(c.KeepRoster(tx, office, 1, people), c.NoteSettings(tx, 1), tx.SetOpened(1, plan.Legs[0].Start.Time()), tx.PutLegs(plan))
	}))
	return c
}

func FieldPlan(legs int) *inspect.Plan {
	p := &inspect.Plan{Wave: 1}
	var order []int
	for i := 1; i < 1009; i++ { // a permutation of 1…999
		if n := i * 358 % 1009; n <= 999 {
			order = append(order, n)
		}
	}
	for no := 1; no <= legs; no++ {
		county := fmt.Sprintf("6401%02d%06d", no%100, no)
		leg := inspect.Leg{No: no, Wave: 1, Region: "64", County: county, Team: 1 + (no-1)%6, Start: inspect.Date("2023-01-08").Add((no - 1) / 6 % 12), Days: 1, HourFrom: "09:00", HourTo: "18:00"}
		p.Legs = append(p.Legs, leg)
		for seq, kind := range []inspect.Kind{inspect.HH, inspect.HH, inspect.VC, inspect.CO} {
			v := inspect.Visit{ID: fmt.Sprintf("1-%03d-%02d", no, seq+1), Wave: 1, Leg: no, Seq: seq + 1, Kind: kind, Unit: "v" + county, Day: leg.Start,
				Places: inspect.Places{Region: "演示省", County: "演示县", Township: "演示镇", Village: "演示村", Name: "演示点"}}
			if kind == inspect.HH {
				v.Slot, v.Order = seq+1, order
			}
			p.Visits = append(p.Visits, v)
		}
	}
	return p
}

// FieldPacket writes the workbook of a leg, blank.
func FieldPacket(t testing.TB, path string, p *inspect.Plan, leg int) {
	t.Helper()
	w := workbook.Packet{Campaign: "winter-care-2023", Title: "演示活动", Office: "演示办公室", Demo: true, Leg: p.Legs[leg-1], Checklist: checklist.Default()}
	w.Secrets = map[string]string{"": FieldSecret(leg, "")}
	for _, v := range p.Visits {
		if v.Leg == leg {
			w.Visits = append(w.Visits, v)
			w.Secrets[v.ID] = FieldSecret(leg, v.ID)
		}
	}
	for _, c := range "ab" {
		w.Team = append(w.Team, fmt.Sprintf("insp-%d%c", w.Leg.Team, c))
	}
	f, err := os.Create(path)
	if err == nil {
		err = workbook.WritePacket(f, w)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// FieldSecret is what a workbook of the test campaign brings back.
func FieldSecret(leg int, visit string) string {
	return seal.ReturnSecret(fieldMaster, "winter-care-2023", 1, leg, visit)
}

// FieldFill answers everything on a packet and saves it in place.
func FieldFill(t testing.TB, path string) {
	t.Helper()
	e, err := workbook.OpenEditor(path, "")
	if err != nil {
		t.Fatal(err)
	}
	for n, v := range e.Visits() {
		at := v.Day.Time().Add(9*time.Hour + time.Duration(n)*time.Hour)
		rep := inspect.Report{Inspectors: e.Team(), Arrived: at, Left: at.Add(40 * time.Minute), Present: []string{map[inspect.Kind]string{inspect.HH: "guardian", inspect.VC: "child_director", inspect.CO: "county_official"}[v.Kind]}}
		if v.Kind == inspect.HH {
			rep.Register, rep.Household = 20, v.Order(20)[v.Slot-1]
		}
		if err := e.SetHeader(v.ID, &rep); err != nil {
			t.Fatal(err)
		}
		for i, it := range v.Items {
			a := inspect.Answer{Item: it.Code, Method: it.Methods[0].Code}
			switch {
			case it.Type == checklist.Count:
				a.Value = "1"
			case it.Type == checklist.Ratio:
				a.Value = "3/4"
			case i == 0:
				a.Value = "partly"
			default:
				a.Value = it.Options[0].Code
			}
			if err := e.SetAnswer(v.ID, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.Save(nil, path); err != nil {
		t.Fatal(err)
	}
}

// demoConfig is the reference configuration for a demonstration in one province.
func demoConfig() []byte {
	return []byte(strings.NewReplacer("level: national", "level: province", `area: ""`, `area: "64"`, "demo: false", "demo: true").Replace(string(zhicha.Config)))
}
