package workbook

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"
	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// spinsMax bounds how often a file may ask for its password to be hashed. Office programmes ask for
// 50,000 or 100,000 rounds; the format allows ten million, which would keep intake busy for minutes.
const spinsMax = 200_000

// Encrypted reports whether a file is a workbook that needs a password to open.
func Encrypted(data []byte) bool {
	return bytes.HasPrefix(data, oleMagic) && bytes.Contains(data, utf16le("EncryptedPackage"))
}

// Decrypt opens a workbook that needs a password, by the first code that fits; one that needs none is
// returned as it is. Each code costs one key derivation, a few milliseconds under standard encryption
// and some tens under agile (MS-OFFCRYPTO 2.3.4.9 and 2.3.4.13): whether it fits is told by the
// file's verifier, before anything is decrypted. The error is an *inspect.Problem.
func Decrypt(name string, data []byte, codes iter.Seq[string]) (plain []byte, err error) {
	at := inspect.Place{File: name}
	if !Encrypted(data) {
		return data, nil
	}
	if len(data) > fileMax {
		return nil, inspect.Reject("workbook.too-large", at, "MB", fileMax>>20)
	}
	if codes == nil {
		return nil, inspect.Reject("workbook.encrypted", at)
	}
	defer guard(at, &err)
	info, err := stream(data, "EncryptionInfo", 1<<16)
	if err != nil {
		return nil, damaged(at, err)
	}
	lock, err := readLock(info)
	if err != nil {
		return nil, inspect.Reject("workbook.cipher", at)
	}
	tried := 0
	for code := range codes {
		if tried++; !lock.opens(code) {
			continue
		}
		var plain []byte
		if own, ok := lock.(*standardLock); ok {
			plain, err = own.decrypt(data)
		} else {
			plain, err = excelize.Decrypt(data, &excelize.Options{Password: code})
		}
		if err != nil {
			return nil, damaged(at, err)
		}
		return plain, nil
	}
	if tried == 0 {
		return nil, inspect.Reject("workbook.encrypted", at)
	}
	return nil, inspect.Reject("workbook.wrong-code", at, "N", tried)
}

// stream reads one of the streams in the container, up to a limit.
func stream(data []byte, name string, limit int64) ([]byte, error) {
	doc, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for entry, err := doc.Next(); err == nil; entry, err = doc.Next() {
		if entry.Name == name {
			return io.ReadAll(io.LimitReader(entry, limit))
		}
	}
	return nil, fmt.Errorf("no stream %s", name)
}

// lock tells whether a password opens a file.
type lock interface{ opens(password string) bool }

var errCipher = errors.New("unknown encryption")

func readLock(info []byte) (lock, error) {
	if len(info) < 8 {
		return nil, errCipher
	}
	switch major, minor := binary.LittleEndian.Uint16(info), binary.LittleEndian.Uint16(info[2:]); {
	case major == 4 && minor == 4:
		return readAgile(info[8:])
	case major >= 2 && major <= 4 && minor == 2:
		return readStandard(info)
	}
	return nil, errCipher
}

// standardLock is the lock of ECMA-376 standard encryption: AES, keyed by SHA-1 in 50,000 rounds.
type standardLock struct {
	keyBytes                 int
	salt, verifier, expected []byte
	key                      cipher.Block // of the password that opened it
}

func readStandard(info []byte) (lock, error) {
	const aes128, aes256 = 0x660E, 0x6610
	if len(info) < 12 {
		return nil, errCipher
	}
	size := int64(binary.LittleEndian.Uint32(info[8:]))
	if size < 32 || size+12+72 > int64(len(info)) {
		return nil, errCipher
	}
	header, rest := info[12:12+size], info[12+size:]
	bits := binary.LittleEndian.Uint32(header[16:])
	if alg := binary.LittleEndian.Uint32(header[8:]); alg < aes128 || alg > aes256 || bits != 128 && bits != 192 && bits != 256 || binary.LittleEndian.Uint32(rest) != 16 {
		return nil, errCipher
	}
	return &standardLock{keyBytes: int(bits / 8), salt: rest[4:20], verifier: rest[20:36], expected: rest[40:72]}, nil
}

func (l *standardLock) opens(password string) bool {
	final := sha1.Sum(binary.LittleEndian.AppendUint32(spin(sha1.New(), l.salt, password, 50_000), 0))
	key := make([]byte, 0, 2*sha1.Size)
	for _, pad := range []byte{0x36, 0x5c} {
		block := bytes.Repeat([]byte{pad}, 64)
		subtle.XORBytes(block, block, final[:])
		part := sha1.Sum(block)
		key = append(key, part[:]...)
	}
	c, err := aes.NewCipher(key[:l.keyBytes])
	if err != nil {
		return false
	}
	verifier, expected := make([]byte, 16), make([]byte, 32)
	c.Decrypt(verifier, l.verifier)
	c.Decrypt(expected, l.expected)
	c.Decrypt(expected[16:], l.expected[16:])
	l.key = c
	sum := sha1.Sum(verifier)
	return subtle.ConstantTimeCompare(sum[:], expected[:sha1.Size]) == 1
}

