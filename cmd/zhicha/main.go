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
	"runtime/debug"
	"time"
)

func main() {
	// garbage is collected early: pages that were touched before cost less than fresh ones
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &app{
		ctx:    ctx,
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		now:    time.Now,
		rand:   rand.Reader,
		getenv: os.Getenv,
	}
	return a.main(os.Args[1:])
}
