package audit_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/config"
	"zhicha/inspect/field"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/prepare"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/store"
	"zhicha/site"
)

// nearlyFiled is an office of which all legs but one are filed and judged; the last one's return is taken in, and nobody has
// decided anything about it.
func nearlyFiled(t *testing.T) (o *rehearsal.Office, leg int) {
	o = rehearsal.NewOffice(t, 40, "second_coder_percent: 10", "second_coder_percent: 60")
	for id, role := range map[string]string{"audit-1": "auditor", "audit-2": "auditor", "draft-1": "drafter", "review-2": "reviewer", "review-3": "reviewer"} {
		o.Appoint(id, role, "")
	}
	o.Draw(1)
	for _, l := range rehearsal.Must(o.Legs(t.Context(), 1)) { // two coders judge the first team's visits alone
		if leg == 0 && l.Primary() {
			leg = l.No
		}
	}
	fileBut(o, leg)
	files(o, leg)
	return o, leg
}

// reportsOf are what a team would report of a leg that nobody has filed, all of it in order.
func reportsOf(o *rehearsal.Office, leg int) (reports []inspect.Report) {
	list := rehearsal.Must(o.Checklist())
	team := 0
	for _, l := range rehearsal.Must(o.Legs(o.T.Context(), 1)) {
		if l.No == leg {
			team = l.Team
		}
	}
	for i, v := range o.Visits(1, leg) {
		if v.State != inspect.VisitOpen {
			continue
		}
		at := v.Day.Time().Add(time.Duration(9*60+25*i) * time.Minute)
		r := inspect.Report{Visit: v.ID, Inspectors: []string{fmt.Sprintf("insp-%da", team), fmt.Sprintf("insp-%db", team)}, Revision: 1, Arrived: at, Left: at.Add(20 * time.Minute)}
		if v.Kind == inspect.HH {
			r.Register = 20
			r.Household = v.Order[slices.IndexFunc(v.Order, func(line int) bool { return line <= r.Register })]
		}
		for _, item := range list.ItemsFor(v.Kind) {
			r.Answers = append(r.Answers, inspect.Answer{Item: item.Code, Value: rehearsal.Best(&v.Visit, item), Method: item.Methods[0]})
		}
		reports = append(reports, r)
	}
	return reports
}

// files lets a leg file such reports.
func files(o *rehearsal.Office, leg int) {
	o.T.Helper()
	reports := reportsOf(o, leg)
	taken, err := returns.TakeIn(o.T.Context(), o.Campaign, o.Who("draw-1"), 1, []string{o.File("leg.txt", o.FormReturn(1, leg, reports))})
	o.OK(err)
	if taken[0].Visits["accepted"] != len(reports) {
		o.T.Fatalf("%+v %v", taken[0], taken[0].Problems)
	}
}

// One reviewer, who was given a new key in the open, codes under each: somebody who is nobody stands in config.yaml for
// the key that they gave up.
func TestOneReviewerIsTwo(t *testing.T) {
	beside(t)
	r, leg := nearlyFiled(t)
	o := office{r}
	ctx := t.Context()
	id, old := "review-1", *rehearsal.Must(o.Appointed("review-1"))
	oldSecret := o.Who(id).Secret
	before := o.Now
	path := o.Path(campaign.SecretsDir, id+".key")
	o.OK(os.Remove(path))
	line := rehearsal.Must(campaign.NewKey(o.Rand, path, id, []string{"reviewer"}, "", ""))
	r.Now = r.Now.Add(time.Hour)
	key := regexp.MustCompile(id + `\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+`).FindString(line)
	o.OK(o.ReplaceKey(ctx, id, key, o.Who("sign-1"), o.Who("privacy-1")))
	r.Now = r.Now.Add(time.Hour)
	// now, hours after the old key was given up
	ghost := &campaign.Acting{Person: &config.Person{ID: "review-9", Roles: []string{"reviewer"}, Key: old.Key}, Secret: oldSecret}
	var ids []string
	o.Tx(func(tx *store.Tx) error {
		ids = nil
		for _, v := range rehearsal.Must(tx.LegVisits(1, leg)) {
			if v.State != inspect.VisitSubmitted || !v.Second {
				continue
			}
			d := inspect.Decision{Visit: v.ID, Digest: v.Digest, Decision: review.Approved, By: ghost.ID, Key: ledger.KeyFingerprint(old.Key), Time: before}
			var err error
			if d.Note, err = o.DecideFirst(tx, ghost, 1, d); err != nil {
				return err
			}
			if err := errors.Join(tx.PutCoding(d), tx.SetVisitState(v.ID, inspect.VisitCoded)); err != nil {
				return err
			}
			ids = append(ids, v.ID)
		}
		return nil
	})
	if len(ids) == 0 {
		t.Fatal("no visit of two coders")
	}
	text := string(rehearsal.Must(os.ReadFile(o.Path(campaign.ConfigFile))))
	bent := regexp.MustCompile(`(?m)^( *)- \{id: score-1,.*\n`).ReplaceAllString(text, "$0${1}- {id: review-9, roles: [reviewer], key: "+old.Key+"}\n")
	if bent == text {
		t.Fatal("not bent")
	}
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), []byte(bent), 0o600))
	o.OK(o.Close())
	r = r.Copied(t) // opens with the bent configuration
	var all []string
	for _, v := range r.Visits(1, leg) {
		if v.State == inspect.VisitSubmitted || v.State == inspect.VisitCoded {
			all = append(all, v.ID)
		}
	}
	r.Refused("by the second of two who are one", "campaign.undecided", func() error {
		_, err := review.Decide(ctx, r.Campaign, r.Who(id), all, review.Approved, "")
		return err
	})
}

