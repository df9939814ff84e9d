// Command zhicha runs unannounced spot checks from the drawing of lots to the published report.
//
// Results go to standard output, all else to standard error. It ends with 0 when it did what it
// was asked, 1 when something failed, 2 for wrong usage, 3 when a proof does not hold, 4 when a
// rule refuses, and 5 when input is rejected.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	os.Exit(run())
}

// tuned reports whether nobody else has set how garbage is collected.
func tuned() bool { return os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" }

// workbooks tunes the collection of garbage for a command that makes or reads hundreds of them: less
// often, which saves a third of the time, under a limit that keeps memory where it would have been. No
// command has a limit without need: near one, a command whose data live would collect without end.
func workbooks() {
	if tuned() {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(260 << 20)
	}
}

// tables tunes it for the import of a frame. At its peak the table of a nation lives twice, 130 MB, as it was
// read and as it is kept: collected only when that has doubled, it would take twice the memory that is
// needed. The limit is above what lives, and text is cheap to collect. A workbook's reader sets aside twice
// what a sheet has and never touches half of it, which the limit counts nevertheless.
func tables(files []string) {
	limit := int64(160 << 20)
	if slices.ContainsFunc(files, func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".xlsx") }) {
		limit = 220 << 20
	}
	if tuned() {
		debug.SetMemoryLimit(limit)
	}
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &app{
		ctx:     ctx,
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		now:     time.Now,
		rand:    rand.Reader,
		getenv:  os.Getenv,
		environ: os.Environ(),
	}
	return a.main(os.Args[1:])
}
