package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"filippo.io/age/armor"

	"zhicha/inspect"
)

// minPassphrase is how many characters a passphrase has at least: behind scrypt, beyond what a thief
// of the stick could try.
const minPassphrase = 10

// LockKey closes somebody's private key under a passphrase of theirs: an age file in armor with a
// scrypt recipient, which the stock age program opens too. It takes about a second, and so does
// opening it. The error for a passphrase too short is an *inspect.Problem.
func LockKey(secret, passphrase string) ([]byte, error) {
	if utf8.RuneCountInString(passphrase) < minPassphrase {
		return nil, inspect.Misuse("seal.passphrase-short", "Min", minPassphrase)
	}
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("lock key: %w", err)
	}
	data, err := encrypt([]byte(secret+"\n"), []age.Recipient{r})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := armor.NewWriter(&out)
	_, err = w.Write(data)
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

// Locked reports whether a key file is closed under a passphrase.
func Locked(file []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(file), []byte(armor.Header)) }

// UnlockKey opens what LockKey closed. The error is an *inspect.Problem: a wrong passphrase cannot be
// told from an altered file.
func UnlockKey(file []byte, passphrase string) (string, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return "", inspect.Refuse("seal.passphrase")
	}
	closed, err := io.ReadAll(armor.NewReader(bytes.NewReader(bytes.TrimSpace(file))))
	if err != nil {
		return "", inspect.Refuse("seal.passphrase")
	}
	plain, err := decrypt(closed, id)
	if err != nil {
		return "", inspect.Refuse("seal.passphrase")
	}
	return strings.TrimSpace(string(plain)), nil
}
