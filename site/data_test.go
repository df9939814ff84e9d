package site

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
)

func file(t *testing.T, files []File, path string) []byte {
	t.Helper()
	for _, f := range files {
		if f.Path == path {
			return f.Data
		}
	}
	t.Fatalf("no file %q", path)
	return nil
}

// CSV and JSON of a table hold the same rows, and the data package describes both truly.
func TestDataTwins(t *testing.T) {
	files := build(t, sample())
	var pkg struct {
		Demo      bool
		Resources []resource
	}
	if err := json.Unmarshal(file(t, files, "data/datapackage.json"), &pkg); err != nil {
		t.Fatal(err)
	}
	if !pkg.Demo || len(pkg.Resources) != 14 {
		t.Errorf("demo %v, %d resources", pkg.Demo, len(pkg.Resources))
	}
	for _, r := range pkg.Resources {
		data := file(t, files, "data/"+r.Path)
		if r.Bytes != len(data) || r.Hash != "sha256:"+inspect.DigestOf(data).String() {
			t.Errorf("%s: size or hash", r.Path)
		}
		if r.Format != "csv" {
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var twin []map[string]any
		d := json.NewDecoder(bytes.NewReader(file(t, files, "data/"+strings.TrimSuffix(r.Path, "csv")+"json")))
		d.UseNumber()
		if err := d.Decode(&twin); err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(twin)+1 || len(rows[0]) != len(r.Schema.Fields) {
			t.Fatalf("%s: %d rows, its twin %d", r.Path, len(rows), len(twin))
		}
		for i, row := range rows[1:] {
			for j, cell := range row {
				want := ""
				if v := twin[i][rows[0][j]]; v != nil {
					want = fmt.Sprint(v)
				}
				if cell != want && !sameNumber(cell, want) {
					t.Fatalf("%s row %d: %q, its twin %q", r.Path, i, cell, want)
				}
			}
		}
	}
}

func sameNumber(a, b string) bool {
	var x, y float64
	_, err1 := fmt.Sscan(a, &x)
	_, err2 := fmt.Sscan(b, &y)
	return err1 == nil && err2 == nil && x == y
}

func TestChecksumsAndManifest(t *testing.T) {
	files := build(t, sample())
	var want bytes.Buffer
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.Path, "data/"); ok && name != "checksums.txt" && name != "index.html" {
			fmt.Fprintf(&want, "%s  %s\n", inspect.DigestOf(f.Data), name)
		}
	}
	if got := file(t, files, "data/checksums.txt"); !bytes.Equal(got, want.Bytes()) || !bytes.Contains(got, []byte("tables.xlsx")) {
		t.Errorf("checksums\n%s\nwant\n%s", got, want.Bytes())
	}
	var m Manifest
	if err := json.Unmarshal(file(t, files, ManifestFile), &m); err != nil || len(m.Files) != len(files)-1 || !m.Demo {
		t.Errorf("manifest: %v, %d of %d files", err, len(m.Files), len(files))
	}
}

// A hidden count leaves no number behind, and a formula none that a spreadsheet would run.
func TestHiddenAndDisarmed(t *testing.T) {
	p := sample()
	p.Findings = p.Findings[:1]
	p.Findings[0].N, p.Findings[0].Hidden = 7, true
	p.Regions[0].NameZh = "=1+1"
	files := build(t, p)
	if !bytes.Contains(file(t, files, "data/findings.csv"), []byte("CN,problem,S4,,true\n")) ||
		!bytes.Contains(file(t, files, "data/findings.json"), []byte(`"severity":"S4","n":null,"hidden":true}`)) {
		t.Error("a hidden count shows")
	}
	if got := textOf(in(pageOf(t, files, "index.html"), "table.narrow tbody td")[0]); got != "不公布" {
		t.Errorf("the page shows %q", got)
	}
	if !bytes.Contains(file(t, files, "data/regions.csv"), []byte("\n11,'=1+1,")) {
		t.Error("a formula stands in the CSV")
	}
}

func TestFeedAndSiteMap(t *testing.T) {
	p := sample()
	files, err := Build(p, Options{Base: "https://www.example.test/column/"})
	if err != nil {
		t.Fatal(err)
	}
	var feed struct {
		Title string `xml:"title"`
		Entry []struct {
			ID   string `xml:"id"`
			Link struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Updated string `xml:"updated"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(file(t, files, "feeds/all.atom"), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entry) != p.Campaign.FeedMax || !strings.Contains(feed.Title, "演示数据") {
		t.Errorf("%d entries under %q", len(feed.Entry), feed.Title)
	}
	for _, e := range feed.Entry {
		path, ok := strings.CutPrefix(e.Link.Href, "https://www.example.test/column/")
		if !ok || !strings.HasPrefix(e.ID, "urn:uuid:") || e.Updated != "2023-01-30T00:00:00+08:00" {
			t.Errorf("entry %+v", e)
		}
		file(t, files, path)
	}
	var places struct {
		URL []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(file(t, files, "sitemap.xml"), &places); err != nil {
		t.Fatal(err)
	}
	var listed, pages []string
	for _, u := range places.URL {
		listed = append(listed, strings.TrimPrefix(u.Loc, "https://www.example.test/column/"))
	}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".html") && f.Path != "404.html" {
			pages = append(pages, f.Path)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(listed, pages) {
		t.Errorf("site map lists %d pages of %d", len(listed), len(pages))
	}
}
