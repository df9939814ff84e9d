package privacy

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	date    = `(?:19|20)[0-9]{2}\s*[年./-]\s*[0-9]{1,2}(?:\s*[月./-]\s*[0-9]{1,2}\s*日?|\s*月)`
	dateZh  = `[一二][〇零九一二三四五六七八]{3}年[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}日)?`
	ordinal = `[0-9一二三四五六七八九十]{1,4}`
	name    = `\p{Han}{1,6}`
)

var (
	email  = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`)
	qq     = regexp.MustCompile(`(?i)\bqq\s*(?:号码|号|群号|群)?\s*[:是为]?\s*[1-9][0-9]{4,11}`)
	wechat = regexp.MustCompile(`(?i)(?:微信|wechat|weixin|\bwx|\bvx|\bv信)\s*(?:(?:号码|号|账号|id)\s*[:是为]?|[:是为])\s*[a-z][-_a-z0-9]{5,19}|微信\s*[a-z][-_a-z]*[0-9][-_a-z0-9]+`)
	plate  = regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]`)

	passport        = regexp.MustCompile(`\b(?:[DEGHMPS][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[HM][0-9]{10}|[0-9]{8})\b`)
	passportContext = regexp.MustCompile(`护照|通行证|台胞证|回乡证|(?i:passport)`)

	anyDate      = regexp.MustCompile(date + "|" + dateZh)
	birthContext = regexp.MustCompile(`出生|生日|(?:^|[^发产诞新])生于|诞辰`)
	age          = regexp.MustCompile(`(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*周?岁`)
	ageFrom      = regexp.MustCompile(`(?:满|不足|至|到|[-–—~])\s*$`)
	ageTo        = regexp.MustCompile(`^\s*(?:以上|以下|以内|及以|至|到|[-–—~])`)
	ageContext   = regexp.MustCompile(`学校|小学|中学|幼儿园|年级|班级|村|社区|寨|屯|[乡镇](?:[^村]|$)`)

	school  = regexp.MustCompile(`(\p{Han}{1,10})(?:小学|中学|幼儿园|福利院|中心校|(?:实验|希望|职业|民族|特殊教育|聋哑)学校)`)
	notOne  = regexp.MustCompile(`^(?:生|教育|教师|阶段|文化|程度|毕业|学历|适龄|课程|部分|食堂|方面)`)
	village = regexp.MustCompile(`(` + name + `?)(?:村|社区|居委会|村委会|屯|寨)\s*(?:第?` + ordinal + `\s*(?:组|号|栋|幢|单元|排|(?:生产|村民|居民)小?[队组])|第` + ordinal + `户)`)
	street  = regexp.MustCompile(`(` + name + `)(?:路|街|大道|巷|弄|胡同)\s*` + ordinal + `\s*号`)

	healthWord = regexp.MustCompile(`残疾|智力障碍|精神障碍|精神疾病|自闭症|孤独症|抑郁|(?i:HIV)|艾滋|性侵|猥亵|强奸|怀孕|孕妇|已孕|早孕|流产|吸毒|乙肝|白血病|癫痫|脑瘫|服刑|自杀|自残|家暴|虐待`)
)

// healthRunes is how near another hit a word on health or a case belongs to somebody.
const healthRunes = 30

// patterns finds what is told by its form, or by its form and the words around it.
func (v *view) patterns() (out []span) {
	for kind, re := range map[Type]*regexp.Regexp{Email: email, QQ: qq, WeChat: wechat, Plate: plate} {
		for _, m := range re.FindAllStringIndex(v.text, -1) {
			out = append(out, span{m[0], m[1], kind})
		}
	}
	out = append(out, v.near(passport, Passport, 20, passportContext)...)
	out = append(out, v.near(anyDate, BirthDate, 10, birthContext)...)
	for _, s := range v.near(age, Age, 30, ageContext) {
		if !ageFrom.MatchString(v.around(s.from, s.from, 3, 0)) && !ageTo.MatchString(v.around(s.to, s.to, 0, 3)) {
			out = append(out, s)
		}
	}
	for _, m := range school.FindAllStringSubmatchIndex(v.text, -1) {
		if from, ok := v.proper(m[2], m[3]); ok && !notOne.MatchString(v.text[m[1]:]) {
			out = append(out, span{from, m[1], School})
		}
	}
	for _, re := range []*regexp.Regexp{village, street} {
		for _, m := range re.FindAllStringSubmatchIndex(v.text, -1) {
			if from, ok := v.proper(m[2], m[3]); ok {
				out = append(out, span{from, m[1], Address})
			}
		}
	}
	return out
}

// near finds re where context stands within so many runes before or after.
func (v *view) near(re *regexp.Regexp, kind Type, runes int, context *regexp.Regexp) (out []span) {
	for _, m := range re.FindAllStringIndex(v.text, -1) {
		if context.MatchString(v.around(m[0], m[1], runes, runes)) {
			out = append(out, span{m[0], m[1], kind})
		}
	}
	return out
}

// health finds words on health and cases near any other hit.
func (v *view) health(others []span) (out []span) {
	for _, m := range healthWord.FindAllStringIndex(v.text, -1) {
		around := v.around(m[0], m[0], healthRunes, 0)
		from, to := m[0]-len(around), m[1]+len(v.around(m[1], m[1], 0, healthRunes))
		for _, o := range others {
			if o.from < to && o.to > from {
				out = append(out, span{m[0], m[1], Health})
				break
			}
		}
	}
	return out
}

// notNames are characters that end a sentence's grammar before a name begins; generic are words
// that say which sort of school or village, not which one.
const notNames = "的地得某在到从与和或及对向于是为由至将被把让读上进入往等有其所该本各每个些这那并去来了也都就仍未已不无只仅约共近余住名位两几多均赴经过按以用给使令叫"

var generic = regexp.MustCompile(`^(?:县|市|区|乡|镇|省|村|级|州|农村|乡村|城市|城镇|乡镇|当地|附近|中心|寄宿制?|公办|民办|公立|私立|普惠性?|普通|重点|示范|特殊教育|职业|专门|义务教育|九年制|社会|儿童|全部|所有|部分|开展|走访|组织|覆盖|联系|协调|检查|抽查|抽取|行政|自然|试点|偏远|山区|牧区|边境|移民|安置|安全|家庭|困境|留守|寒假|春节|假期|家校|学生|教师|街道|推动|督促|指导|引导|支持|帮助|随机|现场|同意|成立|设立|建设|开放|依托|通过|进行|负责|高等|初级|高级|小|中|大|全|到|党|团)+$`)

// kinds of school within a place above township: nobody's school
var plural = regexp.MustCompile(`^\p{Han}{1,7}(?:省|自治区|市|县|区|州|盟|旗)(?:农村|乡村|城乡|公办|民办|普惠性?|部分|偏远|山区|牧区)+$`)

// proper returns where a proper name that ends at to begins: after the last character that
// belongs to no name. It is not ok for nothing, one character, or a sort of place.
func (v *view) proper(from, to int) (int, bool) {
	s := v.text[from:to]
	if i := strings.LastIndexAny(s, notNames); i >= 0 {
		_, n := utf8.DecodeRuneInString(s[i:])
		s = s[i+n:]
	}
	if utf8.RuneCountInString(s) < 2 || generic.MatchString(s) || plural.MatchString(s) {
		return 0, false
	}
	return to - len(s), true
}
