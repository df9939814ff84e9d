package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zhicha/inspect"
)

// Computed by hand from FORMAT.md: two rows, out of order.
func TestRootOfTwo(t *testing.T) {
	salt := Salt{1}
	leaf := func(i string, cells ...string) []byte {
		mac := hmac.New(sha256.New, salt[:])
		mac.Write(inspect.LP("row", i))
		h := sha256.Sum256(append([]byte{0}, inspect.LP(append([]string{"zhicha/1 row", string(mac.Sum(nil))}, cells...)...)...))
		return h[:]
	}
	want := sha256.Sum256(slices.Concat([]byte{1}, leaf("0", "a", "1"), leaf("1", "b", "2")))
	if got := Root(salt, [][]string{{"b", "2"}, {"a", "1"}}); got != inspect.Digest(want) {
		t.Errorf("root %s, want %s", got, hex.EncodeToString(want[:]))
	}
	if Root(salt, nil) != inspect.DigestOf(nil) {
		t.Error("the root of nothing is something")
	}
}

// Whatever is changed, dropped, doubled or moved between cells shows; order never does.
func TestRootShowsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringN(0, 3, -1)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 3), 1, 9).Draw(t, "rows")
		salt := Salt{byte(rapid.IntRange(0, 255).Draw(t, "salt"))}
		root := Root(salt, rows)
		if Root(salt, rapid.Permutation(rows).Draw(t, "order")) != root {
			t.Fatal("order shows")
		}
		i := rapid.IntRange(0, len(rows)-1).Draw(t, "row")
		changed := func(what string, f func([][]string) [][]string) {
			copied := make([][]string, len(rows))
			for k := range rows {
				copied[k] = slices.Clone(rows[k])
			}
			if Root(salt, f(copied)) == root {
				t.Fatal(what, " does not show")
			}
		}
		changed("a cell", func(r [][]string) [][]string { r[i][1] += "x"; return r })
		changed("a row dropped", func(r [][]string) [][]string { return slices.Delete(r, i, i+1) })
		changed("a row doubled", func(r [][]string) [][]string { return append(r, r[i]) })
		changed("cells joined", func(r [][]string) [][]string { r[i] = append([]string{r[i][0] + r[i][1]}, r[i][2:]...); return r })
		other := salt
		other[31]++
		if Root(other, rows) == root {
			t.Fatal("another salt does not show")
		}
	})
}

func BenchmarkRoot(b *testing.B) {
	var rows [][]string
	for i := range 2544 {
		rows = append(rows, []string{fmt.Sprint(i), "scored", inspect.DigestOf([]byte{byte(i)}).String(), "A"})
	}
	for b.Loop() {
		Root(Salt{}, rows)
	}
}
