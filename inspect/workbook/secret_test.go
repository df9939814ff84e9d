package workbook

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// What proves a return comes back whoever saves the workbook, closed or not, and is read from nowhere in
// a file that lost it.
func TestSecretsComeBack(t *testing.T) {
	p := packet(7)
	p.Secrets = map[string]string{"": "00e10000000000000000000000000001"} // what a careless programme takes for a number
	for i, v := range p.Visits {
		p.Secrets[v.ID] = "1234567890123456789012345678901" + string(rune('0'+i%10))
	}
	var out bytes.Buffer
	if err := WriteRung(chance("secrets"), &out, p, inspect.RungVillage, vectorCode, 1); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "P-007-3.xlsx")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	comeBack := func(name string, closed bool) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ret, err := ReadReturn(path, data, checklist.Default(), func(yield func(string) bool) { yield(vectorCode) })
		if err != nil || !maps.Equal(ret.Secrets, p.Secrets) || ret.Clear == closed || ret.Authentic {
			t.Errorf("%s: %v, clear %v, %v", name, ret.Secrets, ret.Clear, err)
		}
	}
	save := func(change func(e *Editor)) {
		t.Helper()
		e, err := OpenEditor(path, vectorCode)
		if err != nil {
			t.Fatal(err)
		}
		change(e)
		if err := e.Save(chance("saved"), path); err != nil {
			t.Fatal(err)
		}
	}
	comeBack("as written", true)
	save(func(*Editor) {})
	comeBack("saved under its code", true)
	save(func(e *Editor) { e.RemovePassword() })
	comeBack("saved without", false)
	if _, err := exec.LookPath("soffice"); err == nil {
		dir := t.TempDir()
		cmd := exec.Command("soffice", "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--convert-to", "xlsx", "--outdir", dir, path)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		path = filepath.Join(dir, filepath.Base(path))
		comeBack("saved by LibreOffice", false)
	}
	save(func(e *Editor) { e.RemovePassword(); e.SetCell(metaSheet, "B8", "") })
	delete(p.Secrets, "")
	comeBack("without the packet's", false)
}
