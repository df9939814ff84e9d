package inspect

// Kind is a kind of unit.
type Kind string

// The kinds, from the office down to the household.
const (
	CO Kind = "CO" // 未保办 county office
	TS Kind = "TS" // 乡镇（街道）未成年人保护工作站 township station
	VC Kind = "VC" // 村（居）民委员会 villagers' or residents' committee
	WI Kind = "WI" // 儿童福利机构、未成年人救助保护机构 institution
	HH Kind = "HH" // 困境儿童家庭 household
)

// Kinds lists every kind in the order a leg visits them: bottom-up, the office last (R11).
var Kinds = []Kind{HH, VC, TS, WI, CO}

// Known reports whether k is one of the five kinds.
func (k Kind) Known() bool {
	for _, x := range Kinds {
		if x == k {
			return true
		}
	}
	return false
}

// Unit is one row of a frame. Codes are text and never parsed as numbers.
type Unit struct {
	Kind          Kind
	ID            string // unique within its kind; 12 digits for a division, free for an institution
	Name          string
	AreaCode      string // where it lies: a 12-digit division code
	ReportingUnit string // who answers for it: two digits, or BT for the XPCC
	County        string // id of its CO; its own id for a CO
	Township      string // id of its TS; its own id for a TS, empty for CO and WI
	Size          int64  // size measure of a CO (children 0–14, or committees); 0 where absent
	Risk          int    // 1–4; 0 where absent
}

// Prefecture returns the first four digits of the unit's area code.
func (u *Unit) Prefecture() string {
	if len(u.AreaCode) < 4 {
		return u.AreaCode
	}
	return u.AreaCode[:4]
}

// Region is a reporting unit 报告单位: one of the 32 addressees of the notice, or of those of a smaller territory.
type Region struct {
	Code   string `json:"code"` // two digits of GB/T 2260, or BT; in a smaller territory those of its divisions
	NameZh string `json:"nameZh"`
	NameEn string `json:"nameEn"`
	Short  string `json:"short"` // one or two characters for the tile map
}

// XPCC is the code of the Xinjiang Production and Construction Corps 新疆生产建设兵团, a
// reporting unit without a GB/T 2260 code of its own.
const XPCC = "BT"

// Regions lists the 32 reporting units in their official order: code order, the XPCC last.
// They are never sorted by name or score.
var Regions = []Region{
	{"11", "北京市", "Beijing", "京"}, {"12", "天津市", "Tianjin", "津"},
	{"13", "河北省", "Hebei", "冀"}, {"14", "山西省", "Shanxi", "晋"},
	{"15", "内蒙古自治区", "Inner Mongolia", "内蒙古"}, {"21", "辽宁省", "Liaoning", "辽"},
	{"22", "吉林省", "Jilin", "吉"}, {"23", "黑龙江省", "Heilongjiang", "黑"},
	{"31", "上海市", "Shanghai", "沪"}, {"32", "江苏省", "Jiangsu", "苏"},
	{"33", "浙江省", "Zhejiang", "浙"}, {"34", "安徽省", "Anhui", "皖"},
	{"35", "福建省", "Fujian", "闽"}, {"36", "江西省", "Jiangxi", "赣"},
	{"37", "山东省", "Shandong", "鲁"}, {"41", "河南省", "Henan", "豫"},
	{"42", "湖北省", "Hubei", "鄂"}, {"43", "湖南省", "Hunan", "湘"},
	{"44", "广东省", "Guangdong", "粤"}, {"45", "广西壮族自治区", "Guangxi", "桂"},
	{"46", "海南省", "Hainan", "琼"}, {"50", "重庆市", "Chongqing", "渝"},
	{"51", "四川省", "Sichuan", "川"}, {"52", "贵州省", "Guizhou", "黔"},
	{"53", "云南省", "Yunnan", "滇"}, {"54", "西藏自治区", "Xizang", "藏"},
	{"61", "陕西省", "Shaanxi", "陕"}, {"62", "甘肃省", "Gansu", "甘"},
	{"63", "青海省", "Qinghai", "青"}, {"64", "宁夏回族自治区", "Ningxia", "宁"},
	{"65", "新疆维吾尔自治区", "Xinjiang", "新"},
	{XPCC, "新疆生产建设兵团", "Xinjiang Production and Construction Corps", "兵团"},
}
