package audit_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/field"
	"zhicha/inspect/form"
	"zhicha/inspect/ledger"
	"zhicha/inspect/prepare"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/verify"
	"zhicha/inspect/workbook"
	"zhicha/site"
)

// besieged is an office whose first leg filed a return without its packet's secret and an alarm in a form that was refused;
// the other legs filed what two coders have begun to judge.
func besieged(t *testing.T) *rehearsal.Office {
	t.Helper()
	o := rehearsal.NewOffice(t, 40, "second_coder_percent: 10", "second_coder_percent: 30")
	for id, role := range map[string]string{"audit-1": "auditor", "audit-2": "auditor", "draft-1": "drafter", "review-2": "reviewer", "review-3": "reviewer"} {
		o.Appoint(id, role, "")
	}
	o.Draw(1)
	path := unproves(o, "B8")
	for i, file := range []string{path, o.File("alarm.txt", alarming(o, o.Visits(1, 1)[0]))} {
		taken, err := returns.TakeIn(t.Context(), o.Campaign, o.Who("draw-1"), 1, []string{file})
		if o.OK(err); i == 0 && taken[0].Visits[returns.Unproven] == 0 || i == 1 && len(taken[0].Alarms) == 0 {
			t.Fatalf("%+v", taken)
		}
	}
	fileBut(o, 1)
	return o
}

// unproves fills in the first packet and takes one of its secrets out: a cell of the sheet that brings them back.
func unproves(o *rehearsal.Office, secret string) (path string) {
	o.T.Helper()
	w, err := o.Config.Wave(1)
	o.OK(err)
	o.Now = w.Window.To.Time().Add(20 * time.Hour)
	path = o.Filled(o.Path(field.RungFile(1, 1, inspect.RungVillage)), o.Code(1, 1))
	e, err := workbook.OpenEditor(path, o.Code(1, 1))
	o.OK(err)
	e.RemovePassword()
	o.OK(e.SetCell("meta", secret, ""))
	o.OK(e.Save(nil, path))
	return path
}

// alarming is what a form sends back of a visit that nobody of the team made, with a child in danger.
func alarming(o *rehearsal.Office, v inspect.StandingVisit) []byte {
	at := v.Day.Time().Add(9 * time.Hour)
	rep := inspect.Report{Visit: v.ID, Inspectors: []string{"nobody"}, Revision: 1, Arrived: at, Left: at.Add(20 * time.Minute),
		Observations: []inspect.Observation{{Kind: inspect.Hazard, Severity: "S1", Fact: "演示数据：孩子有危险"}}}
	key := rehearsal.Must(seal.ReturnKey(rehearsal.Must(o.ReturnMaster(1)), o.Config.Campaign.ID, 1, v.Leg))
	content := rehearsal.Must(json.Marshal(map[string]any{"form": form.Form, "checklist": rehearsal.Must(o.Checklist()).Digest(), "made": o.Now, "agent": "", "opened": []any{}, "registers": []any{},
		"reports": []any{rep}, "passed": []any{}, "alarms": []any{map[string]any{"visit": v.ID, "observation": 0, "to": []string{"police"}, "at": at, "receipt": "x"}}, "drafts": nil, "photos": []any{}}))
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":%q,"wave":%d,"packet":%d,"key":%q}`+"\n", form.Schema, o.Config.Campaign.ID, 1, v.Leg, seal.KeyID(key))
	return append(head, rehearsal.Must(seal.SealWith(o.Rand, key, head, append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)))...)
}

// fileBut lets every leg but one file.
func fileBut(o *rehearsal.Office, leg int) {
	o.SQL(fmt.Sprintf("UPDATE visit SET state = 'xopen' WHERE wave = 1 AND leg = %d AND state = 'open'", leg))
	o.Return(1, poor)
	o.SQL("UPDATE visit SET state = 'open' WHERE state = 'xopen'")
}

