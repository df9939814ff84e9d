package ceremony_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/field"
	"zhicha/inspect/rehearsal"
)

// TestPlanExistsOnlySealed is the law of secrecy at rest: what lies in the folder after a draw
// tells nothing of what was drawn.
func TestPlanExistsOnlySealed(t *testing.T) {
	if testing.Short() {
		t.Skip("two ceremonies on a frame of three municipalities take some seconds")
	}
	a, ca, now := rehearsal.Drawn(t, 1, 10)
	b, cb, _ := rehearsal.Drawn(t, 1, 11)
	rehearsal.Check(t, ca.Close())
	rehearsal.Check(t, cb.Close())
	filesA, filesB := rehearsal.Tree(t, a), rehearsal.Tree(t, b)
	for name, x := range filesA {
		y, ok := filesB[name]
		switch {
		case !ok:
			t.Errorf("%s is in one folder only", name)
		case bytes.Equal(x, y):
		case !rehearsal.MaySeal.MatchString(name):
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
	now.At = now.At.Add(time.Hour)
	c, err := campaign.Open(context.Background(), a, campaign.Env{Now: func() time.Time { return now.At }, Rand: rehearsal.Zero{}})
	rehearsal.Check(t, err)
	defer c.Close()
	keys := rehearsal.Keys(a)
	_, err = field.MakePackets(context.Background(), c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{1}, Formats: []string{field.WorkbookFormat}, Keys: keys})
	rehearsal.Check(t, err)
	now.Set("2023-01-20T09:00")
	_, err = field.OpenBooks(context.Background(), c, rehearsal.Who(c, "draw-1"), 1, "", inspect.RungVillage, keys)
	rehearsal.Check(t, err)
	visits, err := c.Visits(context.Background(), 1, 0)
	rehearsal.Check(t, err)
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

// TestDrawRepeats: a draw follows from what was committed, the secrets and the beacon alone, so two
// campaigns with the same of each note the same draw. It is what makes repeating a killed one safe;
// the command's tests play the kill itself.
func TestDrawRepeats(t *testing.T) {
	if testing.Short() {
		t.Skip("two ceremonies on a frame of three municipalities take some seconds")
	}
	plan := func(dir string, c *campaign.Campaign) string {
		entries, err := c.Entries(context.Background())
		rehearsal.Check(t, err)
		for _, e := range entries {
			if e.Kind == "drawn" {
				return string(e.Body)
			}
		}
		t.Fatal("no draw was noted")
		return ""
	}
	a, ca, _ := rehearsal.Drawn(t, 3, 30)
	b, cb, _ := rehearsal.Drawn(t, 3, 30)
	if x, y := plan(a, ca), plan(b, cb); x != y {
		t.Errorf("got\n%s\nand\n%s", x, y)
	}
}
