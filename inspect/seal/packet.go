package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"zhicha/inspect"
)

// A packet's layer is salt ‖ nonce ‖ AES-256-GCM ciphertext with its tag, the key being
// PBKDF2-HMAC-SHA256 of the unlock code's twenty digits. WebCrypto opens it without a library.
const (
	saltSize   = 16
	nonceSize  = 12
	iterations = 600_000 // OWASP's figure for PBKDF2-HMAC-SHA256; a guess costs a phone a second
	codeDigits = 20      // 66 bits: beyond guessing behind that many iterations
	checked    = codeDigits + 2
)

// Code 启封码 is an unlock code: twenty random digits and two check digits by ISO 7064 MOD 97-10,
// which catch every wrong digit, every swap of two digits and all but 1 % of whatever else goes
// wrong on the telephone. The zero value is no code.
type Code string

// NewCode draws a code from rand, every one of the 10^20 equally likely.
func NewCode(rand io.Reader) (Code, error) {
	digits := make([]byte, 0, codeDigits)
	one := make([]byte, 1)
	for len(digits) < codeDigits {
		if _, err := io.ReadFull(rand, one); err != nil {
			return "", fmt.Errorf("new unlock code: %w", err)
		}
		if one[0] < 250 { // 250–255 would favour the low digits
			digits = append(digits, '0'+one[0]%10)
		}
	}
	return Code(fmt.Sprintf("%s%02d", digits, 98-100*mod97(digits)%97)), nil
}

// spoken are the signs that stand for a digit beside 0–9 and ０–９: what a hand or a telephone's
// dictation writes down when a code is read aloud, the radio operators' 洞幺两拐勾 among them.
var spoken = map[rune]byte{
	'〇': '0', '○': '0', '零': '0', '洞': '0', '一': '1', '幺': '1', '么': '1', '二': '2', '两': '2', '三': '3', '四': '4', '五': '5',
	'六': '6', '七': '7', '拐': '7', '八': '8', '九': '9', '勾': '9',
}

// between are the signs that may stand between digits, beside white space.
const between = "\u200b\ufeff-‐‑‒–—−－.．·・。,，、"

// ParseCode reads a code as people write it down: in groups, with full-width digits, with dashes,
// or in words as it was heard. The error is an *inspect.Problem.
func ParseCode(s string) (Code, error) {
	var digits []byte
	for _, r := range s {
		d, heard := spoken[r]
		switch {
		case heard:
			digits = append(digits, d)
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r >= '０' && r <= '９':
			digits = append(digits, byte(r-'０'+'0'))
		case unicode.IsSpace(r) || strings.ContainsRune(between, r):
		default:
			return "", inspect.Reject("seal.code-character", inspect.Place{}, "Character", string(r))
		}
	}
	if len(digits) != checked {
		return "", inspect.Reject("seal.code-length", inspect.Place{}, "Digits", len(digits), "Expected", checked)
	}
	if mod97(digits) != 1 {
		return "", inspect.Reject("seal.code-check", inspect.Place{})
	}
	return Code(digits), nil
}

// mod97 is the remainder of the number that the digits write.
func mod97(digits []byte) (n int) {
	for _, d := range digits {
		n = (10*n + int(d-'0')) % 97
	}
	return n
}

