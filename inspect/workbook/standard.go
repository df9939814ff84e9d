package workbook

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"io"
)

// standardLock is the lock of standard encryption ([MS-OFFCRYPTO] 2.3.4.5–2.3.4.9), which other programmes
// still write and this one only reads: AES in ECB mode, keyed by SHA-1 in 50,000 rounds. An altered file
// cannot be told by it.
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
func (l *standardLock) decrypt(box []byte) ([]byte, error) {
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