// finish closes, reveals, scores and publishes, as nobody suspects anything.
func finish(o *rehearsal.Office) {
	o.T.Helper()
	for _, u := range rehearsal.Must(returns.UnprovenOf(o.T.Context(), o.Campaign, 1)) { // nothing is scored before two decided
		for _, id := range []string{"review-1", "review-2", "review-3"} {
			if u.Decision == "" {
				if s, err := returns.Settle(o.T.Context(), o.Campaign, o.Who(id), 1, u.Digest, returns.Dismissed, "演示数据：不是这个检查组的"); err == nil {
					u.Decision = s.Decision
				}
			}
		}
	}
	o.CloseAll(1)
	o.OK(ceremony.Reveal(o.T.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages, o.Keys()))
	_, err := results.Freeze(o.T.Context(), o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	builds(o)
}

func builds(o *rehearsal.Office) {
	_, err := publish.BuildSite(o.T.Context(), o.Campaign, o.Who("publish-1"), 1)
	o.OK(err)
}

// found are the rules by which an audit names what differs; the folder itself is sound.
func found(o *rehearsal.Office) (rules []string) {
	o.T.Helper()
	r, err := verify.Folder(os.DirFS(o.Path(campaign.PublicDir)), verify.Options{})
	if err != nil || !r.Verified {
		o.T.Errorf("the folder is not sound: %v %v", err, r.Problems())
	}
	return audited(o)
}

// audited are the rules by which an audit names what differs.
func audited(o *rehearsal.Office) (rules []string) {
	o.T.Helper()
	got, err := audit.Run(o.T.Context(), o.Campaign, o.Who("audit-2"), 1, o.Keys(), audit.SignNothing)
	if got == nil {
		o.T.Fatal(err)
	}
	for _, p := range got.Mismatches {
		rules = append(rules, p.Rule)
	}
	return rules
}

// decides enters decisions under one person's signature, whatever the rules of review say.
func decides(o *rehearsal.Office, as string, all []inspect.Decision) {
	o.T.Helper()
	p, err := o.Acts(o.Who(as), inspect.RoleReviewer)
	o.OK(err)
	salt := rehearsal.Must(o.NewSalt())
	o.Tx(func(tx *store.Tx) error {
		visits := map[string]bool{}
		for _, d := range all {
			visits[d.Visit] = true
		}
		err := o.EnterDecided(tx, p, salt, o.Campaign.Now(), 1, ledger.DecisionRows(all), func(root inspect.Digest) ledger.Body {
			return ledger.Approval{Wave: 1, Visits: len(visits), By: campaign.PersonHash(p.Person), Root: root}
		})
		for _, d := range all {
			if d.Time = o.Campaign.Now(); err == nil && d.By == as {
				err = review.Settle(tx, d)
			}
		}
		return err
	})
}

func (o office) codings() (all []inspect.Decision, ids []string) {
	o.Tx(func(tx *store.Tx) error {
		all, ids = nil, nil
		for _, v := range rehearsal.Must(tx.Visits(1)) {
			if v.State == inspect.VisitCoded || v.State == inspect.VisitDisputed {
				all, ids = append(all, rehearsal.Must(tx.VisitCodings(v.ID))...), append(ids, v.ID)
			}
		}
		return nil
	})
	return all, ids
}

type office struct{ *rehearsal.Office }

// Where two people are needed, one of them decides with whoever has the office's machine, its database and the
// log's key. Each time the folder is sound, and the audit names what was done.
func TestOneOfTwo(t *testing.T) {
	if testing.Short() {
		t.Skip("plays a small office and audits it ten times")
	}
	t.Parallel()
	base := besieged(t)
	base.OK(base.Close())
	for name, x := range map[string]struct {
		lie  func(o office)
		want string
	}{
		"nothing": {func(o office) { finish(o.Office) }, ""},
		"the first of two coders approves alone": {func(o office) {
			all, _ := o.codings()
			decides(o.Office, "review-1", all)
			finish(o.Office)
		}, "audit.rows"},
		"one of two who differ settles it": {func(o office) {
			_, ids := o.codings()
			_, err := review.Decide(t.Context(), o.Campaign, o.Who("review-2"), ids, review.Returned, "演示数据：不实")
			o.OK(err)
			all, _ := o.codings()
			for _, id := range ids {
				i := slices.IndexFunc(all, func(d inspect.Decision) bool { return d.Visit == id })
				all = append(all, inspect.Decision{Visit: id, Digest: all[i].Digest, Decision: review.Approved, By: "review-1", Reason: "演示数据：再核"})
			}
			decides(o.Office, "review-1", all)
			finish(o.Office)
		}, "audit.rows"},
		"a report sent back approved as it was": {func(o office) {
			var v inspect.StandingVisit
			for _, x := range o.Visits(1, 0) {
				if x.State == inspect.VisitApproved {
					v = x
				}
			}
			_, err := review.Decide(t.Context(), o.Campaign, o.Who("review-3"), []string{v.ID}, review.Returned, "演示数据：退回")
			o.OK(err)
			decides(o.Office, "review-1", []inspect.Decision{{Visit: v.ID, Digest: v.Digest, Decision: review.Approved, By: "review-1"}})
			finish(o.Office)
		}, "audit.rows"},
		"a return without proof admitted by one": {func(o office) { o.admits([2]string{"", "review-1"}); finish(o.Office) }, "audit.unproven"},
		"by one, under a key that they gave up as if it were another's": {func(o office) {
			first := o.admits([2]string{"review-2", ""})
			old := o.rekeys("review-1", inspect.RoleReviewer)
			o.admits([2]string{first, "review-1"})
			finish(o.Office)
			other := rehearsal.Must(o.Appointed("review-2")).Key
			config := string(rehearsal.Must(os.ReadFile(o.Path(campaign.ConfigFile))))
			bent := regexp.MustCompile(`,? *former: *\[`+regexp.QuoteMeta(old)+`\]`).ReplaceAllString(config, "")
			bent = strings.Replace(bent, "key: "+other, "key: "+other+", former: ["+old+"]", 1)
			if strings.Contains(bent, "former: ["+old) == strings.Contains(config, other+", former") {
				t.Fatal("nothing was bent")
			}
			o.OK(os.WriteFile(o.Path(campaign.ConfigFile), []byte(bent), 0o600))
		}, "audit.first-undecided"},
		"more sent back than a correction proposed": {func(o office) { finish(o.Office); o.corrects("score-1", "sign-1", true); builds(o.Office) }, "audit.rows"},
		"a correction proposed and confirmed by one person in two roles": {func(o office) {
			o.Appoint("both-1", inspect.RoleScorer, "")
			finish(o.Office)
			o.corrects("both-1", "both-1", false) // under two keys: the entry of one is refused
			builds(o.Office)
		}, "audit.cell"},
		"another folder than the one in the office": {func(o office) { finish(o.Office); o.publishesOther() }, "audit.published"},
		"another folder, and the true one after it": {func(o office) {
			finish(o.Office)
			o.publishesOther()
			o.OK(os.RemoveAll(o.Path(campaign.PublicDir)))
			builds(o.Office)
		}, "audit.published"},
		"a trigger under a name of SQLite's own": {func(o office) {
			o.SQL("CREATE TRIGGER sqlitexbend AFTER INSERT ON report BEGIN UPDATE report SET body = body WHERE visit = NEW.visit; END")
			finish(o.Office)
		}, "audit.schema"},
		"a trigger that is called as an index is": {func(o office) {
			o.SQL("CREATE TRIGGER finding_visit AFTER INSERT ON report BEGIN UPDATE report SET body = body WHERE visit = NEW.visit; END; DROP INDEX finding_visit; CREATE INDEX finding_visit ON finding (visit)")
			finish(o.Office)
		}, "audit.schema"},
		"a proposal that was given up": {func(o office) {
			finish(o.Office)
			ctx := t.Context()
			propose := func(v inspect.StandingVisit) error {
				_, err := results.Propose(ctx, o.Campaign, o.Who("score-1"), 1, []results.Change{{Visit: v.ID, Decision: review.Returned}}, "演示数据：一处检查退回")
				return err
			}
			var body []byte
			for _, v := range o.Visits(1, 0) {
				if v.State != inspect.VisitApproved || propose(v) != nil {
					continue
				}
				if body != nil {
					break
				}
				o.Tx(func(tx *store.Tx) error {
					all, err := tx.Corrections(1)
					body = all[0].Body
					return err
				})
			}
			o.Forced(fmt.Sprintf("UPDATE correction SET body = X'%x'", body))
			_, err := results.Confirm(ctx, o.Campaign, o.Who("sign-1"), 1, 1)
			o.OK(err)
			builds(o.Office)
		}, "audit.cell"},
		"an alarm taken away": {func(o office) {
			finish(o.Office)
			var digests []string
			o.Tx(func(tx *store.Tx) error {
				_, rows, err := tx.Table("alarm")
				for _, r := range rows {
					digests = append(digests, strings.Trim(r[len(r)-1], "'"))
				}
				return err
			})
			o.SQL("DELETE FROM alarm")
			o.OK(os.Remove(o.Path(campaign.EvidenceDir, digests[0][:2], digests[0])))
		}, "audit.kept-gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := base.Copied(t)
			x.lie(office{o})
			o.OK(o.Close())
			o = o.Copied(t)
			if got := found(o); x.want == "" && len(got) > 0 || x.want != "" && !slices.Contains(got, x.want) {
				t.Errorf("want %q, found %v", x.want, got)
			}
		})
	}
}

