package ledger

import (
	"slices"

	"zhicha/inspect"
)

// The bodies of field work, of scoring and of publication. A person stands in them as the SHA-256
// of the text of their verifier key, never by name.

// Release is the body of rung-released: that somebody came to hold something of what is sealed. It
// has one of four shapes, each with its constructor: PacketsMade, BookOpened, RungTold, SparesShown.
type Release struct {
	Wave    int            `json:"wave"`
	Packets *int           `json:"packets,omitempty"` // PacketsMade, BookOpened: how many
	Book    inspect.Date   `json:"book,omitempty"`    // BookOpened: its day
	Rung    inspect.Rung   `json:"rung,omitempty"`    // BookOpened, RungTold
	Told    []int          `json:"told,omitempty"`    // RungTold: packets
	Spares  []int          `json:"spares,omitempty"`  // SparesShown: packets
	By      inspect.Digest `json:"by,omitzero"`       // RungTold, SparesShown: the person who asked
}

// PacketsMade says that a sealed plan was opened and taken apart into that many packets.
func PacketsMade(wave, packets int) Release { return Release{Wave: wave, Packets: &packets} }

// BookOpened says that the code book of a day and a rung was opened; on a day on which nobody sets out it
// holds no packet.
func BookOpened(wave int, b inspect.Book, packets int) Release {
	return Release{Wave: wave, Book: b.Day, Rung: b.Rung, Packets: &packets}
}

// RungTold says that the codes of a rung were told, at least one.
func RungTold(wave int, rung inspect.Rung, packets []int, by inspect.Digest) Release {
	return Release{Wave: wave, Rung: rung, Told: packets, By: by}
}

// SparesShown says that all codes of packets were shown, at least those of one, for a night without
// a telephone.
func SparesShown(wave int, packets []int, by inspect.Digest) Release {
	return Release{Wave: wave, Spares: packets, By: by}
}

// Kind is RungReleased.
func (Release) Kind() Kind { return RungReleased }

// Check returns what makes no sense in b, and a mixture of shapes.
func (b Release) Check() error {
	asked, counted := isSet(b.By), b.Packets != nil
	return check(b,
		claim{"wave", b.Wave >= 1},
		claim{"by", asked != counted},
		claim{"packets", !counted || *b.Packets >= 1 || *b.Packets == 0 && b.Book != ""},
		claim{"book", b.Book == "" || !asked && isDate(b.Book)},
		claim{"rung", (b.Rung == "" || slices.Contains(inspect.Rungs, b.Rung)) && (asked || (b.Rung != "") == (b.Book != ""))},
		claim{"told", (len(b.Told) > 0) == (asked && b.Rung != "") && allFrom1(b.Told)},
		claim{"spares", (len(b.Spares) > 0) == (asked && b.Rung == "") && allFrom1(b.Spares)})
}

// Substitution is the body of leg-substituted: a unit of a leg gave way to the next in order. Which
// unit stays out of the log. It has one of three shapes, each with its constructor: SubstitutionApproved,
// then SubstitutionMade; or SubstitutionRelieved.
type Substitution struct {
	Wave      int              `json:"wave"`
	Leg       int              `json:"leg"` // the primary one
	No        int              `json:"no"`  // counts the wave's substitutions
	Stage     inspect.Stage    `json:"stage"`
	Reason    string           `json:"reason,omitempty"`    // SubstitutionApproved, SubstitutionRelieved
	Approvals []inspect.Digest `json:"approvals,omitempty"` // SubstitutionApproved: the people who did
	Change    inspect.Digest   `json:"change,omitzero"`     // SubstitutionMade, SubstitutionRelieved: commits to the places
}

// SubstitutionApproved says who approved a substitution, before the reserve is known to anybody.
func SubstitutionApproved(wave, leg, no int, stage inspect.Stage, reason string, approvals []inspect.Digest) Substitution {
	return Substitution{Wave: wave, Leg: leg, No: no, Stage: stage, Reason: reason, Approvals: approvals}
}

// SubstitutionMade says that an approved substitution was carried out.
func SubstitutionMade(wave, leg, no int, stage inspect.Stage, change inspect.Digest) Substitution {
	return Substitution{Wave: wave, Leg: leg, No: no, Stage: stage, Change: change}
}

