package verify

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
	"zhicha/site"
)

const campaignID = "winter-test"

// world is a campaign that has come to its end, played with fixed keys, and everything needed to
// publish it again after something in it was changed. Its places are made up.
type world struct {
	t       testing.TB
	log     signer
	witness *signer // signs the checkpoint besides, and is declared
	parties []signer
	secrets []draw.Secret
	frame   *frame.Frame
	design  inspect.Design
	teams   []inspect.Team
	record  *draw.Record
	d       inspect.Digest
	beacon  string
	reserve []inspect.Reserve
	entries []happened
	sample  *draw.Sample
	found   func(*score.Input) // what the field found besides; may be nil
	edition string             // of the pages; empty: this program's
	scored  bool               // pages say of every audit that it computed the score that stands
	trusted bool               // what it makes of the public data is what verify would: other tests hold that
	public  release.Public
	people  map[inspect.Digest]signer // whose keys sign what they decide
	files   map[string][]byte         // of the proof; and whatever is to stand in the place of what the site makes
}

// happened is an entry to be.
type happened struct {
	kind ledger.Kind
	at   time.Time
	body map[string]any
}

// signer is a note key made of a seed.
type signer struct{ secret, public string }

func newSigner(t testing.TB, name string, seed byte) signer {
	t.Helper()
	return seeded(t, name, [32]byte(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
}

func seeded(t testing.TB, name string, seed [32]byte) signer {
	t.Helper()
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Split(public, "+")[1]
	return signer{"PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, private.Seed()...)), public}
}

func (s signer) note(t testing.TB) note.Signer {
	t.Helper()
	out, err := note.NewSigner(s.secret)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// scale is how large a world is.
type scale struct {
	regions  int // strata
	counties int // in each
	drawn    int // of them
	overlap  int // percent

	postponed bool // the beacon's event was, by two people

	xpcc    bool          // the last stratum is 新疆生产建设兵团, whose code is none of numbers
	stratum string        // of the design; empty: the reporting unit
	wide    int           // counties in a prefecture; 0: 50
	rules   inspect.Rules // of scoring; none: the usual ones
	found   func(*score.Input)
}

// units are the reporting units of a scale.
func (s scale) units() []inspect.Region {
	out := slices.Clone(inspect.Regions[:s.regions])
	if s.xpcc {
		out[s.regions-1] = inspect.Regions[len(inspect.Regions)-1]
	}
	return out
}

var (
	tiny     = scale{regions: 3, counties: 3, drawn: 2, overlap: 20}
	national = scale{regions: 32, counties: 90, drawn: 6, overlap: 10}
)

func at(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, inspect.Beijing) }

// newWorld plays the campaign.
func newWorld(t testing.TB, s scale) *world {
	t.Helper()
	w := &world{t: t, log: newSigner(t, ledger.Origin(campaignID), 9), files: map[string][]byte{}, people: map[inspect.Digest]signer{}, beacon: "ssq/2026140/01-05-11-18-22-30/07"}
	w.frame, w.found = newFrame(t, s), s.found
	w.design = inspect.Design{Stratum: cmp.Or(s.stratum, "reporting_unit"), Counties: s.drawn, Townships: 1, Villages: 1, Households: 1, Reserves: 2}
	land := w.frame.Territory("", w.design.Stratum)
	for i := range 2 * s.regions {
		kind, home := inspect.Provincial, land.Units[i%len(land.Units)].Code
		if i >= s.regions {
			kind, home = inspect.ThirdParty, ""
		}
		w.teams = append(w.teams, inspect.Team{No: i + 1, Home: home, Kind: kind, Inspectors: 2, Women: 1, Capacity: 8, From: "2026-12-05", To: "2026-12-20"})
	}
	for i, id := range []string{"discipline", "evaluator", "office"} {
		w.parties = append(w.parties, newSigner(t, id, byte(20+i)))
		w.secrets = append(w.secrets, draw.Secret(inspect.DigestOf([]byte(id))))
	}
	w.commit(s)
	if s.postponed {
		w.postpone()
	}
	w.draw()
	w.finish()
	return w
}

func newFrame(t testing.TB, s scale) *frame.Frame {
	t.Helper()
	text := strings.Join(frame.Columns, ",") + "\n"
	wide := cmp.Or(s.wide, 50)
	for _, r := range s.units() {
		for j := range s.counties {
			county := fmt.Sprintf("%s%02d%02d000000", r.Code, 20+j/wide, 1+j%wide)
			id := county
			if r.Code == inspect.XPCC { // lies in Xinjiang, apart from what answers to Xinjiang
				county, id = fmt.Sprintf("65%02d%02d000000", 70+j/wide, 1+j%wide), fmt.Sprintf("BT%04d", j)
			}
			town, village := county[:6]+"001000", county[:6]+"001001"
			text += fmt.Sprintf("CO,%s,县%s,%s,%s,%s,,%d,\n", id, county[2:6], county, r.Code, id, 1000+137*j)
			text += fmt.Sprintf("TS,%s,乡,%s,%s,%s,%s,,\n", town, town, r.Code, id, town)
			text += fmt.Sprintf("VC,%s,村,%s,%s,%s,%s,,\n", village, village, r.Code, id, town)
		}
	}
	rows, _, err := frame.ReadCSV("frame.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := frame.Build(rows)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (w *world) enter(kind ledger.Kind, at time.Time, body map[string]any) {
	w.entries = append(w.entries, happened{kind, at, body})
}

// find returns the only entry of a kind, or the last.
func (w *world) find(kind ledger.Kind) *happened {
	for i := len(w.entries) - 1; i >= 0; i-- {
		if w.entries[i].kind == kind {
			return &w.entries[i]
		}
	}
	w.t.Fatalf("no entry %s", kind)
	return nil
}

func (w *world) json(v any) []byte {
	w.t.Helper()
	raw, err := inspect.CanonicalJSON(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

func (w *world) digest(v any) inspect.Digest { return inspect.DigestOf(w.json(v)) }

// commit freezes the frame, makes the record and has it signed.
func (w *world) commit(s scale) {
	d := w.frame.Digests()
	digests := draw.FrameDigests{Frame: d.Frame, Counties: d.Counties, Townships: d.Townships, Units: d.Units}
	usual := inspect.Rules{Confidence: 95, Variance: "with_replacement", Lonely: "fail", MinCounties: 6, MinVisits: 8, MaxHalf: 10, SecondCoder: 10, MinCount: 10}
	if s.rules != (inspect.Rules{}) {
		usual = s.rules
	}
	w.enter(ledger.FrameFrozen, at(1, 9), map[string]any{"frame": digests, "log": w.log.public, "demo": true})
	for _, p := range [][2]string{{"draw", "drawer"}, {"sign", "signer"}, {"review", "reviewer"}} {
		w.entries = append(w.entries, w.appointed(at(1, 9), p[0], p[1], "draw"))
	}
	w.record = &draw.Record{
		Algorithm: draw.Algorithm, Campaign: campaignID, Wave: 1, Kind: "random", Plan: "演示〔2026〕1号", Frame: digests,
		Design: w.digest(w.design), Checklist: checklist.Default().Digest(), Teams: w.digest(w.teams), Calendar: inspect.DigestOf([]byte("calendar")),
		Window: inspect.Window{From: "2026-12-05", To: "2026-12-20"}, LegDays: 2, Hours: []inspect.Hours{{From: "10:00", To: "17:00"}},
		Assign: inspect.AssignRule{Region: w.design.Stratum, TeamMin: 2, WomenMin: 1, OverlapPercent: s.overlap, LegsPerTeamMax: 8, LegDays: 2},
		Beacon: draw.Beacon{Event: "演示开奖", Issue: "2026140", At: at(3, 21), Rule: `ssq/[0-9]{7}/[0-9]{2}(-[0-9]{2}){5}/[0-9]{2}`}, Rules: usual, RevealBy: "2027-01-31",
		Custodians: []draw.Custodian{{ID: "c1", Body: "a", Recipient: "age1x"}, {ID: "c2", Body: "b", Recipient: "age1y"}},
	}
	for i, p := range w.parties {
		id := strings.Split(p.public, "+")[0]
		party := draw.Party{ID: id, Name: "见证方" + id, Key: p.public, Commitments: map[inspect.Stage]inspect.Digest{}}
		for _, stage := range inspect.Stages {
			party.Commitments[stage] = draw.Commitment(w.share(i, stage), campaignID, 1, id, stage)
		}
		w.record.Parties = append(w.record.Parties, party)
	}
	if err := draw.CheckRecord(w.record); err != nil {
		w.t.Fatal(err)
	}
	w.sign()
}

// sign signs the record as it stands and enters the commit, again if there was one.
func (w *world) sign() {
	w.d = w.digest(w.record)
	signatures, digests := map[string]string{}, map[string]any{}
	for _, p := range w.parties {
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("zhicha/1 commit\n%s\n1\n%s\n", campaignID, w.d)}, p.note(w.t))
		if err != nil {
			w.t.Fatal(err)
		}
		id := strings.Split(p.public, "+")[0]
		signatures[id], digests[id] = string(signed), inspect.DigestOf(signed)
	}
	w.files["rounds/1/record.json"], w.files["rounds/1/signatures.json"] = w.json(w.record), w.json(signatures)
	w.entries = slices.DeleteFunc(w.entries, func(e happened) bool { return e.kind == ledger.DrawCommitted })
	w.entries = slices.Insert(w.entries, w.staff(), happened{ledger.DrawCommitted, at(2, 9), map[string]any{"wave": 1, "record": w.d, "signatures": digests, "revealBy": w.record.RevealBy}})
}

func (w *world) share(party int, stage inspect.Stage) draw.Share {
	return draw.ShareOf(w.secrets[party], campaignID, 1, strings.Split(w.parties[party].public, "+")[0], stage)
}

// person is somebody in the log, by the hash of a key that is theirs.
func person(name string) inspect.Digest { return inspect.DigestOf([]byte(name)) }

// keyed is somebody's signing key. It is made of their name, and known to the world from here on.
func (w *world) keyed(name string) signer {
	s := seeded(w.t, name, person(name))
	w.people[person(name)] = s
	return s
}

func (w *world) by(names ...string) (out []inspect.Digest) {
	for _, n := range names {
		w.keyed(n)
		out = append(out, person(n))
	}
	return out
}

// appointed is the entry that appoints somebody.
func (w *world) appointed(at time.Time, name, role string, by ...string) happened {
	return happened{ledger.PersonAppointed, at, map[string]any{"person": person(name), "key": ledger.PublicKey(w.keyed(name).public), "roles": []string{role}, "by": w.by(by...)}}
}

// signed is an entry under the signatures of those whom it names, after the entries before it. One that has
// signatures already keeps them, be they none; a person whose key nobody has signs with what there is.
func (w *world) signed(people *ledger.People, h happened) map[string]any {
	by, ok := h.body["by"].([]inspect.Digest)
	body, out := joint(w.t, h), maps.Clone(h.body)
	if has, there := out["signatures"]; body == nil || !ok || there {
		if there && has == nil {
			delete(out, "signatures")
		}
		return out
	}
	text, err := people.Text(body)
	if err != nil {
		w.t.Fatal(err)
	}
	signatures := []string{}
	for _, p := range by {
		signatures = append(signatures, w.signature(p, text))
	}
	out["signatures"] = signatures
	return out
}

// signature is what somebody signs; of whom nobody has the key, nothing.
func (w *world) signature(by inspect.Digest, text string) string {
	key, ok := w.people[by]
	if !ok {
		return strings.Repeat("0", 128)
	}
	signed, err := note.Sign(&note.Note{Text: text}, key.note(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := ledger.Nameless(string(signed))
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// joint reads what people decide together, however little sense it makes; nil where it is none.
func joint(t testing.TB, h happened) ledger.Joint {
	t.Helper()
	raw, err := inspect.CanonicalJSON(h.body)
	if err != nil {
		t.Fatal(err)
	}
	switch h.kind {
	case ledger.PersonAppointed:
		return loose[ledger.Appointment](raw)
	case ledger.PersonRetired:
		return loose[ledger.Retirement](raw)
	case ledger.KeyReplaced:
		return loose[ledger.Replacement](raw)
	case ledger.BeaconPostponed:
		return loose[ledger.Postponement](raw)
	case ledger.Withdrawn:
		return loose[ledger.Withdrawal](raw)
	case ledger.Published:
		return loose[ledger.Publication](raw)
	}
	return nil
}

func loose[T ledger.Joint](raw []byte) T {
	var out T
	_ = json.Unmarshal(raw, &out) // what cannot be read is signed as if it were not there
	return out
}

// took lets people take in an entry, if it can be.
func took(people *ledger.People, e ledger.Entry) {
	if body, err := ledger.ReadBody(e.Kind, e.Body); err == nil {
		_ = people.Take(e.Seq, e.Time, body)
	}
}

// postpone lets two people, who are appointed for it, wait for the next issue.
func (w *world) postpone() {
	w.entries = slices.Insert(w.entries, w.staff(), w.appointed(at(1, 9), "sign-1", "signer", "draw"), w.appointed(at(1, 9), "witness-1", "witness", "draw"))
	w.enter(ledger.BeaconPostponed, at(3, 22), map[string]any{"wave": 1, "issue": "2026141", "at": "2026-12-04T07:00:00+08:00", "reason": "not-held", "by": w.by("sign-1", "witness-1")})
	w.beacon = strings.Replace(w.beacon, "2026140", "2026141", 1)
}

// draw selects and assigns, and writes what is published of it.
func (w *world) draw() {
	typed := at(3, 22)
	if w.entries[len(w.entries)-1].kind == ledger.BeaconPostponed {
		typed = at(4, 8)
	}
	w.enter(ledger.Beacon, typed, map[string]any{"wave": 1, "value": w.beacon})
	shares, keys := map[inspect.Stage]map[string]string{}, map[inspect.Stage]inspect.Key{}
	for _, stage := range inspect.Stages {
		own, texts := map[string]draw.Share{}, map[string]string{}
		for i, p := range w.record.Parties {
			share := w.share(i, stage)
			own[p.ID], texts[p.ID] = share, hex.EncodeToString(share[:])
		}
		key, err := w.record.StageKey(stage, w.beacon, own)
		if err != nil {
			w.t.Fatal(err)
		}
		if keys[stage] = key; slices.Contains(ledger.PublicStages, stage) {
			shares[stage] = texts
		}
	}
	key := func(s inspect.Stage) inspect.Key { return keys[s] }
	sample, err := draw.Select(w.frame.Counties, w.frame, w.design, key)
	if err != nil {
		w.t.Fatal(err)
	}
	in := assign.Input{Wave: 1, Teams: w.teams, Rule: w.record.Assign, Hours: w.record.Hours, Window: w.record.Window, LegDays: w.record.LegDays,
		Assign: keys[inspect.StageAssign], Schedule: keys[inspect.StageSchedule]}
	for i := range sample.Counties {
		in.Legs = append(in.Legs, assign.LegNeed{County: sample.Counties[i].Unit.ID, Region: sample.Counties[i].Stratum})
	}
	result, err := assign.Assign(in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.reserve, w.sample = sample.Reserves, sample
	stages := map[string]any{}
	for stage, tree := range sample.Trees(key) {
		stages[string(stage)] = tree.Commitment(stage)
	}
	var legs []leg
	overlap := 0
	for _, l := range result.Legs {
		u, _ := w.frame.County(l.County)
		legs = append(legs, leg{l.No, l.Region, l.County, u.Name, l.Team, w.teams[l.Team-1].Home, l.Twin})
		if !l.Primary() {
			overlap++
		}
	}
	w.enter(ledger.Drawn, at(4, 9), map[string]any{"wave": 1, "plan": inspect.DigestOf([]byte("plan")), "legs": len(legs) - overlap, "overlap": overlap, "stages": stages})
	w.enter(ledger.RungReleased, at(5, 8), map[string]any{"wave": 1, "packets": len(legs)})
	drawer := inspect.DigestOf([]byte("draw-1"))
	w.enter(ledger.RungReleased, at(6, 9), map[string]any{"wave": 1, "rung": "village", "told": []int{1}, "by": drawer})
	w.enter(ledger.ReturnReceived, at(10, 8), map[string]any{"wave": 1, "packet": 1, "reports": inspect.DigestOf([]byte("reports")), "visits": 4, "by": drawer})
	n, root := 4*(len(legs)-overlap), inspect.DigestOf([]byte("root"))
	w.enter(ledger.VisitApproved, at(21, 8), map[string]any{"wave": 1, "visits": n, "by": inspect.DigestOf([]byte("review-1")), "root": root})
	var closed []int
	for _, l := range legs {
		closed = append(closed, l.No)
	}
	w.enter(ledger.LegClosed, at(21, 9), map[string]any{"wave": 1, "legs": closed, "by": inspect.DigestOf([]byte("review-1")), "visits": n, "approved": n, "root": root})
	for _, stage := range ledger.PublicStages {
		w.enter(ledger.Revealed, at(22, 8), map[string]any{"wave": 1, "stage": stage, "shares": shares[stage]})
	}
	w.setLegs(legs)
	w.files["rounds/1/reveal.json"] = w.json(reveal{Beacon: w.beacon, Shares: shares})
	w.files["rounds/1/design.json"], w.files["rounds/1/teams.json"] = w.json(w.design), w.json(w.teams)
	var counties bytes.Buffer
	if err := w.frame.WriteTable(&counties, frame.Counties); err != nil {
		w.t.Fatal(err)
	}
	w.files["rounds/1/counties.csv"] = counties.Bytes()
}

const notice = `---
kind: notice
title: 抽查检查情况的通报
date: 2026-12-23
year: 2026
no: 1
issuer: 演示数据抽查办公室
to: 各省、自治区、直辖市未成年人保护工作领导小组办公室
summary: 演示数据。
---

## 总体情况

演示数据：各地总体落实到位。
`

// finish scores what was found and gathers what the site is made from.
func (w *world) finish() {
	doc, err := document.Parse("content/notices/2026-1.md", []byte(notice))
	if err != nil {
		w.t.Fatal(err)
	}
	s := release.Scores{At: at(23, 8), Salt: strings.Repeat("5c", 32), Result: w.score(nil)}
	w.enter(ledger.ScoreFrozen, s.At, w.frozen(&s))
	w.enter(ledger.Published, at(23, 9), map[string]any{"document": doc.Digest, "by": w.by("review", "sign")})
	n := s.Result.National
	wave := release.Wave{No: 1, Kind: "random", Window: w.record.Window, RevealBy: w.record.RevealBy, Committed: at(2, 9), Drawn: at(4, 9),
		Planned: n.Planned, Approved: n.Visits + n.Left, Scored: n.Visits, Revealed: true}
	for _, p := range w.record.Parties {
		wave.Parties = append(wave.Parties, p.Name)
	}
	w.public, err = release.Build(release.Known{Territory: w.frame.Territory("", w.design.Stratum),
		Campaign: release.Campaign{ID: campaignID, TitleZh: "演示活动", OfficeZh: "演示数据抽查办公室", LogKey: w.log.public, Demo: true, FeedMax: 5},
		Waves:    []release.Wave{wave}, Frame: release.Frame{Digest: w.record.Frame.Frame}, Checklist: checklist.Embedded(), MinCount: w.record.Rules.MinCount,
		Scores: []release.Scores{s}, Documents: []release.Signed{{Document: doc, Reviewed: true, Signed: true}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// score scores one visit of each kind in every county drawn.
func (w *world) score(change func(*score.Input)) score.Published {
	list := checklist.Default()
	in := score.Input{Checklist: list, Rules: score.RulesOf(w.record.Rules), Planned: map[string]int{}}
	for i := range w.sample.Counties {
		c := w.sample.Counties[i].Draw()
		in.Counties = append(in.Counties, c)
		for k, kind := range []inspect.Kind{inspect.CO, inspect.TS, inspect.VC, inspect.HH} {
			v := score.Visit{Visit: inspect.Visit{ID: fmt.Sprintf("1-%03d-%02d", i, k), Kind: kind, WeightNum: 1, WeightDen: 1}, Region: c.Region, County: c.County, Grade: inspect.GradeA}
			v.Report.Register = 10
			for j, it := range list.ItemsFor(kind) {
				v.Report.Answers = append(v.Report.Answers, inspect.Answer{Item: it.Code, Value: answer(it, (i*7+k*3+j)%5 > 0), Method: list.Methods[0].Code})
			}
			in.Planned[c.Region]++
			in.Visits = append(in.Visits, v)
		}
	}
	for _, f := range []func(*score.Input){w.found, change} {
		if f != nil {
			f(&in)
		}
	}
	r, err := score.Compute(in)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, _, err := r.Freeze()
	if err != nil {
		w.t.Fatal(err)
	}
	var kept score.Result // as it is read again
	if err := json.Unmarshal(raw, &kept); err != nil {
		w.t.Fatal(err)
	}
	p := kept.Published()
	var found []inspect.Finding
	for i, r := range p.Regions {
		found = append(found, slices.Repeat([]inspect.Finding{{Region: r.Code, Kind: inspect.ProblemFound, Severity: "S3"}}, 4+9*i)...)
	}
	p.Count(found, w.record.Rules.MinCount)
	return p
}

// answer is an answer to an item, the best there is or a poor one.
func answer(it *checklist.Item, best bool) string {
	switch {
	case it.Answer.Type == checklist.Ratio && best:
		return "4/4"
	case it.Answer.Type == checklist.Ratio:
		return "1/4"
	case it.Answer.Type == checklist.Count && best:
		return fmt.Sprint(it.Answer.Max)
	case it.Answer.Type == checklist.Count:
		return "0"
	case best:
		return it.Answer.Options[0].Code
	}
	return it.Answer.Options[1].Code
}

// frozen is what is entered of a score.
func (w *world) frozen(s *release.Scores) map[string]any {
	w.t.Helper()
	salt, err := hex.DecodeString(s.Salt)
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := s.Result.Digest([32]byte(salt))
	if err != nil {
		w.t.Fatal(err)
	}
	n, adjusted, lowered := &s.Result.National, 0, 0
	for i := range s.Result.Regions {
		r := &s.Result.Regions[i]
		if r.Bonus != 0 || r.Penalty != 0 {
			adjusted++
		}
		if r.Lowered {
			lowered++
		}
	}
	out := map[string]any{"wave": 1, "score": w.digest(s.Result), "public": public, "checklist": s.Result.Checklist, "rules": w.digest(s.Result.Rules),
		"reports": inspect.DigestOf([]byte("reports")), "planned": n.Planned, "scored": n.Visits, "left": n.Left, "missing": n.Missing, "redLines": lowered, "adjustments": adjusted}
	if s.No > 0 {
		out["no"] = s.No
	}
	return out
}

// refreeze enters the scores as they are now, as somebody who can write the log would.
func (w *world) refreeze() {
	w.find(ledger.ScoreFrozen).body = w.frozen(&w.public.Scores[len(w.public.Scores)-1])
	release.Show(&w.public, checklist.Default())
}

// build is every file of the site but manifest and log: made from the public data with the files of the
// proof as they are, so that a lie in one of them is told everywhere.
func (w *world) build() map[string][]byte {
	p := w.public
	p.Waves = slices.Clone(p.Waves)
	if w.witness != nil {
		p.Campaign.Witnesses = []string{w.witness.public}
	}
	wave := &p.Waves[0]
	wave.Commit, wave.Design, wave.Legs, wave.Overlap = w.d, w.design, 0, 0
	var r reveal
	read := func(name string, into any) { json.Unmarshal(w.files["rounds/1/"+name], into) } // what is no JSON is put in as it is, below
	read("reveal.json", &r)
	wave.Beacon = r.Beacon
	proof := &release.Proof{Record: json.RawMessage("{}"), Shares: r.Shares, Salt: r.Salt, Counties: w.files["rounds/1/counties.csv"]}
	if json.Valid(w.files["rounds/1/record.json"]) {
		proof.Record = bytes.TrimSpace(w.files["rounds/1/record.json"])
	}
	read("signatures.json", &proof.Signatures)
	read("teams.json", &proof.Teams)
	read("legs.json", &proof.Legs)
	for _, l := range proof.Legs {
		if l.Twin == 0 {
			wave.Legs++
		} else {
			wave.Overlap++
		}
	}
	for _, e := range w.entries {
		if e.kind == ledger.Audited {
			proof.Audits = append(proof.Audits, w.shownAudit(e.body))
		}
	}
	wave.Proof = proof
	out := map[string][]byte{}
	files, err := site.Build(p, site.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range files {
		if f.Path != manifestName {
			out[f.Path] = f.Data
		}
	}
	if w.trusted {
		digests := map[string]inspect.Digest{}
		for name, data := range out {
			digests[name] = inspect.DigestOf(data)
		}
		made.Store(digests[site.PublicData], digests)
	}
	maps.Copy(out, w.files)
	return out
}

// shownAudit is what is published of the body of an audit.
func (w *world) shownAudit(body map[string]any) (out release.Audit) {
	raw, _ := inspect.CanonicalJSON(body)
	a, err := ledger.Decode[ledger.Audit](raw)
	if err != nil {
		return out // an audit that is none
	}
	at, _ := time.Parse(time.RFC3339, a.Statement.Time)
	return release.Audit{Fingerprint: a.Fingerprint(), At: at.In(inspect.Beijing), Visits: a.Statement.Visits, Substitutions: a.Statement.Substitutions, Mismatches: a.Statement.Mismatches,
		Returns: a.Statement.Returns, Scored: w.scored || a.Statement.Score == w.digest(w.find(ledger.ScoreFrozen).body)}
}

func (w *world) legs() []leg {
	var out []leg
	if err := json.Unmarshal(w.files["rounds/1/legs.json"], &out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) setLegs(legs []leg) { w.files["rounds/1/legs.json"] = w.json(legs) }

// manifest is manifest.json for some files.
func (w *world) manifest(files map[string][]byte) []byte {
	m := manifest{Campaign: campaignID, Log: w.log.public, AsOf: w.public.AsOf.Format(manifestTime), Demo: true, Site: cmp.Or(w.edition, site.Edition), Files: map[string]inspect.Digest{}}
	for name, data := range files {
		m.Files[name] = inspect.DigestOf(data)
	}
	if w.witness != nil {
		m.Cosigners = []string{w.witness.public}
	}
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		w.t.Fatal(err)
	}
	return append(raw, '\n')
}

// publish enters the manifest and returns the folder: what an office that holds every key, but not
// the past, can put on the web.
func (w *world) publish() fstest.MapFS {
	w.t.Helper()
	return w.publishAt(at(23, 10))
}

func (w *world) publishAt(time time.Time) fstest.MapFS {
	w.t.Helper()
	files := w.build()
	raw := w.manifest(files)
	return w.folder(files, raw, append(slices.Clone(w.entries), happened{ledger.Published, time, map[string]any{"wave": 1, "manifest": inspect.DigestOf(raw)}}))
}

// folder is the published folder with that manifest and log.
func (w *world) folder(files map[string][]byte, manifest []byte, entries []happened) fstest.MapFS {
	w.t.Helper()
	out := fstest.MapFS{manifestName: {Data: manifest}}
	for name, data := range files {
		out[name] = &fstest.MapFile{Data: data}
	}
	encode := func(yield func([]byte) bool) {
		people, last := &ledger.People{}, time.Time{}
		for i, h := range entries {
			if h.at.Before(last) { // two lies told of one world: a log that goes back could not be written
				h.at = last
			}
			last = h.at
			e, err := ledger.NewEntry(h.kind, int64(i+1), h.at, w.signed(people, h))
			if err != nil {
				w.t.Fatal(err)
			}
			took(people, e)
			raw, err := e.Encode()
			if err != nil {
				w.t.Fatal(err)
			}
			if !yield(raw) {
				return
			}
		}
	}
	var witnesses []note.Signer
	if w.witness != nil {
		witnesses = append(witnesses, w.witness.note(w.t))
	}
	_, err := ledger.Build(encode, func(name string, data []byte) error {
		out[logDir+"/"+name] = &fstest.MapFile{Data: bytes.Clone(data)}
		return nil
	}, w.log.note(w.t), witnesses...)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// The same public data gives the same site, to the byte (the demonstration is tested for it): for thousands of
// folders that differ elsewhere it is made once.
var made sync.Map

func init() {
	build := rebuild
	rebuild = func(source inspect.Digest, p *release.Public) (map[string]inspect.Digest, error) {
		if got, ok := made.Load(source); ok {
			return got.(map[string]inspect.Digest), nil
		}
		got, err := build(source, p)
		if err == nil {
			made.Store(source, got)
		}
		return got, err
	}
}

// judge checks a folder and returns the report.
func judge(t testing.TB, fsys fstest.MapFS, o Options) *Report {
	t.Helper()
	r, err := Folder(fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rules are the distinct rules a report found broken.
func rules(r *Report) []string {
	set := map[string]bool{}
	for _, p := range r.Problems() {
		set[p.Rule] = true
	}
	return slices.Sorted(maps.Keys(set))
}