// publishesOther enters a site with a false number that no stranger can compute.
func (o office) publishesOther() {
	var p *release.Public
	o.Tx(func(tx *store.Tx) (err error) { p, err = publish.Public(o.Campaign, tx, 1); return err })
	p.Frame.Rows[1].N += 1000
	files := rehearsal.Must(site.Build(*p, site.Options{}))
	i := slices.IndexFunc(files, func(f site.File) bool { return f.Path == "manifest.json" })
	o.Tx(func(tx *store.Tx) error {
		return campaign.Enter(tx, o.Campaign.Now(), ledger.SitePublished(1, inspect.DigestOf(files[i].Data)))
	})
}

// admits lets review-1 take one or both of two decisions about the return without proof. Of the first it says in whose
// name; the note is that name's, to be brought again with the second.
func (o office) admits(by [2]string) string {
	o.T.Helper()
	p, err := o.Acts(o.Who("review-1"), inspect.RoleReviewer)
	o.OK(err)
	u := rehearsal.Must(returns.UnprovenOf(o.T.Context(), o.Campaign, 1))[0]
	salt := rehearsal.Must(o.NewSalt())
	o.Tx(func(tx *store.Tx) error {
		acts := u.Acts
		for i, id := range by {
			if id == "" || i == 0 && len(acts) > 0 {
				continue
			}
			d := inspect.Decision{Digest: u.Digest, Decision: returns.Admitted, By: id, Key: ledger.KeyFingerprint(p.Key), Reason: "演示数据：已电话核实", Time: o.Campaign.Now()}
			if d.Note, err = o.DecideFirst(tx, p, 1, d); err != nil {
				return err
			}
			if err := tx.PutUnprovenAct(1, d); err != nil {
				return err
			}
			acts = append(acts, d)
		}
		if by[1] == "" {
			return nil
		}
		other := rehearsal.Must(o.Appointed("review-2"))
		if err := o.EnterDecided(tx, p, salt, o.Campaign.Now(), 1, ledger.DecisionRows(acts), func(root inspect.Digest) ledger.Body {
			return ledger.Judgement{Wave: 1, By: []inspect.Digest{campaign.PersonHash(other), campaign.PersonHash(p.Person)}, Root: root}
		}); err != nil {
			return err
		}
		return tx.SettleUnproven(1, u.Digest, returns.Admitted)
	})
	return by[0]
}

