package frame

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"zhicha/inspect"
)

// Key names one unit of a frame, and where it was asked for.
type Key struct {
	At   inspect.Place
	Kind inspect.Kind
	ID   string
}

// Subset is the frame of a wave over a list of units: the units listed and those above them, as
// they stand in f. Its digests are not public; see Digests.Salted. A unit that f does not hold, or
// that is listed twice, is a Problem; an empty list is one too.
func (f *Frame) Subset(keys []Key) (*Frame, error) {
	var r report
	type key struct {
		kind inspect.Kind
		id   string
	}
	listed, kept := map[key]bool{}, map[key]bool{}
	for _, k := range keys {
		u, ok := f.Unit(k.Kind, k.ID)
		switch {
		case !ok:
			r.add(inspect.Reject("frame.unknown", k.At, "Kind", string(k.Kind), "ID", k.ID))
		case listed[key{k.Kind, k.ID}]:
			r.add(inspect.Reject("frame.listed-twice", k.At, "Kind", string(k.Kind), "ID", k.ID))
		}
		listed[key{k.Kind, k.ID}] = true
		kept[key{u.Kind, u.ID}], kept[key{inspect.CO, u.County}], kept[key{inspect.TS, u.Township}] = true, true, true
	}
	if len(keys) == 0 {
		r.add(inspect.Reject("frame.empty", inspect.Place{}))
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	only := func(units []inspect.Unit) []inspect.Unit {
		return slices.DeleteFunc(slices.Clone(units), func(u inspect.Unit) bool { return !kept[key{u.Kind, u.ID}] })
	}
	var text []byte
	for u := range f.Units() {
		if kept[key{u.Kind, u.ID}] {
			text = appendUnit(text, &u)
		}
	}
	return (&Frame{Counties: only(f.Counties), Townships: only(f.Townships), text: share(text)}).finish(), nil
}

// Salted are the digests under which a frame that is not public is committed: SHA-256(salt of the
// table ‖ digest), each as 32 bytes. Without the salt nobody can find out by trying which units
// are in it.
func (d Digests) Salted(salt [32]byte) Digests {
	hide := func(table string, x inspect.Digest) inspect.Digest {
		own := TableSalt(salt, table)
		return inspect.DigestOf(slices.Concat(own[:], x[:]))
	}
	return Digests{Counties: hide("counties", d.Counties), Townships: hide("townships", d.Townships), Units: hide("units", d.Units), Frame: hide("frame", d.Frame)}
}

// TableSalt is the salt of one table: HMAC-SHA256(salt, LP(table)), table being counties,
// townships, units, or frame for the three together. That of the counties is revealed with the
// county stage, and opens nothing else.
func TableSalt(salt [32]byte, table string) [32]byte {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write(inspect.LP(table))
	return [32]byte(mac.Sum(nil))
}
