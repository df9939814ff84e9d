package document

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// TestCommonMark runs every example of the specification through goldmark with the Chinese
// emphasis rule: text without Chinese must come out as CommonMark says.
func TestCommonMark(t *testing.T) {
	data, err := os.ReadFile("testdata/commonmark-spec.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		Markdown, HTML, Section string
		Example                 int
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 640 {
		t.Fatalf("only %d examples", len(examples))
	}
	md := goldmark.New(
		goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(emphasis{}, 450))),
		goldmark.WithRendererOptions(html.WithXHTML(), html.WithUnsafe()))
	for _, e := range examples {
		var b bytes.Buffer
		if err := md.Convert([]byte(e.Markdown), &b); err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(b.String()) != strings.TrimSpace(e.HTML) {
			t.Errorf("example %d (%s): %q gives %q, want %q", e.Example, e.Section, e.Markdown, b.String(), e.HTML)
		}
	}
}

func TestRenderChinese(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"**整改要求：**各地", "<p><strong>整改要求：</strong>各地</p>"},
		{"**“双随机”**检查", "<p><strong>“双随机”</strong>检查</p>"},
		{"推进**“双随机、一公开”**监管", "<p>推进<strong>“双随机、一公开”</strong>监管</p>"},
		{"落实**《通知》**要求", "<p>落实<strong>《通知》</strong>要求</p>"},
		{"**一是**走访，**二是**排查。", "<p><strong>一是</strong>走访，<strong>二是</strong>排查。</p>"},
		{"各地*（含兵团）*要", "<p>各地<em>（含兵团）</em>要</p>"},
		{"得分**85.2分**（良好）", "<p>得分<strong>85.2分</strong>（良好）</p>"},
		{"**注意！**2023年", "<p><strong>注意！</strong>2023年</p>"},
		{"**“回头看”**2次", "<p><strong>“回头看”</strong>2次</p>"},
		{"**甲：**乙**丙。**丁", "<p><strong>甲：</strong>乙<strong>丙。</strong>丁</p>"},
		{"*各地**重点：**全部*", "<p><em>各地<strong>重点：</strong>全部</em></p>"},
		{"2 * 3 和 ** 不是强调", "<p>2 * 3 和 ** 不是强调</p>"},
		{"`**原样：**各地`", "<p><code>**原样：**各地</code></p>"},
		{`\*\*原样：\*\*各地`, "<p>**原样：**各地</p>"},
		{"分两行\n书写", "<p>分两行书写</p>"},
		{"分两行 a\nb", "<p>分两行 a\nb</p>"},
	} {
		got, err := Render([]byte(c.in))
		if err != nil || strings.TrimSpace(string(got)) != c.want {
			t.Errorf("%s\n got %s\nwant %s (%v)", c.in, got, c.want, err)
		}
	}
}

func TestRenderIsSafe(t *testing.T) {
	in := "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](z.png) <b onclick=x>粗</b> [z](http://example.test)\n\n" +
		"| a | b |\n| :- | -: |\n| <i style=x>1</i> | 2 |\n\n[去](../index.html) [外](https://www.gov.cn/)"
	got, err := Render([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "javascript:", "<img", "onclick", "style", "<b", "<i", "http://"} {
		if bytes.Contains(got, []byte(bad)) {
			t.Errorf("%q survives in %s", bad, got)
		}
	}
	for _, want := range []string{`<th align="left">`, `<td align="right">2</td>`, `href="../index.html"`, `href="https://www.gov.cn/" rel="noreferrer"`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("%q is missing from %s", want, got)
		}
	}
}
