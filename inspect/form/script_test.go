package form

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhicha/templates"
)

// logic opens a page that holds the script's lower half, in reach of the test.
func logic(t testing.TB) *phone {
	t.Helper()
	html := "<!doctype html><meta charset=utf-8><html data-ready><script>"
	for _, name := range []string{"crypto.js", "store.js", "report.js"} {
		b, err := templates.FS.ReadFile("form/" + name)
		if err != nil {
			t.Fatal(err)
		}
		html += string(b)
	}
	file := filepath.Join(t.TempDir(), "logic.html")
	if err := os.WriteFile(file, []byte(html+"</script>"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := borrow(t)
	p.open(file)
	return p
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The page's script agrees with this package on every vector, and what it seals we open.
func TestScriptAgreesOnVectors(t *testing.T) {
	p := logic(t)
	v := readVectors(t)
	wrong := value[[]string](p, `(async () => {
		const v = `+jsonOf(t, v)+`, wrong = [];
		for (const c of v.codes) {
			const got = readCode(c.typed);
			if (got.wrong !== (c.script || '') || (!c.script && got.digits !== c.digits)) wrong.push('code ' + c.typed + ': ' + JSON.stringify(got));
		}
		for (const l of v.layers) {
			const layer = fromBase64(l.layer);
			let got = null;
			try { got = await openLayer(await layerKey(l.code, saltOf(layer)), l.packet, l.rung, layer); } catch {}
			if (!!got !== l.opens) wrong.push('layer ' + l.name);
			if (got && (JSON.stringify(got.said) !== JSON.stringify(JSON.parse(l.text)) || toBase64(got.inside) !== l.inside)) wrong.push('layer ' + l.name + ' says something else');
		}
		const k = v.returnKeys[0], raw = new Uint8Array(k.key.match(/../g).map(x => parseInt(x, 16)));
		if (await keyID(raw) !== k.id) wrong.push('key id');
		for (const r of v.returns) {
			let says = null, error = '';
			try { says = await openReturn(raw, 'winter-2023', 1, 7, fromBase64(r.file)); } catch (e) { error = e.message; }
			if (r.error !== 'content' && error !== (r.script || '')) wrong.push(r.name + ': ' + error);
			if (r.says && (JSON.stringify(says.content) !== JSON.stringify(r.says) || hex(await sha256(says.photos[0])) !== r.says.photos[0].sha256)) wrong.push(r.name + ' says something else');
		}
		return wrong;
	})()`)
	for _, w := range wrong {
		t.Error(w)
	}
	key, _ := ours("winter-2023", 1, 7)
	text := value[string](p, `(async () => toBase64(await sealReturn(new Uint8Array(`+jsonOf(t, ints(key[:]))+`), 'winter-2023', 1, 7, `+jsonOf(t, sample())+`, [fromBase64('`+base64.StdEncoding.EncodeToString(jpeg)+`')])))()`)
	file, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	checkReturn(t, returnVector{Name: "sealed by the script", File: file, Says: json.RawMessage("{}")})
	p.clean()
}

func ints(b []byte) (out []int) {
	for _, x := range b {
		out = append(out, int(x))
	}
	return out
}

// The light net for personal data catches what people type, and lets ordinary findings through.
func TestPersonalWarning(t *testing.T) {
	p := logic(t)
	warns := func(s string) bool { return value[bool](p, `personal(`+jsonOf(t, s)+`)`) }
	for _, s := range []string{"联系13800138000", "１３８ 0013 8000", "138-0013-8000", "62010019850101123X", "620100********1234", "监护人王大明说", "王小明同学没上学", "小李家", "张某反映", "姓名：", "电话0931-8888888", "卡号6222021234567890123"} {
		if !warns(s) {
			t.Errorf("%q passes unseen", s)
		}
	}
	for _, s := range []string{"灶间液化气软管老化，床紧邻灶台", "登记3户，实际5户", "2023-01-08 10:30 拨打12345无人接听", "儿童主任能说出两项职责", "水井无盖，距门口20米", "小河边没有护栏", ""} {
		if warns(s) {
			t.Errorf("%q is held for personal data", s)
		}
	}
}

// found runs the checks on the first visit of the leg after a change to an otherwise sound draft.
func found(t testing.TB, p *phone, change string) string {
	t.Helper()
	l := leg()
	s := secrets(t, l)
	village, err := json.Marshal(l.village(s.Return, [32]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	return value[string](p, `(() => {
		Object.assign(book, {province: `+jsonOf(t, l.province())+`, county: {county: 'x'}, village: `+string(village)+`});
		for (const k in drafts) delete drafts[k];
		for (const k in registers) delete registers[k];
		const [v, w] = book.village.visits, d = draftOf(v);
		registers[v.unit] = {count: 41, at: '2023-01-08T09:45:00+08:00'};
		Object.assign(d, {arrived: '2023-01-08T09:40', left: '2023-01-08T10:15', inspectors: ['T03-1', 'T03-2'], present: ['child', 'guardian'], household: household(v).line});
		for (const it of itemsOf(v)) d.answers[it.code] = {value: 'unverified', reason: 'no_access', method: '', note: ''};
		const answer = (code, a) => { d.answers[code] = {reason: '', note: '', method: '', ...a}; };
		const finding = f => d.findings.push({kind: 'problem', item: '', severity: 'S2', fact: '水井无盖', fixed: false, photos: [], ...f});
		`+change+`;
		return checks(v).map(x => x.level + ' ' + x.to.split('/').pop() + ' ' + x.text).join('\n');
	})()`)
}

func TestBlanksAndContradictions(t *testing.T) {
	p := logic(t)
	if got := found(t, p, ``); got != "" {
		t.Errorf("a sound draft: %s", got)
	}
	for change, want := range map[string]string{
		`d.arrived = ''`:              "blank basics 到达时间未填",
		`d.left = '2023-01-08T09:40'`: "wrong basics 离开时间不晚于",
		`d.arrived = '2099-01-08T09:10'; d.left = '2099-01-08T09:40'`: "wrong basics 离开时间在将来",
		`d.arrived = '2023-01-06T09:40'; d.left = '2023-01-06T10:30'`: "wrong basics 到达时间早于出行日期",
		`d.left = '2023-01-08T09:45'`:                                 "look basics 停留不足10分钟",
		`d.left = '2023-01-08T16:45'`:                                 "look basics 停留超过6小时",
		`d.inspectors = ['T03-1']`:                                    "blank basics 检查员不足两人",
		`d.present = []`:                                              "look basics 没有记录在场人员",
		`d.present.push('village_cadre')`:                             "look basics 有上级工作人员在场",
		`d.escort = 'interpreter'`:                                    "look basics 写了陪同原因",
		`delete registers[v.unit]`:                                    "blank household 名册户数未锁定",
		`draftOf(w).household = d.household`:                          "wrong household 名册第",
		`d.household = 0`:                                             "blank household 未记录走访的是哪一户",
		`delete d.answers['A1-01']`:                                   "blank 1 A1-01 走访探视到户见人：未作答",
		`answer('A1-01', {value: 'yes'})`:                             "blank 1 A1-01 走访探视到户见人：未选取证方式",
		`answer('A1-01', {value: 'na'})`:                              "blank 1 A1-01 走访探视到户见人：未选原因",
		`answer('A1-01', {value: 'yes', method: 'INT-C'}); d.present = ['guardian']`: "look 1 A1-01 走访探视到户见人：取证方式是谈话",
		`d.answers['A1-01'].note = '王小明同学'`:                                          "look 1 A1-01 走访探视到户见人：备注中似有姓名",
		`finding({kind: ''})`:     "blank 1 发现1：未选类别",
		`finding({fact: ' '})`:    "blank 1 发现1：未写事实",
		`finding({severity: ''})`: "blank 1 发现1：未选严重程度",
		`finding({e1: {to: [], at: '2023-01-08T10:00', receipt: ''}})`:                                              "blank 1 强制报告：未填向谁报告",
		`finding({e1: {to: ['police'], at: '', receipt: ''}})`:                                                      "blank 1 强制报告：未填向谁报告",
		`Object.assign(draftOf(w), {arrived: '2023-01-08T09:00', left: '2023-01-08T09:30'})`:                        "look basics 与第2站先后颠倒",
		`Object.assign(draftOf(w), {arrived: '2023-01-08T10:00', left: '2023-01-08T10:40', inspectors: ['T03-2']})`: "look basics 与第2站时间重叠",
	} {
		if got := found(t, p, change); !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s gives %q, want %q alone", change, got, want)
		}
	}
	ratio := found(t, p, `const it = book.village.items.find(x => x.answer.type === 'ratio'); it.kinds = ['HH']; answer(it.code, {value: '5/3', method: it.methods[0]})`)
	if !strings.HasPrefix(ratio, "wrong") || !strings.Contains(ratio, "前一个数大于后一个数") {
		t.Errorf("5 of 3 gives %q", ratio)
	}
}

// The household order on the page is the one intake expects.
func TestHouseholdTurn(t *testing.T) {
	p := logic(t)
	_ = found(t, p, ``)
	l := leg()
	var order []int
	for _, n := range l.Visits[0].Order {
		if n <= 41 {
			order = append(order, n)
		}
	}
	line := func(js string) int { return value[int](p, `(() => { `+js+` })()`) }
	reset := `const [v, w] = book.village.visits; const d = draftOf(v), e = draftOf(w); d.tries = []; e.tries = []; d.household = e.household = 0; registers[v.unit] = {count: 41, at: ''};`
	for js, want := range map[string]int{
		reset + `return household(v).line`:                                                      order[0],
		reset + `d.tries = [{}, {}]; return household(v).line`:                                  order[2],
		reset + `return household(w).line`:                                                      order[1],
		reset + `d.tries = [{}, {}]; d.household = household(v).line; return household(w).line`: order[3],
		reset + `d.household = household(v).line; e.tries = [{}]; return household(w).line`:     order[2],
		reset + `registers[v.unit].count = 1; return household(w).line`:                         0,
		reset + `delete registers[v.unit]; return household(v) === null ? -1 : 0`:               -1,
	} {
		if got := line(js); got != want {
			t.Errorf("%s: line %d, want %d", strings.TrimPrefix(js, reset), got, want)
		}
	}
}
