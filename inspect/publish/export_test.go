package publish

var (
	Act      = act
	Document = readDocument
)
