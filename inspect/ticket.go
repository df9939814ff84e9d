package inspect

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// LP length-prefixes each part with its length in bytes as a big-endian uint32 and joins them,
// so that no two different lists of parts give the same bytes.
func LP(parts ...string) []byte {
	n := 0
	for _, p := range parts {
		n += 4 + len(p)
	}
	out := make([]byte, 0, n)
	for _, p := range parts {
		out = appendLP(out, p)
	}
	return out
}

func appendLP(out []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint32(out, uint32(len(part))), part...)
}

// Key is a stage key: 256 bits from which every ticket of one stage of one wave follows.
type Key [32]byte

// Ticket 签号 is a unit's pseudo-random number under a stage key.
type Ticket struct {
	Digest [32]byte
	ID     string
}

// Ticket returns HMAC-SHA256(k, LP(label, stratum, kind, id)). Labels are those of the
// specification: ticket, leaf, perm, seat, tie, day, second.
func (k Key) Ticket(label, stratum, kind, id string) Ticket {
	return k.Tickets(label, stratum, kind)(id)
}

// Tickets returns a function that gives the tickets of a set's units, sparing most of the work of
// the first. It is for one goroutine.
func (k Key) Tickets(label, stratum, kind string) func(id string) Ticket {
	mac, text := hmac.New(sha256.New, k[:]), LP(label, stratum, kind)
	set, sum := len(text), make([]byte, 0, sha256.Size)
	return func(id string) Ticket {
		text = appendLP(text[:set], id)
		mac.Reset()
		mac.Write(text)
		sum = mac.Sum(sum[:0])
		return Ticket{[32]byte(sum), id}
	}
}

// U is the ticket's value: the first 64 bits of its digest, big-endian.
func (t Ticket) U() uint64 { return binary.BigEndian.Uint64(t.Digest[:8]) }

// Compare orders tickets by full digest, then by id. Its first 64 bits decide almost always.
func (t Ticket) Compare(o Ticket) int {
	if c := bytes.Compare(t.Digest[:], o.Digest[:]); c != 0 {
		return c
	}
	return strings.Compare(t.ID, o.ID)
}
