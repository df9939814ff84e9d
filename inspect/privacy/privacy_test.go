package privacy

import (
	"slices"
	"strings"
	"testing"

	"zhicha/inspect/checklist"

	"pgregory.net/rapid"
)

var drawnPart = Context{
	Names:    []string{"双河镇", "河东村村民委员会", "向阳社区居委会", "新风村委会", "演示儿童福利院"},
	Codes:    []string{"520123105204", "520123105000"},
	Counties: []string{"修文县"},
}

// Each line is a text in which the stretch between ⟦ and ⟧ is found with the given type.
var positives = map[Type][]string{
	ResidentID: {
		"证件号⟦11010519491231002X⟧。", "⟦440524188001010014⟧的另一种写法",
		"号码⟦１１０１０５１９４９１２３１００２Ｘ⟧", "⟦110105-19491231-002X⟧", "⟦1101\u200b05194912310\u200d02x⟧",
		"校验位有误：⟦110105194912310021⟧", "编号⟦520123********123X⟧", "身份证⟦110105491231002⟧",
		"⟦520123200905120018⟧，就读",
	},
	Mobile:   {"电话⟦13812345678⟧", "+⟦8613812345678⟧", "⟦138 1234 5678⟧", "⟦138-1234-5678⟧", "⟦1 3 8 1 2 3 4 5 6 7 8⟧", "⟦１３８１２３４５６７８⟧", "⟦1381\u200b2345678⟧", "2023年1月 ⟦19912345678⟧"},
	Landline: {"电话⟦0571-87654321⟧", "⟦010 62345678⟧", "⟦08512345678⟧", "(⟦0571)87654321⟧"},
	BankCard: {"卡号⟦6222021234567890128⟧", "⟦4111 1111 1111 1111⟧", "⟦5500-0000-0000-0004⟧"},
	Passport: {"护照号⟦E12345678⟧", "通行证⟦H1234567890⟧", "护照 ⟦EA1234567⟧"},
	Email:    {"发至⟦a.b-c@mail.example.com⟧。"},
	QQ:       {"⟦QQ：123456789⟧", "加⟦qq群 87654321⟧"},
	WeChat:   {"⟦微信号：abc_12345⟧", "⟦vx: hello99⟧", "⟦微信 hello99⟧"},
	Plate:    {"车辆⟦贵A·12345⟧驶离", "⟦京AD12345⟧"},
	BirthDate: {
		"⟦2015年3月5日⟧出生", "出生日期：⟦2015-03-05⟧", "生于⟦2015年3月⟧", "⟦二〇一五年三月五日⟧出生",
	},
	Age: {"在村里见到一名⟦8岁⟧男孩", "⟦十二岁⟧，小学在读"},
	Name: {
		"儿童⟦王小明⟧，独自在家", "监护人：⟦欧阳建国⟧", "学生⟦李明⟧在家", "⟦张三⟧之子", "⟦张某某⟧反映", "见到⟦李某⟧一人",
		"姓名：⟦周平⟧", "孤儿⟦小红⟧说", "儿童⟦艾力·买买提⟧", "名叫⟦安然⟧的", "⟦赵铁柱⟧的女儿",
	},
	School:  {"就读于⟦红旗小学⟧", "在⟦育才中学⟧", "⟦阳光幼儿园⟧", "⟦贵阳市儿童福利院⟧", "到⟦双龙镇中心小学⟧走访"},
	Address: {"住⟦河西村3组⟧", "⟦幸福社区12号⟧", "住在⟦李家寨第二村民小组⟧", "⟦人民路25号⟧"},
	Health:  {"监护人：李明，⟦残疾⟧", "⟦HIV⟧感染，电话13812345678"},
	DrawnName: {
		"在⟦双河镇⟧召开", "⟦河东村村民委员会⟧", "⟦河东村⟧", "修文县⟦向阳⟧", "⟦向阳社区居委会⟧", "⟦演示儿童福利院⟧", "⟦新风村⟧",
	},
	DrawnCode: {"代码⟦520123105204⟧。"},
}

func TestFound(t *testing.T) {
	for kind, texts := range positives {
		for _, marked := range texts {
			before, rest, _ := strings.Cut(marked, "⟦")
			want, after, _ := strings.Cut(rest, "⟧")
			text := before + want + after
			hits := Scan(text, drawnPart)
			i := slices.IndexFunc(hits, func(h Hit) bool { return h.Type == kind })
			if i < 0 || hits[i].Text != want || hits[i].Start != len(before) || hits[i].End != len(before)+len(want) {
				t.Errorf("%s in %q: want %q, got %+v", kind, text, want, hits)
			}
		}
	}
}

