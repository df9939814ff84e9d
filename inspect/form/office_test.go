package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"zhicha/inspect"
	"zhicha/inspect/seal"
	"zhicha/inspect/workbook"
)

// bureau is an office that knows the command alone.
type bureau struct {
	t    *testing.T
	bin  string
	dir  string
	keys string
}

// newBureau draws and seals a wave on the small frame of the command's own scripts.
func newBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{t: t, bin: filepath.Join(t.TempDir(), "zhicha"), dir: filepath.Join(t.TempDir(), "c")}
	if out, err := exec.Command("go", "build", "-o", b.bin, "zhicha/cmd/zhicha").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b.keys = filepath.Join(b.dir, "secrets/custody-1.key") + "," + filepath.Join(b.dir, "secrets/custody-2.key")
	b.run(0, "init", "--demo", b.dir)
	b.configure()
	for _, p := range [][]string{{"draw-1", "drawer"}, {"witness-1", "witness"}, {"witness-2", "witness"}, {"review-1", "reviewer"},
		{"custody-1", "custodian", "--body", "office"}, {"custody-2", "custodian", "--body", "discipline"}} {
		b.run(0, append([]string{"person", "new", p[0], "--role", p[1]}, p[2:]...)...)
	}
	small, err := filepath.Abs("../../cmd/zhicha/testdata/small.csv")
	b.ok(err)
	b.run(0, "frame", "import", small, "--as", "draw-1")
	b.at("2023-01-03T09:00", "frame", "freeze", "--as", "draw-1")
	b.run(0, "roster", "import", b.roster(), "--as", "draw-1")
	b.ceremony()
	b.at("2023-01-05T22:00", "packet", "make", "--as", "draw-1", "--key", b.keys)
	return b
}

func (b *bureau) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// configure edits the reference configuration as an office would.
func (b *bureau) configure() {
	b.t.Helper()
	name := filepath.Join(b.dir, "config.yaml")
	text, err := os.ReadFile(name)
	b.ok(err)
	for _, x := range [][2]string{{"level: national  ", "level: province  "}, {`area: "" `, `area: "64" `},
		{"counties: 6 ", "counties: 2 "}, {"townships: 2 ", "townships: 1 "}, {"overlap_percent: 10", "overlap_percent: 0"},
		{"second_coder_percent: 10", "second_coder_percent: 0"}, {`plan_no: ""`, `plan_no: "演示数据〔1〕号"`}, {`approver: ""`, `approver: "演示数据"`}, {`approved_on: ""`, `approved_on: "2023-01-01"`}} {
		if strings.Count(string(text), x[0]) != 1 {
			b.t.Fatalf("%q does not stand once in config.yaml", x[0])
		}
		text = bytes.Replace(text, []byte(x[0]), []byte(x[1]), 1)
	}
	b.ok(os.WriteFile(name, text, 0o600))
}

func (b *bureau) roster() string {
	b.t.Helper()
	var people []inspect.Inspector
	for team, kind := range []inspect.TeamKind{inspect.ThirdParty, inspect.National} {
		for i := range 3 {
			people = append(people, inspect.Inspector{ID: fmt.Sprintf("insp-%d%c", team+1, 'a'+i), Name: "演示数据", Team: team + 1, Kind: kind, Woman: i == 0})
		}
	}
	var out bytes.Buffer
	b.ok(workbook.WriteRosterTemplate(&out, people, inspect.Regions, true))
	name := filepath.Join(b.t.TempDir(), "roster.xlsx")
	b.ok(os.WriteFile(name, out.Bytes(), 0o600))
	return name
}

func (b *bureau) ceremony() {
	b.t.Helper()
	parties := []string{"office", "discipline", "evaluator"}
	secret := func(p, end string) string { return filepath.Join(b.dir, "secrets", "wave-1-"+p+end) }
	for _, p := range parties {
		b.run(0, "plan", "party", "new", p)
		b.at("2023-01-03T09:00", "plan", "party", "add", secret(p, ".party.json"), "--as", "draw-1")
	}
	b.at("2023-01-03T09:00", "plan", "commit", "--as", "draw-1")
	for _, p := range parties {
		out := filepath.Join(b.dir, "ceremony")
		b.run(0, "plan", "party", "sign", "--record", filepath.Join(out, "commit-1.json"), "--secret", secret(p, ".secret"), "--out", out)
		b.run(0, "plan", "party", "share", "--record", filepath.Join(out, "commit-1.json"), "--secret", secret(p, ".secret"), "--out", filepath.Join(b.dir, "secrets"))
		b.at("2023-01-03T09:00", "plan", "party", "add", filepath.Join(out, "wave-1-"+p+".signature"), filepath.Join(out, "deposit-1-"+p+".discipline+office.age"), "--as", "draw-1")
	}
	for _, w := range []string{"witness-1", "witness-2"} {
		b.at("2023-01-05T21:30", "plan", "beacon", "ssq/2023003/08-17-19-23-26-28/05", "--as", w)
	}
	b.at("2023-01-05T21:40", "plan", "draw", "--as", "draw-1")
}

