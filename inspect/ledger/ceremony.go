package ledger

import (
	"slices"
	"time"

	"zhicha/inspect"
)

// The bodies of a wave's ceremony: what is frozen, committed to, drawn and revealed.

// FrameDigests are those of a frozen frame: of its three canonical tables, and of the whole. Those
// of a frame that is not public are salted (inspect/draw/SPEC.md, section 2).
type FrameDigests struct {
	Counties  inspect.Digest `json:"counties"`
	Townships inspect.Digest `json:"townships"`
	Units     inspect.Digest `json:"units"`
	Frame     inspect.Digest `json:"frame"`
}

// Freeze is the body of frame-frozen, which fixes a frame. It is the campaign's, and then the first
// entry of the log (CampaignFrame), or one that a single wave draws from (WaveFrame).
type Freeze struct {
	Frame FrameDigests `json:"frame"`
	Log   string       `json:"log,omitempty"`  // the campaign's: verifier key of the log
	Wave  int          `json:"wave,omitempty"` // a wave's own
	Demo  bool         `json:"demo,omitempty"` // the campaign's: it is only played
}

// CampaignFrame freezes the frame of a campaign and names the key that signs its log, so that nobody
// can exchange it later. demo says that the campaign is only played.
func CampaignFrame(frame FrameDigests, logKey string, demo bool) Freeze {
	return Freeze{Frame: frame, Log: logKey, Demo: demo}
}

// WaveFrame freezes the frame of one wave.
func WaveFrame(wave int, frame FrameDigests) Freeze { return Freeze{Frame: frame, Wave: wave} }

// Kind is FrameFrozen.
func (Freeze) Kind() Kind { return FrameFrozen }

// Check returns what makes no sense in b.
func (b Freeze) Check() error {
	f := b.Frame
	return check(b,
		claim{"frame", isSet(f.Counties) && isSet(f.Townships) && isSet(f.Units) && isSet(f.Frame)},
		claim{"log", b.Log == "" || isLogKey(b.Log)},
		claim{"wave", b.Wave >= 0 && (b.Wave > 0) == (b.Log == "")},
		claim{"demo", !b.Demo || b.Wave == 0})
}

// isLogKey reports whether a verifier key can be that of a log: an ordinary note key.
func isLogKey(vkey string) bool {
	_, key, err := parseKey(vkey)
	return err == nil && key[0] == typeEd25519
}

// Commit is the body of draw-committed, entered once every party has signed the commit record.
type Commit struct {
	Wave       int                       `json:"wave"`
	Record     inspect.Digest            `json:"record"`     // D
	Signatures map[string]inspect.Digest `json:"signatures"` // by party, of its signed note
	RevealBy   inspect.Date              `json:"revealBy"`
}

// Kind is DrawCommitted.
func (Commit) Kind() Kind { return DrawCommitted }

// Check returns what makes no sense in b.
func (b Commit) Check() error {
	signed := len(b.Signatures) > 0
	for party, d := range b.Signatures {
		signed = signed && party != "" && isSet(d)
	}
	return check(b, claim{"wave", b.Wave >= 1}, claim{"record", isSet(b.Record)}, claim{"signatures", signed}, claim{"revealBy", isDate(b.RevealBy)})
}

// PostponeReason says in a word why the committed event gave no result.
type PostponeReason string

// The reasons to wait for the next issue.
const (
	NotHeld      PostponeReason = "not-held"      // the event did not take place on its day
	NotAnnounced PostponeReason = "not-announced" // its result was never made public, or was declared void
)

// PostponeReasons lists every one.
var PostponeReasons = []PostponeReason{NotHeld, NotAnnounced}

// Postponement is the body of beacon-postponed: the committed event gave no result, and its next issue
// counts in its place. It is entered before that issue is drawn, so that nobody chooses between two results.
type Postponement struct {
	Wave   int            `json:"wave"`
	Issue  string         `json:"issue"` // the one that counts from here on
	At     time.Time      `json:"at"`    // when its result becomes public, written in UTC+08:00
	Reason PostponeReason `json:"reason"`
	Signed
}

