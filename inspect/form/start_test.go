package form

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// agent makes the tab say that it is another browser.
func (p *phone) agent(ua string) {
	p.t.Helper()
	must(p.t)(chromedp.Call(p.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: ua}))
}

const android = "Mozilla/5.0 (Linux; Android 12; V2049A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0.0.0 Mobile Safari/537.36"

// A messenger's viewer is named and told the way into a browser; the code's field is behind one tap
// more. A browser of its own hears nothing of this.
func TestViewers(t *testing.T) {
	file, _ := onDisk(t, leg())
	p := borrow(t)
	for name, ua := range map[string]string{
		"微信": android + " XWEB/4317 MMWEBSDK/20220805 MicroMessenger/8.0.28.2240(0x28001C35) WeChat/arm64", "企业微信": android + " wxwork/4.0.19 MicroMessenger/7.0.1",
		"钉钉": android + " AliApp(DingTalk/6.5.50) com.alibaba.android.rimet", "QQ": android + " V1_AND_SQ_8.9.10 QQ/8.9.10.9145 NetType/WIFI",
		"飞书": android + " Lark/5.28.6 LarkLocale/zh_CN", "WhatsApp": android + " WhatsApp/2.22.24", "微博": android + " Weibo (vivo__weibo__12.11)",
		"别的应用": "Mozilla/5.0 (Linux; Android 12; V2049A; wv) AppleWebKit/537.36 Version/4.0 Chrome/107.0.0.0 Mobile Safari/537.36",
	} {
		p.agent(ua)
		p.open(file)
		p.has("#advice-viewer", "现在是用"+name+"自带的查看器打开的")
		p.has("#advice-viewer", "P-007.html")
		p.has("#test-download", "不可用")
		p.until(`!document.querySelector('details[open]') && !document.getElementById('code').checkVisibility()`) // the code is not asked for at once
		p.tap2("#anyway summary")
		p.wait("#code")
		p.judge(name)
	}
	p.do(chromedp.EmulateViewport(320, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	p.eval(`document.documentElement.style.fontSize = '200%'`)
	p.judge("the advice at twice the size on 320 px")
	for _, ua := range []string{android, android + " MQQBrowser/13.3", android + " UCBrowser/13.8", android + " HuaweiBrowser/12.1", android + " EdgA/107.0"} {
		p.agent(ua)
		p.open(file)
		p.judge(ua)
		p.until(`!document.getElementById('advice-viewer') && document.getElementById('code').checkVisibility()`) // it is no viewer
	}
	p.clean()
}

// Where nothing can be decrypted no code is asked for.
func TestWithoutCryptography(t *testing.T) {
	file, _ := onDisk(t, leg())
	for name, js := range map[string]string{
		"no subtle": `Object.defineProperty(crypto, 'subtle', {value: undefined})`,
		"wrong":     `SubtleCrypto.prototype.decrypt = async () => new Uint8Array(3)`,
		"silent":    `SubtleCrypto.prototype.encrypt = () => new Promise(() => {})`,
	} {
		p := borrow(t)
		p.before(js)
		p.open(file)
		p.has("#test-crypto", "不可用")
		p.has("#advice-crypto", "换用较新的浏览器")
		if value[bool](p, `!!document.getElementById('code')`) {
			t.Errorf("%s: a code is asked for", name)
		}
	}
}

// A viewer in which the script does not run shows the way in two languages instead of an empty page.
func TestScriptThatDoesNotRun(t *testing.T) {
	html, _ := write(t, leg())
	file := inFile(t, "P-007.html", bytes.Replace(html, []byte("<script>"), []byte("<script>?"), 1)) // as an engine too old for its grammar
	p := borrow(t)
	p.do(chromedp.Navigate("file://" + file))
	p.has("#app", "这里不能运行检查包")
	p.has("#app", "The packet cannot run here")
	p.until(`document.getElementById('lang').getClientRects().length === 0`) // a button that does nothing is not shown
}

// A code may be typed, pasted or dictated; while an input method composes, nothing is rewritten.
func TestCodeAsAnEarWritesIt(t *testing.T) {
	file, s := onDisk(t, leg())
	p := borrow(t)
	p.open(file)
	code := string(s.Province)
	for _, typed := range []string{inWords(code, "洞幺两三四五六拐八勾", "，"), inWords(code, "〇一二三四五六七八九", " "), strings.Map(func(r rune) rune { return r - '0' + '０' }, code),
		s.Province.String() + "。", inWords(code, "0１2三4五6７8九", "　-　")} {
		p.set("code", typed)
		p.until(`!document.getElementById('open').disabled && document.getElementById('code').value === '` + s.Province.String() + `'`)
		p.has("#code-state", "校验正确")
	}
	for typed, says := range map[string]string{code[:21]: "21 / 22", code + "1": "多于22位", code[:21] + "O": "只写数字", code[1:2] + code[:1] + code[2:]: "校验不符"} {
		p.set("code", typed)
		p.has("#code-state", says)
		p.until(`document.getElementById('open').disabled`)
	}
	got := value[string](p, `(() => { const c = document.getElementById('code'); c.value = '幺两'; c.dispatchEvent(new InputEvent('input', {isComposing: true})); return c.value; })()`)
	if got != "幺两" {
		t.Errorf("rewritten to %q while composing", got)
	}
	p.tap("by-voice")
	p.until(`document.activeElement.id + document.getElementById('code').inputMode === 'codetext'`) // the keyboard with letters
	p.clean()
}

// A code of a rung that is open already is told from one that opens nothing; the page lives on while
// the key is derived, and says that it is at work.
func TestWrongRung(t *testing.T) {
	file, s := onDisk(t, leg())
	p := borrow(t)
	p.open(file)
	p.set("code", s.Village.String())
	p.tap("open")
	p.until(`document.getElementById('code-state').innerText.includes('打不开')`)
	p.until(`document.activeElement.id === 'code' && !document.getElementById('code').disabled`)
	p.unlock(s.Province.String())
	p.set("code", s.Province.String())
	p.eval(`window.ticks = 0; window.working = false; window.clock = setInterval(() => { window.ticks++; window.working ||= !!document.querySelector('#code-state progress'); }, 5)`)
	p.tap("open")
	p.until(`document.getElementById('code-state').innerText.includes('第1层')`)
	p.has("#code-state", "请输入第2层的")
	if n := value[int](p, `clearInterval(window.clock), window.ticks`); n < 5 || !value[bool](p, `window.working`) {
		t.Errorf("the page stood still (%d ticks) or did not say it was at work", n)
	}
	p.unlock(s.County.String(), s.Village.String())
	p.wait("#visits")
	p.clean()
}

// The language somebody chose stays, and what stands outside the screen follows it.
func TestLanguageStays(t *testing.T) {
	file, _ := onDisk(t, leg())
	p := borrow(t)
	p.before(`Object.defineProperty(window, 'indexedDB', {value: undefined})`)
	p.open(file)
	p.has("#alarm-storage", "不能存储")
	p.tap("lang")
	p.has("#alarm-storage", "keeps nothing")
	p.reload()
	p.has("#alarm-storage", "keeps nothing")
	p.has("h1", "Packet P-007")
	p.until(`document.documentElement.lang + document.activeElement.tagName === 'enH1'`)
	p.clean()
}

// A clock far from the days of travel is named, since all times in the record are the phone's.
func TestClockFarAway(t *testing.T) {
	packet := leg()
	packet.Demo, packet.Visits = false, packet.Visits[5:]
	file, s := onDisk(t, packet)
	for day, far := range map[string]bool{"2023-01-07T12:00:00Z": false, "2023-01-20T12:00:00Z": false, "2022-12-20T12:00:00Z": true, "2024-01-08T12:00:00Z": true} {
		p := borrow(t)
		p.before(`{const at = Date.parse('` + day + `'); Date.now = () => at}`)
		p.open(file)
		p.unlock(s.Province.String())
		p.wait(".facts")
		if value[bool](p, `!!document.getElementById('clock')`) != far {
			t.Errorf("%s: named is not %v", day, far)
		}
		p.clean()
	}
}
