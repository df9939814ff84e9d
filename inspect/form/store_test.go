package form

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// unlocked opens the usual leg's packet and all its rungs.
func unlocked(t testing.TB, before ...string) (p *phone, s Secrets) {
	t.Helper()
	file, s := onDisk(t, leg())
	p = borrow(t)
	for _, js := range before {
		p.before(js)
	}
	p.open(file)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	p.wait("#visits")
	return p, s
}

// answerNA answers an item as not applicable, in the two taps it takes.
func (p *phone) answerNA(at string) {
	p.t.Helper()
	p.visit(at, "#answer")
	p.eval(`document.getElementById('special-na').click(); document.getElementById('reason-no_such_case').click()`)
}

func (p *phone) saved() {
	p.t.Helper()
	p.until(`document.getElementById('saved').dataset.state === 'saved'`)
}

// lockCount locks the register of the first visit's village.
func (p *phone) lockCount(n string) {
	p.t.Helper()
	p.visit("#/v/1/household", "#count")
	p.set("count", n)
	p.wait("#lock-count")
	p.eval(`document.getElementById('lock-count').click()`)
	p.wait("#locked")
}

func (p *phone) reload() {
	p.t.Helper()
	p.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("html[data-ready]")))
}

const fullWhenAsked = `const put = IDBObjectStore.prototype.put;
	IDBObjectStore.prototype.put = function (...a) { if (sessionStorage.full) throw new DOMException('full', 'QuotaExceededError'); return put.apply(this, a); }`

// What found no room is kept by itself once there is room, whichever screen it was typed on.
func TestFullStorageKeepsLater(t *testing.T) {
	p, _ := unlocked(t, fullWhenAsked)
	p.eval(`sessionStorage.full = 1`)
	p.answerNA("#/v/3/item/1")
	p.until(`!!document.getElementById('alarm-storage')`)
	p.lockCount("41")
	p.eval(`delete sessionStorage.full`)
	p.until(`!document.getElementById('alarm-storage')`) // without another tap
	p.saved()
	p.reload()
	p.visit("#/", "#visits")
	p.has("#visit-3", "1 / 21")
	p.visit("#/v/1/household", "#locked")
	p.has("#locked", "名册 41 户")
	p.clean()
}

// A phone that is full when the packet is opened still shows and exports what it kept.
func TestFullFromTheStart(t *testing.T) {
	p, _ := unlocked(t, fullWhenAsked)
	p.answerNA("#/v/3/item/1")
	p.saved()
	p.eval(`sessionStorage.full = 1`)
	p.reload()
	p.visit("#/", "#visits")
	p.has("#visit-3", "1 / 21")
	p.has("#alarm-storage", "存储已满")
	p.has("#visits", "未开始")
	p.visit("#/export", "#export")
	p.tap("export")
	p.until(`document.getElementById('exported').innerText.includes('R-007-1.zhicha')`)
	p.downloaded("R-007-1.zhicha")
	p.clean()
}

// A full disk shows itself only when the transaction ends, after the put was taken: then too the photo
// is refused and what was there stays.
func TestFullAtTheEndOfTheTransaction(t *testing.T) {
	p, _ := unlocked(t, `const put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = function (...a) {
			const request = put.apply(this, a), tx = this.transaction;
			if (sessionStorage.full) { Object.defineProperty(tx, 'error', {value: new DOMException('full', 'QuotaExceededError')}); request.onsuccess = () => tx.abort(); }
			return request;
		}`)
	p.newFinding()
	p.saved()
	p.eval(`sessionStorage.full = 1`)
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{photo(t)}))
	p.until(`document.getElementById('photo-state').innerText.includes('存不下')`)
	p.has("#alarm-storage", "存储已满")
	p.until(`document.querySelectorAll('.photos li').length === 0`)
	p.keeps(0)
	p.eval(`delete sessionStorage.full`)
	p.set("fact", "水井无盖")
	p.until(`!document.getElementById('alarm-storage')`)
	p.clean()
}

// A storage that never answers counts as none, and the page says so instead of waiting for ever.
func TestStorageThatNeverAnswers(t *testing.T) {
	file, _ := onDisk(t, leg())
	p := borrow(t)
	p.before(`IDBFactory.prototype.open = () => ({})`)
	p.open(file)
	p.has("#test-storage", "不可用")
	p.has("#alarm-storage", "答案就会丢失")
	p.clean()
}