// Whoever inspected approves their own visits: with a key that is given up later their name is what config.yaml says.
func TestOwnVisitsApproved(t *testing.T) {
	beside(t)
	r := rehearsal.NewOffice(t, 40)
	r.Appoint("audit-2", "auditor", "")
	r.Draw(1)
	leg, insp := 1, fmt.Sprintf("insp-%da", rehearsal.Must(r.Legs(t.Context(), 1))[0].Team)
	r.Appoint(insp, "reviewer", "")
	fileBut(r, leg)
	files(r, leg)
	o := office{r}
	var all []inspect.Decision
	var ids []string
	p := rehearsal.Must(o.Acts(o.Who(insp), "reviewer"))
	ghost := &campaign.Acting{Person: &config.Person{ID: "review-9", Roles: p.Roles, Key: p.Key}, Secret: p.Secret}
	for _, v := range r.Visits(1, leg) {
		if v.State == inspect.VisitSubmitted {
			ids = append(ids, v.ID)
			all = append(all, inspect.Decision{Visit: v.ID, Digest: v.Digest, Decision: review.Approved, By: "review-9"})
		}
	}
	r.Refused("by who inspected", "visit.own", func() error {
		_, err := review.Decide(t.Context(), r.Campaign, r.Who(insp), ids, review.Approved, "")
		return err
	})
	salt := rehearsal.Must(o.NewSalt())
	o.Tx(func(tx *store.Tx) error {
		err := o.EnterDecided(tx, ghost, salt, o.Campaign.Now(), 1, ledger.DecisionRows(all), func(root inspect.Digest) ledger.Body {
			return ledger.Approval{Wave: 1, Visits: len(all), By: campaign.PersonHash(ghost.Person), Root: root}
		})
		for _, d := range all {
			if d.Time = o.Campaign.Now(); err == nil {
				err = review.Settle(tx, d)
			}
		}
		return err
	})
	r.Now = r.Now.Add(time.Hour)
	o.OK(o.RetirePerson(t.Context(), insp, o.Who("sign-1"), o.Who("privacy-1")))
	finish(r)
	text := string(rehearsal.Must(os.ReadFile(o.Path(campaign.ConfigFile))))
	bent := regexp.MustCompile(`id: `+insp+`,`).ReplaceAllString(text, "id: review-9,")
	if bent == text {
		t.Fatal("not bent")
	}
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), []byte(bent), 0o600))
	names(r, "audit.undecided")
}

// beside lets a test play a small office beside others.
func beside(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("plays a small office")
	}
	t.Parallel()
}

// names expects an audit to name what was done by a rule. The folder itself may be sound.
func names(o *rehearsal.Office, rule string) {
	o.T.Helper()
	o.OK(o.Close())
	o = o.Copied(o.T)
	if got := audited(o); !slices.Contains(got, rule) {
		o.T.Errorf("want %s, found %v", rule, got)
	}
}

// honest expects an audit to name nothing.
func honest(o *rehearsal.Office, what string) {
	o.T.Helper()
	o.OK(o.Close())
	o = o.Copied(o.T)
	if got := found(o); len(got) > 0 {
		o.T.Errorf("%s: %v", what, got)
	}
}

