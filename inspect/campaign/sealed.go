package campaign

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"zhicha/inspect"
)

// ReturnMaster is the office's key from which every packet's return key follows; made once.
func (c *Campaign) ReturnMaster(wave int) (key [32]byte, err error) {
	path := c.Path(SecretsDir, fmt.Sprintf("return-%d.key", wave))
	raw, err := Read(path, Small)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := io.ReadFull(c.Rand, key[:]); err != nil {
			return key, err
		}
		return key, CreateFile(path, []byte(hex.EncodeToString(key[:])+"\n"))
	}
	b, herr := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err := errors.Join(err, herr); err != nil || len(b) != len(key) {
		return key, inspect.Refuse("packet.return-key", "File", path)
	}
	return [32]byte(b), nil
}
