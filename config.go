// Package zhicha carries the reference configuration of the campaign it was made for.
package zhicha

import _ "embed"

// Config is config.yaml: the reference configuration, from which `zhicha init` starts.
//
//go:embed config.yaml
var Config []byte
