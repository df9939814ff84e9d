package release

import "zhicha/inspect/score"

// bandNotes say on the page why a region has no band.
var bandNotes = map[string]string{
	score.NoData:      "样本不足，不评等次：没有可计分的检查记录。",
	score.FewCounties: "样本不足，不评等次：抽中县区少于规定数量。",
	score.FewVisits:   "样本不足，不评等次：计分的现场检查少于规定次数。",
	score.Wide:        "样本不足，不评等次：得分区间过宽。",
	score.TwoCuts:     "样本不足，不评等次：得分区间跨越两个以上等次。",
	unsampled:         "本批次未抽查。",
}

// unsampled is the note of a reporting unit outside the campaign's frame.
const unsampled = "unsampled"
