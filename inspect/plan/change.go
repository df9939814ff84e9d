package plan

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/draw"
)

// LegReasons are why a unit gives way to the next in order. Burden is also given by the tool
// itself, when a plan is opened.
var LegReasons = []inspect.Coded{
	{Code: "no_such_unit", Zh: "对象不存在或已撤并", En: "the unit does not exist or was merged"},
	{Code: "road_blocked", Zh: "道路中断", En: "road blocked"},
	{Code: "disaster", Zh: "自然灾害或事故", En: "natural disaster or accident"},
	{Code: "epidemic", Zh: "疫情管控", En: "epidemic control"},
	{Code: "unsafe", Zh: "前往或停留不安全", En: "going or staying there is not safe"},
	{Code: "leak_suspected", Zh: "疑似泄露", En: "suspected leak"},
	{Code: Burden, Zh: "十四日内已受其他批次检查", En: "checked by another wave within fourteen days"},
}

// ApproverRoles may approve a substitution: people who neither draw nor travel. Only the drawer
// carries it out, so nobody approves what they do themselves.
var ApproverRoles = []string{inspect.RoleReviewer, inspect.RolePrivacyOfficer, inspect.RoleAuditor}

// StageOf names the kinds of unit in the ledger.
var StageOf = map[inspect.Kind]inspect.Stage{inspect.CO: inspect.StageCounty, inspect.TS: inspect.StageTownship,
	inspect.VC: inspect.StageVillage, inspect.WI: inspect.StageInstitution}

// ReasonCodes lists codes for a message.
func ReasonCodes(list []inspect.Coded) string {
	var out []string
	for _, x := range list {
		out = append(out, x.Code)
	}
	return strings.Join(out, ", ")
}

// ApprovalsNeeded is how many people must approve that a unit of a kind gives way: two for a county,
// one for what lies below.
func ApprovalsNeeded(kind inspect.Kind) int {
	if kind == inspect.CO {
		return 2
	}
	return 1
}

// MayApprove reports whether a person with these roles may approve what drawer carries out.
func MayApprove(id string, roles []string, drawer string) bool {
	return id != drawer && slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(ApproverRoles, r) })
}

// SubstitutionText is what an approver signs.
func SubstitutionText(campaign string, s *inspect.Substitution) string {
	return fmt.Sprintf("zhicha/1 substitute\n%s\n%d\n%d\n%s\n%s\n%s\n", campaign, s.Wave, s.Leg, s.Kind, s.Replaced, s.Reason)
}

// Change is a substitution worked out: which visits give way, and which come in their place.
type Change struct {
	inspect.Substitution
	Gone  []string        `json:"gone"`
	Added []inspect.Visit `json:"added"`
	After *draw.County    `json:"-"` // the county as it stands then
}

// WorkOut finds the reserve for a departing unit and what it means for every leg concerned; not ok
// where no reserve is left. Nothing is stored yet.
func WorkOut(pool *Reserves, g *Departure, s inspect.Substitution, today inspect.Date, rand io.Reader) (*Change, bool, error) {
	first := g.Legs[0]
	pool.When = inspect.Window{From: first.Start, To: first.Start.Add(max(first.Days, 1) - 1)}
	after, reserve, ok := pool.Substitute(pool.Standing(inspect.Planned(g.visits[first.No])), g.Gone)
	if !ok {
		return nil, false, nil
	}
	ch := &Change{Substitution: s, After: after}
	for _, l := range g.Legs {
		for i := range g.visits[l.No] {
			if v := &g.visits[l.No][i]; g.under(&v.Visit) {
				ch.Gone = append(ch.Gone, v.ID)
			}
		}
		added := Fresh(after, inspect.Planned(g.visits[l.No]), l.Leg, g.last[l.No], today)
		for i := range added {
			pool.Taken[added[i].UnitKey()] = true
		}
		ch.Added = append(ch.Added, added...)
	}
	var salt [32]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return nil, false, err
	}
	ch.Kind, ch.Replaced, ch.Reserve, ch.Salt = g.Gone.Kind, g.Gone.ID, reserve.Unit, hex.EncodeToString(salt[:])
	return ch, true, nil
}

// ChangeDigest commits the ledger to a substitution without telling the places:
//
//	SHA-256(LP("zhicha/1 substituted", salt, kind, replaced, reserve))
//
// with the salt as its 32 raw bytes. A county's is opened by the reveal.
func ChangeDigest(s *inspect.Substitution) inspect.Digest {
	salt, _ := hex.DecodeString(s.Salt)
	return inspect.DigestOf(inspect.LP("zhicha/1 substituted", string(salt), string(s.Kind), s.Replaced, s.Reserve))
}
