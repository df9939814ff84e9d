package rehearsal

import (
	"os"
	"path/filepath"

	"zhicha/inspect/campaign"
)

// CopyFolder copies a campaign's folder. os.CopyFS lets others read what it writes, and a key that
// others may read is refused: the copy's secrets are its owner's again.
func CopyFolder(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	secrets, err := filepath.Glob(filepath.Join(to, campaign.SecretsDir, "*"))
	for _, name := range secrets {
		if err := os.Chmod(name, 0o600); err != nil {
			return err
		}
	}
	return err
}
