package frame

import (
	"bytes"
	"io"
	"testing"
)

// BenchmarkNationalLoad is from the embedded bytes to a checked frame.
func BenchmarkNationalLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := National(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNationalBuild is checking alone, from a CSV in memory, as an office imports it.
func BenchmarkNationalBuild(b *testing.B) {
	text := canonical(b, nation(b))
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Build(rowsOf(b, text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	f := nation(b)
	b.ReportAllocs()
	for b.Loop() {
		f.Digests()
	}
}

func BenchmarkFreeze(b *testing.B) {
	f := nation(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadFrozen is unpacking, checking and digesting a frozen national frame.
func BenchmarkReadFrozen(b *testing.B) {
	var file bytes.Buffer
	if err := nation(b).Write(&file); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ReportMetric(float64(file.Len()), "file-bytes")
	for b.Loop() {
		if _, _, err := Read("frame.csv.gz", bytes.NewReader(file.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
