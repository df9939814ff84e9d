package returns

type ReturnFile = returnFile

const (
	MaxArchiveEntries = maxArchiveEntries
	MaxReturn         = maxReturn
)

var (
	Batches     = batches
	ReturnFiles = returnFiles
)
