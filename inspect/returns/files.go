package returns

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

// Caps on what one file may make intake hold, in bytes, and on what an archive may hold. An
// archive's sizes are what its directory declares; unpacking stops where an entry has more.
const (
	maxReturn         = 64 << 20  // of a file, and of an entry unpacked
	maxArchive        = 256 << 20 // of all entries unpacked
	maxArchiveEntries = 2000
)

// returnFile is one file that came back: on disk, or an entry of an archive. Its name is for
// messages alone and never becomes a path.
type returnFile struct {
	Name string
	Size int64 // of what read returns, about
	Read func() ([]byte, error)
	// Waited: it lay in the evidence until it could be judged
	Waited bool
}

// returnFiles lists what lies under paths in order of name, archives by their entries, leaving out
// what file systems and office programmes leave behind. Nothing but the archives' directories is
// read yet.
func returnFiles(paths []string) ([]returnFile, error) {
	var files []string
	var refused []returnFile // pipes, devices and links among the files of a folder
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return inspect.Fail("campaign.read", err, "File", path)
			}
			if path != p && !d.IsDir() && !d.Type().IsRegular() && !leftover(filepath.ToSlash(d.Name())) {
				refused = append(refused, returnFile{Name: path, Read: func() ([]byte, error) {
					return nil, inspect.Reject("campaign.not-a-file", inspect.Place{File: path})
				}})
				return nil
			}
			if !d.IsDir() && (path == p || !leftover(filepath.ToSlash(d.Name()))) {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	out := refused
	for _, path := range slices.Compact(files) {
		if entries, ok := archiveEntries(path); ok {
			out = append(out, entries...)
		} else {
			out = append(out, onDisk(path))
		}
	}
	return out, nil
}

// batches cuts files into runs that are read together: few enough, and light enough, for memory to
// stay flat however many there are.
func batches(files []returnFile, most int) [][]returnFile {
	var out [][]returnFile
	for len(files) > 0 {
		n, weight := 0, int64(0)
		for n < min(most, len(files)) && (n == 0 || weight+files[n].Size <= maxReturn) {
			weight += files[n].Size
			n++
		}
		out, files = append(out, files[:n]), files[n:]
	}
	return out
}

func onDisk(path string) returnFile {
	f := returnFile{Name: path}
	if info, err := os.Stat(path); err == nil {
		f.Size = info.Size()
	}
	f.Read = func() ([]byte, error) {
		if f.Size > maxReturn {
			return nil, inspect.Reject("intake.too-large", inspect.Place{File: path}, "MB", maxReturn>>20)
		}
		data, err := campaign.Read(path, maxReturn)
		if err != nil {
			return nil, err
		}
		return data, foreignArchive(path, data)
	}
	return f
}

// archiveEntries lists the entries of the archive at path; ok is false where it is none, which
// content decides: a workbook is a zip file too, and has a table of content types.
func archiveEntries(path string) (entries []returnFile, ok bool) {
	// a directory of so many bytes could take memory without end: size comes first, and onDisk tells what is wrong
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxReturn {
		return nil, false
	}
	r, err := zip.OpenReader(path)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, false
	}
	defer r.Close()
	if isDocument(&r.Reader) {
		return nil, false
	}
	reject := func(name, rule string, args ...any) {
		p := inspect.Reject(rule, inspect.Place{File: name}, args...)
		entries = append(entries, returnFile{Name: name, Read: func() ([]byte, error) { return nil, p }})
	}
	var total uint64
	for i, f := range r.File {
		name := path + "/" + legible(f)
		switch {
		case f.Mode().IsDir() || leftover(legible(f)):
		case len(entries) == maxArchiveEntries:
			reject(path, "intake.archive-many", "Max", maxArchiveEntries)
			return entries, true
		case f.Flags&1 != 0:
			reject(name, "intake.archive-encrypted")
		case f.UncompressedSize64 > maxReturn:
			reject(name, "intake.too-large", "MB", maxReturn>>20)
		case total+f.UncompressedSize64 > maxArchive:
			reject(name, "intake.archive-large", "MB", maxArchive>>20)
		default:
			total += f.UncompressedSize64
			entries = append(entries, returnFile{Name: name, Size: int64(f.UncompressedSize64), Read: func() ([]byte, error) { return readEntry(path, name, i) }})
		}
	}
	if len(entries) == 0 {
		reject(path, "intake.archive-empty")
	}
	return entries, true
}

// readEntry unpacks one entry in memory. The archive is opened anew for each, so that no number of
// archives holds files open.
func readEntry(path, name string, i int) ([]byte, error) {
	at := inspect.Place{File: name}
	r, err := zip.OpenReader(path)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) || i >= len(r.File) {
		return nil, inspect.Fail("campaign.read", err, "File", path)
	}
	defer r.Close()
	in, err := r.File[i].Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, inspect.Reject("intake.archive-method", at, "Method", int(r.File[i].Method))
	}
	if err != nil {
		return nil, inspect.Reject("intake.archive-damaged", at)
	}
	defer in.Close()
	data := make([]byte, r.File[i].UncompressedSize64) // at most maxReturn
	if _, err = io.ReadFull(in, data); err == nil {
		_, err = in.Read(make([]byte, 1)) // checks the sum, and that nothing follows
	}
	if err != io.EOF {
		return nil, inspect.Reject("intake.archive-damaged", at)
	}
	if zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil && !isDocument(zr) {
		return nil, inspect.Reject("intake.archive-nested", at)
	}
	return data, foreignArchive(name, data)
}

// foreignArchive names archives that cannot be looked into, and a zip file that was cut off. One
// that was cut off inside a workbook is left to whoever reads workbooks.
func foreignArchive(name string, data []byte) error {
	at := inspect.Place{File: name}
	for _, sign := range []string{"Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\x1f\x8b"} {
		if bytes.HasPrefix(data, []byte(sign)) {
			return inspect.Reject("intake.archive-kind", at)
		}
	}
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) || len(data) < 30 {
		return nil
	}
	first := string(data[30:min(len(data), 30+int(data[26])+int(data[27])<<8)])
	_, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err == nil || errors.Is(err, zip.ErrInsecurePath) || slices.ContainsFunc(documentParts, func(p string) bool { return strings.HasPrefix(first, p) }) {
		return nil
	}
	return inspect.Reject("intake.archive-damaged", at)
}

// documentParts begin the names of what office documents hold first, and no archive of returns.
var documentParts = []string{"[Content_Types].xml", "_rels/", "docProps/", "xl/", "word/", "ppt/", "mimetype"}

// isDocument tells an office document, of whatever kind, from an archive of files.
func isDocument(r *zip.Reader) bool {
	return slices.ContainsFunc(r.File, func(f *zip.File) bool {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		return strings.EqualFold(name, "[Content_Types].xml") || strings.EqualFold(name, "xl/workbook.xml") || name == "mimetype"
	})
}

// legible is an entry's name for messages. Names that are not marked as UTF-8 are GBK where
// Chinese Windows packed them; controls and marks that turn the line around are dropped.
func legible(f *zip.File) string {
	name := f.Name
	if f.NonUTF8 && !utf8.ValidString(name) {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			name = s
		}
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, name)
}

// leftover tells what nobody handed in: traces of file systems, of macOS and of open documents.
func leftover(name string) bool {
	if slices.Contains(strings.Split(name, "/"), "__MACOSX") {
		return true
	}
	base := strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") || base == "thumbs.db" || base == "desktop.ini"
}
