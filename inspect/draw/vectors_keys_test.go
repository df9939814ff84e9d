package draw_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/draw"
)

const beacon = "ssq/2023003/01-05-11-18-22-30/07"

// made is a digest or key of the vectors: the SHA-256 of its name.
func made(name string) inspect.Digest { return inspect.DigestOf([]byte(name)) }

func digestOf(t testing.TB, v any) inspect.Digest {
	t.Helper()
	b, err := inspect.CanonicalJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return inspect.DigestOf(b)
}

// secrets are the parties' secrets in all vectors.
func secrets() map[string]inspect.Digest {
	return map[string]inspect.Digest{"discipline": made("discipline"), "evaluator": made("evaluator"), "office": made("office")}
}

// record is a commit record in order, with the commitments to secrets().
func record() draw.Record {
	r := draw.Record{
		Algorithm: draw.Algorithm, Campaign: "winter-care-2023", Wave: 1, Kind: "random", Plan: "演示方案〔2023〕1号",
		Frame:  draw.FrameDigests{Frame: made("frame"), Counties: made("counties"), Townships: made("townships"), Units: made("units")},
		Design: made("design"), Checklist: made("checklist"), Teams: made("teams"), Calendar: inspect.DigestOf([]byte("date,kind\n")),
		Window: inspect.Window{From: "2023-01-07", To: "2023-01-20"}, Closed: []inspect.Date{"2023-01-14"}, LegDays: 3,
		Hours: []inspect.Hours{{Regions: []string{"65", "BT"}, From: "12:00", To: "19:00"}, {From: "10:00", To: "17:00"}},
		Assign: inspect.AssignRule{Region: "reporting_unit", TeamMin: 2, WomenMin: 1, ThirdPartyPercent: 10, OverlapPercent: 10,
			LegsPerTeamMax: 4, LegDays: 3, Languages: []inspect.Language{{Regions: []string{"54"}, Language: "bo"}}},
		Custodians: []draw.Custodian{{ID: "custody-1", Body: "office", Recipient: "age1demo1"}, {ID: "custody-2", Body: "discipline", Recipient: "age1demo2"}},
		Beacon: draw.Beacon{Event: "演示开奖", Issue: "2023003", At: time.Date(2023, 1, 5, 21, 15, 0, 0, inspect.Beijing),
			Rule: "ssq/[0-9]{7}/[0-9]{2}(-[0-9]{2}){5}/[0-9]{2}"},
		Rules: inspect.Rules{Confidence: 95, Variance: "with_replacement", Lonely: "fail", MinCounties: 6, MinVisits: 8, MaxHalf: 10, SecondCoder: 10, MinCount: 10}, RevealBy: "2023-02-28",
	}
	for _, id := range []string{"discipline", "evaluator", "office"} {
		p := draw.Party{ID: id, Name: "演示见证方 " + id, Key: "key-" + id, Commitments: map[inspect.Stage]inspect.Digest{}}
		for _, s := range inspect.Stages {
			p.Commitments[s] = draw.Commitment(share(&r, id, s, secrets()), r.Campaign, r.Wave, id, s)
		}
		r.Parties = append(r.Parties, p)
	}
	return r
}

func share(r *draw.Record, party string, s inspect.Stage, secrets map[string]inspect.Digest) draw.Share {
	return draw.ShareOf(draw.Secret(secrets[party]), r.Campaign, r.Wave, party, s)
}

// stageKeys derives every stage's key through the record, which checks the commitments.
func stageKeys(t testing.TB, r *draw.Record, beacon string, secrets map[string]inspect.Digest) map[inspect.Stage]inspect.Key {
	t.Helper()
	out := map[inspect.Stage]inspect.Key{}
	for _, s := range inspect.Stages {
		shares := map[string]draw.Share{}
		for id := range secrets {
			shares[id] = share(r, id, s, secrets)
		}
		k, err := r.StageKey(s, beacon, shares)
		if err != nil {
			t.Fatal(err)
		}
		out[s] = k
	}
	return out
}

func freshKeys() keysInput {
	in := keysInput{
		LP:        [][]string{{}, {""}, {"", ""}, {"leaf", "110101000000"}, {"签", "a"}, {"ab", ""}, {"a", "b"}},
		Canonical: []string{`{"b": [1, -2, 0], "a": {"z": null, "B": {}}}`, `"\u00e9\u7b7e\ud83d\ude00 <&> \/ \u2028 \" \\ \n \r \t \b \f \u000b \u007f"`, `[true,false,9007199254740991,-9007199254740991]`},
		Secrets:   secrets(), Record: record(), Beacon: beacon,
	}
	for _, s := range inspect.Stages {
		in.Tickets = append(in.Tickets, ticketOf{s, "ticket", "11", "CO", "110101000000"})
	}
	for i := range 3 {
		in.Tickets = append(in.Tickets, ticketOf{"household", "perm", "110101001001", "HH", strconv.Itoa(1 + i*499)})
	}
	in.Tickets = append(in.Tickets, ticketOf{"assign", "seat", "0", "", "BT"}, ticketOf{"assign", "tie", "65", "team", "12"}, ticketOf{"schedule", "day", "110101000000", "", "2023-01-07"})
	return in
}

func computeKeys(t *testing.T, in keysInput) keysWant {
	d, err := in.Record.D()
	if err != nil {
		t.Fatal(err)
	}
	if err := draw.CheckRecord(&in.Record); err != nil {
		t.Fatal(err)
	}
	out := keysWant{D: d, Record: canonical(t, in.Record), Stages: map[inspect.Stage]stageWant{}}
	for _, parts := range in.LP {
		out.LP = append(out.LP, hex.EncodeToString(inspect.LP(parts...)))
	}
	for _, text := range in.Canonical {
		out.Canonical = append(out.Canonical, canonical(t, json.RawMessage(text)))
	}
	keys := stageKeys(t, &in.Record, in.Beacon, in.Secrets)
	for _, s := range inspect.Stages {
		w := stageWant{map[string]inspect.Digest{}, map[string]inspect.Digest{}, inspect.Digest(keys[s])}
		for _, p := range in.Record.Parties {
			x := share(&in.Record, p.ID, s, in.Secrets)
			w.Shares[p.ID], w.Commitments[p.ID] = inspect.Digest(x), draw.Commitment(x, in.Record.Campaign, in.Record.Wave, p.ID, s)
		}
		out.Stages[s] = w
	}
	for _, x := range in.Tickets {
		ticket := keys[x.Stage].Ticket(x.Label, x.Stratum, x.Kind, x.ID)
		out.Tickets = append(out.Tickets, ticketWant{ticket.Digest, fmt.Sprint(ticket.U())})
	}
	return out
}

func canonical(t testing.TB, v any) string {
	t.Helper()
	b, err := inspect.CanonicalJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
