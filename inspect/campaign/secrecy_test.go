package campaign_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/frame"
	"zhicha/inspect/workbook"
)

// clock is the office's clock in a test.
type clock struct{ at time.Time }

func (c *clock) set(s string) { c.at, _ = time.Parse(time.RFC3339, s+":00+08:00") }

// drawn makes a campaign over three municipalities and draws it. Everything follows from seed but
// the parties' secrets, which follow from secret.
func drawn(t *testing.T, seed, secret byte) (dir string, c *campaign.Campaign, now *clock) {
	t.Helper()
	ctx := context.Background()
	dir = filepath.Join(t.TempDir(), "c")
	now = &clock{}
	now.set("2023-01-03T09:00")
	env := campaign.Env{Now: func() time.Time { return now.at }, Rand: rand.NewChaCha8([32]byte{seed})}
	config := strings.NewReplacer("demo: false ", "demo: true ", "level: national ", "level: province ", `plan_no: ""`, `plan_no: "演示数据〔1〕号"`).Replace(string(zhicha.Config))
	must(t, campaign.Init(ctx, dir, []byte(config), env))
	c, err := campaign.Open(ctx, dir, env)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	for _, p := range [][3]string{{"draw-1", "drawer"}, {"witness-1", "witness"}, {"witness-2", "witness"}, {"custody-1", "custodian", "office"},
		{"custody-2", "custodian", "discipline"}, {"review-1", "reviewer"}} {
		_, err := c.NewPerson(p[0], []string{p[1]}, p[2])
		must(t, err)
	}
	source := filepath.Join(t.TempDir(), "frame.csv")
	must(t, os.WriteFile(source, municipalities(t), 0o600))
	_, err = c.FrameImport(ctx, []string{source}, false)
	must(t, err)
	_, err = c.FrameFreeze(ctx, "draw-1")
	must(t, err)
	roster := filepath.Join(t.TempDir(), "roster.xlsx")
	must(t, os.WriteFile(roster, teams(), 0o600))
	_, err = c.RosterImport(roster, 1)
	must(t, err)
	secrets := rand.NewChaCha8([32]byte{secret})
	for _, party := range []string{"office", "discipline", "evaluator"} {
		_, public, err := campaign.NewParty(secrets, c.SecretsDir(), c.Config.Campaign.ID, 1, party)
		must(t, err)
		must(t, c.PartyAdd(ctx, 1, []string{public}))
	}
	_, err = c.Commit(ctx, "draw-1", 1)
	must(t, err)
	for _, party := range []string{"office", "discipline", "evaluator"} {
		files, _, err := campaign.PartySign(filepath.Join(dir, "ceremony/commit-1.json"), filepath.Join(c.SecretsDir(), campaign.PartySecretFile(1, party)), c.SecretsDir())
		must(t, err)
		must(t, c.PartyAdd(ctx, 1, files))
	}
	now.set("2023-01-05T21:40")
	for _, w := range []string{"witness-1", "witness-2"} {
		_, err := c.Beacon(ctx, w, 1, "ssq/2023003/01-05-11-18-22-30/07")
		must(t, err)
	}
	_, err = c.Draw(ctx, "draw-1", 1, nil)
	must(t, err)
	return dir, c, now
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// municipalities is the frame of 11, 12 and 31 as an office's own table.
func municipalities(t *testing.T) []byte {
	t.Helper()
	national, err := frame.National()
	must(t, err)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(frame.Columns)
	for _, table := range [][]inspect.Unit{national.Counties, national.Townships, national.Villages()} {
		for _, u := range table {
			if u.ReportingUnit == "11" || u.ReportingUnit == "12" || u.ReportingUnit == "31" {
				size := ""
				if u.Size > 0 {
					size = fmt.Sprint(u.Size)
				}
				w.Write([]string{string(u.Kind), u.ID, u.Name, u.AreaCode, u.ReportingUnit, u.County, u.Township, size, ""})
			}
		}
	}
	w.Flush()
	return out.Bytes()
}

// teams is one workbook for all campaigns: saving it twice gives different bytes.
var teams = sync.OnceValue(func() []byte {
	var people []inspect.Inspector
	for no := 1; no <= 15; no++ {
		home, kind := []string{"11", "12", "31"}[no%3], inspect.Provincial
		if no > 12 {
			home, kind = "", inspect.ThirdParty
		}
		for i := range 2 {
			people = append(people, inspect.Inspector{ID: fmt.Sprintf("i-%02d%d", no, i), Name: "演示数据", Team: no, Home: home, Kind: kind, Woman: i == 0,
				From: "2023-01-07", To: "2023-01-20"})
		}
	}
	var out bytes.Buffer
	if err := workbook.WriteRosterTemplate(&out, people, true); err != nil {
		panic(err)
	}
	return out.Bytes()
})

// maySeal are the files in which two draws that differ only in the secrets may differ: the
// secrets, what follows from them by digest or signature, and what is sealed.
var maySeal = regexp.MustCompile(`^(secrets/(wave|deposit)-1-.*|ceremony/(commit|draw)-1\.(json|html)|sealed/.*\.age|campaign\.db)$`)

// TestPlanExistsOnlySealed is the law of secrecy at rest: what lies in the folder after a draw
// tells nothing of what was drawn.
func TestPlanExistsOnlySealed(t *testing.T) {
	if testing.Short() {
		t.Skip("two ceremonies on a frame of three municipalities take some seconds")
	}
	a, ca, now := drawn(t, 1, 10)
	b, cb, _ := drawn(t, 1, 11)
	must(t, ca.Close())
	must(t, cb.Close())
	filesA, filesB := tree(t, a), tree(t, b)
	for name, x := range filesA {
		y, ok := filesB[name]
		switch {
		case !ok:
			t.Errorf("%s is in one folder only", name)
		case bytes.Equal(x, y):
		case !maySeal.MatchString(name):
			t.Errorf("%s differs with the secrets", name)
		case len(x) != len(y) && !strings.HasSuffix(name, ".html"): // a code to scan is drawn with as many strokes as it needs
			t.Errorf("%s has %d bytes in one folder and %d in the other", name, len(x), len(y))
		}
	}
	if len(filesA) != len(filesB) {
		t.Errorf("%d files and %d files", len(filesA), len(filesB))
	}

	// the parties' secrets and public data together are the plan: no secret may stay behind
	for name := range filesA {
		if strings.Contains(name, ".secret") {
			t.Errorf("%s was left on the machine of the draw", name)
		}
	}

	// what was drawn is known once two custodians open the plan; none of it stood in the clear
	now.at = now.at.Add(time.Hour)
	c, err := campaign.Open(context.Background(), a, campaign.Env{Now: func() time.Time { return now.at }, Rand: zero{}})
	must(t, err)
	defer c.Close()
	keys := []string{filepath.Join(a, "secrets/custody-1.key"), filepath.Join(a, "secrets/custody-2.key")}
	_, err = c.PacketMake(context.Background(), "draw-1", campaign.MakeAct{Wave: 1, Only: []int{1}, Formats: []string{campaign.WorkbookFormat}, Keys: keys})
	must(t, err)
	now.set("2023-01-20T09:00")
	_, err = c.PacketOpen(context.Background(), "draw-1", 1, "", keys)
	must(t, err)
	visits, err := c.Visits(context.Background(), 1, 0)
	must(t, err)
	if len(visits) == 0 {
		t.Fatal("nothing was drawn")
	}
	for _, v := range visits {
		for name, data := range filesA {
			for _, told := range []string{v.Unit, v.Places.County, v.Places.Township, v.Places.Village} {
				if len(told) >= 9 && bytes.Contains(data, []byte(told)) {
					t.Fatalf("%s told of %s before the plan was opened", name, told)
				}
			}
		}
	}
}

type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		data, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = data
		return err
	}))
	return out
}

// TestDrawRepeats: a draw follows from what was committed, the secrets and the beacon alone, so two
// campaigns with the same of each note the same draw. It is what makes repeating a killed one safe;
// the command's tests play the kill itself.
func TestDrawRepeats(t *testing.T) {
	if testing.Short() {
		t.Skip("two ceremonies on a frame of three municipalities take some seconds")
	}
	plan := func(dir string, c *campaign.Campaign) string {
		entries, err := c.Entries(context.Background())
		must(t, err)
		for _, e := range entries {
			if e.Kind == "drawn" {
				return string(e.Body)
			}
		}
		t.Fatal("no draw was noted")
		return ""
	}
	a, ca, _ := drawn(t, 3, 30)
	b, cb, _ := drawn(t, 3, 30)
	if x, y := plan(a, ca), plan(b, cb); x != y {
		t.Errorf("got\n%s\nand\n%s", x, y)
	}
}
