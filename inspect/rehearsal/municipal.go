package rehearsal

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/frame"
	"zhicha/inspect/prepare"
	"zhicha/inspect/workbook"
)

// clock is the office's clock in a test.
type clock struct{ At time.Time }

func (c *clock) Set(s string) { c.At, _ = time.Parse(time.RFC3339, s+":00+08:00") }

// Drawn makes a campaign over three municipalities and draws it. Everything follows from seed but
// the parties' secrets, which follow from secret.
func Drawn(t *testing.T, seed, secret byte) (dir string, c *campaign.Campaign, now *clock) {
	t.Helper()
	ctx := context.Background()
	dir = filepath.Join(t.TempDir(), "c")
	now = &clock{}
	now.Set("2023-01-03T09:00")
	env := campaign.Env{Now: func() time.Time { return now.At }, Rand: rand.NewChaCha8([32]byte{seed})}
	config := strings.NewReplacer("demo: false ", "demo: true ", "level: national ", "level: province ", `area: "" `, `area: "11 12 31" `, `plan_no: ""`, `plan_no: "演示数据〔1〕号"`, `approver: ""`, `approver: "演示数据"`, `approved_on: ""`, `approved_on: "2023-01-01"`).Replace(string(zhicha.Config))
	Check(t, campaign.Init(ctx, dir, []byte(config), env))
	c, err := campaign.Open(ctx, dir, env)
	Check(t, err)
	t.Cleanup(func() { c.Close() })
	for _, p := range [][3]string{{"draw-1", "drawer"}, {"witness-1", "witness"}, {"witness-2", "witness"}, {"custody-1", "custodian", "office"},
		{"custody-2", "custodian", "discipline"}, {"review-1", "reviewer"}} {
		_, err := c.NewPerson(p[0], []string{p[1]}, p[2])
		Check(t, err)
	}
	source := filepath.Join(t.TempDir(), "frame.csv")
	Check(t, os.WriteFile(source, municipalities(t), 0o600))
	_, err = prepare.ImportFrame(ctx, c, Who(c, "draw-1"), []string{source}, false)
	Check(t, err)
	_, err = prepare.FreezeFrame(ctx, c, Who(c, "draw-1"))
	Check(t, err)
	roster := filepath.Join(t.TempDir(), "roster.xlsx")
	Check(t, os.WriteFile(roster, teams(), 0o600))
	_, err = prepare.ImportRoster(t.Context(), c, Who(c, "draw-1"), roster, 1)
	Check(t, err)
	secrets := rand.NewChaCha8([32]byte{secret})
	for _, party := range []string{"office", "discipline", "evaluator"} {
		_, public, err := ceremony.NewParty(secrets, c.SecretsDir(), c.Config.Campaign.ID, 1, party)
		Check(t, err)
		Check(t, ceremony.AddPartyFiles(ctx, c, Who(c, "draw-1"), 1, []string{public}))
	}
	_, err = ceremony.Commit(ctx, c, Who(c, "draw-1"), 1)
	Check(t, err)
	for _, party := range []string{"office", "discipline", "evaluator"} {
		files, _, err := ceremony.SignCommit(filepath.Join(dir, "ceremony/commit-1.json"), filepath.Join(c.SecretsDir(), ceremony.PartySecretFile(1, party)), c.SecretsDir())
		Check(t, err)
		Check(t, ceremony.AddPartyFiles(ctx, c, Who(c, "draw-1"), 1, files))
		_, err = ceremony.BringShares(filepath.Join(dir, "ceremony/commit-1.json"), filepath.Join(c.SecretsDir(), ceremony.PartySecretFile(1, party)), c.SecretsDir())
		Check(t, err)
	}
	now.Set("2023-01-05T21:40")
	for _, w := range []string{"witness-1", "witness-2"} {
		_, err := ceremony.Beacon(ctx, c, Who(c, w), 1, "ssq/2023003/01-05-11-18-22-30/07")
		Check(t, err)
	}
	_, err = ceremony.Draw(ctx, c, Who(c, "draw-1"), 1, campaign.Custody{})
	Check(t, err)
	return dir, c, now
}

func Check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// municipalities is the frame of 11, 12 and 31 as an office's own table.
func municipalities(t *testing.T) []byte {
	t.Helper()
	national, err := frame.National()
	Check(t, err)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(frame.Columns)
	for _, table := range []iter.Seq[inspect.Unit]{slices.Values(national.Counties), slices.Values(national.Townships), national.Villages()} {
		for u := range table {
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
	if err := workbook.WriteRosterTemplate(&out, people, inspect.Regions, true); err != nil {
		panic(err)
	}
	return out.Bytes()
})

// maySeal are the files in which two draws that differ only in the secrets may differ: the
// secrets, what follows from them by digest or signature, and what is sealed.
var MaySeal = regexp.MustCompile(`^(secrets/(wave|deposit|shares)-1-.*|ceremony/(commit|draw)-1\.(json|html)|sealed/.*\.age|campaign\.db)$`)

type Zero struct{}

func (Zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func Tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	Check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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