// run calls the command, which must end with the status, and returns what it printed.
func (b *bureau) run(status int, args ...string) []byte {
	b.t.Helper()
	cmd := exec.Command(b.bin, append([]string{"--dir", b.dir, "--json"}, args...)...)
	cmd.Env = append(os.Environ(), "ZHICHA_LANG=en")
	out, err := cmd.Output()
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		b.ok(err)
	}
	if got != status {
		b.t.Fatalf("zhicha %s: status %d, want %d\n%s", strings.Join(args, " "), got, status, out)
	}
	return out
}

// at is run at a minute of Beijing time, without a fault.
func (b *bureau) at(minute string, args ...string) []byte {
	b.t.Helper()
	return b.run(0, append(args, "--now", minute+":00+08:00")...)
}

func read[T any](b *bureau, out []byte) (v T) {
	b.t.Helper()
	if err := json.Unmarshal(out, &v); err != nil {
		b.t.Fatalf("%v in %s", err, out)
	}
	return v
}

// unseal opens the books of each day until packet 1 is in one, then releases its rungs in time; a
// rung before its time is refused. It returns the codes and the first day of the leg.
func (b *bureau) unseal() (codes []string, start inspect.Date) {
	b.t.Helper()
	for day := inspect.Date("2023-01-06"); ; day = day.Add(1) {
		if day > "2023-01-19" {
			b.t.Fatal("no book holds packet 1")
		}
		opened := read[struct{ Opened []int }](b, b.at(string(day)+"T08:00", "packet", "open", "--as", "draw-1", "--key", b.keys)).Opened
		if slices.Contains(opened, 1) {
			start = day.Add(1)
			break
		}
	}
	early := b.run(4, "packet", "release", "1", "--rung", "province", "--as", "draw-1", "--now", string(start.Add(-1))+"T12:00:00+08:00")
	if !strings.Contains(string(early), "packet.rung-early") {
		b.t.Errorf("at noon: %s", early)
	}
	for _, x := range [][2]string{{Province, string(start.Add(-1)) + "T19:00"}, {County, string(start) + "T06:30"}, {Village, string(start) + "T08:30"}} {
		if x[0] != Province { // the custodians come in the morning, and again when the team has arrived
			b.at(x[1], "packet", "open", "--rung", x[0], "--as", "draw-1", "--key", b.keys)
		}
		told := read[[]struct{ Code string }](b, b.at(x[1], "packet", "release", "1", "--rung", x[0], "--as", "draw-1"))
		codes = append(codes, told[0].Code)
	}
	return codes, start
}

type planned struct {
	inspect.Visit
	State string
}