// decrypt opens the package with the key that has been found to fit; to derive it once more would
// cost three times as much as finding it.
func (l *standardLock) decrypt(data []byte) ([]byte, error) {
	box, err := stream(data, "EncryptedPackage", int64(len(data)))
	if err != nil {
		return nil, err
	}
	if len(box) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	size, plain := binary.LittleEndian.Uint64(box), box[8:]
	if size > uint64(len(plain)) {
		return nil, io.ErrUnexpectedEOF
	}
	for i := 0; i+aes.BlockSize <= len(plain); i += aes.BlockSize {
		l.key.Decrypt(plain[i:], plain[i:])
	}
	return plain[:size], nil
}

// agileLock is the lock of ECMA-376 agile encryption.
type agileLock struct {
	newHash            func() hash.Hash
	spins, keyBytes    int
	salt               []byte
	verifier, expected []byte
}

var agileHashes = map[string]func() hash.Hash{"SHA1": sha1.New, "SHA-1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New}

func readAgile(text []byte) (lock, error) {
	var x struct {
		Keys []struct {
			Spins    int    `xml:"spinCount,attr"`
			KeyBits  int    `xml:"keyBits,attr"`
			Cipher   string `xml:"cipherAlgorithm,attr"`
			Chaining string `xml:"cipherChaining,attr"`
			Hash     string `xml:"hashAlgorithm,attr"`
			Salt     string `xml:"saltValue,attr"`
			Verifier string `xml:"encryptedVerifierHashInput,attr"`
			Expected string `xml:"encryptedVerifierHashValue,attr"`
		} `xml:"keyEncryptors>keyEncryptor>encryptedKey"`
	}
	if err := xml.Unmarshal(text, &x); err != nil || len(x.Keys) == 0 {
		return nil, errCipher
	}
	k := x.Keys[0]
	l := &agileLock{newHash: agileHashes[k.Hash], spins: k.Spins, keyBytes: k.KeyBits / 8}
	var errs [3]error
	l.salt, errs[0] = base64.StdEncoding.DecodeString(k.Salt)
	l.verifier, errs[1] = base64.StdEncoding.DecodeString(k.Verifier)
	l.expected, errs[2] = base64.StdEncoding.DecodeString(k.Expected)
	whole := func(b []byte) bool { return len(b) > 0 && len(b)%aes.BlockSize == 0 }
	if errors.Join(errs[:]...) != nil || l.newHash == nil || k.Cipher != "AES" || k.Chaining != "ChainingModeCBC" || l.spins < 0 || l.spins > spinsMax ||
		len(l.salt) != aes.BlockSize || !whole(l.verifier) || !whole(l.expected) || len(l.expected) < l.newHash().Size() {
		return nil, errCipher
	}
	return l, nil
}

func (l *agileLock) opens(password string) bool {
	h := l.newHash()
	spun := spin(h, l.salt, password, l.spins)
	open := func(purpose, box []byte) []byte {
		h.Reset()
		h.Write(spun)
		h.Write(purpose)
		key := h.Sum(nil)
		for len(key) < l.keyBytes {
			key = append(key, 0x36)
		}
		c, err := aes.NewCipher(key[:l.keyBytes])
		if err != nil {
			return nil
		}
		out := make([]byte, len(box))
		cipher.NewCBCDecrypter(c, l.salt).CryptBlocks(out, box)
		return out
	}
	verifier := open([]byte{0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79}, l.verifier)
	expected := open([]byte{0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e}, l.expected)
	if verifier == nil || expected == nil {
		return false
	}
	h.Reset()
	h.Write(verifier)
	return subtle.ConstantTimeCompare(h.Sum(nil), expected[:h.Size()]) == 1
}

// spin hashes a password with its salt, then the result with a counter, so many times. It is all that
// a code costs, so nothing is allocated in it.
func spin(h hash.Hash, salt []byte, password string, times int) []byte {
	h.Write(salt)
	for _, u := range utf16.Encode([]rune(password)) {
		h.Write([]byte{byte(u), byte(u >> 8)})
	}
	sum := h.Sum(nil)
	block := make([]byte, 4+len(sum))
	for i := range times {
		binary.LittleEndian.PutUint32(block, uint32(i))
		copy(block[4:], sum)
		h.Reset()
		h.Write(block)
		sum = h.Sum(sum[:0])
	}
	return sum
}
