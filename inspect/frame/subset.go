package frame

import (
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
	return (&Frame{Counties: only(f.Counties), Townships: only(f.Townships), Units: only(f.Units)}).finish(), nil
}

// Salted are the digests under which a frame that is not public is committed: SHA-256(salt ‖
// digest) for each, with salt and digest as their 32 bytes. Without the salt nobody can find out
// by trying which units are in it.
func (d Digests) Salted(salt [32]byte) Digests {
	hide := func(x inspect.Digest) inspect.Digest { return inspect.DigestOf(slices.Concat(salt[:], x[:])) }
	return Digests{Counties: hide(d.Counties), Townships: hide(d.Townships), Units: hide(d.Units), Frame: hide(d.Frame)}
}
