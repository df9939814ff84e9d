package campaign_test

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

// Nobody but its owner reads a campaign folder, however careless the umask; the database's own files too.
// It is not parallel: a umask is the whole process's.
func TestFolderIsPrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	o := rehearsal.NewOffice(t, 77)
	o.Draw(1)
	o.Make(1)
	o.Open(1)
	keep(t, o.Campaign, secretText)
	if _, err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Cosign(t.Context(), o.Who("witness-1")); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(o.Path(campaign.DatabaseFile + "*"))
	if err != nil || !slices.Equal(names, []string{o.Path("campaign.db"), o.Path("campaign.db-shm"), o.Path("campaign.db-wal")}) {
		t.Fatalf("%v %v", names, err)
	}
	private(t, o.Dir)
	// a folder that was copied carelessly is closed again when it is opened
	dir := filepath.Join(t.TempDir(), "c")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.db"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if info, err := os.Stat(filepath.Join(dir, "x.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