// Honest: whoever took the returns in leaves, or is given another key.
func TestHonestDrawerLeaves(t *testing.T) {
	beside(t)
	r := rehearsal.NewOffice(t, 40)
	r.Appoint("audit-2", "auditor", "")
	r.Appoint("draw-2", "drawer", "")
	r.Draw(1)
	r.Return(1, poor)
	finish(r)
	r.OK(r.Close())
	retires := func(id string) func(*rehearsal.Office) {
		return func(x *rehearsal.Office) { x.OK(x.RetirePerson(t.Context(), id, x.Who("sign-1"), x.Who("privacy-1"))) }
	}
	rekeys := func(id, role string) func(*rehearsal.Office) {
		return func(x *rehearsal.Office) { office{x}.rekeys(id, role) }
	}
	for _, after := range []struct {
		what string
		do   func(*rehearsal.Office)
	}{
		{"nothing", func(*rehearsal.Office) {}},
		{"drawer retired after all", retires("draw-1")},
		{"drawer has another key after all", rekeys("draw-1", "drawer")},
		{"reviewer retired", retires("review-1")},
		{"reviewer has another key", rekeys("review-1", "reviewer")},
		{"scorer has another key", rekeys("score-1", "scorer")},
		{"scorer retired", retires("score-1")},
		{"custodian retired", retires("custody-1")},
	} {
		x := r.Copied(t)
		after.do(x)
		honest(x, after.what)
	}
}

// Honest: the clock goes back while legs are acted on.
// publishesBent publishes what stands with whatever is bent in it: all that whoever holds the machine does.
func publishesBent(o *rehearsal.Office, bend func(*release.Public), files func([]site.File) []site.File) {
	o.T.Helper()
	var p *release.Public
	o.Tx(func(tx *store.Tx) (err error) { p, err = publish.Public(o.Campaign, tx, 1); return err })
	if bend != nil {
		bend(p)
	}
	all := rehearsal.Must(site.Build(*p, site.Options{}))
	if files != nil {
		all = files(all)
	}
	i := slices.IndexFunc(all, func(f site.File) bool { return f.Path == site.ManifestFile })
	digest := inspect.DigestOf(all[i].Data)
	dir := o.Path(campaign.EditionsDir, digest.String())
	o.OK(os.MkdirAll(dir, 0o700))
	for _, f := range all {
		if f.Path == site.ManifestFile || f.Path == site.PublicData {
			o.OK(os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), f.Data, 0o600))
		}
	}
	o.Tx(func(tx *store.Tx) error { return campaign.Enter(tx, o.Campaign.Now(), ledger.SitePublished(1, digest)) })
	head := rehearsal.Must(o.Checkpoint(o.T.Context()))
	base := o.Path(campaign.LedgerDir)
	o.OK(filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, name := rehearsal.Must(os.ReadFile(path)), rehearsal.Must(filepath.Rel(base, path))
		if name == "checkpoint" {
			data = rehearsal.Must(o.Cosigned([]byte(head.Checkpoint), head.Key))
		}
		all = append(all, site.File{Path: "log/" + filepath.ToSlash(name), Data: data})
		return nil
	}))
	rehearsal.Must(site.Write(o.Path(campaign.PublicDir), all))
}

func signsText(o *rehearsal.Office) (path string, text []byte) {
	ctx := o.T.Context()
	path, err := publish.Draft(ctx, o.Campaign, o.Who("draft-1"), "notice", 1, publish.PracticeSource{})
	o.OK(err)
	text = regexp.MustCompile(`【[^】]*】`).ReplaceAll(rehearsal.Must(os.ReadFile(o.Path(path))), []byte("演示数据"))
	o.OK(os.WriteFile(o.Path(path), text, 0o600))
	o.OK(publish.Review(ctx, o.Campaign, o.Who("review-1"), o.Path(path)))
	o.OK(publish.Sign(ctx, o.Campaign, o.Who("sign-1"), o.Path(path)))
	return path, text
}

func finishedOnce(t *testing.T) *rehearsal.Office {
	o := rehearsal.NewOffice(t, 40)
	o.Appoint("audit-2", "auditor", "")
	o.Appoint("draft-1", "drafter", "")
	o.Draw(1)
	o.Return(1, poor)
	finish(o)
	return o
}

// Pages with false numbers, said to be of another edition of the program.
func TestPagesOfAnotherEdition(t *testing.T) {
	beside(t)
	o := finishedOnce(t)
	publishesBent(o, nil, func(files []site.File) []site.File {
		var m site.Manifest
		at, bent := 0, 0
		for i := range files {
			f := &files[i]
			if f.Path == site.ManifestFile {
				at = i
				o.OK(json.Unmarshal(f.Data, &m))
			}
		}
		for i := range files {
			f := &files[i]
			if strings.HasSuffix(f.Path, ".html") {
				was := f.Data
				f.Data = regexp.MustCompile(`>[0-9][0-9]\.[0-9]<`).ReplaceAll(f.Data, []byte(">99.9<"))
				if !bytes.Equal(was, f.Data) {
					bent++
				}
				m.Files[f.Path] = inspect.DigestOf(f.Data)
			}
		}
		m.Site = "zhicha site 2"
		files[at].Data = append(rehearsal.Must(json.MarshalIndent(m, "", " ")), '\n')
		if bent == 0 {
			t.Error("no page was bent")
		}
		return files
	})
	names(o, "audit.pages")
}

