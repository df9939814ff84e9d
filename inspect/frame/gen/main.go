// Command gen makes the embedded national frame from its two sources: the five-level division
// table (divisions-2023.csv.gz) and the census sizes (county-size-2020.csv). Run it from the top of
// the project, with the folder that holds them:
//
//	go run ./inspect/frame/gen FOLDER
//
// It serves whoever brings the frame up to a new year. It must never alter a name or a code, and
// writes nothing but inspect/frame/national.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./inspect/frame/gen FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], filepath.Join("inspect", "frame", "national")); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads the sources in one folder and writes the embedded files into another.
func run(from, to string) error {
	src, err := open(from)
	if err != nil {
		return err
	}
	n := convert(src)
	f, err := frame.Build(n.rows())
	if err != nil {
		return err
	}
	var counties bytes.Buffer
	if err := f.WriteTable(&counties, frame.Counties); err != nil {
		return err
	}
	for name, b := range map[string][]byte{
		"counties.csv.gz": pack(counties.Bytes()),
		"tree.gz":         pack(tree(f)),
		"areas.csv":       table(n.areas),
		"notes.csv":       table(n.notes),
		"counts.csv":      table(counts(f)),
	} {
		if err := os.WriteFile(filepath.Join(to, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// open reads both sources.
func open(dir string) (src source, err error) {
	file, err := os.Open(filepath.Join(dir, "divisions-2023.csv.gz"))
	if err != nil {
		return src, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return src, err
	}
	if src.divisions, err = readDivisions(z); err != nil {
		return src, err
	}
	sizes, err := os.Open(filepath.Join(dir, "county-size-2020.csv"))
	if err != nil {
		return src, err
	}
	defer sizes.Close()
	src.children, err = readChildren(sizes)
	return src, err
}

// readDivisions reads code,name,level,parent.
func readDivisions(r io.Reader) (out []division, err error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	for i, row := range rows[1:] {
		level, err := strconv.Atoi(row[2])
		if err != nil || level < 1 || level > 5 {
			return nil, fmt.Errorf("divisions line %d: malformed level %q", i+2, row[2])
		}
		out = append(out, division{row[0], row[1], level, row[3]})
	}
	return out, nil
}

// readChildren reads the number of children 0–14 per county code; rows without one are left out.
func readChildren(r io.Reader) (map[string]int64, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for i, row := range rows[1:] {
		if row[4] == "" {
			continue
		}
		n, err := strconv.ParseInt(row[4], 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("sizes line %d: malformed count %q", i+2, row[4])
		}
		out[row[0]] = n
	}
	return out, nil
}

// tree writes the townships and villages of a frame in the form NationalRows expands.
func tree(f *frame.Frame) []byte {
	var b bytes.Buffer
	for _, t := range f.Townships {
		fmt.Fprintf(&b, "%s %s", t.ID, t.Name)
		if t.County != t.ID[:6]+"000000" {
			b.WriteString("\t" + t.County)
		}
		b.WriteByte('\n')
		for _, v := range f.VillagesOf(t.ID) {
			b.WriteString(v.ID[9:] + v.Name + "\n")
		}
	}
	return b.Bytes()
}

func counts(f *frame.Frame) [][]string {
	out := [][]string{{"reporting_unit", "counties", "townships", "villages"}}
	_, units := f.Counts()
	for _, c := range units {
		out = append(out, []string{c.ReportingUnit, strconv.Itoa(c.Counties), strconv.Itoa(c.Townships), strconv.Itoa(c.Villages)})
	}
	return out
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a valid level; a buffer never fails
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func table(rows [][]string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.WriteAll(rows) // a buffer never fails
	return out.Bytes()
}

func note(kind inspect.Kind, id, name string, why frame.Reason, size int64, detail string) []string {
	n := ""
	if size > 0 {
		n = strconv.FormatInt(size, 10)
	}
	return []string{string(kind), id, name, string(why), n, detail}
}
