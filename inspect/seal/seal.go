// Package seal closes what nobody may read alone: an age envelope inside an age envelope, each to
// the custodians of one body, so that two custodians of different bodies are needed to open it.
//
// It serves the office's machine. It must never write plaintext to a file, and never read a random
// source of its own but in age, which takes no other. The envelopes need no format of their own,
// the stock age program opens one in two steps; the layers of a team's packet are laid out in
// inspect/form/FORMAT.md.
//
// # Envelopes
//
// An envelope is a file in the age format (https://age-encryption.org/v1, C2SP age): a random file
// key wrapped for each X25519 recipient, a header under HMAC-SHA256, and the payload in chunks of
// 64 KiB under ChaCha20-Poly1305. Custodians send their public keys (age1…, Bech32 as in BIP 173)
// before the draw and keep the secret halves (AGE-SECRET-KEY-1…).
//
// For bodies in byte order, Seal makes one copy for every pair a < b (Pairs):
//
//	age(to all custodians of a, age(to all custodians of b, plaintext))
//
// so that any custodian of a and any of b open it together, and no number of custodians of one body
// does. Fewer than two bodies are refused. The length of an age file shows that of what is in it, so
// that the plaintext is padded first, with spaces, which JSON ignores at its end, to a length that
// tells nothing (Pad, PadTo).
//
// SealTo closes to one key alone, whose secret half then lies in an envelope: a leg's part of the
// plan is opened by the key in its day's code book.
//
// # Evidence
//
// What came back, and its photos, is closed to several keys each of which opens it alone (SealEvidence):
// one age file with an X25519 stanza for each custodian, and for everybody else an ssh-ed25519 stanza
// (age's agessh) made from the same Ed25519 key with which they sign. The file is named after the SHA-256
// of its content, so that another content under that name shows when it is opened.
//
// # Packets
//
// What travels with a team must open on a phone, offline, by a code read over the telephone, with
// WebCrypto and nothing else. A layer of a packet is
//
//	salt (16 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
//
// under AES-256-GCM (NIST SP 800-38D) with
//
//	key             = PBKDF2-HMAC-SHA256(the code's first 20 digits, salt, 600,000 iterations, 32 bytes)    RFC 8018
//	additional data = LP("zhicha-packet/1", packet, rung)
//
// LP being inspect.LP, packet in decimal; the additional data keep a layer from being moved into
// another packet. A code is 20 random digits, 66 bits, and two check digits by ISO 7064 MOD 97-10:
// read as a number, all 22 leave 1 when divided by 97. The digits are drawn by rejection, so that
// each is equally likely. ParseCode takes them as people write them down.
//
// # Returns
//
// What comes back is closed as nonce ‖ ciphertext ‖ tag (SealWith) under
//
//	return key = HKDF-SHA256(ikm = the office's master, no salt, LP("zhicha-return/1", campaign, wave, packet), 32 bytes)    RFC 5869
//	key id     = first 8 bytes of SHA-256(LP("zhicha-return/1 key", return key)), in hexadecimal
//
// The packet holds the key in its innermost layer; the office derives it anew.
package seal

import (
	"bytes"
	"crypto/ecdh"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"zhicha/inspect"
)

// Custodian 保管员 can open one of the two envelopes.
type Custodian struct {
	ID        string
	Body      string // the body that sent the custodian; two different ones are needed
	Recipient string // age1…
}

// Envelope is one sealed copy. Its name tells which two bodies can open it.
type Envelope struct {
	Bodies [2]string // outer, inner
	Data   []byte
}

// Pairs lists the pairs of bodies that can open together, in byte order.
func Pairs(custodians []Custodian) (pairs [][2]string) {
	var bodies []string
	for _, c := range custodians {
		bodies = append(bodies, c.Body)
	}
	slices.Sort(bodies)
	bodies = slices.Compact(bodies)
	for i, outer := range bodies {
		for _, inner := range bodies[i+1:] {
			pairs = append(pairs, [2]string{outer, inner})
		}
	}
	return pairs
}

// Seal seals plaintext once for every pair of bodies: inside for the second body's custodians,
// outside for the first's. Fewer than two bodies is an error, as one body could then open it.
func Seal(plaintext []byte, custodians []Custodian) ([]Envelope, error) {
	byBody := map[string][]age.Recipient{}
	for _, c := range custodians {
		r, err := age.ParseX25519Recipient(c.Recipient)
		if err != nil {
			return nil, inspect.Refuse("seal.recipient", "ID", c.ID)
		}
		byBody[c.Body] = append(byBody[c.Body], r)
	}
	if len(byBody) < 2 {
		return nil, inspect.Refuse("seal.two-bodies", "N", len(byBody))
	}
	var out []Envelope
	for _, bodies := range Pairs(custodians) {
		data, err := encrypt(plaintext, byBody[bodies[0]], byBody[bodies[1]])
		if err != nil {
			return nil, err
		}
		out = append(out, Envelope{bodies, data})
	}
	return out, nil
}