// A return that came early is hidden while the others are judged and the score is frozen, and put back afterwards.
func TestWaitingHidden(t *testing.T) {
	beside(t)
	o, _ := waits(t)
	o.SQL("CREATE TABLE hidden AS SELECT * FROM waiting; DELETE FROM waiting")
	releases(o)
	finish(o)
	o.SQL("INSERT INTO waiting SELECT * FROM hidden; DROP TABLE hidden")
	missing := 0
	for _, v := range o.Visits(1, 2) {
		if v.State == inspect.VisitOpen {
			missing++
		}
	}
	t.Logf("%d visits of the return are missing in the score", missing)
	names(o, "audit.pending")
}

// A return without proof is hidden from the reviewers until the score is frozen, and put back afterwards.
func TestUnprovenHidden(t *testing.T) {
	beside(t)
	o := besieged(t)
	o.SQL("CREATE TABLE hidden AS SELECT * FROM unproven; DELETE FROM unproven")
	list := rehearsal.Must(returns.UnprovenOf(t.Context(), o.Campaign, 1))
	t.Logf("reviewers see %d", len(list))
	finish(o)
	o.SQL("INSERT INTO unproven SELECT * FROM hidden; DROP TABLE hidden")
	names(o, "audit.pending")
}

// One reviewer excludes a leg, and the record says that another did.
func TestLegInAnothersName(t *testing.T) {
	beside(t)
	o := rehearsal.NewOffice(t, 40)
	for id, role := range map[string]string{"audit-2": "auditor", "review-2": "reviewer"} {
		o.Appoint(id, role, "")
	}
	o.Draw(1)
	o.Return(1, poor)
	p := rehearsal.Must(o.Acts(o.Who("review-2"), "reviewer"))
	salt := rehearsal.Must(o.NewSalt())
	o.Tx(func(tx *store.Tx) error {
		return errors.Join(tx.ExcludeLeg(1, 1, "演示数据：走漏", "review-1", o.Campaign.Now()),
			o.EnterDecided(tx, p, salt, o.Campaign.Now(), 1, [][]string{ledger.LegActRow(ledger.LegExcluded, 1, 1, "review-1", "演示数据：走漏")}, func(root inspect.Digest) ledger.Body {
				return ledger.Exclusion{LegAct: ledger.LegAct{Wave: 1, Leg: 1, By: campaign.PersonHash(p.Person), Root: root}}
			}))
	})
	finish(o)
	names(o, "audit.rows")
}

// Somebody who retired takes the first of two decisions months later, with a time of before.
func TestRetiredDecidesLater(t *testing.T) {
	beside(t)
	r, leg := nearlyFiled(t)
	ctx := t.Context()
	o := office{r}
	p := rehearsal.Must(o.Acts(o.Who("review-3"), "reviewer"))
	before := o.Now
	r.Now = r.Now.Add(time.Hour)
	o.OK(o.RetirePerson(ctx, "review-3", o.Who("sign-1"), o.Who("privacy-1")))
	r.Now = r.Now.Add(1000 * time.Hour)
	var all []string
	n := 0
	o.Tx(func(tx *store.Tx) error {
		all, n = nil, 0
		for _, v := range rehearsal.Must(tx.LegVisits(1, leg)) {
			if v.State != inspect.VisitSubmitted {
				continue
			}
			all = append(all, v.ID)
			if !v.Second {
				continue
			}
			n++
			d := inspect.Decision{Visit: v.ID, Digest: v.Digest, Decision: review.Approved, By: p.ID, Key: ledger.KeyFingerprint(p.Key), Time: before}
			var err error
			if d.Note, err = o.DecideFirst(tx, p, 1, d); err != nil {
				return err
			}
			if err := errors.Join(tx.PutCoding(d), tx.SetVisitState(v.ID, inspect.VisitCoded)); err != nil {
				return err
			}
		}
		return nil
	})
	if n == 0 {
		t.Fatal("no visit of two coders")
	}
	r.Refused("by the second, after one who had retired", "campaign.undecided", func() error {
		_, err := review.Decide(ctx, r.Campaign, r.Who("review-1"), all, review.Approved, "")
		return err
	})
}

// The same with its text as a file that nobody reads among the pages of another edition.
func TestTextDroppedWithPages(t *testing.T) {
	beside(t)
	o := finishedOnce(t)
	path, text := signsText(o)
	builds(o)
	o.OK(os.Remove(o.Path(path)))
	publishesBent(o, nil, func(files []site.File) []site.File {
		files = append(files, site.File{Path: "old.html", Data: text})
		var m site.Manifest
		for i := range files {
			if f := &files[i]; f.Path == site.ManifestFile {
				o.OK(json.Unmarshal(f.Data, &m))
				m.Site = "zhicha site 2"
				m.Files["old.html"] = inspect.DigestOf(text)
				f.Data = append(rehearsal.Must(json.MarshalIndent(m, "", " ")), '\n')
			}
		}
		return files
	})
	names(o, "audit.pages")
}

