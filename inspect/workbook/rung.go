package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"zhicha/inspect"
)

// padPart is the part that is stored with as much white space behind its last tag as a workbook
// lacks in length; XML allows that and every programme skips it.
const padPart = "docProps/app.xml"

// WriteRung writes what one rung of a packet tells, as a workbook of size bytes closed with password:
// where to and when, the county, and at last the forms themselves (WritePacket). It asks for the
// password when it is opened in Excel, WPS or LibreOffice, and a file that was altered is told on the way
// back (encrypt.go). Where the workbook is larger than size it grows in whole steps of growth bytes. The
// closed file is a little longer than size, by the same for all. rand gives the file's own keys.
func WriteRung(rand io.Reader, w io.Writer, p Packet, r inspect.Rung, password string, size int) error {
	plain, err := RungWorkbook(p, r)
	if err != nil {
		return err
	}
	for size < len(plain)+padMin {
		size += growth
	}
	if plain, err = pad(plain, size); err != nil {
		return fmt.Errorf("packet %d, %s: %w", p.Leg.No, r, err)
	}
	closed, err := encrypt(rand, plain, password)
	if err != nil {
		return fmt.Errorf("packet %d, %s: %w", p.Leg.No, r, err)
	}
	_, err = w.Write(closed)
	return err
}

const (
	growth = 32 << 10
	padMin = 4 << 10 // storing padPart instead of compressing it takes less than this
)

// RungSize is a size for WriteRung that any packet of a wave fits, given the largest one.
func RungSize(largest Packet, r inspect.Rung) (int, error) {
	plain, err := RungWorkbook(largest, r)
	// real names do not repeat as those of an imagined packet do, and so compress less well
	return (len(plain)*5/4/growth + 1) * growth, err
}

// RungWorkbook is the workbook of a rung, open and not padded.
func RungWorkbook(p Packet, r inspect.Rung) ([]byte, error) {
	var out bytes.Buffer
	if r == inspect.RungVillage {
		err := WritePacket(&out, p)
		return out.Bytes(), err
	}
	b, err := newBook()
	if err != nil {
		return nil, fmt.Errorf("packet %d: %w", p.Leg.No, err)
	}
	defer b.f.Close()
	writeNotice(b, &p, r)
	if err := b.write(&out); err != nil {
		return nil, fmt.Errorf("packet %d, %s: %w", p.Leg.No, r, err)
	}
	return out.Bytes(), nil
}

// writeNotice is the one sheet of an outer rung: what may be known now, and what comes next.
func writeNotice(b *book, p *Packet, r inspect.Rung) {
	s := writeHead(b, p, RungFileName(p.Leg.No, r))
	writePair(s, "被检查地区", p.Region.NameZh)
	next := "出发时请来电领取县级启封码，打开 " + RungFileName(p.Leg.No, inspect.RungCounty)
	if r == inspect.RungCounty {
		county := ""
		if len(p.Visits) > 0 {
			county = p.Visits[0].Places.County
		}
		writePair(s, "被检查县（市、区）", county)
		next = "到达该县后请来电领取村级启封码，打开 " + RungFileName(p.Leg.No, inspect.RungVillage)
	}
	writePair(s, "下一步", next+"。启封码只输入数字，不输入空格。")
}

// RungFileName is the name of a rung's workbook: the packet's number, and the rung's, counted from
// the outside.
func RungFileName(packet int, r inspect.Rung) string {
	return fmt.Sprintf("P-%03d-%d.xlsx", packet, slices.Index(inspect.Rungs, r)+1)
}

// pad makes a workbook exactly size bytes long.
func pad(data []byte, size int) ([]byte, error) {
	bare, err := stored(data, 0)
	if err != nil {
		return nil, err
	}
	return stored(bare, size-len(bare))
}

// stored copies a workbook, its padPart stored with that many spaces behind it.
func stored(data []byte, spaces int) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	var padded *zip.File
	for _, f := range r.File {
		if f.Name == padPart {
			padded = f
		} else if err := w.Copy(f); err != nil {
			return nil, err
		}
	}
	if padded == nil || spaces < 0 {
		return nil, errors.New("no room for padding")
	}
	src, err := padded.Open()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	part, err := w.CreateHeader(&zip.FileHeader{Name: padPart, Method: zip.Store})
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(part, io.MultiReader(src, strings.NewReader(strings.Repeat(" ", spaces)))); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
