package returns_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
)

// peakMax is what the command may ever hold for one file, in KiB.
const peakMax = 256 << 10

// swollen is the packet with parts of it grown to so many bytes by repeating a piece after a mark.
func swollen(t *testing.T, size int, grow map[string][2]string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/bad/00-libreoffice.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range zr.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		for prefix, g := range grow {
			if strings.HasPrefix(f.Name, prefix) {
				before, after, ok := strings.Cut(string(part), g[0])
				if !ok {
					t.Fatalf("%s has no %s", f.Name, g[0])
				}
				part = []byte(before + strings.Repeat(g[1], (size-len(part))/len(g[1])) + g[0] + after)
			}
		}
		e, err := w.Create(f.Name)
		if err == nil {
			_, err = e.Write(part)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// runWatched runs the command and returns what it printed and its peak memory in KiB. The peak is read
// while it runs: what the kernel tells afterwards counts this process too, from before the other began.
func runWatched(t *testing.T, cmd *exec.Cmd) (out []byte, peak int) {
	t.Helper()
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { cmd.Wait(); close(done) }()
	for {
		select {
		case <-done:
			return printed.Bytes(), peak
		case <-time.After(2 * time.Millisecond):
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid)); exe != cmd.Path {
				continue
			}
			if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
				fmt.Sscanf(after, "%d", &peak)
			}
		}
	}
}

// Whatever a file of a few kilobytes unpacks to, the command's memory stays within its bound.
func TestBombsInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command")
	}
	if slices.Contains(buildFlags, "-race") {
		t.Skip("the race detector takes several times the memory that is measured here")
	}
	exe, err := command()
	if err != nil {
		t.Fatal(err)
	}
	c := rehearsal.Fieldwork(t, 8)
	const most = 2<<20 - 1024 // of a part; the packet's caps leave it just in
	rows := strings.Repeat(`<c><v>1</v></c>`, 60)
	heavy := make([]byte, returns.MaxReturn)
	for i := range heavy {
		heavy[i] = byte(i * i >> 7)
	}
	for name, data := range map[string][]byte{
		"strings":       swollen(t, most, map[string][2]string{"xl/sharedStrings": {"</sst>", "<si><t>a</t></si>"}}),
		"styles":        swollen(t, most, map[string][2]string{"xl/styles": {"</cellXfs>", `<xf numFmtId="0"/>`}}),
		"fonts":         swollen(t, most, map[string][2]string{"xl/styles": {"</fonts>", `<font><b/></font>`}}),
		"names":         swollen(t, most, map[string][2]string{"xl/workbook.xml": {"</sheets>", `<sheet name="x" sheetId="9"/>`}}),
		"cells":         swollen(t, most, map[string][2]string{"xl/worksheets/sheet": {"</sheetData>", "<row>" + rows + "</row>"}}),
		"empty rows":    swollen(t, most, map[string][2]string{"xl/worksheets/sheet": {"</sheetData>", "<row/>"}}),
		"merges":        swollen(t, most, map[string][2]string{"xl/worksheets/sheet2": {"</mergeCells>", `<mergeCell ref="A1:B1"/>`}}),
		"types":         swollen(t, most, map[string][2]string{"[Content_Types]": {"</Types>", `<Override PartName="/a" ContentType="b"/>`}}),
		"all at once":   swollen(t, most, map[string][2]string{"xl/worksheets/sheet": {"</sheetData>", "<row>" + rows + "</row>"}, "xl/sharedStrings": {"</sst>", "<si><t>a</t></si>"}}),
		"a large blob":  heavy,
		"a large entry": packed(t, entry{"blob", heavy}),
		"entries":       packed(t, entry{"1", heavy}, entry{"2", heavy}, entry{"3", heavy}, entry{"4", heavy}, entry{"5", heavy}),
		"an OLE blob":   append([]byte{0xD0, 0xCF, 0x11, 0xE0}, heavy[4:]...),
		"form":          append([]byte(`{"schema":"zhicha-return/1","campaign":"winter-care-2023","wave":1,"packet":7,"key":"0"}`+"\n"), heavy[200:]...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bomb.xlsx")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := intakeCommand(t.Context(), exe, c.Dir, path)
			began := time.Now()
			out, peak := runWatched(t, cmd)
			t.Logf("%d KiB as it came, %d MiB at the peak, %s, status %d: %.150s", len(data)>>10, peak>>10, time.Since(began).Round(time.Millisecond), cmd.ProcessState.ExitCode(), out)
			if peak > peakMax {
				t.Errorf("%d MiB at the peak", peak>>10)
			}
			if s := cmd.ProcessState.ExitCode(); s != 0 && s != 5 {
				t.Errorf("status %d: %s", s, out)
			}
		})
	}
}
