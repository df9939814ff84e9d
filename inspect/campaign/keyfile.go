package campaign

import (
	"os"
	"runtime"

	"zhicha/inspect"
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
