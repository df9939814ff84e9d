package workbook

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"hash"
	"io"
)

// Agile encryption ([MS-OFFCRYPTO] 2.3.4.10–2.3.4.15), which Excel has written since 2010: a random key
// closes the package in segments, an HMAC tells whether it was altered, and the password, hashed many
// times over, closes the random key. This file holds what reading and writing share, and the reading;
// encrypt.go writes.

// What a key or an initialization vector is for is hashed into it (2.3.4.13, 2.3.4.14).
var (
	forVerifier  = []byte{0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79}
	forExpected  = []byte{0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e}
	forKey       = []byte{0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6}
	forHMACKey   = []byte{0x5f, 0xb2, 0xad, 0x01, 0x0c, 0xb9, 0xe1, 0xf6}
	forHMACValue = []byte{0xa0, 0x67, 0x7f, 0x02, 0xb2, 0x2c, 0x84, 0x33}
)

// segmentSize is how much of the package is encrypted under one initialization vector (2.3.4.15).
const segmentSize = 4096

// agileCipher is AES in CBC mode with a salt and a hash. A file has two: the password's, the package's.
type agileCipher struct {
	newHash  func() hash.Hash
	keyBytes int
	salt     []byte
}

// key derives one of the password's keys, from what the password was spun to (2.3.4.11).
func (c *agileCipher) key(spun, purpose []byte) []byte { return c.derive(spun, purpose, c.keyBytes) }

// vector derives an initialization vector (2.3.4.12).
func (c *agileCipher) vector(purpose []byte) []byte {
	return c.derive(c.salt, purpose, aes.BlockSize)
}

func (c *agileCipher) derive(from, purpose []byte, size int) []byte {
	h := c.newHash()
	h.Write(from)
	h.Write(purpose)
	sum := h.Sum(nil)
	for len(sum) < size {
		sum = append(sum, 0x36)
	}
	return sum[:size]
}

// mac is the HMAC of the whole stream that holds the package (2.3.4.14).
func (c *agileCipher) mac(key, box []byte) []byte {
	m := hmac.New(c.newHash, key)
	m.Write(box)
	return m.Sum(nil)
}

// cbc is cipher.NewCBCEncrypter or cipher.NewCBCDecrypter.
type cbc func(cipher.Block, []byte) cipher.BlockMode

// crypt encrypts or decrypts whole blocks.
func crypt(mode cbc, key, vector, in []byte) ([]byte, error) {
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(in))
	mode(c, vector).CryptBlocks(out, in)
	return out, nil
}

// segments encrypts or decrypts the package in place, every segment under its number (2.3.4.15).
func (c *agileCipher) segments(mode cbc, key, data []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	for n := uint32(0); len(data) > 0; n++ {
		segment := data[:min(segmentSize, len(data))]
		mode(block, c.vector(binary.LittleEndian.AppendUint32(nil, n))).CryptBlocks(segment, segment)
		data = data[len(segment):]
	}
	return nil
}

// agileLock is the lock of agile encryption.
type agileLock struct {
	own, data                                     agileCipher // the password's, the package's
	spins                                         int
	verifier, expected, closed, macKey, macClosed []byte
	key                                           []byte // of the package, by the password that opened it
}

var agileHashes = map[string]func() hash.Hash{"SHA1": sha1.New, "SHA-1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New}

// agileSpec is how EncryptionInfo describes an agileCipher (2.3.4.10).
type agileSpec struct {
	BlockSize int      `xml:"blockSize,attr"`
	KeyBits   int      `xml:"keyBits,attr"`
	Cipher    string   `xml:"cipherAlgorithm,attr"`
	Chaining  string   `xml:"cipherChaining,attr"`
	Hash      string   `xml:"hashAlgorithm,attr"`
	Salt      inBase64 `xml:"saltValue,attr"`
}

func (s *agileSpec) cipher() (agileCipher, bool) {
	c := agileCipher{newHash: agileHashes[s.Hash], keyBytes: s.KeyBits / 8, salt: s.Salt}
	return c, c.newHash != nil && s.Cipher == "AES" && s.Chaining == "ChainingModeCBC" && s.BlockSize == aes.BlockSize &&
		(s.KeyBits == 128 || s.KeyBits == 192 || s.KeyBits == 256) && len(s.Salt) == aes.BlockSize
}

type inBase64 []byte

func (b *inBase64) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.DecodeString(string(text))
	return err
}