// Honest: some reports of a file do not prove where they come from, and two people admit them later.
func TestHonestPartlyUnproven(t *testing.T) {
	beside(t)
	ctx := t.Context()
	for _, decision := range []string{returns.Admitted, returns.Dismissed} {
		o := rehearsal.NewOffice(t, 40)
		for id, role := range map[string]string{"audit-2": "auditor", "review-2": "reviewer"} {
			o.Appoint(id, role, "")
		}
		o.Draw(1)
		path := unproves(o, "B9")
		taken, err := returns.TakeIn(ctx, o.Campaign, o.Who("draw-1"), 1, []string{path})
		o.OK(err)
		t.Logf("%+v", taken[0].Visits)
		o.Now = o.Now.Add(time.Hour)
		u := rehearsal.Must(returns.UnprovenOf(ctx, o.Campaign, 1))
		if len(u) == 1 && decision != "" {
			for _, id := range []string{"review-1", "review-2"} {
				s, err := returns.Settle(ctx, o.Campaign, o.Who(id), 1, u[0].Digest, decision, "演示数据：问过")
				o.OK(err)
				if s.Taken != nil {
					t.Logf("%+v", s.Taken.Visits)
				}
			}
		}
		var ids []string
		for _, v := range o.Visits(1, 1) {
			if v.State == inspect.VisitSubmitted {
				ids = append(ids, v.ID)
			}
		}
		o.OK(review.Approve(ctx, o.Campaign, o.Who("review-1"), ids))
		fileBut(o, 1)
		finish(o)
		honest(o, "partly unproven, "+decision)
	}
}

// Honest: two corrections, one of which leaves a leg out, and one that takes up a version that came late; a second site.
// Honest: two waves, both scored and published; each is audited.
// One reviewer lets a county give way alone: with two keys, one of which is given up in the same second.
func TestCountySparedByOne(t *testing.T) {
	beside(t)
	ctx := t.Context()
	r := rehearsal.NewOffice(t, 21)
	r.Appoint("audit-2", "auditor", "")
	o := office{r}
	o.Draw(1)
	_, _, leg := o.Overlapped()
	unit := o.Unit(1, leg, inspect.CO)
	_, err := field.Substitute(ctx, o.Campaign, o.Who("draw-1"), o.Act(leg, unit, "review-1", "privacy-1"))
	o.OK(err)
	honest, old := campaign.PersonHash(rehearsal.Must(o.Appointed("privacy-1"))).String(), rehearsal.Must(o.Appointed("review-1")).Key
	o.rekeys("review-1", "reviewer")
	p := rehearsal.Must(o.Acts(o.Who("review-1"), "reviewer"))
	// what whoever holds the machine enters instead, without privacy-1: both approvals are review-1's
	var s inspect.Substitution
	o.Tx(func(tx *store.Tx) error { s = rehearsal.Must(tx.Substitutions(1))[0]; return nil })
	text := plan.SubstitutionText(o.Config.Campaign.ID, &s)
	s.Approvals = slices.DeleteFunc(s.Approvals, func(x string) bool { return strings.Contains(x, "— privacy-1 ") })
	if len(s.Approvals) != 1 {
		t.Fatal(s.Approvals)
	}
	s.Approvals = append(s.Approvals, rehearsal.Must(p.Sign(text)))
	o.SQL(fmt.Sprintf("UPDATE substitution SET body = X'%x'", rehearsal.Must(json.Marshal(s))))
	var head inspect.Digest
	for _, e := range rehearsal.Must(o.Campaign.Entries(ctx)) {
		if e.Kind == "leg-substituted" {
			e.Body = []byte(strings.ReplaceAll(string(e.Body), honest, campaign.PersonHash(p.Person).String()))
		}
		head = e.Chained(head)
		o.Forced(fmt.Sprintf("UPDATE entry SET body = X'%x', chain = '%s' WHERE seq = %d", e.Body, head, e.Seq))
	}
	o.Return(1, poor)
	finish(r)
	config := string(rehearsal.Must(os.ReadFile(o.Path(campaign.ConfigFile))))
	bent := regexp.MustCompile(`(?m)^( *)- \{id: draw-1,.*\n`).ReplaceAllString(config, "${1}- {id: review-9, roles: [reviewer], key: "+old+"}\n$0")
	if bent == config {
		t.Fatal("not bent")
	}
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), []byte(bent), 0o600))
	names(r, "audit.approval")
}

