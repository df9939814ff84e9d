package site

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"zhicha/inspect"
)

// replant changes one file and mends the manifest, so that only the planted fault remains.
func replant(t *testing.T, files []File, path string, change func([]byte) []byte) []File {
	t.Helper()
	out := slices.Clone(files)
	var m Manifest
	for _, f := range out {
		if f.Path == ManifestFile {
			if err := json.Unmarshal(f.Data, &m); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, f := range out {
		if f.Path == path {
			out[i].Data = change(f.Data)
			if bytes.Equal(out[i].Data, f.Data) {
				t.Fatalf("%s was not changed", path)
			}
			m.Files[path] = inspect.DigestOf(out[i].Data)
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range out {
		if f.Path == ManifestFile {
			out[i].Data = data
		}
	}
	return out
}

func TestCheckFindsFaults(t *testing.T) {
	p := sample()
	p.Items = p.Items[:1] // fewer pages, so that checking them often is quick
	for i := range p.Regions {
		p.Regions[i].Items = nil
	}
	files := build(t, p)
	before := func(mark, text string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(mark), []byte(text+mark), 1) }
	}
	remove := func(mark string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(mark), nil, 1) }
	}
	noise := make([]byte, 20<<10)
	for i, r := 0, rand.New(rand.NewPCG(1, 1)); i < len(noise); i++ {
		noise[i] = byte('a' + r.IntN(26))
	}
	const main = `<main id="main">`
	for _, c := range []struct {
		rule, path string
		change     func([]byte) []byte
	}{
		{"site.link", "index.html", before(main, `<a href="gone.html">x</a>`)},
		{"site.link", "regions/11.html", before(main, `<a href="regions/12.html">x</a>`)},
		{"site.link", "index.html", before(main, `<a href="/index.html">x</a>`)},
		{"site.anchor", "index.html", before(main, `<a href="methods/1.html#gone">x</a>`)},
		{"site.anchor", "index.html", before(main, `<a href="#gone">x</a>`)},
		{"site.inline", "index.html", before(main, `<p style="color:red">x</p>`)},
		{"site.inline", "index.html", before(main, `<p onclick="x()">x</p>`)},
		{"site.inline", "index.html", before(main, `<style>p{}</style>`)},
		{"site.inline", "index.html", before(main, `<script>x()</script>`)},
		{"site.external", "index.html", before(main, `<img src="https://example.test/x.png">`)},
		{"site.external", "index.html", before(main, `<a href="http://example.test/">x</a>`)},
		{"site.external", "index.html", before(main, `<a href="javascript:x()">x</a>`)},
		{"site.external", "index.html", before(main, `<img src="data:image/png;base64,AA">`)},
		{"site.id", "index.html", before(main, `<p id="main">x</p>`)},
		{"site.requests", "verify.html", before(main, `<img src="icon.svg?2" alt="">`)},
		{"site.demo", "verify.html", remove(`<strong>演示数据</strong>`)},
		{"site.policy", "verify.html", remove(`default-src 'none'; `)},
		{"site.weight", "regions/44.html", before(main, string(noise))},
		{"site.weight", "site.css", before("*{", "/*"+string(noise)+"*/")},
	} {
		ps := Check(replant(t, files, c.path, c.change))
		if len(ps) != 1 || ps[0].Rule != c.rule || ps[0].File != c.path {
			t.Errorf("want %s in %s, got %v", c.rule, c.path, []*inspect.Problem(ps))
		}
	}
}

func TestCheckManifest(t *testing.T) {
	files := build(t, sample())
	altered := slices.Clone(files)
	for i, f := range altered {
		if f.Path == "data/regions.csv" {
			altered[i].Data = append(bytes.Clone(f.Data), '\n')
		}
	}
	extra := append(slices.Clone(files), File{"extra.txt", nil})
	gone := slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Path == "feeds/all.atom" })
	none := slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Path == ManifestFile })
	for name, c := range map[string][]File{"data/regions.csv": altered, "extra.txt": extra, "feeds/all.atom": gone, ManifestFile: none} {
		ps := Check(c)
		if !slices.ContainsFunc(ps, func(p *inspect.Problem) bool { return p.Rule == "site.manifest" && p.File == name }) {
			t.Errorf("%s: %v", name, ps)
		}
	}
}
