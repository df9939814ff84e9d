package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

func inFolder(fsys fs.FS) fstest.MapFS {
	files := fstest.MapFS{}
	fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files[name] = &fstest.MapFile{Data: must(fs.ReadFile(fsys, name))}
		}
		return err
	})
	return files
}

func TestLogInAFolder(t *testing.T) {
	signer, key := logKey()
	dir := t.TempDir()
	root := must(os.OpenRoot(dir))
	defer root.Close()
	if err := Create(NewDir(root), signer); err != nil {
		t.Fatal(err)
	}
	if err := grow(NewDir(root), []int64{100, 256, 520}); err != nil {
		t.Fatal(err)
	}
	if !sameFiles(inFolder(root.FS()), build(t, 520)) {
		t.Error("the folder holds other files than the log")
	}
	if _, err := root.Stat("tile/entries/000.p"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of former partial tiles is left: %v", err)
	}
	for _, left := range []string{"tile/0/007", "tile/entries/002.p/99", "checkpoint.new"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, filepath.Dir(left)), 0o755), os.WriteFile(filepath.Join(dir, left), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Verify(root.FS(), nil, key); len(rules(err)) != 3 {
		t.Errorf("leftovers: %v", err)
	}
	if err := grow(NewDir(root), []int64{521}); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(os.DirFS(dir), nil, key); err != nil {
		t.Error(err)
	}
}

func TestLinksAreNoFiles(t *testing.T) {
	_, key := logKey()
	dir := t.TempDir()
	if err := os.CopyFS(dir, build(t, 3)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "tile", "0", "000.p", "3")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, checkpointFile), name); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := Verify(os.DirFS(dir), nil, key); !slices.Contains(rules(err), "ledger.file-extra") {
		t.Error(err)
	}
}

func TestUnwritableFolderIsReported(t *testing.T) {
	signer, _ := logKey()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tile"), nil, 0o644); err != nil { // a file where a folder must be
		t.Fatal(err)
	}
	root := must(os.OpenRoot(dir))
	defer root.Close()
	if _, err := Build(slices.Values(samples(1, 3)), NewDir(root).Write, signer); !slices.Equal(rules(err), []string{"ledger.write"}) {
		t.Error(err)
	}
}
