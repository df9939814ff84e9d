package campaign

import (
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/seal"
)

// ReadKeyFile is the content of a file that holds somebody's private key or secret. A file that
// others than its owner may touch is refused (campaign.key-open): whoever could read it could act as
// them. Windows keeps no such modes, so there nothing is asked. A file that is not there is the
// error of package os.
func ReadKeyFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, inspect.Refuse("campaign.key-open", "File", name)
	}
	return Read(name, Small)
}

// Ask returns the passphrase of a key file. What reads a file calls it only where the file is locked;
// a nil Ask knows none.
type Ask func(file string) (passphrase string, err error)

// ReadKey is the private key in a file, locked under a passphrase or not; see ReadKeyFile.
func ReadKey(name string, ask Ask) (string, error) {
	raw, err := ReadKeyFile(name)
	if err != nil || !seal.Locked(raw) {
		return strings.TrimSpace(string(raw)), err
	}
	if ask == nil {
		return "", inspect.Refuse("campaign.key-locked", "File", name)
	}
	passphrase, err := ask(name)
	if err != nil {
		return "", err
	}
	return seal.UnlockKey(raw, passphrase)
}

// NewKey makes a private key in a new file on its holder's device; no campaign folder is needed. It is
// locked under passphrase, or not where that is empty. The line returned is what the office gets, the
// person as PersonLine writes them.
func NewKey(rand io.Reader, file, id string, roles []string, body, passphrase string) (line string, err error) {
	p := config.Person{ID: id, Roles: roles, Body: body}
	if err := config.CheckPerson(p); err != nil {
		return "", err
	}
	secret, public, err := newPair(rand, &p)
	if err != nil {
		return "", err
	}
	data := []byte(secret + "\n")
	if passphrase != "" {
		if data, err = seal.LockKey(secret, passphrase); err != nil {
			return "", err
		}
	}
	p.Key = public
	return PersonLine(&p), CreateFile(file, data)
}

// newPair makes the key pair of a person: a custodian gets an age key, everybody else a signing key.
func newPair(rand io.Reader, p *config.Person) (secret, public string, err error) {
	if !slices.Contains(p.Roles, inspect.RoleCustodian) {
		return note.GenerateKey(rand, p.ID)
	}
	if p.Body == "" {
		return "", "", inspect.Misuse("campaign.custodian-body", "ID", p.ID)
	}
	return seal.NewKey(rand)
}

// PersonLine is the one line by which a person makes themselves known to the office:
//
//	ID ROLE[,ROLE…] [BODY] KEY
func PersonLine(p *config.Person) string {
	fields := []string{p.ID, strings.Join(p.Roles, ","), p.Body, p.Key}
	return strings.Join(slices.DeleteFunc(fields, func(s string) bool { return s == "" }), " ")
}
