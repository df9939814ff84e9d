package form

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// phone is a tab of Chromium with a phone's screen and no network.
type phone struct {
	t         testing.TB
	ctx       context.Context
	process   *exec.Cmd
	downloads string
	close     func()

	mu     sync.Mutex
	faults []string // exceptions and breaches of the policy
}

func (p *phone) fault(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, text)
}

// clean fails where the page threw an exception or broke its policy.
func (p *phone) clean() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		p.t.Errorf("the page: %s", f)
	}
}

const chromium = "/usr/bin/chromium"

// patience is how long anything may take that a person would wait for; a loaded machine is slow, and a
// test waits for what comes and never for time.
const patience = time.Minute

// switchOn starts Chromium with the profile in dir.
func switchOn(t testing.TB, dir string, more ...chromedp.ExecAllocatorOption) *phone {
	t.Helper()
	needsBrowser(t)
	p := &phone{t: t, downloads: t.TempDir()}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(options(dir, func(c *exec.Cmd) { p.process = c }), more...)...)
	ctx, cancel := chromedp.NewContext(alloc)
	p.ctx = ctx
	p.close = sync.OnceFunc(func() { _ = chromedp.Cancel(ctx); cancel(); stop() })
	t.Cleanup(p.close)
	p.prepare()
	return p
}

func needsBrowser(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no browser")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("Chromium is not installed at " + chromium)
	}
}

func options(dir string, started func(*exec.Cmd)) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.ModifyCmdFunc(started))
}

// shared is one browser for all tests that need no profile of their own.
var shared struct {
	ctx   context.Context
	close func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.close != nil {
		shared.close()
	}
	os.Exit(code)
}

// borrow opens a tab in the shared browser, with storage of its own.
func borrow(t testing.TB) *phone {
	t.Helper()
	needsBrowser(t)
	if shared.ctx == nil {
		dir, err := os.MkdirTemp("", "form-test-")
		if err != nil {
			t.Fatal(err)
		}
		alloc, stop := chromedp.NewExecAllocator(context.Background(), options(dir, func(*exec.Cmd) {})...)
		ctx, cancel := chromedp.NewContext(alloc)
		shared.ctx, shared.close = ctx, func() { _ = chromedp.Cancel(ctx); cancel(); stop(); _ = os.RemoveAll(dir) }
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	p := &phone{t: t, downloads: t.TempDir()}
	ctx, cancel := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
	p.ctx, p.close = ctx, sync.OnceFunc(func() { _ = chromedp.Cancel(ctx); cancel() })
	t.Cleanup(p.close)
	p.prepare()
	return p
}

// offline is network.EmulateNetworkConditionsByRule with offline said of the whole as well: Chromium 148 refuses it
// where it is said of the rules alone.
var offline = cdp.Command[offlineParams, cdp.Empty]{Method: network.CommandEmulateNetworkConditionsByRule}

type offlineParams struct {
	Offline bool                  `json:"offline"`
	Rules   []*network.Conditions `json:"matchedNetworkConditions"`
}

// prepare gives a tab its screen, takes its network away and listens for what goes wrong.
func (p *phone) prepare() {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	err := chromedp.Listen(p.ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			p.fault(fmt.Sprintf("%s %+v", ev.ExceptionDetails.Text, ev.ExceptionDetails.Exception))
		case *cdplog.EventEntryAdded: // breaches of the policy are logged here
			if ev.Entry.Level == "error" {
				p.fault(ev.Entry.Text)
			}
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	must(p.t)(chromedp.Call(p.ctx, cdplog.Enable, cdp.Empty{}))
	must(p.t)(chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: p.downloads, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID}))
	must(p.t)(chromedp.Call(p.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: true}))
	must(p.t)(chromedp.Call(p.ctx, offline, offlineParams{true, []*network.Conditions{{Offline: true}}}))
}

func must(t testing.TB) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *phone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := p.try(steps...); err != nil {
		p.shot("failed")
		p.t.Fatalf("%v\nerrors of the page: %q\nscreen: %s", err, p.faults, p.screen())
	}
}

