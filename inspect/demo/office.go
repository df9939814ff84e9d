package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/checklist"
	"zhicha/inspect/field"
	"zhicha/inspect/frame"
	"zhicha/inspect/prepare"
	"zhicha/inspect/workbook"
)

// leadDays is how many days lie between the beginning and the first visit.
const leadDays = 4

// configuration is the reference configuration as an office would fill it in, with the dates of
// the wave moved to begin leadDays after now.
func configuration(reference []byte, now time.Time) []byte {
	first := inspect.DateOf(now).Add(leadDays)
	beacon := string(first.Add(-2)) + "T21:15:00+08:00"
	return []byte(strings.NewReplacer(
		"demo: false ", "demo: true ",
		`plan_no: ""`, `plan_no: "演示数据〔1〕号"`,
		`approver: ""`, `approver: "演示数据"`,
		`approved_on: ""`, `approved_on: "`+string(inspect.DateOf(now).Add(-1))+`"`,
		"window: {from: 2023-01-07, to: 2023-01-20}", fmt.Sprintf("window: {from: %s, to: %s}", first, first.Add(13)),
		`issue: "2023003"`, `issue: "`+string(first[:4])+`003"`,
		`at: "2023-01-05T21:15:00+08:00"`, `at: "`+beacon+`"`,
		"reveal_by: 2023-02-28", "reveal_by: "+string(first.Add(52)),
	).Replace(string(reference)))
}

// people appoints everybody who takes part in the office; each gets a key of their own.
func (d *demo) people(_ context.Context, s *Step) error {
	for _, p := range []struct{ id, role, body string }{
		{"draw-1", "drawer", ""}, {"witness-1", "witness", ""}, {"witness-2", "witness", ""},
		{"custody-1", "custodian", "office"}, {"custody-2", "custodian", "discipline"},
		{"review-1", "reviewer", ""}, {"review-2", "reviewer", ""}, {"score-1", "scorer", ""}, {"draft-1", "drafter", ""}, {"sign-1", "signer publisher", ""}, {"audit-1", "auditor", ""},
	} {
		if _, err := d.c.NewPerson(p.id, strings.Fields(p.role), p.body); err != nil {
			return err
		}
	}
	s.Args, s.Left = []any{"N", len(d.c.Config.People)}, []string{"config.yaml", "secrets/*.key"}
	return nil
}

// frame adds one made-up institution per county to the national frame, and freezes it.
func (d *demo) frame(ctx context.Context, s *Step) error {
	made := filepath.Join(d.Dir, "institutions-demo.csv")
	if err := writeInstitutions(made, d.Scope); err != nil {
		return err
	}
	if _, err := prepare.ImportFrame(ctx, d.c, d.who("draw-1"), []string{made}, true); err != nil {
		return err
	}
	state, err := prepare.FreezeFrame(ctx, d.c, d.who("draw-1"))
	if err != nil {
		return err
	}
	t := state.Total
	s.Args = []any{"Counties", t.Counties, "Townships", t.Townships, "Villages", t.Villages, "Institutions", t.Institutions, "Digest", state.Digests.Frame.Fingerprint()}
	s.Left = []string{"institutions-demo.csv", "frame.csv.gz"}
	return nil
}

// writeInstitutions writes the made-up institutions: no public list of real ones by county exists.
func writeInstitutions(path, area string) error {
	national, err := frame.National()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(frame.Columns)
	for _, c := range national.Counties {
		if !inspect.InArea(c.ReportingUnit, c.AreaCode, area) {
			continue
		}
		id := "WI" + strings.TrimSuffix(c.ID, "000000")
		w.Write([]string{"WI", id, c.Name + "儿童福利机构（演示数据）", c.AreaCode, c.ReportingUnit, c.ID, "", "", ""})
	}
	w.Flush()
	return errors.Join(w.Error(), os.WriteFile(path, out.Bytes(), 0o600))
}

func (d *demo) checklist(_ context.Context, s *Step) error {
	list, err := d.c.Checklist()
	if err != nil {
		return err
	}
	bad := strings.Replace(string(checklist.Embedded()), "weight: 4", "weight: 3", 1)
	if _, err := checklist.Parse("checklist-99.yaml", []byte(bad)); err == nil {
		return errors.New("a checklist whose weights sum to 99 was accepted")
	} else {
		s.Refused = inspect.ProblemsOf(err)
	}
	s.Args, s.Left = []any{"Items", len(list.Items), "Digest", list.Digest().Fingerprint()}, []string{"checklist.yaml"}
	return nil
}

// teamsPerRegion and thirdPartyTeams make a roster that can carry the default design.
const (
	teamsPerRegion  = 3
	thirdPartyTeams = 15
)