// SealTo seals plaintext to one key alone, whose secret half is itself kept in an envelope.
func SealTo(plaintext []byte, recipient string) ([]byte, error) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return encrypt(plaintext, []age.Recipient{r})
}

// OpenTo opens what SealTo sealed.
func OpenTo(data []byte, secret string) ([]byte, error) {
	id, err := age.ParseX25519Identity(secret)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return decrypt(data, id)
}

// Pad appends spaces up to the next multiple of size, and at least one, so that the length of an
// envelope does not tell what is in it. JSON may end in white space.
func Pad(plaintext []byte, size int) []byte {
	out := make([]byte, (len(plaintext)/size+1)*size)
	for i := copy(out, plaintext); i < len(out); i++ {
		out[i] = ' '
	}
	return out
}

// Unpad takes off what Pad appended.
func Unpad(padded []byte) []byte { return bytes.TrimRight(padded, " ") }

// encrypt puts envelopes into one another, the outermost first, without holding any but the whole.
func encrypt(plaintext []byte, layers ...[]age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(plaintext) + len(plaintext)/1024 + 4096)
	var w io.Writer = &out
	var open []io.Closer
	for _, to := range layers {
		layer, err := age.Encrypt(w, to...)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		w, open = layer, append(open, layer)
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	for _, layer := range slices.Backward(open) {
		if err := layer.Close(); err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
	}
	return out.Bytes(), nil
}

// Open opens an envelope with two custodians' keys (AGE-SECRET-KEY-1…), given in any order.
func Open(data []byte, keys [2]string) ([]byte, error) {
	var ids [2]age.Identity
	for i, k := range keys {
		id, err := age.ParseX25519Identity(strings.TrimSpace(k))
		if err != nil {
			return nil, inspect.Refuse("seal.key")
		}
		ids[i] = id
	}
	for _, order := range [][2]age.Identity{{ids[0], ids[1]}, {ids[1], ids[0]}} {
		inner, err := decrypt(data, order[0])
		if err != nil {
			continue
		}
		if plain, err := decrypt(inner, order[1]); err == nil {
			return plain, nil
		}
	}
	return nil, inspect.Refuse("seal.cannot-open")
}

func decrypt(data []byte, id age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(data), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// NewKey makes a custodian's age key from 32 bytes of rand: the secret to keep and the recipient
// to give out.
func NewKey(rand io.Reader) (secret, recipient string, err error) {
	seed := make([]byte, 32)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return "", "", fmt.Errorf("new key: %w", err)
	}
	if _, err := ecdh.X25519().NewPrivateKey(seed); err != nil {
		return "", "", fmt.Errorf("new key: %w", err)
	}
	id, err := age.ParseX25519Identity(strings.ToUpper(bech32("age-secret-key-", seed)))
	if err != nil {
		return "", "", fmt.Errorf("new key: %w", err)
	}
	return id.String(), id.Recipient().String(), nil
}

// IsRecipient reports whether text is a key that can be sealed to.
func IsRecipient(text string) bool {
	_, err := age.ParseX25519Recipient(text)
	return err == nil
}

// bech32 encodes data as BIP 173 does; age writes its keys so, and makes them only from the
// system's own randomness, which would hide the source that was passed in.
func bech32(hrp string, data []byte) string {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	var five []byte
	acc, bits := uint32(0), 0
	for _, b := range data {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			five = append(five, byte(acc>>bits)&31)
		}
	}
	if bits > 0 {
		five = append(five, byte(acc<<(5-bits))&31)
	}
	check := make([]byte, 0, 2*len(hrp)+len(five)+7)
	for _, c := range []byte(hrp) {
		check = append(check, c>>5)
	}
	check = append(check, 0)
	for _, c := range []byte(hrp) {
		check = append(check, c&31)
	}
	sum := polymod(append(append(check, five...), 0, 0, 0, 0, 0, 0)) ^ 1
	for i := range 6 {
		five = append(five, byte(sum>>(5*(5-i)))&31)
	}
	out := []byte(hrp + "1")
	for _, v := range five {
		out = append(out, charset[v])
	}
	return string(out)
}

func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
