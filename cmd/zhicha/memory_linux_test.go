package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// peakMax is what the command may ever hold for one file, in KiB.
const peakMax = 256 << 10

// peakOf runs the command and returns its peak memory in KiB. It is read while the command runs: what the
// kernel tells afterwards counts this process too, from before the other began.
func peakOf(t *testing.T, args ...string) (peak int) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command("zhicha", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	check(t, cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("zhicha %q: %v\n%s", args, err, out.Bytes())
			}
			return peak
		case <-time.After(2 * time.Millisecond):
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			if _, after, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
				fmt.Sscanf(string(after), "%d", &peak)
			}
		}
	}
}

// raced reports whether the tests, and the command with them, were built with the race detector.
func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// However the nation's table comes, the command's memory stays within its bound, and the frame is the same.
func TestNationInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it imports the nation five times")
	}
	if raced() {
		t.Skip("the race detector takes several times the memory that is measured here")
	}
	t.Setenv("GOGC", "") // an office's own setting is its own to answer for
	t.Setenv("GOMEMLIMIT", "")
	tmp := t.TempDir()
	dir := filepath.Join(tmp, "c")
	kept := filepath.Join(dir, "frame.csv.gz")
	zhicha(t, "init", "--demo", dir)
	zhicha(t, "--dir", dir, "person", "new", "draw-1", "--role", "drawer")
	imported := func(what string, args ...string) []byte {
		peak := peakOf(t, append([]string{"--dir", dir, "frame", "import", "--as", "draw-1"}, args...)...)
		if t.Logf("%s: %d MiB at the peak", what, peak>>10); peak == 0 || peak > peakMax {
			t.Errorf("%s: %d MiB at the peak", what, peak>>10)
		}
		data, err := os.ReadFile(kept)
		check(t, err)
		return data
	}
	want := imported("embedded", "--national")

	z, err := gzip.NewReader(bytes.NewReader(want))
	check(t, err)
	text, err := io.ReadAll(z)
	check(t, err)
	table := filepath.Join(tmp, "table")
	for what, data := range map[string][]byte{
		"CSV":    text,
		"packed": want,
		"quoted": bytes.Replace(text, []byte("kind"), []byte(`"kind"`), 1),
	} {
		check(t, os.WriteFile(table, data, 0o600))
		if !bytes.Equal(imported(what, table), want) {
			t.Errorf("%s: another frame", what)
		}
	}
	// two of its names have a character that GBK leaves to everybody's own use
	own := bytes.Map(func(r rune) rune {
		if 0xe000 <= r && r <= 0xf8ff {
			return '某'
		}
		return r
	}, text)
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(own)
	check(t, err)
	check(t, os.WriteFile(table, gbk, 0o600))
	imported("GBK", table)
}
