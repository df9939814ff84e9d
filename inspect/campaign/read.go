package campaign

import (
	"io"
	"os"

	"zhicha/inspect"
)

// The most that is read of a file, in bytes, by what it is for.
const (
	Small = 1 << 20  // a key, a secret, a signature, a checkpoint; YAML, of which every letter may take two hundred bytes
	Text  = 8 << 20  // a list of units, a document, a record
	Book  = 64 << 20 // a workbook, a return, an envelope of a whole plan
)

// Read reads an ordinary file whole, up to limit bytes. A pipe, a device or a folder is refused before it
// is opened, and of a file that is larger, or grows meanwhile, no more than limit and one is read. The error is a Problem that names the file.
func Read(name string, limit int64) ([]byte, error) {
	f, err := OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fail := func(err error) error { return inspect.Fail("campaign.read", err, "File", name) }
	info, err := f.Stat()
	if err != nil {
		return nil, fail(err)
	}
	if info.Size() > limit {
		return nil, tooLarge(name, limit)
	}
	data := make([]byte, info.Size()+1) // one more tells that it grew
	n, err := io.ReadFull(f, data)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return data[:n], nil
	case err != nil:
		return nil, fail(err)
	}
	rest, err := io.ReadAll(io.LimitReader(f, limit+1-int64(n)))
	if err != nil {
		return nil, fail(err)
	}
	if data = append(data, rest...); int64(len(data)) > limit {
		return nil, tooLarge(name, limit)
	}
	return data, nil
}

// OpenFile opens an ordinary file to be read.
func OpenFile(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", name)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for whoever writes
		return nil, inspect.Reject("campaign.not-a-file", inspect.Place{File: name})
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", name)
	}
	return f, nil
}

func tooLarge(name string, limit int64) error {
	return inspect.Reject("campaign.too-large", inspect.Place{File: name}, "MB", limit>>20)
}