// String writes the code in groups of four, the check digits last, for reading aloud.
func (c Code) String() string {
	var b strings.Builder
	for i, d := range string(c) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// LayerKey derives the key of the layer that the code opens; it takes about a tenth of a second.
func LayerKey(c Code, salt []byte) (key [32]byte, err error) {
	if len(c) != checked {
		return key, fmt.Errorf("layer key: malformed code of %d digits", len(c))
	}
	b, err := pbkdf2.Key(sha256.New, string(c[:codeDigits]), salt, iterations, len(key))
	if err != nil {
		return key, fmt.Errorf("layer key: %w", err)
	}
	return [32]byte(b), nil
}

// LayerAAD is what a layer's ciphertext is bound to: the packet's number and its rung, so that no
// layer can be moved into another packet.
func LayerAAD(packet int, rung string) []byte {
	return inspect.LP("zhicha-packet/1", strconv.Itoa(packet), rung)
}

// LayerSize is the length of the layer around n bytes.
func LayerSize(n int) int { return saltSize + nonceSize + n + 16 }

// SealLayer closes plaintext for whoever has the code.
func SealLayer(rand io.Reader, c Code, aad, plaintext []byte) ([]byte, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, fmt.Errorf("seal layer: %w", err)
	}
	key, err := LayerKey(c, salt)
	if err != nil {
		return nil, err
	}
	box, err := SealWith(rand, key, aad, plaintext)
	return append(salt, box...), err
}

// OpenLayer opens what SealLayer closed. The error is an *inspect.Problem: a code that is not this
// layer's cannot be told from an altered layer.
func OpenLayer(c Code, aad, layer []byte) ([]byte, error) {
	if len(layer) < LayerSize(0) {
		return nil, inspect.Refuse("seal.layer-closed")
	}
	key, err := LayerKey(c, layer[:saltSize])
	if err != nil {
		return nil, err
	}
	plain, err := OpenWith(key, aad, layer[saltSize:])
	if err != nil {
		return nil, inspect.Refuse("seal.layer-closed")
	}
	return plain, nil
}

// SealWith is nonce ‖ AES-256-GCM ciphertext with its tag, bound to aad.
func SealWith(rand io.Reader, key [32]byte, aad, plaintext []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, nonceSize, nonceSize+len(plaintext)+gcm.Overhead())
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return gcm.Seal(out, out, plaintext, aad), nil
}

// OpenWith opens what SealWith closed; box stays as it is.
func OpenWith(key [32]byte, aad, box []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	if len(box) < nonceSize {
		return nil, fmt.Errorf("open: %w", io.ErrUnexpectedEOF)
	}
	plain, err := gcm.Open(nil, box[:nonceSize], box[nonceSize:], aad)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return plain, nil
}

func newGCM(key [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("aes: %w", err)
	}
	return cipher.NewGCM(block)
}

// ReturnKey is the key under which a packet's return files travel, derived from the office's
// master. The packet holds it inside its village layer, the office derives it anew, nobody else
// has it.
func ReturnKey(master [32]byte, campaign string, wave, packet int) (key [32]byte, err error) {
	info := inspect.LP("zhicha-return/1", campaign, strconv.Itoa(wave), strconv.Itoa(packet))
	b, err := hkdf.Key(sha256.New, master[:], nil, string(info), len(key))
	if err != nil {
		return key, fmt.Errorf("return key: %w", err)
	}
	return [32]byte(b), nil
}

// ReturnSecret is what a workbook brings back of its packet (visit empty) or of one of its visits, so that
// intake sees where a return comes from: 32 hexadecimal digits, derived from the office's master and written
// nowhere but inside the packet's closed rung.
func ReturnSecret(master [32]byte, campaign string, wave, packet int, visit string) string {
	m := hmac.New(sha256.New, master[:])
	m.Write(inspect.LP("zhicha/1 return", campaign, strconv.Itoa(wave), strconv.Itoa(packet), visit))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// KeyID names a return key without giving it away: 16 hexadecimal digits. By it a wrong key is told
// from an altered file.
func KeyID(key [32]byte) string {
	d := sha256.Sum256(inspect.LP("zhicha-return/1 key", string(key[:])))
	return hex.EncodeToString(d[:8])
}

// PadTo appends spaces up to exactly n bytes, so that all layers of a rung are equally long.
func PadTo(plaintext []byte, n int) ([]byte, error) {
	if len(plaintext) > n {
		return nil, fmt.Errorf("pad: %d bytes do not fit into %d", len(plaintext), n)
	}
	return append(bytes.Clone(plaintext), bytes.Repeat([]byte{' '}, n-len(plaintext))...), nil
}
