package rehearsal

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/checklist"
	"zhicha/inspect/field"
	"zhicha/inspect/form"
	"zhicha/inspect/frame"
	"zhicha/inspect/intake"
	"zhicha/inspect/ledger"
	"zhicha/inspect/prepare"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// SQL changes the database behind the office's back and returns how many rows that touched.
func (o *Office) SQL(change string) int64 {
	o.T.Helper()
	db, err := sql.Open("sqlite", o.Path(campaign.DatabaseFile))
	o.OK(err)
	r, err := db.Exec(change)
	o.OK(err)
	n, err := r.RowsAffected()
	o.OK(err)
	o.OK(db.Close())
	return n
}

// Forced is SQL where triggers forbid it: they are taken away for that and put back, so that nothing else shows.
func (o *Office) Forced(change string) int64 {
	o.T.Helper()
	var names, made []string
	o.Tx(func(tx *store.Tx) error {
		names, made = nil, nil // a transaction may run twice
		for _, m := range Must(tx.Schema()) {
			if strings.HasPrefix(m.How, "trigger on ") {
				_, text, _ := strings.Cut(m.How, ": ")
				names, made = append(names, "DROP TRIGGER "+m.Name), append(made, text)
			}
		}
		return nil
	})
	n := o.SQL(strings.Join(names, "; ") + "; PRAGMA foreign_keys = OFF; " + change)
	o.SQL(strings.Join(made, "; "))
	return n
}

// TrySQL tries to change a campaign's database behind its back.
func TrySQL(c *campaign.Campaign, change string) error {
	db, err := sql.Open("sqlite", c.Path(campaign.DatabaseFile))
	if err != nil {
		return err
	}
	_, err = db.Exec(change)
	return errors.Join(err, db.Close())
}

// SetJSON changes a field of one row's JSON.
func SetJSON(table, path, value, where string) string {
	return "UPDATE " + table + " SET body = CAST(json_set(CAST(body AS TEXT), '" + path + "', " + value + ") AS BLOB) WHERE " + where
}

// Copied is the same office once more, as if its folder had been copied.
func (o *Office) Copied(t *testing.T) *Office {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "c")
	o.OK(CopyFolder(dir, o.Dir))
	x, env := &Office{T: t, Now: o.Now}, o.Env
	env.Now = func() time.Time { return x.Now }
	var err error
	x.Campaign, err = campaign.Open(t.Context(), dir, env)
	o.OK(err)
	t.Cleanup(func() { x.Close() })
	return x
}

// Office is a provincial office with a clock of its own: Ningxia, four counties to a wave, one of
// them visited by two teams.
type Office struct {
	*campaign.Campaign
	T   *testing.T
	Now time.Time
}