func (p *phone) try(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := p.ctx, func() {}
	if chromedp.FromContext(p.ctx).Target != nil {
		ctx, cancel = context.WithTimeout(p.ctx, patience)
	}
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

func (p *phone) screen() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	s, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.hash + ' ' + document.body.innerText`))
	return s
}

// open shows a file and waits until the page is ready.
func (p *phone) open(file string) {
	p.t.Helper()
	p.do(chromedp.Navigate("file://"+file), chromedp.WaitReady(chromedp.CSS("html[data-ready]")))
}

func (p *phone) tap(id string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS("#" + id)))
}

func (p *phone) typeIn(id, text string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS("#"+id)), chromedp.SendKeys(chromedp.CSS("#"+id), text))
}

// set puts a value into a field in one go, as a date picker does.
func (p *phone) set(id, value string) {
	p.t.Helper()
	p.eval(fmt.Sprintf(`{const e=document.getElementById(%q); e.value=%q; e.dispatchEvent(new Event('input',{bubbles:true}))}`, id, value))
}

func (p *phone) wait(css string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible(chromedp.CSS(css)))
}

func (p *phone) eval(js string) {
	p.t.Helper()
	p.do(discard(js))
}

func discard(js string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[any](js+";undefined"))
		return chromedp.Void{}, err
	}
}

func value[T any](p *phone, js string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v; errors of the page: %q", js, err, p.faults)
	}
	return v
}

func (p *phone) text(css string) string {
	p.t.Helper()
	return value[string](p, fmt.Sprintf(`document.querySelector(%q).innerText`, css))
}

// has waits until a place on the page says something.
func (p *phone) has(css, part string) {
	p.t.Helper()
	says := fmt.Sprintf(`((document.querySelector(%q) || {}).innerText || '')`, css)
	if !p.comes(fmt.Sprintf(`%s.includes(%q)`, says, part)) {
		p.t.Errorf("%s says %q, want %q", css, value[string](p, says), part)
	}
}

// shot keeps a picture of the screen in the folder named by FORM_SHOTS, for people to look at.
func (p *phone) shot(name string) {
	dir := os.Getenv("FORM_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	if png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
}

// keepFile keeps something else in the folder named by FORM_SHOTS.
func (p *phone) keepFile(name string, data []byte) {
	if dir := os.Getenv("FORM_SHOTS"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, name), data, 0o600)
	}
}

// unlock pastes the codes one after the other.
func (p *phone) unlock(codes ...string) {
	p.t.Helper()
	for _, c := range codes {
		p.wait("#code")
		p.set("code", c)
		p.wait("#open:not([disabled])")
		p.tap("open")
		p.until(`!document.getElementById("code") || !document.getElementById("code").value`)
	}
}

// downloaded waits for the file of that name.
func (p *phone) downloaded(name string) []byte {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(50 * time.Millisecond) {
		if b, err := os.ReadFile(filepath.Join(p.downloads, name)); err == nil && len(b) > 0 {
			if parts, _ := filepath.Glob(filepath.Join(p.downloads, "*.crdownload")); len(parts) == 0 {
				return b
			}
		}
	}
	p.t.Fatalf("%s was not downloaded", name)
	return nil
}

// kill ends the browser as a flat battery does.
func (p *phone) kill() {
	p.t.Helper()
	if err := p.process.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.close()
}

// before runs a script ahead of the page's own, to take something away from it.
func (p *phone) before(js string) {
	p.t.Helper()
	must(p.t)(chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: js}))
}

// until waits for an expression to become true.
func (p *phone) until(js string) {
	p.t.Helper()
	if !p.comes(js) {
		p.shot("failed")
		p.t.Fatalf("never true: %s\n%s", js, p.screen())
	}
}

// comes reports whether an expression becomes true while anybody would still be waiting.
func (p *phone) comes(js string) bool {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(25 * time.Millisecond) {
		if value[bool](p, js) {
			return true
		}
	}
	return false
}

// media shows the page as on a screen or as printed, and waits until it is.
func (p *phone) media(name string) {
	p.t.Helper()
	must(p.t)(chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name}))
	p.until(fmt.Sprintf(`matchMedia('print').matches === %v`, name == "print"))
}
