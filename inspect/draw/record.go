package draw

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
)

// Record is the commit record: everything a draw reads, fixed before its beacon is known. Its
// digest D is printed, published and signed by every party.
type Record struct {
	Algorithm  string             `json:"algorithm"` // Algorithm
	Campaign   string             `json:"campaign"`
	Wave       int                `json:"wave"` // from 1, used once
	Kind       string             `json:"kind"` // random, lookback, topup or redraw
	Plan       string             `json:"plan"` // number of the approved plan (R01)
	Frame      FrameDigests       `json:"frame"`
	Design     inspect.Digest     `json:"design"`    // of the canonical JSON of inspect.Design
	Checklist  inspect.Digest     `json:"checklist"` //
	Teams      inspect.Digest     `json:"teams"`     // of the canonical JSON of the public team table
	Calendar   inspect.Digest     `json:"calendar"`  // of inspect.Calendar.Canonical
	Window     inspect.Window     `json:"window"`
	Closed     []inspect.Date     `json:"closed,omitempty"` // days without visits, ascending
	LegDays    int                `json:"legDays"`
	Hours      []inspect.Hours    `json:"hours"` // first match wins
	Assign     inspect.AssignRule `json:"assign"`
	Rules      inspect.Rules      `json:"rules"`      // the draw reads none of them
	Parties    []Party            `json:"parties"`    // at least 3, in byte order of id
	Custodians []Custodian        `json:"custodians"` // at least 2, of different bodies, in byte order of id
	Beacon     Beacon             `json:"beacon"`
	RevealBy   inspect.Date       `json:"revealBy"`
}

// FrameDigests are the digests of a frozen frame and of its canonical tables.
type FrameDigests struct {
	Frame     inspect.Digest `json:"frame"`
	Counties  inspect.Digest `json:"counties"`
	Townships inspect.Digest `json:"townships"`
	Units     inspect.Digest `json:"units"`
}

// Party 见证方 holds one secret of the draw.
type Party struct {
	ID          string                           `json:"id"`
	Name        string                           `json:"name"`        // as published
	Key         string                           `json:"key"`         // verifier key of its signature on D
	Commitments map[inspect.Stage]inspect.Digest `json:"commitments"` // one per stage
}

// Custodian 保管员 can open, together with one of another body, what was sealed.
type Custodian struct {
	ID        string `json:"id"`
	Body      string `json:"body"`
	Recipient string `json:"recipient"` // public key to which is sealed
}

// Beacon is the public event whose outcome nobody knew when the parties committed.
type Beacon struct {
	Event string    `json:"event"`
	Issue string    `json:"issue"`
	At    time.Time `json:"at"`   // written in UTC+08:00
	Rule  string    `json:"rule"` // regular expression (RE2) for the whole typed text
}

// D is the SHA-256 of the record's canonical JSON: the anchor of the wave.
func (r *Record) D() (inspect.Digest, error) {
	b, err := inspect.CanonicalJSON(r)
	if err != nil {
		return inspect.Digest{}, fmt.Errorf("commit record: %w", err)
	}
	return inspect.DigestOf(b), nil
}

// StageKey derives a stage's key from all parties' shares, given by party id. It refuses when a
// share is missing or does not open the party's commitment.
func (r *Record) StageKey(stage inspect.Stage, beacon string, shares map[string]Share) (inspect.Key, error) {
	d, err := r.D()
	if err != nil {
		return inspect.Key{}, err
	}
	ordered := make([]Share, 0, len(r.Parties))
	for _, p := range r.Parties {
		share, ok := shares[p.ID]
		if !ok {
			return inspect.Key{}, inspect.Refuse("draw.share-missing", "Party", p.ID, "Stage", stage)
		}
		if Commitment(share, r.Campaign, r.Wave, p.ID, stage) != p.Commitments[stage] {
			return inspect.Key{}, inspect.Refuse("draw.share-wrong", "Party", p.ID, "Stage", stage)
		}
		ordered = append(ordered, share)
	}
	return StageKey(ordered, beacon, r.Campaign, r.Wave, stage, d), nil
}

// Lead is the least time between the last signature on D and the beacon.
const Lead = 24 * time.Hour

// CheckLead refuses a beacon that lies less than Lead after the last signature.
func (b *Beacon) CheckLead(lastSignature time.Time) error {
	if b.At.Sub(lastSignature) < Lead {
		return inspect.Refuse("draw.beacon-early", "At", b.At.In(inspect.Beijing).Format(time.DateTime),
			"Signed", lastSignature.In(inspect.Beijing).Format(time.DateTime))
	}
	return nil
}

// Next is the beacon that counts where the committed event gave no result: its next issue, at that
// issue's time, and no later one. Whoever could wait for a convenient outcome would steer the draw.
// It refuses a time that is not later, and an issue without a number to count on.
func (b Beacon) Next(at time.Time) (Beacon, error) {
	issue := next(b.Issue)
	if issue == "" || !at.After(b.At) {
		return Beacon{}, inspect.Refuse("draw.beacon-next", "Issue", b.Issue, "At", b.At.In(inspect.Beijing).Format(time.DateTime))
	}
	b.Issue, b.At = issue, at.In(inspect.Beijing)
	return b, nil
}

// Accept compares what two people typed with each other, with the committed rule and issue, and with
// the one way to write a result.
func (b *Beacon) Accept(first, second string) error {
	if first != second {
		return inspect.Refuse("draw.beacon-differs")
	}
	rule, err := regexp.Compile(`^(?:` + b.Rule + `)$`)
	if err != nil || !rule.MatchString(first) {
		return inspect.Refuse("draw.beacon-rule", "Rule", b.Rule)
	}
	parts := strings.Split(first, "/")
	if !slices.Contains(parts, b.Issue) {
		return inspect.Refuse("draw.beacon-issue", "Issue", b.Issue)
	}
	if slices.ContainsFunc(parts, ambiguous) {
		return inspect.Refuse("draw.beacon-spelling", "Value", first)
	}
	return nil
}

// ambiguous reports whether a piece of a beacon could be written in another way: it is neither one word
// of letters and digits nor a list of numbers of equal length, joined by hyphens and strictly ascending.
// The balls of a lottery are told in the order of drawing by some and in that of their numbers by others,
// so that two typists could choose among the orders of one result: 720 of six balls.
func ambiguous(piece string) bool {
	last := ""
	list := strings.Split(piece, "-")
	for _, word := range list {
		for _, c := range []byte(word) {
			digit := '0' <= c && c <= '9'
			if !digit && (len(list) > 1 || (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) {
				return true
			}
		}
		if word == "" || last != "" && (len(word) != len(last) || word <= last) {
			return true
		}
		last = word
	}
	return false
}

// next is the decimal number after issue, of the same length; empty where there is none.
func next(issue string) string {
	b := []byte(issue)
	for i := len(b) - 1; i >= 0 && b[i] >= '0' && b[i] <= '9'; i-- {
		if b[i] < '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return ""
}
