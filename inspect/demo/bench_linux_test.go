package demo

import (
	"path/filepath"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"
)

// BenchmarkDemo measures a whole campaign: wall time, the most memory the process ever had
// resident (which the first iteration sets), and what the garbage collector had to do.
func BenchmarkDemo(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := Run(b.Context(), Options{Dir: filepath.Join(b.TempDir(), "c"), Seed: 1, Wall: time.Now}); err != nil {
			b.Fatal(err)
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(u.Maxrss)/1024, "peak-MB") // Linux counts in KiB
	gc := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(gc)
	b.ReportMetric(float64(gc[0].Value.Uint64())/float64(b.N), "gc/op")
}
