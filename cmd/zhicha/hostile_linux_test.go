package main

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
)

// tainted is what a stranger may call a file: it clears the screen, turns the line and says a line of its own.
const tainted = "x\x1b[2J\x9b31m\x07\u202e\u2066\u2028\u0085\x7f\r\nzhicha: 核对通过\tx"

// call runs the command in this process.
func call(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	a := &app{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &err, now: time.Now, rand: rand.Reader, getenv: func(string) string { return "" }}
	return a.main(args), out.String(), err.String()
}

// Whatever a command prints goes through the one writer.
func TestOneWriter(t *testing.T) {
	var out, err bytes.Buffer
	a := &app{ctx: t.Context(), stdout: &out, stderr: &err, now: time.Now, rand: rand.Reader, getenv: func(string) string { return "" }}
	a.main([]string{"--help"})
	if out.Len() == 0 {
		t.Fatal("no help")
	}
	for _, w := range []struct {
		io.Writer
		got *bytes.Buffer
	}{{a.stdout, &out}, {a.stderr, &err}, {log.Writer(), &err}} {
		w.got.Reset()
		io.WriteString(w, tainted)
		if w.got.Len() == 0 || strings.ContainsFunc(strings.ReplaceAll(w.got.String(), "\n", ""), unicode.IsControl) {
			t.Errorf("%q", w.got)
		}
	}
}

// Names of files and of members, cells and values that came from outside reach a terminal without a
// control character, and without a line of their own.
func TestHostileNames(t *testing.T) {
	c := rehearsal.Fieldwork(t, 3)
	outside := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(outside, name)
		check(t, os.WriteFile(path, data, 0o600))
		return path
	}
	var z bytes.Buffer
	zw := zip.NewWriter(&z)
	for _, name := range []string{tainted + ".json", "../../" + tainted + ".xlsx"} {
		w, err := zw.Create(name)
		check(t, err)
		_, err = w.Write([]byte("{\"campaign\":\"" + "x\"}"))
		check(t, err)
	}
	check(t, zw.Close())
	csv := put(tainted+".csv", []byte("id,"+tainted+"\n"+tainted+",1\n"))
	book := put(tainted+".xlsx", []byte("PK\x03\x04"+tainted))
	form := put(tainted+".json", []byte(`{"form":"`+"x\u202e"+`","campaign":"\u001b[2J"}`))
	site := filepath.Join(outside, "site"+tainted)
	check(t, os.MkdirAll(filepath.Join(site, tainted), 0o700))
	check(t, os.WriteFile(filepath.Join(site, tainted, tainted), nil, 0o600))
	manifest, err := json.MarshalIndent(map[string]any{"campaign": tainted, "asOf": "2023-01-01T00:00:00+08:00", "demo": false, "files": map[string]inspect.Digest{tainted: {}}}, "", " ")
	check(t, err)
	check(t, os.WriteFile(filepath.Join(site, "manifest.json"), append(manifest, '\n'), 0o600))
	check(t, os.WriteFile(c.Path(campaign.ContentDir, strings.ReplaceAll(tainted, "/", "")+".md"), []byte("# "+tainted), 0o600))
	in := []string{"--dir", c.Dir, "--as", "draw-1", "--now", "2023-01-23T09:00:00+08:00"}
	for _, args := range [][]string{
		{"intake", put(tainted+".zip", z.Bytes()), csv, book, form}, {"verify", site}, {"verify", site, "--key", tainted}, {"frame", "import", csv}, {"frame", "import", book},
		{"roster", "import", book}, {"roster", "import", csv}, {"publish", "check", c.Path(campaign.ContentDir, tainted+".md")}, {"publish", "site"},
		{"plan", "party", "add", form}, {"plan", "party", "new", tainted}, {"person", "new", tainted, "--role", tainted}, {"wave", "import", form},
		{"wave", "new", "--kind", tainted}, {"visit", "show", tainted}, {"visit", "approve", tainted}, {"checklist", "check", csv}, {"leg", "suspend", "1", "--reason", tainted},
		{tainted}, {"--" + tainted}, {"--dir", outside + tainted, "status"}, {"packet", "open", "--key", csv}, {"finding", "list"}, {"ledger", "prove", tainted},
	} {
		for _, more := range [][]string{nil, {"--json"}, {"--lang", "en"}} {
			all := append(append(append([]string{}, in...), more...), args...)
			status, stdout, stderr := call(t, all...)
			said := stdout + stderr
			for _, r := range said {
				if r != '\n' && (unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune("\u202e\u2066\u2028\u2029", r)) {
					t.Errorf("%q writes %q in %q", args, r, said)
					break
				}
			}
			if strings.Contains("\n"+said, "\nzhicha: 核对通过") {
				t.Errorf("%q: a name says a line of its own: %q", args, said)
			}
			if said == "" || status == 0 && args[0] != "finding" && args[0] != "publish" && args[0] != "intake" {
				t.Errorf("%q: status %d, %q", args, status, said)
			}
		}
	}
}