// Honest: a file of which a report was refused is handed in once more after another file of the same packet.
func TestHonestHandedInAgain(t *testing.T) {
	beside(t)
	ctx := t.Context()
	for _, between := range []bool{false, true} {
		o := rehearsal.NewOffice(t, 40)
		o.Appoint("audit-2", "auditor", "")
		o.Draw(1)
		fileBut(o, 1)
		reports := reportsOf(o, 1)
		n := len(reports)
		reports[n-1].Arrived = o.Now.Add(2 * time.Hour) // a telephone's clock that is wrong
		reports[n-1].Left = o.Now.Add(3 * time.Hour)
		a := o.File("a.txt", o.FormReturn(1, 1, reports[1:]))
		b := o.File("b.txt", o.FormReturn(1, 1, reports[:1]))
		take := func(file string) {
			taken, err := returns.TakeIn(ctx, o.Campaign, o.Who("draw-1"), 1, []string{file})
			o.OK(err)
			t.Logf("%+v %v", taken[0].Visits, taken[0].Problems)
		}
		take(a)
		if between {
			take(b)
		}
		o.Now = o.Now.Add(4 * time.Hour)
		take(a)
		if o.Now = o.Now.Add(time.Hour); !between {
			take(b)
		}
		var ids []string
		for _, v := range o.Visits(1, 1) {
			if v.State == inspect.VisitSubmitted {
				ids = append(ids, v.ID)
			}
		}
		o.OK(review.Approve(ctx, o.Campaign, o.Who("review-1"), ids))
		finish(o)
		honest(o, fmt.Sprintf("handed in again, another between: %v", between))
	}
}

// Honest: a return comes early, waits, and is judged.
// Honest: the clock goes back past the appointment of a reviewer, who then decides first.
// An index that does not say what its table does: one visit has two rows, of which approvals reach one and scores the other.
func TestStaleIndex(t *testing.T) {
	beside(t)
	ctx := t.Context()
	o := rehearsal.NewOffice(t, 40)
	o.Appoint("audit-2", "auditor", "")
	o.Draw(1)
	var v inspect.StandingVisit
	for _, x := range o.Visits(1, 0) {
		if x.Kind == inspect.VC && rehearsal.Must(o.Legs(ctx, 1))[x.Leg-1].Primary() {
			v = x
		}
	}
	path := o.Path(campaign.DatabaseFile)
	do := func(all ...string) {
		db := rehearsal.Must(sql.Open("sqlite", path))
		conn := rehearsal.Must(db.Conn(ctx))
		for _, q := range all {
			if _, err := conn.ExecContext(ctx, q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		o.OK(errors.Join(conn.Close(), db.Close()))
	}
	do("PRAGMA foreign_keys = OFF", "PRAGMA writable_schema = ON",
		"UPDATE sqlite_schema SET sql = sql || ' WHERE turns = ''no''' WHERE name = 'visit_leg'", "PRAGMA schema_version = 9001")
	do("PRAGMA foreign_keys = OFF", // the second row is not in visit_leg, and has the id
		"INSERT INTO visit (id, wave, leg, seq, kind, state, body, turns) SELECT 'tmp', wave, leg, seq, kind, state, body, turns FROM visit WHERE id = '"+v.ID+"'",
		"UPDATE visit SET id = 'tmp2' WHERE id = '"+v.ID+"'", "UPDATE visit SET id = '"+v.ID+"' WHERE id = 'tmp'", "UPDATE visit SET id = 'tmp' WHERE id = 'tmp2'")
	do("PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = replace(sql, ' WHERE turns = ''no''', '') WHERE name = 'visit_leg'",
		"UPDATE sqlite_schema SET sql = replace(replace(sql, 'id    TEXT PRIMARY KEY', 'id    TEXT'), 'body  BLOB NOT NULL', 'body  BLOB NOT NULL UNIQUE') WHERE name = 'visit'", "PRAGMA schema_version = 9002")
	do("PRAGMA foreign_keys = OFF", "UPDATE visit SET id = '"+v.ID+"' WHERE rowid = (SELECT min(rowid) FROM visit WHERE +id = 'tmp')")
	do("PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = replace(replace(sql, 'id    TEXT', 'id    TEXT PRIMARY KEY'), 'body  BLOB NOT NULL UNIQUE', 'body  BLOB NOT NULL') WHERE name = 'visit'", "PRAGMA schema_version = 9003")
	o.Return(1, poor)
	for _, x := range o.Visits(1, v.Leg) {
		if x.ID == v.ID {
			t.Logf("by leg: %s", x.State)
		}
	}
	o.Tx(func(tx *store.Tx) error {
		x, _, err := tx.Visit(v.ID)
		t.Logf("by id: %s", x.State)
		return err
	})
	finish(o)
	names(o, "audit.schema")
}

// One reviewer with two keys admits a return that proves nothing.
func TestAdmittedByOne(t *testing.T) {
	beside(t)
	base := besieged(t)
	o := office{base}
	old, oldSecret := *rehearsal.Must(o.Appointed("review-2")), o.Who("review-2").Secret
	before := base.Now
	base.Now = base.Now.Add(time.Hour)
	o.rekeys("review-2", "reviewer")
	base.Now = base.Now.Add(time.Hour)
	p := rehearsal.Must(o.Acts(o.Who("review-2"), "reviewer"))
	ghost := &campaign.Acting{Person: &config.Person{ID: "review-9", Roles: []string{"reviewer"}, Key: old.Key}, Secret: oldSecret}
	u := rehearsal.Must(returns.UnprovenOf(t.Context(), o.Campaign, 1))[0]
	salt := rehearsal.Must(o.NewSalt())
	o.Tx(func(tx *store.Tx) error {
		var acts []inspect.Decision
		for i, by := range []*campaign.Acting{ghost, p} {
			d := inspect.Decision{Digest: u.Digest, Decision: returns.Admitted, By: by.ID, Key: ledger.KeyFingerprint(by.Key), Reason: "演示数据：已电话核实", Time: before}
			if i == 1 {
				d.Time = o.Campaign.Now()
			}
			var err error
			if d.Note, err = o.DecideFirst(tx, by, 1, d); err != nil {
				return err
			}
			if err := tx.PutUnprovenAct(1, d); err != nil {
				return err
			}
			acts = append(acts, d)
		}
		if err := o.EnterDecided(tx, p, salt, o.Campaign.Now(), 1, ledger.DecisionRows(acts), func(root inspect.Digest) ledger.Body {
			return ledger.Judgement{Wave: 1, By: []inspect.Digest{campaign.PersonHash(ghost.Person), campaign.PersonHash(p.Person)}, Root: root}
		}); err != nil {
			return err
		}
		return tx.SettleUnproven(1, u.Digest, returns.Admitted)
	})
	var digest inspect.Digest
	o.OK(digest.UnmarshalText([]byte(u.Digest)))
	file := o.File("admitted.xlsx", rehearsal.Must(rehearsal.Evidence(t, o.Campaign, "review-1", digest)))
	taken, err := returns.TakeIn(t.Context(), o.Campaign, o.Who("draw-1"), 1, []string{file})
	o.OK(err)
	t.Logf("%+v %v", taken[0].Visits, taken[0].Problems)
	var ids []string
	for _, v := range o.Visits(1, 1) {
		if v.State == inspect.VisitSubmitted {
			ids = append(ids, v.ID)
		}
	}
	o.OK(review.Approve(t.Context(), o.Campaign, o.Who("review-1"), ids))
	finish(base)
	text := string(rehearsal.Must(os.ReadFile(o.Path(campaign.ConfigFile))))
	bent := regexp.MustCompile(`(?m)^( *)- \{id: draw-1,.*\n`).ReplaceAllString(text, "${1}- {id: review-9, roles: [reviewer], key: "+old.Key+"}\n$0")
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), []byte(bent), 0o600))
	names(base, "audit.unproven")
}

