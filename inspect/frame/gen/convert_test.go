package main

import (
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// made is a made-up country that holds every trap: codes at two levels, an excluded county that stands
// at three, an excluded prefecture, a city of the XPCC, regiments with and without the word.
var made = source{
	divisions: []division{
		{"350000000000", "福建省", 1, ""}, {"350500000000", "泉州市", 2, "350000000000"}, {"350600000000", "漳州市", 2, "350000000000"},
		{"350502000000", "甲区", 3, "350500000000"}, {"350502001000", "街", 4, "350502000000"}, {"350502001001", "村", 5, "350502001000"}, {"350502001002", "村", 5, "350502001000"},
		{"350571000000", "乙开发区", 3, "350500000000"}, {"350571001000", "街", 4, "350571000000"}, {"350571001001", "村", 5, "350571001000"},
		{"350527000000", "金门县", 3, "350500000000"}, {"350527000000", "金门县", 4, "350527000000"}, {"350527000000", "金门县", 5, "350527000000"},
		{"350603000000", "丙区", 3, "350600000000"}, {"350603001000", "街", 4, "350603000000"}, {"350603001001", "村", 5, "350603001000"},
		{"440000000000", "广东省", 1, ""}, {"441900000000", "东莞市", 2, "440000000000"}, {"441900000000", "东莞市", 3, "441900000000"},
		{"441900003000", "街", 4, "441900000000"}, {"441900003001", "村", 5, "441900003000"},
		{"460000000000", "海南省", 1, ""}, {"460300000000", "三沙市", 2, "460000000000"}, {"460321000000", "西沙群岛", 3, "460300000000"},
		{"460321451000", "永兴", 4, "460321000000"}, {"460321451001", "永兴社区", 5, "460321451000"},
		{"650000000000", "新疆维吾尔自治区", 1, ""}, {"654200000000", "塔城地区", 2, "650000000000"}, {"659000000000", "自治区直辖县级行政区划", 2, "650000000000"},
		{"654226000000", "丁县", 3, "654200000000"}, {"654226100000", "镇", 4, "654226000000"}, {"654226100001", "村", 5, "654226100000"},
		{"654226500000", "第十师一八四团", 4, "654226000000"}, {"654226500001", "连", 5, "654226500000"}, {"654226500002", "连", 5, "654226500000"},
		{"654226501000", "兵团某团", 4, "654226000000"}, {"654226501001", "连", 5, "654226501000"},
		{"659001000000", "戊市", 3, "659000000000"}, {"659001500000", "兵团一五二团", 4, "659001000000"}, {"659001500001", "连", 5, "659001500000"},
	},
	children: map[string]int64{"350502000000": 5, "441900000000": 100, "654226000000": 70, "659001000000": 999},
}

func TestConvert(t *testing.T) {
	r := convert(made)
	f, err := frame.Build(r.rows())
	if err != nil {
		t.Fatal(inspect.ProblemsOf(err))
	}
	var got []string
	for _, c := range f.Counties {
		got = append(got, strings.Join([]string{c.ID, c.Name, c.ReportingUnit}, " "))
	}
	want := []string{"350502000000 甲区 35", "350571000000 乙开发区 35", "350603000000 丙区 35", "441900000000 东莞市 44",
		"654226000000 丁县 65", "659001000000 戊市 BT", "BT6542 新疆生产建设兵团驻塔城地区团场 BT"}
	if !slices.Equal(got, want) {
		t.Errorf("counties %q", got)
	}
	for id, size := range map[string]int64{
		"350502000000": 5,   // census
		"350571000000": 3,   // 1 committee × 5 ÷ 2 in the prefecture = 2.5, half up
		"350603000000": 3,   // nothing matched in the prefecture: the reporting unit's 5 ÷ 2
		"441900000000": 100, // its own county
		"654226000000": 70,  // census, though its regiments are gone
		"659001000000": 1,   // the XPCC counts committees, census or not
		"BT6542":       3,
	} {
		if c, _ := f.County(id); c.Size != size {
			t.Errorf("%s: size %d, want %d", id, c.Size, size)
		}
	}
	if total, _ := f.Counts(); total.Townships != 8 || total.Villages != 10 {
		t.Errorf("%+v", total)
	}
	flags := map[string]int{}
	for _, n := range r.notes[1:] {
		flags[n[3]+" "+n[1]]++
	}
	for _, w := range []string{"excluded 350527000000", "excluded 460300000000", "size_imputed 350571000000", "size_imputed 350603000000",
		"development_zone 350571000000", "size_committees 659001000000", "size_committees BT6542"} {
		if flags[w] != 1 {
			t.Errorf("no note %q", w)
		}
	}
	if len(flags) != 7 {
		t.Errorf("notes %v", flags)
	}
}

func TestImpute(t *testing.T) {
	for _, c := range []struct {
		committees int64
		by         ratio
		want       int64
	}{{10, ratio{100, 10}, 100}, {1, ratio{5, 2}, 3}, {1, ratio{7, 5}, 1}, {1, ratio{1, 100}, 1}, {0, ratio{5, 2}, 1}, {3, ratio{}, 1}} {
		if got := impute(c.committees, c.by); got != c.want {
			t.Errorf("%d × %+v = %d, want %d", c.committees, c.by, got, c.want)
		}
	}
}

func TestReadSources(t *testing.T) {
	if _, err := readDivisions(strings.NewReader("code,name,level,parent\n1,a,6,\n")); err == nil {
		t.Error("level 6 was accepted")
	}
	got, err := readChildren(strings.NewReader("code,name,province_code,pop_2020,pop_0_14\n1,a,11,5,3\n2,b,11,5,\n"))
	if err != nil || len(got) != 1 || got["1"] != 3 {
		t.Errorf("%v %v", got, err)
	}
	if _, err := readChildren(strings.NewReader("code,name,province_code,pop_2020,pop_0_14\n1,a,11,5,x\n")); err == nil {
		t.Error("a word was accepted as a count")
	}
}

func TestTree(t *testing.T) {
	f, err := frame.Build(convert(made).rows())
	if err != nil {
		t.Fatal(err)
	}
	want := "654226100000 镇\n001村\n654226500000 第十师一八四团\tBT6542\n001连\n002连\n654226501000 兵团某团\tBT6542\n001连\n"
	if got := string(tree(f)); !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}
