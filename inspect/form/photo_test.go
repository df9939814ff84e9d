package form

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func (p *phone) newFinding() {
	p.t.Helper()
	p.visit("#/v/3/findings", "#add-hazard")
	p.tap("add-hazard")
	p.wait("#photo")
}

// photosKept counts the photos in the browser's storage.
func (p *phone) photosKept() int {
	p.t.Helper()
	return value[int](p, `new Promise(done => { const open = indexedDB.open('zhicha-packet'); open.onsuccess = () => {
		const keys = open.result.transaction('records').objectStore('records').getAllKeys();
		keys.onsuccess = () => { open.result.close(); done(keys.result.filter(k => k.includes('/photo/')).length); }; }; })`)
}

// keeps waits until so many photos are in the browser's storage.
func (p *phone) keeps(n int) {
	p.t.Helper()
	kept := -1
	for began := time.Now(); time.Since(began) < patience; time.Sleep(25 * time.Millisecond) {
		if kept = p.photosKept(); kept == n {
			return
		}
	}
	p.t.Errorf("%d photos are kept, want %d", kept, n)
}

func inFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The phone takes the kinds of photo that the office takes, by what they hold and not by name, and says
// so where it cannot show one.
func TestPhotosTakenAsTheOfficeTakesThem(t *testing.T) {
	p, _ := unlocked(t)
	p.newFinding()
	heic := append([]byte("\x00\x00\x00\x18ftypheic"), make([]byte, 200)...)
	for _, x := range []struct {
		name string
		data []byte
		says string
	}{
		{"animation.gif", append([]byte("GIF89a"), make([]byte, 100)...), "没有收下：只收照片"},
		{"letter.jpg", []byte("not a photo"), "没有收下：只收照片"},
		{"empty.jpg", nil, "没有收下"},
		{"large.jpg", append([]byte(jpeg), make([]byte, 12_000_000)...), "12 MB"},
		{"without-ending", jpeg, "已保存"},
		{"again.jpg", jpeg, "已经收过"},
		{"IMG.HEIC", heic, "已保存"},
	} {
		p.do(chromedp.SetUploadFiles(chromedp.CSS("#photos"), []string{inFile(t, x.name, x.data)}))
		p.until(`document.getElementById('photo-state').innerText.includes('` + x.says + `')`)
	}
	p.until(`document.querySelectorAll('.photos li').length === 2 && !!document.querySelector('.photos .blank')`)
	p.has(".photos .blank", "不能预览")
	p.shot("30-photos")
	p.clean()
}

// A photo taken of a person by mistake can be taken away, in two taps, and nothing of it stays.
func TestRemovedPhotoIsGone(t *testing.T) {
	p, _ := unlocked(t)
	p.newFinding()
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{photo(t)}))
	p.until(`[...document.images].some(i => i.naturalWidth === 320)`)
	p.keeps(1)
	p.tap2(".photos button")
	p.has(".photos button", "确认删去")
	if n := p.photosKept(); n != 1 {
		t.Error("one tap is enough")
	}
	p.tap2(".photos button")
	p.until(`document.querySelectorAll('.photos li').length === 0`)
	p.keeps(0)
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{photo(t)}))
	p.until(`[...document.images].some(i => i.naturalWidth === 320)`)
	p.tap("remove")
	p.tap("remove")
	p.wait("#no-findings")
	p.keeps(0)
	p.clean()
}

// A photo that cannot be read any more is named, and the answers get home without it.
func TestExportWithoutALostPhoto(t *testing.T) {
	p, _ := unlocked(t)
	p.newFinding()
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{photo(t)}))
	p.until(`[...document.images].some(i => i.naturalWidth === 320)`)
	p.saved()
	value[bool](p, `new Promise(done => { const open = indexedDB.open('zhicha-packet'); open.onsuccess = () => {
		const tx = open.result.transaction('records', 'readwrite'), all = tx.objectStore('records'), keys = all.getAllKeys();
		keys.onsuccess = () => keys.result.filter(k => k.includes('/photo/')).forEach(k => all.delete(k));
		tx.oncomplete = () => { open.result.close(); done(true); }; }; })`)
	p.visit("#/export", "#export")
	p.tap("export")
	p.until(`document.getElementById('exported').innerText.includes('读不出来')`)
	p.has("#exported", "R-007-1.zhicha")
	_, enc, err := ReadReturn("R-007-1.zhicha", p.downloaded("R-007-1.zhicha"), ours)
	if err != nil || len(enc.Photos) != 0 {
		t.Errorf("%d photos, %v", len(enc.Photos), err)
	}
	p.clean()
}
