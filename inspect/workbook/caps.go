package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html/charset"

	"zhicha/inspect"
)

// Caps on a form, beyond those on any workbook. What is read of it becomes up to a hundred times as
// large in memory, where elements are small, so they are counted. The form of a packet of 12 visits
// has 29,000 in its sheets and 1,300 elsewhere; a text shared by cells is another three.
const (
	formMax    = 8 << 20 // bytes of XML unpacked
	sheetTags  = 500_000 // tags of all sheets
	sharedTags = 200_000 // tags of the shared texts
	bookTags   = 2_000   // tags of the list of sheets, and of that of their parts
	otherTags  = 20_000  // tags of any other part
	sheetsMax  = 200
)

const (
	sheetsFolder = "xl/worksheets/"
	sharedPart   = "xl/sharedStrings.xml"
	rootRels     = "_rels/.rels"
	bookPart     = "xl/workbook.xml"
	bookRels     = "xl/_rels/workbook.xml.rels"
)

var errBook = errors.New("the workbook's parts do not stand where they should")

// openForm opens a workbook that people filled in, under the caps of a form.
func openForm(name string, data []byte) (*excelize.File, error) {
	at := inspect.Place{File: name}
	if err := checkContainer(at, data, returnPart); err != nil {
		return nil, err
	}
	data, err := checkForm(at, data)
	if err != nil {
		return nil, err
	}
	f, err := open(name, data, returnPart)
	if err != nil {
		return nil, err
	}
	tags := 0
	f.Pkg.Range(func(name, part any) bool {
		if b, ok := part.([]byte); ok && strings.HasPrefix(name.(string), sheetsFolder) {
			tags += bytes.Count(b, []byte("<"))
		}
		return true
	})
	switch {
	case f.SheetCount > sheetsMax:
		err = inspect.Reject("workbook.sheets", at, "N", f.SheetCount, "Max", sheetsMax)
	case tags > sheetTags:
		err = inspect.Reject("workbook.too-large", at, "MB", formMax>>20)
	default:
		return f, nil
	}
	f.Close()
	return nil, err
}

// checkForm holds what is read when a workbook is opened, which is all but its sheets, against the
// caps, before it is read. It returns the workbook without the pictures people put in, which would
// be held in memory several times.
func checkForm(at inspect.Place, data []byte) ([]byte, error) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, damaged(at, err)
	}
	total := uint64(0)
	var kept []*zip.File
	for _, part := range zr.File {
		name, limit := strings.ReplaceAll(part.Name, `\`, "/"), otherTags
		switch {
		case strings.HasPrefix(name, sheetsFolder):
			if total += part.UncompressedSize64; total > formMax {
				return nil, inspect.Reject("workbook.too-large", at, "MB", formMax>>20)
			}
			kept = append(kept, part)
			continue
		case name == bookPart || name == bookRels:
			limit = bookTags
		case strings.EqualFold(name, sharedPart):
			limit = sharedTags
		}
		text, err := readText(part)
		if err != nil {
			return nil, damaged(at, err)
		}
		if text == nil {
			continue
		}
		kept = append(kept, part)
		if total += uint64(len(text)); total > formMax || bytes.Count(text, []byte("<")) > limit {
			return nil, inspect.Reject("workbook.too-large", at, "MB", formMax>>20)
		}
		if name == rootRels { // else a sheet's part could pass for the workbook's
			for _, r := range relationships(text) {
				if strings.HasSuffix(r.Type, "/officeDocument") && strings.TrimPrefix(r.Target, "/") != bookPart {
					return nil, damaged(at, errBook)
				}
			}
		}
	}
	if len(kept) == len(zr.File) {
		return data, nil
	}
	var lean bytes.Buffer
	zw := zip.NewWriter(&lean)
	for _, part := range kept {
		if err := zw.Copy(part); err != nil {
			return nil, damaged(at, err)
		}
	}
	if err := zw.Close(); err != nil {
		return nil, damaged(at, err)
	}
	return lean.Bytes(), nil
}

// readText reads a part up to the cap and a little more; of one that cannot be XML, such as a
// picture, nothing.
func readText(part *zip.File) ([]byte, error) {
	r, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, 512); err != nil && err != io.EOF {
		return nil, err
	}
	head := b.Bytes()
	for len(head) > 0 && !utf8.RuneStart(head[len(head)-1]) { // the last character may be cut
		head = head[:len(head)-1]
	}
	if !bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("<")) && !utf8.Valid(head[:max(len(head)-1, 0)]) {
		return nil, nil
	}
	_, err = io.Copy(&b, io.LimitReader(r, formMax))
	return b.Bytes(), err
}

type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:",attr"`
	Target string `xml:",attr"`
}

func relationships(part []byte) []relationship {
	var rels struct {
		Relationship []relationship
	}
	decoder(part).Decode(&rels) // a malformed one is reported when the workbook is opened
	return rels.Relationship
}

func decoder(part []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(part))
	d.CharsetReader = charset.NewReaderLabel
	return d
}

// sharing reports whether two sheets share a part: a small file could hold a large sheet hundreds
// of times.
func sharing(parts map[string][]byte) bool {
	taken := map[*byte]bool{}
	for _, part := range parts {
		at := unsafe.SliceData(part)
		if part != nil && taken[at] {
			return true
		}
		taken[at] = true
	}
	return false
}

// formulas returns the formulas of a sheet by cell; packets have none. It reads the XML by itself:
// excelize, asked for a cell's formula, lays the whole sheet out in memory, with every cell that an
// empty row or a cell far out implies.
func formulas(sheet []byte) map[string]string {
	if !bytes.Contains(sheet, []byte("<f>")) && !bytes.Contains(sheet, []byte("<f ")) && !bytes.Contains(sheet, []byte(":f>")) && !bytes.Contains(sheet, []byte(":f ")) {
		return nil
	}
	out, shared := map[string]string{}, map[string]string{}
	d := decoder(sheet)
	row, column := 0, 0
	for {
		token, err := d.Token()
		if err != nil {
			return out // what cannot be read is reported by scan
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "row":
			row, column = row+1, 0
			if r, err := strconv.Atoi(attr(e, "r")); err == nil {
				row = r
			}
		case "c":
			column++
			if c, r, err := excelize.CellNameToCoordinates(attr(e, "r")); err == nil {
				column, row = c, r
			}
		case "f":
			var formula struct {
				Text string `xml:",chardata"`
			}
			d.DecodeElement(&formula, &e)
			index := attr(e, "si")
			if formula.Text == "" { // one that is shared stands in the first of its cells
				formula.Text = shared[index]
			} else if index != "" {
				shared[index] = formula.Text
			}
			if formula.Text != "" {
				out[cellName(column, row)] = formula.Text
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
