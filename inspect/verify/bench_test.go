package verify

import "testing"

// BenchmarkVerifyNational verifies a folder of the demonstration's shape: 32 reporting units, 192
// legs, a table of 2,880 counties and two hundred other files.
func BenchmarkVerifyNational(b *testing.B) { benchmarkFolder(b, national) }

// BenchmarkVerifyTiny is the folder that the tests flip byte by byte.
func BenchmarkVerifyTiny(b *testing.B) { benchmarkFolder(b, tiny) }

func benchmarkFolder(b *testing.B, s scale) {
	w := newWorld(b, s)
	folder := w.publish()
	size := int64(0)
	for _, f := range folder {
		size += int64(len(f.Data))
	}
	b.SetBytes(size)
	for b.Loop() {
		if r := judge(b, folder, Options{}); !r.Verified {
			b.Fatal(rules(r))
		}
	}
}