func (d *demo) roster(ctx context.Context, s *Step) error {
	filled := filepath.Join(d.Dir, "roster-demo.xlsx")
	var out bytes.Buffer
	land, err := d.c.Land()
	if err != nil {
		return err
	}
	inspectors := d.inspectors(land.Units)
	if err := workbook.WriteRosterTemplate(&out, inspectors, land.Units, true); err != nil {
		return err
	}
	if err := os.WriteFile(filled, out.Bytes(), 0o600); err != nil {
		return err
	}
	teams, err := prepare.ImportRoster(ctx, d.c, d.who("draw-1"), filled, wave)
	s.Args, s.Left = []any{"Teams", len(teams), "Inspectors", len(inspectors)}, []string{"roster-demo.xlsx", "roster.xlsx"}
	return err
}

// inspectors are two to a team, one of them a woman. They have numbers and no names.
func (d *demo) inspectors(units []inspect.Region) []inspect.Inspector {
	window := d.c.Config.Waves[0].Window
	var out []inspect.Inspector
	team := 0
	add := func(home string, kind inspect.TeamKind) {
		team++
		for i := range 2 {
			id := fmt.Sprintf("insp-%03d%c", team, 'a'+i)
			out = append(out, inspect.Inspector{ID: id, Name: "演示数据" + strings.ToUpper(id[5:]), Team: team, Home: home, Kind: kind,
				Woman: i == 0, From: window.From, To: window.To})
		}
	}
	for _, r := range units {
		for range teamsPerRegion {
			add(r.Code, inspect.Provincial)
		}
	}
	for range thirdPartyTeams {
		add("", inspect.ThirdParty)
	}
	return out
}

func (d *demo) preview(ctx context.Context, s *Step) error {
	p, err := prepare.PreviewWave(ctx, d.c, wave)
	if err != nil {
		return err
	}
	land, err := d.c.Land()
	if err != nil {
		return err
	}
	s.Args = []any{"Zh", land.NameZh, "En", land.NameEn, "Legs", p.Legs, "Overlap", p.Overlap, "Visits", p.Total, "Days", p.InspectorDays,
		"National", fmt.Sprintf("%.1f", p.NationalHalf), "Region", fmt.Sprintf("%.1f", p.RegionHalf)}
	return nil
}

// commit lets each party make its secret, commits, and lets each party sign and deposit.
func (d *demo) commit(ctx context.Context, s *Step) error {
	secrets, id := d.c.SecretsDir(), d.c.Config.Campaign.ID
	parties := d.c.Config.Waves[0].Ceremony.Parties
	for _, p := range parties {
		_, public, err := ceremony.NewParty(d.rand, secrets, id, wave, p.ID)
		if err != nil {
			return err
		}
		if err := ceremony.AddPartyFiles(ctx, d.c, d.who("draw-1"), wave, []string{public}); err != nil {
			return err
		}
	}
	commit, err := ceremony.Commit(ctx, d.c, d.who("draw-1"), wave)
	if err != nil {
		return err
	}
	record := filepath.Join(d.Dir, "ceremony", "commit-1.json")
	for _, p := range parties {
		secret := filepath.Join(secrets, ceremony.PartySecretFile(wave, p.ID))
		files, _, err := ceremony.SignCommit(record, secret, secrets)
		if err != nil {
			return err
		}
		if _, err := ceremony.BringShares(record, secret, secrets); err != nil {
			return err
		}
		if err := ceremony.AddPartyFiles(ctx, d.c, d.who("draw-1"), wave, files); err != nil {
			return err
		}
	}
	if _, err := ceremony.CheckDeposits(ctx, d.c, wave, d.custodians()); err != nil {
		return err
	}
	s.Args = []any{"Fingerprint", commit.Fingerprint()}
	s.Left = []string{"ceremony/commit-1.json", "sealed/deposit-1-*.age"}
	return nil
}

// beacon is made up by the demonstration's own randomness, in the form of the committed event;
// the second typist first makes a slip.
func (d *demo) beacon(ctx context.Context, s *Step) error {
	d.at(leadDays-2, "21:40")
	value := d.lottery()
	if _, err := ceremony.Beacon(ctx, d.c, d.who("witness-1"), wave, value); err != nil {
		return err
	}
	_, err := ceremony.Beacon(ctx, d.c, d.who("witness-2"), wave, value[:len(value)-1])
	if s.Refused = inspect.ProblemsOf(err); s.Refused == nil {
		return errors.Join(err, errors.New("two different readings of the beacon were accepted"))
	}
	_, err = ceremony.Beacon(ctx, d.c, d.who("witness-2"), wave, value)
	s.Args = []any{"Value", value}
	return err
}

// lottery draws six different numbers of 33 and one of 16.
func (d *demo) lottery() string {
	drawn := map[uint64]bool{}
	for len(drawn) < 6 {
		drawn[1+d.rand.Uint64()%33] = true
	}
	var red []string
	for n := uint64(1); n <= 33; n++ {
		if drawn[n] {
			red = append(red, fmt.Sprintf("%02d", n))
		}
	}
	return fmt.Sprintf("ssq/%s/%s/%02d", d.c.Config.Waves[0].Ceremony.Beacon.Issue, strings.Join(red, "-"), 1+d.rand.Uint64()%16)
}