// What the reviewer is shown is not what the digest says, and is put back afterwards.
// What is noted of a return without proof.
func TestUnprovenCells(t *testing.T) {
	beside(t)
	o := office{besieged(t)}
	finish(o.Office)
	o.SQL("UPDATE unproven SET packet = 3, reports = 1, received = '2023-01-01T00:00:00+08:00', by = 'review-1', name = 'other.xlsx'")
	names(o.Office, "audit.cell")
}

// A stand-in's day is whatever is written, from its drawn day on.
func TestStandInDay(t *testing.T) {
	beside(t)
	o := visited(t, 40)
	_, err := results.Freeze(t.Context(), o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	builds(o)
	n := o.SQL(rehearsal.SetJSON("visit", "$.day", "'2023-01-31'", "id IN (SELECT v.id FROM visit v WHERE v.kind = 'TS' AND v.state <> 'substituted' AND v.seq > (SELECT max(w.seq) FROM visit w WHERE w.leg = v.leg AND w.state = 'substituted') AND v.leg IN (SELECT leg FROM visit WHERE kind = 'TS' AND state = 'substituted'))"))
	t.Logf("%d days changed", n)
	names(o, "audit.visit")
}

// A page with false numbers among the files of the log.
// Honest: somebody has begun to write a text by hand, which is no document yet.
func TestHonestHalfWritten(t *testing.T) {
	beside(t)
	o := finishedOnce(t)
	signsText(o)
	builds(o)
	o.OK(os.WriteFile(o.Path(campaign.ContentDir, "notices", "2023-9.md"), []byte("演示数据：写了一半\n"), 0o600))
	honest(o, "a text half written")
}

// A signer freezes the first score, where only a scorer may.
func TestFrozenBySigner(t *testing.T) {
	beside(t)
	ctx := t.Context()
	o := rehearsal.NewOffice(t, 40)
	o.Appoint("audit-2", "auditor", "")
	o.Draw(1)
	o.Return(1, poor)
	o.CloseAll(1)
	o.OK(ceremony.Reveal(ctx, o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages, o.Keys()))
	_, err := results.Freeze(ctx, o.Campaign, o.Who("sign-1"), 1)
	t.Logf("the program: %v", err)
	p := rehearsal.Must(o.Acts(o.Who("sign-1"), inspect.RoleSigner))
	reports, public := rehearsal.Must(o.NewSalt()), rehearsal.Must(o.NewSalt())
	var was store.Score
	var body ledger.Score
	var rows [][]string
	tried := errors.New("only tried")
	now := o.Campaign.Now()
	if err := o.Update(ctx, func(tx *store.Tx) error {
		if err := results.Again(o.Campaign, tx, store.Score{Wave: 1, By: p.ID, Salt: fmt.Sprintf("%x", public[:])}, now); err != nil {
			return err
		}
		all := rehearsal.Must(tx.Scores(1))
		was, body = all[len(all)-1], rehearsal.Must(results.Logged(tx, 1))
		_, rows, _, _ = tx.Root(body.Reports)
		return tried
	}); err != tried {
		t.Fatal(err)
	}
	o.Tx(func(tx *store.Tx) error {
		return errors.Join(tx.PutScore(was), o.EnterDecided(tx, p, reports, now, 1, rows, func(root inspect.Digest) ledger.Body {
			b := body
			b.Reports = root
			return b
		}))
	})
	builds(o)
	names(o, "audit.undecided")
}

// Honest: another custodian came before the second wave, which lies sealed while the first is audited.
// Honest: the same where the second wave goes out at about the time of the first, and lies sealed still.
func TestHonestOtherCustodianNear(t *testing.T) {
	beside(t)
	ctx := t.Context()
	o := rehearsal.NewOffice(t, 8)
	o.Appoint("audit-2", "auditor", "")
	o.Draw(1)
	o.Appoint("custody-3", "custodian", "office")
	o.OK(o.RetirePerson(ctx, "custody-1", o.Who("sign-1"), o.Who("privacy-1")))
	n := rehearsal.Second("redraw")
	n.Units, n.From = o.Around(4), "2023-01-22"
	n.To = n.From.Add(13)
	made, err := prepare.AddWave(ctx, o.Campaign, o.Who("draw-1"), n)
	o.OK(err)
	o.Commit(made.No)
	_, err = ceremony.Draw(ctx, o.Campaign, o.Who("draw-1"), made.No, campaign.Custody{})
	o.OK(err)
	_, err = field.MakePackets(ctx, o.Campaign, o.Who("draw-1"), field.MakeAct{Wave: made.No, Formats: []string{field.WorkbookFormat}, Keys: o.Keys("custody-2", "custody-3")})
	o.OK(err)
	o.Return(1, poor)
	finish(o)
	got, err := audit.Run(ctx, o.Campaign, o.Who("audit-2"), 1, o.Keys("custody-1", "custody-2", "custody-3"), audit.SignNothing)
	if err != nil || len(got.Mismatches) > 0 {
		t.Errorf("%v %+v", err, got)
	}
}

// Honest: a reserve was passed over since another wave went there, whose visit gives way afterwards.
func TestHonestNoLongerBusy(t *testing.T) {
	beside(t)
	ctx := t.Context()
	for _, gives := range []bool{false, true} {
		const seed = 14
		o := rehearsal.NewOffice(t, seed)
		o.Appoint("audit-2", "auditor", "")
		o.Draw(1)
		n := rehearsal.Second("redraw")
		n.Units, n.From = o.Around(6), "2023-01-12"
		n.To = n.From.Add(13)
		made, err := prepare.AddWave(ctx, o.Campaign, o.Who("draw-1"), n)
		o.OK(err)
		o.Draw(made.No)
		act := func(wave int) (done int) {
			for _, l := range rehearsal.Must(o.Legs(ctx, wave)) {
				if !l.Primary() {
					continue
				}
				for _, v := range o.Visits(wave, l.No) {
					if v.Kind != inspect.TS || v.State != inspect.VisitOpen {
						continue
					}
					a := o.Act(l.No, v.Unit, "review-1")
					a.Wave = wave
					if _, err := field.Substitute(ctx, o.Campaign, o.Who("draw-1"), a); err == nil {
						done++
					}
					break
				}
			}
			return done
		}
		first := act(1)
		second := 0
		if gives {
			second = act(made.No)
		}
		o.Return(1, poor)
		finish(o)
		if got := found(o); len(got) > 0 || first == 0 || gives && second == 0 {
			t.Errorf("%d and %d gave way: %v", first, second, got)
		}
	}
}

// After an auditor's statement other pages are published, and the statement speaks for them.
