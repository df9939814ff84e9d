package site

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"time"
)

// types are the media types of the site's files, fixed here because those of the machine differ.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".csv": "text/csv; charset=utf-8", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
	".atom": "application/atom+xml", ".xml": "application/xml",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// policy is the content security policy of every page; layout.html carries it as a meta tag.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; form-action 'self'"

// Handler serves the folder for a preview. It opens dir anew for every request, so that a rebuilt
// site shows at once, and never leaves it.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if strings.HasSuffix(r.URL.Path, "/") {
			name = path.Join(name, "index.html")
		}
		f, info, err := open(dir, name)
		switch {
		case err != nil:
			missing(w, r, dir)
			return
		case info.IsDir():
			http.Redirect(w, r, path.Base(r.URL.Path)+"/", http.StatusMovedPermanently)
		default:
			h.Set("Content-Type", contentType(name))
			http.ServeContent(w, r, name, info.ModTime(), f)
		}
		_ = f.Close() // only read
	})
}

func open(dir, name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenInRoot(dir, name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

func contentType(name string) string {
	if t, ok := types[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

// local finds the relative links of a page.
var local = regexp.MustCompile(`(href|src)="([^":#/][^":]*)"`)

// missing answers with the site's own page, its links mended for the depth of the address.
func missing(w http.ResponseWriter, r *http.Request, dir string) {
	f, _, err := open(dir, "404.html")
	if err != nil {
		http.Error(w, "404 not found", http.StatusNotFound)
		return
	}
	defer f.Close()
	page, err := io.ReadAll(f)
	if err != nil {
		http.Error(w, "404 not found", http.StatusNotFound)
		return
	}
	up := strings.Repeat("../", strings.Count(strings.TrimPrefix(r.URL.Path, "/"), "/"))
	w.Header().Set("Content-Type", types[".html"])
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(local.ReplaceAll(page, []byte(`$1="`+up+`$2"`))) // the reader may have left
}

// Serve serves the folder on ln until ctx ends.
func Serve(ctx context.Context, ln net.Listener, dir string) error {
	srv := &http.Server{Handler: Handler(dir), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() }) // Serve returns the error
	defer stop()
	if err := srv.Serve(ln); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}
