package inspect

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalJSON(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{map[string]any{"b": 1, "a": []any{}, "aa": map[string]any{}}, `{"a":[],"aa":{},"b":1}`},
		{[]any{nil, true, false, -7, "x"}, `[null,true,false,-7,"x"]`},
		{"<&>/\u2028\x7f\x01\b\t\n\f\r\"\\ 省", "\"<&>/\u2028\x7f\\u0001\\b\\t\\n\\f\\r\\\"\\\\ 省\""},
		{struct {
			Z int    `json:"z"`
			A string `json:"a,omitempty"`
			B []int  `json:"b"`
		}{Z: 1, B: []int{3, 2, 1}}, `{"b":[3,2,1],"z":1}`},
		{map[string]any{`a"b`: 1, "a": map[string]any{"d": []any{map[string]any{"y": 1, "x": 2}}, "c": 0}}, `{"a":{"c":0,"d":[{"x":2,"y":1}]},"a\"b":1}`},
		{map[string]any{"a\"": 1, "a#": 2, "a[": 3, "a\\": 4, "a]": 5}, `{"a\"":1,"a#":2,"a[":3,"a\\":4,"a]":5}`},
		{int64(1<<53 - 1), "9007199254740991"},
	} {
		got, err := CanonicalJSON(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v\nwant %s", got, err, c.want)
		}
	}
	for _, bad := range []any{0.5, 1 << 53, map[string]any{"省": 1}, []any{1e30}, math.Inf(1)} {
		if got, err := CanonicalJSON(bad); err == nil {
			t.Errorf("%v was encoded as %s", bad, got)
		}
	}
}

// TestCanonicalLaws: what is canonical decodes to what went in, and is canonical again.
func TestCanonicalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := tree(t, 4)
		once, err := CanonicalJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		var back any
		d := json.NewDecoder(bytes.NewReader(once))
		d.UseNumber()
		if err := d.Decode(&back); err != nil {
			t.Fatal(err)
		}
		twice, err := CanonicalJSON(back)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("got %s and %s, %v", once, twice, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, once); err != nil || !bytes.Equal(compact.Bytes(), once) {
			t.Fatalf("%s holds white space", once)
		}
	})
}

func tree(t *rapid.T, depth int) any {
	switch rapid.IntRange(0, 5).Draw(t, "sort") {
	case 0:
		return rapid.Bool().Draw(t, "bool")
	case 1:
		return rapid.Int64Range(-(1<<53-1), 1<<53-1).Draw(t, "integer")
	case 2:
		return nil
	case 3, 4:
		if depth > 0 && rapid.Bool().Draw(t, "list") {
			list := []any{}
			for range rapid.IntRange(0, 3).Draw(t, "length") {
				list = append(list, tree(t, depth-1))
			}
			return list
		}
		if depth > 0 {
			object := map[string]any{}
			for range rapid.IntRange(0, 4).Draw(t, "size") {
				object[rapid.StringMatching(`[ -~]{0,4}`).Draw(t, "key")] = tree(t, depth-1)
			}
			return object
		}
	}
	return rapid.String().Draw(t, "text")
}