// A whole leg, by nothing but the commands and pages people have: the office releases the rungs, an
// inspector fills two visits on a phone without a network, one with a hazard and a photo, one with a
// child in danger; the browser is closed and opened again midway; the return is exported, taken in
// and approved.
func TestLegThroughTheOffice(t *testing.T) {
	needsBrowser(t)
	b := newBureau(t)
	codes, start := b.unseal()
	visits := read[[]planned](b, b.run(0, "visit", "list", "--leg", "1"))
	home, committee := visits[0], visits[slices.IndexFunc(visits, func(v planned) bool { return v.Kind == inspect.VC })]
	// where it lies is told to whoever shows a key, and that they were is on record
	home = read[struct{ Visit planned }](b, b.run(0, "visit", "show", home.ID, "--places", "--as", "review-1")).Visit
	if home.Unit == "" {
		t.Fatal("nobody is told where to go")
	}
	leg := read[[]inspect.Leg](b, b.run(0, "leg", "list"))[0]
	team := []string{fmt.Sprintf("insp-%da", leg.Team), fmt.Sprintf("insp-%dc", leg.Team)}
	on := func(clock string) time.Time { return beijing(string(start) + "T" + clock) }

	profile, file := t.TempDir(), filepath.Join(b.dir, "packets", "P-001.html")
	p := switchOn(t, profile)
	p.open(file)
	p.unlock(codes...)
	p.wait("#visits")
	p.tap(fmt.Sprintf("visit-%d", home.Seq))
	first := inspect.Report{Visit: home.ID, Inspectors: team, Arrived: on("10:10"), Left: on("10:50"), Present: []string{"child", "guardian"}, Revision: 1}
	p.basics(first)
	p.household(&first, home.Order)
	p.tap("next")
	first.Answers = p.fill(inspect.HH, 0, 9)
	p.saved()
	p.close()

	p = switchOn(t, profile)
	p.open(file)
	p.unlock(codes[2])
	p.wait("#visits")
	p.tap(fmt.Sprintf("visit-%d", home.Seq))
	p.tap("go-items")
	first.Answers = append(first.Answers, p.fill(inspect.HH, 9, 99)...)
	p.hazard(&first)
	p.closeVisit("home")
	second := inspect.Report{Visit: committee.ID, Inspectors: team, Arrived: on("11:30"), Left: on("12:40"), Present: []string{"resident"}, Revision: 1}
	p.tap("up")
	p.tap(fmt.Sprintf("visit-%d", committee.Seq))
	p.basics(second)
	second.Answers = p.fill(inspect.VC, 0, 99)
	p.inDanger(&second)
	p.closeVisit("committee")
	p.tap("up")
	p.tap("to-export")
	p.wait("#export")
	p.tap("export")
	p.downloaded("R-001-1.zhicha")
	p.clean()

	out := b.at(string(start.Add(1))+"T09:00", "intake", p.downloads, "--as", "draw-1")
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	sum := read[struct {
		Totals map[string]int
		Alarms []struct{ Visit string }
	}](b, []byte(lines[len(lines)-1]))
	if sum.Totals["accepted"] != 2 || sum.Totals["refused"] > 0 || len(sum.Alarms) != 1 || sum.Alarms[0].Visit != committee.ID {
		t.Fatalf("taken in: %s", out)
	}
	b.compare(first, second)
	b.evidence()
	b.at(string(start.Add(1))+"T15:00", "visit", "approve", "--leg", "1", "--as", "review-1")
	for _, v := range read[[]planned](b, b.run(0, "visit", "list", "--leg", "1")) {
		if filed := v.ID == home.ID || v.ID == committee.ID; filed != (v.State == "approved") {
			t.Errorf("%s is %s", v.ID, v.State)
		}
	}
	if log := string(b.run(0, "ledger", "show")); !strings.Contains(log, "return-received") || !strings.Contains(log, "visit-approved") || strings.Contains(log, home.Unit) {
		t.Errorf("the log says %s", log)
	}
	// the same file again, out of an archive under another name, changes nothing
	again := b.at(string(start.Add(1))+"T16:00", "intake", p.downloads, "--as", "draw-1")
	if !strings.Contains(string(again), `"repeated":1`) {
		t.Errorf("again: %s", again)
	}
}

// inDanger reports a child in danger by the E1 button, called and closed.
func (p *phone) inDanger(want *inspect.Report) {
	p.t.Helper()
	p.tap("e1")
	p.wait("#begin-e1")
	p.tap("begin-e1")
	fact := "一名幼儿独自在家，炉火未熄"
	p.typeIn("fact", fact)
	p.tap("to-police")
	p.set("called", want.Arrived.Add(10*time.Minute).Format("2006-01-02T15:04"))
	p.do(chromedp.Click(chromedp.CSS("#done")))
	p.wait("#finding-1")
	p.tap("go-review")
	want.Observations = []inspect.Observation{{Kind: inspect.Hazard, Severity: "S4", Fact: fact}}
}

// compare reads what the office has of each report against what was typed.
func (b *bureau) compare(want ...inspect.Report) {
	b.t.Helper()
	for _, w := range want {
		got := read[struct {
			Visit struct {
				Report inspect.Report
				Grade  inspect.Grade
			}
			Findings []inspect.Finding
		}](b, b.run(0, "visit", "show", w.Visit, "--as", "review-1"))
		a, err1 := json.Marshal(w)
		g, err2 := json.Marshal(got.Visit.Report)
		b.ok(errors.Join(err1, err2))
		if string(a) != string(g) {
			b.t.Errorf("%s: typed\n%s\nthe office has\n%s", w.Visit, a, g)
		}
		grade := inspect.GradeA
		if strings.Contains(w.Observations[0].Fact, "软管") { // its photo was taken today, not on the day of the visit
			grade = inspect.GradeB
		}
		if got.Visit.Grade != grade || !slices.ContainsFunc(got.Findings, func(f inspect.Finding) bool { return f.Fact == w.Observations[0].Fact }) {
			b.t.Errorf("%s: grade %s, findings %+v", w.Visit, got.Visit.Grade, got.Findings)
		}
	}
}

// evidence sees that the photo is kept as it was taken, under its own digest.
func (b *bureau) evidence() {
	b.t.Helper()
	taken, err := os.ReadFile(photo(b.t))
	b.ok(err)
	d := inspect.DigestOf(taken).String()
	closed, err := os.ReadFile(filepath.Join(b.dir, "evidence", d[:2], d))
	b.ok(err)
	key, err := os.ReadFile(filepath.Join(b.dir, "secrets", "review-1.key"))
	b.ok(err)
	kept, err := seal.OpenEvidence(closed, strings.TrimSpace(string(key)))
	b.ok(err)
	if !bytes.Equal(taken, kept) || bytes.Contains(closed, taken[:64]) {
		b.t.Error("the photo was altered, or lies open")
	}
}
