package workbook

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"github.com/richardlehane/mscfb"

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
// returned as it is. Each code costs one key derivation, some milliseconds for a file as it is written
// here and some tens for one of Excel's: whether it fits is told by the file's verifier, before anything
// is decrypted. A file that a code fits and that was altered since is refused where it was closed by
// agile encryption. The error is an *inspect.Problem.
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
		box, err := stream(data, "EncryptedPackage", int64(len(data)))
		if err != nil {
			return nil, damaged(at, err)
		}
		switch plain, err := lock.decrypt(box); {
		case errors.Is(err, errAltered):
			return nil, inspect.Reject("workbook.altered", at)
		case err != nil:
			return nil, damaged(at, err)
		default:
			return plain, nil
		}
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

// lock is what closes a file: it tells whether a password fits, and decrypts the package with the key
// that the one which did has given.
type lock interface {
	opens(password string) bool
	decrypt(box []byte) ([]byte, error)
}

var (
	errCipher  = errors.New("unknown encryption")
	errAltered = errors.New("altered after it was encrypted")
)

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

// spin hashes a password with its salt, then the result with a counter, so many times. It is all that
// a code costs, so nothing is allocated in it.
func spin(h hash.Hash, salt []byte, password string, times int) []byte {
	h.Reset()
	h.Write(salt)
	h.Write(utf16le(password))
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
