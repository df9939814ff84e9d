package ledger

import (
	"os"
	"runtime"
	"testing"
	"time"
)

const million = 1_000_000

// benchLog appends n entries in batches to a log in a real folder.
func benchLog(b *testing.B, n int64) *os.Root {
	signer, key := logKey()
	root := must(os.OpenRoot(b.TempDir()))
	store := NewDir(root)
	if err := Create(store, signer); err != nil {
		b.Fatal(err)
	}
	log := must(Open(store, key))
	e := Entry{Kind: VisitApproved, Time: time.Date(2027, 1, 1, 0, 0, 0, 0, cosignTime.Location()),
		Body: []byte(`{"by":"1f0a6d4c2f9a7a1d0d9c0c9e1f2ab7c85c1f0a6d4c2f9a7a1d0d9c0c9e1f2ab7","visits":3,"wave":1}`)}
	for e.Seq = 1; e.Seq <= n; e.Seq++ {
		e.Time = e.Time.Add(time.Second)
		if err := log.Append(must(e.Encode())); err != nil {
			b.Fatal(err)
		}
	}
	if err := log.Commit(signer); err != nil {
		b.Fatal(err)
	}
	return root
}

// heap reports the live heap, to show that it does not grow with the log.
func heap(b *testing.B) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MB")
	b.ReportMetric(float64(m.Sys)/(1<<20), "sys-MB")
}

func BenchmarkBuild1M(b *testing.B) {
	if testing.Short() {
		b.Skip("writes 180 MB")
	}
	b.ReportAllocs()
	for b.Loop() {
		benchLog(b, million).Close()
	}
	heap(b)
}

func BenchmarkVerify1M(b *testing.B) {
	if testing.Short() {
		b.Skip("writes 180 MB")
	}
	_, key := logKey()
	root := benchLog(b, million)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Verify(root.FS(), nil, key); err != nil {
			b.Fatal(err)
		}
	}
	heap(b)
}

func BenchmarkVerify10K(b *testing.B) {
	_, key := logKey()
	root := benchLog(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Verify(root.FS(), nil, key); err != nil {
			b.Fatal(err)
		}
	}
	heap(b)
}
