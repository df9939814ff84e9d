package publish

var (
	Drafted  = drafted
	Document = readDocument
)
