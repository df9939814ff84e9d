package ceremony

var ChangedParts = changedParts
