package campaign_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/form"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// TestForms walks one form through the office: sealed and silent on the way out, opened by two
// custodians' code book, and taken in when it comes back.
func TestForms(t *testing.T) {
	if testing.Short() {
		t.Skip("sealing the forms of three municipalities takes some seconds")
	}
	ctx := context.Background()
	dir, c, now := drawn(t, 5, 50)
	keys := []string{filepath.Join(dir, "secrets/custody-1.key"), filepath.Join(dir, "secrets/custody-2.key")}
	if _, err := c.PacketForms(ctx, "draw-1", 1, nil, keys[:1]); inspect.ExitStatus(err) != int(inspect.Usage) {
		t.Fatalf("one key: %v", err)
	}
	_, err := c.PacketMake(ctx, "draw-1", 1, keys)
	must(t, err)
	if _, err := c.PacketCodesOf(ctx, "draw-1", 1, nil, keys); inspect.ExitStatus(err) != int(inspect.Refused) {
		t.Fatalf("codes before there are any: %v", err)
	}
	files, err := c.PacketForms(ctx, "draw-1", 1, nil, keys)
	must(t, err)
	visits, err := c.Visits(ctx, 1, 0)
	must(t, err)
	lengths := map[int]bool{}
	for i, name := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		lengths[len(data)] = true
		for _, v := range visits[:20] {
			if bytes.Contains(data, []byte(v.Unit)) || bytes.Contains(data, []byte(v.Places.County)) {
				t.Fatalf("%s tells of %s", name, v.Unit)
			}
		}
		if i == 0 && !strings.HasSuffix(name, "P-001.html") && !strings.HasSuffix(name, "P-01.html") {
			t.Errorf("a form is called %s", name)
		}
	}
	if len(files) < 18 || len(lengths) > 2 { // but for the digits of their number
		t.Errorf("%d forms have %d lengths", len(files), len(lengths))
	}
	codes, err := c.PacketCodesOf(ctx, "draw-1", 1, []int{1}, keys)
	must(t, err)
	again, err := c.PacketForms(ctx, "draw-1", 1, nil, keys)
	must(t, err)
	same, err := c.PacketCodesOf(ctx, "draw-1", 1, []int{1}, keys)
	must(t, err)
	if len(again) != len(files) || len(codes) != 1 || codes[0] != same[0] {
		t.Errorf("the codes changed: %v, %v", codes, same)
	}
	entries, err := c.Entries(ctx)
	must(t, err)
	if last := entries[len(entries)-1]; last.Kind != "rung-released" || !strings.Contains(string(last.Body), `"codes":[1]`) {
		t.Errorf("that codes were shown is not in the log: %s %s", last.Kind, last.Body)
	}

	now.set("2023-01-21T09:00")
	legs, err := c.Legs(ctx, 1)
	must(t, err)
	team := []string{fmt.Sprintf("i-%02d0", legs[0].Team), fmt.Sprintf("i-%02d1", legs[0].Team)}
	back := filepath.Join(t.TempDir(), "改了名字(1).txt")
	must(t, os.WriteFile(back, filed(t, dir, c.Config.Campaign.ID, visits, team), 0o600))
	taken, err := c.Intake(ctx, 1, []string{back, back})
	must(t, err)
	if len(taken) != 1 || taken[0].Visits["accepted"] != 1 || len(taken[0].Alarms) != 1 || len(taken[0].Problems) > 0 {
		t.Errorf("got %+v: %v", taken, taken[0].Problems)
	}
	altered := filed(t, dir, c.Config.Campaign.ID, visits, team)
	altered[len(altered)-1] ^= 1
	must(t, os.WriteFile(back, altered, 0o600))
	taken, err = c.Intake(ctx, 1, []string{back})
	must(t, err)
	if len(taken[0].Problems) != 1 || taken[0].Problems[0].Rule != "form.altered" {
		t.Errorf("an altered file: %v", taken[0].Problems)
	}
}

// filed is what the form of packet 1 sends back for its county office, with a child in danger.
func filed(t *testing.T, dir, campaign string, visits []store.Visit, team []string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "secrets/return-1.key"))
	must(t, err)
	master, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	must(t, err)
	key, err := seal.ReturnKey([32]byte(master), campaign, 1, 1)
	must(t, err)
	i := slices.IndexFunc(visits, func(v store.Visit) bool { return v.Leg == 1 && v.Kind == inspect.CO })
	v, list := visits[i], checklist.Default()
	arrived := v.Day.Time().Add(11 * time.Hour)
	r := inspect.Report{Visit: v.ID, Inspectors: team, Arrived: arrived, Left: arrived.Add(time.Hour), Present: []string{"county_official"}, Revision: 1,
		Observations: []inspect.Observation{{Kind: inspect.Hazard, Severity: "S4", Fact: "演示数据：儿童无人看护，已报告。"}}}
	for _, item := range list.ItemsFor(inspect.CO) {
		a := inspect.Answer{Item: item.Code, Method: item.Methods[0]}
		switch item.Answer.Type {
		case checklist.Count:
			a.Value = "0"
		case checklist.Ratio:
			a.Value = "4/5"
		default:
			a.Value = item.Answer.Options[0].Code
		}
		r.Answers = append(r.Answers, a)
	}
	content, err := json.Marshal(map[string]any{"form": form.Form, "checklist": list.Digest(), "made": arrived, "agent": "", "opened": []any{}, "registers": []any{},
		"reports": []any{r}, "passed": []any{}, "alarms": []any{map[string]any{"visit": v.ID, "observation": 0, "to": []string{"police"}, "at": arrived, "receipt": ""}},
		"photos": []any{}, "drafts": nil})
	must(t, err)
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":%q,"wave":1,"packet":1,"key":%q}`+"\n", form.Schema, campaign, seal.KeyID(key))
	content = append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)
	box, err := seal.SealWith(rand.Reader, key, head, content)
	must(t, err)
	return append(head, box...)
}