// rekeys replaces somebody's key, and returns the one they had.
func (o office) rekeys(id, role string) (old string) {
	o.T.Helper()
	old = rehearsal.Must(o.Appointed(id)).Key
	path := o.Path(campaign.SecretsDir, id+".key")
	o.OK(os.Remove(path))
	line := rehearsal.Must(campaign.NewKey(o.Rand, path, id, []string{role}, "", ""))
	o.Now = o.Now.Add(time.Minute)
	o.OK(o.ReplaceKey(o.T.Context(), id, regexp.MustCompile(id+`\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+`).FindString(line), o.Who("sign-1"), o.Who("privacy-1")))
	return old
}

// corrects lets somebody confirm a correction that somebody proposed, and send back more than that: visits of the leg that two
// teams made, which count in no score. One person does both in one role after the other.
func (o office) corrects(proposer, confirmer string, more bool) {
	o.T.Helper()
	ctx := o.T.Context()
	twice := map[int]bool{}
	for _, l := range rehearsal.Must(o.Legs(ctx, 1)) {
		twice[l.No] = !l.Primary()
	}
	var x *results.Correction
	var all []inspect.Decision
	err := errors.New("no visit that matters")
	for _, v := range o.Visits(1, 0) {
		d := inspect.Decision{Visit: v.ID, Digest: v.Digest, Decision: review.Returned, By: confirmer}
		switch {
		case v.State != inspect.VisitApproved:
		case twice[v.Leg]:
			if more {
				all = append(all, d)
			}
		case err != nil:
			if x, err = results.Propose(ctx, o.Campaign, o.Who(proposer), 1, []results.Change{{Visit: v.ID, Decision: review.Returned}}, "演示数据：一处检查退回"); err == nil {
				all = append(all, d)
			}
		}
	}
	o.OK(err)
	if proposer == confirmer {
		o.OK(o.ChangeRoles(ctx, confirmer, []string{inspect.RoleSigner}, o.Who("sign-1"), o.Who("privacy-1")))
		o.rekeys(confirmer, inspect.RoleSigner)
	}
	p, err := o.Acts(o.Who(confirmer), inspect.RoleSigner)
	o.OK(err)
	x.By = p.ID
	raw, now := rehearsal.Must(json.Marshal(x)), o.Campaign.Now()
	decisions, reports, public := rehearsal.Must(o.NewSalt()), rehearsal.Must(o.NewSalt()), rehearsal.Must(o.NewSalt())
	confirm := func(tx *store.Tx) error {
		for i := range all {
			all[i].Reason, all[i].Time = x.Reason, now
		}
		err := o.EnterDecided(tx, p, decisions, now, 1, ledger.DecisionRows(all), func(root inspect.Digest) ledger.Body {
			return ledger.Correction{Wave: 1, No: x.No, Before: x.Before, After: x.After, Text: inspect.DigestOf([]byte(x.Reason)),
				By: []inspect.Digest{inspect.DigestOf([]byte(x.Key)), campaign.PersonHash(p.Person)}, Visits: len(all), Root: root}
		})
		for _, d := range all {
			err = errors.Join(err, review.Again(o.Campaign, tx, d))
		}
		return errors.Join(err, tx.ConfirmCorrection(1, x.No, raw, now))
	}
	var score store.Score
	var body ledger.Score
	var rows [][]string
	tried := errors.New("only tried")
	err = o.Update(ctx, func(tx *store.Tx) error {
		if err := errors.Join(confirm(tx), results.Again(o.Campaign, tx, store.Score{Wave: 1, By: p.ID, Correction: x.No, Salt: fmt.Sprintf("%x", public[:])}, now)); err != nil {
			return err
		}
		all := rehearsal.Must(tx.Scores(1))
		score, body = all[len(all)-1], rehearsal.Must(results.Logged(tx, 1))
		_, rows, _, _ = tx.Root(body.Reports)
		return tried
	})
	if err != tried {
		o.T.Fatal(err)
	}
	o.Tx(func(tx *store.Tx) error {
		return errors.Join(confirm(tx), tx.PutScore(score), o.EnterDecided(tx, p, reports, now, 1, rows, func(root inspect.Digest) ledger.Body {
			b := body
			b.Reports = root
			return b
		}))
	})
}

