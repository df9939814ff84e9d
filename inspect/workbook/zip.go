package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// sortedZip writes a workbook's parts in the order of their names and without times, since
// excelize orders streamed sheets at random: the same content gives the same bytes.
type sortedZip struct {
	w     io.Writer
	parts map[string]*bytes.Buffer
}

// compressors are kept, since making one costs more than compressing a sheet. This library's takes about
// half the time of the standard one.
var compressors = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is wrong
	}
	return w
}}

func newSortedZip(w io.Writer) excelize.ZipWriter {
	return &sortedZip{w: w, parts: map[string]*bytes.Buffer{}}
}

func (z *sortedZip) Create(name string) (io.Writer, error) {
	z.parts[name] = &bytes.Buffer{}
	return z.parts[name], nil
}

func (z *sortedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

func (z *sortedZip) Close() error {
	zw := newZip(z.w)
	for _, name := range slices.Sorted(maps.Keys(z.parts)) {
		w, err := zw.Create(name)
		if err != nil {
			return err
		}
		if _, err := w.Write(z.parts[name].Bytes()); err != nil {
			return err
		}
	}
	return zw.Close()
}

// newZip is a writer of archives that takes its compressors from those that are kept.
func newZip(w io.Writer) *zip.Writer {
	zw := zip.NewWriter(w)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		deflate := compressors.Get().(*flate.Writer)
		deflate.Reset(w)
		return kept{deflate}, nil
	})
	return zw
}

type kept struct{ *flate.Writer }

func (k kept) Close() error {
	err := k.Writer.Close()
	compressors.Put(k.Writer)
	return err
}