// Official prose and near misses, in which nothing may be found.
var negatives = []string{
	"国未保办发〔2022〕13号", "2023年1月7日至2023年1月20日", "2023-01-07 2023-01-20", "2022-11-13 2022-12-14", "拨打12345、110、12355、12338或0571-12355",
	"得分85.3（82.1—88.5），低于90.2、84.7、79.9", "15.3 84.2 90.1 77.0 13.5", "统一社会信用代码91350100M000100Y43", "第13812345678901号", // 14 digits
	"110105194913310021", // month 13
	"110105491231002",    // 15 digits without context
	"4111 1111 1111 1112", "代码520123105205", "5201231052040", "A1-01、B2-05",
	"3f786850e387550fdab836ed7e6dc881de23001b13812345678aaaaaaaaaaaaa",
	"活动于2023年1月15日启动", "事故发生于2023年1月15日", "未满16周岁的未成年人不得单独居住在村外", "不满八周岁儿童的学校、家庭、社区", "8周岁以上儿童所在村（居）", "0—14岁儿童，村（居）民委员会",
	"儿童关爱服务，", "监护人应当在家", "学生安全。", "儿童成长的家", "儿童周末在家", "监护人任何时候", "儿童和监护人的", "家长许多在外", "儿童全部在册", "对于某些地区", "关于某地", "小学、中学、幼儿园", "小时、小组、小区、小雪",
	"儿童温暖过冬", "儿童福利院、社会福利院", "农村小学", "中小学生", "县儿童福利院", "某市儿童福利院", "贵州省农村小学", "组织中学生", "就近的小学", "当地幼儿园",
	"抽查村2组数据", "每村3户", "走访社区12户", "行政村12个", "道路3号公告",
	"向阳而生", "社会福利、残疾儿童康复", "儿童残疾等级", "艾滋病防治宣传", "QQ、微信、视频等方式", "微信语音", "新A3版", "邮箱格式不对@",
	"孕育希望", "情暖新春·共护未来", "监护人：外出", "WeChat groups", "微信 group", "权数1 6 3 7 9 10 5 8 4 2", "姓名、电话",
}

func TestNothingFound(t *testing.T) {
	for _, text := range negatives {
		if hits := Scan(text, drawnPart); len(hits) > 0 {
			t.Errorf("%q: %+v", text, hits)
		}
	}
	if hits := Scan(checklist.Notice(), drawnPart); len(hits) > 0 {
		t.Errorf("the notice: %+v", hits)
	}
}

// The project's own checklist is prose about children, and about nobody.
func TestChecklistHasNone(t *testing.T) {
	if hits := Scan(string(checklist.Embedded()), Context{}); len(hits) > 0 {
		t.Errorf("%+v", hits)
	}
}

func TestShortStemNeedsItsPlace(t *testing.T) {
	for text, want := range map[string]int{"向阳人家": 0, "修文县的向阳": 2 - 1, "双河镇向阳": 2, "修文县很多地方都很好很好很好很好，向阳": 0} {
		if hits := Scan(text, drawnPart); len(hits) != want {
			t.Errorf("%q: %+v, want %d hits", text, hits, want)
		}
	}
}

func TestOrderAndNesting(t *testing.T) {
	hits := Scan("电话13812345678，邮箱13912345678@example.com", Context{})
	if len(hits) != 2 || hits[0].Type != Mobile || hits[1].Type != Email {
		t.Errorf("%+v", hits)
	}
}

// Every resident id made by the rule is found whole, whatever separators break it up; with a
// digit more in front it is not one.
func TestResidentIDLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`52[0-9]{4}(19[5-9][0-9]|200[0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}`).Draw(t, "id")
		for _, c := range "0123456789X" {
			if residentCheck(id + string(c)) {
				id += string(c)
				break
			}
		}
		separator := rapid.SampledFrom([]string{"", " ", "-", "\u200b", "·"}).Draw(t, "separator")
		text := id[:6] + separator + id[6:14] + separator + id[14:]
		hits := Scan("号"+text+"。", Context{})
		if len(hits) != 1 || hits[0].Type != ResidentID || hits[0].Text != text {
			t.Fatalf("%q: %+v", text, hits)
		}
		if wholeResident(id) != true {
			t.Fatalf("%q is not whole", id)
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, texts := range positives {
		for _, text := range texts {
			f.Add(text)
		}
	}
	f.Add("\xff138\xc31234\u0301５６７８①㎏ﬃ")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, h := range Scan(text, drawnPart) {
			if h.Start < 0 || h.End > len(text) || h.Start >= h.End || h.Type == "" || text[h.Start:h.End] != h.Text {
				t.Fatalf("%q: %+v", text, h)
			}
			if h.End < end {
				t.Fatalf("%q: a hit ends before the one before it", text)
			}
			end = h.End
		}
	})
}

func BenchmarkScanNotice(b *testing.B) {
	ctx := Context{}
	for i := range 2000 {
		ctx.Names = append(ctx.Names, "演示"+string(rune('一'+i))+"村村民委员会")
		ctx.Codes = append(ctx.Codes, "5201231"+string([]byte{byte('0' + i/1000), byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10), '0'}))
	}
	text := checklist.Notice()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if hits := Scan(text, ctx); len(hits) > 0 {
			b.Fatal(hits)
		}
	}
}