// SubstitutionRelieved says that a unit gave way by rule when the packets were made, which nobody
// needs to approve: it bears a burden from another wave.
func SubstitutionRelieved(wave, leg, no int, stage inspect.Stage, reason string, change inspect.Digest) Substitution {
	return Substitution{Wave: wave, Leg: leg, No: no, Stage: stage, Reason: reason, Change: change}
}

// Kind is LegSubstituted.
func (Substitution) Kind() Kind { return LegSubstituted }

// Check returns what makes no sense in b, and a mixture of shapes.
func (b Substitution) Check() error {
	return check(b,
		claim{"wave", b.Wave >= 1}, claim{"leg", b.Leg >= 1}, claim{"no", b.No >= 1},
		claim{"stage", b.Stage != inspect.StageHousehold && slices.Contains(drawingStages, b.Stage)},
		claim{"approvals", !slices.Contains(b.Approvals, inspect.Digest{}) && !repeats(b.Approvals)},
		claim{"reason", b.Reason != "" || len(b.Approvals) == 0},
		claim{"change", isSet(b.Change) == (len(b.Approvals) == 0)})
}

// repeats reports whether a list names somebody twice.
func repeats(by []inspect.Digest) bool {
	for i, person := range by {
		if slices.Contains(by[:i], person) {
			return true
		}
	}
	return false
}

// Receipt is the body of return-received: reports of visits came back and were kept.
type Receipt struct {
	Wave    int            `json:"wave"`
	Packet  int            `json:"packet"`
	Reports inspect.Digest `json:"reports"` // over the content of every report kept
	Visits  int            `json:"visits"`  // how many were kept, at least one
	By      inspect.Digest `json:"by"`      // the person who took them in
}

// Kind is ReturnReceived.
func (Receipt) Kind() Kind { return ReturnReceived }

// Check returns what makes no sense in b.
func (b Receipt) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"packet", b.Packet >= 1}, claim{"reports", isSet(b.Reports)}, claim{"visits", b.Visits >= 1}, claim{"by", isSet(b.By)})
}

// Publication is the body of published: a text that two people signed (TextPublished), or a whole site by its
// manifest (SitePublished).
type Publication struct {
	Document   inspect.Digest   `json:"document,omitzero"`    // TextPublished: of its text
	By         []inspect.Digest `json:"by,omitempty"`         // TextPublished: who reviewed it and who signed it
	Signatures []string         `json:"signatures,omitempty"` // TextPublished: theirs, as in Signed
	Manifest   inspect.Digest   `json:"manifest,omitzero"`    // SitePublished: of manifest.json
	Wave       int              `json:"wave,omitempty"`       // SitePublished: whose results it shows
}

// TextPublished says that a text was reviewed and signed for publication.
func TextPublished(document inspect.Digest, by Signed) Publication {
	return Publication{Document: document, By: by.By, Signatures: by.Signatures}
}

// SitePublished says that a site was built.
func SitePublished(wave int, manifest inspect.Digest) Publication {
	return Publication{Wave: wave, Manifest: manifest}
}

// Kind is Published.
func (Publication) Kind() Kind { return Published }

// Under is the same body, signed by these.
func (b Publication) Under(s Signed) Joint { b.By, b.Signatures = s.By, s.Signatures; return b }

func (b Publication) signed() Signed { return Signed{b.By, b.Signatures} }

// Check returns what makes no sense in b, and a mixture of shapes.
func (b Publication) Check() error {
	text := isSet(b.Document)
	return check(b,
		claim{"manifest", isSet(b.Manifest) != text},
		claim{"by", isTwo(b.By) && text || len(b.By) == 0 && !text},
		b.signed().claim(),
		claim{"wave", b.Wave >= 0 && (b.Wave > 0) == isSet(b.Manifest)})
}

// AccessHead is the body of access-bound: how far the record of who was shown what has come, so that nothing
// can be taken from its end, nor the whole of it written anew.
type AccessHead struct {
	Lines int            `json:"lines"`
	Root  inspect.Digest `json:"root"` // over the number of lines and the hash of the last; see AccessRow
}

// Kind is AccessBound.
func (AccessHead) Kind() Kind { return AccessBound }

// Check returns what makes no sense in b.
func (b AccessHead) Check() error {
	return check(b, claim{"lines", b.Lines >= 1}, claim{"root", isSet(b.Root)})
}