// Kind is BeaconPostponed.
func (Postponement) Kind() Kind { return BeaconPostponed }

// Under is the same body, signed by these.
func (b Postponement) Under(s Signed) Joint { b.Signed = s; return b }

// Check returns what makes no sense in b.
func (b Postponement) Check() error {
	_, offset := b.At.Zone()
	return check(b, claim{"wave", b.Wave >= 1}, claim{"issue", b.Issue != ""}, claim{"at", offset == 8*60*60 && b.At.Nanosecond() == 0},
		claim{"reason", slices.Contains(PostponeReasons, b.Reason)}, claim{"by", isTwo(b.By)}, b.claim())
}

// BeaconValue is the body of beacon: what two people typed alike.
type BeaconValue struct {
	Wave  int    `json:"wave"`
	Value string `json:"value"`
}

// Kind is Beacon.
func (BeaconValue) Kind() Kind { return Beacon }

// Check returns what makes no sense in b.
func (b BeaconValue) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"value", b.Value != ""})
}

// Draw is the body of drawn. It tells nothing of where anybody will go: the digests are salted.
type Draw struct {
	Wave    int                              `json:"wave"`
	Plan    inspect.Digest                   `json:"plan"`    // of the sealed plan
	Legs    int                              `json:"legs"`    // primary ones
	Overlap int                              `json:"overlap"` // second legs into a county
	Stages  map[inspect.Stage]inspect.Digest `json:"stages"`  // by drawingStages, what each chose
}

// drawingStages are the stages that choose units; the others assign teams and days.
var drawingStages = []inspect.Stage{inspect.StageCounty, inspect.StageTownship, inspect.StageVillage, inspect.StageInstitution, inspect.StageHousehold}

// Kind is Drawn.
func (Draw) Kind() Kind { return Drawn }

// Check returns what makes no sense in b.
func (b Draw) Check() error {
	all := len(b.Stages) == len(drawingStages)
	for _, s := range drawingStages {
		all = all && isSet(b.Stages[s])
	}
	return check(b, claim{"wave", b.Wave >= 1}, claim{"plan", isSet(b.Plan)}, claim{"legs", b.Legs >= 1},
		claim{"overlap", b.Overlap >= 0 && b.Overlap <= b.Legs}, claim{"stages", all})
}

// PublicStages are the stages whose shares are published; DeeperStages say where children live.
var PublicStages = []inspect.Stage{inspect.StageCounty, inspect.StageAssign}

// Reveal is the body of revealed: the parties' shares of one stage. That of the county stage also
// opens what the substitutions of counties committed to, where there were any.
type Reveal struct {
	Wave        int               `json:"wave"`
	Stage       inspect.Stage     `json:"stage"`
	Shares      map[string]string `json:"shares"` // by party, 64 hexadecimal digits
	Substituted []Opened          `json:"substituted,omitempty"`
}

// Opened opens the change of a Substitution: a county that gave way, and its reserve.
type Opened struct {
	No       int    `json:"no"`
	Leg      int    `json:"leg"`
	Replaced string `json:"replaced"`
	Reserve  string `json:"reserve"`
	Salt     string `json:"salt"` // 64 hexadecimal digits
}

// Kind is Revealed.
func (Reveal) Kind() Kind { return Revealed }

// Check returns what makes no sense in b.
func (b Reveal) Check() error {
	shared := len(b.Shares) > 0
	for party, share := range b.Shares {
		shared = shared && party != "" && isSecret(share)
	}
	opens := len(b.Substituted) == 0 || b.Stage == inspect.StageCounty
	for _, o := range b.Substituted {
		opens = opens && o.No >= 1 && o.Leg >= 1 && o.Replaced != "" && o.Reserve != "" && isSecret(o.Salt)
	}
	return check(b, claim{"wave", b.Wave >= 1}, claim{"stage", slices.Contains(PublicStages, b.Stage)}, claim{"shares", shared}, claim{"substituted", opens})
}