// When the browser empties its storage under the open page, all that is on the screen is written anew.
func TestStorageEmptiedUnderThePage(t *testing.T) {
	p, s := unlocked(t)
	p.lockCount("41")
	p.answerNA("#/v/3/item/1")
	p.saved()
	must(t)(chromedp.Call(p.ctx, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: "file://", StorageTypes: "indexeddb"}))
	p.answerNA("#/v/3/item/2")
	p.saved()
	p.eval(`sessionStorage.clear()`)
	p.eval(`location.hash = '#/'`)
	p.reload()
	p.wait("#code")
	if value[bool](p, `!!document.getElementById('visits')`) {
		t.Fatal("opened without a code")
	}
	p.unlock(s.Village.String()) // the newest code alone still opens everything
	p.wait("#visits")
	p.has("#visit-3", "2 / 21")
	p.visit("#/v/1/household", "#locked")
	p.clean()
}

// One record that cannot be read is named; it does not keep the packet shut.
func TestUnreadableRecord(t *testing.T) {
	p, _ := unlocked(t)
	p.answerNA("#/v/3/item/1")
	p.answerNA("#/v/4/item/1")
	p.saved()
	value[bool](p, `new Promise(done => { const open = indexedDB.open('zhicha-packet'); open.onsuccess = () => {
		const tx = open.result.transaction('records', 'readwrite'); tx.objectStore('records').put(new Uint8Array(40), 'winter-2023/1/7/visit/1-007-03'); tx.oncomplete = () => { open.result.close(); done(true); }; }; })`)
	p.eval(`location.hash = '#/'`)
	p.reload()
	p.wait("#visits")
	p.has("#alarm-lost", "visit/1-007-03")
	p.has("#visit-4", "1 / 13")
	p.has("#visit-3", "未开始")
	p.clean()
}

// The browser is killed the moment the page says it saved, and again in the middle of a tap: the one
// loses nothing, the other at most that tap.
func TestKilledRightAfterATap(t *testing.T) {
	file, s := onDisk(t, leg())
	profile := t.TempDir()
	p := switchOn(t, profile)
	p.open(file)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	p.wait("#visits")
	p.answerNA("#/v/3/item/1")
	p.saved()
	p.kill()

	p = switchOn(t, profile)
	p.open(file)
	p.unlock(s.Village.String())
	p.wait("#visits")
	p.has("#visit-3", "1 / 21")
	p.answerNA("#/v/3/item/2")
	p.saved()
	p.visit("#/v/3/item/3", "#answer")
	p.eval(`document.getElementById('special-na').click()`)
	p.kill()

	p = switchOn(t, profile)
	p.open(file)
	p.unlock(s.Village.String())
	p.wait("#visits")
	p.has("#visit-3", "2 / 21")
	if value[bool](p, `!!document.getElementById('alarm-lost')`) {
		t.Error("a record was torn")
	}
	p.clean()
}

// Where the browser has no locks, a channel tells the second tab; it takes over when the first goes.
func TestSecondTabWithoutLocks(t *testing.T) {
	file, _ := onDisk(t, leg())
	without := `Object.defineProperty(navigator, 'locks', {value: undefined})`
	p := borrow(t)
	p.before(without)
	p.open(file)
	ctx, cancel := chromedp.NewContext(p.ctx)
	defer cancel()
	second := &phone{t: t, ctx: ctx, downloads: p.downloads}
	second.prepare()
	second.before(without)
	second.open(file)
	second.until(`!!document.getElementById('alarm-tab') && document.getElementById('code').disabled`)
	if value[bool](p, `!!document.getElementById('alarm-tab')`) {
		t.Error("the first tab lost its right")
	}
	p.do(chromedp.Navigate("about:blank"))
	second.until(`!!document.documentElement && document.documentElement.dataset.ready === 'yes' && !document.getElementById('alarm-tab') && !document.getElementById('code').disabled`)
	second.clean()
}

// The names of what is kept hold no place; the values are nothing but ciphertext.
func TestNothingPlainIsKept(t *testing.T) {
	p, _ := unlocked(t)
	p.visit("#/v/3/findings", "#add-problem")
	p.tap("add-problem")
	p.wait("#fact")
	p.set("fact", "plain-words")
	p.saved()
	kept := value[string](p, `new Promise(done => { const open = indexedDB.open('zhicha-packet'); open.onsuccess = () => {
		const out = [], all = open.result.transaction('records').objectStore('records').openCursor();
		all.onsuccess = () => { const c = all.result; if (!c) { open.result.close(); return done(out.join('\n')); }
			out.push(c.key + ' ' + String.fromCharCode(...new Uint8Array(c.value))); c.continue(); }; }; })`)
	if !strings.Contains(kept, "winter-2023/1/7/visit/1-007-03 ") {
		t.Errorf("the visit is not kept under its name: %.200q", kept)
	}
	if strings.Contains(kept, "plain-words") || strings.Contains(kept, "演示") || strings.Contains(kept, "answers") {
		t.Error("something is kept in the clear")
	}
	if n := value[int](p, `Object.keys(localStorage).filter(k => k !== 'zhicha lang').length`); n != 0 {
		t.Errorf("%d values in localStorage", n)
	}
}
