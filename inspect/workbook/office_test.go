package workbook

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

// inOffice has LibreOffice open workbooks, and returns what it says of each.
func inOffice(t *testing.T, code string, files ...[]byte) []string {
	t.Helper()
	if _, err := exec.LookPath("soffice"); err != nil {
		t.Skip("no LibreOffice here: ", err)
	}
	python := ""
	for _, p := range []string{"python3", "/usr/bin/python3"} { // a distribution's own knows its office
		if exec.Command(p, "-c", "import uno").Run() == nil {
			python = p
		}
	}
	if python == "" {
		t.Skip("no Python here that knows LibreOffice (python3-uno)")
	}
	dir := t.TempDir()
	args := []string{"testdata/office.py", filepath.Join(dir, "profile"), code}
	for i, data := range files {
		path := filepath.Join(dir, fmt.Sprintf("%d.xlsx", i))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, args...).Output()
	if err != nil {
		t.Fatalf("LibreOffice: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// LibreOffice opens every rung with its code and with no other, and refuses one that was altered.
func TestOffice(t *testing.T) {
	p := packet(7)
	var files [][]byte
	for _, r := range inspect.Rungs {
		var out bytes.Buffer
		if err := WriteRung(chance(string(r)), &out, p, r, vectorCode, 1); err != nil {
			t.Fatal(err)
		}
		files = append(files, out.Bytes())
	}
	altered := bytes.Clone(files[2])
	altered[len(altered)/2] ^= 1
	other, err := encrypt(chance("other"), []byte("PK"), "1")
	if err != nil {
		t.Fatal(err)
	}
	got := inOffice(t, vectorCode, append(files, altered, other)...)
	for i, want := range []string{"1 " + p.Title, "1 " + p.Title, fmt.Sprintf("%d %s", 3+len(p.Visits), p.Title), "refused", "refused"} {
		if i >= len(got) || got[i] != want {
			t.Errorf("file %d: LibreOffice says %q, want %q", i, got, want)
		}
	}
}
