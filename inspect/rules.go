package inspect

// Rules are how the numbers of a wave are made of its reports. They are in the commit record: who could
// choose a method after seeing the results could choose the results.
type Rules struct {
	Confidence  int    `json:"confidence"`  // of every interval, percent, 50 to 99
	Variance    string `json:"variance"`    // how it is estimated: with_replacement
	Lonely      string `json:"lonely"`      // what becomes of a region with one county: fail, certainty, centre, average, collapse
	MinCounties int    `json:"minCounties"` // that a band needs
	MinVisits   int    `json:"minVisits"`   // that a band needs
	MaxHalf     int    `json:"maxHalf"`     // half-width of the interval that a band allows, points
	SecondCoder int    `json:"secondCoder"` // share of visits that two reviewers judge, percent, 0 to 100
	MinCount    int    `json:"minCount"`    // smallest count that is published, 10 or more
}