func (d *demo) draw(ctx context.Context, s *Step) error {
	out, err := ceremony.Draw(ctx, d.c, d.who("draw-1"), wave, campaign.Custody{})
	if err != nil {
		return err
	}
	s.Args, s.Left = []any{"Legs", out.Legs, "Overlap", out.Overlap}, out.Sealed
	return nil
}

// secondDraw shows that a draw is made once.
func (d *demo) secondDraw(ctx context.Context, s *Step) error {
	_, err := ceremony.Draw(ctx, d.c, d.who("draw-1"), wave, campaign.Custody{})
	if s.Refused = inspect.ProblemsOf(err); s.Refused == nil {
		return errors.Join(err, errors.New("a second draw was accepted"))
	}
	return nil
}

// packets writes a workbook per rung for every packet, and packet 1 as an offline form too, for
// visitors to open.
func (d *demo) packets(ctx context.Context, s *Step) error {
	d.at(leadDays-2, "22:10")
	books, err := field.MakePackets(ctx, d.c, d.who("draw-1"), field.MakeAct{Wave: wave, Formats: []string{field.WorkbookFormat}, Keys: d.custodians()})
	if err != nil {
		return err
	}
	forms, err := field.MakePackets(ctx, d.c, d.who("draw-1"), field.MakeAct{Wave: wave, Only: []int{1}, Formats: []string{field.FormFormat}, Keys: d.custodians()})
	if err != nil {
		return err
	}
	s.Args = []any{"N", len(books.Files) + len(forms.Files)}
	s.Left = []string{"packets/P-*.xlsx", forms.Files[0], "sealed/codes-1-*.age", "sealed/leg-1-*.age"}
	return nil
}

// release walks the days of the wave: the books each morning, the province in the evening, the county at
// departure, the village on arrival, for which the custodians come a second time.
func (d *demo) release(ctx context.Context, s *Step) error {
	d.codes = map[int]map[inspect.Rung]field.Told{}
	var today []int // packets whose teams set out
	books, rungs := 0, 0
	open := func(day int, clock string, rung inspect.Rung) ([]int, error) {
		d.at(day, clock)
		books++
		return field.OpenBooks(ctx, d.c, d.who("draw-1"), wave, "", rung, d.custodians())
	}
	for day := leadDays - 1; day <= leadDays+13; day++ {
		tomorrow, err := open(day, "06:00", inspect.RungProvince)
		if err != nil {
			return err
		}
		if _, err := open(day, "06:10", inspect.RungCounty); err != nil {
			return err
		}
		n, err := d.tell(ctx, day, today, inspect.RungCounty)
		if err != nil {
			return err
		}
		rungs += n
		if _, err := open(day, "08:50", inspect.RungVillage); err != nil {
			return err
		}
		if n, err = d.tell(ctx, day, today, inspect.RungVillage); err != nil {
			return err
		}
		rungs += n
		d.at(day, "12:00")
		if len(tomorrow) > 0 && s.Refused == nil { // too early
			_, err := field.ReleaseRung(ctx, d.c, d.who("draw-1"), wave, tomorrow, inspect.RungProvince)
			if s.Refused = inspect.ProblemsOf(err); s.Refused == nil {
				return errors.Join(err, errors.New("a rung was released at noon"))
			}
		}
		if n, err = d.tell(ctx, day, tomorrow, inspect.RungProvince); err != nil {
			return err
		}
		rungs += n
		today = tomorrow
	}
	s.Args = []any{"Books", books, "Rungs", rungs, "Province", d.codes[1][inspect.RungProvince].Code.String(), "County", d.codes[1][inspect.RungCounty].Code.String(),
		"Village", d.codes[1][inspect.RungVillage].Code.String()}
	s.Left = []string{"campaign.db"}
	return nil
}

// tell releases rungs of packets at their hours and notes the codes, as the teams would.
func (d *demo) tell(ctx context.Context, day int, packets []int, rungs ...inspect.Rung) (n int, err error) {
	if len(packets) == 0 {
		return 0, nil
	}
	for _, rung := range rungs {
		d.at(day, map[inspect.Rung]string{inspect.RungProvince: "19:30", inspect.RungCounty: "06:30", inspect.RungVillage: "09:00"}[rung])
		told, err := field.ReleaseRung(ctx, d.c, d.who("draw-1"), wave, packets, rung)
		if err != nil {
			return n, err
		}
		for _, t := range told {
			if d.codes[t.Packet] == nil {
				d.codes[t.Packet] = map[inspect.Rung]field.Told{}
			}
			d.codes[t.Packet][rung] = t
			n++
		}
	}
	return n, nil
}

// custodians are two of different bodies, with their keys.
func (d *demo) custodians() campaign.Custody {
	keys, _ := campaign.ReadCustody([]string{filepath.Join(d.Dir, "secrets", "custody-1.key"), filepath.Join(d.Dir, "secrets", "custody-2.key")}, nil)
	return keys // none where a file is missing: then whatever they were to open stays closed
}

// who is one of the office's people at work. The demonstration keeps everybody's key in one folder.
func (d *demo) who(id string) campaign.Actor { return campaign.ReadActor(d.c.SecretsDir(), id, nil) }
