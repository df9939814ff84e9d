package site

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	a, b, m := File{"a/b.html", []byte("1")}, File{"c.css", []byte("2")}, File{ManifestFile, []byte("{}")}
	write := func(want Stats, files ...File) {
		t.Helper()
		if got, err := Write(dir, files); err != nil || got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
		back, err := ReadDir(dir)
		if err != nil || len(back) != len(files) {
			t.Fatalf("%d files on disk, %v", len(back), err)
		}
	}
	stamp := func(path string) os.FileInfo {
		t.Helper()
		i, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	write(Stats{Written: 3}, a, b, m)
	whole, first := stamp("."), stamp("a/b.html")
	write(Stats{Unchanged: 3}, a, b, m)
	if !os.SameFile(whole, stamp(".")) {
		t.Error("nothing changed, yet the folder was swapped")
	}
	if err := os.MkdirAll(dir+".next/rubbish", 0o755); err != nil { // left by a build that died
		t.Fatal(err)
	}
	b.Data = []byte("3")
	write(Stats{Written: 1, Unchanged: 2}, a, b, m)
	if !os.SameFile(first, stamp("a/b.html")) {
		t.Error("an unchanged file was written again")
	}
	write(Stats{Unchanged: 2, Removed: 1}, b, m)
	for _, left := range []string{dir + ".next", dir + ".old"} {
		if _, err := os.Stat(left); err == nil {
			t.Errorf("%s was left behind", left)
		}
	}
}

// Somebody else's folder is not touched, and no path leads out of ours.
func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.docx"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, []File{{ManifestFile, []byte("{}")}}); inspect.ExitStatus(err) != int(inspect.Refused) {
		t.Errorf("foreign folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "thesis.docx")); err != nil {
		t.Error("the foreign file is gone")
	}
	out := filepath.Join(dir, "public")
	if _, err := Write(out, []File{{"../evil", nil}}); err == nil {
		t.Error("a path led out of the folder")
	}
	if _, err := os.Stat(filepath.Join(dir, "evil")); err == nil {
		t.Error("the file outside was written")
	}
}

func TestHandler(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	if _, err := Write(dir, build(t, sample())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(Handler(dir))
	defer srv.Close()
	get := func(path string) (*http.Response, string) {
		t.Helper()
		r, err := srv.Client().Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(body)
	}
	for path, media := range map[string]string{"/": "text/html; charset=utf-8", "/regions": "text/html; charset=utf-8", "/site.css": "text/css; charset=utf-8",
		"/data/regions.csv": "text/csv; charset=utf-8", "/feeds/all.atom": "application/atom+xml", "/icon.svg": "image/svg+xml"} {
		if r, _ := get(path); r.StatusCode != 200 || r.Header.Get("Content-Type") != media || r.Header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/gone.html", "/..%2fsecret", "/%2e%2e/secret", "/data/"} {
		want := http.StatusNotFound
		if path == "/data/" {
			want = http.StatusOK
		}
		if r, body := get(path); r.StatusCode != want || strings.HasPrefix(body, "x") {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	if _, body := get("/a/b/gone"); !strings.Contains(body, `href="../../site.css"`) || !strings.Contains(body, `href="#main"`) || !strings.Contains(body, `href="tel:110"`) {
		t.Error("the links of the missing page do not fit its depth")
	}
	r, err := srv.Client().Post(srv.URL+"/", "text/plain", nil)
	if err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v %v", r, err)
	}
}

func TestServeEnds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, t.TempDir()) }()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("still serving")
	}
}
