package prepare

var ReadUnits = readUnits