// readAgile reads the lock of EncryptionInfo. One without its HMAC is not known: Office demands it too.
func readAgile(text []byte) (lock, error) {
	var x struct {
		Data      agileSpec `xml:"keyData"`
		Integrity struct {
			Key   inBase64 `xml:"encryptedHmacKey,attr"`
			Value inBase64 `xml:"encryptedHmacValue,attr"`
		} `xml:"dataIntegrity"`
		Keys []struct {
			agileSpec
			Spins    int      `xml:"spinCount,attr"`
			Verifier inBase64 `xml:"encryptedVerifierHashInput,attr"`
			Expected inBase64 `xml:"encryptedVerifierHashValue,attr"`
			Key      inBase64 `xml:"encryptedKeyValue,attr"`
		} `xml:"keyEncryptors>keyEncryptor>encryptedKey"`
	}
	if err := xml.Unmarshal(text, &x); err != nil || len(x.Keys) == 0 {
		return nil, errCipher
	}
	k := x.Keys[0]
	l := &agileLock{spins: k.Spins, verifier: k.Verifier, expected: k.Expected, closed: k.Key, macKey: x.Integrity.Key, macClosed: x.Integrity.Value}
	var known, also bool
	l.own, known = k.cipher()
	l.data, also = x.Data.cipher()
	if !known || !also || l.spins < 0 || l.spins > spinsMax {
		return nil, errCipher
	}
	// whole blocks that hold at least so much
	holds := func(b []byte, n int) bool { return len(b) >= n && len(b)%aes.BlockSize == 0 }
	own, data := l.own.newHash().Size(), l.data.newHash().Size()
	if !holds(l.verifier, 1) || !holds(l.expected, own) || !holds(l.closed, l.data.keyBytes) || !holds(l.macKey, data) || !holds(l.macClosed, data) {
		return nil, errCipher
	}
	return l, nil
}

func (l *agileLock) opens(password string) bool {
	spun := spin(l.own.newHash(), l.own.salt, password, l.spins)
	open := func(purpose, box []byte) []byte {
		out, _ := crypt(cipher.NewCBCDecrypter, l.own.key(spun, purpose), l.own.salt, box) // the key has its length
		return out
	}
	h := l.own.newHash()
	h.Write(open(forVerifier, l.verifier))
	if subtle.ConstantTimeCompare(h.Sum(nil), open(forExpected, l.expected)[:h.Size()]) != 1 {
		return false
	}
	l.key = open(forKey, l.closed)[:l.data.keyBytes]
	return true
}

// decrypt opens the package, once its HMAC has told that nothing in it was altered.
func (l *agileLock) decrypt(box []byte) ([]byte, error) {
	size := l.data.newHash().Size()
	key, err := crypt(cipher.NewCBCDecrypter, l.key, l.data.vector(forHMACKey), l.macKey)
	if err != nil {
		return nil, err
	}
	told, err := crypt(cipher.NewCBCDecrypter, l.key, l.data.vector(forHMACValue), l.macClosed)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(l.data.mac(key[:size], box), told[:size]) != 1 {
		return nil, errAltered
	}
	if len(box) < 8 || len(box)%aes.BlockSize != 8 {
		return nil, io.ErrUnexpectedEOF
	}
	length, plain := binary.LittleEndian.Uint64(box), box[8:]
	if length > uint64(len(plain)) {
		return nil, io.ErrUnexpectedEOF
	}
	return plain[:length], l.data.segments(cipher.NewCBCDecrypter, l.key, plain)
}
