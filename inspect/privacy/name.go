package privacy

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// surnames are the common single ones; about nine in ten people bear one of them. Those that
// begin many words of official prose (方 安 成 关 和 时 常 于 全 高 周 …) are in doubtful.
const (
	surnames = "张王李赵刘陈杨黄吴徐孙朱马胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁蒋余杜叶魏苏吕丁沈任卢姚姜钟崔谭陆汪范廖石贾韦付邹孟熊秦邱江尹薛阎段雷侯龙史陶黎贺顾毛郝龚邵钱覃戴莫孔汤尚施牛洪夏岳葛殷鲁裴翟欧聂柯柴穆俞卞庞樊兰岑祁蓝"
	doubtful = "方安成关和时常于全高周文白金严万武康温应季路项祝明洪伍倪梅盛童颜向管平单解严车祖符景詹易古左章程傅柳卓甘曲骆冉齐代党师"
	double   = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木|百里|南宫|长孙|司徒"
	anybody  = `(?:(?:` + double + `)|[` + surnames + doubtful + `])`
	somebody = `(?:(?:` + double + `)|[` + surnames + `])`

	// who a name is told of
	roles = `儿童|学生|孩子|监护人|照料人|男孩|女孩|男童|女童|孤儿|患儿|家长|父亲|母亲|爷爷|奶奶|外公|外婆|祖父|祖母|同学|班主任|村民|居民|户主|群众|申请人|联系人|当事人|儿童主任|儿童督导员|检查员`
	// what may follow a name
	after = `(?:[\s,。;:、!?()"”“<>|/]|$|的|在|说|称|表示|反映|家|已|因|患|系|是|为|与|和|被|随|由|今年|同学|老师|等|之|及)`
)

var (
	labelled = regexp.MustCompile(`(?:(?:姓名|名字)\s*[:是叫为(]|(?:` + roles + `)\s*[:(]|名叫|叫做)\s*(` + anybody + `\p{Han}{1,2}?)` + after)
	told     = regexp.MustCompile(`(?:` + roles + `)(` + somebody + `\p{Han}{1,2}?)` + after)
	minority = regexp.MustCompile(`(?:姓名|名叫|` + roles + `)\s*[:(]?\s*(\p{Han}{2,8}·\p{Han}{2,8})`)
	kin      = regexp.MustCompile(`(` + somebody + `\p{Han}{1,2})(?:之子|之女|之孙|的儿子|的女儿|的孙子|的孙女|的孩子|的监护人)`)
	somewho  = regexp.MustCompile(`(` + anybody + `某某|` + somebody + `某)`)
	little   = regexp.MustCompile(`(?:^|[^\p{Han}]|[童生子孩儿女男人是叫为的对与和])(小[` + surnames + `明红华丽刚强芳军伟娟敏静燕玲英霞冬宇轩涵欣怡萱豪杰鹏飞佳琪悦瑶])` + after)
)

// words begin like a name and are none.
var words = strings.Fields(`任务 任何 任意 任职 何时 何地 何种 何人 许多 许可 余人 余名 余户 马上 江苏 江西 江河 田间 石油 史料 雷电 唐代 陆续
	毛毯 毛巾 钱款 龙头 夏季 夏令 夏天 施行 施工 施救 尚未 尚无 尚有 尚需 尚不 孔子 范围 顾虑 贺卡 韩国 鲁莽 黄色 黄河 林区 林场 马路 叶片 谢绝 石头
	安全 安置 安排 成长 关爱 关心 关系 关注 和谐 时间 常见 常住 常年 全部 全程 全面 高度 高等 周边 周末 周围 文化 文具 方面 方式 方法 应当 应急 应有
	季度 路线 路上 项目 祝福 明显 明确 明白 温暖 温饱 平时 平等 平均 平台 单独 单亲 单位 解决 解释 解除 管理 管护 向上 向往 康复 严重 严格 万元 万人 武装
	白天 金额 金融 符合 景区 程序 程度 章程 代表 代理 代为 党员 党委 师生 师资 左右 古城 易地 易受 童年 童装 颜色 车辆 车祸 柳州 甘肃 曲靖 齐全 陈述 陈旧 陈列
	沈阳 苏州 郑州 徐州 杭州 广西 钟点 石榴 宋代 付款 付出 段落 洪水 洪灾 牛奶 贾汪 莫过 孟冬 秦岭 于是 于次 欧洲 蓝色 兰州 樊城 祖父 祖母 祖辈 盛夏 梅雨`)

// names finds names of people by the words around them.
func (v *view) names() (out []span) {
	for _, re := range []*regexp.Regexp{labelled, told, minority, kin, somewho, little} {
		for from := 0; ; {
			m := re.FindStringSubmatchIndex(v.text[from:])
			if m == nil {
				break
			}
			s := span{from + m[2], from + m[3], Name}
			if !beginsWithWord(v.text[s.from:s.to]) {
				out = append(out, s)
			}
			_, n := utf8.DecodeRuneInString(v.text[from+m[0]:])
			from += m[0] + n // what follows a name may begin the next
		}
	}
	return out
}

func beginsWithWord(s string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}