// waits is an office to which a return came before the last code of its packet, the second, was released.
func waits(t *testing.T) (o *rehearsal.Office, plain []byte) {
	t.Helper()
	ctx := t.Context()
	o = rehearsal.NewOffice(t, 21)
	o.Appoint("audit-2", "auditor", "")
	o.Commit(1)
	_, err := ceremony.Draw(ctx, o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
	o.Make(1)
	spares, err := field.SpareCodes(ctx, o.Campaign, o.Who("draw-1"), 1, []int{2}, o.Keys())
	o.OK(err)
	code := string(spares[0].Codes[inspect.RungVillage])
	data := rehearsal.Must(os.ReadFile(o.Filled(o.Path(field.RungFile(1, 2, inspect.RungVillage)), code)))
	plain = rehearsal.Must(workbook.Decrypt("x", data, func(yield func(string) bool) { yield(code) }))
	w, err := o.Config.Wave(1)
	o.OK(err)
	o.Now = w.Window.To.Time().Add(20 * time.Hour)
	taken, err := returns.TakeIn(ctx, o.Campaign, o.Who("draw-1"), 1, []string{o.File("open.xlsx", plain)})
	if o.OK(err); !taken[0].Waiting {
		t.Fatalf("%+v", taken)
	}
	return o, plain
}

// releases releases every packet of the office to which a return came early.
func releases(o *rehearsal.Office) {
	o.T.Helper()
	ctx := o.T.Context()
	opened, err := field.OpenBooks(ctx, o.Campaign, o.Who("draw-1"), 1, "", inspect.RungVillage, o.Keys())
	o.OK(err)
	for _, rung := range inspect.Rungs {
		_, err := field.ReleaseRung(ctx, o.Campaign, o.Who("draw-1"), 1, opened, rung)
		o.OK(err)
	}
	fileBut(o, 2)
}

// A return that came early, and waits, is thrown away, as if somebody had read and refused it.
func TestWaitingThrownAway(t *testing.T) {
	t.Parallel()
	o, plain := waits(t)
	digest := inspect.DigestOf(plain).String()
	p, err := o.Acts(o.Who("draw-1"), inspect.RoleDrawer)
	o.OK(err)
	o.Tx(func(tx *store.Tx) error { return o.Seen(tx, p, inspect.SawEvidence, digest) })
	o.SQL("DELETE FROM waiting")
	releases(o)
	finish(o)
	for range 2 { // the file is there, and would be taken in; then it is gone too
		if got := found(o); !slices.Contains(got, "audit.kept-gone") {
			t.Errorf("found %v", got)
		}
		o.OK(errors.Join(os.RemoveAll(o.Path(campaign.EvidenceDir, digest[:2], digest))))
	}
}

// What honest people do in an unhappy order is no mismatch: a version settled while two code, somebody who leaves in the
// second in which they decided, a clock that goes back, a text that is edited, signed late and taken back, a new hotline.
func TestNoFalseAlarm(t *testing.T) {
	if testing.Short() {
		t.Skip("plays a small office and audits it five times")
	}
	t.Parallel()
	o := rehearsal.NewOffice(t, 40, "second_coder_percent: 10", "second_coder_percent: 30")
	for id, role := range map[string]string{"audit-2": "auditor", "draft-1": "drafter", "review-2": "reviewer", "review-3": "reviewer"} {
		o.Appoint(id, role, "")
	}
	ctx := t.Context()
	o.Draw(1)
	o.Return(1, poor)
	_, ids := office{o}.codings()
	var twice inspect.StandingVisit
	for _, v := range o.Visits(1, 0) {
		if slices.Contains(ids, v.ID) && v.Kind == inspect.VC {
			twice = v
		}
	}
	again := *twice.Report
	again.Answers = slices.Clone(again.Answers)
	list, changed := rehearsal.Must(o.Checklist()), false
	for i := range again.Answers {
		for _, option := range list.Item(again.Answers[i].Item).Answer.Options {
			if !changed && option.Code != again.Answers[i].Value {
				again.Answers[i].Value, changed = option.Code, true
			}
		}
	}
	var fell int // somebody of another team falls ill, and another one takes their place
	for _, l := range rehearsal.Must(o.Legs(ctx, 1)) {
		if l.No != twice.Leg && l.Team != rehearsal.Must(o.Legs(ctx, 1))[twice.Leg-1].Team {
			fell = l.Team
		}
	}
	healthy := rehearsal.Outsiders(func(p *inspect.Inspector) {
		if p.Team == fell && !p.Woman {
			p.ID = "insp-9"
		}
	})
	_, err := prepare.ImportRoster(ctx, o.Campaign, o.Who("draw-1"), o.File("roster.xlsx", healthy), 1)
	o.OK(err)
	_, err = returns.TakeIn(ctx, o.Campaign, o.Who("draw-1"), 1, []string{o.File("again.txt", o.FormReturn(1, twice.Leg, []inspect.Report{again}))})
	o.OK(err)
	o.OK(review.Resolve(ctx, o.Campaign, o.Who("review-3"), twice.ID, 1, "演示数据：第一份为准"))
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == twice.ID })
	for _, x := range []struct {
		as, decision string
		ids          []string
	}{{"review-2", review.Approved, []string{twice.ID}}, {"review-2", review.Returned, ids[:2]}, {"review-1", review.Returned, ids[:1]}} { // who approved it sends it back after all
		_, err := review.Decide(ctx, o.Campaign, o.Who(x.as), x.ids, x.decision, "演示数据")
		o.OK(err)
	}
	o.OK(o.RetirePerson(ctx, "review-2", o.Who("sign-1"), o.Who("privacy-1")))
	o.Now = o.Now.Add(-time.Minute)
	finish(o)
	sound := func(when string) {
		t.Helper()
		if got := found(o); len(got) > 0 {
			t.Errorf("%s: %v", when, got)
		}
	}
	sound("the clock went back")
	path, err := publish.Draft(ctx, o.Campaign, o.Who("draft-1"), "notice", 1, publish.PracticeSource{})
	o.OK(err)
	text := regexp.MustCompile(`【[^】]*】`).ReplaceAll(rehearsal.Must(os.ReadFile(o.Path(path))), []byte("演示数据"))
	o.OK(os.WriteFile(o.Path(path), text, 0o600))
	o.OK(publish.Review(ctx, o.Campaign, o.Who("review-1"), o.Path(path)))
	o.OK(publish.Sign(ctx, o.Campaign, o.Who("sign-1"), o.Path(path)))
	sound("a text signed in the second in which the site was made")
	builds(o)
	o.OK(os.WriteFile(o.Path(path), append(slices.Clone(text), "\n演示数据：修订。\n"...), 0o600))
	sound("a text edited for a new edition")
	o.OK(os.WriteFile(o.Path(path), text, 0o600))
	for _, id := range []string{"review-1", "sign-1"} {
		_, err = publish.Withdraw(ctx, o.Campaign, o.Who(id), inspect.DigestOf(text), "error")
		o.OK(err)
	}
	config := rehearsal.Must(os.ReadFile(o.Path(campaign.ConfigFile)))
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), regexp.MustCompile(`hotline: "?[^,]*`).ReplaceAll(config, []byte(`hotline: "12346"`)), 0o600))
	o.OK(o.Close())
	o = o.Copied(t)
	sound("the text withdrawn, and another hotline")
	builds(o)
	sound("made again")
	second := rehearsal.Second("random")
	second.From, second.To = "2023-03-01", "2023-03-14"
	_, err = prepare.AddWave(ctx, o.Campaign, o.Who("draw-1"), second)
	o.OK(err)
	holidays := rehearsal.Must(os.ReadFile(o.Path(o.Config.Holidays)))
	o.OK(os.WriteFile(o.Path(o.Config.Holidays), append(holidays, "2027-01-01,off\n"...), 0o600))
	others := rehearsal.Outsiders(func(p *inspect.Inspector) { p.ID, p.Kind = "x"+p.ID, inspect.ThirdParty })
	o.Refused("other teams after the commit", "roster.committed", func() error {
		_, err := prepare.ImportRoster(ctx, o.Campaign, o.Who("draw-1"), o.File("roster.xlsx", others), 1)
		return err
	})
	_, err = prepare.ImportRoster(ctx, o.Campaign, o.Who("draw-1"), o.File("roster.xlsx", others), 2)
	o.OK(err)
	o.OK(o.Close())
	o = o.Copied(t)
	sound("a second wave with teams and holidays of its own")
	o.Commit(2)
	builds(o)
	sound("which is committed to")
	o.Tx(func(tx *store.Tx) error { // and a roster dated back
		early := store.Input{After: 3, Content: []byte("[]")}
		return errors.Join(tx.PutInput(1, "roster", early), o.Seen(tx, rehearsal.Must(o.Acts(o.Who("draw-1"), inspect.RoleDrawer)), inspect.KeptRoster, campaign.RosterLine(1, early)))
	})
	if got := found(o); !slices.Contains(got, "audit.rewritten") {
		t.Errorf("a roster dated back: %v", got)
	}
}
