package workbook

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/richardlehane/mscfb"
)

// streamsOf reads every stream of a compound file by its path.
func streamsOf(t testing.TB, file []byte) map[string]string {
	t.Helper()
	doc, err := mscfb.New(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for entry, err := doc.Next(); err == nil; entry, err = doc.Next() {
		if entry.FileInfo().IsDir() {
			continue
		}
		data, err := io.ReadAll(entry)
		if err != nil {
			t.Fatalf("%s: %v", entry.Name, err)
		}
		out[strings.Join(append(entry.Path, entry.Name), "/")] = string(data)
	}
	return out
}

// What is put into a compound file is read from it, whatever the number and the length of its streams;
// above 7 MB the header has no room for the FAT.
func TestCompound(t *testing.T) {
	for _, sizes := range [][]int{{0}, {1}, {63, 64, 65}, {4095}, {4096}, {4097, 100}, {0, 1, 511, 512, 513, 4095, 4096, 70_000, 1, 2, 3}, {7_000_000}, {7_120_000}, {30_000_000, 9}} {
		want := map[string]string{}
		var root, inner []node
		for i, size := range sizes {
			data := bytes.Repeat([]byte{byte(i + 1), byte(size)}, size/2+1)[:size]
			n := node{name: fmt.Sprintf("%s%d", strings.Repeat("S", i%3), i), data: data}
			if root = append(root, n); size < 10_000 {
				inner = append(inner, n)
				want["Inner/Deeper/"+n.name] = string(data)
			}
			want[n.name] = string(data)
		}
		root = append(root, node{name: "Inner", children: []node{{name: "Deeper", children: append(inner, node{name: "X", data: []byte("x")})}}})
		want["Inner/Deeper/X"] = "x"
		file := writeCompound(root...)
		got := streamsOf(t, file)
		if len(got) != len(want) {
			t.Errorf("%v: %d streams of %d", sizes, len(got), len(want))
		}
		for name, data := range want {
			if got[name] != data {
				t.Errorf("%v: %s is read otherwise than it was written", sizes, name)
			}
		}
		checkSectors(t, file)
	}
}

// checkSectors holds a file against what [MS-CFB] demands and a reader may pass over: every sector is
// told of once, and every tree of siblings is in order and balanced.
func checkSectors(t *testing.T, file []byte) {
	t.Helper()
	if len(file)%sectorSize != 0 {
		t.Fatalf("the file ends within a sector: %d bytes", len(file))
	}
	at := func(sector uint32) []byte { return file[(int(sector)+1)*sectorSize:][:sectorSize] }
	word := func(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
	var fat, own []uint32
	list := file[76:512]
	for next, seen := word(file[68:], 0), 0; ; seen++ {
		for i := range len(list)/4 - min(seen, 1) {
			if s := word(list, i); s != none {
				for j := range perSector {
					fat = append(fat, word(at(s), j))
				}
				own = append(own, s)
			}
		}
		if next == endOfChain {
			if want := word(file[72:], 0); seen != int(want) {
				t.Errorf("%d sectors of the DIFAT, %d told", seen, want)
			}
			break
		}
		list = at(next)
		next = word(list, perDIFAT)
	}
	if len(fat) != int(word(file[44:], 0))*perSector {
		t.Errorf("the FAT has %d entries in %d sectors", len(fat), word(file[44:], 0))
	}
	for _, s := range own {
		if fat[s] != fatSector {
			t.Errorf("sector %d of the FAT is marked %x", s, fat[s])
		}
	}
	led := map[uint32]int{}
	for s, n := range fat {
		if s >= len(file)/sectorSize-1 && n != none {
			t.Errorf("sector %d is not there and marked %x", s, n)
		}
		if n < difatSector {
			led[n]++
		}
	}
	for s, n := range led {
		if n > 1 {
			t.Errorf("%d sectors lead to sector %d", n, s)
		}
	}
	var dir []byte
	for s := word(file[48:], 0); s != endOfChain; s = fat[s] {
		dir = append(dir, at(s)...)
	}
	checkTree(t, dir, word(dir[76:], 0))
}

// checkTree walks a tree of siblings and those below: names rise, no red entry is above a red one, and
// every way down passes as many black ones.
func checkTree(t *testing.T, dir []byte, top uint32) {
	t.Helper()
	last := ""
	var walk func(n uint32, above byte) int
	walk = func(n uint32, above byte) int {
		if n == none {
			return 0
		}
		e := dir[n*dirSize:][:dirSize]
		if e[67] == red && above == red {
			t.Errorf("entry %d is red below red", n)
		}
		left := walk(binary.LittleEndian.Uint32(e[68:]), e[67])
		size := binary.LittleEndian.Uint16(e[64:])
		if name := fmt.Sprintf("%02d%s", size, strings.ToUpper(string(e[:size-2]))); name <= last {
			t.Errorf("%q comes after %q", name, last)
		} else {
			last = name
		}
		if right := walk(binary.LittleEndian.Uint32(e[72:]), e[67]); left != right {
			t.Errorf("below entry %d are %d and %d black ones", n, left, right)
		}
		if below := binary.LittleEndian.Uint32(e[76:]); below != none {
			checkTree(t, dir, below)
		}
		return left + int(e[67])
	}
	if walk(top, red); top != none && dir[top*dirSize+67] != black {
		t.Errorf("entry %d, at a top, is red", top)
	}
}