// ningxia is the frame of 64, as imported, with a made-up institution to every county.
var Ningxia = sync.OnceValue(func() []byte {
	national, err := frame.National()
	if err != nil {
		panic(err)
	}
	var rows []frame.Row
	for _, table := range []iter.Seq[inspect.Unit]{slices.Values(national.Counties), slices.Values(national.Townships), national.Villages()} {
		for u := range table {
			if u.ReportingUnit != "64" {
				continue
			}
			size := ""
			if u.Size > 0 {
				size = fmt.Sprint(u.Size)
			}
			rows = append(rows, frame.Row{Fields: []string{string(u.Kind), u.ID, u.Name, u.AreaCode, u.ReportingUnit, u.County, u.Township, size, ""}})
			if u.Kind == inspect.CO {
				rows = append(rows, frame.Row{Fields: []string{"WI", "WI" + u.ID[:6], u.Name + "儿童福利机构（演示数据）", u.AreaCode, "64", u.ID, "", "", ""}})
			}
		}
	}
	f, err := frame.Build(func(yield func(frame.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		panic(err)
	}
	return out.Bytes()
})

var outsiders = sync.OnceValue(func() []byte { return Outsiders(nil) })

// Outsiders is the roster of a test office, each person as change leaves them.
func Outsiders(change func(*inspect.Inspector)) []byte {
	var people []inspect.Inspector
	for no := 1; no <= 6; no++ {
		kind := inspect.National
		if no > 3 {
			kind = inspect.ThirdParty
		}
		for i := range 2 {
			people = append(people, inspect.Inspector{ID: fmt.Sprintf("insp-%d%c", no, 'a'+i), Name: "演示数据", Team: no, Kind: kind, Woman: i == 0})
			if change != nil {
				change(&people[len(people)-1])
			}
		}
	}
	return RosterBook(people, inspect.Regions)
}

// RosterBook is a filled-in roster.
func RosterBook(people []inspect.Inspector, units []inspect.Region) []byte {
	var out bytes.Buffer
	if err := workbook.WriteRosterTemplate(&out, people, units, true); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// NewOffice is a small office with its frame and roster; settings are pairs of what stands in the reference
// configuration and what is to stand there.
func NewOffice(t *testing.T, seed byte, settings ...string) *Office {
	t.Helper()
	o := &Office{T: t, Now: time.Date(2023, 1, 3, 9, 0, 0, 0, inspect.Beijing)}
	env := campaign.Env{Now: func() time.Time { return o.Now }, Rand: rand.NewChaCha8([32]byte{seed})}
	config := strings.NewReplacer(append(settings, "demo: false ", "demo: true ", "level: national ", "level: province ", `area: "" `, `area: "64" `,
		`plan_no: ""`, `plan_no: "演示数据〔1〕号"`, `approver: ""`, `approver: "演示数据"`, `approved_on: ""`, `approved_on: "2023-01-01"`, "counties: 6 ", "counties: 4 ", "households: 3 ", "households: 1 ", "second_coder_percent: 10", "second_coder_percent: 0")...).Replace(string(zhicha.Config))
	dir := filepath.Join(t.TempDir(), "c")
	o.OK(campaign.Init(t.Context(), dir, []byte(config), env))
	c, err := campaign.Open(t.Context(), dir, env)
	o.OK(err)
	o.Campaign = c
	t.Cleanup(func() { c.Close() })
	for _, p := range [][3]string{{"draw-1", "drawer"}, {"witness-1", "witness"}, {"witness-2", "witness"}, {"custody-1", "custodian", "office"},
		{"custody-2", "custodian", "discipline"}, {"review-1", "reviewer"}, {"privacy-1", "privacy_officer"}, {"sign-1", "signer"}, {"publish-1", "publisher"}, {"score-1", "scorer"}} {
		_, err := c.NewPerson(p[0], []string{p[1]}, p[2])
		o.OK(err)
	}
	o.OK(os.WriteFile(c.Path(campaign.FrameFile), Ningxia(), 0o600)) // importing would check every code against the nation's
	_, err = prepare.FreezeFrame(t.Context(), c, Who(c, "draw-1"))
	o.OK(err)
	_, err = prepare.ImportRoster(t.Context(), c, Who(c, "draw-1"), o.File("roster.xlsx", outsiders()), 1)
	o.OK(err)
	return o
}

// Appoint adds a person once the frame is frozen, by two who may.
func (o *Office) Appoint(id, roles, body string) {
	o.T.Helper()
	line, err := campaign.NewKey(o.Rand, o.Path(campaign.SecretsDir, id+".key"), id, strings.Fields(roles), body, "")
	o.OK(err)
	_, err = o.AddPerson(o.T.Context(), line, o.Who("sign-1"), o.Who("privacy-1"))
	o.OK(err)
}

func (o *Office) OK(err error) {
	o.T.Helper()
	if err != nil {
		o.T.Fatal(err)
	}
}

// File writes an input that lies outside the campaign folder.
func (o *Office) File(name string, data []byte) string {
	o.T.Helper()
	path := filepath.Join(o.T.TempDir(), name)
	o.OK(os.WriteFile(path, data, 0o600))
	return path
}

// Keys are those of the two custodians, or of whoever is named.
func (o *Office) Keys(ids ...string) campaign.Custody { return Keys(o.Dir, ids...) }

// Keys are those of a folder's two custodians, or of whoever is named.
func Keys(dir string, ids ...string) campaign.Custody {
	if len(ids) == 0 {
		ids = []string{"custody-1", "custody-2"}
	}
	var files []string
	for _, id := range ids {
		files = append(files, filepath.Join(dir, campaign.SecretsDir, id+".key"))
	}
	return Must(campaign.ReadCustody(files, nil))
}

// Who is one of the office's people at work.
func (o *Office) Who(id string) campaign.Actor { return Who(o.Campaign, id) }

// Who is one of a campaign's people at work, with the key that lies in the folder.
func Who(c *campaign.Campaign, id string) campaign.Actor {
	return campaign.ReadActor(c.SecretsDir(), id, nil)
}

// Commit lets every party make its secret, commits the wave, and lets every party sign.
func (o *Office) Commit(wave int) {
	o.T.Helper()
	ctx := o.T.Context()
	w, err := o.Config.Wave(wave)
	o.OK(err)
	o.Now = w.Ceremony.Beacon.At.AddDate(0, 0, -2)
	for _, p := range w.Ceremony.Parties {
		_, public, err := ceremony.NewParty(o.Rand, o.SecretsDir(), o.Config.Campaign.ID, wave, p.ID)
		o.OK(err)
		o.OK(ceremony.AddPartyFiles(ctx, o.Campaign, o.Who("draw-1"), wave, []string{public}))
	}
	_, err = ceremony.Commit(ctx, o.Campaign, o.Who("draw-1"), wave)
	o.OK(err)
	for _, p := range w.Ceremony.Parties {
		record, secret := o.Path(campaign.CeremonyDir, fmt.Sprintf("commit-%d.json", wave)), o.Path(campaign.SecretsDir, ceremony.PartySecretFile(wave, p.ID))
		files, _, err := ceremony.SignCommit(record, secret, o.SecretsDir())
		o.OK(err)
		o.OK(ceremony.AddPartyFiles(ctx, o.Campaign, o.Who("draw-1"), wave, files))
		_, err = ceremony.BringShares(record, secret, o.SecretsDir())
		o.OK(err)
	}
	o.Now = w.Ceremony.Beacon.At.Add(30 * time.Minute)
	for _, id := range []string{"witness-1", "witness-2"} {
		_, err := ceremony.Beacon(ctx, o.Campaign, o.Who(id), wave, "ssq/"+w.Ceremony.Beacon.Issue+"/01-05-11-18-22-30/07")
		o.OK(err)
	}
}

// Draw goes from a configured wave to packets.
func (o *Office) Draw(wave int) {
	o.T.Helper()
	o.Commit(wave)
	_, err := ceremony.Draw(o.T.Context(), o.Campaign, o.Who("draw-1"), wave, campaign.Custody{})
	o.OK(err)
	w, _ := o.Config.Wave(wave)
	o.Now = w.Window.From.Time().Add(-4 * time.Hour)
	o.Make(wave)
	o.Open(wave)
}

// Make writes the workbooks of a wave's packets; forms cost a third of a second each.
func (o *Office) Make(wave int, only ...int) *field.Made {
	o.T.Helper()
	made, err := field.MakePackets(o.T.Context(), o.Campaign, o.Who("draw-1"), field.MakeAct{Wave: wave, Only: only, Formats: []string{field.WorkbookFormat}, Keys: o.Keys()})
	o.OK(err)
	return made
}

// Open takes every leg of a wave into the database and releases it at once, whatever its day: an
// office that plays two waves at a time would have to turn its clock back.
func (o *Office) Open(wave int) {
	o.T.Helper()
	o.Tx(func(tx *store.Tx) error { return o.Made(tx, wave) })
	drawer, err := o.Acts(o.Who("draw-1"), inspect.RoleDrawer)
	o.OK(err)
	var books []inspect.Book
	o.Tx(func(tx *store.Tx) (err error) { books, err = field.ClosedBooks(o.Campaign, tx, wave); return err })
	for _, b := range books {
		opened, err := field.OpenBook(o.Campaign, wave, b, o.Keys())
		o.OK(err)
		packets, err := field.TakeBook(o.T.Context(), o.Campaign, drawer, wave, opened)
		o.OK(err)
		if b.Rung != inspect.RungVillage {
			continue
		}
		o.Tx(func(tx *store.Tx) error {
			for _, rung := range inspect.Rungs {
				for _, no := range packets {
					if err := tx.PutRelease(wave, no, rung, "draw-1", o.Now); err != nil {
						return err
					}
				}
				if len(packets) == 0 {
					continue
				}
				if err := campaign.Enter(tx, o.Now, ledger.RungTold(wave, rung, packets, campaign.PersonHash(Must(o.Appointed("draw-1"))))); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// Code is what opens the forms of a packet.
func (o *Office) Code(wave, packet int) (code string) {
	o.Tx(func(tx *store.Tx) error {
		code = Must(tx.Codes(wave))[packet][inspect.RungVillage]
		return nil
	})
	return code
}

func (o *Office) Tx(f func(tx *store.Tx) error) {
	o.T.Helper()
	o.OK(o.Update(o.T.Context(), f))
}

func (o *Office) Visits(wave, leg int) []inspect.StandingVisit {
	o.T.Helper()
	v, err := o.Campaign.Visits(o.T.Context(), wave, leg)
	o.OK(err)
	return v
}

// Unit is the first unit of a kind that a leg still visits.
func (o *Office) Unit(wave, leg int, kind inspect.Kind) string {
	o.T.Helper()
	for _, v := range o.Visits(wave, leg) {
		if v.Kind == kind && v.State != inspect.VisitSubstituted {
			return v.Unit
		}
	}
	o.T.Fatalf("leg %d visits no %s", leg, kind)
	return ""
}

// Overlapped is the primary leg that a second team visits too, and that team's leg; alone is one
// that nobody else visits.
func (o *Office) Overlapped() (primary, twin, alone int) {
	o.T.Helper()
	legs, err := o.Legs(o.T.Context(), 1)
	o.OK(err)
	for _, l := range legs {
		if l.Twin != 0 {
			primary, twin = l.Twin, l.No
		}
	}
	for _, l := range legs {
		if l.Primary() && l.No != primary {
			alone = l.No
		}
	}
	if primary == 0 || alone == 0 {
		o.T.Fatal("no overlap leg was drawn")
	}
	return primary, twin, alone
}

// Report files and approves a report for every standing visit of a wave; answer gives the value
// for an item of a unit.
func (o *Office) Report(wave int, answer func(v *inspect.Visit, item *checklist.Item) string) {
	o.T.Helper()
	o.OK(review.Approve(o.T.Context(), o.Campaign, o.Who("review-1"), o.Submit(wave, answer)))
}

// Submit files a report for every standing visit of a wave.
func (o *Office) Submit(wave int, answer func(v *inspect.Visit, item *checklist.Item) string) (ids []string) {
	o.T.Helper()
	list, err := o.Checklist()
	o.OK(err)
	o.Tx(func(tx *store.Tx) error {
		ids = nil
		for _, v := range Must(tx.VisitsInTurn(wave)) {
			if v.State != inspect.VisitOpen {
				continue
			}
			file := fmt.Sprintf("file-%d-%d", wave, v.Leg)
			if err := tx.PutReturned(inspect.Returned{Digest: file, Name: "x", Wave: wave, Leg: v.Leg, Complete: true, Received: o.Now, By: "draw-1"}); err != nil {
				return err
			}
			r := inspect.Report{Visit: v.ID, Inspectors: []string{"insp-1a"}, Revision: 1}
			if v.Kind == inspect.HH { // one household a village: the first line of its order that the register has
				r.Register = 20
				r.Household = v.Order[slices.IndexFunc(v.Order, func(line int) bool { return line <= r.Register })]
			}
			for i := range list.Items {
				if item := &list.Items[i]; slices.ContainsFunc(inspect.Kinds, func(k inspect.Kind) bool { n, _ := item.KindWeight(k); return n > 0 && k == v.Kind }) {
					r.Answers = append(r.Answers, inspect.Answer{Item: item.Code, Value: answer(&v.Visit, item), Method: item.Methods[0]})
				}
			}
			if err := tx.PutReport(&r, false, intake.ContentDigest(&r).String(), inspect.GradeA, file, o.Now); err != nil {
				return err
			}
			if err := tx.SetVisitState(v.ID, inspect.VisitSubmitted); err != nil {
				return err
			}
			ids = append(ids, v.ID)
		}
		return nil
	})
	return ids
}

// Return brings back a form's file for every leg of a wave, has them taken in, and approves every report. They
// are real returns, for whoever judges them again; Report is quicker where nobody does.
func (o *Office) Return(wave int, answer func(v *inspect.Visit, item *checklist.Item) string) {
	o.T.Helper()
	list, err := o.Checklist()
	o.OK(err)
	legs, err := o.Legs(o.T.Context(), wave)
	o.OK(err)
	var files, ids []string
	for _, l := range legs { // nothing comes back from the future
		if end := l.Start.Add(max(l.Days, 1)).Time().Add(20 * time.Hour); end.After(o.Now) {
			o.Now = end
		}
	}
	for _, l := range legs {
		var reports []inspect.Report
		for i, v := range o.Visits(wave, l.No) {
			if v.State != inspect.VisitOpen {
				continue
			}
			at := v.Day.Time().Add(time.Duration(9*60+25*i) * time.Minute)
			r := inspect.Report{Visit: v.ID, Inspectors: []string{fmt.Sprintf("insp-%da", l.Team), fmt.Sprintf("insp-%db", l.Team)}, Revision: 1, Arrived: at, Left: at.Add(20 * time.Minute)}
			if v.Kind == inspect.HH {
				r.Register = 20
				r.Household = v.Order[slices.IndexFunc(v.Order, func(line int) bool { return line <= r.Register })]
			}
			for _, item := range list.ItemsFor(v.Kind) {
				r.Answers = append(r.Answers, inspect.Answer{Item: item.Code, Value: answer(&v.Visit, item), Method: item.Methods[0]})
			}
			reports, ids = append(reports, r), append(ids, v.ID)
		}
		if len(reports) > 0 {
			files = append(files, o.File(fmt.Sprintf("back-%03d.txt", l.No), o.FormReturn(wave, l.No, reports)))
		}
	}
	taken, err := returns.TakeIn(o.T.Context(), o.Campaign, o.Who("draw-1"), wave, files)
	o.OK(err)
	for _, t := range taken {
		if t.Visits["accepted"] == 0 || len(t.Visits) != 1 {
			o.T.Fatalf("%s: %+v %v", t.File, t.Visits, t.Problems)
		}
	}
	o.OK(review.Approve(o.T.Context(), o.Campaign, o.Who("review-1"), ids))
}

// FormReturn is what the offline form of a packet sends back, with some reports and nothing else.
func (o *Office) FormReturn(wave, packet int, reports []inspect.Report) []byte {
	o.T.Helper()
	key := Must(seal.ReturnKey(Must(o.ReturnMaster(wave)), o.Config.Campaign.ID, wave, packet))
	content := Must(json.Marshal(map[string]any{"form": form.Form, "checklist": Must(o.Checklist()).Digest(), "made": o.Now, "agent": "", "opened": []any{},
		"registers": []any{}, "reports": reports, "passed": []any{}, "alarms": []any{}, "drafts": nil, "photos": []any{}}))
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":%q,"wave":%d,"packet":%d,"key":%q}`+"\n", form.Schema, o.Config.Campaign.ID, wave, packet, seal.KeyID(key))
	return append(head, Must(seal.SealWith(o.Rand, key, head, append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)))...)
}

func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Best is the first option, or full credit.
func Best(_ *inspect.Visit, item *checklist.Item) string {
	switch item.Answer.Type {
	case checklist.Count:
		return fmt.Sprint(item.Answer.Max)
	case checklist.Ratio:
		return "4/4"
	}
	return item.Answer.Options[0].Code
}

// Refused asks for a refusal by a rule that leaves not a byte of the folder changed.
func (o *Office) Refused(what string, rule string, act func() error) {
	o.T.Helper()
	before := o.Tree()
	if err := act(); RuleOf(err) != rule {
		o.T.Errorf("%s: got %v, want %s", what, err, rule)
	}
	after := o.Tree()
	for name, d := range before {
		if after[name] != d {
			o.T.Errorf("%s: %s has changed or is gone", what, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			o.T.Errorf("%s: %s was left behind", what, name)
		}
	}
}

// Tree is every file of the folder by digest, and the content of the database in words.
func (o *Office) Tree() map[string]inspect.Digest {
	o.T.Helper()
	out := map[string]inspect.Digest{}
	o.OK(filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(d.Name(), campaign.DatabaseFile) {
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = inspect.DigestOf(data)
		return err
	}))
	o.OK(o.View(o.T.Context(), func(tx *store.Tx) error {
		var all bytes.Buffer
		fmt.Fprintln(&all, Must(tx.Entries()), Must(tx.Imports("")))
		for _, w := range o.Config.Waves {
			fmt.Fprintln(&all, w.No, Must(tx.Legs(w.No)), Must(tx.Counties(w.No)), Must(tx.Substitutions(w.No)), Must(tx.Meta(campaign.PrivateKey(w.No))))
			for _, v := range Must(tx.Visits(w.No)) {
				fmt.Fprintln(&all, v.ID, v.State, v.Unit)
			}
		}
		out["database"] = inspect.DigestOf(all.Bytes())
		return nil
	}))
	return out
}

// Entries are the bodies of one kind of the ledger's entries.
func (o *Office) Entries(kind string) (out []string) {
	o.T.Helper()
	all, err := o.Campaign.Entries(o.T.Context())
	o.OK(err)
	for _, e := range all {
		if e.Kind == kind {
			out = append(out, string(e.Body))
		}
	}
	return out
}

// Rows opens the salted root of the last entry of a kind.
func (o *Office) Rows(kind string) (rows [][]string) {
	o.T.Helper()
	all := o.Entries(kind)
	if len(all) == 0 {
		o.T.Fatalf("no entry %s", kind)
	}
	var body struct {
		Root    inspect.Digest `json:"root"`
		Reports inspect.Digest `json:"reports"` // of score-frozen
	}
	o.OK(json.Unmarshal([]byte(all[len(all)-1]), &body))
	if body.Root == (inspect.Digest{}) {
		body.Root = body.Reports
	}
	o.OK(o.View(o.T.Context(), func(tx *store.Tx) error {
		salt, opened, ok, err := tx.Root(body.Root)
		if err == nil && (!ok || ledger.Root(ledger.Salt(salt), opened) != body.Root) {
			o.T.Errorf("%s: nothing opens its root", kind)
		}
		rows = opened
		return err
	}))
	return rows
}

// CloseAll closes every leg of a wave, whatever is missing.
func (o *Office) CloseAll(wave int) {
	o.T.Helper()
	legs, err := o.Legs(o.T.Context(), wave)
	o.OK(err)
	for _, l := range legs {
		if l.Closed.IsZero() {
			o.OK(field.CloseLegs(o.T.Context(), o.Campaign, o.Who("review-1"), wave, []int{l.No}, "演示数据"))
		}
	}
}

// Second is a wave after the first of a test office.
func Second(kind string) prepare.NewWave {
	return prepare.NewWave{Kind: kind, Reason: "演示数据", From: "2023-01-22", To: "2023-02-04", Issue: "2023009"}
}

// Around lists townships of the counties that wave 1 drew, at most so many to a county, with their
// villages: those visited first, so that a wave over them is bound to come back to some.
func (o *Office) Around(most int) string {
	o.T.Helper()
	f, _, err := o.OpenFrame(nil)
	o.OK(err)
	visited := map[string]bool{}
	for _, v := range o.Visits(1, 0) {
		visited[v.Unit] = v.Kind == inspect.TS
	}
	var list bytes.Buffer
	o.Tx(func(tx *store.Tx) error {
		list.Reset()
		list.WriteString("\ufeffkind,id\r\n")
		for _, c := range Must(tx.Counties(1)) {
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
	return o.File("units.csv", list.Bytes())
}

func (o *Office) Act(leg int, unit string, approvers ...string) field.SubstituteAct {
	act := field.SubstituteAct{Wave: 1, Leg: leg, Unit: unit, Reason: "road_blocked", Keys: o.Keys()}
	for _, id := range approvers {
		act.Approvers = append(act.Approvers, o.Who(id))
	}
	return act
}

// Filled fills a packet in, each visit an hour after the one before.
func (o *Office) Filled(path, code string) string {
	o.T.Helper()
	e, err := workbook.OpenEditor(path, code)
	o.OK(err)
	for i, v := range e.Visits() {
		at := v.Day.Time().Add(9*time.Hour + time.Duration(i%12)*time.Hour)
		r := inspect.Report{Inspectors: e.Team()[:2], Present: []string{"resident"}, Arrived: at, Left: at.Add(45 * time.Minute)}
		if v.Kind == inspect.HH {
			r.Register = 20
			r.Household = v.Order(20)[v.Slot-1]
		}
		o.OK(e.SetHeader(v.ID, &r))
		for _, item := range v.Items {
			a := inspect.Answer{Item: item.Code, Method: item.Methods[0].Code}
			switch item.Type {
			case checklist.Count:
				a.Value = "1"
			case checklist.Ratio:
				a.Value = "3/4"
			default:
				a.Value = item.Options[0].Code
			}
			o.OK(e.SetAnswer(v.ID, a))
		}
	}
	out := filepath.Join(o.T.TempDir(), filepath.Base(path))
	o.OK(e.Save(rand.NewChaCha8([32]byte{1}), out))
	return out
}
